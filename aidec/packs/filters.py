r"""The filters of templates: how a value of the model is spelled. Data passes through one of them or not at all.

A guard is what data may never spell, such as ``<|``, with which all tokens of a pack start.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable
from functools import cache, lru_cache, partial
from typing import Any

from aidec.bytecode.model import Constant

_NAMED = {
    "\a": r"\a",
    "\b": r"\b",
    "\f": r"\f",
    "\n": r"\n",
    "\r": r"\r",
    "\t": r"\t",
    "\v": r"\v",
    "\\": r"\\",
}


def for_guard(guard: str) -> dict[str, Callable[..., Any]]:
    """All filters by name, for a pack with this guard."""
    return {
        "name": partial(spell_name, guard=guard),
        "literal": partial(spell_literal, guard=guard),
        "text": partial(spell_text, guard=guard),
        "exact": spell_exact,
        "json": spell_json,
        "luac_name": luac_name,
        "luac_literal": luac_literal,
        "luac_source": luac_source,
        "as_float": as_float,
        "as_integer": as_integer,
    }


CONVERSIONS = ("as_float", "as_integer")
"""The filters that make no text."""


def spell_name(name: bytes, *, guard: str) -> str:
    r"""A name or a source: printable UTF-8 as it is, all else as escapes, from which the bytes can be read.

    Escapes are those of Lua, ``\xXX`` for bytes that have no letter. A backslash that would start one, and the start of
    a guard, become ``\xXX`` themselves.

    >>> print(spell_name(b'tab\t, "quote", \xff, <|Proto|>, \\x41', guard="<|"))
    tab\t, "quote", \xFF, \x3C|Proto|>, \x5Cx41
    """
    if not isinstance(name, bytes):
        _expect(name, bytes)
    text = name.decode("utf-8", "surrogateescape")
    if text.isprintable() and "\\" not in text and (not guard or guard not in text):
        return text  # as nearly all are
    return _special(guard).sub(_escape, text)


def spell_literal(constant: Constant, *, guard: str) -> str:
    r"""A Lua value: nil, true, false; an integer in decimal; a float as its repr; a string in double quotes.

    >>> [spell_literal(value, guard="<|") for value in (None, True, 1, 1.0, 1e100, float("-inf"))]
    ['nil', 'true', '1', '1.0', '1e+100', '-inf']
    >>> print(spell_literal(b'say "hi"\n', guard="<|"))
    "say \"hi\"\n"
    """
    if isinstance(constant, bytes):
        return '"' + spell_name(constant, guard=guard).replace('"', r"\"") + '"'
    return repr(constant) if type(constant) in (int, float) else _spell_simple(constant)


def _spell_simple(constant: float | None) -> str:
    _expect(constant, type(None), bool, int, float)
    if constant is None:
        return "nil"
    return repr(constant).lower() if isinstance(constant, bool) else repr(constant)


def spell_exact(number: float) -> str:
    """A float as its repr, or, for a NaN, with its 64 bits in hexadecimal.

    >>> spell_exact(0.5), spell_exact(float("nan"))
    ('0.5', 'nan:7ff8000000000000')
    """
    _expect(number, float)
    return f"nan:{struct.pack('>d', number).hex()}" if math.isnan(number) else repr(number)


def spell_text(text: bytes, *, guard: str) -> str:
    r"""Text of several lines, such as Lua source: as ``spell_name``, but with its control characters as they are.

    Only what could be taken for a token, and bytes that are not UTF-8, become ``\xXX``.
    """
    _expect(text, bytes)
    decoded = text.decode("utf-8", "surrogateescape")
    return _special_in_text(guard).sub(_escape, decoded)


@lru_cache(maxsize=64)
def _special(guard: str) -> re.Pattern[str]:
    return re.compile(rf"({_forged(guard)})|\\|[^\x20-\x7E]")


@lru_cache(maxsize=64)
def _special_in_text(guard: str) -> re.Pattern[str]:
    return re.compile(rf"({_forged(guard)})|[\uDC80-\uDCFF]")


def _forged(guard: str) -> str:
    """A pattern for the first character of a guard, or of an escape, that data would spell."""
    start_of_guard = f"{re.escape(guard[0])}(?={re.escape(guard[1:])})|" if guard else ""
    return start_of_guard + r"\\(?=x[0-9A-F]{2})"


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    if match[1] is None:
        if char in _NAMED:
            return _NAMED[char]
        if char.isprintable():
            return char
    return "".join(f"\\x{byte:02X}" for byte in char.encode("utf-8", "surrogateescape"))


def read_name(text: str) -> bytes:
    r"""The name that ``spell_name`` spelled.

    >>> read_name(r"tab\t, \xFF, \x3C|Proto|>, \x5Cx41")
    b'tab\t, \xff, <|Proto|>, \\x41'

    Raises:
        ValueError: there is an escape that ``spell_name`` does not write.
    """
    return _ESCAPED.sub(_unescape, text).encode("utf-8", "surrogateescape")


def read_text(text: str) -> bytes:
    """The text that ``spell_text`` spelled."""
    return _ESCAPED_BYTE.sub(_unescape, text).encode("utf-8", "surrogateescape")


def read_literal(text: str) -> Constant:
    """The Lua value that ``spell_literal`` spelled.

    Raises:
        ValueError: it is none.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text.startswith('"') and text.endswith('"') and len(text) > 1:
        return read_name(text[1:-1])
    if re.fullmatch("-?[0-9]+", text):
        return int(text)
    if re.fullmatch(r"-?(inf|nan|[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?)", text):
        return float(text)
    raise ValueError(f"expected nil, true, false, a number or a string in double quotes, read {text[:30]!r}")


def read_exact(text: str) -> float:
    """The float that ``spell_exact`` spelled.

    Raises:
        ValueError: it is none.
    """
    if re.fullmatch("nan:[0-9a-f]{16}", text):
        value: float = struct.unpack(">d", bytes.fromhex(text[4:]))[0]
    elif re.fullmatch(r"-?(inf|[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?)", text):
        value = float(text)
    else:
        raise ValueError(f"expected a float, read {text[:30]!r}")
    return value


_WORDS: dict[str, Constant] = {"nil": None, "true": True, "false": False}
_ESCAPED = re.compile(r"\\(x[0-9A-F]{2}|.?)", re.DOTALL)
_ESCAPED_BYTE = re.compile(r"\\(x[0-9A-F]{2})")
_BY_LETTER = {letters[1]: char for char, letters in _NAMED.items()} | {'"': '"'}


def _unescape(match: re.Match[str]) -> str:
    escape = match[1]
    if len(escape) == 3:
        byte = int(escape[1:], 16)
        return chr(byte) if byte < 0x80 else chr(0xDC00 + byte)
    if escape not in _BY_LETTER:
        raise ValueError(f"{match[0]!r} is no escape")
    return _BY_LETTER[escape]


def spell_json(value: Any) -> str:
    r"""A value of the model as JSON, nothing lost.

    A string that is not UTF-8 becomes ``{"hex": "..."}``; integers beyond 2**53, which many readers of JSON would
    round, and floats that JSON has no number for, become strings.

    >>> [spell_json(value) for value in (b"a\n", b"\xff", None, True, 1.5, 2**63 - 1, float("nan"))]
    ['"a\\n"', '{"hex": "ff"}', 'null', 'true', '1.5', '"9223372036854775807"', '"nan:7ff8000000000000"']
    """
    _expect(value, type(None), bool, int, float, bytes, str)
    if isinstance(value, bytes):
        try:
            return _json()(value.decode())
        except UnicodeDecodeError:
            return _json()({"hex": value.hex()})
    if isinstance(value, float) and not math.isfinite(value):
        return _json()(spell_exact(value))
    if isinstance(value, int) and abs(value) > 2**53:
        return _json()(str(value))
    return _json()(value)


@cache
def _json() -> Callable[[Any], str]:
    """What makes JSON of a value; imported when it is needed, and made once, which takes longer than a short text."""
    import json

    return json.JSONEncoder(ensure_ascii=False).encode


def luac_literal(constant: Constant, len_number: int = 8) -> str:
    r"""A constant as ``luac -l`` prints it (luac.c: ``PrintConstant``).

    >>> print(luac_literal(b"caf\xc3\xa9\n"), luac_literal(1.0), luac_literal(0.1))
    "caf\195\169\n" 1.0 0.1
    """
    if isinstance(constant, bytes):
        return '"' + "".join([_LUAC_CHARS[byte] for byte in constant]) + '"'
    if isinstance(constant, float):
        text = f"{constant:.{14 if len_number == 8 else 7}g}"
        if math.isnan(constant):
            return "-nan" if math.copysign(1, constant) < 0 else "nan"
        return text if re.search("[^-0-9]", text) else text + ".0"
    return _spell_simple(constant)


_LUAC_CHARS = [
    _NAMED.get(chr(byte)) or (r"\"" if byte == 34 else chr(byte) if 32 <= byte < 127 else f"\\{byte:03d}")
    for byte in range(256)
]


def luac_name(name: bytes | None) -> str:
    """A name as ``luac -l`` prints it: its raw bytes up to a NUL, ``-`` where there is none."""
    if name is None:
        return "-"
    return name.partition(b"\0")[0].decode("utf-8", "surrogateescape")


def luac_source(source: bytes | None) -> str:
    """The name of a source as ``luac -l`` prints it (luac.c: ``PrintHeader``)."""
    if source is None:
        return "?"
    if source[:1] in (b"@", b"="):
        return luac_name(source[1:])
    return "(bstring)" if source[:1] == b"\x1b" else "(string)"


def as_float(number: int) -> float:
    """The float that has the bits of a 64-bit integer."""
    _expect(number, int)
    value: float = struct.unpack("<d", struct.pack("<q", number))[0]
    return value


def as_integer(number: float) -> int:
    """The 64-bit integer that has the bits of a float."""
    _expect(number, float)
    value: int = struct.unpack("<q", struct.pack("<d", number))[0]
    return value


def _expect(value: object, *types: type) -> None:
    if not isinstance(value, types):
        names = " or ".join("none" if expected is type(None) else expected.__name__ for expected in types)
        raise TypeError(f"this filter takes {names}, not {'none' if value is None else type(value).__name__}")


READERS: dict[str, Callable[[str], Any]] = {
    "name": read_name,
    "literal": read_literal,
    "text": read_text,
    "exact": read_exact,
}
"""The filters whose spelling can be read back, and what reads it."""
