"""The layers that hold a script: which there are, which this machine can have, and what each needs made beforehand.

The caller makes here what needs libraries (py-landlock, pyseccomp) and finds bubblewrap's program; ``confine.py`` puts
the layers on, in the process that runs a script.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Collection
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from aidec.common.arguments import expect_each
from aidec.common.errors import SandboxError
from aidec.common.extras import extra, install_hint
from aidec.common.settings import load_yaml

LUA, PROCESS, LANDLOCK, SECCOMP, BUBBLEWRAP = LAYERS = ("lua", "process", "landlock", "seccomp", "bubblewrap")
"""The names of the layers: what a script sees, the limits of its process, and what only Linux has."""

SANDBOXES = ("best", "strict", "process")
"""The sets that have a name: all that work here, all or an error, and those that need nothing of the machine."""

SCRATCH_BYTES = 64 << 20
"""The size of the file system in memory that bubblewrap gives to the files of a run."""

FOLDER = "/scratch"
"""The folder of a run, inside bubblewrap."""

_KEPT_CAPABILITIES = ("SETUID", "SETGID", "KILL", "CHOWN", "DAC_OVERRIDE", "FOWNER")
"""What the process that forks needs of root, to give up root for each run, to end it, and to empty its folder."""


def missing(name: str) -> str:
    """Why a layer can't be had here, and how it could be, in one line; an empty text where nothing is known against it.

    Whether it holds is another question, which the process that forks answers by trying (``confine.held``).
    """
    if name in (LUA, PROCESS):
        return ""
    if sys.platform != "linux":
        return f"{name} needs Linux"
    if name == BUBBLEWRAP:
        return "" if shutil.which("bwrap") else "bubblewrap is not installed: apt-get install bubblewrap"
    library = {LANDLOCK: "py_landlock", SECCOMP: "pyseccomp"}[name]
    if find_spec(library) is None:
        return install_hint("sandbox", f"the layer {name} needs")
    return _landlock_missing() if name == LANDLOCK else _seccomp_missing()


@lru_cache(maxsize=1)
def _landlock_missing() -> str:
    import py_landlock

    try:
        py_landlock.get_abi_version()
    except py_landlock.LandlockError as error:
        return f"landlock: {error}"
    return ""


@lru_cache(maxsize=1)
def _seccomp_missing() -> str:
    try:
        import pyseccomp
    except RuntimeError as error:  # libseccomp is not there
        return f"seccomp: {error}: apt-get install libseccomp2"
    del pyseccomp
    return ""


def chosen(sandbox: str | Collection[str]) -> tuple[str, ...]:
    """The layers of a set: one of ``SANDBOXES``, or the names of layers, which then must all be there.

    Raises:
        SandboxError: the set has no such name, or a layer that it must have can't be had here.
    """
    if sandbox == "process":
        return LUA, PROCESS
    if sandbox == "best":
        return tuple(name for name in LAYERS if not missing(name))
    if isinstance(sandbox, str) and sandbox != "strict":
        raise SandboxError(f"expected a sandbox {', '.join(SANDBOXES)} or names of layers, read {sandbox!r}")
    wanted = LAYERS if sandbox == "strict" else list(expect_each("sandbox", sandbox, str))
    if unknown := [name for name in wanted if name not in LAYERS]:
        raise SandboxError(f"expected layers {', '.join(LAYERS)}, read {unknown[0]!r}")
    if problems := [problem for name in wanted if (problem := missing(name))]:
        raise SandboxError("; ".join(problems))
    return tuple(name for name in LAYERS if name in wanted)


def landlock_rulesets() -> tuple[tuple[int, int, int], int]:
    """Three open Landlock rulesets that forbid all that this kernel's Landlock knows, and its rights on files.

    The process that forks adds its folder to the second and the third.
    """
    with extra("sandbox", "the layer landlock needs", SandboxError):
        import py_landlock
        from py_landlock.abi import get_supported_fs, get_supported_net, get_supported_scope
    abi = py_landlock.get_abi_version()
    rights = int(get_supported_fs(abi))
    attribute = py_landlock.RulesetAttr(rights, int(get_supported_net(abi)), int(get_supported_scope(abi)))
    first, second, third = (int(py_landlock.create_ruleset(attribute)) for _ in range(3))
    return (first, second, third), rights


@lru_cache(maxsize=1)
def seccomp_filters() -> tuple[bytes, bytes]:
    """Two compiled filters of system calls, as ``seccomp.yaml`` declares them: without a folder, and with one."""
    declared = load_yaml(Path(__file__).with_name("seccomp.yaml"))
    return _filter(declared, folder=False), _filter(declared, folder=True)


def _filter(declared: Any, *, folder: bool) -> bytes:
    with extra("sandbox", "the layer seccomp needs", SandboxError):
        import pyseccomp
    import errno
    import mmap

    def flat(key: str) -> list[str]:
        return [name for group in declared[key] for name in ([group] if isinstance(group, str) else group)]

    rules = pyseccomp.SyscallFilter(pyseccomp.KILL_PROCESS)
    allowed = {*flat("allow"), *(flat("folder") if folder else [])}
    refused = [name for name in flat("refuse") if name not in allowed]
    no_exec = pyseccomp.Arg(2, pyseccomp.MASKED_EQ, mmap.PROT_EXEC, 0)
    exec_too = pyseccomp.Arg(2, pyseccomp.MASKED_EQ, mmap.PROT_EXEC, mmap.PROT_EXEC)
    plain = [(pyseccomp.ALLOW, name) for name in sorted(allowed)]
    plain += [(pyseccomp.ERRNO(errno.EPERM), name) for name in refused]
    for action, name in plain:
        if _known(name):
            rules.add_rule(action, name)
    for name in flat("allow_without_exec"):
        rules.add_rule(pyseccomp.ALLOW, name, no_exec)
        rules.add_rule(pyseccomp.ERRNO(errno.EPERM), name, exec_too)
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()


def _known(name: str) -> bool:
    """Whether this machine's architecture, and this libseccomp, have a system call."""
    import pyseccomp

    try:
        return bool(pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name) >= 0)
    except (OSError, ValueError):
        return False


def bubblewrap_command(*folders: str) -> list[str]:
    """The command under which the process that forks starts: all namespaces its own, and what Python needs to read.

    Args:
        folders: folders of packages to read, besides the standard library.
    """
    program = shutil.which("bwrap") or "bwrap"
    command = [program, "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    command += ["--new-session", "--cap-drop", "ALL"]
    if os.getuid() == 0:
        for name in _KEPT_CAPABILITIES:
            command += ["--cap-add", f"CAP_{name}"]
    else:
        command.append("--unshare-user")
    for path in ("/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64"):
        if os.path.islink(path):
            command += ["--symlink", os.readlink(path), path]
        else:
            command += ["--ro-bind-try", path, path]
    paths = [interpreter(), *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib")), *folders]
    paths += [folder for folder in [sysconfig.get_config_var("LIBDIR")] if folder]
    paths.append("/nix/store")
    for path in dict.fromkeys(paths):
        if os.access(path, os.R_OK):  # a build may name folders that are another user's
            command += ["--ro-bind", path, path]
    command += ["--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache", "--proc", "/proc"]
    size = ["--size", str(SCRATCH_BYTES)] if "--size" in _bubblewrap_help(program) else []  # since 0.7
    command += ["--dev-bind", "/dev/null", "/dev/null", *size, "--tmpfs", FOLDER]
    return [*command, "--remount-ro", "/", "--chdir", "/", "--"]


@lru_cache(maxsize=4)
def _bubblewrap_help(program: str) -> str:
    """What bubblewrap says of its options."""
    return subprocess.run([program, "--help"], capture_output=True, text=True, check=False).stdout  # noqa: S603 -- found


def interpreter() -> str:
    """The Python program itself, outside any virtual environment."""
    return os.path.realpath(sys.executable)


def namespaces() -> dict[str, str]:
    """The namespaces of this process, by name; an empty mapping where the system has none."""
    try:
        names = os.listdir("/proc/self/ns")
        return {name: os.readlink(f"/proc/self/ns/{name}") for name in names}
    except OSError:
        return {}
