"""Runs calls of a function in CPython and in Lua, each in the sandbox, and returns what came of each call."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from aidec.common.errors import SynthesisError
from aidec.lua.nodes import Block, CallStatement, Expression, Main, Name, Number, Statement
from aidec.lua.printer import to_source
from aidec.lua.runner import Job, Limits, Runner
from aidec.lua.tree import parse
from aidec.synthesis.python.build import call, fresh, local, sequence
from aidec.synthesis.python.calls import Call
from aidec.synthesis.python.runtime import names_in, needed
from aidec.synthesis.python.units import Unit
from aidec.synthesis.python.values import to_lua
from aidec.synthesis.python.watching import watched

LIMITS = Limits(cpu=20.0, wall=120.0, memory=256 << 20, output=8 << 20)
"""What the calls of a function may use; each is bounded by its steps, which are far fewer."""

_START = b"python.builtins.exec(arg[1], python.builtins.dict())"
"""What the sandbox without its Lua layer runs: CPython, on a program."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a call.

    Attributes:
        told: ``=`` and the canonical form of what it returned, or ``!`` and the class of the exception.
        after: the canonical forms of the arguments after the call.
    """

    told: str
    after: str


class Interpreters:
    """CPython and Lua, each in the same layers of the sandbox but for the one that only Lua has."""

    def __init__(self) -> None:
        self.lua = Runner(1, limits=LIMITS, deterministic=True)
        layers = [name for name in self.lua.layers if name != "lua"]
        self.python = Runner(1, limits=LIMITS, sandbox=layers)

    def in_python(self, unit: Unit, calls: Sequence[Call]) -> tuple[list[tuple[Call, Outcome]], Counter[str]]:
        """What came of calls in CPython, and how many are left out, by the reason.

        Raises:
            SynthesisError: the program did not end well.
            SandboxError: nothing can be run.
        """
        first_named = len(unit.function.args.posonlyargs) + len(unit.function.args.args)
        names = [each.arg for each in unit.function.args.kwonlyargs]
        texts = []
        for each in calls:
            named = dict(zip(names, each.arguments[first_named:], strict=False))
            texts.append(f"({each.arguments[:first_named]!r}, {named!r})")
        job = {"name": unit.name, "source": unit.source, "watched": watched(unit.source), "calls": texts}
        result = self.python.run_job(Job(_START, args=[f"{_program()}\nmain({json.dumps(job)!r})\n"]))
        if result.status != "ok":
            raise SynthesisError(f"CPython ended with {result.status}")
        lines = iter(result.stdout.decode().splitlines())
        kept, left_out = [], Counter[str]()
        for each in calls:
            line = next(lines)
            if line.startswith("?"):
                left_out[line[1:]] += 1
            else:
                kept.append((each, Outcome(line, next(lines))))
        return kept, left_out

    def in_lua(self, code: bytes, calls: Sequence[Call]) -> list[Outcome]:
        """What came of calls in Lua, up to the one that did not end."""
        program = _caller(calls)
        result = self.lua.run_job(Job(program, files={"unit.lua": code}, name="=calls"))
        lines = result.stdout.decode("latin-1").split("\n")
        return [Outcome(told, after) for told, after in zip(lines[:-1:2], lines[1:-1:2], strict=False)]

    def close(self) -> None:
        """End the processes."""
        self.lua.close()
        self.python.close()


@lru_cache(maxsize=1)
def _program() -> str:
    return Path(__file__).with_name("harness.py").read_text("utf-8")


@lru_cache(maxsize=1)
def _harness() -> list[Statement]:
    """The statements of harness.lua, with what they use of the runtime."""
    tree = parse(Path(__file__).with_name("harness.lua").read_bytes(), resolved=False)
    names = names_in(tree) | {"dict", "set"}
    return [*needed(names), *tree.body.statements]


def _caller(calls: Sequence[Call]) -> bytes:
    """A program that makes calls of the function that ``unit.lua`` returns."""
    statements: list[Statement] = [fresh(each) for each in _harness()]
    statements.append(local(["f"], call("require", to_lua("unit"))))
    for made in calls:
        values: list[Expression] = [to_lua(value) for value in made.arguments]
        arguments = [Name("f"), Number(len(values)), sequence(values)]
        statements.append(CallStatement(call("attempt", *arguments)))
    return to_source(Main(Block(statements)))
