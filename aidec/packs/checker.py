"""``pack check``: does a pack print just what it declares, can data never spell a token, and is nothing lost?

Renders chunks made for the purpose: all opcodes with all operands, counts and bytes of all values, debug information
there and absent, and strings that spell every token of the pack, whole and in parts.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from itertools import accumulate, cycle, product

from aidec import bytecode
from aidec.bytecode import Chunk, Header, LocalVar, Proto, Upvalue, first_difference
from aidec.bytecode.fields import FIELDS
from aidec.common.errors import PackError, ReadError
from aidec.packs.expression import parts_of
from aidec.packs.layout import Choice, walk
from aidec.packs.losses import tellable
from aidec.packs.names import known_names
from aidec.packs.pack import Pack
from aidec.packs.reader import Reader
from aidec.packs.rendering import Renderer
from aidec.packs.splitter import Splitter
from aidec.packs.units import Units

FLOATS = (0.0, -0.0, 1.5, 1e100, float("inf"), float("-inf"), float("nan"))


def check(pack: Pack) -> list[str]:
    """What is wrong with a pack, a line each; an empty list where it is as it should be."""
    problems = _unknown_fields(pack)
    try:
        renderer = Renderer(pack)
        emitted: set[str] = set()
        for chunk in probes(renderer.units):
            problems += _scan(renderer.render(chunk, b"return 1"), pack, emitted)
        problems += _forged(renderer, pack, emitted)
        if pack.is_lossless:
            problems += _lost(renderer, pack)
    except PackError as error:
        return [*problems, str(error)]
    unused = {token for family in pack.families.values() for token in family.unused}
    silent = [token for token in pack.vocabulary() if token not in emitted | unused]
    if silent:
        problems.append(f"declared but never printed: {_some(silent)}")
    wrongly_unused = sorted(unused & emitted)
    if wrongly_unused:
        problems.append(f"declared unused but printed: {_some(wrongly_unused)}")
    return list(dict.fromkeys(problems))


def _some(tokens: list[str]) -> str:
    more = f" and {len(tokens) - 5:,} more" if len(tokens) > 5 else ""
    return " ".join(tokens[:5]) + more


def _unknown_fields(pack: Pack) -> list[str]:
    """Families that carry a field which the model does not have."""
    return [
        f"the family {family.name} carries {path}, which is no field of the model"
        for family in pack.families.values()
        for path in family.carries
        if path not in known_names() and path != "byte"
    ]


def _scan(text: str, pack: Pack, emitted: set[str]) -> list[str]:
    """Collect the tokens in a render; the problems are places where a token starts that is not declared."""
    if not pack.families:
        return []
    by_base = {token for family in pack.families.values() for token in family.spelled_by_base}
    problems = []
    for part, is_token in Splitter([*pack.vocabulary(), *by_base]).split(text):
        if is_token:
            emitted.add(part)
        elif pack.guard in part:
            problems.append(f"printed but not declared: {part[part.index(pack.guard) :][:40]!r}")
    return problems


def _forged(renderer: Renderer, pack: Pack, emitted: set[str]) -> list[str]:
    """Whether strings that spell tokens change the tokens that stand in a render."""
    if not pack.families:
        return []
    tokens = pack.vocabulary()
    halves = [part for token in tokens[:64] for part in (token[:-1], token[1:], token * 2)]
    strings = [string.encode() for string in (*tokens, *halves, pack.guard, pack.guard * 2)]
    harmless = renderer.render(_talking([b"x"] * len(strings)), b"x").count(pack.guard)
    text = renderer.render(_talking(strings), strings[0])
    problems = _scan(text, pack, emitted)
    if text.count(pack.guard) != harmless:
        problems.append("data can spell a token: a string that spells one changes the number of tokens in a render")
    for token in tokens:
        if not token.startswith(pack.guard):
            own_escape = f"\\x{ord(token[0]):02X}"
            if token != own_escape and token in renderer.render(_talking([token.encode()]), token.encode()):
                problems.append(f"data can spell a token: the string {token!r} is printed as it is")
    return problems


def _lost(renderer: Renderer, pack: Pack) -> list[str]:
    """Whether chunks can be read back, but for what the pack says that it can't tell."""
    reader = Reader(renderer)
    strings = [token.encode() for token in pack.vocabulary()]
    for probe in (*probes(renderer.units), _talking(strings)):
        chunk = tellable(probe, pack.loses)
        try:
            again, _ = reader.read(renderer.render(chunk), chunk.header)
        except ReadError as error:
            return [f"its text can't be read back: {error}"]
        difference = first_difference(chunk, again)
        if difference:
            return [f"reading its text back gives another chunk: {difference}"]
    return []


def _talking(strings: list[bytes]) -> Chunk:
    """A chunk that has the strings wherever a chunk can have one."""
    proto = Proto(
        source=b"@" + b" ".join(strings),
        protos=(Proto(source=b" ".join(strings)),),
        constants=tuple(strings),
        upvalues=tuple([Upvalue(string, 0, 0) for string in strings]),
        local_vars=tuple([LocalVar(string, 0, 0) for string in strings]),
        num_upvalue_names=len(strings),
    )
    return Chunk(Header(), 0, proto)


def probes(units: Units) -> Iterator[Chunk]:
    """Chunks that between them have every value of every field that a token could carry.

    Args:
        units: what lays them out; if it treats some names of opcodes or of variables in a way of their own, they are
            among them.
    """
    words = _words(compared_with(units, "instruction.opcode.name"))
    names = [text.encode() for text in compared_with(units, "local_var.name")]
    for main in (_whole([*words]), _jumps(), _lines(), _locals(names), Proto(line_info=array("i", [1, 5]))):
        yield Chunk(Header(), min(len(main.upvalues), 255), main)
    stripped = Proto(upvalues=(Upvalue(None, 1, 0),), num_upvalue_names=1)
    for is_big_endian, *widths in product((False, True), *[(4, 8)] * 4):
        yield Chunk(Header(bool(is_big_endian), *widths), 1, stripped)
    for n in range(256):
        yield Chunk(Header(), n, stripped)


def compared_with(units: Units, path: str) -> list[str]:
    """The texts that the layouts of units compare a value with, sorted."""
    layouts = [unit.layout or () for unit in (units.chunk, units.proto, *units.lists.values())]
    choices = [node for layout in layouts for node in walk(layout) if isinstance(node, Choice)]
    found: set[str] = set()
    todo = [test for choice in choices for test in choice.tests]
    while todo:
        expression = todo.pop()
        todo += parts_of(expression)
        match expression:
            case ("test", "named", ("path", name), (("const", text),)) if name == path:
                found.add(text)
            case ("compare", ("path", name), others) if name == path:
                for constant in [other[1] for _, other in others if other[0] == "const"]:
                    found.update([constant] if isinstance(constant, str) else constant)
    return sorted(found)


def _whole(words: list[int]) -> Proto:
    """All bytes, all counts, all constants and all operands, and debug information of every kind."""
    every_byte = [bytes([byte]) for byte in range(256)]
    code = array("I", words)
    unnamed = [Upvalue(b"", 0, 0), Upvalue(None, 0, 0)]
    return Proto(
        source=b"@" + b"".join(every_byte),
        code=code,
        constants=(None, False, True, *range(256), -1, 2**63 - 1, -(2**63), *FLOATS, b"", *every_byte),
        upvalues=tuple([Upvalue(b"upvalue", how, n) for n in range(256) for how in (0, 1, n)] + unnamed),
        protos=tuple([Proto(num_params=n, is_vararg=n, max_stack_size=n) for n in range(256)]),
        line_info=array("i", range(len(code))),
        num_upvalue_names=3 * 256 + 2,
    )


def _words(names: list[str]) -> Iterator[int]:
    """Instructions with every opcode, and with every operand of each kind; each of these names is a kind of its own."""
    a, b, c, bx_high = (FIELDS[name].put for name in ("a", "b", "c", "bx_high"))
    for number in range(len(bytecode.OPCODES)):
        for operand in (0, 1, 255, 256, 511):
            yield b(operand) | c(operand) | a(operand & FIELDS["a"].mask) | number
        yield from [a(n) | number for n in range(256)]
    kinds = {
        (opcode.mode, opcode.b, opcode.c, opcode.name in names and opcode.name): opcode.number
        for opcode in bytecode.OPCODES
    }
    for number in kinds.values():
        yield from [c(n) | number for n in range(512)]
        yield from [b(n) | number for n in range(512)]
        yield from [bx_high(n) | number for n in range(64)]
        yield from [b(n % 8) | c(n // 8) | number for n in range(64)]


def _jumps() -> Proto:
    """Jumps to more than 256 places, all with the same A and with every A; backward, and out of the function."""
    a, sbx = FIELDS["a"].put, FIELDS["sbx"].put
    jumps = [opcode.number for opcode in bytecode.OPCODES if opcode.jump == "self"]
    code = [sbx(0) | a(n) | number for number in jumps for n in (*[0] * 300, *range(256))]
    return Proto(code=array("I", [*code, sbx(-1) | jumps[0], sbx(FIELDS["sbx"].offset) | jumps[0]]))


def _lines() -> Proto:
    """Lines that differ by all that a token could tell, up and down."""
    lines = list(accumulate([step for n in range(300) for step in (n, -n, n)]))
    return Proto(code=array("I", [0] * len(lines)), line_info=array("i", lines))


def _locals(special: list[bytes]) -> Proto:
    """Local variables that start and end anywhere, with names of any kind and these special ones."""
    names = (b"local", b"", None, *special)
    starts = accumulate([step for n in range(80) for step in [n] * len(names)], initial=0)
    return Proto(
        code=array("I", [0] * 1000),
        local_vars=tuple(
            [
                LocalVar(name, start, end)
                for start, name, end in zip(starts, names * 80, cycle((1000, 1001, 0, 5, 300)), strict=False)
            ]
        ),
    )
