"""Items of synthesis, from files of JSON lines: each with its kind, its licence and its texts of Lua."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from aidec.common.errors import DatasetError
from aidec.common.json_values import bytes_from_json
from aidec.dataset.sample import Entry
from aidec.sources import Report
from aidec.sources.compression import DAMAGES, open_stream

CODE = "code"
"""The field of an item's main text of Lua."""


COUNTS = ".counts.json"
"""How the name of the file ends that stands beside a file of items, and says how many were tried to make them."""


def tally_of(path: str) -> dict[str, Any] | None:
    """How many items were tried to make those of a file, how many were kept, and why others were not.

    Returns:
        ``tried`` and ``kept``, and under ``rejected`` how many for each reason; None where nothing says so.
    """
    try:
        with open(path + COUNTS, "rb") as file:
            found = json.loads(file.read())
        rejected = {str(reason): int(number) for reason, number in found["rejected"].items()}
        return {"tried": int(found["tried"]), "kept": int(found["kept"]), "rejected": rejected}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def read_items(paths: Iterable[str], report: Report) -> Iterator[Entry]:
    """The items of files, each a line of JSON, with the licence and the repository of its provenance.

    Args:
        paths: the files, also ``.gz``, ``.xz`` and ``.zst``.
        report: called with one line about each file or line that can't be read.
    """
    for path in paths:
        origin = os.fsencode(path).decode("utf-8", "backslashreplace")
        try:
            with open_stream(path) as lines:
                for number, line in enumerate(lines, 1):
                    if not line.strip():
                        continue
                    place = f"{origin}:{number}"
                    try:
                        item = item_of(line)
                    except DatasetError as error:
                        report(f"{place}: {error}")
                        continue
                    made = item.get("provenance")
                    made = made if isinstance(made, dict) else {}
                    yield Entry(
                        place,
                        line.strip(),
                        licence=_text(made, "licence"),
                        repository=_text(made, "repository") or "",
                        kind=kind_of(item),
                        made_of=_text(made, "origin") or "",
                    )
        except DAMAGES as error:
            report(f"{origin}: {getattr(error, 'strerror', None) or error}")


def _text(values: Mapping[str, Any], name: str) -> str | None:
    value = values.get(name)
    return value if isinstance(value, str) and value else None


def item_of(line: bytes) -> dict[str, Any]:
    """The item of a line.

    Raises:
        DatasetError: it is not JSON in UTF-8, or no object with an id.
    """
    try:
        item = json.loads(line.decode())
    except (ValueError, RecursionError) as error:
        raise DatasetError(f"not a line of JSON: {error}") from None
    if not isinstance(item, dict) or _text(item, "id") is None:
        raise DatasetError("expected an object with an id")
    return item


def kind_of(item: Mapping[str, Any]) -> str:
    """The kind of an item: the command that made it, which its id begins with too."""
    return _text(item, "kind") or str(item["id"]).partition("/")[0]


def lua_of(item: Mapping[str, Any], name: str) -> list[bytes]:
    """The texts of Lua in a field, which has one or a list of them; none where it has something else."""
    value = item.get(name)
    found = []
    for each in value if isinstance(value, list) else [value]:
        with suppress(KeyError, TypeError, ValueError):
            found.append(bytes_from_json(each))
    return found
