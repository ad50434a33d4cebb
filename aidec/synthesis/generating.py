"""Items of random programs: each is compiled and run, and is kept if it came to its end and printed something."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from aidec.bytecode import load
from aidec.common.errors import CompileError
from aidec.common.json_values import bytes_to_json
from aidec.evaluation.compiled import Syntax
from aidec.evaluation.readability import in_tree
from aidec.evaluation.tags import tags_of
from aidec.lua.compile import compile_source
from aidec.lua.printer import to_source
from aidec.lua.runner import Limits, Runner
from aidec.lua.tree import parse
from aidec.synthesis.items import Made, opcodes_of
from aidec.synthesis.programs import Generator
from aidec.version import __version__

LIMITS = Limits(cpu=5.0, wall=60.0, memory=128 << 20)
"""What a program may use; by its construction it needs far less."""


@dataclass(frozen=True)
class Generating:
    """Makes the items of numbers: with a seed and knobs, a number decides on a program.

    Attributes:
        seed: the seed.
        knobs: as for ``programs.Generator``.
    """

    seed: int
    knobs: Mapping[str, Any] = field(default_factory=dict)

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
            tree = parse(Generator(name, self.knobs).main(), resolved=False)
        except CompileError as error:  # such as too many local variables, where knobs ask for so much
            return Made(rejected=Counter([f"does not compile: {error.problem.partition(' near ')[0]}"]))
        code = to_source(tree)
        result = self._runner.run(code, name="=program")
        if result.status != "ok":
            return Made(rejected=Counter([f"ended with status {result.status}"]))
        if result.may_differ:
            return Made(rejected=Counter(["may differ from run to run"]))
        if not result.stdout:
            return Made(rejected=Counter(["printed nothing"]))
        main, syntax = load(compile_source(code)).main, Syntax(code, tree, 0)
        row = {
            "id": name,
            "kind": "generate",
            "seed": self.seed,
            "code": bytes_to_json(code),
            "tags": list(tags_of(main, tree.walk(), max(counted.depth for counted in in_tree(syntax)))),
            "opcodes": opcodes_of(main),
            "output": bytes_to_json(result.stdout),
            "provenance": {"made_by": f"aidec {__version__}", "command": "synth generate", "knobs": dict(self.knobs)},
        }
        return Made([row])

    @cached_property
    def _runner(self) -> Runner:
        """Made once for a process, where it is used."""
        return Runner(1, limits=LIMITS, deterministic=True)
