"""Functions written down instruction by instruction do what they did, whoever wrote their instructions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from shuffled import shuffled

import aidec
from aidec.bytecode import Chunk, strip
from aidec.common.settings import load_yaml
from aidec.decompiler.decompiled import DecompiledFunction
from aidec.decompiler.idioms import tidy
from aidec.decompiler.naming import name_variables
from aidec.decompiler.transcript import transcribe
from aidec.lua.nodes import Main
from aidec.lua.printer import to_source
from aidec.lua.runner import Job, Runner

PROGRAMS: list[str] = load_yaml(Path(__file__).parent / "data" / "transcripts.yaml")
STDIN = b"one\n\ntwo words\n"


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    with Runner(processes=2) as made:
        yield made


def stripped(source: str | bytes) -> Chunk:
    return strip(aidec.load(aidec.compile(source)))


def transcript(chunk: Chunk, *, plain: bool = False) -> bytes:
    """The program of a chunk in which all functions stand instruction by instruction."""

    def search(function: DecompiledFunction) -> None:
        transcribe(function, "is asked for", search)

    root = DecompiledFunction((), chunk.main, ["_ENV"])
    search(root)
    main = Main(root.tree.body)
    name_variables(main, plain=plain)
    tidy(main)
    return to_source(main)


def outputs(runner: Runner, sources: list[bytes]) -> list[tuple[str, bytes]]:
    results = runner.run_all(Job(source, stdin=STDIN, name="=program") for source in sources)
    return [(result.status, without_lines(result.stdout)) for result in results]


def without_lines(text: bytes) -> bytes:
    """What was printed, without the place and the variable of errors, which are other ones."""
    lines = [line.partition(b"program:")[0] + line.partition(b"program:")[2].lstrip(b"0123456789:") for line in
             text.splitlines()]  # fmt: skip
    return b"\n".join(line.partition(b" (")[0] for line in lines)


def test_programs_do_the_same_instruction_by_instruction(runner: Runner) -> None:
    expected = outputs(runner, [source.encode() for source in PROGRAMS])
    assert {status for status, _ in expected} == {"ok"}
    assert all(printed for _, printed in expected)
    for plain in (False, True):
        sources = [transcript(stripped(source), plain=plain) for source in PROGRAMS]
        assert outputs(runner, sources) == expected


@pytest.mark.parametrize("seed", [1, 2])
def test_programs_whose_blocks_were_shuffled_do_the_same(runner: Runner, seed: int) -> None:
    expected = outputs(runner, [source.encode() for source in PROGRAMS])
    programs = [aidec.decompile(shuffled(stripped(source), seed)) for source in PROGRAMS]
    assert outputs(runner, [program.source for program in programs]) == expected
    assert sum(program.is_proven for program in programs) == 0
