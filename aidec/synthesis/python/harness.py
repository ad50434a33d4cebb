"""Calls a function in CPython and writes what came of it, as harness.lua does; a program that runs in the sandbox.

It imports nothing but what stands ready. Each call is made twice: first with code that counts its steps and looks at
its integers, where a call that takes too many, or reaches an integer beyond 64 bits, is left out; then with the code as
it is, whose outcome counts.
"""

from __future__ import annotations

import json
import os
import sys
import types
from typing import Any, NoReturn

FUTURE_ANNOTATIONS = 0x1000000
MOST_STEPS = 20_000
LONGEST = 20_000


class LeftOut(BaseException):
    """A call goes beyond what is compared."""


class State:
    """What was found in a call."""

    steps = 0
    reason = ""


def leave_out(reason: str) -> NoReturn:
    """End a call."""
    State.reason = State.reason or reason
    raise LeftOut(reason)


def tick() -> None:
    """Count a step."""
    State.steps += 1
    if State.steps > MOST_STEPS:
        leave_out("takes too many steps")


def seen(value: Any) -> Any:
    """A value of an operation, which must have room in 64 bits."""
    if type(value) is int and not -0x8000000000000000 <= value <= 0x7FFFFFFFFFFFFFFF:
        leave_out("an integer beyond 64 bits")
    if type(value) is complex:
        leave_out("a complex number")
    if type(value) in (str, list, tuple, set, dict):
        State.steps += len(value) // 8
        if State.steps > MOST_STEPS:
            leave_out("takes too many steps")
    return value


OPERATIONS = {
    "Add": lambda a, b: a + b, "Sub": lambda a, b: a - b, "Mult": lambda a, b: a * b, "Div": lambda a, b: a / b,
    "FloorDiv": lambda a, b: a // b, "Mod": lambda a, b: a % b, "Pow": lambda a, b: a**b, "LShift": lambda a, b: a << b,
    "RShift": lambda a, b: a >> b, "BitAnd": lambda a, b: a & b, "BitOr": lambda a, b: a | b,
    "BitXor": lambda a, b: a ^ b, "MatMult": lambda a, b: a @ b,
}  # fmt: skip


def operation(operator: str, left: Any, right: Any) -> Any:
    """The result of an operation, if it may be done."""
    return seen(OPERATIONS[operator](left, before(operator, left, right)))


def before(operator: str, left: Any, right: Any) -> Any:
    """Look at the operands of an operation that could take long, or rounds otherwise."""
    if operator == "Pow" and type(left) is int and type(right) is int and right > 64 and abs(left) > 1:
        leave_out("an integer beyond 64 bits")
    if operator == "LShift" and type(right) is int and right > 64:
        leave_out("an integer beyond 64 bits")
    if operator == "Div" and any(type(each) is int and abs(each) > 1 << 53 for each in (left, right)):
        leave_out("a division of integers beyond 2^53")
    if operator == "Mult":
        for one, two in ((left, right), (right, left)):
            if type(one) in (str, list, tuple) and type(two) is int and two * len(one) > 100_000:
                leave_out("takes too many steps")
    return right


WATCHED = {"__tick__": tick, "__seen__": seen, "__before__": before, "__operation__": operation}
"""What watched code calls; no code has names of its own that are these."""


def canonical(value: Any) -> str:
    """The canonical form: tuples are lists, sets are sorted, objects are their fields but for None."""
    if value is None or value is True or value is False:
        return str(value)
    if type(value) is int:
        return str(seen(value))
    if type(value) is float:
        if value != value:
            return "nan"
        text = "%.17g" % value
        return text if set(text) & set(".ei") else text + ".0"
    if type(value) is str:
        if not value.isascii():
            leave_out("a string that is not ASCII")
        shown = (c if " " <= c <= "~" and c not in '"\\' else "\\x%02x" % ord(c) for c in value)
        return '"' + "".join(shown) + '"'
    if type(value) in (list, tuple):
        return "[" + ", ".join(map(canonical, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(canonical(key) + ": " + canonical(each) for key, each in value.items()) + "}"
    if type(value) in (set, frozenset):
        return "set(" + ", ".join(sorted(map(canonical, value))) + ")"
    if type(value) is types.GeneratorType:
        taken = []
        for each in value:
            taken.append(each)
            if len(taken) > 1000:
                leave_out("takes too many steps")
        return canonical(taken)
    if getattr(type(value), "__module__", "") == "unit":
        fields = {key: each for key, each in vars(value).items() if each is not None}
        return "<" + ", ".join(sorted(f"{key}={canonical(each)}" for key, each in fields.items())) + ">"
    leave_out("a result of type " + type(value).__name__)


def outcome(f: Any, text: str) -> tuple[str, str]:
    """What a call comes to, and its arguments after it."""
    arguments, keywords = eval(text, {})
    try:
        told = "=" + canonical(f(*arguments, **keywords))
        if len(told) > LONGEST:
            leave_out("a result that is too long")
    except ImportError:
        leave_out("a module that the sandbox does not have")
    except RecursionError:
        leave_out("recursion that is deeper than CPython's limit")
    except Exception as error:
        told = "!" + type(error).__name__
    after = ", ".join(canonical(each) for each in (*arguments, *keywords.values()))
    return told, after


LOWER = "abcdefghijklmnopqrstuvwxyz"


def add_module_string() -> None:
    """Let code import the constants of the module string, which nothing loads before the sandbox closes."""
    module = types.ModuleType("string")
    constants = {"ascii_lowercase": LOWER, "ascii_uppercase": LOWER.upper(), "ascii_letters": LOWER + LOWER.upper()}
    vars(module).update(constants, digits="0123456789", hexdigits="0123456789abcdefABCDEF")
    sys.modules.setdefault("string", module)


def main(text: str) -> None:
    """Make all calls."""
    add_module_string()
    job = json.loads(text)
    modules = []
    for source in (job["watched"], job["source"]):
        names = {"__name__": "unit", **WATCHED}
        exec(compile(source, "unit", "exec", FUTURE_ANNOTATIONS, True), names)
        modules.append(names[job["name"]])
    lines = []
    for call in job["calls"]:
        State.steps, State.reason = 0, ""
        try:
            first = outcome(modules[0], call)
        except LeftOut:
            first = ("", "")
        if State.reason:
            lines.append("?" + State.reason)
            continue
        second = outcome(modules[1], call)
        lines += ["?it is not the same each time"] if first != second else second
    os.write(1, ("\n".join(lines) + "\n").encode())
