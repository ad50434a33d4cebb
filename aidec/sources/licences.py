"""The licence of a text, as an SPDX expression: from the text itself, from its record, or from a file near it."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from aidec.common.errors import SourceError
from aidec.common.extras import extra

FIELDS = ("license", "licence", "licenses", "max_stars_repo_licenses")
"""The fields of records that name a licence or a list of licences; the first that a record has counts."""

LICENCE_FILE = re.compile(r"(?:(?:un)?licen[sc]e|copying)(?:\.(?:md|txt|rst))?", re.IGNORECASE)
"""The name of a file that holds a licence."""

MAX_TEXT = 1 << 17
"""The size of the largest file that is taken for a licence, in bytes; the GPL has 35,000."""

_HEAD = 8192
_ID = rb"\(*[A-Za-z0-9](?:[A-Za-z0-9.+-]*[A-Za-z0-9+])?\)*"
_TAG = re.compile(rb"SPDX-License-Identifier:[ \t]*(" + _ID + rb"(?:[ \t]+(?:AND|OR|WITH)[ \t]+" + _ID + rb")*)")
_NO_LICENCE = ("", "other", "unknown", "none", "noassertion", "no_license", "null")


def tagged(source: bytes) -> str | None:
    r"""The expression after ``SPDX-License-Identifier:`` in the first 8 KiB of a source, or None.

    >>> tagged(b"-- SPDX-License-Identifier: MIT OR Apache-2.0\nreturn 1")
    'MIT OR Apache-2.0'
    """
    found = _TAG.search(source, 0, _HEAD)
    return " ".join(found[1].decode().split()) if found else None


def of_record(record: Mapping[str, Any]) -> str | None:
    """The licence that a record names, or None; several are joined by ``AND``, since all of them must be kept.

    >>> of_record({"max_stars_repo_licenses": ["MIT", "Zlib"]})
    'MIT AND Zlib'

    Raises:
        SourceError: the extra ``dataset`` is not installed.
    """
    for field in FIELDS:
        if field in record:
            value = record[field]
            names = [value] if isinstance(value, str) else value if isinstance(value, Iterable) else []
            known = [name for name in names if isinstance(name, str) and name.strip().lower() not in _NO_LICENCE]
            expressions = list(dict.fromkeys(_spelled(name.strip()) for name in known))
            return " AND ".join(expressions) or None
    return None


def of_text(text: bytes) -> str | None:
    """The SPDX id of the text of a licence, or None if it is none of those that choosealicense.com lists.

    A text may differ from the licence in its copyright line and a few words. A short text with other line breaks may
    not be recognised, since the library leaves out lines that begin with "copyright". The text of a GNU licence does
    not say whether later versions may be chosen: it gives ``GPL-2.0``.

    Raises:
        SourceError: the extra ``dataset`` is not installed.
    """
    license_id, _ = _identify()
    if len(text) > MAX_TEXT:
        return None
    with tempfile.NamedTemporaryFile(suffix=".txt") as file:
        file.write(text.decode("utf-8", "replace").encode())
        file.flush()
        return license_id(file.name)


@lru_cache(maxsize=1024)
def _spelled(name: str) -> str:
    """A licence's name as SPDX spells it, if ``of_text`` knows it; datasets also write names in small letters."""
    _, ids = _identify()
    return next((spdx for spdx in ids if spdx.lower() == name.lower()), name)


def _identify() -> tuple[Callable[[str], str | None], list[str]]:
    """The function that recognises the licence in a file, and the ids that it knows."""
    with extra("dataset", "recognising licences needs", SourceError):
        import ukkonen  # noqa: F401 (the function imports it where it is called)
        from identify.identify import license_id
        from identify.vendor.licenses import LICENSES
    return license_id, [spdx for spdx, _ in LICENSES]
