"""Libraries that only datasets need."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from aidec.common.errors import DatasetError
from aidec.common.extras import install_hint


@contextmanager
def extra_dataset() -> Iterator[None]:
    """Import what may not be installed.

    Raises:
        DatasetError: it is not; the text says what to install.
    """
    try:
        yield
    except ImportError as error:
        raise DatasetError(f"no {error.name}: {install_hint('dataset', 'datasets need')}") from None
