"""What the harness reports of one call: values as it wrote them, and objects by their numbers.

``harness.lua`` sorts, names and compares nothing. That is done in ``deeds.py``, out of reach of what was run.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple


class Ref(NamedTuple):
    """An object of the frame: its place in ``Frame.objects``."""

    place: int


class Named(NamedTuple):
    """An object of Lua's library, by its name, such as ``string.rep``."""

    name: str


Value = None | bool | int | float | bytes | Ref | Named
"""A value of Lua."""

KINDS = {"T": "table", "F": "function", "U": "userdata", "C": "thread"}
"""The types of objects, by their letters."""


@dataclass(slots=True)
class Thing:
    """An object that is not the library's.

    Attributes:
        kind: its type.
        number: its number among all objects of the run, in the order in which they were seen.
        metatable: the metatable of a table.
        entries: the keys and values of a table, in no order.
        num_params, is_vararg: what a function takes.
    """

    kind: str
    number: int
    metatable: Value = None
    entries: list[tuple[Value, Value]] = field(default_factory=list)
    num_params: int = 0
    is_vararg: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """What a call did.

    Attributes:
        is_ok: whether it came to its end without an error.
        results: what it returned, or the value of its error alone.
        arguments: its arguments, as they were after it.
        noted: what functions among the arguments were called with, and what was done with stand-ins; each is a table of
            tables in their order, or nil. Then what the upvalues of a task's function are after it.
        passed: functions and tables that the chunk itself, which is call 0, passed to stand-ins.
        changes: for each entry of the library's tables that is not as it was before the chunk: the name of the table,
            the key, and the value; the key nil stands for the metatable. None where they are too large to be told.
        objects: the objects of all these.
    """

    is_ok: bool
    results: list[Value]
    arguments: list[Value]
    noted: list[Value]
    passed: list[Value]
    changes: list[tuple[str, Value, Value]] | None
    objects: list[Thing]


def read_frame(data: bytes) -> Frame:
    """The frame of some bytes.

    Raises:
        ValueError: they are none.
    """
    try:
        return _Reader(data).frame()
    except (IndexError, KeyError, struct.error) as error:
        raise ValueError(f"a frame of {len(data)} bytes makes no sense: {error}") from error


_FIXED = {"n": None, "T": True, "F": False}


class _Reader:
    """Reads a frame from its start to its end."""

    def __init__(self, data: bytes) -> None:
        self.data, self.place = data, 0

    def frame(self) -> Frame:
        has_changes = self.value()
        outcome, arguments = self.values(), self.values()
        noted = [self.value(), self.value(), *self.values()]
        passed, changes = self.values(), list(self.changes())
        objects = []
        while self.place < len(self.data):
            objects.append(self.thing())
        return Frame(
            outcome[0] is True, outcome[1:], arguments, noted, passed, changes if has_changes else None, objects
        )

    def letter(self) -> str:
        self.place += 1
        return chr(self.data[self.place - 1])

    def number(self, form: str) -> int:
        (value,) = struct.unpack_from(form, self.data, self.place)
        self.place += struct.calcsize(form)
        number: int = value
        return number

    def text(self, form: str) -> bytes:
        length = self.number(form)
        self.place += length
        return self.data[self.place - length : self.place]

    def value(self) -> Value:
        letter = self.letter()
        if letter == "s":
            return self.text("<I")
        if letter == "S":
            return Named(self.text("<B").decode("latin-1"))
        if letter == "o":
            return Ref(self.number("<I") - 1)
        if letter in "id":
            return self.number("<q" if letter == "i" else "<d")
        return _FIXED[letter]

    def values(self) -> list[Value]:
        return [self.value() for _ in range(self.number("<I"))]

    def changes(self) -> Iterator[tuple[str, Value, Value]]:
        while library := self.text("<B"):
            yield library.decode("latin-1"), self.value(), self.value()

    def thing(self) -> Thing:
        thing = Thing(KINDS[self.letter()], self.number("<I"))
        if thing.kind == "function":
            thing.num_params, thing.is_vararg = self.number("<B"), bool(self.number("<B"))
        elif thing.kind == "table":
            thing.metatable = self.value()
            while self.letter() == "e":
                thing.entries.append((self.value(), self.value()))
        return thing
