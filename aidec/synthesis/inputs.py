"""Inputs of functions: the types that declare them, hypothesis strategies of types, and which inputs are simpler.

    >>> small = read_type("list(integer(0, 9))", {})
    >>> spelled([1, 2]), list(simpler([1, 2], small))
    (b'{1, 2}', [[2], [1], [0, 2], [1, 0], [1, 1]])

A value is None, a bool, an int, a float, bytes, a list, a dict, or `Code`, which are those of Lua.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aidec.common.errors import SynthesisError
from aidec.common.hints import did_you_mean
from aidec.decompiler.values import is_identifier
from aidec.lua.literals import MAX_INTEGER, MIN_INTEGER, spell_in_quotes, spell_number

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

INTEGERS = (0, 1, -1, 2, 10, 255, 2**31, 2**53, 2**53 + 1, MAX_INTEGER, -(2**53), MIN_INTEGER + 1, MIN_INTEGER)
FLOATS = (0.0, 1.0, -0.0, 0.5, -1.5, 2.0**53, 2.0**63, -(2.0**63), 1e308, 5e-324, math.inf, -math.inf, math.nan)
"""Numbers at borders, which are drawn more often than others; the simplest first."""

LETTERS = b"abcdexyzABZ019 .,-_%("
"""The bytes of a ``text``."""

# For each type: how many types it is made of, and the usual least and most of its value or its length
_KINDS: Mapping[str, tuple[int, tuple[float, float] | None]] = {
    "boolean": (0, None),
    "integer": (0, (MIN_INTEGER, MAX_INTEGER)),
    "float": (0, (-math.inf, math.inf)),
    "string": (0, (0, 8)),
    "text": (0, (0, 12)),
    "list": (1, (0, 6)),
    "map": (2, (0, 5)),
    "optional": (1, None),
    "either": (2, None),
}

MOST_LENGTH = 1000
"""The greatest length that a type has."""

_MOST = {"integer": (MIN_INTEGER, MAX_INTEGER)}
_NAMED = {"inf": "math.huge", "-inf": "-math.huge", "nan": "0/0"}


class Code(str):
    """The text of a Lua expression, such as a function."""

    __slots__ = ()


@dataclass(frozen=True)
class Type:
    """A type of inputs.

    Attributes:
        kind: a name in the table of the docs, or ``any`` for one of some expressions.
        of: the types it is made of.
        low, high: the least and the most value of a number; else the least and the most length.
        letters: the bytes of a ``text``, the simplest first.
        choices: the expressions of ``any``, the simplest first.
    """

    kind: str
    of: tuple[Type, ...] = ()
    low: float = 0
    high: float = 0
    letters: bytes = LETTERS
    choices: tuple[Code, ...] = ()


def read_type(text: str, named: Mapping[str, Type]) -> Type:
    """The type that a text declares, such as ``list(integer(0, 9), 1, 5)``.

    Args:
        text: the text.
        named: types that have names.

    Raises:
        SynthesisError: it declares none.
    """
    try:
        return _type_of(ast.parse(text.strip(), mode="eval").body, named)
    except (MemoryError, RecursionError, SyntaxError, TypeError, ValueError):
        raise SynthesisError(f"expected a type, such as list(integer(0, 9), 1, 5), read {text[:80]!r}") from None


def _type_of(node: ast.expr, named: Mapping[str, Type]) -> Type:
    arguments = node.args if isinstance(node, ast.Call) and not node.keywords else []
    name = node.func if isinstance(node, ast.Call) else node
    if not isinstance(name, ast.Name):
        raise TypeError
    if name.id in named and not arguments:
        return named[name.id]
    if name.id not in _KINDS:
        raise SynthesisError(f"there is no type {name.id!r}{did_you_mean(name.id, [*_KINDS, *named])}")
    count, bounds = _KINDS[name.id]
    of = tuple(_type_of(each, named) for each in arguments[:count])
    limits = [ast.literal_eval(each) for each in arguments[count:]]
    letters = LETTERS
    if name.id == "text" and len(limits) == 3 and isinstance(limits[2], str) and limits[2]:
        letters = limits.pop().encode()
    if len(of) < count or len(limits) not in ((0, 2) if bounds else (0,)):
        raise SynthesisError(f"{ast.unparse(node)}: expected {_form(name.id)}")
    if name.id == "map" and not _is_key(of[0]):
        raise SynthesisError(f"{ast.unparse(node)}: expected integers, texts or booleans as keys")
    low, high = limits or bounds or (0, 0)
    if limits and not _are_bounds(name.id, low, high):
        least, most = (-math.inf, math.inf) if name.id == "float" else _MOST.get(name.id, (0, MOST_LENGTH))
        kind = "numbers" if name.id == "float" else "integers"
        wanted = f"two {kind}, the least and the most, from {least} to {most}"
        raise SynthesisError(f"{ast.unparse(node)}: expected {wanted}")
    return Type(name.id, of, low, high, letters)


def _are_bounds(kind: str, low: Any, high: Any) -> bool:
    """Whether two values are the least and the most of a type."""
    if kind == "float":
        return {type(low), type(high)} <= {int, float} and bool(low <= high)
    least, most = _MOST.get(kind, (0, MOST_LENGTH))
    return type(low) is int and type(high) is int and least <= low <= high <= most


def _is_key(declared: Type) -> bool:
    """Whether values of a type can be keys of a map."""
    return declared.kind in ("boolean", "integer", "string", "text") or (
        declared.kind == "either" and all(map(_is_key, declared.of))
    )


def _form(kind: str) -> str:
    """How a type is written."""
    count, bounds = _KINDS[kind]
    inner = ", ".join(["TYPE"] * count)
    usual = f"{kind}({inner})" if inner else kind
    limits = ", ".join([*([inner] if inner else []), "LOW", "HIGH", *(["LETTERS"] if kind == "text" else [])])
    return f"{usual}, or {kind}({limits})" if bounds else usual


def strategy(declared: Type) -> SearchStrategy[Any]:
    """The hypothesis strategy of a type; what it shrinks to first is the simplest."""
    from hypothesis import strategies as st

    inner = [strategy(each) for each in declared.of]
    least, most = (int(each) if math.isfinite(each) else 0 for each in (declared.low, declared.high))
    made: SearchStrategy[Any]
    match declared.kind:
        case "boolean":
            made = st.booleans()
        case "integer" | "float":
            made = _numbers(declared)
        case "string":
            made = st.binary(min_size=least, max_size=most)
        case "text":
            letters = st.sampled_from([bytes([each]) for each in declared.letters])
            made = st.lists(letters, min_size=least, max_size=most).map(b"".join)
        case "list":
            made = st.lists(inner[0], min_size=least, max_size=most)
        case "map":
            made = st.dictionaries(inner[0], inner[1], min_size=least, max_size=most)
        case "optional":
            made = st.none() | inner[0]
        case "either":
            made = inner[0] | inner[1]
        case _:
            made = st.sampled_from(declared.choices)
    return made


def _numbers(declared: Type) -> SearchStrategy[Any]:
    """The strategy of numbers: all of them, and those at borders."""
    from hypothesis import strategies as st

    low, high = declared.low, declared.high
    if declared.kind == "integer":
        near = [st.integers(max(int(low), -9), min(int(high), 9))] if low <= 9 and high >= -9 else []
        every: list[SearchStrategy[Any]] = [*near, st.integers(int(low), int(high))]
        borders: list[float] = [each for each in INTEGERS if low <= each <= high]
    else:
        is_bounded = not math.isinf(low) or not math.isinf(high)
        every = [st.floats(low, high) if is_bounded else st.floats(allow_nan=False, allow_infinity=False)]
        borders = [each for each in FLOATS if not is_bounded or low <= each <= high]
    return st.one_of(*every, *([st.sampled_from(borders)] if borders else []))


def spelled(*values: Any) -> bytes:
    """The Lua expressions of values, separated by commas."""
    return ", ".join(map(_text, values)).encode("latin-1")


def _text(value: Any) -> str:
    """The Lua expression of a value, of which each character is a byte."""
    match value:
        case None:
            text = "nil"
        case bool():
            text = str(value).lower()
        case int():
            text = "math.mininteger" if value == MIN_INTEGER else str(value)
        case float():
            text = _NAMED.get(str(value)) or spell_number(value)
        case bytes():
            text = spell_in_quotes(value)
        case list():
            text = "{" + ", ".join(map(_text, value)) + "}"
        case dict():
            text = "{" + ", ".join(f"{_key(key)} = {_text(each)}" for key, each in value.items()) + "}"
        case _:
            text = value.encode().decode("latin-1")
    return text


def _key(key: Any) -> str:
    """A key as it stands in a constructor."""
    is_name = isinstance(key, bytes) and is_identifier(key)
    return key.decode() if is_name else f"[{_text(key)}]"


def simpler(value: Any, declared: Type) -> Iterator[Any]:
    """The values of a type that are one step simpler; from step to step a simplest one is always reached.

    A number is simpler nearer to 0, and positive; a float, with fewer digits, finite, and no NaN. A text or a table is
    simpler without one of its bytes or elements, or with one that is simpler. The simplest byte is ``a``, or the first
    of the letters.
    ``false`` is simpler than ``true``, nil than others, and an expression than those after it.
    """
    kind, low, high = declared.kind, declared.low, declared.high
    if kind in ("integer", "float"):
        numbers = _nearer(value) if kind == "integer" else _plainer(value)
        yield from (each for each in numbers if low <= each <= high)
    elif kind in ("string", "text"):
        yield from _shorter(value, low)
        plainest = declared.letters[:1]
        places = (at for at in range(len(value)) if value[at : at + 1] != plainest)
        yield from (value[:at] + plainest + value[at + 1 :] for at in places)
    elif kind == "list":
        yield from _shorter(value, low)
        for at, element in enumerate(value):
            yield from ([*value[:at], each, *value[at + 1 :]] for each in simpler(element, declared.of[0]))
    elif kind == "map":
        yield from _simpler_maps(value, declared)
    else:
        yield from _simpler_choices(value, declared)


def simpler_inputs(values: Sequence[Any], types: Sequence[Type]) -> Iterator[tuple[Any, ...]]:
    """The inputs of which one is one step simpler."""
    for at, (value, declared) in enumerate(zip(values, types, strict=True)):
        yield from ((*values[:at], each, *values[at + 1 :]) for each in simpler(value, declared))


def _simpler_maps(value: dict[Any, Any], declared: Type) -> Iterator[dict[Any, Any]]:
    """What is simpler than a map."""
    if len(value) > declared.low:
        yield from ({k: v for k, v in value.items() if k is not key} for key in value)
    for key, element in value.items():
        yield from (value | {key: each} for each in simpler(element, declared.of[1]))
        keys = (each for each in simpler(key, declared.of[0]) if each not in value)
        yield from ({(each if k is key else k): v for k, v in value.items()} for each in keys)


def _simpler_choices(value: Any, declared: Type) -> Iterator[Any]:
    """What is simpler than one of some values, or a value of one of some types."""
    if declared.kind == "boolean":
        yield from [False] if value else []
    elif declared.kind == "any":
        yield from declared.choices[: declared.choices.index(value)]
    elif value is not None:
        yield from [None] if declared.kind == "optional" else []
        yield from simpler(value, next(each for each in declared.of if _is_of(value, each)))


def _is_of(value: Any, declared: Type) -> bool:
    """Whether a value can be of a type."""
    kinds: dict[str, type] = {"boolean": bool, "integer": int, "float": float, "string": bytes, "text": bytes}
    kinds |= {"list": list, "map": dict, "any": Code}
    if declared.kind in kinds:
        return type(value) is kinds[declared.kind]
    return (value is None and declared.kind == "optional") or any(_is_of(value, each) for each in declared.of)


def _shorter(value: Any, least: float) -> Iterator[Any]:
    if len(value) > least:
        yield from (value[:at] + value[at + 1 :] for at in range(len(value)))


def _nearer(value: int) -> Iterator[int]:
    """Integers that are nearer to 0, or as near and positive."""
    steps = (0, -value, abs(value) // 2, -(abs(value) // 2), abs(value) - 1, 1 - abs(value))
    yield from dict.fromkeys(each for each in steps if abs(each) < abs(value) or each > 0 > value)


def _plainer(value: float) -> Iterator[float]:
    """Floats that are plainer."""
    if math.isnan(value):
        yield from (0.0, 1.0, -1.0, math.inf)
    elif math.isinf(value):
        yield from (0.0, 1.0, -1.0, *([math.inf] if value < 0 else []))
    elif value.is_integer():
        yield from map(float, _nearer(int(value)))
        yield from [0.0] if str(value) == "-0.0" else []
    else:
        rounded = (round(value, digits) for digits in range(1, 4))
        yield from dict.fromkeys((0.0, float(math.trunc(value)), *(each for each in rounded if each != value)))
        yield from [-value] if value < 0 else []
