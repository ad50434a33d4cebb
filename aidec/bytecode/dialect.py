"""Dialects: how chunks of a changed Lua 5.3 differ from official ones, each declared in a short YAML file.

The files that ship are in ``dialects/``; ``official.yaml`` has every key, with the values that a file without it has.
"""

from __future__ import annotations

import math
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path
from typing import Any

from aidec.bytecode.model import Header
from aidec.bytecode.opcodes import OPCODES
from aidec.common.arguments import PATH, checked_path, expect
from aidec.common.errors import DialectError
from aidec.common.hints import did_you_mean
from aidec.common.settings import Conf
from aidec.generated.tables import CONSTANT_TYPES

FOLDER = Path(__file__).with_name("dialects")

WIDTHS = ("int", "size_t", "instruction", "integer", "number")
"""The header fields that are the width of a type, in their official order."""
LITERALS = ("signature", "data", "bytes")
"""The header fields that are bytes, which a file gives in hexadecimal."""
NUMBERS = ("version", "format")
"""The header fields that are one byte, which a file gives as a number."""
CHECKS = ("check_integer", "check_number")
"""The header fields that are a number that is known, from which the byte order is found."""
UNKNOWN = "unknown"
ANY = "any"
NOTHING = "nothing"

_KNOWN = {opcode.name: opcode.number for opcode in OPCODES if opcode.is_known}


@dataclass(frozen=True, slots=True)
class HeaderField:
    """A field of the header.

    Attributes:
        name: one of ``LITERALS``, ``NUMBERS``, ``WIDTHS`` or ``CHECKS``; only ``bytes`` may come twice.
        value: the bytes, the width (None where it may be 4 or 8) or the known number.
    """

    name: str
    value: bytes | int | float | None


OFFICIAL_HEADER = (
    HeaderField("signature", b"\x1bLua"),
    HeaderField("version", b"\x53"),
    HeaderField("format", b"\0"),
    HeaderField("data", b"\x19\x93\r\n\x1a\n"),
    HeaderField("int", None),
    HeaderField("size_t", None),
    HeaderField("instruction", 4),
    HeaderField("integer", None),
    HeaderField("number", None),
    HeaderField("check_integer", 0x5678),
    HeaderField("check_number", 370.5),
)


@dataclass(frozen=True, slots=True)
class End:
    """What follows a chunk.

    Attributes:
        literal: bytes that are always the same; None where any may follow.
        multiple: zeros follow these bytes until the size of the file is a multiple of this.
    """

    literal: bytes | None = b""
    multiple: int = 1

    def after(self, size: int) -> bytes:
        """What follows a chunk of ``size`` bytes, where that is always the same."""
        end = self.literal or b""
        return end + bytes(-(size + len(end)) % self.multiple)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How chunks are stored; by default as by an official Lua 5.3.

    Attributes:
        name: what messages call it.
        description: a sentence.
        header: the fields of the header, in their order.
        absent: the widths and the byte order that the header does not have.
        opcodes: for the official number of each opcode, from 0 to 63, the number that is stored; None where it is not
            known.
        types: for the name of each type of constant, its number.
        xor: the key with which all strings are combined, from the first byte of each on; empty if they are not.
        end: what follows a chunk.
    """

    name: str
    description: str = ""
    header: tuple[HeaderField, ...] = OFFICIAL_HEADER
    absent: Header = field(default_factory=Header)
    opcodes: tuple[int | None, ...] = tuple(range(64))
    types: tuple[tuple[str, int], ...] = tuple(CONSTANT_TYPES.items())
    xor: bytes = b""
    end: End = End()

    @property
    def usual_header(self) -> Header:
        """The header of a chunk in which all that the dialect leaves open is as luac has it on a 64-bit machine."""
        fixed = {f"len_{each.name}": each.value for each in self.header if each.name in WIDTHS and each.value}
        fixed.pop("len_instruction", None)
        return replace(self.absent, **fixed)  # type: ignore[arg-type]  # the values of widths are integers

    @property
    def unknown_opcodes(self) -> list[str]:
        """The names of the opcodes whose numbers are not known."""
        return [name for name, number in _KNOWN.items() if self.opcodes[number] is None]

    @property
    def start(self) -> bytes:
        """The bytes that every chunk starts with."""
        found = b""
        for each in self.header:
            if not isinstance(each.value, bytes):
                break
            found += each.value
        return found


def shipped_dialects() -> dict[str, Path]:
    """The files of the dialects that ship, by their names."""
    return {path.stem: path for path in sorted(FOLDER.glob("*.yaml"))}


def find_dialect(named: str | PathLike[str] | Dialect) -> Dialect:
    """The dialect of a name that ships, or that a file declares.

    Raises:
        DialectError: there is no such dialect, or its file is malformed.
        OSError: the file can't be read.
    """
    if isinstance(named, Dialect):
        return named
    expect("dialect", named, *PATH, Dialect)
    text = checked_path("dialect", named, DialectError)
    shipped = shipped_dialects()
    if text in shipped:
        return _read(shipped[text])
    if os.sep not in text and not text.endswith((".yaml", ".yml")):
        raise DialectError(f"no dialect {text!r}, and no file that ends in .yaml{did_you_mean(text, shipped)}")
    return _read(Path(text))


def _read(path: Path) -> Dialect:
    conf = Conf(path, DialectError)
    name, description = conf.text("name", path.stem), conf.text("description", "")
    header = OFFICIAL_HEADER if conf.where("header") == 1 else tuple(_header(conf))
    absent = _absent(conf.section("absent"), header)
    _check_order(conf, header)
    opcodes = _opcodes(conf)
    types = _types(conf.section("constants"))
    xor, end = _hex(conf, "xor"), _end(conf)
    conf.refuse_the_rest()
    return Dialect(name, description, header, absent, opcodes, types, xor, end)


def _header(conf: Conf) -> Iterator[HeaderField]:
    known = (*LITERALS, *NUMBERS, *WIDTHS, *CHECKS)
    where, node = conf.where("header"), conf.entries["header"]
    if node.id != "sequence" or not node.value:
        raise conf.fail(where, "header: expected a list with an item '- FIELD: VALUE' for each field")
    seen: set[str] = set()
    for item in conf.items("header"):
        if isinstance(item, str) or len(item.entries) != 1:
            raise conf.fail(where, "header: expected a list with an item '- FIELD: VALUE' for each field")
        (name,) = item.entries
        if name not in known:
            item.known += known
            item.refuse_the_rest()
        if name in seen and name != "bytes":
            raise item.fail(item.where(name), f"header: {name} stands here twice")
        seen.add(name)
        yield HeaderField(name, _value(item, name))


def _value(conf: Conf, name: str) -> bytes | int | float | None:
    """The value of a header field."""
    if name in LITERALS:
        where, value = conf.where(name), _hex(conf, name)
        if not value:
            raise conf.fail(where, f"{name}: expected bytes in hexadecimal, such as 1b 4c 75 61, read none")
        return value
    if name in WIDTHS:
        return _width(conf, name, None)
    if name in CHECKS:
        return _check(conf, name)
    where, text = conf.where(name), conf.text(name)
    try:
        number = int(text, 0)
    except ValueError:
        raise conf.fail(where, f"{name}: expected a number, read {text!r}") from None
    if not 0 <= number <= 0xFF:
        raise conf.fail(where, f"{name}: expected a number from 0 to 255, read {text}")
    return bytes([number])


def _check(conf: Conf, name: str) -> int | float:
    """A known number, whose bytes tell the byte order in both widths."""
    where, text = conf.where(name), conf.text(name)
    is_float = name == "check_number"
    try:
        number = float(text) if is_float else int(text, 0)
        if not is_float and not 0 <= number < 1 << 31:
            raise conf.fail(where, f"{name}: expected a number of 31 bits, read {text}")
        packed = [[struct.pack(order + width, number) for order in "<>"] for width in ("df" if is_float else "qi")]
    except (OverflowError, ValueError):
        packed = []
    if not packed or math.isnan(number) or any(little == big for little, big in packed):
        problem = f"{name}: expected a number whose bytes tell their order, read {text!r}; others are bytes"
        raise conf.fail(where, problem)
    return number


def _width(conf: Conf, name: str, default: int | None) -> int | None:
    """The width under a key; None for any."""
    widths = ("4",) if name == "instruction" else ("4", "8")
    choices = widths if default is not None or name == "instruction" else (ANY, *widths)
    text = conf.choice(name, choices, None if default is None else str(default))
    return None if text == ANY else int(text)


def _absent(conf: Conf, header: tuple[HeaderField, ...]) -> Header:
    """What the header does not say; by default as luac has it on a 64-bit machine."""
    here = {each.name for each in header}
    usual = {"int": 4, "size_t": 8, "instruction": 4, "integer": 8, "number": 8}
    for name in conf.entries:
        if name in here or (name == "byte_order" and here.intersection(CHECKS)):
            raise conf.fail(conf.where(name), f"absent: {name} is in the header, or found from it")
    widths = {name: _width(conf, name, usual[name]) or 0 for name in WIDTHS}
    is_big_endian = conf.choice("byte_order", ("little", "big"), "little") == "big"
    conf.refuse_the_rest()
    return Header(is_big_endian, widths["int"], widths["size_t"], widths["integer"], widths["number"])


def _check_order(conf: Conf, header: tuple[HeaderField, ...]) -> None:
    """Make sure that a known number comes after its width."""
    names = [each.name for each in header]
    for check in CHECKS:
        width = check.removeprefix("check_")
        if check in names and width in names[names.index(check) :]:
            raise conf.fail(1, f"header: {width}, a width, must come before {check}, which is of that width")
    if not isinstance(header[0].value, bytes):
        raise conf.fail(1, f"header: expected the signature first, read {names[0]}")


def _opcodes(conf: Conf) -> tuple[int | None, ...]:
    """For each official number the number that is stored.

    An opcode that is not listed keeps its number. The numbers that no opcode has stand for the official numbers that
    mean nothing, unless the number of an opcode is unknown.
    """
    where, listed = conf.where("opcodes"), conf.section("opcodes")
    stored: dict[int, int | None] = {}
    for name, node in list(listed.entries.items()):
        if name not in _KNOWN:
            raise listed.fail(node, f"opcodes: no opcode {name!r} in Lua 5.3{did_you_mean(name, _KNOWN)}")
        text = listed.text(name)
        if text == UNKNOWN:
            stored[_KNOWN[name]] = None
        elif text.isdecimal() and int(text) < 64:
            stored[_KNOWN[name]] = int(text)
        else:
            raise listed.fail(node, f"opcodes: expected a number from 0 to 63 for {name}, or unknown, read {text!r}")
    owners: dict[int, str] = {}
    for name, number in _KNOWN.items():
        found = stored.setdefault(number, number)
        if found is None:
            continue
        if found in owners:
            both = f"{owners[found]} and {name} both have {found}"
            raise conf.fail(where, f"opcodes: {both}; an opcode that is not listed keeps its own")
        owners[found] = name
    return completed(stored)


def completed(stored: dict[int, int | None]) -> tuple[int | None, ...]:
    """The number of each of the 64 opcodes, from those of the ones that Lua has.

    The numbers that are left stand for the official numbers that mean nothing: where possible for their own. Where the
    number of an opcode is unknown, what is left may be its, and stands for nothing.
    """
    meaningless = range(len(_KNOWN), 64)
    if None in stored.values():
        return tuple(stored.get(number) for number in range(64))
    free = [number for number in range(64) if number not in stored.values()]
    others = iter([number for number in free if number not in meaningless])
    rest = {number: number if number in free else next(others) for number in meaningless}
    return tuple((stored | rest)[number] for number in range(64))


def _types(conf: Conf) -> tuple[tuple[str, int], ...]:
    """The number of each type of constant."""
    types: dict[str, int] = {}
    for name, usual in CONSTANT_TYPES.items():
        where = conf.where(name)
        number = conf.number(name, usual)
        if not 0 <= number <= 0xFF:
            raise conf.fail(where, f"constants: expected a number from 0 to 255 for {name}, read {number}")
        other = next((other for other, taken in types.items() if taken == number), None)
        if other is not None and {other, name} != {"short_string", "long_string"}:
            raise conf.fail(where, f"constants: {other} and {name} both have {number}")
        types[name] = number
    conf.refuse_the_rest()
    return tuple(types.items())


def _end(conf: Conf) -> End:
    node = conf.entries.get("end")
    if node is not None and node.id == "mapping":
        section = conf.section("end")
        literal, where = _hex(section, "bytes"), section.where("multiple")
        multiple = section.number("multiple", 1)
        if not 1 <= multiple <= 1 << 20:
            raise section.fail(where, f"end.multiple: expected a number from 1 to {1 << 20}, read {multiple}")
        section.refuse_the_rest()
        return End(literal, multiple)
    word = conf.choice("end", (NOTHING, ANY), NOTHING)
    return End(None if word == ANY else b"")


def _hex(conf: Conf, key: str) -> bytes:
    """The bytes under a key, none by default: two digits each, apart or not, with 0x or not."""
    where, text = conf.where(key), conf.text(key, "")
    try:
        return bytes.fromhex("".join(word.removeprefix("0x") for word in text.split()))
    except ValueError:
        raise conf.fail(where, f"{key}: expected bytes in hexadecimal, such as 1b 4c 75 61, read {text!r}") from None


def as_yaml(dialect: Dialect) -> Iterator[str]:
    """The lines of a file that declares a dialect: what differs from an official one."""
    expect("dialect", dialect, Dialect)
    usual = Dialect("")
    yield f"name: {dialect.name}"
    if dialect.description:
        yield f"description: {dialect.description}"
    if dialect.header != usual.header:
        yield "header:"
        yield from (f"  - {each.name}: {_spelled(each)}" for each in dialect.header)
    if dialect.absent != usual.absent:
        yield "absent:"
        yield from _absent_lines(dialect)
    if dialect.opcodes != usual.opcodes:
        yield "opcodes:"
        for name, number in _KNOWN.items():
            stored = dialect.opcodes[number]
            yield f"  {name}: {UNKNOWN if stored is None else stored}"
    if dialect.types != usual.types:
        yield "constants:"
        yield from (f"  {name}: {number}" for name, number in dialect.types)
    if dialect.xor:
        yield f"xor: {dialect.xor.hex(' ')}"
    if dialect.end.literal is None:
        yield f"end: {ANY}"
    elif dialect.end != usual.end:
        yield f"end: {{bytes: '{dialect.end.literal.hex(' ')}', multiple: {dialect.end.multiple}}}"


def _spelled(each: HeaderField) -> Any:
    if each.name in NUMBERS and isinstance(each.value, bytes):
        return f"{each.value[0]:#04x}"
    if isinstance(each.value, bytes):
        return each.value.hex(" ")
    if each.name == "check_integer":
        return f"{each.value:#x}"
    return ANY if each.value is None else each.value


def _absent_lines(dialect: Dialect) -> Iterator[str]:
    here = {each.name for each in dialect.header}
    absent = dialect.absent
    widths = {
        "int": absent.len_int,
        "size_t": absent.len_size_t,
        "integer": absent.len_integer,
        "number": absent.len_number,
    }
    yield from (f"  {name}: {width}" for name, width in widths.items() if name not in here)
    if not here.intersection(CHECKS):
        yield f"  byte_order: {'big' if absent.is_big_endian else 'little'}"
