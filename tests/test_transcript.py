"""Functions written down instruction by instruction do what they did, whoever wrote their instructions."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from shuffled import jump, shuffled, word

import aidec
from aidec.bytecode import OPCODES, Chunk, Header, Proto, Upvalue, strip
from aidec.common.settings import load_yaml
from aidec.decompiler.decompiled import DecompiledFunction
from aidec.decompiler.idioms import tidy
from aidec.decompiler.naming import name_variables
from aidec.decompiler.transcript import cut_until, transcribe
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


def search_all(function: DecompiledFunction) -> None:
    """Write a function and those inside it down."""
    transcribe(function, "is asked for", search_all)


def transcript(chunk: Chunk, *, plain: bool = False) -> bytes:
    """The program of a chunk in which all functions stand instruction by instruction."""
    root = DecompiledFunction((), chunk.main, ["_ENV"])
    search_all(root)
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


def test_the_programs_have_all_opcodes() -> None:
    protos = [proto for source in PROGRAMS for proto in stripped(source).main.walk()]
    used = {OPCODES[word & 63].name for proto in protos for word in proto.code}
    assert {opcode.name for opcode in OPCODES if opcode.is_known} - used == {"LOADKX", "EXTRAARG"}


# Chunks made by hand


def function(text: str, constants: tuple[object, ...] = (), **others: object) -> Proto:
    """A function of instructions such as ``LOADK 0 1``; a jump has its A and its distance."""
    code = array("I")
    for line in filter(None, map(str.strip, text.splitlines())):
        name, *operands = line.split()
        numbers = [int(operand) for operand in operands]
        is_jump = name in ("JMP", "FORLOOP", "FORPREP", "TFORLOOP")
        if name in ("LOADK", "CLOSURE"):
            code.append(word(name, numbers[0], numbers[1] >> 9, numbers[1] & 511))
        else:
            code.append(jump(name, *numbers) if is_jump else word(name, *numbers))
    fields = {"upvalues": (Upvalue(None, 1, 0),), "is_vararg": 1, "max_stack_size": 20, **others}
    return Proto(code=code, constants=constants, **fields)  # type: ignore[arg-type]


PRINT = "GETTABUP 9 0 256\nMOVE 10 {}\nCALL 9 2 1\n"
"""Prints a register; the first constant is ``print``."""


def ran(runner: Runner, main: Proto) -> tuple[str, str, str]:
    """How the program of a function ends, what it prints, and its text."""
    source = aidec.decompile(Chunk(Header(), len(main.upvalues), main)).source
    result = runner.run(source)
    return result.status, result.stdout.decode().replace("\n", " ").strip(), source.decode()


def test_a_jump_into_a_loop_goes_on_with_the_loop(runner: Runner) -> None:
    text = (
        "LOADK 0 1\nLOADK 1 2\nLOADK 2 3\nLOADK 3 4\nJMP 0 1\nFORPREP 0 3\n"
        + PRINT.format(3)
        + "FORLOOP 0 -4\nRETURN 0 1"
    )
    status, printed, source = ran(runner, function(text, (b"print", 5, 7, 1, 100)))
    assert (status, printed) == ("ok", "100 6 7")
    assert "goto" in source


def test_a_loop_whose_hidden_variables_are_used_counts_by_itself(runner: Runner) -> None:
    text = (
        "LOADK 0 1\nLOADK 1 2\nLOADK 2 3\nFORPREP 0 4\n" + PRINT.format(3) + "ADD 0 0 259\nFORLOOP 0 -5\n"
        + PRINT.format(0) + "RETURN 0 1"
    )  # fmt: skip
    assert ran(runner, function(text, (b"print", 1, 10, 1, 9)))[:2] == ("ok", "1 3 5 7 9 10")


@pytest.mark.parametrize(
    ("start", "limit", "size", "printed"),
    [
        (1, 3, 1, "1 2 3"),
        (1, 2.5, 1, "1 2"),
        (1.0, 2, 0.5, "1.0 1.5 2.0"),
        (3, 1, -1, "3 2 1"),
        (1, 0, 1, ""),
        (1, float("nan"), 1, ""),
    ],
)
def test_a_loop_whose_step_is_read_counts_as_lua_does(
    runner: Runner, start: float, limit: float, size: float, printed: str
) -> None:
    text = "LOADK 0 1\nLOADK 1 2\nLOADK 2 3\nFORPREP 0 4\nMOVE 4 2\n" + PRINT.format(3) + "FORLOOP 0 -5\nRETURN 0 1"
    status, found, source = ran(runner, function(text, (b"print", start, limit, size)))
    assert (status, found) == ("ok", printed)
    assert source.count("for ") == 2  # one that begins, and one that goes on


def test_calls_share_the_instruction_that_takes_their_results(runner: Runner) -> None:
    inner = function(
        "VARARG 0 2\nTEST 0 0 0\nJMP 0 4\nGETTABUP 1 0 256\nLOADK 2 1\nCALL 1 2 0\nJMP 0 4\n"
        "GETTABUP 1 0 256\nLOADK 2 2\nLOADK 3 1\nCALL 1 3 0\nRETURN 1 0",
        (b"tostring", 1, b"two"),
        upvalues=(Upvalue(None, 0, 0),),
    )
    text = "CLOSURE 0 0\nGETTABUP 1 0 256\nMOVE 2 0\nLOADBOOL 3 1 0\nCALL 2 2 2\nMOVE 3 0\nCALL 3 1 0\n"
    text += "CALL 1 0 1\nRETURN 0 1"
    assert ran(runner, function(text, (b"print",), protos=(inner,)))[:2] == ("ok", "1\ttwo")


def test_a_function_that_is_made_twice_stands_twice(runner: Runner) -> None:
    inner = function("LOADK 0 0\nRETURN 0 2\nRETURN 0 1", (3,), upvalues=())
    text = "CLOSURE 0 0\nCLOSURE 1 0\nCALL 0 1 2\nCALL 1 1 2\nADD 0 0 1\n" + PRINT.format(0) + "RETURN 0 1"
    status, printed, source = ran(runner, function(text, (b"print",), protos=(inner,)))
    assert (status, printed) == ("ok", "6")
    assert source.count("return 3") == 2


def test_words_that_are_operands_are_taken_from_the_next_instruction(runner: Runner) -> None:
    extra = "EXTRAARG 2 0 0"  # Ax is 2
    text = f"LOADKX 0\n{extra}\nNEWTABLE 1 0 0\nLOADK 2 1\nSETLIST 1 1 0\n{extra}\nGETTABLE 3 1 259\n"
    text += PRINT.format(0) + PRINT.format(3) + "RETURN 0 1"
    assert ran(runner, function(text, (b"print", 7, b"x", 51)))[:2] == ("ok", "x 7")


def test_a_jump_to_an_operand_runs_it(runner: Runner) -> None:
    text = "LOADK 0 1\nJMP 0 1\nLOADKX 0\nJMP 0 0\n" + PRINT.format(0) + "RETURN 0 1"  # the word after LOADKX is a jump
    assert ran(runner, function(text, (b"print", 5)))[:2] == ("ok", "5")


def test_a_comparison_with_neither_0_nor_1_never_jumps(runner: Runner) -> None:
    text = "LOADK 0 1\nEQ 2 0 0\nJMP 0 3\n" + PRINT.format(0) + "RETURN 0 1"
    assert ran(runner, function(text, (b"print", 5)))[:2] == ("ok", "5")


@pytest.mark.parametrize(
    ("instruction", "problem"),
    [
        ("GETUPVAL 0 9", "GETUPVAL 0 9"),
        ("LOADK 0 99", "constant 99, of 2"),
        ("CLOSURE 0 3", "function inside 3, of 0"),
        ("RETURN 0 0", "open results that are not there"),
        ("EXTRAARG 0", "an operand without its instruction"),
        ("TFORCALL 0", "a call of an iterator without its loop"),
        ("CONCAT 0 3 2", "a concatenation of less than two values"),
        ("JMP 0 1000", "a jump out of the function"),
        ("CALL 250 100 1", "a register beyond the last"),
    ],
)
def test_what_no_lua_stands_for_is_an_error_in_its_place(runner: Runner, instruction: str, problem: str) -> None:
    text = "LOADK 0 1\n" + PRINT.format(0) + f"{instruction}\n" + PRINT.format(0) + "RETURN 0 1"
    status, printed, source = ran(runner, function(text, (b"print", 5)))
    assert (status, printed) == ("error", "5")
    assert problem in source
    assert f"-- 5 {instruction}" in source


def test_code_that_ends_without_a_return_is_an_error_there(runner: Runner) -> None:
    assert ran(runner, function("LOADK 0 1\n" + PRINT.format(0), (b"print", 5)))[:2] == ("error", "5")


def test_what_is_never_reached_is_left_out_and_said_to_be() -> None:
    proto = function(
        "JMP 0 2\nADD 0 1 2\nSUB 0 1 2\nLOADNIL 0 0\nEQ 1 0 1\nJMP 0 -3\nRETURN 0 1\nLOADK 5 0\nRETURN 0 1", (1,)
    )
    source = aidec.decompile(Chunk(Header(), 1, proto)).source.decode()
    assert "-- instructions 2 to 3 are never reached\n" in source
    assert "-- instruction 8 is never reached\n" in source


def test_more_registers_than_luac_has_room_for_are_in_a_table(runner: Runner) -> None:
    text = "\n".join(f"LOADK {register} 1" for register in range(250))
    text += "\n" + "\n".join(f"ADD 0 0 {register}" for register in range(1, 250)) + "\n"
    text += "GETTABUP 1 0 256\nMOVE 2 0\nCALL 1 2 1\nRETURN 0 1"
    status, printed, source = ran(runner, function(text, (b"print", 2), max_stack_size=250))
    assert (status, printed) == ("ok", "500")
    assert "[249]" in source


def test_a_call_with_more_arguments_than_luac_has_room_for_is_written_down(runner: Runner) -> None:
    text = "GETTABUP 0 0 257\n" + "\n".join(f"LOADK {register} 0" for register in range(1, 240))
    text += "\nCALL 0 240 2\n" + "GETTABUP 1 0 258\nMOVE 2 0\nCALL 1 2 1\nJMP 0 1\nJMP 0 -1\nRETURN 0 1"
    assert ran(runner, function(text, (b"#", b"select", b"print"), max_stack_size=250))[:2] == ("ok", "238")


def test_a_function_with_more_parameters_than_luac_takes_is_a_listing(runner: Runner) -> None:
    inner = function("RETURN 0 2\nRETURN 0 1", num_params=255, is_vararg=0, max_stack_size=255)
    text = "CLOSURE 0 0\n" + PRINT.format(1) + "RETURN 0 1"
    status, printed, source = ran(runner, function(text, (b"print",), protos=(inner,)))
    assert (status, printed) == ("ok", "nil")
    assert "-- 1 RETURN 0 2" in source


def test_functions_that_nest_too_deep_for_luac_are_left_out() -> None:
    proto = function("RETURN 0 1", upvalues=())
    for _ in range(150):
        text = "JMP 0 1\nJMP 0 -1\nCLOSURE 0 0\nEQ 1 0 0\nJMP 0 -4\nRETURN 0 2"
        proto = function(text, protos=(proto,), upvalues=())
    program = aidec.decompile(Chunk(Header(), 0, proto))
    aidec.compile(program.source)
    assert 40 < len(program.functions) < 150
    assert b'error("this function could not be decompiled")' in program.source


def test_functions_are_left_out_until_a_program_compiles() -> None:
    proto = function("RETURN 0 1", upvalues=())
    for _ in range(20):
        proto = function("CLOSURE 0 0\nRETURN 0 2", protos=(proto,), upvalues=())
    root = DecompiledFunction((), proto, [])
    search_all(root)
    cut_until(root, lambda _: True)
    assert len(list(root.walk())) == 21
    cut_until(root, lambda root: len(list(root.walk())) < 6)
    assert [len(function.path) for function in root.walk()] == [0, 1, 2, 3]
    assert to_source(root.tree).count(b'error("this function nests too deep")') == 1


def test_a_main_function_with_parameters_and_upvalues_of_its_own_has_them(runner: Runner) -> None:
    text = "SETUPVAL 0 1\nGETUPVAL 1 1\n" + PRINT.format(1) + "RETURN 0 1"
    main = function(text, (b"print",), num_params=1, upvalues=(Upvalue(None, 1, 0), Upvalue(None, 1, 1)))
    assert ran(runner, main)[:2] == ("ok", "nil")


# What is read in another way, and what is not


def test_a_reading_that_does_the_same_is_kept() -> None:
    chunk = stripped("for i = 1, 9 do if a() then b(i) end end return 5")
    main = replace(chunk.main, constants=(*chunk.main.constants, 99.5), max_stack_size=99)
    program = aidec.decompile(replace(chunk, main=main))
    assert program.functions[0].difference == "constants"
    assert program.functions[0].transcribed is None
    assert program.source.partition(b"for")[2] == aidec.decompile(chunk).source.partition(b"for")[2]


def test_functions_inside_what_is_written_down_stay_proven() -> None:
    chunk = stripped(
        "local a, fs = 1, {} for i = 1, 3 do local j = i fs[i] = function() j = j + a return j end end "
        "do local k = 1 fs[4] = function() return k end end return function() return a end"
    )
    code = array("I", [*chunk.main.code[:-1], word("GETTABUP", 9, 0, 256), *chunk.main.code[-1:]])
    code[-3:-1] = code[-2:-4:-1]  # what luac would leave out stands before the return
    program = aidec.decompile(replace(chunk, main=replace(chunk.main, code=code)))
    assert program.functions[0].transcribed is not None
    assert [function.is_proven for function in program.functions] == [False, True, True, True]
