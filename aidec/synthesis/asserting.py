"""Tests as a program of Lua that requires ``main`` and asserts what each call returns; to read, not to judge by.

The program stands in the state of what it tests, which could be in its way. What judges is ``aidec.evaluation``.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from aidec.evaluation.calls import literal
from aidec.evaluation.model import Test
from aidec.lua.nodes import Return
from aidec.lua.printer import to_source
from aidec.lua.tree import parse

RETURNED = "return"
"""The root of a function's path for what the chunk returns."""


def program_of(tests: Iterable[Test]) -> bytes:
    r"""The program of tests, in the canonical layout.

    >>> print(program_of([Test("return.add", "1, 2", "3")]).decode().splitlines()[-1])
    check("add(1, 2)", table.pack(main.add(1, 2)), table.pack(3))

    Raises:
        CompileError: a function, arguments or expected results are not Lua.
    """
    lines = [_head()]
    for test in tests:
        root, dot, path = test.function.partition(".")
        arguments = _expressions(test.arguments)
        called = f"{'main' if root == RETURNED else root}{dot}{path}".encode()
        told = (path or called.decode()).encode() + b"(" + arguments + b")"
        expected = _expressions(test.expected or "")
        name = literal(told).encode()
        lines.append(b"check(%s, table.pack(%s(%s)), table.pack(%s))" % (name, called, arguments, expected))
    return to_source(parse(b"\n".join(lines), resolved=False))


def _expressions(text: str) -> bytes:
    """Expressions in the canonical layout, without comments.

    Raises:
        CompileError: it is something else.
    """
    tree = parse(b"return " + text.encode(), resolved=False)
    statement = tree.body.statements[0]
    assert isinstance(statement, Return)  # noqa: S101 -- nothing can follow it, nor stand before it
    return to_source(statement, comments=False).removeprefix(b"return").strip().removesuffix(b";")


@cache
def _head() -> bytes:
    return Path(__file__).with_suffix(".lua").read_bytes()
