"""A page that shows source and bytecode side by side: HTML in one file that needs nothing else.

``page.html.j2`` is the page. Into it go the source line by line, the bytecode as the pack ``listing`` spells it, and
for each instruction the span of the token that it comes from (``places``).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path as File

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from aidec.bytecode import Chunk, Proto
from aidec.decompiler.decompiled import UNPROVEN, Decompiled, DecompiledFunction
from aidec.decompiler.places import Places, Span, spelled, walk
from aidec.lua.lines import line_starts
from aidec.lua.words import KEYWORDS, tokens
from aidec.packs import renderer

MAX_OPEN = 5000
"""How many instructions a chunk has at most for all of its functions to be unfolded at first."""

LINES_IN_BLOCK = 200
"""How many lines a browser lays out together, or not at all while they are out of sight."""

_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
_ADDRESS = re.compile(r"(?<=^; )0x([0-9a-f]{8})$")
_KEYWORDS = {word.encode() for word in KEYWORDS}

_Piece = tuple[str, str]
"""A piece of a line: the name of its colour, or nothing, and its text."""


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines of the source that a browser lays out together: how many are before them, and the pieces of each."""

    num_before: int
    lines: list[list[_Piece]]


@dataclass(frozen=True, slots=True)
class _Listing:
    """What the pack ``listing`` prints for a function."""

    sizes: str
    rows: list[str]
    rest: str


@dataclass(frozen=True, slots=True)
class _Listed:
    """A function as the page lists it.

    Attributes:
        name: its place in the chunk, such as ``main.protos[0]``.
        lines: its first and its last line in the source; None if it is not there.
        status: what is known of it.
        difference: how it differs from the source; None if it is proven.
        sizes: its parameters, slots and so on.
        rows: its instructions.
        rest: its constants, local variables and upvalues.
    """

    name: str
    lines: tuple[int, int] | None
    status: str
    difference: str | None
    sizes: str
    rows: list[str]
    rest: str


def html_page(program: Decompiled, chunk: Chunk, title: str) -> str:
    """The page of a program, a text in HTML.

    Args:
        program: the program.
        chunk: what it was decompiled from.
        title: what stands above it, such as the name of the chunk's file.
    """
    source, found = program.source, program.printed.places
    starts = line_starts(source)
    known = {function.path: function for function in program.functions}
    paths = [path for path, _ in walk(chunk.main)]
    names = [spelled(path) for path in paths]
    functions = [
        _listed(known.get(path), name, listing, found, starts)
        for path, name, listing in zip(paths, names, _listings(chunk, names), strict=True)
    ]
    spans = [
        known[path].spans if function.difference is None else None
        for path, function in zip(paths, functions, strict=True)
    ]
    return _template().render(
        title=title.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace"),
        functions=functions,
        num_proven=sum(function.difference is None for function in functions),
        blocks=list(_blocks(source)),
        spans=_in_utf16(source, spans),
        is_open=sum(len(function.rows) for function in functions) <= MAX_OPEN,
    )


@lru_cache(maxsize=1)
def _template() -> Template:
    loader = FileSystemLoader(File(__file__).parent)
    environment = Environment(loader=loader, undefined=StrictUndefined, autoescape=True, trim_blocks=True)
    return environment.get_template("page.html.j2")


def _listed(
    function: DecompiledFunction | None, name: str, listing: _Listing, places: Places, starts: list[int]
) -> _Listed:
    span = None if function is None else places.functions.get(function.place)
    return _Listed(
        name=name,
        lines=None if span is None else (bisect_right(starts, span[0]), bisect_right(starts, max(span[1] - 1, 0))),
        status=UNPROVEN if function is None else function.status,
        difference="nothing makes it" if function is None else function.difference,
        sizes=listing.sizes,
        rows=listing.rows,
        rest=listing.rest,
    )


def _listings(chunk: Chunk, names: list[str]) -> Iterator[_Listing]:
    """What the pack ``listing`` prints for each function, with the names of functions in place of their addresses."""
    text = renderer("listing").render(replace(chunk, main=_in_lines(chunk.main)))
    text = text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    for function in text.split("\n\n"):
        _, sizes, *lines = function.strip("\n").split("\n")
        num_rows = next(number for number, line in enumerate(lines) if not line.startswith("\t"))
        yield _Listing(sizes, [_row(line, names) for line in lines[:num_rows]], "\n".join(lines[num_rows:]))


def _row(line: str, names: list[str]) -> str:
    """An instruction in columns: its number, its line if it has one, its name, its operands, and what these are."""
    _, number, place, name, operands, *notes = line.split("\t")
    note = _ADDRESS.sub(lambda match: names[int(match[1], 16) - 1], notes[0]) if notes else ""
    columns = [f"{number:>5}", *([] if place == "[-]" else [f"{place:>7}"]), f" {name} {operands:12}", note]
    return " ".join(columns).rstrip()


def _in_lines(proto: Proto) -> Proto:
    """A function whose names have no control characters, which would break the lines of a listing."""
    return replace(
        proto,
        source=None,
        upvalues=tuple([replace(upvalue, name=_plain(upvalue.name)) for upvalue in proto.upvalues]),
        local_vars=tuple([replace(variable, name=_plain(variable.name)) for variable in proto.local_vars]),
        protos=tuple([_in_lines(inner) for inner in proto.protos]),
    )


def _plain(name: bytes | None) -> bytes | None:
    return None if name is None else _CONTROL.sub(b"?", name)


def _blocks(source: bytes) -> Iterator[_Block]:
    """The lines of a source text."""
    lines: list[list[_Piece]] = [[]]
    for kind, piece in _pieces(source):
        first, *more = piece.decode("utf-8", "backslashreplace").split("\n")
        for number, text in enumerate([first, *more]):
            if number:
                lines.append([])
            if text:
                lines[-1].append((kind, text))
    if not lines[-1]:  # the text ends with a line break
        lines.pop()
    for start in range(0, len(lines), LINES_IN_BLOCK):
        yield _Block(start, lines[start : start + LINES_IN_BLOCK])


def _pieces(source: bytes) -> Iterator[tuple[str, bytes]]:
    """The pieces of a source text that have a colour each, and what stands between them."""
    shown = 0
    last = 0
    for start, end in [*tokens(source), (len(source), len(source))]:
        kind = _colour(source[start:end])
        comment = source.find(b"--", last, start)
        if comment >= 0:
            yield "", source[shown:comment]
            yield "comment", source[comment:start]
            shown = start
        if kind:
            yield "", source[shown:start]
            yield kind, source[start:end]
            shown = end
        last = end
    yield "", source[shown:]


def _colour(token: bytes) -> str:
    """The name of a token's colour; nothing for most."""
    if token in _KEYWORDS:
        return "keyword"
    if token[:1] in (b'"', b"'") or (token[:1] == b"[" and len(token) > 1):
        return "string"
    return "number" if token[:2].strip(b".").isdigit() else ""


def _in_utf16(source: bytes, spans: list[list[Span] | None]) -> list[list[int] | None]:
    """For each function the places of its instructions, as a browser counts in the text: start, length, start, ..."""
    places = {offset: offset for span in spans if span for pair in span for offset in pair}
    if not source.isascii():
        last = place = 0
        for offset in sorted(places):
            place += len(source[last:offset].decode("utf-8", "backslashreplace").encode("utf-16-le")) // 2
            places[offset] = place
            last = offset
    return [
        None if span is None else [n for start, end in span for n in (places[start], places[end] - places[start])]
        for span in spans
    ]
