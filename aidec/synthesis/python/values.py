"""Arguments of calls: values of a type, drawn at random; their types, and their texts in Lua."""

from __future__ import annotations

import random
from typing import Any

from aidec.lua.nodes import Boolean, Expression, Nil, Number, Table, Unary
from aidec.synthesis.python.build import call, sequence, text
from aidec.synthesis.python.types import BOOL, BOTTOM, FLOAT, INT, NONE, STR, Type, holder

WORDS = (
    "", "a", "b", "ab", "abc", "hello", "Hello World", "racecar", "the cat sat on the mat", "a,b,,c", "  pad ", "x1y2",
    "42", "-7", "3.5", "ABC", "aaa", "banana", "(a[b]{c})", "key=value", "one\ntwo", "snake_case", "CamelCase", "1010",
    "ff", "level", "1,2,3", "MCMXCIV", "IV",
)  # fmt: skip
LETTERS = "aabbccdeehlostxyzAB  01259.,-_()"


class Drawer:
    """Draws values of types.

    Args:
        rng: what decides.
        constants: literals that the code compares with, which are drawn as well.
    """

    def __init__(self, rng: random.Random, constants: list[Any]) -> None:
        self.rng = rng
        self.drawn: list[Any] = []
        self.texts = [each for each in constants if isinstance(each, str) and each.isascii() and len(each) < 30]
        self.integers = [each for each in constants if type(each) is int and abs(each) < 10_000]

    def arguments(self, types: list[Type]) -> list[Any]:
        """Values of some types, of which the later ones are often inside the earlier ones."""
        self.drawn = []
        values = []
        for type_ in types:
            fitting = [each for each in self.drawn if type(each).__name__ == type_.kind]
            is_inside = type_.kind in ("int", "float", "str") and bool(fitting) and self.rng.random() < 0.5
            values.append(self.rng.choice(fitting) if is_inside else self.draw(type_))
        return values

    def draw(self, type_: Type, depth: int = 0) -> Any:
        """A value of a type."""
        if type_.optional and self.rng.random() < 0.25:
            return None
        inside = [cell.type for cell in type_.cells]
        match type_.kind:
            case "float":
                return self._float()
            case "num":
                return self._float() if self.rng.random() < 0.5 else self._int()
            case "bool":
                return self.rng.random() < 0.5
            case "str":
                return self._text()
            case "none":
                return None
            case "list" | "iterator":
                return self._elements(inside[0], depth)
            case "row":
                return tuple(self._elements(inside[0], depth))
            case "tuple":
                return tuple(self.draw(each, depth + 1) for each in inside)
            case "set":
                return set(self._elements(inside[0], depth))
            case "dict":
                keys = self._elements(inside[0], depth)
                return {key: self.draw(inside[1], depth + 1) for key in keys}
        return self._int()

    def _int(self) -> int:
        chance = self.rng.random()
        if chance < 0.1 and self.integers:
            return self.rng.choice(self.integers) + self.rng.randint(-1, 1)
        if chance < 0.75:
            return self.rng.randint(0, 12)
        if chance < 0.87:
            return -self.rng.randint(1, 12)
        return self.rng.randint(10, 100) if chance < 0.97 else self.rng.randint(100, 5000)

    def _float(self) -> float:
        chance = self.rng.random()
        if chance < 0.2:
            return float(self.rng.randint(-5, 10))
        if chance < 0.95:
            return round(self.rng.uniform(-20, 40), self.rng.randint(1, 3))
        return self.rng.choice([0.0, 1e10, -1e-7, 1e16, 0.1, 123456.789])

    def _text(self) -> str:
        chance = self.rng.random()
        if chance < 0.15 and self.texts:
            return self.rng.choice(self.texts)
        if chance < 0.6:
            return self.rng.choice(WORDS)
        letters = self.rng.choice((LETTERS, "abc", "01", "0123456789", "ab ()[]"))
        return "".join(self.rng.choice(letters) for _ in range(self.rng.randint(0, 9)))

    def _elements(self, type_: Type, depth: int) -> list[Any]:
        count = self.rng.choice((0, 1, 2, 3, 4, 5, 6, 8)) if depth == 0 else self.rng.randint(0, 4)
        if depth == 1 and self.rng.random() < 0.5:
            count = 3
        values = [self.draw(type_, depth + 1) for _ in range(count)]
        self.drawn += values
        if values and self.rng.random() < 0.2:
            values.append(self.rng.choice(values))
        if type_.kind in ("int", "float", "str") and self.rng.random() < 0.3:
            values.sort()
        return values


def type_of(value: Any) -> Type | None:
    """The type of a value; None for what is outside the subset."""
    match value:
        case None:
            return NONE
        case bool():
            return BOOL
        case int():
            return INT if -(2**63) <= value < 2**63 else None
        case float():
            return FLOAT
        case str():
            return STR if value.isascii() else None
        case tuple():
            found = [type_of(each) for each in value]
            return None if None in found else holder("tuple", *[each for each in found if each])
        case list() | set() | frozenset() | dict():
            kind = "set" if isinstance(value, frozenset) else type(value).__name__
            made = holder(kind, *[BOTTOM] * (2 if kind == "dict" else 1))
            for each in value:
                parts = (each, value[each]) if isinstance(value, dict) else (each,)
                for cell, part in zip(made.cells, parts, strict=True):
                    known = type_of(part)
                    if known is None or known.kind == "none":
                        return None
                    cell.add(known)
            return made
    return None


def fits(value: Any, type_: Type) -> bool:
    """Whether a value is of a type."""
    if value is None:
        return type_.optional or type_.kind == "none"
    inside = [cell.type for cell in type_.cells]
    match type_.kind:
        case "num":
            return type(value) in (int, float)
        case "tuple":
            parts = value if isinstance(value, tuple) and len(value) == len(inside) else None
            return parts is not None and all(fits(part, each) for part, each in zip(parts, inside, strict=True))
        case "list" | "set" | "row":
            wanted = {"list": list, "set": set | frozenset, "row": tuple}[type_.kind]
            return isinstance(value, wanted) and all(fits(part, inside[0]) for part in value)
        case "dict":
            entries = value.items() if isinstance(value, dict) else None
            return entries is not None and all(fits(key, inside[0]) and fits(part, inside[1]) for key, part in entries)
    return type(value).__name__ == type_.kind


def to_lua(value: Any) -> Expression:
    """A value as Lua makes it."""
    match value:
        case None:
            return Nil()
        case bool():
            return Boolean(value)
        case int() | float():
            return Unary("-", Number(-value)) if value < 0 else Number(value)
        case str():
            return text(value)
        case list() | tuple():
            return sequence([to_lua(each) for each in value]) if value else Table([])
        case dict():
            return call("dict", sequence([sequence([to_lua(key), to_lua(each)]) for key, each in value.items()]))
    return call("set", sequence([to_lua(each) for each in sorted(value)]))
