"""Libraries of extras, which need not be installed: what is said where one is not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from aidec.common.errors import AidecError


@contextmanager
def extra(name: str, needed_by: str, error: type[AidecError]) -> Iterator[None]:
    """Import libraries of an extra inside the block.

    >>> with extra("plot", "--plot needs", AidecError):
    ...     import there_is_no_such_library
    Traceback (most recent call last):
    aidec.common.errors.AidecError: --plot needs the extra plot: pip install 'aidec[plot]'

    Args:
        name: the extra, as ``pyproject.toml`` declares it.
        needed_by: what needs it, with the verb.
        error: the exception to raise.

    Raises:
        AidecError: a library is not installed; the exception is an ``error``.
    """
    try:
        yield
    except ImportError:
        raise error(install_hint(name, needed_by)) from None


def install_hint(name: str, needed_by: str) -> str:
    """One line that says what needs an extra, and how the extra is installed."""
    return f"{needed_by} the extra {name}: pip install 'aidec[{name}]'"
