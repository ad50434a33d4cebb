"""The licence of a source, as an SPDX expression: what the source says itself, or its record, or a file above it."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from aidec.common.errors import SourceError
from aidec.common.extras import extra

FIELDS = ("license", "licence", "licenses", "max_stars_repo_licenses")
"""The fields of records that name a licence, or a list of them; the first that is there counts."""

LICENCE_FILE = re.compile(r"(?:(?:un)?licen[sc]e|copying)(?:\.(?:md|txt|rst))?", re.IGNORECASE)
"""The name of a file that holds a licence."""

MAX_TEXT = 1 << 17
"""The longest text that is looked at, in bytes; the GPL has 35,000."""

_HEAD = 8192
_ID = rb"\(*[A-Za-z0-9](?:[A-Za-z0-9.+-]*[A-Za-z0-9+])?\)*"
_TAG = re.compile(rb"SPDX-License-Identifier:[ \t]*(" + _ID + rb"(?:[ \t]+(?:AND|OR|WITH)[ \t]+" + _ID + rb")*)")
_NO_LICENCE = ("", "other", "unknown", "none", "noassertion", "no_license", "null")


def tagged(source: bytes) -> str | None:
    r"""The expression behind ``SPDX-License-Identifier:`` in the first 8 KiB of a source, or None.

    >>> tagged(b"-- SPDX-License-Identifier: MIT OR Apache-2.0\nreturn 1")
    'MIT OR Apache-2.0'
    """
    found = _TAG.search(source, 0, _HEAD)
    return " ".join(found[1].decode().split()) if found else None


def of_record(record: Mapping[str, Any]) -> str | None:
    """The licence that a record names, or None; of several all must be kept to, so they are joined by ``AND``.

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
    """The SPDX id of the text of a licence, or None where it is none of those that choosealicense.com lists.

    Texts that differ in more than a copyright line and a few words are not taken for the same licence; a short one
    whose lines are broken elsewhere may stay unknown, as the library takes out lines that begin with "copyright". The
    text of a GNU licence does not tell whether later versions may be chosen: it gives ``GPL-2.0``, and no more.

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
    """A licence as SPDX spells it where it is one that ``of_text`` knows; datasets write them in small letters, too."""
    _, ids = _identify()
    return next((spdx for spdx in ids if spdx.lower() == name.lower()), name)


def _identify() -> tuple[Callable[[str], str | None], list[str]]:
    """The function that recognises the licence in a file, and the ids that it knows."""
    with extra("dataset", "recognising licences needs", SourceError):
        import ukkonen  # noqa: F401 (the function imports it where it is called)
        from identify.identify import license_id
        from identify.vendor.licenses import LICENSES
    return license_id, [spdx for spdx, _ in LICENSES]
