"""A chunk's pieces in the order of its text, each made once: as text, or as what a tokenizer makes of it.

The pieces of a unit are made of its form (``holes``). What a template prints of an element's own (an operand) is filled
in when the element is first met, and remembered with it; what it prints of the element's place (pc, index, jump target)
goes between the pieces. Nothing is joined before the end.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Protocol

from aidec.bytecode import Chunk, Instruction, exact
from aidec.packs.elements import ELEMENTS, Jumps, Values, line_deltas, padded
from aidec.packs.holes import Form, Getter, Hole
from aidec.packs.views import ProtoView, views

if TYPE_CHECKING:
    from aidec.packs.renderer import Renderer, Unit

Piece = Any
"""A part of the result: ``str``, or, where the result is ids, ``bytes``."""

CACHE_SIZE = 1 << 16
"""How many values a unit remembers, and how many forms; then it forgets all of them."""

NUMBERS_SIZE = 1 << 18
"""How many numbers are remembered."""

Segment = Callable[[Values], Piece]
"""Makes a piece of the values of its holes."""


class Medium(Protocol):
    """What pieces are made of."""

    def piece(self, text: str) -> Piece:
        """The piece for a text that stands between others."""

    def number(self, number: int) -> Piece:
        """The piece for an integer that stands between others."""

    def text(self, piece: Piece) -> str:
        """A piece as text, where that can be; templates that do more with a list than print it want it."""

    def check(self, form: Form, unit: Unit) -> None:
        """Raise where a unit's form can't be put together of pieces."""

    def segment(self, form: Form) -> Segment:
        """What makes the piece for a text with holes of the kinds ``integer`` and ``text``."""


class Text:
    """Pieces that are text."""

    def piece(self, text: str) -> str:
        """The text itself."""
        return text

    text = piece

    def number(self, number: int) -> str:
        """Its decimal digits."""
        return f"{number:d}"

    def check(self, form: Form, unit: Unit) -> None:
        """Any can."""

    def segment(self, form: Form) -> Segment:
        """A %-format."""
        holes = [part for part in form if isinstance(part, Hole)]
        signs = {"integer": "%d", "text": "%s"}
        template = "".join(signs[part.kind] if isinstance(part, Hole) else part.replace("%", "%%") for part in form)
        if not holes:
            text = template % ()
            return lambda _: text
        read = reader(holes)
        return lambda values: template % read(values)


Entry = tuple["Piece | None", Piece, "tuple[tuple[Getter, Piece], ...]"]
"""An element's pieces: before its number, behind it, and what follows: getters of numbers, each with a piece behind."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A form, ready to be filled in: segments, and between them the holes for places and lists."""

    segments: tuple[Segment, ...]
    outer: tuple[tuple[Hole, Getter], ...]

    def entry(self, values: Values) -> Entry:
        """The pieces of an element."""
        pieces = [segment(values) for segment in self.segments]
        starts_with_number = bool(self.outer) and self.outer[0][0].root in ("pc", "index")
        if starts_with_number and len(pieces) == 2:
            return pieces[0], pieces[1], ()
        getters = [get for _, get in self.outer]
        if starts_with_number:
            return pieces[0], pieces[1], tuple(zip(getters[1:], pieces[2:], strict=True))
        return None, pieces[0], tuple(zip(getters, pieces[1:], strict=True))


FILL_ERRORS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What a value may raise that a hole can't print."""

JUMPS = {"jump_target", "label", "target"}
"""The names of an instruction that few have."""


def reader(holes: Sequence[Hole]) -> Callable[[Values], tuple[object, ...]]:
    """What takes the values of holes."""
    roots = {hole.root for hole in holes}
    if len(roots) == 1 and len(holes) > 1 and all(hole.is_plain for hole in holes):
        (root,) = roots
        read = attrgetter(*(hole.path for hole in holes))
        return lambda values: read(values[root])
    getters = [hole.getter() for hole in holes]
    return lambda values: tuple([get(values) for get in getters])


class Numbers(dict[int, Piece]):
    """The pieces of integers, made when they are first met."""

    def __init__(self, medium: Medium) -> None:
        super().__init__()
        self.medium = medium

    def __missing__(self, number: int) -> Piece:
        if len(self) >= NUMBERS_SIZE:
            self.clear()
        piece = self[number] = self.medium.number(number)
        return piece


class Memory(dict[Hashable, Any]):
    """Remembers what was made of a key, up to a bound."""

    def keep(self, key: Hashable, value: Any) -> Any:
        """Remember a value, and return it."""
        if len(self) >= CACHE_SIZE:
            self.clear()
        self[key] = value
        return value


class Composer:
    """Composes chunks with the units of a renderer, in one medium."""

    def __init__(self, renderer: Renderer, medium: Medium) -> None:
        self.renderer = renderer
        self.medium = medium
        self.empty = medium.piece("")
        self.numbers = Numbers(medium)
        self.counted: list[Piece] = []
        self.forms: dict[str, Memory] = {}
        self.entries: dict[str, Memory] = {}
        proto = renderer.proto
        self.can_run_on = {
            name: proto.is_formed
            and unit.is_formed
            and not unit.names & {"chunk", "proto"}
            and not proto.separates(name)
            for name, unit in renderer.lists.items()
        }

    def compose(self, chunk: Chunk, script: bytes | None = None) -> list[Piece]:
        """The pieces of a chunk.

        Raises:
            PackError: a template fails on this chunk.
        """
        try:
            return self._chunk(chunk, script)
        except FILL_ERRORS:
            # A template prints what is None here, say; the plain way tells it with the template's line
            self.renderer.render_plainly(chunk, script)
            raise

    def _chunk(self, chunk: Chunk, script: bytes | None) -> list[Piece]:
        protos = views(chunk)
        done: list[list[Piece]] = [[] for _ in protos]
        for view in reversed(protos):
            lists = {name: self._list(name, unit, chunk, view) for name, unit in self.renderer.lists.items()}
            lists["protos"] = [done[child.number] for child in view.children]
            done[view.number] = self._unit(self.renderer.proto, {"chunk": chunk, "proto": view}, lists)
            for child in view.children:
                done[child.number] = []
        return self._unit(self.renderer.chunk, {"chunk": chunk, "script": script}, {"main": [done[0]]})

    def _list(self, name: str, unit: Unit, chunk: Chunk, view: ProtoView) -> list[list[Piece]]:
        """The pieces of each element; or of all in one list, where nothing goes between."""
        if self.can_run_on[name] and name == "instructions" and view.proto.code:
            return [self._instructions(unit, view)]
        if self.can_run_on[name] and name == "constants" and "index" not in unit.computes_with:
            return [self._constants(unit, view)]
        return [self._unit(unit, values, {}) for values in ELEMENTS[name](chunk, view)]

    def _unit(self, unit: Unit, values: Values, lists: dict[str, list[list[Piece]]]) -> list[Piece]:
        """The pieces of a unit."""
        if not unit.is_formed:
            self.medium.check((), unit)  # nothing is known of its borders
            text = self.medium.text
            texts: Values = {name: [text(self.empty.join(item)) for item in items] for name, items in lists.items()}
            if "main" in texts:
                (texts["main"],) = texts["main"]
            return [self.medium.piece(unit.render({**values, **texts}))]
        compiled = self._compiled(unit, values)
        pieces = [compiled.segments[0](values)]
        for (hole, get), segment in zip(compiled.outer, compiled.segments[1:], strict=False):
            if hole.kind == "pieces":
                pieces += self._separated(lists[hole.root], hole.separator)
            elif hole.kind == "integers":
                between = self.medium.piece(hole.separator)
                pieces.append(between.join(map(self.numbers.__getitem__, get(values))))
            else:
                pieces.append(self.numbers[get(values)])
            pieces.append(segment(values))
        return pieces

    def _separated(self, items: list[list[Piece]], separator: str) -> Iterator[Piece]:
        if not separator or not items:
            return chain.from_iterable(items)
        between = [self.medium.piece(separator)]
        return chain(items[0], *(chain(between, item) for item in items[1:]))

    def _compiled(self, unit: Unit, values: Values) -> Compiled:
        """The form for these values."""
        memory = self.forms.setdefault(unit.name, Memory())
        key = unit.key(values)
        compiled: Compiled = memory.get(key) or memory.keep(key, self._compile(unit.form(values), unit))
        return compiled

    def _compile(self, form: Form, unit: Unit) -> Compiled:
        self.medium.check(form, unit)
        segments: list[list[str | Hole]] = [[]]
        outer = []
        for part in form:
            if isinstance(part, Hole) and unit.is_outer(part):
                outer.append((part, part.getter()))
                segments.append([])
            else:
                segments[-1].append(part)
        return Compiled(tuple(self.medium.segment(tuple(segment)) for segment in segments), tuple(outer))

    def _instructions(self, unit: Unit, view: ProtoView) -> list[Piece]:
        """The pieces of all instructions of a function."""
        code, names = view.proto.code, unit.names
        lines = padded(view.proto.line_info, len(code)) if "line" in names else []
        deltas = line_deltas(view) if "line_delta" in names else []
        jumps = Jumps(view) if names & JUMPS else None

        def values_at(pc: int) -> Values:
            values: Values = {"instruction": Instruction(code[pc]), "pc": pc}
            if lines:
                values["line"] = lines[pc]
            if deltas:
                values["line_delta"] = deltas[pc]
            if jumps:
                values.update(jumps.values(pc))
            return values

        keys: list[Hashable] = list(code)
        dense = unit.computes_with & {"pc", "line", "line_delta"}
        if dense:
            columns = {"pc": range(len(code)), "line": lines, "line_delta": deltas}
            keys = list(zip(code, *(columns[name] for name in sorted(dense)), strict=True))
        if jumps:
            computed = [use.getter() for use in unit.used if use.root in JUMPS]
            for pc in {**jumps.targets, **jumps.labels} if "label" in names else jumps.targets:
                values = jumps.values(pc)
                keys[pc] = (keys[pc], *[get(values) for get in computed], "jump")
        return self._run_on(unit, keys, values_at)

    def _constants(self, unit: Unit, view: ProtoView) -> list[Piece]:
        """The pieces of all constants of a function."""
        constants = view.proto.constants
        return self._run_on(unit, list(map(exact, constants)), lambda i: {"constant": constants[i], "index": i})

    def _run_on(self, unit: Unit, keys: list[Hashable], values_at: Callable[[int], Values]) -> list[Piece]:
        """The pieces of elements, one behind the other; elements with the same key differ by their number at most."""
        memory = self.entries.setdefault(unit.name, Memory())
        found = list(map(memory.get, keys))
        if None in found:
            for i in [i for i, entry in enumerate(found) if entry is None]:
                entry = memory.get(keys[i])
                if entry is None:
                    values = values_at(i)
                    entry = memory.keep(keys[i], self._compiled(unit, values).entry(values))
                found[i] = entry
        if not found:
            return []
        heads, tails, rests = map(list, zip(*found, strict=True))
        if any(rests):
            for i, rest in enumerate(rests):
                if rest:
                    values = values_at(i)
                    inner = chain.from_iterable((self.numbers[get(values)], piece) for get, piece in rest)
                    tails[i] = self.empty.join([tails[i], *inner])
        if None not in heads:
            pieces = [self.empty] * (3 * len(found))
            pieces[0::3] = heads
            pieces[1::3] = self._count(len(found))
            pieces[2::3] = tails
            return pieces
        if any(head is not None for head in heads):
            numbered = zip(heads, self._count(len(found)), tails, strict=True)
            return list(chain.from_iterable(parts[2:] if parts[0] is None else parts for parts in numbered))
        return tails

    def _count(self, size: int) -> list[Piece]:
        """The pieces of the numbers from 0 on."""
        if len(self.counted) < size:
            self.counted += map(self.numbers.__getitem__, range(len(self.counted), size))
        return self.counted[:size]
