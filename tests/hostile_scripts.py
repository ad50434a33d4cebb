"""Hostile scripts, what surrounds them, and what is seen of them from outside: the harness of the sandbox's tests.

A script of ``tests/hostile`` begins with comments, ``-- key: value``:

    trick        what it tries
    verdict      its status with all layers
    layer        the layer that stops it first, or ``interpreter`` or ``runner`` where no layer is needed
    raw_verdict  for a script that needs Python: its status with all layers but ``lua``
    raw_layer    and the layer that stops it then
    exit         the value of os.exit that its result must have
    cpu, scratch limits that differ from ``LIMITS``
    raw_wall     the limit of the wall clock without the layer ``lua``

Whether a script is stopped is never its status: it is what can be seen of it outside (``Surroundings.effects``).
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from aidec.lua.runner import Job, Limits, Result

SCRIPTS = Path(__file__).parent / "hostile"

LIMITS = Limits(cpu=0.2, wall=30, memory=16 << 20, output=64 << 10, files=4, file_bytes=64 << 10)
"""Small limits, so that many runs take little time; yet memory and output are met long before time."""

SAID = b"BROKEN"
"""What a script writes where its trick worked, and nothing outside would show it."""


MARK = b"a mark of the harness"


@dataclass(frozen=True)
class Script:
    """A hostile script, and what its header says."""

    name: str
    source: bytes
    trick: str
    verdict: str
    layer: str
    raw_verdict: str
    raw_layer: str
    exit: int | None
    raw_wall: float | None
    limits: Limits

    @property
    def is_raw(self) -> bool:
        """Whether it needs Python, and so can only be tried without the lua layer."""
        return bool(self.raw_verdict)

    def job(self, arguments: list[str], wall: float | None = None) -> Job:
        """The script as a job, with arguments that name what surrounds it."""
        limits = self.limits if wall is None else replace(self.limits, wall=min(wall, self.limits.wall))
        return Job(self.source, args=arguments, limits=limits, name=f"={self.name}")


def load(path: Path) -> Script:
    """The script of a file."""
    source = path.read_bytes()
    lines = []
    for line in source.decode().splitlines():
        if not line.startswith("-- "):
            break
        lines.append(line[3:])
    head = yaml.safe_load("\n".join(lines))
    limits = replace(LIMITS, **{key: head[key] for key in ("cpu", "scratch") if key in head})
    texts = (head["trick"], head["verdict"], head["layer"], head.get("raw_verdict", ""), head.get("raw_layer", ""))
    return Script(path.stem, source, *texts, head.get("exit"), head.get("raw_wall"), limits)


def all_scripts() -> list[Script]:
    """All scripts of ``tests/hostile``."""
    return [load(path) for path in sorted(SCRIPTS.glob("*.lua"))]


class Surroundings:
    """What a script could reach: a secret file, a folder that all may write, listening sockets, another process.

    Attributes:
        arguments: what scripts get, which names all of it.
        base: the folder that holds the files; temporary files of the runner go there too.
    """

    def __init__(self) -> None:
        self.token = "x" + secrets.token_hex(16)
        self.base = Path(tempfile.mkdtemp(prefix="aidec-hostile-"))
        self.base.chmod(0o755)
        self.outside, self.temporary = self.base / "outside", self.base / "tmp"
        for folder in (self.outside, self.temporary):
            folder.mkdir()
            folder.chmod(0o777)
        self.secret = self.base / "secret.txt"
        self.secret.write_text(f"secret {self.token}\n")
        self.secret.chmod(0o644)
        os.environ["AIDEC_SECRET"] = self.token
        tempfile.tempdir = str(self.temporary)
        self.received: list[bytes] = []
        self._sockets = self._listen()
        self._restore()
        self.victim = self._victim()

    @property
    def arguments(self) -> list[str]:
        """The folder outside, the secret file, the ports for TCP and UDP, the name of a socket, a process."""
        tcp, udp = (each.getsockname()[1] for each in self._sockets[:2])
        return [str(self.outside), str(self.secret), str(tcp), str(udp), self.token, str(self.victim.pid)]

    def close(self) -> None:
        """End and remove all of it."""
        self.victim.kill()
        self.victim.wait()
        for each in self._sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        tempfile.tempdir = None
        del os.environ["AIDEC_SECRET"]
        shutil.rmtree(self.base)

    def effects(self, result: Result, limits: Limits, before: set[int]) -> list[str]:
        """What a script did that a sandbox must not let it do, each in a word; and all of it is put right again.

        Args:
            result: the result of its run.
            limits: the limits of its run.
            before: the processes under this one before it, as ``descendants`` gives them.
        """
        used = result.resources
        told = result.stdout + result.stderr + (result.error.message.encode() if result.error else b"")
        is_overdue = result.exceeded == "wall" and used.cpu > 0.05  # a script that sleeps takes a tenth of it
        found = {
            "said so": SAID in told,
            "read": self.token.encode() in told or b"root:x:0" in told,
            "wrote": self._changed(),
            "sent": self._is_reached(),
            "harmed a process": self._is_harmed(),
            "left a process": self._end_all_but(before),
            "ended the runner": result.error is not None and result.error.kind == "lost",
            "used time": is_overdue or used.cpu > limits.cpu + 1.2,
            "used memory": used.max_rss > 200 << 20,
            "used output": used.output > 2 * limits.output,
        }
        self.received.clear()
        self._restore()
        return [name for name, is_seen in found.items() if is_seen]

    def _listen(self) -> list[socket.socket]:
        """Sockets of four kinds, whose threads note what they receive."""
        tcp = socket.create_server(("127.0.0.1", 0))
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("127.0.0.1", 0))
        abstract, named = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
        abstract.bind(f"\0{self.token}")
        named.bind(str(self.base / "outside" / "socket"))
        (self.outside / "socket").chmod(0o777)
        for each in (abstract, named):
            each.listen()
        for each in (tcp, abstract, named):
            threading.Thread(target=self._accept, args=[each], daemon=True).start()
        threading.Thread(target=self._receive, args=[udp], daemon=True).start()
        return [tcp, udp, abstract, named]

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                connection.settimeout(0.2)
                content = b"a connection"
                with contextlib.suppress(OSError), connection:
                    content = connection.recv(100) or content
                self.received.append(content)

    def _receive(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                self.received.append(listener.recv(100))

    def _is_reached(self) -> bool:
        """Whether a socket received something; a mark that each gets last says that nothing is still under way."""
        tcp, udp, abstract, named = self._sockets
        udp.sendto(MARK, udp.getsockname())
        for each in (tcp, abstract, named):
            with socket.socket(each.family) as end:
                end.connect(each.getsockname())
                end.send(MARK)
        while self.received.count(MARK) < len(self._sockets):
            time.sleep(0.001)
        return self.received.count(MARK) < len(self.received)

    def _restore(self) -> None:
        for path in (self.outside / "made", self.temporary / "made"):
            path.unlink(missing_ok=True)
        keep = self.outside / "keep"
        keep.write_text("keep")
        keep.chmod(0o666)

    def _changed(self) -> bool:
        names = {path.name for path in self.outside.iterdir()}
        return names != {"keep", "socket"} or (self.temporary / "made").exists()

    @staticmethod
    def _victim() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [os.path.realpath(sys.executable), "-S", "-c", "import time; time.sleep(100000)"],
            cwd="/",
            stdout=subprocess.DEVNULL,
        )

    def _is_harmed(self) -> bool:
        """Whether the other process was ended or stopped; then there is a new one."""
        is_hit = _has_signals(self.victim.pid)  # first: a signal takes a moment, and then shows in the state
        if not is_hit and self.victim.poll() is None and _state(self.victim.pid) not in "TtZ":
            return False
        self.victim.kill()
        self.victim.wait()
        self.victim = self._victim()
        return True

    def _end_all_but(self, before: set[int]) -> bool:
        """Whether there are processes that were not there before; they are ended."""
        new = descendants() - before - {self.victim.pid}
        if not new:
            return False
        while left := descendants() - before - {self.victim.pid}:
            for process in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, 9)
            with contextlib.suppress(ChildProcessError):
                for process in left:
                    with contextlib.suppress(ChildProcessError):
                        os.waitpid(process, os.WNOHANG)
            time.sleep(0.01)
        return True


def is_there(process: int) -> bool:
    """Whether there is a process, which has not ended."""
    return _state(process) != "Z"


def _state(process: int) -> str:
    """The letter of a process's state; Z where it is gone."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def _has_signals(process: int) -> bool:
    """Whether signals were sent to a process that it did not see yet."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return True
    return any(int(line.split()[1], 16) for line in lines if line.startswith(("SigPnd", "ShdPnd")))


def _parents() -> Iterator[tuple[int, int]]:
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            with contextlib.suppress(OSError):
                yield int(path.name), int((path / "stat").read_text().rpartition(")")[2].split()[1])


def descendants() -> set[int]:
    """All processes under this one."""
    children: dict[int, list[int]] = {}
    for process, parent in _parents():
        children.setdefault(parent, []).append(process)
    found: set[int] = set()
    waiting = [os.getpid()]
    while waiting:
        inner = children.get(waiting.pop(), [])
        found.update(inner)
        waiting += inner
    return found


def adopt_orphans(*, adopt: bool = True) -> None:
    """Make this process the parent of orphans under it, or not (prctl: PR_SET_CHILD_SUBREAPER)."""
    import ctypes

    ctypes.CDLL(None).prctl(36, *(ctypes.c_ulong(value) for value in (adopt, 0, 0, 0)))
