"""Chunks to ids without their text: the pieces of a pack's units as ids, each encoded once.

A piece is ``bytes``: its ids as unsigned numbers, so that joining pieces is joining ids. Cutting text into pieces that
are encoded apart gives the ids of the whole only where no token goes beyond a border. So every border must have a token
of the pack on one side; where a pack's form has not, ``Unseparated`` is raised, and the chunk is encoded by its text.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aidec.packs.composer import Memory, Segment, reader
from aidec.packs.elements import Values
from aidec.packs.holes import Form, Hole
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

_SIGNS = {"integer": "%d", "text": "%s"}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a form.

    Attributes:
        is_token: whether it is a token of the pack; else it is what stands between two of them.
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
        self.memory = Memory()
        self.cuts: dict[tuple[bool, int], list[slice]] = {}
        if splitter.shape is None:
            raise Unseparated
        self.start, self.shape = splitter.shape

    def piece(self, text: str) -> bytes:
        """The ids of a text."""
        encode = self.tokenizer.encode
        parts = self.splitter.split(text)
        return b"".join([self.special[part] if is_token else self._bytes(encode(part)) for part, is_token in parts])

    def number(self, number: int) -> bytes:
        """The ids of an integer.

        A pre-tokenizer cuts digits into groups, and no token goes beyond a group; so a number's ids are those of its
        groups, of which there are few. Where it cuts depends on the number of digits, and on the sign.
        """
        text = f"{number:d}"
        shape = (number < 0, len(text))
        cuts = self.cuts.get(shape)
        if cuts is None:
            cuts = self.cuts[shape] = self._cuts(text)
        known = self.memory.get
        return b"".join([known(text[cut]) or self._remembered(text[cut]) for cut in cuts])

    def _cuts(self, text: str) -> list[slice]:
        """Where to cut a number, groups of few digits taken together."""
        pre_tokenizer = self.tokenizer.backend.pre_tokenizer
        spells_tokens = any(set(token) <= set("-0123456789") for token in self.splitter.tokens)
        if not self.tokenizer.is_exact or pre_tokenizer is None or spells_tokens:
            return [slice(0, len(text))]
        cuts: list[slice] = []
        for _, (start, end) in pre_tokenizer.pre_tokenize_str(text):
            if cuts and end - cuts[-1].start <= DIGITS:
                cuts[-1] = slice(cuts[-1].start, end)
            else:
                cuts.append(slice(start, end))
        return cuts

    def text(self, piece: bytes) -> str:  # noqa: ARG002
        """There is no way back: a template that wants the text of a list has the chunk encoded by its text."""
        raise Unseparated

    def check(self, form: Form, unit: Unit) -> None:
        """Make sure that no token could go beyond a border that pieces have.

        Raises:
            Unseparated: there is no token of the pack at one.
        """
        parts = self._parts(form)
        edge = Part(is_token=True, text="")
        for before, part, behind in zip([edge, *parts], parts, [*parts[1:], edge], strict=False):
            outer = list(filter(unit.is_outer, part.holes))
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
        if unit.name not in ("chunk", "proto") and any(map(unit.is_outer, parts[-1].holes)):
            raise Unseparated

    def segment(self, form: Form) -> Segment:
        """What makes the ids of a text with holes."""
        fixed = [b""]
        makers: list[Callable[[tuple[object, ...]], bytes]] = []
        place = 0
        for number, part in enumerate(self._parts(form)):
            if part.holes:
                makers.append(self._maker(part, place, is_first=number == 0))
                fixed.append(b"")
                place += len(part.holes)
            else:
                fixed[-1] += self._remembered(part.text)
        first, *rest = fixed
        if not makers:
            return lambda _: first
        read = reader([part for part in form if isinstance(part, Hole)])
        pairs = list(zip(makers, rest, strict=True))

        def fill(values: Values) -> bytes:
            holes = read(values)
            return first + b"".join([piece for make, behind in pairs for piece in (make(holes), behind)])

        return fill

    def _maker(self, part: Part, place: int, *, is_first: bool) -> Callable[[tuple[object, ...]], bytes]:
        """What makes the ids of a part with holes, of the values of all holes; its own start at ``place``."""
        if part.text == _HOLE and part.holes[0].kind == "integer":
            return lambda values: self.number(values[place])  # type: ignore[arg-type]  # as the hole says
        template = _template(part.text, part.holes)
        own = slice(place, place + len(part.holes))
        tokens: list[tuple[str, slice, Memory]] = []
        for candidate in self._candidates(part):
            size = candidate.count(_HOLE)
            tokens.append((_template(candidate, part.holes[:size]), slice(place, place + size), Memory()))
            place += size

        def make(values: tuple[object, ...]) -> bytes:
            found = []
            for token, of, memory in tokens:
                key = values[of]
                ids = memory.get(key)
                if ids is None:
                    ids = memory.keep(key, self.special.get(token % key, b""))
                found.append(ids)
            if found and all(found):
                return b"".join(found)
            text = template % values[own]
            if is_first and not next(self.splitter.split(text))[1]:
                raise Unseparated
            return self._remembered(text)

        return make

    def _candidates(self, part: Part) -> list[str]:
        """The texts of a part that are tokens if holes' values make them so; none where it is not made of such."""
        pieces = list(filter(None, re.split(f"({self.shape})", part.text)))
        is_made_of_them = all(piece.startswith(self.start) and re.fullmatch(self.shape, piece) for piece in pieces)
        integers = all(hole.kind == "integer" for hole in part.holes)
        return pieces if part.holes and integers and is_made_of_them else []

    def _parts(self, form: Form) -> list[Part]:
        """A form's tokens, and what stands between them."""
        holes = iter([part for part in form if isinstance(part, Hole)])
        text = "".join(_HOLE if isinstance(part, Hole) else part for part in form)
        parts: list[Part] = []
        for piece in filter(None, re.split(f"({self.shape})", text)):
            part = Part(piece in self.special, piece, tuple([next(holes) for _ in range(piece.count(_HOLE))]))
            if parts and not part.is_token and not parts[-1].is_token:
                part = Part(is_token=False, text=parts[-1].text + piece, holes=parts.pop().holes + part.holes)
            parts.append(part)
        return parts

    def _remembered(self, text: str) -> bytes:
        """The ids of a text between tokens, or of a token."""
        found: bytes | None = self.memory.get(text)
        if found is None:
            found = self.piece(text)
            if len(text) <= LONGEST_REMEMBERED:
                self.memory.keep(text, found)
        return found

    def _bytes(self, ids: list[int]) -> bytes:
        return array(self.type_code, ids).tobytes()


def _template(text: str, holes: Iterable[Hole]) -> str:
    """A %-format of a text with marks for holes."""
    signs = iter(holes)
    return "".join(_SIGNS[next(signs).kind] if char == _HOLE else char for char in text.replace("%", "%%"))
