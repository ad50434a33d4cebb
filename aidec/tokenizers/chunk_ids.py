"""Chunks to ids without their text: the pieces of a pack's units as ids, each encoded once.

A piece is ``bytes``: its ids as unsigned numbers, so that joining pieces is joining ids. Cutting text into pieces that
are encoded apart gives the ids of the whole only where no token goes beyond a border. So every border must have a token
of the pack on one side; where a pack's form has not, ``Unseparated`` is raised, and the chunk is encoded by its text.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from aidec.kernels import LONGEST_NUMBER, MOST_DIGITS, MOST_GROUPS, NUM_UNSIGNED, Column, Groups, Ints
from aidec.packs.elements import Rows
from aidec.packs.holes import Form, Hole
from aidec.packs.media import LONGEST_REMEMBERED, Slot, Spelled, Table, in_rows, own_values
from aidec.packs.splitter import Splitter

if TYPE_CHECKING:
    from aidec.packs.rendering import Unit

_HOLE = "\ud800"
"""Stands for a hole in a form that is split; no text has it."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a form.

    Attributes:
        is_token: whether it is a token of the pack, whatever is in its hole; else it stands between two of them.
        text: its text, with marks for its holes.
        holes: the holes.
    """

    is_token: bool
    text: str
    holes: tuple[Hole, ...] = ()


class TextTokenizer(Protocol):
    """What ids are asked of: a ``Tokenizer``, which imports this module."""

    backend: Any

    @property
    def is_exact(self) -> bool:
        """Whether the bytes of the ids of a text, one behind the other, are the text."""

    def special_id(self, token: str) -> int:
        """The id of a special token."""

    def encode_ordinary(self, text: str) -> list[int]:
        """The ids of a text in which nothing is special."""


class Unseparated(Exception):  # noqa: N818 (no error: it is caught, and the text is encoded)
    """A form has ordinary text at a border, where what stands on the other side could make one token with it."""


class Ids:
    """Pieces that are ids.

    Args:
        tokenizer: the tokenizer.
        splitter: what finds the pack's tokens.
        type_code: of the ``array`` that a piece is the bytes of.

    Raises:
        Unseparated: the pack's tokens do not look alike, so that a form's can't be told.
    """

    def __init__(self, tokenizer: TextTokenizer, splitter: Splitter, type_code: str) -> None:
        self.tokenizer = tokenizer
        self.splitter = splitter
        self.type_code = type_code
        self.special = {token: self._bytes([tokenizer.special_id(token)]) for token in splitter.tokens}
        self.memory = Table(self.piece)
        self.tokens: dict[tuple[str, int], bool] = {}
        self.spelled = Table(self._spelled)
        self.tables = Table(lambda slot: [self._filled(slot, (value,)) for value in range(slot.holes[0].size)])
        self.groups = self._groups()
        if splitter.shape is None:
            raise Unseparated
        self.start, self.shape = splitter.shape
        self.find_start = re.compile("|".join(map(re.escape, {token[:2] for token in splitter.tokens}))).search

    def piece(self, text: str) -> bytes:
        """The ids of a text."""
        if not self.find_start(text):
            return self._ordinary(text)
        parts = self.splitter.split(text)
        return b"".join([self.special[part] if is_token else self._ordinary(part) for part, is_token in parts])

    def _ordinary(self, text: str) -> bytes:
        """The ids of a text without tokens."""
        return self._bytes(self.tokenizer.encode_ordinary(text))

    def numbers(self, numbers: Ints) -> Column:
        """The ids of integers."""
        return (self.groups, numbers) if self.groups else [self.memory[f"{number:d}"] for number in numbers]

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
        return b"".join(cuts), [None] * (2 * NUM_UNSIGNED), self.piece

    def text(self, piece: bytes) -> str:  # noqa: ARG002
        """There is no way back: a template that wants the text of a list has the chunk encoded by its text."""
        raise Unseparated

    def check(self, form: Form, unit: Unit) -> None:
        """Make sure that no token could go beyond a border that pieces have.

        Raises:
            Unseparated: there is no token of the pack at one.
        """
        if len(unit.sections) != 1:
            raise Unseparated  # a section starts and ends anywhere
        parts = self._parts(form)
        edge = Part(is_token=True, text="")
        for before, part, behind in zip([edge, *parts], parts, [*parts[1:], edge], strict=False):
            lists = [hole for hole in part.holes if hole.is_list]
            if not lists:
                continue
            # An element starts with a token, so lists can follow anything; behind them a token must follow
            ends_with_lists = part.text.endswith(_HOLE * len(lists)) and list(part.holes[-len(lists) :]) == lists
            is_alone = part.text == _HOLE and before.is_token
            pieces = [hole for hole in lists if hole.kind == "pieces"]
            if not behind.is_token or not (is_alone or (pieces == lists and ends_with_lists)):
                raise Unseparated
            for hole in lists:
                separator = [is_token for _, is_token in self.splitter.split(hole.separator)]
                if not all(separator or [hole.kind == "pieces"]):
                    raise Unseparated
        if unit.name != "chunk" and not (parts and (parts[0].is_token or parts[0].text.startswith(self.start))):
            raise Unseparated

    def split(self, form: Form) -> tuple[list[bytes], list[Slot]]:
        """A slot for each part with holes."""
        fixed = [b""]
        slots = []
        for number, part in enumerate(self._parts(form)):
            if part.holes:
                slots.append(Slot(part.holes, part.text, is_first=number == 0))
                fixed.append(b"")
            else:
                fixed[-1] += self._remembered(part.text)
        return fixed, slots

    def column(self, slot: Slot, rows: Rows, own: Sequence[int] | None) -> Column:
        """The ids of a part, for the values of its holes."""
        hole = slot.holes[0]
        if len(slot.holes) == 1 and hole.kind == "text":
            return in_rows(self.spelled[slot].all(own_values(hole, rows, own)), rows, own, b"")
        if slot.text == _HOLE and (integers := hole.integers(rows, own)) is not None:
            return self.numbers(integers)
        if len(slot.holes) == 1 and hole.size:
            return self.tables[slot], hole.integers(rows, own)
        columns = [own_values(each, rows, own) for each in slot.holes]
        return in_rows([self._filled(slot, values) for values in zip(*columns, strict=True)], rows, own, b"")

    def _spelled(self, slot: Slot) -> Spelled:
        """What makes the ids of a part with a hole for a text."""
        if slot.is_first:
            return Spelled(lambda value: self._filled(slot, (value,)))
        spell = slot.holes[0].spell
        before, behind = slot.text.split(_HOLE)
        return Spelled(lambda value: self.piece(f"{before}{spell(value)}{behind}"))

    def _filled(self, slot: Slot, values: Sequence[Any]) -> bytes:
        """The ids of a part."""
        spelled = [hole.spell(value) for hole, value in zip(slot.holes, values, strict=True)]
        text = _template(slot.text) % tuple(spelled)
        if slot.is_first and not next(self.splitter.split(text), ("", False))[1]:
            raise Unseparated
        return self._remembered(text)

    def _parts(self, form: Form) -> list[Part]:
        """A form's tokens, and what stands between them."""
        holes = iter([part for part in form if isinstance(part, Hole)])
        text = "".join(_HOLE if isinstance(part, Hole) else part for part in form)
        parts: list[Part] = []
        for piece in filter(None, re.split(f"({self.shape})", text)):
            own = tuple([next(holes) for _ in range(piece.count(_HOLE))])
            part = Part(self._is_token(piece, own), piece, own)
            if parts and not part.is_token and not parts[-1].is_token:
                part = Part(is_token=False, text=parts[-1].text + piece, holes=parts.pop().holes + own)
            parts.append(part)
        return parts

    def _is_token(self, text: str, holes: tuple[Hole, ...]) -> bool:
        """Whether a text is a token, whatever the value of the hole in it."""
        if len(holes) != 1 or not holes[0].size:
            return text in self.special
        known = self.tokens.get((text, holes[0].size))
        if known is None:
            template = _template(text)
            known = all(template % value in self.special for value in range(holes[0].size))
            self.tokens[text, holes[0].size] = known
        return known

    def _remembered(self, text: str) -> bytes:
        """The ids of a text between tokens, or of a token."""
        piece: bytes = self.memory[text] if len(text) <= LONGEST_REMEMBERED else self.piece(text)
        return piece

    def _bytes(self, ids: list[int]) -> bytes:
        return array(self.type_code, ids).tobytes()


def _merged(lengths: list[int]) -> list[int]:
    """The lengths of groups, those of few digits taken together."""
    merged: list[int] = []
    for length in lengths:
        if merged and merged[-1] + length <= MOST_DIGITS:
            merged[-1] += length
        else:
            merged.append(length)
    return merged


def _template(text: str) -> str:
    """A %-format of a text with marks for holes."""
    return text.replace("%", "%%").replace(_HOLE, "%s")
