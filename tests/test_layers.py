"""The layers: a room imports only rooms below it, nothing imports in a circle, the command alone prints and exits."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "aidec"

DECLARATIONS = ("generated", "ksy", "templates")
"""Folders beside the package that are installed in it: declarations, and the parsers that are made of one."""

ROOMS = (
    *(*DECLARATIONS, "version"),
    *(
        "common",
        "parallel",
        "kernels",
        "bytecode",
        "lua",
        "packs",
        "taskpacks",
        "tokenizers",
        "chat",
        "sources",
        "decompiler",
        "dataset",
        "evaluation",
        "synthesis",
    ),
    *("__init__", "cli", "__main__"),
)
"""The folders and modules of the package, the lowest first; ``__init__`` is what ``import aidec`` gives."""

SPEECH = {
    *("print", "input", "click.echo", "click.secho", "sys.stdout", "sys.stderr", "sys.__stdout__", "sys.__stderr__"),
    *("exit", "quit", "sys.exit", "os._exit", "os.abort", "SystemExit"),
}
"""What prints or ends the process."""

OWN_PROCESSES = {
    "aidec.parallel.executors": {"sys.exit", "os._exit"},
    "aidec.lua.zygote": {"os._exit"},
    "aidec.lua.confine": {"os._exit"},
}
"""Modules of which a part runs in a process of its own, which it ends."""

LUA_STATES = {"aidec.lua.compile", "aidec.lua.warm"}
"""The modules that make a Lua state: the first compiles and runs nothing, the second runs scripts, each in a child."""

SCRIPTS_RUN_BY = {"aidec.lua.runner"}
"""What other rooms import to run Lua."""


def _name(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


TREES = {_name(path): ast.parse(path.read_bytes(), path) for path in sorted(PACKAGE.rglob("*.py"))}
"""The syntax trees of the package's modules."""


def _room(module: str) -> str:
    return module.split(".")[1] if "." in module else "__init__"


def _imports(tree: ast.Module) -> Iterator[str]:
    """The modules of the package that a module imports, also those in functions, and for types alone."""
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: a relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        yield from (_module(name) for name in names if name.split(".")[0] == "aidec")


def _module(name: str) -> str:
    """The module that has a name, or is it."""
    while name not in TREES and name.rpartition(".")[2] not in DECLARATIONS:
        name = name.rpartition(".")[0]
    return name


def _names(tree: ast.Module) -> Iterator[str]:
    """The names that a module uses, such as ``print`` or ``sys.exit``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
            yield ast.unparse(node)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_every_room_has_its_place() -> None:
    assert {_room(module) for module in TREES} | set(DECLARATIONS) == set(ROOMS)


@pytest.mark.parametrize("module", TREES)
def test_a_room_imports_only_rooms_below_it(module: str) -> None:
    height = ROOMS.index(_room(module))
    rooms = {_room(name) for name in _imports(TREES[module])} - {_room(module)}
    assert [room for room in rooms if ROOMS.index(room) > height] == []


@pytest.mark.parametrize("room", ROOMS)
def test_no_modules_of_a_room_import_each_other_in_a_circle(room: str) -> None:
    inside = [module for module in TREES if _room(module) == room]
    imports = {module: {name for name in _imports(TREES[module]) if name in inside} - {module} for module in inside}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        pytest.fail(" <- ".join(error.args[1]))


@pytest.mark.parametrize("module", [module for module in TREES if _room(module) != "cli"])
def test_the_command_alone_prints_and_exits(module: str) -> None:
    assert SPEECH.intersection(_names(TREES[module])) == OWN_PROCESSES.get(module, set())


@pytest.mark.parametrize("module", TREES)
def test_no_function_or_class_has_the_name_of_a_module_beside_it(module: str) -> None:
    package = module if any(name.startswith(f"{module}.") for name in TREES) else module.rpartition(".")[0]
    defined = (node for node in TREES[module].body if isinstance(node, ast.FunctionDef | ast.ClassDef))
    assert [node.name for node in defined if f"{package}.{node.name}" in TREES and node.name != "main"] == []


def test_only_the_runner_executes_lua() -> None:
    makers = {module for module, tree in TREES.items() if any("LuaRuntime" in name for name in _names(tree))}
    assert makers == LUA_STATES


def test_the_runner_is_all_of_the_processes_that_others_import() -> None:
    inner = {
        f"aidec.lua.{name}"
        for name in ("confine", "descriptors", "folders", "launcher", "layers", "messages", "verdict", "warm", "zygote")
    }
    users = {module for module, tree in TREES.items() if inner.intersection(_imports(tree))}
    assert users - inner == SCRIPTS_RUN_BY
