"""What the tests share: luac 5.3 as the oracle, the sources in tests/lua, a search path without the user's packs."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import hypothesis
import pytest

LUA_FILES = sorted(Path(__file__).with_name("lua").glob("*.lua"))
"""One tiny source for each construct of the language."""

LUAC_DIR = Path(os.environ.get("AIDEC_LUAC_DIR", Path.home() / ".cache" / "aidec" / "luac"))
"""Where other builds of luac 5.3 stand, and in ``src`` the sources of Lua, if they are there at all."""

VARIANTS = ("luac-64", "luac-32bits", "luac-c89", "luac-m32")

Luac: TypeAlias = Callable[..., bytes]
"""Runs luac with its arguments, in the folder ``cwd``; returns its output, or with ``fails`` its error message."""

# Where the tests run in the background of a script, SIGINT is ignored, and the commands that they start inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

hypothesis.settings.register_profile("aidec", deadline=None, max_examples=30)
hypothesis.settings.register_profile("few", deadline=None, max_examples=8)
hypothesis.settings.register_profile("thorough", deadline=None, max_examples=500)
hypothesis.settings.load_profile("aidec")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that takes ``lua_file`` once for each source in tests/lua."""
    if "lua_file" in metafunc.fixturenames:
        metafunc.parametrize("lua_file", LUA_FILES, ids=lambda path: path.stem)


@pytest.fixture(scope="session")
def luac() -> Luac:
    """The luac 5.3 of the system, without which most of the tests have nothing to compare with."""
    path = shutil.which("luac5.3")
    if path is None:
        pytest.fail("luac5.3 is not on the PATH: apt-get install lua5.3", pytrace=False)
    return _runner(path)


@pytest.fixture(scope="session")
def variant() -> Callable[[str], Luac]:
    """Another build of luac, by name; a test that asks for one that is not there is skipped."""

    def find(name: str) -> Luac:
        if not (LUAC_DIR / name).is_file():
            pytest.skip(f"no {name} in {LUAC_DIR}")
        return _runner(str(LUAC_DIR / name))

    return find


@pytest.fixture(scope="session")
def lua_sources() -> Path:
    """The folder of Lua's own C sources; a test that asks for them is skipped where they are not."""
    folder = LUAC_DIR / "src"
    if not (folder / "lopcodes.h").is_file():
        pytest.skip(f"no sources of Lua in {folder}")
    return folder


@pytest.fixture(scope="session", autouse=True)
def _no_packs_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Find the packs that ship and no others."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.delenv("AIDEC_PACK_PATH", raising=False)
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("configuration")))
        yield


@pytest.fixture
def pack_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder that is searched for packs before those that ship."""
    folder = tmp_path / "packs"
    folder.mkdir()
    monkeypatch.setenv("AIDEC_PACK_PATH", str(folder))
    return folder


def _runner(path: str) -> Luac:
    def run(*arguments: str | Path, cwd: Path | None = None, fails: bool = False) -> bytes:
        done = subprocess.run([path, *arguments], capture_output=True, check=False, cwd=cwd)
        if (done.returncode != 0) != fails:
            pytest.fail(f"{path} {arguments}: exit status {done.returncode}, {done.stderr!r}")
        return done.stderr if fails else done.stdout

    return run
