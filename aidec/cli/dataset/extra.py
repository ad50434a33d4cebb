"""The libraries that only datasets need, and the error if they are not installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from aidec.common.errors import DatasetError
from aidec.common.extras import install_hint


@contextmanager
def extra_dataset() -> Iterator[None]:
    """A block that imports what the extra ``dataset`` installs.

    Raises:
        DatasetError: a library is missing; the text says what to install.
    """
    try:
        yield
    except ImportError as error:
        raise DatasetError(f"no {error.name}: {install_hint('dataset', 'datasets need')}") from None
