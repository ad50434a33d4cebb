"""Lines of JSON, as they are read from files of tasks and predictions: values by their names, and errors."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from aidec.common.errors import EvaluationError
from aidec.common.hints import did_you_mean
from aidec.common.json_values import bytes_from_json
from aidec.sources.compression import DAMAGES, open_stream

MAX_SHOWN = 60
"""How many signs of a wrong value a message shows."""

T = TypeVar("T")

_KINDS = {str: "a text", bool: "true or false", list: "a list"}


class Row:
    """An object of JSON, whose values are taken by their names.

    Args:
        row: the object.
        what: what it should be, for messages.
        known: the names that it may have; None for any.

    Raises:
        EvaluationError: it is no object, or has a value with an unknown name; the methods raise it for values of
            another kind.
    """

    def __init__(self, row: Any, what: str, known: Sequence[str] | None = None) -> None:
        if not isinstance(row, dict):
            raise EvaluationError(f"{what}: expected an object, read {_shown(row)}")
        for name in row:
            if known is not None and name not in known:
                raise EvaluationError(f"{what} has no {name!r}{did_you_mean(name, known)}")
        self.row: dict[str, Any] = row

    def optional(self, name: str, take: Callable[[str], T]) -> T | None:
        """What a method takes; None for a value that is null or missing."""
        return None if self.row.get(name) is None else take(name)

    def text(self, name: str, default: str | None = None) -> str:
        """A text, which has a default unless it must be there."""
        if default is None and name not in self.row:
            raise EvaluationError(f"no {name}")
        return self._whole(name, self._taken(name, default or ""))

    def truth(self, name: str) -> bool:
        """A truth value, false if it is missing."""
        return self._taken(name, default=False)

    def items(self, name: str) -> list[Any]:
        """A list, empty if it is missing."""
        default: list[Any] = []
        return self._taken(name, default)

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts, empty if it is missing."""
        return tuple([self._whole(name, item) for item in self.items(name)])

    def data(self, name: str) -> bytes:
        """A text, or an object with base64 (aidec.common.json_values); empty if it is missing."""
        value = self.row.get(name, "")
        try:
            return bytes_from_json(value)
        except (KeyError, TypeError, ValueError):
            raise self._other(name, "a text, or an object with base64", value) from None

    def base64_data(self, name: str) -> bytes:
        """Bytes in base64; empty if they are missing."""
        value = self.row.get(name) or ""
        try:
            return base64.b64decode(value, validate=True)
        except (TypeError, ValueError):
            raise self._other(name, "base64", value) from None

    def _taken(self, name: str, default: T) -> T:
        """A value of the type of the default."""
        value = self.row.get(name, default)
        if not isinstance(value, type(default)):
            raise self._other(name, _KINDS[type(default)], value)
        return value

    def _whole(self, name: str, value: Any) -> str:
        """A text without half of a surrogate pair, which JSON can spell, and UTF-8 can't."""
        if not isinstance(value, str):
            raise self._other(name, "a text", value)
        if any("\ud800" <= sign <= "\udfff" for sign in value):
            raise self._other(name, "no half of a surrogate pair", value)
        return value

    @staticmethod
    def _other(name: str, expected: str, value: Any) -> EvaluationError:
        return EvaluationError(f"{name}: expected {expected}, read {_shown(value)}")


def lines_of(path: str | Path) -> Iterator[tuple[int, bytes]]:
    """The lines of a file that are not empty, each with its number, counted from 1.

    A file whose name ends in ``.gz``, ``.xz`` or ``.zst`` is unpacked.

    Raises:
        EvaluationError: the file is damaged.
        OSError: the file can't be opened.
    """
    try:
        with open_stream(str(path)) as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield number, line
    except DAMAGES as error:
        if isinstance(error, OSError) and error.filename is not None:
            raise
        raise EvaluationError(f"{path}: {error}") from None


def parsed(line: bytes) -> Any:
    """The value of a line of JSON.

    Raises:
        EvaluationError: it is none.
    """
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise EvaluationError(f"not a line of JSON: {error}") from None


def _shown(value: Any) -> str:
    """A value as JSON, cut short."""
    text = json.dumps(value)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}..."
