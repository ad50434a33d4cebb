"""The process that forks: a fresh interpreter with a Lua state made ready, which forks a child for each run.

It is started by ``launcher.py`` with an empty environment and one connection, over which jobs come and reports go, and
imports little, so that a fork is fast. It ends when the connection does.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import select
import signal
import socket
import struct
import sys
import tempfile
import time
from dataclasses import replace
from typing import Any, NoReturn

from lupa import lua53

from aidec.lua import confine, descriptors, messages
from aidec.lua.confine import Bounds, LayerError, Policy
from aidec.lua.descriptors import MAX_RECORD, RECORD
from aidec.lua.folders import empty_folder, remove_folder
from aidec.lua.warm import raw_state, warm_state

MAX_MESSAGE = 1 << 16
"""The longest message, the longest traceback and the most of what a script returned, in bytes of a record."""


class Zygote:
    """What forks: its policy, its warm Lua state, and the folder of its runs."""

    def __init__(self, connection: socket.socket, parts: list[bytes]) -> None:
        settings = json.loads(parts[0])
        self.connection = connection
        policy = Policy.from_parts(parts)
        self.policy = replace(policy, rulesets=tuple(descriptors.moved_up(each) for each in policy.rulesets))
        self.lua_layer = confine.LUA in self.policy.layers
        self.process_layer = confine.PROCESS in self.policy.layers
        if self.process_layer:
            confine.adopt_orphans()
        self.folder = self.policy.own_folder or tempfile.mkdtemp(prefix="aidec-lua-", dir=settings["temporary"])
        if os.getuid() == 0 and self.process_layer:
            os.chown(self.folder, confine.NOBODY, confine.NOBODY)
        confine.allow_folder(self.policy, self.folder)
        self.warm = warm_state(parts[1 + settings["filters"] :]) if self.lua_layer else raw_state()
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
                messages.send(self.connection, self.answer_or_explain(job))
            except OSError:
                return

    def answer_or_explain(self, job: list[bytes]) -> list[bytes]:
        """The report of a job, or why it could not be run, such as for a name that is a file's and a folder's."""
        try:
            return self.answer(job)
        except OSError as error:
            return [json.dumps({"broken": f"{type(error).__name__}: {error}"}).encode()]

    def close(self) -> None:
        """Remove the folder of the runs."""
        if not self.policy.own_folder:
            remove_folder(self.folder)

    def answer(self, job: list[bytes]) -> list[bytes]:
        """Run one job in a child, and report how it ended: a head, stdout, stderr, record, notes, reports."""
        settings = json.loads(job[0])
        limits = settings["limits"]
        folder = confine.WRITES if limits["scratch"] else confine.READS if settings["files"] else confine.NO_FOLDER
        if folder:
            self.fill(settings["files"], job, writable=folder == confine.WRITES)
        stdin, stdout, stderr = self.standard_files(job[3], is_live=settings["is_live"])
        if job[5]:  # a harness, for which output must be all that was printed
            stdout, stderr = descriptors.append_only(stdout), descriptors.append_only(stderr)
        note = descriptors.memory_file("note")
        channel = descriptors.append_only(descriptors.memory_file("channel"))
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
            self.become_child(job, limits, bounds, (stdin, stdout, stderr, note, channel, writer))
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
        report = [json.dumps(head).encode(), *(descriptors.read_back(file, keep) for file in (stdout, stderr)), record]
        report += descriptors.read_back(note, MAX_RECORD), descriptors.read_back(channel, keep)
        for file in (stdin, stdout, stderr, note, channel, reader):
            os.close(file)
        if folder:
            empty_folder(self.folder)
        return report

    def standard_files(self, content: bytes, *, is_live: bool) -> list[int]:
        """Files in memory, of which the first has the content of stdin; or ends of pipes, which the caller sends."""
        if is_live:
            return socket.recv_fds(self.connection, 1, 3)[1]
        files = [descriptors.memory_file(name) for name in ("stdin", "stdout", "stderr")]
        descriptors.write_all(files[0], content)
        return files

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
            for descriptor, _ in poller.poll(min(left, 3600) * 1000 + 1) if not overdue else []:
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
            record += descriptors.drain(reader)
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
        except MemoryError:
            record = [json.dumps({"status": "memory", "name": ""}).encode(), NO_MEMORY, b""]
        except BaseException as error:  # whatever it is, the child must end here
            record = [json.dumps({"status": "broken"}).encode(), f"{type(error).__name__}: {error}".encode()]
        try:
            descriptors.write_all(RECORD, messages.pack(record))
        finally:
            os._exit(0)

    def run_job(self, job: list[bytes], limits: dict[str, Any], bounds: Bounds, files: tuple[int, ...]) -> list[bytes]:
        """The record of a job that ran to its end: a head, and the message and traceback, or what it returned."""
        for name in (signal.SIGXFSZ, signal.SIGPIPE, signal.SIGINT):
            signal.signal(name, signal.SIG_DFL)
        warm = self.warm
        descriptors.place(files, (0, 1, 2, warm.note, warm.channel, RECORD))
        os.chdir(self.folder if bounds.folder else "/")
        runtime = warm.runtime
        warm.prepare(job[1], job[2], bounds.folder, limits["files"], job[4], job[5], limits["steps"])
        rulesets = self.policy.rulesets[bounds.folder : bounds.folder + 1]
        descriptors.close_others([RECORD, warm.note, warm.channel, *rulesets])
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
            told = (b"error", b"", str(error).encode("utf-8", "replace"), b"", b"handler")
        head: dict[str, object] = {
            "status": told[0].decode(),
            "name": told[1].decode("latin-1"),
            "memory": runtime.get_memory_used(total=True) or 0,
        }
        runtime = None
        warm.forget()
        confine.flush_c_files()
        if head["status"] == "ok":
            values = [_value(value) for value in told[3:]]
            head["returned"] = bool(told[2]) and sum(map(len, values)) <= MAX_MESSAGE
            return [json.dumps(head).encode(), *(values if head["returned"] else [])]
        head["kind"] = told[4].decode() if len(told) > 4 else head["status"]
        return [json.dumps(head).encode(), told[2][:MAX_MESSAGE], told[3][:MAX_MESSAGE]]


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
    return b"s" + value if isinstance(value, bytes) else b"-"


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
