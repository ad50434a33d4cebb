"""A task pack, as its ``pack.yaml`` declares it, and where task packs are found."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import aidec.templates
from aidec.common.arguments import checked_path
from aidec.common.errors import PackError
from aidec.common.hints import no_such
from aidec.common.settings import Conf
from aidec.packs.spelling import expand

SHIPPED = Path(aidec.templates.__file__).parent / "tasks"

ROLES = ("system", "user", "assistant")
"""The roles of messages, each the name of a template: ``system.j2`` may be missing, the others may not."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a pack asks of the items of a kind.

    Attributes:
        has: the fields by which an item is one for the pack: others of the kind have none of these.
        needs: the fields that an item must have.
        compiles: those of them that are Lua, or lists of Lua, and must compile.
    """

    has: tuple[str, ...]
    needs: tuple[str, ...]
    compiles: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class TaskPack:
    """A task pack with all that it takes over from the one that it extends.

    Attributes:
        name: the name of its folder.
        folder: where its files stand.
        description: one line for people.
        parent: the pack that it extends, or None.
        kinds: what it asks of the items, by their kind; it has conversations for these kinds alone.
        tokens: texts of its templates that are tokens, which the data of an item never spells.
    """

    name: str
    folder: Path
    description: str
    parent: TaskPack | None
    kinds: Mapping[str, Kind]
    tokens: tuple[str, ...]

    @property
    def chain(self) -> list[TaskPack]:
        """This pack, the one that it extends, and so on."""
        return [self, *(self.parent.chain if self.parent else [])]

    def template(self, name: str) -> Path | None:
        """The file of a template: that of this pack, else of the one that it extends, else one of all packs."""
        folders = [*(pack.folder for pack in self.chain), SHIPPED]
        return next((folder / name for folder in folders if (folder / name).is_file()), None)

    def files(self) -> list[Path]:
        """All files that a conversation depends on, in a fixed order."""
        shared = sorted(SHIPPED.glob("*.j2"))
        own = [file for pack in self.chain for file in sorted(pack.folder.iterdir()) if file.is_file()]
        return [*own, *shared]

    def is_for(self, item: Mapping[str, Any], kind: str) -> bool:
        """Whether the pack is for an item of a kind."""
        return kind in self.kinds and not _missing(item, self.kinds[kind].has)

    def problem(self, item: Mapping[str, Any], kind: str) -> str | None:
        """Why an item has no place in this pack, as a line for people, or None."""
        if kind not in self.kinds:
            return f"the task pack {self.name} is for {', '.join(self.kinds)}, read {kind}"
        missing = _missing(item, (*self.kinds[kind].has, *self.kinds[kind].needs))
        return f"the task pack {self.name} needs the field {missing[0]!r} of {kind}" if missing else None


def _missing(item: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    """Those of some fields that an item does not have, or that have nothing in them."""
    return [name for name in names if item.get(name) in (None, "", [], {})]


def search_path() -> list[Path]:
    """Folders of task packs, in the order in which they are searched.

    Those of the environment variable ``AIDEC_TASK_PATH``, then ``aidec/tasks`` in the user's configuration folder, then
    the packs that ship: a user's pack beats a shipped one of the same name.
    """
    listed = [Path(folder) for folder in os.environ.get("AIDEC_TASK_PATH", "").split(os.pathsep) if folder]
    config = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return [*listed, Path(config) / "aidec" / "tasks", SHIPPED]


def find_task_packs() -> dict[str, Path]:
    """The folders of all task packs on the search path by name, sorted."""
    found: dict[str, Path] = {}
    for folder in search_path():
        with suppress(PermissionError):
            for conf in folder.glob("*/pack.yaml"):
                found.setdefault(conf.parent.name, conf.parent)
    return dict(sorted(found.items()))


def load_task_pack(name: str | os.PathLike[str]) -> TaskPack:
    """The task pack of a name on the search path, or in a folder.

    Raises:
        PackError: there is no such pack, or its ``pack.yaml`` is malformed; the text names the line.
    """
    return _read(_folder_of(checked_path("task pack", name, PackError), Path()))


def _folder_of(name: str, base: Path) -> Path:
    """The folder of a task pack, by a path from ``base`` or by its name."""
    if os.sep in name or name in (".", ".."):
        folder = (base / name).resolve()
        if not (folder / "pack.yaml").is_file():
            raise PackError(f"{name}: no task pack there: expected a folder with a pack.yaml")
        return folder
    found = find_task_packs()
    if name not in found:
        raise PackError(no_such(name, "task pack", "a folder such as ./mine", list(found)))
    return found[name].resolve()


@lru_cache(maxsize=64)
def _read(folder: Path, extended_by: tuple[Path, ...] = ()) -> TaskPack:
    if folder in extended_by:
        names = " extends ".join(each.name for each in (*extended_by, folder))
        raise PackError(f"{folder / 'pack.yaml'}: task packs extend each other in a circle: {names}")
    conf = Conf(folder / "pack.yaml", PackError)
    extends = conf.text("extends", "")
    parent = _read(_folder_of(extends, folder), (*extended_by, folder)) if extends else None
    pack = TaskPack(
        name=folder.name,
        folder=folder,
        description=conf.text("description"),
        parent=parent,
        kinds=_kinds(conf, parent),
        tokens=_tokens(conf, parent),
    )
    conf.refuse_the_rest()
    for role in ROLES[1:]:
        if pack.template(f"{role}.j2") is None:
            raise PackError(f"{folder}: expected a template {role}.j2")
    return pack


def _kinds(conf: Conf, parent: TaskPack | None) -> dict[str, Kind]:
    """What ``kinds`` says of each kind; a pack that extends another adds to its kinds, or replaces one."""
    kinds = dict(parent.kinds) if parent else {}
    where = conf.where("kinds")
    section = conf.section("kinds")
    for name in list(section.entries):
        inner = section.section(name)
        has, needs = inner.texts("has"), inner.texts("needs")
        kinds[name] = Kind(has, needs, inner.choices("compiles", (*has, *needs), ()))
        inner.refuse_the_rest()
    if not kinds:
        raise conf.fail(where, "expected kinds: the kinds of items that the pack is for")
    return kinds


def _tokens(conf: Conf, parent: TaskPack | None) -> tuple[str, ...]:
    where = conf.where("tokens")
    spellings = conf.texts("tokens", parent.tokens if parent else ())
    try:
        return tuple(dict.fromkeys(token for spelling in spellings for token in expand(spelling)))
    except ValueError as error:
        raise conf.fail(where, f"tokens: {error}") from None
