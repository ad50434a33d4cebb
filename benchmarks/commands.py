"""What is compared between whole commands: cold start, peak memory, many inputs together, two processes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from inputs import Corpus, Sample
from timing import Round, pair

HERE = Path(__file__).parent
AIDEC = [sys.executable, "-m", "aidec"]
PLAIN = [sys.executable, str(HERE / "plain.py")]

ONE_BY_ONE = "from aidec.parallel import batching; batching.BATCH_ITEMS = 1; from aidec.cli.main import main; main()"
"""The command, but with a batch for each input."""

LOOPS = (
    "import sys, multiprocessing; n = int(sys.argv[1]); multiprocessing.Pool(n).map(sum, [range(200_000_000 // n)] * n)"
)
"""A program that does the same work in any number of processes, which share nothing."""

IN_MEMORY = Path("/dev/shm")  # noqa: S108 (folders in it are made by tempfile)
ROOM = 8 << 30
"""How many bytes must be free there."""

SMALL = 200_000
"""How many instructions a sample of small chunks has."""

Command = Callable[[Sequence[str], str], list[str]]
"""The words of a command from the paths of its inputs and that of a folder for its outputs."""


@dataclass(frozen=True, slots=True)
class CommandComparison:
    """Two commands.

    Attributes:
        name: what is compared.
        against: what the other command is.
        ours: the one command.
        plain: the other.
        figure: what counts, ``seconds`` by the clock, ``processor`` for those of the processor, or ``memory``.
        inputs: draws the chunks from a corpus, fewer with a scale below 1.
    """

    name: str
    against: str
    ours: Command
    plain: Command
    figure: str
    inputs: Callable[[Corpus, float], Sample]

    def measure(self, corpus: Corpus, rounds: int, scale: float = 1) -> list[Round]:
        """The rounds, each command run whole; outputs are deleted in between."""
        paths = [str(item.path) for item in self.sample(corpus, scale).items]
        return [
            pair(
                lambda: self._run(self.ours, paths, corpus.work),
                lambda: self._run(self.plain, paths, corpus.work),
                number,
            )
            for number in range(rounds)
        ]

    def sample(self, corpus: Corpus, scale: float = 1) -> Sample:
        """The chunks."""
        return self.inputs(corpus, scale)

    def _run(self, command: Command, paths: Sequence[str], work: Path) -> float:
        with tempfile.TemporaryDirectory(dir=_outputs(work)) as outputs:
            words = [sys.executable, str(HERE / "measured.py"), *command(paths, outputs)]
            done = subprocess.run(words, check=True, capture_output=True, text=True)
        return float(json.loads(done.stdout)[self.figure])


def _outputs(work: Path) -> Path:
    """Where outputs go: to memory, where there is room, since a disk would be measured too."""
    has_room = IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free >= ROOM
    return IN_MEMORY if has_room else work


def _nothing(_: Corpus, __: float) -> Sample:
    return Sample([], [])


def _smallest(corpus: Corpus, _: float) -> Sample:
    return Sample([min(corpus.items, key=lambda item: item.instructions)], [])


def _largest(corpus: Corpus, scale: float) -> Sample:
    """The largest chunk of the corpus; with a scale below 1, the largest of those that are so much smaller."""
    limit = max(item.instructions for item in corpus.items) * scale
    fitting = [item for item in corpus.items if item.instructions <= limit]
    return Sample([max(fitting or corpus.items, key=lambda item: item.instructions)], [])


def _small(corpus: Corpus, scale: float) -> Sample:
    return corpus.sample(int(SMALL * scale))


def _whole(corpus: Corpus, _: float) -> Sample:
    return corpus.sample(None)


def _jobs(jobs: int, *words: str, has_output: bool = True) -> Command:
    def command(paths: Sequence[str], outputs: str) -> list[str]:
        return [*AIDEC, *words, "-j", str(jobs), *(["-o", outputs + "/"] if has_output else []), *paths]

    return command


def _together(name: str, *words: str, has_output: bool) -> CommandComparison:
    together = _jobs(1, *words, has_output=has_output)

    def one_by_one(paths: Sequence[str], outputs: str) -> list[str]:
        return [sys.executable, "-c", ONE_BY_ONE, *together(paths, outputs)[len(AIDEC) :]]

    return CommandComparison(f"small chunks, {name}", "one by one", together, one_by_one, "processor", _small)


def _two(name: str, *words: str, has_output: bool) -> CommandComparison:
    one, two = (_jobs(jobs, *words, has_output=has_output) for jobs in (1, 2))
    return CommandComparison(f"two processes, {name}", "one process", two, one, "seconds", _whole)


PLAIN_COMMAND = "the plain way as a command"

COMMANDS = [
    CommandComparison(
        "cold start",
        PLAIN_COMMAND,
        lambda paths, _: [*AIDEC, "render", *paths],
        lambda paths, _: [*PLAIN, *paths],
        "seconds",
        _smallest,
    ),
    CommandComparison(
        "peak memory, classic",
        PLAIN_COMMAND,
        lambda paths, _: [*AIDEC, "render", *paths],
        lambda paths, _: [*PLAIN, *paths],
        "memory",
        _largest,
    ),
    CommandComparison(
        "peak memory, classic, -o FILE",
        PLAIN_COMMAND,
        lambda paths, outputs: [*AIDEC, "render", *paths, "-o", f"{outputs}/text"],
        lambda paths, outputs: [*PLAIN, *paths, "-o", f"{outputs}/text"],
        "memory",
        _largest,
    ),
    _together("render -o DIR", "render", has_output=True),
    _together("render --pack compact -o DIR", "render", "--pack", "compact", has_output=True),
    _together("stats", "stats", has_output=False),
    _together("verify --pack compact", "verify", "--pack", "compact", has_output=False),
    CommandComparison(
        "two processes, loops that share nothing",
        "one process",
        lambda _, __: [sys.executable, "-c", LOOPS, "2"],
        lambda _, __: [sys.executable, "-c", LOOPS, "1"],
        "seconds",
        _nothing,
    ),
    _two("render -o DIR", "render", has_output=True),
    _two("render --pack compact -o DIR", "render", "--pack", "compact", has_output=True),
    _two("verify --pack compact", "verify", "--pack", "compact", has_output=False),
]
