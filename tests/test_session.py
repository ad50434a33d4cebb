"""Runs whose standard files are pipes, and sessions: what is printed comes as it is printed, and nothing is left."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator

import pytest

from aidec.lua.live import LiveRun
from aidec.lua.runner import Job, Limits, Runner
from aidec.lua.session import Session, is_complete

MILLION = 1_000_000


@pytest.fixture
def session() -> Iterator[Session]:
    with Session(Runner(1, sandbox="process")) as session:
        yield session


def printed(session: Session, *chunks: bytes) -> tuple[bytes, bytes]:
    """What chunks print on standard output and on standard error."""
    parts: dict[bool, list[bytes]] = {False: [], True: []}
    for chunk in chunks:
        assert session.execute(chunk, lambda part, is_error: parts[is_error].append(part)) is None
    return b"".join(parts[False]), b"".join(parts[True])


@pytest.mark.parametrize("chunk", ["", "x", "x = 1", "f()", "for i = 1, 2 do end", "return", "-- x", "for for", ")"])
def test_what_runs_or_can_only_fail_is_complete(chunk: str) -> None:
    assert is_complete(chunk.encode())


@pytest.mark.parametrize("chunk", ["f(", "x =", "1 +", "for i = 1, 2 do", "if x then y()", "x = [[", "{1,\n", "--[["])
def test_what_more_text_could_make_lua_is_not_complete(chunk: str) -> None:
    assert not is_complete(chunk.encode())


LINES = b"""\
x = 6
x * 7
x, nil, "a"
return 1, 2
local y = 1
y
print("printed")
error("no")
error({})
error(setmetatable({}, {__tostring = function() return "text" end}))
nothing.there
x x
("x"):bad()
do local function f() error("deep") end f() end
#"\\0\\0"
"""


def test_chunks_print_what_they_print_in_lua(session: Session) -> None:
    lua = shutil.which("lua5.3")
    if lua is None:
        pytest.skip("no lua5.3 on the PATH")
    for line in LINES.splitlines(keepends=True):
        before = b"x = 6\n"
        done = subprocess.run([lua, "-i"], input=before + line, capture_output=True, check=True)
        _, _, shown = done.stdout.partition(b"> x = 6\n> " + line)
        expected = shown.removesuffix(b"> \n"), done.stderr.replace(b"lua5.3: ", b"")
        assert printed(session, before, line) == expected, line


def test_a_chunk_that_is_cut_short_is_an_error_and_the_session_goes_on(session: Session) -> None:
    assert printed(session, b"f(", b"1") == (b"1\n", b"stdin:1: unexpected symbol near <eof>\n")


def test_standard_input_is_at_its_end_for_chunks(session: Session) -> None:
    assert printed(session, b"io.read()", b"io.stdin", b"2") == (b"nil\nnil\n2\n", b"")


def test_what_looks_like_the_end_of_a_chunk_is_printed(session: Session) -> None:
    assert printed(session, b"io.write('\\0', ('0'):rep(32), '\\n\\0')")[0].startswith(b"\0" + b"0" * 32 + b"\n\0")


def test_much_output_on_both_files_comes_whole(session: Session) -> None:
    chunk = b"for i = 1, 50 do io.write(('x'):rep(5000)) io.stderr:write(('y'):rep(5000)) end"
    assert printed(session, chunk, b"1") == (b"x" * 250_000 + b"1\n", b"y" * 250_000)


def test_a_chunk_that_breaks_the_library_breaks_no_session(session: Session) -> None:
    chunk = b"for name in pairs(_G) do if name ~= '_G' and name ~= 'pairs' then _G[name] = nil end end"
    assert printed(session, chunk, b"x = 1")[0] == b""
    _, message = printed(session, b"x")
    assert message.startswith(b"error calling 'print' (")


@pytest.mark.parametrize(
    ("chunk", "status", "exceeded", "code"),
    [
        (b"os.exit(3)", "ok", None, 3),
        (b"while true do end", "time", "cpu", None),
        (b"while true do io.write('x') end", "output", "output", None),
    ],
)
def test_exit_and_limits_end_a_session(chunk: bytes, status: str, exceeded: str | None, code: int | None) -> None:
    limits = Limits(cpu=0.2, output=10_000)
    got: list[bytes] = []
    with Session(Runner(1, limits=limits, sandbox="process")) as session:
        result = session.execute(chunk, lambda part, _: got.append(part))
        assert result is not None
        assert (result.status, result.exceeded, result.exit) == (status, exceeded, code)
        assert len(b"".join(got)) <= limits.output
        assert session.execute(b"1", lambda part, _: got.append(part)) == result


def test_the_limit_of_output_is_that_of_a_chunk() -> None:
    with Session(Runner(1, limits=Limits(output=10_000), sandbox="process")) as session:
        assert printed(session, *[b"do io.write(('x'):rep(8000)) end"] * 3)[0] == b"x" * 24_000


def test_memory_is_that_of_the_session(session: Session) -> None:
    _, message = printed(session, b"x = {} for i = 1, 1e9 do x[i] = ('x'):rep(1e6) .. i end", b"x = nil", b"1")
    assert b"not enough memory" in message


def test_what_a_script_prints_comes_while_it_waits_for_input() -> None:
    job = Job("print('name?') print('hello ' .. io.read()) io.stderr:write('bye')")
    with LiveRun(Runner(1, sandbox="process"), job) as run:
        parts = run.receive()
        assert next(parts) == (b"name?\n", False)
        run.send(b"you\n")
        assert sorted(parts) == [(b"bye", True), (b"hello you\n", False)]
        assert run.result().status == "ok"


def test_a_run_that_is_closed_ends_at_once_with_its_process() -> None:
    runner = Runner(1, sandbox="process")
    with LiveRun(runner, Job("print('begun') while true do end", limits=Limits(cpu=1000.0))) as run:
        assert next(run.receive()) == (b"begun\n", False)
    assert run.result().status == "process"
    with pytest.raises(BrokenPipeError):
        run.send(b"x")


def test_a_script_that_ends_leaves_input_unread() -> None:
    with LiveRun(Runner(1, sandbox="process"), Job("print(1)")) as run:
        assert list(run.receive()) == [(b"1\n", False)]
        with pytest.raises(BrokenPipeError):
            run.send(b"x" * MILLION)
