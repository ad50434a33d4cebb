"""Chunks to ids without their text: the pieces of a pack's layouts as ids, each encoded once.

A piece is ``bytes``: its ids as unsigned numbers, so that joining pieces is joining ids. ``token_plan.py`` cuts layouts
into pieces that can be encoded apart; where one can't be cut so, the chunk is encoded by its text.
"""

from __future__ import annotations

import re
from array import array
from typing import Any, Protocol

from aidec.kernels import LONGEST_NUMBER, MOST_DIGITS, MOST_GROUPS, NUM_UNSIGNED, Column, Groups, Ints
from aidec.packs.emitter import (
    LONGEST_REMEMBERED,
    Memory,
    Spelled,
    Subset,
    in_rows,
    slot_integers,
    slot_values,
)
from aidec.packs.expression import Functions
from aidec.packs.layout import Slot, spelling_of
from aidec.packs.plan import Filled, Plan, is_integer
from aidec.packs.rows import Rows
from aidec.packs.splitter import Splitter
from aidec.packs.units import Unit
from aidec.tokenizers.token_plan import JOIN, TokenPlanner, Unseparated


class TextTokenizer(Protocol):
    """What ids are asked of: a ``Tokenizer``, which imports this module."""

    backend: Any

    @property
    def is_exact(self) -> bool:
        """Whether the bytes of the ids of a text, one behind the other, are the text."""

    def special_id(self, token: str) -> int:
        """The id of a special token."""

    def encode_ordinary(self, text: str, *, is_start: bool) -> list[int]:
        """The ids of a text in which nothing is special; ``is_start`` is whether a whole text starts with it."""


class IdEmitter:
    """Emits ids.

    Args:
        tokenizer: the tokenizer.
        splitter: what finds the pack's tokens.
        type_code: of the ``array`` that a piece is the bytes of.
        filters: the pack's filters by name.

    Raises:
        Unseparated: the pack's tokens do not start and end alike, so that they can't be found in a layout.
    """

    empty = b""

    def __init__(self, tokenizer: TextTokenizer, splitter: Splitter, type_code: str, filters: Functions) -> None:
        self.tokenizer = tokenizer
        self.splitter = splitter
        self.type_code = type_code
        self.filters = filters
        self.planner = TokenPlanner(splitter)
        self.special = {token: self._bytes([tokenizer.special_id(token)]) for token in splitter.tokens}
        self.find_start = re.compile("|".join(map(re.escape, {token[:2] for token in splitter.tokens}))).search
        self.memory = Memory(self._encoded)
        self.spelled = Memory(lambda filled: Spelled(lambda value: self._encoded(self._text(filled, value))))
        self.tables = Memory(self._table)
        self.groups = self._groups()

    def plan(self, unit: Unit) -> Plan:
        """The plan of a unit, whose pieces can be encoded apart.

        Raises:
            Unseparated: there are none.
        """
        return self.planner.plan(unit.layout or (), unit.name)

    def whole(self, text: str) -> bytes:  # noqa: ARG002
        """Refuse the text of a unit whose layout is not known: nothing is known of its borders."""
        raise Unseparated

    def piece(self, text: str) -> bytes:
        """The ids of a text.

        Raises:
            Unseparated: it starts or ends like a token of the pack, and is none there.
        """
        parts = [*self.splitter.split(text)]
        if parts and (
            (text.startswith(self.planner.start) and not parts[0][1])
            or (text.endswith(self.planner.stop) and not parts[-1][1])
        ):
            raise Unseparated
        return self._remembered(text)

    def column(self, filled: Filled, rows: Rows, subset: Subset | None) -> Column:
        """The ids of a slot and of the text around it."""
        slot = filled.slot
        if is_integer(slot) and (integers := slot_integers(slot, rows, subset)) is not None:
            return (self.tables[filled], integers) if filled.before else self.numbers(integers)
        values = slot_values(slot, rows, subset)
        if slot.filter.startswith(JOIN):
            pieces = [self._encoded(self._text(filled, numbers)) for numbers in values]
        else:
            pieces = self.spelled[filled].all(values)
        return in_rows(pieces, subset, b"")

    def numbers(self, numbers: Ints) -> Column:
        """The ids of integers."""
        return (self.groups, numbers) if self.groups else [self.memory[f"{number:d}"] for number in numbers]

    def _text(self, filled: Filled, value: Any) -> str:
        return f"{filled.before}{self._spelling(filled.slot)(value)}{filled.after}"

    def _spelling(self, slot: Slot) -> Any:
        if slot.filter.startswith(JOIN):
            return lambda numbers: slot.filter.removeprefix(JOIN).join(map(str, numbers))
        return spelling_of(slot, self.filters)

    def _table(self, filled: Filled) -> list[bytes]:
        """The ids for all values that a slot may have."""
        return [self._remembered(self._text(filled, value)) for value in range(1 << filled.slot.bits)]

    def _encoded(self, text: str) -> bytes:
        """The ids of a text, in which tokens of the pack are found."""
        if not self.find_start(text):
            return self._ordinary(text)
        parts = self.splitter.split(text)
        return b"".join([self.special[part] if is_token else self._ordinary(part) for part, is_token in parts])

    def _remembered(self, text: str) -> bytes:
        piece: bytes = self.memory[text] if len(text) <= LONGEST_REMEMBERED else self._encoded(text)
        return piece

    def _ordinary(self, text: str) -> bytes:
        """The ids of a text without tokens."""
        return self._bytes(self.tokenizer.encode_ordinary(text, is_start=False))

    def _bytes(self, ids: list[int]) -> bytes:
        return array(self.type_code, ids).tobytes()

    def _groups(self) -> Groups | None:
        """How numbers are made of groups of their digits.

        A pre-tokenizer cuts digits into groups, and no token goes beyond a group; so a number's ids are those of its
        groups, of which there are few. Where it cuts depends on the number of digits, and on the sign. None where it
        does not cut, or cuts into large groups.
        """
        pre_tokenizer = self.tokenizer.backend.pre_tokenizer
        spells_tokens = any(set(token) <= set("-0123456789") for token in self.splitter.tokens)
        if not self.tokenizer.is_exact or pre_tokenizer is None or spells_tokens:
            return None
        cuts = []
        for sign in ("", "-"):
            for size in range(LONGEST_NUMBER + 1):
                text = (sign + "9" * size)[:size]
                lengths = _merged([end - start for _, (start, end) in pre_tokenizer.pre_tokenize_str(text)])
                if len(lengths) > MOST_GROUPS or max(lengths, default=0) > MOST_DIGITS:
                    return None
                cuts.append(bytes(lengths).ljust(MOST_GROUPS, b"\0"))
        return b"".join(cuts), [None] * (2 * NUM_UNSIGNED), self._encoded


def _merged(lengths: list[int]) -> list[int]:
    """The lengths of groups, those of few digits taken together."""
    merged: list[int] = []
    for length in lengths:
        if merged and merged[-1] + length <= MOST_DIGITS:
            merged[-1] += length
        else:
            merged.append(length)
    return merged
