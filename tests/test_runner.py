"""The runner: legal programs do what lua5.3 does, and a result says how a run ended."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hostile_scripts import is_there
from hypothesis import given
from hypothesis import strategies as st

from aidec.common.errors import SandboxError
from aidec.lua import messages
from aidec.lua.runner import Job, Limits, Result, Runner, run

STDIN = b"12 rest\nline2\n"


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    with Runner(processes=2) as runner:
        yield runner


@pytest.fixture(scope="module")
def deterministic() -> Iterator[tuple[Runner, Runner]]:
    with Runner(processes=1, deterministic=True) as one, Runner(processes=1, deterministic=True) as other:
        yield one, other


LEGAL = """
print(1, nil, true, 1.5, 'x')
print(#arg, arg[0], ...)
io.write('a', 1, 2.5):write('b')
print(io.read('n', 'l', 'a'))
for line in io.lines() do io.write('<', line, '>') end
io.stderr:write('on stderr') io.stdout:write('on stdout')
print(math.random(100), math.random(100))
math.randomseed(42) print(math.random(1000))
print(select('#', table.unpack({}, 1, 3)))
print(load('x=')) print(load('return 1', '=n', 'b')) print(load('return a', 'n', 't', {a=5})())
print(load(coroutine.wrap(function() coroutine.yield('return ') coroutine.yield('7') end))())
print(pcall(load, 'x', 'n', 5))
print(debug.traceback('hi')) print(debug.traceback('hi', 1)) print(debug.traceback(12))
local function f() return (debug.traceback('in f')) end print(f())
local co = coroutine.create(function() error('in co') end) print(coroutine.resume(co)) print(debug.traceback(co))
local co = coroutine.create(function() coroutine.yield() end) coroutine.resume(co) print(debug.traceback(co, 'm', 0))
print(os.getenv('NOPE'), os.setlocale(), os.setlocale('C'), os.clock() < 5)
print(os.time{year=2020, month=1, day=1, hour=12}, os.date('!%Y-%m-%d', 0), os.difftime(3, 1))
print(io.open('nofile')) print(pcall(io.lines, 'nofile')) print(loadfile('nofile')) print(os.remove('nofile'))
print(os.rename('nofile', 'x'))
print(io.type(io.stdin), io.type(7), io.stdout:close()) print(pcall(io.close))
print(package.searchpath('x', '?.lua;?/y')) print(package.searchpath('a.b', 'q/?.lua')) print(package.config)
print(select(2, pcall(error, {code = 1})).code) print(xpcall(error, function(m) return 'H:' .. tostring(m) end, 'e'))
setmetatable({}, {__gc = function() print('collected') end})
local t = setmetatable({}, {__index = function(_, k) return k .. '!' end}) print(t.foo, rawget(t, 'foo'))
print(string.format('%5.2f|%-5d|%x|%q|%s', 3.14159, 42, 255, 'a\\nb', {} ~= nil))
print(utf8.char(8364, 228), string.pack('<i4', 7):byte(1, -1)) print(('x'):rep(3, ','))
print(rawequal(_G, _ENV), _VERSION, _G._G == _G, package.loaded._G == _G, package.loaded.string == string)
local s = 0 for i = 1, 1000 do s = s + i end print(s, 7 // 2, 7 / 2, 2 ^ 10, 1 << 62, -7 % 3)
table.sort({3, 1, 2}, function(a, b) return a < b end) print(table.concat({1, 2, 3}, ','))
os.exit(7)
os.exit(true)
os.exit(false)
os.exit(0, true)
print(collectgarbage('count') > 0, collectgarbage(), collectgarbage('step'))
error('x')
error('x', 0)
error('x', 2)
error({})
error()
error(42)
local function f() local x = nil; return x.y end f()
io.open()
io.open(nil)
io.open({})
io.open('x', 'zz')
io.lines('nofile')
io.input('nofile')
dofile('nofile')
string.dump()
load()
load(5)
os.getenv()
os.getenv({})
os.remove()
os.exit('x')
os.date('%Ez', 0)
coroutine.yield()
string.rep()
('x'):rep(1e10)
print(1 // 0)
print(1 < 'x')
assert(false)
assert(nil, 'message')
assert(false, {1})
collectgarbage('foo')
string.gsub('x', '.', function() error('in gsub') end)
table.sort({3, 1, 2}, function() error('in a comparison') end)
local t = setmetatable({}, {__index = function(_, k) error('no field ' .. k) end}) print(t.foo)
goto nowhere
x = = 1
for
local a = "
return 1
""".strip().splitlines()
"""Scripts, one a line, that must do the same as with lua5.3."""


def _lua(script: bytes, folder: Path) -> tuple[bytes, bytes, int]:
    """What lua5.3 writes for a script, and its exit status."""
    program = shutil.which("lua5.3")
    if program is None:
        pytest.skip("lua5.3 is not on the PATH: apt-get install lua5.3")
    (folder / "s.lua").write_bytes(script)
    done = subprocess.run(
        ["lua5.3", "s.lua", "A", "B"],
        executable=program,
        input=STDIN,
        capture_output=True,
        cwd=folder,
        env={"TZ": "UTC0"},
        check=False,
    )
    return done.stdout, done.stderr, done.returncode


def _as_lua_prints(result: Result) -> tuple[bytes, bytes, int]:
    """A result as what lua5.3 would write and exit with (lua.c: l_message)."""
    if result.error is None:
        return result.stdout, result.stderr, result.exit or 0
    texts = [f"lua5.3: {result.error.message}", *[result.error.traceback] * bool(result.error.traceback)]
    return result.stdout, result.stderr + "".join(f"{text}\n" for text in texts).encode(), 1


@pytest.mark.parametrize("script", LEGAL)
def test_a_script_does_what_it_does_with_lua(script: str, runner: Runner, tmp_path: Path) -> None:
    result = runner.run(script, stdin=STDIN, args=["A", "B"], name="@s.lua")
    assert _as_lua_prints(result) == _lua(script.encode(), tmp_path)


def test_a_file_of_the_language_does_what_it_does_with_lua(lua_file: Path, runner: Runner, tmp_path: Path) -> None:
    script = lua_file.read_bytes()
    result = runner.run(script, stdin=STDIN, args=["A", "B"], name="@s.lua")
    assert _as_lua_prints(result) == _lua(script, tmp_path)


@given(st.lists(st.integers() | st.floats(allow_nan=False) | st.binary(max_size=50), max_size=5), st.binary())
def test_arguments_and_stdin_arrive_as_they_are(values: list[object], stdin: bytes) -> None:
    texts = [value if isinstance(value, bytes) else repr(value).encode() for value in values]
    result = run("io.write(io.read('a')) return select('#', ...), ...", stdin=stdin, args=texts)
    assert (result.status, result.stdout, result.returned) == ("ok", stdin, (len(texts), *texts))


@given(st.lists(st.binary(max_size=100), max_size=10))
def test_a_message_is_read_as_it_was_written(parts: list[bytes]) -> None:
    assert messages.unpack(messages.pack(parts)) == parts


@given(st.binary(max_size=200))
def test_bytes_that_are_no_message_are_refused(content: bytes) -> None:
    try:
        parts = messages.unpack(content)
    except ValueError:
        return
    assert messages.pack(parts) == content


@pytest.mark.parametrize(
    ("script", "returned"),
    [
        ("return 1, 2.5, 'x', nil, true, false", (1, 2.5, b"x", None, True, False)),
        ("return math.mininteger, 1/0, -0.0", (-(1 << 63), float("inf"), -0.0)),
        ("return {}", None),
        ("return print", None),
        ("", ()),
        ("os.exit(0)", None),
        ("return ('x'):rep(1 << 15), ('y'):rep(1 << 14)", (b"x" * (1 << 15), b"y" * (1 << 14))),
        ("return ('x'):rep(1 << 16), 1", None),
        ("local t = {} for i = 1, 100 do t[i] = ('x'):rep(1 << 16) end return table.unpack(t)", None),
    ],
)
def test_plain_values_are_returned(script: str, returned: tuple[object, ...] | None, runner: Runner) -> None:
    result = runner.run(script)
    assert (result.status, result.returned) == ("ok", returned)
    assert repr(result.returned) == repr(returned)  # -0.0 == 0.0


@pytest.mark.parametrize(
    ("script", "kind", "message", "line"),
    [
        ("\n\nerror('x')", "runtime", "s.lua:3: x", 3),
        ("\nerror('x', 0)", "runtime", "x", 2),
        ("error({})", "object", "(error object is a table value)", 1),
        ("error(setmetatable({}, {__tostring = function() return 'mine' end}))", "object", "mine", 1),
        ("error('not enough memory')", "runtime", "s.lua:1: not enough memory", 1),
        ("local x\nx.y = 1", "runtime", "s.lua:2: attempt to index a nil value (local 'x')", 2),
        ("error('\\xff')", "runtime", "s.lua:1: \\xff", 1),
    ],
)
def test_an_error_has_its_kind_message_and_line(
    script: str, kind: str, message: str, line: int, runner: Runner
) -> None:
    result = runner.run(script, name="@s.lua")
    assert result.status == "error"
    assert result.error is not None
    assert (result.error.kind, result.error.message, result.error.line) == (kind, message, line)
    assert result.error.traceback.startswith("stack traceback:\n\t")


@pytest.mark.parametrize(("script", "line"), [("x =", 1), ("\n\nfor", 3), ('x = 1\n\nlocal a = "', 3)])
def test_what_does_not_compile_is_a_syntax_error(script: str, line: int, runner: Runner) -> None:
    result = runner.run(script)
    assert result.status == "syntax"
    assert result.error is not None
    assert (result.error.kind, result.error.line) == ("syntax", line)


def test_bytecode_is_a_syntax_error(runner: Runner) -> None:
    import aidec

    result = runner.run(aidec.compile("print(1)"))
    assert (result.status, result.stdout) == ("syntax", b"")


@pytest.mark.parametrize(
    ("script", "limits", "status", "exceeded"),
    [
        ("while true do end", Limits(cpu=0.1), "time", "cpu"),
        ("while true do pcall(function() while true do end end) end", Limits(steps=10_000), "time", "steps"),
        ("local t = {} while true do t[#t + 1] = {} end", Limits(memory=4 << 20), "memory", "memory"),
        ("local s = ('x'):rep(1 << 30)", Limits(), "memory", "memory"),
        ("return 1", Limits(memory=1000), "memory", "memory"),
        ("while true do io.write('x') end", Limits(output=1000), "output", "output"),
        ("io.write(('x'):rep(600)) io.stderr:write(('x'):rep(600))", Limits(output=1000), "output", "output"),
        ("for i = 1, 9 do pcall(io.open, 'f' .. i, 'w') end", Limits(scratch=True, files=8), "file", "files"),
        ("io.open('f', 'w'):write(('x'):rep(5000)):close()", Limits(scratch=True, file_bytes=4096, output=4096), "file",
         "file_bytes"),
    ],
)  # fmt: skip
def test_a_limit_ends_a_run_and_is_named(
    script: str, limits: Limits, status: str, exceeded: str, runner: Runner
) -> None:
    result = runner.run(script, limits=limits)
    assert (result.status, result.exceeded) == (status, exceeded)
    assert len(result.stdout) + len(result.stderr) <= limits.output


def test_output_up_to_the_limit_is_allowed_and_one_byte_more_is_not(runner: Runner) -> None:
    results = [runner.run(f"io.write(('x'):rep({size}))", limits=Limits(output=1000)) for size in (1000, 1001)]
    assert [(result.status, len(result.stdout)) for result in results] == [("ok", 1000), ("output", 1000)]


def test_what_was_printed_before_the_endis_there(runner: Runner) -> None:
    assert runner.run("print('before') while true do end", limits=Limits(cpu=0.1)).stdout == b"before\n"


def test_files_are_read_and_required(runner: Runner) -> None:
    files = {"m.lua": b"#!shebang\nreturn 'module ' .. ...", "a/init.lua": b"return 'folder'", "data.txt": b"1\n2\n"}
    script = """
        print(require("m"), require("a"), require("m"))
        for line in io.lines("data.txt") do io.write(line, ";") end
        print(io.open("data.txt"):read("a"), dofile("a/init.lua"), loadfile("m.lua") ~= nil)
        print(io.open("data.txt", "w"))
    """
    result = runner.run(script, files=files)
    assert result.stdout == (
        b"module m\tfolder\tmodule m\n1;2;1\n2\n\tfolder\ttrue\nnil\tdata.txt: Permission denied\t13\n"
    )


def test_a_scratch_folder_is_written_and_empty_for_the_next(runner: Runner) -> None:
    script = """
        print(io.open("f"))
        local file = io.open("f", "w") file:write("text") file:close()
        os.rename("f", "g") print(io.open("g"):read("a"), os.remove("g"), io.open(os.tmpname(), "r") ~= nil)
        local temporary = io.tmpfile() temporary:write("x") temporary:seek("set") print(temporary:read("a"))
        io.open("left", "w"):close()
    """
    limits = Limits(scratch=True)
    first, second = runner.run(script, limits=limits), runner.run(script, limits=limits)
    assert first.stdout == second.stdout == b"nil\tf: No such file or directory\t2\ntext\ttrue\ttrue\nx\n"


def test_files_that_can_not_be_made_are_an_error_of_the_caller(runner: Runner) -> None:
    with pytest.raises(SandboxError, match="a script can't be run: FileExistsError"):
        runner.run("", files={"a": b"", "a/b": b""})
    assert runner.run("return 1").returned == (1,)


@pytest.mark.parametrize("name", ["", "/etc/x", "../x", "a/../../x", "a\0b", "./x", "a//b"])
def test_names_of_files_that_lead_out_of_the_folder_are_refused(name: str, runner: Runner) -> None:
    with pytest.raises(SandboxError, match="expected the name of a file"):
        runner.run("", files={name: b""})


def test_nothing_of_one_run_reaches_the_next() -> None:
    with Runner(processes=1) as runner:
        runner.run("x = 1 string.upper = print package.loaded.y = 1 getmetatable('').__index = nil math.random(5)")
        result = runner.run("return x, string.upper == print, package.loaded.y, ('a'):rep(2), math.random(1000)")
        with Runner(processes=1) as fresh:
            assert result.returned == fresh.run("return x, false, nil, 'aa', math.random(1000)").returned


def test_jobs_are_answered_in_their_order_by_many_threads(runner: Runner) -> None:
    jobs = (Job(f"for i = 1, {number % 7 * 10000} do end return {number}") for number in range(100))
    assert [result.returned for result in runner.run_all(jobs)] == [(number,) for number in range(100)]


def test_all_processes_can_be_started_at_once() -> None:
    with Runner(processes=3, sandbox="process") as runner:
        runner.start()
        started = set(_processes(runner))
        results = list(runner.run_all([Job("return 1")] * 10))
        assert {result.status for result in results} == {"ok"}
        assert (len(started), set(_processes(runner))) == (3, started)


def test_jobs_are_taken_as_they_are_needed(runner: Runner) -> None:
    taken = []

    def jobs() -> Iterator[Job]:
        for number in range(1000):
            taken.append(number)
            yield Job("")

    results = runner.run_all(jobs())
    next(results)
    assert len(taken) < 20


def _processes(runner: Runner) -> list[int]:
    return [process.pid for process in runner._all]


def test_a_process_that_ended_is_replaced() -> None:
    with Runner(processes=1, sandbox="process") as runner:
        (process,) = _processes(runner)
        os.kill(process, signal.SIGKILL)
        time.sleep(0.05)
        assert runner.run("return 1").returned == (1,)
        assert process not in _processes(runner)


def test_a_process_that_ends_in_the_middle_of_a_run_is_reported_and_replaced() -> None:
    with Runner(processes=1, sandbox="process") as runner:
        (process,) = _processes(runner)
        threading.Timer(0.2, os.kill, [process, signal.SIGKILL]).start()
        result = runner.run("while true do end", limits=Limits(cpu=20))
        assert (result.status, result.error and result.error.kind) == ("process", "lost")
        assert runner.run("return 1").returned == (1,)


def test_closing_collecting_and_leaving_the_block_end_all_processes() -> None:
    with Runner(processes=1) as in_block:
        processes = _processes(in_block)
    closed = Runner(processes=1)
    collected = Runner(processes=1)
    processes += _processes(closed) + _processes(collected)
    closed.close()
    del collected
    gc.collect()
    assert [process for process in processes if is_there(process)] == []
    with pytest.raises(SandboxError, match="closed"):
        closed.run("")


def test_processes_end_with_their_caller_even_if_it_is_killed() -> None:
    program = (
        "from aidec.lua.runner import Runner\nimport os, threading\nrunner = Runner(processes=1, sandbox='process')\n"
        "print(*(process.pid for process in runner._all), flush=True)\n"
        "os.fork() or os._exit(threading.Event().wait(0.2))\n"  # a fork must not keep them alive
        "runner.run('while true do end')\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as caller:
        assert caller.stdout is not None
        process = int(caller.stdout.readline())
        time.sleep(0.3)
        assert is_there(process)
        caller.kill()
    deadline = time.monotonic() + 10
    while is_there(process) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_there(process)


def test_the_thread_that_made_a_runner_may_end() -> None:
    made: list[Runner] = []
    thread = threading.Thread(target=lambda: made.append(Runner(processes=1)))
    thread.start()
    thread.join()
    with made[0] as runner:
        assert runner.run("return 1").returned == (1,)
        assert runner.run("return 2").returned == (2,)


DIFFERING = """
local t = {}
for word in ("the quick brown fox jumps over the lazy dog"):gmatch("%a+") do t[word] = #word end
t[3], t[1], t[-1.5], t[true], t[false] = 1, 2, 3, 4, 5
for k, v in pairs(t) do io.write(tostring(k), "=", v, " ") end
for k in next, t do io.write(tostring(k), " ") end
print({}, print, t, {}, t, io.stdout, coroutine.create(print), ("%s %5d"):format(t, 3))
print(os.time(), os.clock(), os.date(), os.date("!%c"), math.random(1 << 40), os.getenv("HOME"))
"""


def test_a_deterministic_run_is_the_same_in_every_process(deterministic: tuple[Runner, Runner]) -> None:
    first, second = (runner.run(DIFFERING) for runner in deterministic)
    assert (first.status, first.stdout, first.may_differ) == (second.status, second.stdout, second.may_differ)
    assert (first.status, first.may_differ) == ("ok", ())
    assert b"-1.5=3 1=2 3=1 brown=5 dog=3 fox=3" in first.stdout


def test_pairs_keeps_its_contract_where_runs_are_deterministic(deterministic: tuple[Runner, Runner]) -> None:
    script = """
        local t = {}
        for i = 1, 100 do t["k" .. i] = i t[i] = i end
        local seen = 0
        for k, v in pairs(t) do seen = seen + v t[k] = nil for _ in pairs(t) do break end end
        local one = next({ only = 1 })
        local walk = 0
        for i = 1, 10 do t["k" .. i] = i end
        local k, v = next(t)
        while k do local last = k walk = walk + v k, v = next(t, k) t[last] = nil next(t) end
        local function walk_own(_, k) if not k then return 1, 2 end end
        local own = setmetatable({}, { __pairs = function(t) return walk_own, t end })
        for k, v in pairs(own) do walk = walk * 100 + k * 10 + v end
        return seen, next(t), one, walk, pcall(next, {}, {})
    """
    result = deterministic[0].run(script)
    assert result.returned == (10100, None, b"only", 5512, False, b"invalid key to 'next'")


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("for _ in pairs({ [{}] = 1, [{}] = 2 }) do end", "the order of keys"),
        ("collectgarbage('count')", "collectgarbage"),
        ("for _ in pairs({ [{}] = 1, 2, 3 }) do end", None),
    ],
)
def test_what_can_still_differ_is_said(
    script: str, told: str | None, deterministic: tuple[Runner, Runner], runner: Runner
) -> None:
    found = deterministic[0].run(script).may_differ
    assert [told in each for each in found if told] == [True] * (told is not None)
    assert runner.run(script).may_differ == ()


def test_limits_that_are_none_are_refused() -> None:
    limits: list[Callable[[], Limits]] = [lambda: Limits(cpu=0), lambda: Limits(memory=-1), lambda: Limits(files=-1)]
    limits += [lambda: Limits(wall=float("inf")), lambda: Limits(cpu=float("nan")), lambda: Limits(output=1 << 60)]
    for make in limits:
        with pytest.raises(ValueError, match="expected limits above 0"):
            make()


def test_a_harness_reports_and_what_it_loads_can_not(runner: Runner) -> None:
    harness = """
        local tools, text = ...
        arg = nil
        tools.report("before")
        pcall(load(text))
        tools.report("after\\0\\n")
    """
    catches_files = """
        getmetatable(io.stdout).__gc = function(file)
            io.stdout.write(file, "forged")
            io.stdout.seek(file, "set")
            io.stdout.write(file, "forged")
        end
        os.exit(true, true)
    """
    assert runner.run_job(Job(harness, args=["error()"], is_harness=True)).reports == (b"before", b"after\0\n")
    assert runner.run_job(Job(harness, args=[catches_files], is_harness=True)).reports == (b"before",)
    assert runner.run_job(Job("local tools = ...; return tools == nil")).returned == (True,)
