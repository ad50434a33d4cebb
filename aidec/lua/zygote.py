"""The process that forks: a fresh interpreter with a Lua state made ready, which forks a child for each run.

It is started by ``launcher.py`` with an empty environment and one connection, over which jobs come and reports go, and
imports little, so that a fork is fast. It ends when the connection does.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import json
import os
import resource
import select
import signal
import socket
import stat
import struct
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from lupa import lua53

from aidec.lua import confine, messages
from aidec.lua.confine import Bounds, LayerError, Policy
from aidec.lua.folders import empty_folder, remove_folder

MAX_RECORD = 1 << 20
"""The longest record of a child; a longer one is cut."""

MAX_MESSAGE = 1 << 16
"""The longest message and traceback in a record, in bytes."""

_STRIP = b"""
    local assert, dump, load = assert, string.dump, load
    return function(text, name) return load(dump(assert(load(text, name)), true), name, "b") end
"""
"""Loads a program of ours without its debug information."""


@dataclass(slots=True)
class Warm:
    """A Lua state, made ready: what a child calls, and the descriptor on which the sandbox tells of a run."""

    runtime: Any
    prepare: Any
    run: Any
    note: int

    def forget(self) -> None:
        """Close the Lua state, by letting go of all that refers to it: finalizers run now."""
        self.prepare = self.run = self.runtime = None


def warm_state(lua_layer: bool, programs: list[bytes]) -> Warm:  # noqa: FBT001
    """A Lua state: with the lua layer, or raw, as lupa makes it, with Python in reach."""
    if not lua_layer:
        runtime = lua53.LuaRuntime(encoding=None, unpack_returned_tuples=True, max_memory=0)
        prepare, run = runtime.execute(_RAW)
        return Warm(runtime, prepare, run, -1)
    runtime = lua53.LuaRuntime(
        encoding=None, unpack_returned_tuples=True, max_memory=0, register_eval=False, register_builtins=False
    )
    strip = runtime.execute(_STRIP)
    before = _open_files()
    prepare, run, tools = strip(programs[0], b"=sandbox")(os.devnull.encode())
    (note,) = _open_files() - before
    for program in programs[1:]:
        strip(program, b"=deterministic")(tools)
    del tools
    runtime.execute(b"collectgarbage() collectgarbage()")
    return Warm(runtime, prepare, run, note)


_RAW = b"""
    local traceback, getinfo, load, xpcall, unpack = debug.traceback, debug.getinfo, load, xpcall, table.unpack
    local source, name, list
    local function prepare(text, chunkname, _, _, arguments)
        source, name, list = text, chunkname, {}
        local position = 1
        while position <= #arguments do
            list[#list + 1], position = string.unpack("<s4", arguments, position)
        end
        arg = list
    end
    local function run()
        local chunk, message = load(source, name)
        if not chunk then return "syntax", "", message, "" end
        local ok, failure = xpcall(chunk, function(value) return traceback(tostring(value)) end, unpack(list))
        if ok then return "ok", "", false end
        return failure == "not enough memory" and "memory" or "error", "", failure, "", "runtime"
    end
    return prepare, run
"""
"""The state without the lua layer, for tests of the other layers."""


def _open_files() -> set[int]:
    """The descriptors that are open, of the lowest."""
    found = set()
    for number in range(RECORD):
        try:
            os.fstat(number)
        except OSError:
            continue
        found.add(number)
    return found


class Zygote:
    """What forks: its policy, its warm Lua state, and the folder of its runs."""

    def __init__(self, connection: socket.socket, parts: list[bytes]) -> None:
        settings = json.loads(parts[0])
        self.connection = connection
        self.policy = Policy.from_parts(parts)
        self.lua_layer = confine.LUA in self.policy.layers
        self.process_layer = confine.PROCESS in self.policy.layers
        if self.process_layer:
            confine.adopt_orphans()
        self.folder = self.policy.own_folder or tempfile.mkdtemp(prefix="aidec-lua-", dir=settings["temporary"])
        if os.getuid() == 0 and self.process_layer:
            os.chown(self.folder, confine.NOBODY, confine.NOBODY)
        confine.allow_folder(self.policy, self.folder)
        if not self.lua_layer:
            _import_for_raw_scripts()
        self.warm = warm_state(self.lua_layer, parts[1 + settings["filters"] :])
        self.own_bytes = _virtual_bytes()
        gc.collect()
        gc.freeze()
        gc.disable()

    def serve(self) -> None:
        """Answer jobs until the connection ends."""
        held = confine.held(self.policy)
        self.policy = replace(self.policy, layers=tuple(name for name in self.policy.layers if not held.get(name)))
        messages.send(self.connection, [json.dumps({"held": held, "folder": self.folder, "pid": os.getpid()}).encode()])
        while True:
            try:
                job = messages.receive(self.connection)
                if job is None:
                    return
                messages.send(self.connection, self.answer(job))
            except OSError:
                return

    def close(self) -> None:
        """Remove the folder of the runs."""
        if not self.policy.own_folder:
            remove_folder(self.folder)

    def answer(self, job: list[bytes]) -> list[bytes]:
        """Run one job in a child, and report how it ended: a head, stdout, stderr, and the child's record."""
        settings = json.loads(job[0])
        limits = settings["limits"]
        folder = confine.WRITES if limits["scratch"] else confine.READS if settings["files"] else confine.NO_FOLDER
        if folder:
            self.fill(settings["files"], job, writable=folder == confine.WRITES)
        stdin, stdout, stderr, note = (_memory_file(name) for name in ("stdin", "stdout", "stderr", "note"))
        _write_all(stdin, job[3])
        reader, writer = os.pipe()
        bounds = Bounds(
            limits["cpu"],
            self.own_bytes + limits["address_space"],
            max(limits["output"], limits["file_bytes"]) if limits["scratch"] else limits["output"],
            folder,
        )
        started = time.monotonic()
        child = os.fork()
        if child == 0:
            self.become_child(job, limits, bounds, (stdin, stdout, stderr, note, writer))
        os.close(writer)
        record, overdue = self.watch(child, reader, started + limits["wall"])
        status, usage = self.reap(child)
        head = {
            "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0,
            "exit": os.WEXITSTATUS(status) if os.WIFEXITED(status) else None,
            "overdue": overdue,
            "cpu": usage.ru_utime + usage.ru_stime,
            "wall": time.monotonic() - started,
            "output": sum(os.fstat(file).st_size for file in (stdout, stderr)),
            "max_rss": usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
        }
        keep = limits["output"] + 1  # one more than allowed, which says that there was more
        report = [json.dumps(head).encode(), *(_read_back(file, keep) for file in (stdout, stderr)), record]
        report.append(_read_back(note, MAX_RECORD))
        for file in (stdin, stdout, stderr, note, reader):
            os.close(file)
        if folder:
            empty_folder(self.folder)
        return report

    def fill(self, names: list[str], job: list[bytes], *, writable: bool) -> None:
        """Put the given files into the folder."""
        contents = job[len(job) - len(names) :] if names else []
        for name, content in zip(names, contents, strict=True):
            path = os.path.join(self.folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(content)
        for folder, _, files in os.walk(self.folder):
            for path in (folder, *(os.path.join(folder, name) for name in files)):
                if os.getuid() == 0 and self.process_layer:
                    os.chown(path, *((confine.NOBODY, confine.NOBODY) if writable else (0, 0)))
                os.chmod(path, (0o755 if writable else 0o555) if path == folder else (0o644 if writable else 0o444))

    def watch(self, child: int, reader: int, deadline: float) -> tuple[bytes, bool]:
        """The record that a child writes until it ends, and whether its time on the wall clock was over before."""
        poller = select.poll()
        poller.register(reader, select.POLLIN)
        poller.register(self.connection, select.POLLHUP)
        ended = os.pidfd_open(child) if hasattr(os, "pidfd_open") else -1
        if ended >= 0:
            poller.register(ended, select.POLLIN)
        record = b""
        overdue = done = False
        while not done and not overdue:
            left = deadline - time.monotonic()
            overdue = left <= 0
            for descriptor, _ in poller.poll(max(left, 0) * 1000 + 1) if not overdue else []:
                if descriptor == reader:
                    part = os.read(reader, 1 << 16)
                    record = (record + part)[:MAX_RECORD]
                    if not part:
                        poller.unregister(reader)
                        done = ended < 0
                elif descriptor == ended:
                    done = True
                else:  # the caller is gone
                    os.kill(child, signal.SIGKILL)
                    done = True
        if ended >= 0:
            os.close(ended)
            os.set_blocking(reader, False)
            record += _drain(reader)
        return record, overdue

    def reap(self, child: int) -> tuple[int, resource.struct_rusage]:
        """End the child and all that it left, and return its wait status and what it used."""
        if self.process_layer:
            _kill_group(child)
        _kill(child)
        _, status, usage = os.wait4(child, 0)
        while self.process_layer:
            left = _children()
            for orphan in left:
                _kill(orphan)
            try:
                os.waitpid(-1, 0)
            except ChildProcessError:
                break
        return status, usage

    def become_child(
        self, job: list[bytes], limits: dict[str, Any], bounds: Bounds, files: tuple[int, ...]
    ) -> NoReturn:
        """Run the job, in the child, and write the record of its end; nothing of the zygote goes on."""
        try:
            record = self.run_job(job, limits, bounds, files)
        except BaseException as error:  # whatever it is, the child must end here
            record = [json.dumps({"status": "broken"}).encode(), f"{type(error).__name__}: {error}".encode()]
        try:
            _write_all(RECORD, messages.pack(record))
        finally:
            os._exit(0)

    def run_job(self, job: list[bytes], limits: dict[str, Any], bounds: Bounds, files: tuple[int, ...]) -> list[bytes]:
        """The record of a job that ran to its end: a head, and the message and traceback, or what it returned."""
        for name in (signal.SIGXFSZ, signal.SIGPIPE, signal.SIGINT):
            signal.signal(name, signal.SIG_DFL)
        _place((*files[:3], files[4], files[3]), (0, 1, 2, RECORD, self.warm.note))
        os.chdir(self.folder if bounds.folder else "/")
        warm = self.warm
        runtime = warm.runtime
        warm.prepare(job[1], job[2], bounds.folder, limits["files"], job[4])
        _close_others([RECORD, self.warm.note, *self.policy.rulesets[bounds.folder : bounds.folder + 1]])
        confine.put_on(self.policy, bounds)
        if self.lua_layer:
            used = runtime.get_memory_used(total=True)
            if used + SLACK > limits["memory"]:
                return [json.dumps({"status": "memory", "memory": used, "name": ""}).encode(), NO_MEMORY, b""]
            runtime.set_max_memory(limits["memory"], total=True)
        try:
            told = warm.run()
        except MemoryError:  # of Lua, or of Python where the address space is at an end
            told = (b"memory", b"", NO_MEMORY, b"")
        except lua53.LuaError as error:  # raised while an error was reported
            told = (b"error", b"", str(error).encode(), b"", b"handler")
        head: dict[str, object] = {
            "status": told[0].decode(),
            "name": told[1].decode("latin-1"),
            "memory": runtime.get_memory_used(total=True) or 0,
        }
        runtime = None
        warm.forget()
        confine.flush_c_files()
        if head["status"] == "ok":
            head["returned"] = bool(told[2])
            return [json.dumps(head).encode(), *(_value(value) for value in told[3:])]
        head["kind"] = told[4].decode() if len(told) > 4 else head["status"]
        return [json.dumps(head).encode(), told[2][:MAX_MESSAGE], told[3][:MAX_MESSAGE]]


RECORD = 62
"""The descriptor of the record, in a child."""

SLACK = 1 << 14
"""Bytes of Lua's memory that are needed to begin."""

NO_MEMORY = b"not enough memory"


def _value(value: object) -> bytes:
    """A value that a script returned, with a letter for its type before it."""
    if value is None:
        return b"n"
    if isinstance(value, bool):
        return b"t" if value else b"f"
    if isinstance(value, int):
        return b"i%d" % value
    if isinstance(value, float):
        return b"d" + struct.pack("<d", value)
    if isinstance(value, bytes) and len(value) <= MAX_MESSAGE:
        return b"s" + value
    return b"-"


def _import_for_raw_scripts() -> None:
    """Import what raw scripts attack with: once they are confined, they could not, and nothing would be tried."""
    import mmap
    import subprocess

    del mmap, subprocess


def _memory_file(name: str) -> int:
    """An empty file without a name in any folder."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create(name)
    descriptor, path = tempfile.mkstemp()
    os.unlink(path)
    return descriptor


def _read_back(file: int, most: int) -> bytes:
    """The bytes of a file, from its start, and no more than ``most``."""
    size = min(os.fstat(file).st_size, most)
    return os.pread(file, size, 0) if size else b""


def _drain(reader: int) -> bytes:
    """What a pipe still holds."""
    content = b""
    with contextlib.suppress(BlockingIOError):
        while (part := os.read(reader, 1 << 16)) and len(content) < MAX_RECORD:
            content += part
    return content


def _write_all(file: int, content: bytes) -> None:
    """Write to a file; a file that can be read again is set to its start."""
    view = memoryview(content)
    while view:
        view = view[os.write(file, view) :]
    if stat.S_ISREG(os.fstat(file).st_mode):
        os.lseek(file, 0, os.SEEK_SET)


def _place(files: tuple[int, ...], places: tuple[int, ...]) -> None:
    """Give files the given descriptors, whichever they had, and whichever of them are in use."""
    moved = [fcntl.fcntl(file, fcntl.F_DUPFD, RECORD + 2) for file in files]
    for descriptor, place in zip(moved, places, strict=True):
        if place >= 0:
            os.dup2(descriptor, place)


def _close_others(keep: list[int]) -> None:
    """Close all descriptors but the standard ones and those to keep."""
    start = 3
    for descriptor in sorted(keep):
        if descriptor >= start:
            os.closerange(start, descriptor)
            start = descriptor + 1
    os.closerange(start, 1 << 16)


def _kill(process: int) -> None:
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return


def _kill_group(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _children() -> list[int]:
    """The children of this process, or none where the system does not list them."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:
            return [int(number) for number in file.read().split()]
    except OSError:
        return []


def _virtual_bytes() -> int:
    """The address space that this process uses, in bytes; 0 where the system does not say."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def main(descriptor: int) -> None:
    """Serve the connection that has a descriptor, until it ends."""
    connection = socket.socket(fileno=descriptor)
    parts = messages.receive(connection)
    if parts is None:
        return
    try:
        zygote = Zygote(connection, parts)
    except (LayerError, OSError, lua53.LuaError) as error:
        problem = f"{type(error).__name__}: {error}".partition("\n")[0]
        messages.send(connection, [json.dumps({"broken": problem}).encode()])
        return
    try:
        zygote.serve()
    finally:
        zygote.close()
