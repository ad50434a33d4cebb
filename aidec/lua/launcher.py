"""Processes that run Lua, as their caller holds them: started, spoken to, and ended without a trace."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from aidec.common.errors import SandboxError
from aidec.lua import layers, messages
from aidec.lua.folders import remove_folder

START_SECONDS = 60.0
"""How long the start of a process may take."""

GRACE_SECONDS = 10.0
"""How long a report may come after the wall clock's limit of its run, before the process counts as lost."""

_BARE = """
import sys, types
for name, folder in zip(("aidec", "aidec.lua", "lupa"), sys.argv[2:]):
    sys.modules[name] = package = types.ModuleType(name)
    package.__path__ = [folder]
from aidec.lua.zygote import main
main(int(sys.argv[1]))
"""
"""The program of the process that forks; its packages are bare, as their ``__init__`` would import too much."""


class LostError(Exception):
    """The process that forks ended, or does not answer."""


class Process:
    """One process that forks, started under the layers asked for.

    Attributes:
        layers: the layers that hold, each shown by a trial in that process.
        failed: what is wrong with each layer that was asked for and does not hold.
        pid: its number, as the caller sees it.

    Args:
        wanted: the names of the layers.
        deterministic: whether its Lua state hides what differs between runs.

    Raises:
        SandboxError: it can't be started.
    """

    def __init__(self, wanted: tuple[str, ...], *, deterministic: bool) -> None:
        self.connection, theirs = socket.socketpair()
        rulesets: tuple[int, ...] = ()
        rights = 0
        if layers.LANDLOCK in wanted:
            rulesets, rights = layers.landlock_rulesets()
        try:
            self._process = subprocess.Popen(  # noqa: S603 -- our own interpreter
                self._command(wanted, theirs.fileno()),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                cwd="/",
                env={"TZ": "UTC0"},
                pass_fds=(theirs.fileno(), *rulesets),
                start_new_session=True,
            )
        except OSError as error:
            self.connection.close()
            raise SandboxError(f"a process that runs Lua can't be started: {error}") from error
        finally:
            theirs.close()
            for ruleset in rulesets:
                os.close(ruleset)
        self.pid = self._process.pid
        self._folder = ""
        self.layers, self.failed = self._greet(wanted, rulesets, rights, deterministic=deterministic)

    def _command(self, wanted: tuple[str, ...], descriptor: int) -> list[str]:
        lupa = find_spec("lupa")
        ours = Path(__file__).parent
        if lupa is None or not lupa.submodule_search_locations:
            raise SandboxError("running Lua needs lupa: pip install lupa")
        folders = [str(ours.parent), str(ours), str(Path(lupa.submodule_search_locations[0]).resolve())]
        command = [layers.interpreter(), "-I", "-S", "-c", _BARE, str(descriptor), *folders]
        return [*layers.bubblewrap_command(*folders[1:]), *command] if layers.BUBBLEWRAP in wanted else command

    def _greet(
        self, wanted: tuple[str, ...], rulesets: tuple[int, ...], rights: int, *, deterministic: bool
    ) -> tuple[tuple[str, ...], dict[str, str]]:
        """Send the policy, and return the layers that hold, and what is wrong with the others."""
        here = Path(__file__).parent
        programs = [(here / name).read_bytes() for name in ("sandbox.lua", *["deterministic.lua"] * deterministic)]
        filters = layers.seccomp_filters() if layers.SECCOMP in wanted else ()
        head = {
            "layers": wanted,
            "rulesets": rulesets,
            "landlock_rights": rights,
            "namespaces": layers.namespaces(),
            "own_folder": layers.FOLDER if layers.BUBBLEWRAP in wanted else "",
            "temporary": tempfile.gettempdir(),
            "filters": len(filters),
        }
        try:
            self.connection.settimeout(START_SECONDS)
            messages.send(self.connection, [json.dumps(head).encode(), *filters, *programs])
            told = messages.receive(self.connection)
        except (OSError, ValueError):
            told = None
        greeting = json.loads(told[0]) if told else {}
        if "held" not in greeting:
            problem = greeting.get("broken") or self._last_words()
            self.close()
            raise SandboxError(f"a process that runs Lua can't be started: {problem}")
        self._folder = greeting["folder"] if layers.BUBBLEWRAP not in wanted else ""
        failed = {name: problem for name, problem in greeting["held"].items() if problem}
        return tuple(name for name in wanted if name not in failed), failed

    def _last_words(self) -> str:
        """The last line that a process wrote that ended before its greeting."""
        self._process.kill()
        _, written = self._process.communicate()
        lines = written.decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else "it ended, and said nothing"

    def is_alive(self) -> bool:
        """Whether the process is there and has nothing to say that was not asked for."""
        if self._process.poll() is not None:
            return False
        with contextlib.suppress(OSError):
            self.connection.settimeout(0)
            self.connection.recv(1, socket.MSG_PEEK)
            return False
        return True

    def ask(self, parts: Sequence[bytes], wall: float, pipes: Sequence[int] = ()) -> list[bytes]:
        """The report of a job.

        Args:
            parts: the job.
            wall: its limit on the wall clock.
            pipes: its standard files, if they are pipes to the caller.

        Raises:
            LostError: the process ended, or did not answer in time.
        """
        try:
            self.connection.settimeout(wall + GRACE_SECONDS)
            messages.send(self.connection, parts)
            if pipes:
                socket.send_fds(self.connection, [b"\0"], pipes)
            report = messages.receive(self.connection)
        except (OSError, ValueError) as error:
            raise LostError(str(error)) from error
        if report is None:
            raise LostError("the process that forks ended")
        return report

    def forget(self) -> None:
        """Close what a fork of the caller has of it; the process itself is the caller's."""
        self.connection.close()

    def close(self) -> None:
        """End the process, and remove its folder; nothing of it is left."""
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)  # it wakes a thread that waits for a report
        self.connection.close()
        try:
            self._process.wait(1)
        except subprocess.TimeoutExpired:
            inner = _children(self._process.pid)  # of bubblewrap: the first process of a namespace ends all
            for process in inner:
                with contextlib.suppress(OSError):
                    os.kill(process, signal.SIGKILL)
            with contextlib.suppress(OSError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.kill()
            self._process.wait()
        if self._process.stderr is not None:
            self._process.stderr.close()
        if self._folder:
            remove_folder(self._folder)


def _children(process: int) -> list[int]:
    """The children of a process, or none where the system does not list them."""
    try:
        return [int(number) for number in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    except OSError:
        return []


def check_platform() -> None:
    """Make sure that this system can run Lua in processes of its own.

    Raises:
        SandboxError: it can't fork.
    """
    if not hasattr(os, "fork"):
        raise SandboxError(f"running Lua needs a system that can fork, such as Linux or macOS; this is {sys.platform}")
