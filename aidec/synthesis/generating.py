"""Items of random programs: each is compiled and run, and is kept if it came to its end and printed something."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from aidec.bytecode import Proto, load
from aidec.common.errors import CompileError
from aidec.common.json_values import bytes_to_json
from aidec.evaluation.compiled import Syntax
from aidec.evaluation.readability import in_tree
from aidec.evaluation.tags import tags_of
from aidec.lua.compile import compile_source
from aidec.lua.nodes import Main
from aidec.lua.printer import to_source
from aidec.lua.runner import Limits, Runner
from aidec.lua.tree import parse
from aidec.lua.tree_text import to_json
from aidec.synthesis.items import Made, opcodes_of
from aidec.synthesis.programs import Generator
from aidec.synthesis.targets import PATIENCE, TURNS, aim_of, chances_of
from aidec.version import __version__

LIMITS = Limits(cpu=5.0, wall=60.0, memory=128 << 20)
"""What a program may use; by its construction it needs far less."""


@dataclass(frozen=True)
class Generating:
    """Makes the items of numbers: with a seed and knobs, a number decides on a program.

    Attributes:
        seed: the seed.
        knobs: as for ``programs.Generator``.
        target: the share of programs that shall have a tag, by tag.
        trees: whether an item has its syntax tree.
    """

    seed: int
    knobs: Mapping[str, Any] = field(default_factory=dict)
    target: Mapping[str, float] = field(default_factory=dict)
    trees: bool = False

    def __call__(self, numbers: Sequence[int]) -> Iterator[Made]:
        """The item of each number, or why there is none."""
        for number in numbers:
            yield self.made(number)

    def made(self, number: int) -> Made:
        """The item of a number, or why there is none.

        Raises:
            SandboxError: nothing can be run.
        """
        name = f"generate/{self.seed}-{number}"
        try:
            program = self._program(name)
        except CompileError as error:  # such as too many local variables, where knobs ask for so much
            return Made(rejected=Counter([f"does not compile: {error.problem.partition(' near ')[0]}"]))
        result = self._runner.run(program.code, name="=program")
        if result.status != "ok":
            return Made(rejected=Counter([f"ended with status {result.status}"]))
        if result.may_differ:
            return Made(rejected=Counter(["may differ from run to run"]))
        if not result.stdout:
            return Made(rejected=Counter(["printed nothing"]))
        row = {
            "id": name,
            "kind": "generate",
            "seed": self.seed,
            "code": bytes_to_json(program.code),
            **({"tree": to_json(parse(program.code))} if self.trees else {}),
            "tags": list(program.tags),
            "opcodes": opcodes_of(program.main),
            "output": bytes_to_json(result.stdout),
            "provenance": {
                "made_by": f"aidec {__version__}",
                "command": "synth generate",
                "knobs": dict(self.knobs),
                **({"target": dict(self.target)} if self.target else {}),
            },
        }
        return Made([row])

    def _program(self, name: str) -> Program:
        """The program of a name.

        Raises:
            CompileError: the compiler has no room for it.
        """
        if not self.target:
            return compiled(Generator(name, self.knobs).main())
        aim = aim_of(name, self.target, self._chances)
        required, knobs = aim.required(), aim.first(self.knobs)
        made, misses = list[Program](), list[int]()
        for turn in range(TURNS):
            try:
                made.append(compiled(Generator(f"{name} {turn}", knobs, required).main()))
            except CompileError:
                if not made:
                    raise
                break
            misses.append(aim.misses(made[-1].tags))
            if not misses[-1] or len(misses) - misses.index(min(misses)) > PATIENCE:
                break
            knobs = aim.corrected(knobs, turn, made[-1].tags)
        return made[misses.index(min(misses))]

    @cached_property
    def _chances(self) -> dict[str, float]:
        return chances_of(self.target)

    @cached_property
    def _runner(self) -> Runner:
        """Made once for a process, where it is used."""
        return Runner(1, limits=LIMITS, deterministic=True)


class Program(NamedTuple):
    """A program: its canonical text, its syntax tree, its main function, and its tags."""

    code: bytes
    tree: Main
    main: Proto
    tags: tuple[str, ...]


def compiled(text: str) -> Program:
    """The program that a text is.

    Raises:
        CompileError: the compiler has no room for it.
    """
    tree = parse(text, resolved=False)
    code = to_source(tree)
    main, syntax = load(compile_source(code)).main, Syntax(code, tree, 0)
    tags = tags_of(main, tree.walk(), max(counted.depth for counted in in_tree(syntax)))
    return Program(code, tree, main, tags)
