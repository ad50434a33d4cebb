"""The folder of a run, emptied whatever a script left there."""

from __future__ import annotations

import os


def empty_folder(folder: str) -> None:
    """Remove all that is in a folder: also folders that nobody may read, and nested deeper than a path can say.

    What a folder holds is moved up before the folder is removed, so that no path gets long.

    Raises:
        OSError: something can't be removed.
    """
    os.chmod(folder, 0o700)
    moved = os.path.join(folder, os.urandom(8).hex())
    number = 0
    while entries := list(os.scandir(folder)):
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                os.unlink(entry.path)
                continue
            os.chmod(entry.path, 0o700)
            for inner in os.scandir(entry.path):
                if inner.is_dir(follow_symlinks=False):
                    os.chmod(inner.path, 0o700)  # moving a folder writes to it
                number += 1
                os.rename(inner.path, f"{moved}{number}")
            os.rmdir(entry.path)


def remove_folder(folder: str) -> None:
    """Remove a folder that may be gone already, and all that is in it.

    Raises:
        OSError: something can't be removed.
    """
    if os.path.isdir(folder):
        empty_folder(folder)
        os.rmdir(folder)
