"""Text to chunk: reads back what a pack printed, by the layouts of the pack's own templates.

What a template prints for the eye alone (counts, indices, flags of an opcode) is passed over; ``assemble`` proves it by
rendering the chunk that it has read and comparing.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from os import PathLike
from typing import Any, TypeAlias

from aidec.bytecode import OPCODES, Chunk, Header, Proto
from aidec.common.arguments import expect
from aidec.common.errors import PackError, ReadError
from aidec.packs.expression import Known
from aidec.packs.layout import Choice, Integers, Layout, Nested, has_lists, specialised
from aidec.packs.layout_builder import Opaque
from aidec.packs.names import read_paths
from aidec.packs.pack import Pack
from aidec.packs.pattern import OPCODE_NAME, Explanation, Pattern, Unreadable, Values, field_of
from aidec.packs.proto_builder import BY_NAME, Code, build_proto, with_own_sources
from aidec.packs.rendering import Renderer, renderer

MAX_DEPTH = 200


def read(text: str, pack: str | PathLike[str], header: Header | None = None) -> Chunk:
    """The chunk whose text with a pack this is; trailing line breaks are passed over.

    Args:
        text: what ``render`` returned.
        pack: the name or the folder of the pack that printed it.
        header: what a pack that does not print the header can't tell; luac's on a 64-bit machine by default.

    Raises:
        ReadError: the pack prints no such text.
        PackError: the pack does not print all that a chunk is made of.
    """
    expect("text", text, str)
    expect("header", header, Header, None)
    text = text.rstrip("\n")
    prints = renderer(pack)
    chunk, script = _reader(prints).read(text, header or Header())
    printed = prints.render(chunk, script).rstrip("\n")
    if printed != text:
        raise _difference(text, printed, prints.pack)
    return chunk


@lru_cache(maxsize=16)
def _reader(prints: Renderer) -> Reader:
    return Reader(prints)


def _difference(text: str, printed: str, pack: Pack) -> ReadError:
    """The error for a text that differs from what the pack prints for the chunk that was read from it."""
    end = min(len(text), len(printed))
    position = next((i for i in range(end) if text[i] != printed[i]), end)
    start = max(text.rfind(pack.guard, 0, position + 1), 0)
    found, expected = (Explanation(pack, whole, start).found() for whole in (text, printed))
    if found == expected:
        start += len(found)
        found, expected = (Explanation(pack, whole, start).found() for whole in (text, printed))
    problem = f"expected {expected}, which is what the rest of the text says, found {found}"
    return _read_error(text, start, problem, found, (expected,))


def _read_error(text: str, position: int, problem: str, found: str = "", expected: tuple[str, ...] = ()) -> ReadError:
    line_start = text.rfind("\n", 0, position) + 1
    return ReadError(problem, text.count("\n", 0, position) + 1, position - line_start + 1, found, expected)


@dataclass(frozen=True, slots=True)
class Branches:
    """A choice that has lists in it."""

    branches: tuple[tuple[Values, Rules], ...]


Rules: TypeAlias = "tuple[Pattern | Nested | Integers | Branches, ...]"
Steps: TypeAlias = "Generator[int, tuple[Proto, int] | None, int | None]"
"""Reads on; yields where a nested function should stand, is sent that, and returns where it ends, or None."""


class Reader:
    """Reads the text that a pack prints, by the layouts of its units.

    Raises:
        PackError: the pack has no tokens.
    """

    def __init__(self, renderer: Renderer) -> None:
        pack = self.pack = renderer.pack
        if not pack.guard:
            raise PackError(f"{pack.folder / 'pack.yaml'}: {pack.name} has no tokens, and so can't be read back")
        units = (renderer.units.chunk, renderer.units.proto, *renderer.units.lists.values())
        self.filters = renderer.units.filters
        try:
            self.layouts = {unit.name: unit.readable_layout for unit in units}
        except Opaque as opaque:
            raise PackError(f"{pack.folder}: {pack.name} can't be read back: a layout can't hold {opaque}") from None
        self.chunk = self._rules("chunk", {})
        self.main = self._rules("proto", {"proto.is_main": True})
        self.nested = self._rules("proto", {"proto.is_main": False})
        self.elements: dict[str, Pattern] = {}
        self.opcodes: dict[str, Pattern] = {}

    def read(self, text: str, header: Header) -> tuple[Chunk, bytes | None]:
        """The chunk, and the script where the pack prints it; what is only printed for the eye is not checked."""
        return _Text(self, text).chunk(header)

    def pattern(self, unit: str) -> Pattern:
        """The pattern of an element; of an instruction, what comes first, up to its opcode."""
        if unit not in self.elements:
            layout = self._specialised(unit, {})
            if unit == "instruction":
                layout = self._up_to_opcode(layout)
            self.elements[unit] = Pattern(layout, self.pack, read_paths(unit))
        return self.elements[unit]

    def opcode_pattern(self, name: str) -> Pattern:
        """The pattern of an instruction whose opcode is known."""
        if name not in self.opcodes:
            number = BY_NAME.get(name, len(OPCODES) - 1)
            known = {f"instruction.opcode.{field}": getattr(OPCODES[number], field) for field in _FIELDS}
            if name not in BY_NAME:
                del known["instruction.opcode.number"]
            wanted = read_paths("instruction") - {OPCODE_NAME}
            self.opcodes[name] = Pattern(self._specialised("instruction", known), self.pack, wanted)
        return self.opcodes[name]

    def _specialised(self, unit: str, known: Mapping[str, Any]) -> Layout:
        return specialised(self.layouts[unit], Known(known), self.filters)

    def _up_to_opcode(self, layout: Layout) -> Layout:
        for i, node in enumerate(layout):
            if field_of(node)[0] == OPCODE_NAME:
                return layout[: i + 1]
        name = f"{self.pack.folder / 'instruction.j2'}"
        raise PackError(f"{name}: to be read back, it must print {OPCODE_NAME} outside of any choice")

    def _rules(self, unit: str, known: Mapping[str, Any]) -> Rules:
        return self._steps(self._specialised(unit, known), read_paths(unit))

    def _steps(self, layout: Layout, wanted: frozenset[str]) -> Rules:
        """Runs of a layout without lists as one pattern each, and the lists between them."""
        steps: list[Pattern | Nested | Integers | Branches] = []
        run: list[Any] = []
        for node in (*layout, None):
            if node is not None and not has_lists(node):
                run.append(node)
                continue
            if run:
                steps.append(Pattern(tuple(run), self.pack, wanted))
                run = []
            if isinstance(node, Choice):
                branches = [(implied, self._steps(branch, wanted)) for implied, branch in node.implied()]
                steps.append(Branches(tuple(branches)))
            elif isinstance(node, Nested | Integers):
                steps.append(node)
        return tuple(steps)


_FIELDS = (*OPCODES[0].__dataclass_fields__, "is_known")


class _Text:
    """One text while it is read."""

    def __init__(self, reader: Reader, text: str) -> None:
        self.reader = reader
        self.text = text
        self.failed_at = -1
        self.failed: list[Layout] = []
        self.chunk_values: Values = {}
        self.has_sources_in_effect = False

    def chunk(self, header: Header) -> tuple[Chunk, bytes | None]:
        values = self.chunk_values
        end = self._drive(self._run(self.reader.chunk, values, 0))
        if end is None or end < len(self.text):
            raise self._unexpected(end)
        widths = {path.rpartition(".")[2]: value for path, value in values.items() if path.startswith("chunk.header.")}
        main: Proto = values["main"]
        if self.has_sources_in_effect:
            main = with_own_sources(main, None)
        num_upvalues = values.get("chunk.num_upvalues", len(main.upvalues))
        return Chunk(replace(header, **widths), num_upvalues, main), values.get("script")

    def _drive(self, steps: Steps) -> int | None:
        """Run the steps of the chunk, and those of functions, which nest without nesting calls."""
        stack: list[tuple[Steps, Values, int]] = [(steps, {}, 0)]
        answer: tuple[Proto, int] | None = None
        while True:
            steps, values, start = stack[-1]
            try:
                position = steps.send(answer)
            except StopIteration as stop:
                end: int | None = stop.value
                stack.pop()
                if not stack:
                    return end
                answer = None if end is None else (self._proto(values, start), end)
            else:
                if len(stack) > MAX_DEPTH + 2:
                    raise _read_error(self.text, position, f"functions are nested deeper than {MAX_DEPTH}")
                inner: Values = {}
                rules = self.reader.main if len(stack) == 1 else self.reader.nested
                stack.append((self._run(rules, inner, position), inner, position))
                answer = None

    def _run(self, rules: Rules, values: Values, position: int) -> Steps:
        """Match rules, collect what the text says in the values, and return where it ends."""
        for step in rules:
            end: int | None
            if isinstance(step, Pattern):
                end = self._match(step, values, position)
            elif isinstance(step, Integers):
                end = self._numbers(step, values, position)
            elif isinstance(step, Branches):
                end = yield from self._branch(step, values, position)
            elif step.name == "main":
                end = yield from self._main(values, position)
            elif step.unit == "proto":
                end = yield from self._protos(step, values, position)
            elif step.unit == "instruction":
                end = self._instructions(step, values, position)
            else:
                end = self._elements(step, values, position)
            if end is None:
                return None
            position = end
        return position

    def _match(self, pattern: Pattern, values: Values, position: int) -> int | None:
        try:
            result = pattern.read(self.text, position)
        except Unreadable as error:
            raise _read_error(self.text, error.position, str(error)) from None
        if result is None:
            if position > self.failed_at:
                self.failed_at, self.failed = position, []
            if position == self.failed_at:
                self.failed.append(pattern.layout)
            return None
        values.update(result[0])
        return result[1]

    def _branch(self, step: Branches, values: Values, position: int) -> Steps:
        for implied, rules in step.branches:
            inner: Values = {}
            end = yield from self._run(rules, inner, position)
            if end is not None:
                values.update(implied)
                values.update(inner)
                return end
        return None

    def _numbers(self, step: Integers, values: Values, position: int) -> int:
        number, separator = "-?[0-9]+", re.escape(step.separator)
        match = re.compile(f"{number}(?:{separator}{number})*").match(self.text, position)
        if match is None:
            values[step.path] = []
            return position
        try:
            values[step.path] = [int(digits) for digits in match[0].split(step.separator)]
        except ValueError as error:
            raise _read_error(self.text, position, str(error)) from None
        return match.end()

    def _main(self, values: Values, position: int) -> Steps:
        answer = yield position
        if answer is None:
            return None
        values["main"], end = answer
        return end

    def _protos(self, step: Nested, values: Values, position: int) -> Steps:
        protos: list[Proto] = []
        values["protos"] = protos
        while True:
            start = self._separated(step, position, len(protos))
            answer = None if start is None else (yield start)
            if answer is None:
                return position
            proto, position = answer
            protos.append(proto)

    def _separated(self, step: Nested, position: int, count: int) -> int | None:
        """Where the next element of a list would start."""
        if not count:
            return position
        return position + len(step.separator) if self.text.startswith(step.separator, position) else None

    def _elements(self, step: Nested, values: Values, position: int) -> int:
        elements: list[Values] = []
        values[step.unit] = elements
        pattern = self.reader.pattern(step.unit)
        while True:
            start = self._separated(step, position, len(elements))
            element: Values = {}
            end = None if start is None else self._match(pattern, element, start)
            if end is None or end == start:
                return position
            position = end
            elements.append(element)

    def _instructions(self, step: Nested, values: Values, position: int) -> int:
        code = Code()
        values["code"] = code
        pattern = self.reader.pattern("instruction")
        while True:
            start = self._separated(step, position, len(code.words))
            element: Values = {}
            if start is None or self._match(pattern, element, start) is None:
                return position
            name = element["instruction.opcode.name"]
            end = self._match(self.reader.opcode_pattern(name), element, start)
            if end is None:
                return position
            try:
                code.add(element, name)
            except ValueError as error:
                raise _read_error(self.text, start, str(error)) from None
            position = end

    def _proto(self, values: Values, start: int) -> Proto:
        try:
            self.has_sources_in_effect |= "proto.source_in_effect" in values
            if "chunk.num_upvalues" in values:
                self.chunk_values["chunk.num_upvalues"] = values["chunk.num_upvalues"]
            return build_proto(values)
        except (ValueError, OverflowError) as error:
            raise _read_error(self.text, start, str(error)) from None

    def _unexpected(self, end: int | None) -> ReadError:
        """The error for a text that does not match, from the last place where a pattern failed."""
        explanation = Explanation(self.reader.pack, self.text, max(self.failed_at, end or 0))
        for layout in self.failed if self.failed_at >= (end or 0) else ():
            explanation.add(layout, self.failed_at)
        found, expected = explanation.found(), tuple(explanation.expected)
        choices = " or ".join(expected) or "the end of the text"
        return _read_error(self.text, explanation.position, f"expected {choices}, found {found}", found, expected)
