r"""Literals: the values of those in a source text, and the texts of values (Reference Manual, §3.1; llex.c, lobject.c).

>>> string_value(rb'"\x41\u{e9}\z   \10"'), number_value("0x7fffffffffffffff"), number_value("1e2")
(b'A\xc3\xa9\n', 9223372036854775807, 100.0)
>>> spell_number(1e15), spell_number(-0.0), spell_number(-(2**63)), spell_string(b"\xff\n")
('1e15', '-0.0', '0x8000000000000000', '"\\xff\\n"')
"""

from __future__ import annotations

import math
import re

from aidec.common.arguments import expect
from aidec.common.errors import ArgumentError
from aidec.lua.lines import LINE_BREAK

MIN_INTEGER, MAX_INTEGER = -(2**63), 2**63 - 1

_ESCAPE = re.compile(
    rb"\\(?:(?P<skip>z)[ \t\n\v\f\r]* | x(?P<hex>[0-9a-fA-F]{2}) | u\{(?P<utf8>[0-9a-fA-F]+)\}"
    rb"| (?P<decimal>[0-9]{1,3}) | (?P<line>\r\n|\n\r|\r|\n) | (?P<letter>.))",
    re.DOTALL | re.VERBOSE,
)
_LETTERS = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}
_LONG = re.compile(rb"\[(=*)\[")

# Bytes of a valid sequence of UTF-8, in a text of which each character is a byte
_UTF8 = (
    "[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]"
    "|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}"
)
_QUOTED = {quote: re.compile(rf"(?:{_UTF8})+|([\x00-\x1f\x7f-\xff\\{quote}])([0-9])?") for quote in "\"'"}
_FIT_FOR_BRACKETS = re.compile(rf"(?:{_UTF8}|[\n\t\x20-\x7e])*")
_SHORT_ESCAPES = {
    "\\": "\\\\",
    '"': '\\"',
    "'": "\\'",
    **{value.decode(): f"\\{name.decode()}" for name, value in _LETTERS.items()},
}


def string_value(literal: bytes) -> bytes:
    """The bytes that a literal string stands for.

    Args:
        literal: the literal with its quotes or brackets, one that Lua takes.
    """
    long = _LONG.match(literal)
    if long is None:
        inside = literal[1:-1]
        return _ESCAPE.sub(_escaped, inside) if b"\\" in inside else inside
    inside = literal[long.end() : -long.end()]
    if b"\r" in inside:
        inside = LINE_BREAK.sub(b"\n", inside)
    return inside.removeprefix(b"\n")


def _escaped(match: re.Match[bytes]) -> bytes:
    """The bytes that an escape sequence stands for."""
    kind, digits = match.lastgroup, match[match.lastgroup or 0]
    if kind == "letter":
        return _LETTERS.get(digits, digits)
    if kind == "line":
        return b"\n"
    if kind == "skip":
        return b""
    if kind == "utf8":
        return chr(int(digits, 16)).encode("utf-8", "surrogatepass")
    return bytes([int(digits, 16 if kind == "hex" else 10)])


def number_value(literal: str) -> int | float:
    """The number that a literal stands for: an integer of 64 bits with a sign, or a float (lobject.c: luaO_str2num).

    Args:
        literal: a numeral that Lua takes. A hexadecimal integer wraps around, a decimal one that is too large is a
            float.
    """
    if literal[:2] in ("0x", "0X"):
        if any(character in literal for character in ".pP"):
            try:
                return float.fromhex(literal)
            except OverflowError:
                return math.inf
        value = int(literal, 16) & 0xFFFFFFFFFFFFFFFF
        return value - 2**64 if value > MAX_INTEGER else value
    if literal.isdigit():
        value = int(literal) if len(literal.lstrip("0")) < 20 else MAX_INTEGER + 1
        if value <= MAX_INTEGER:
            return value
    return float(literal)


def spell_number(value: float, *, shortest: bool = False) -> str:
    """The text that has a number as its value, of the same type and with the same bits.

    It is a literal, of which none has a sign: a negative integer is hexadecimal, where literals wrap around. Negative
    floats and NaN have no literal; they are operations, which the run does: ``-1.5``, ``-0.0``, ``(0/0)`` for NaN with
    a sign, since x86 sets the sign of what it divides, and ``-(0/0)`` for NaN without.

    Args:
        value: an integer of 64 bits with a sign, or a float.
        shortest: choose the shortest text, such as ``.5`` for ``0.5``.

    Raises:
        ArgumentError: an integer that has no room in 64 bits.
    """
    expect("value", value, int, float)
    if isinstance(value, float):
        return _spell_float(value, shortest=shortest)
    if not MIN_INTEGER <= value <= MAX_INTEGER:
        raise ArgumentError(f"{value} has no room in an integer of Lua, which has 64 bits")
    if value < 0:
        return hex(value + 2**64)
    decimal = str(value)
    return min(decimal, hex(value), key=len) if shortest else decimal


def _spell_float(value: float, *, shortest: bool) -> str:
    if math.isnan(value):
        return "(0/0)" if math.copysign(1, value) < 0 else "-(0/0)"
    if math.isinf(value):
        return "1e999" if value > 0 else "-1e999"
    digits, _, exponent = repr(value).partition("e")
    if not exponent and value.is_integer() and abs(value) >= 1e15:  # where "%.14g", Lua's own format, has an exponent
        sign, whole = ("-" if value < 0 else ""), str(abs(int(value)))
        digits, exponent = f"{sign}{whole[0]}.{whole[1:].rstrip('0') or '0'}", str(len(whole) - 1)
    text = f"{digits.removesuffix('.0')}e{int(exponent)}" if exponent else digits
    return min(_float_spellings(text), key=len) if shortest else text


def _float_spellings(text: str) -> list[str]:
    """Texts of a float that have the same value, for one with or without an exponent."""
    sign, text = ("-", text[1:]) if text.startswith("-") else ("", text)
    digits, _, exponent = text.partition("e")
    whole, _, fraction = digits.partition(".")
    fraction = fraction.rstrip("0")
    significant = (whole + fraction).lstrip("0") or "0"
    power = int(exponent or 0) - len(fraction)
    stripped = significant.rstrip("0") or "0"
    spellings = [f"{stripped}e{power + len(significant) - len(stripped)}"]
    if not exponent:
        whole = whole.lstrip("0")
        spellings.append(f"{whole or ('' if fraction else '0')}.{fraction}")
    return [sign + spelling for spelling in spellings]


def spell_string(value: bytes, *, shortest: bool = False) -> str:
    r"""The text of a literal string, of which each character is a byte; it is ASCII and what is valid UTF-8.

    A text of several lines stands in long brackets, any other in quotes: double ones, unless it has some itself and no
    single ones. What can't be printed is escaped: ``\n``, ``\0``, ``\xff``.

    Args:
        value: the string's bytes.
        shortest: choose the shortest of all three.
    """
    text = value.decode("latin-1")
    if not shortest:
        if "\n" in text[:-1] and _FIT_FOR_BRACKETS.fullmatch(text):
            return _in_brackets(text, always_break=True)
        return spell_in_quotes(value)
    spellings = [_in_quotes(text, '"'), _in_quotes(text, "'")]
    if _FIT_FOR_BRACKETS.fullmatch(text):
        spellings.append(_in_brackets(text, always_break=False))
    return min(spellings, key=len)


def spell_in_quotes(value: bytes) -> str:
    """The text of a literal string in quotes, which has no line break, in other respects as `spell_string`."""
    text = value.decode("latin-1")
    return _in_quotes(text, "'" if '"' in text and "'" not in text else '"')


def _in_quotes(text: str, quote: str) -> str:
    return quote + _QUOTED[quote].sub(_escape, text) + quote


def _escape(match: re.Match[str]) -> str:
    """The escape sequence of a character, with the digit behind it, which must not become a part of it."""
    character, digit = match[1], match[2] or ""
    if character is None:
        return match[0]
    escape = _SHORT_ESCAPES.get(character)
    if escape is None:
        code = ord(character)
        escape = f"\\x{code:02x}" if code >= 0x80 else f"\\{code:03d}" if digit else f"\\{code}"
    return escape + digit


def _in_brackets(text: str, *, always_break: bool) -> str:
    """The text in long brackets; a line break behind the first is no part of it (llex.c: ``read_long_string``)."""
    level = ""
    while f"]{level}]" in f"{text}]{level}":
        level += "="
    return f"[{level}[{chr(10) if always_break or text.startswith(chr(10)) else ''}{text}]{level}]"
