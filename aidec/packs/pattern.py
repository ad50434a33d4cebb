"""A layout without lists as one regular expression: what a text says of an element, and why it does not match."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from aidec.bytecode import OPCODES
from aidec.packs.filters import READERS
from aidec.packs.layout import Choice, Computed, Layout, Literal, Node, Slot
from aidec.packs.names import known_names
from aidec.packs.pack import Pack

Values = dict[str, Any]
"""Values by their paths, as a text has them."""


class Unreadable(ValueError):  # noqa: N818 (named for what the value is)
    """A value that its filter does not spell so, and where it stands."""

    def __init__(self, problem: str, position: int) -> None:
        super().__init__(problem)
        self.position = position


class Pattern:
    """Matches the text of one element."""

    def __init__(self, layout: Layout, pack: Pack, wanted: frozenset[str]) -> None:
        self.layout = layout
        self.pack = pack
        self.wanted = wanted
        self.fields: list[tuple[int, str, Callable[[str], Any]]] = []
        self.choices: list[tuple[int, Values]] = []
        self.groups = 0
        self.truths: Values = {}
        self.match = re.compile(self._source(layout)).match

    def read(self, text: str, position: int) -> tuple[Values, int] | None:
        """The values in the text at a position, and where it ends; None where it does not match.

        Raises:
            Unreadable: a value is not spelled as its filter spells it.
        """
        match = self.match(text, position)
        if match is None:
            return None
        values: Values = {}
        for group, implied in self.choices:
            if match.start(group) >= 0:
                values.update(implied)
        for group, path, convert in self.fields:
            if match.start(group) >= 0:
                try:
                    values[path] = convert(match[group])
                except ValueError as error:
                    raise Unreadable(str(error), match.start(group)) from None
        return values, match.end()

    def _source(self, layout: Layout) -> str:
        return "".join([self._node(node) for node in layout])

    def _node(self, node: Any) -> str:
        if isinstance(node, Literal):
            return re.escape(node.text)
        if not isinstance(node, Choice):
            path, spelling = field_of(node)
            source = field_source(node, self.pack, is_empty=self.truths.get(path) is not True)
            if path not in self.wanted:
                return source
            self.groups += 1
            self.fields.append((self.groups, path, READERS.get(spelling, _number_or_word)))
            return f"({source})"
        branches = []
        for implied, layout in sorted(node.implied(), key=_openness):
            mark = ""
            implied = {path: value for path, value in implied.items() if path in self.wanted}  # noqa: PLW2901
            if implied:
                self.groups += 1
                self.choices.append((self.groups, implied))
                mark = "()"
            around, self.truths = self.truths, self.truths | implied
            branches.append(mark + self._source(layout))
            self.truths = around
        return f"(?:{'|'.join(branches)})"


def _openness(branch: tuple[Values, Layout]) -> int:
    """How easily a branch matches: tokens are looked for first, nothing at all last."""
    _, layout = branch
    if not layout:
        return 2
    return 0 if isinstance(layout[0], Literal) else 1


def field_of(node: Node) -> tuple[str, str]:
    """The path of the value that a node prints, and the filter that spells it; empty where that is computed."""
    match node:
        case Slot(str(path), spelling):
            return path, spelling
        case Computed(("path", path)):
            return path, ""
        case Computed(("filter", spelling, ("path", path), ())):
            return path, spelling
    return "", ""


def field_source(node: Node, pack: Pack, *, is_empty: bool = True) -> str:
    """The regular expression for what a field can print, and whether that may be empty."""
    path, spelling = field_of(node)
    if spelling == "length":
        return "[0-9]+"
    if path == OPCODE_NAME:
        return _OPCODE_NAMES
    if path and not spelling:
        return "[A-Za-z]+" if known_names()[path].type == "text" else "-?[0-9]+"
    first, rest = re.escape(pack.guard[0]), re.escape(pack.guard[1:])
    data = f"[^{first}]*(?:{first}(?!{rest})[^{first}]*)*"
    return data if is_empty else f"(?!{first}{rest}|$){data}"


OPCODE_NAME = "instruction.opcode.name"
_OPCODE_NAMES = f"(?:{'|'.join(sorted({opcode.name for opcode in OPCODES}))})(?![A-Z])"


def _number_or_word(text: str) -> int | str:
    return int(text) if text[-1].isdigit() else text


class Explanation:
    """How far into the text grammars could get, and what they expected there."""

    def __init__(self, pack: Pack, text: str, position: int) -> None:
        self.pack = pack
        self.text = text
        self.position = position
        self.expected: dict[str, None] = {}

    def add(self, layout: Layout, position: int) -> None:
        """Try a grammar at a position where it is known not to match."""
        for _ in self._ends(layout, position):
            pass

    def found(self) -> str:
        """The token at the furthest position, or the text up to the next token."""
        rest = self.text[self.position : self.position + 60]
        if not rest:
            return "the end of the text"
        token = max((token for token in self.pack.vocabulary() if rest.startswith(token)), key=len, default="")
        end = rest.find(self.pack.guard, 1)
        return token or repr(rest[: end if end > 0 else 30])

    def _fail(self, position: int, expected: str) -> None:
        if position > self.position:
            self.position = position
            self.expected = {}
        if position == self.position:
            self.expected[expected] = None

    def _ends(self, layout: Layout, position: int) -> Iterator[int]:
        """The positions where the layout can end; what stops it on the way is noted."""
        if not layout:
            yield position
            return
        node, rest = layout[0], layout[1:]
        if isinstance(node, Literal):
            if self.text.startswith(node.text, position):
                yield from self._ends(rest, position + len(node.text))
            else:
                self._fail_in_text(node.text, position)
        elif isinstance(node, Choice):
            for branch in node.branches:
                for end in self._ends(branch, position):
                    yield from self._ends(rest, end)
        else:
            match = re.compile(field_source(node, self.pack)).match(self.text, position)
            if match:
                yield from self._ends(rest, match.end())
            else:
                self._fail(position, "an opcode" if field_of(node)[0] == OPCODE_NAME else "a number")

    def _fail_in_text(self, literal: str, position: int) -> None:
        """Note the token of a literal text where the text turns out to be another."""
        starts = [match.start() for match in re.finditer(re.escape(self.pack.guard), literal)] or [0]
        start = max(start for start in (0, *starts) if self.text.startswith(literal[:start], position))
        end = min((other for other in starts if other > start), default=len(literal))
        self._fail(position + start, self._family(literal[start:end]))

    def _family(self, literal: str) -> str:
        """The token that starts with a literal, or the spelling of all that do."""
        for family in self.pack.families.values():
            if literal in family.tokens:
                return literal
        spellings = [
            family.spelling
            for family in self.pack.families.values()
            if any(token.startswith(literal) for token in family.tokens)
        ]
        return " or ".join(spellings) if 0 < len(spellings) < 4 else literal + ".."
