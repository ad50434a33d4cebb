"""Chunks to ids without their text: the pieces of a pack's units as ids, each encoded once.

A piece is ``bytes``: its ids as unsigned numbers, so that joining pieces is joining ids. Cutting text into pieces that
are encoded apart gives the ids of the whole only where no token goes beyond a border. So every border must have a token
of the pack on one side; where a pack's form has not, ``Unseparated`` is raised, and the chunk is encoded by its text.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aidec.packs.holes import Form, Hole
from aidec.packs.media import Filler, Slot, Table
from aidec.packs.tokens import Splitter

if TYPE_CHECKING:
    from aidec.packs.renderer import Unit
    from aidec.tokenizers.tokenizer import Tokenizer

LONGEST_REMEMBERED = 64
"""How many characters ordinary text may have for its ids to be remembered."""

DIGITS = 4
"""How many digits of a number are remembered together."""

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

    def __init__(self, tokenizer: Tokenizer, splitter: Splitter, type_code: str) -> None:
        self.tokenizer = tokenizer
        self.splitter = splitter
        self.type_code = type_code
        self.special = {token: self._bytes([tokenizer.special_id(token)]) for token in splitter.tokens}
        self.memory = Table(self.piece)
        self.tokens: dict[tuple[str, int], bool] = {}
        self.digits = Table(self.piece)
        self.cuts = Table(self._cut)
        if splitter.shape is None:
            raise Unseparated
        self.start, self.shape = splitter.shape
        self.has_other_tokens = not all(token.startswith(self.start) for token in splitter.tokens)

    def piece(self, text: str) -> bytes:
        """The ids of a text."""
        encode = self.tokenizer.encode_ordinary
        if self.start not in text and not self.has_other_tokens:
            return self._bytes(encode(text))
        parts = self.splitter.split(text)
        return b"".join([self.special[part] if is_token else self._bytes(encode(part)) for part, is_token in parts])

    def number(self, number: int) -> bytes:
        """The ids of an integer."""
        (piece,) = self._of_digits([f"{number:d}"])
        return piece

    def numbers(self, numbers: Iterable[int]) -> list[bytes]:
        """The ids of integers."""
        return self._of_digits(map(str, numbers))

    def _of_digits(self, texts: Iterable[str]) -> list[bytes]:
        """The ids of integers in decimal.

        A pre-tokenizer cuts digits into groups, and no token goes beyond a group; so a number's ids are those of its
        groups, of which there are few. Where it cuts depends on the number of digits, and on the sign.
        """
        digits, cuts = self.digits, self.cuts
        pieces = []
        for text in texts:
            first, second = cuts[len(text) if text >= "0" else -len(text)]
            if second is None:
                pieces.append(digits[text])
            elif first is None:
                pieces.append(digits[text[:second]] + digits[text[second:]])
            else:
                pieces.append(digits[text[:first]] + digits[text[first:second]] + digits[text[second:]])
        return pieces

    def _cut(self, shape: int) -> tuple[int | None, int | None]:
        """Where to cut numbers of so many characters, negative for negative ones: nowhere, at one place, or at two."""
        lengths = list(map(len, self._groups("9" * shape if shape > 0 else "-" + "9" * (-shape - 1))))
        if len(lengths) == 1:
            return None, None
        return (None, lengths[0]) if len(lengths) == 2 else (lengths[0], lengths[0] + lengths[1])

    def _groups(self, text: str) -> list[str]:
        """The groups of a number's digits, those of few digits taken together."""
        pre_tokenizer = self.tokenizer.backend.pre_tokenizer
        spells_tokens = any(set(token) <= set("-0123456789") for token in self.splitter.tokens)
        if not self.tokenizer.is_exact or pre_tokenizer is None or spells_tokens:
            return [text]
        groups: list[str] = []
        for _, (start, end) in pre_tokenizer.pre_tokenize_str(text):
            if groups and len(groups[-1]) + end - start <= DIGITS:
                groups[-1] += text[start:end]
            else:
                groups.append(text[start:end])
        return groups

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
        (section,) = unit.sections
        parts = self._parts(form)
        edge = Part(is_token=True, text="")
        for before, part, behind in zip([edge, *parts], parts, [*parts[1:], edge], strict=False):
            outer = list(filter(section.is_outer, part.holes))
            if not outer:
                continue
            # An element starts with a token, so lists can follow anything; behind them a token must follow
            lists = [hole for hole in outer if hole.kind == "pieces"]
            ends_with_lists = part.text.endswith(_HOLE * len(lists)) and list(part.holes[-len(lists) :]) == lists
            is_alone = part.text == _HOLE and before.is_token
            if not behind.is_token or not (is_alone or (lists == outer and ends_with_lists)):
                raise Unseparated
            for hole in outer:
                separator = [is_token for _, is_token in self.splitter.split(hole.separator)]
                if not all(separator or [hole.kind != "integers"]):
                    raise Unseparated
        if unit.name != "chunk" and not (parts and (parts[0].is_token or parts[0].text.startswith(self.start))):
            raise Unseparated
        if unit.name not in ("chunk", "proto") and any(map(section.is_outer, parts[-1].holes)):
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

    def filler(self, slot: Slot) -> Filler:
        """What makes the ids of a part of values of its holes."""
        if slot.text == _HOLE and slot.holes[0].is_integer:
            return lambda columns: self.numbers(columns[0])
        spell = [hole.spell for hole in slot.holes]
        template = _template(slot.text)

        def make(*values: Any) -> bytes:
            text = template % tuple([spell_one(value) for spell_one, value in zip(spell, values, strict=True)])
            if slot.is_first and not next(self.splitter.split(text), ("", False))[1]:
                raise Unseparated
            return self._remembered(text)

        if not all(hole.is_recurring for hole in slot.holes):
            return lambda columns: map(make, *columns)
        table = Table(make) if len(slot.holes) == 1 else Table(lambda values: make(*values))
        return lambda columns: table.all(columns[0] if len(columns) == 1 else zip(*columns, strict=True))

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


def _template(text: str) -> str:
    """A %-format of a text with marks for holes."""
    return text.replace("%", "%%").replace(_HOLE, "%s")
