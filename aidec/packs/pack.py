"""A pack: a folder with ``pack.yaml`` and templates. Finds it on the search path, reads it, follows ``extends``."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import yaml

import aidec.templates
from aidec.common.errors import PackError
from aidec.common.hints import no_such
from aidec.common.settings import Conf
from aidec.packs.losses import LOSSES
from aidec.packs.spelling import expand

SHIPPED = Path(aidec.templates.__file__).parent
ORDERS = ("declared", "code_point")


@dataclass(frozen=True, slots=True)
class Family:
    """A family of tokens.

    Attributes:
        name: what ``pack.yaml`` calls it; a pack that extends another replaces a family by its name.
        spelling: how ``pack.yaml`` spells them all.
        tokens: the tokens of the vocabulary.
        carries: the fields of the model that the tokens carry.
        spelled_by_base: tokens that the templates print too, but that are left to the base vocabulary.
        unused: those of ``tokens`` that the templates never print.
    """

    name: str
    spelling: str
    tokens: tuple[str, ...]
    carries: tuple[str, ...]
    spelled_by_base: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Pack:
    """A template pack, as ``pack.yaml`` declares it and with all that it takes over from the pack it extends.

    Attributes:
        name: the pack's name.
        folder: where its files stand.
        description: one line for people.
        parent: the pack that it extends, or None.
        extension: the ending of the files that hold its renders, such as ``.txt``.
        guard: how every token starts, but for byte escapes; data never spells it. Empty in a pack without tokens.
        order: the order of the vocabulary: as ``declared`` or by ``code_point``.
        is_lossless: whether it claims that its text can be read back to the same chunk.
        loses: what even so it can't tell, by the names in ``aidec.packs.losses``.
        families: the families of tokens by name.
    """

    name: str
    folder: Path
    description: str
    parent: Pack | None
    extension: str
    guard: str
    order: str
    is_lossless: bool
    loses: tuple[str, ...]
    families: dict[str, Family]

    @property
    def chain(self) -> list[Pack]:
        """This pack, the one that it extends, and so on."""
        return [self, *(self.parent.chain if self.parent else [])]

    def vocabulary(self) -> list[str]:
        """All tokens, in the order in which a tokenizer numbers them."""
        tokens = [token for family in self.families.values() for token in family.tokens]
        return sorted(tokens) if self.order == "code_point" else tokens


def search_path() -> list[Path]:
    """Folders of packs, in the order in which they are searched.

    Those of the environment variable ``AIDEC_PACK_PATH``, then ``aidec/packs`` in the user's configuration folder,
    then the packs that ship: a user's pack beats a shipped one of the same name.
    """
    listed = [Path(folder) for folder in os.environ.get("AIDEC_PACK_PATH", "").split(os.pathsep) if folder]
    config = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return [*listed, Path(config) / "aidec" / "packs", SHIPPED]


def find_packs() -> dict[str, Path]:
    """The folders of all packs on the search path by name."""
    found: dict[str, Path] = {}
    for folder in search_path():
        with suppress(PermissionError):
            for conf in sorted(folder.glob("*/pack.yaml")):
                found.setdefault(conf.parent.name, conf.parent)
    return found


def load_pack(pack: str | os.PathLike[str]) -> Pack:
    """Load a pack by the name under which the search path has it, or from a folder.

    A pack is loaded once, and again when one of its files has changed.

    Raises:
        PackError: there is no such pack, or its ``pack.yaml`` is malformed.
    """
    folder = _folder(os.fspath(pack), Path())
    loaded = _LOADED.get(folder)
    if loaded is None or loaded[1] != _stamp(loaded[0]):
        new = _load(str(folder) + os.sep, Path(), ())
        loaded = _LOADED[folder] = new, _stamp(new)
    return loaded[0]


_LOADED: dict[Path, tuple[Pack, list[tuple[str, int]]]] = {}


def _stamp(pack: Pack) -> list[tuple[str, int]]:
    """The files of a pack and of those that it extends, and when they changed."""
    with suppress(OSError):
        return [(file.path, file.stat().st_mtime_ns) for link in pack.chain for file in os.scandir(link.folder)]
    return []


def _load(pack: str, base: Path, extended_by: tuple[Path, ...]) -> Pack:
    folder = _folder(pack, base)
    if folder in extended_by:
        names = " extends ".join(f.name for f in (*extended_by, folder))
        raise PackError(f"{folder / 'pack.yaml'}: packs extend each other in a circle: {names}")
    conf = _Conf(folder / "pack.yaml")
    parent_name = conf.text("extends", default="")
    parent = _load(parent_name, folder, (*extended_by, folder)) if parent_name else None
    families = dict(parent.families) if parent else {}
    conf.update_families(families)
    loaded = Pack(
        name=conf.text("name", default=folder.name),
        folder=folder,
        description=conf.text("description"),
        parent=parent,
        extension=conf.text("extension", default=parent.extension if parent else ".txt"),
        guard=conf.text("guard", default=parent.guard if parent else ""),
        order=conf.choice("order", ORDERS, default=parent.order if parent else "declared"),
        is_lossless=conf.flag("lossless", default=bool(parent and parent.is_lossless)),
        loses=conf.choices("loses", tuple(LOSSES), default=parent.loses if parent else ()),
        families=families,
    )
    conf.refuse_the_rest()
    _refuse_clashes(loaded)
    return loaded


def _folder(pack: str, base: Path) -> Path:
    """The folder of a pack, by a path from ``base`` or by its name."""
    if os.sep in pack or pack in (".", ".."):
        folder = (base / pack).resolve()
        if not (folder / "pack.yaml").is_file():
            raise PackError(f"{pack}: no pack there: expected a folder with a pack.yaml")
        return folder
    for place in (*search_path(), base):
        with suppress(PermissionError):
            if (place / pack / "pack.yaml").is_file():
                return (place / pack).resolve()
    raise PackError(no_such(pack, "pack", "a folder", sorted(find_packs())))


def _refuse_clashes(pack: Pack) -> None:
    owners: dict[str, str] = {}
    for family in pack.families.values():
        for token in family.tokens:
            if owners.setdefault(token, family.name) != family.name:
                message = f"{token} is declared by two families, {owners[token]} and {family.name}"
                raise PackError(f"{pack.folder / 'pack.yaml'}: {message}")


class _Conf(Conf):
    """A ``pack.yaml``."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, PackError)

    def update_families(self, families: dict[str, Family]) -> None:
        """Add those of the key ``tokens``; null takes a family of the extended pack away."""
        node = self.take("tokens")
        for name, value in self.mapping(node, "tokens").items() if node is not None else ():
            if isinstance(value, yaml.ScalarNode) and value.tag.endswith(":null"):
                if families.pop(name, None) is None:
                    raise self.fail(value.start_mark.line + 1, f"{name}: there is no such family to take away")
            else:
                families[name] = self._family(name, value)

    def _family(self, name: str, node: Any) -> Family:
        line = node.start_mark.line + 1
        known = ["spelling", *(field.name for field in fields(Family)[3:])]
        entries = self.mapping(node, f"the family {name}")
        for key in entries:
            if key not in known:
                raise self.fail(line, f"{name}: unknown key {key!r}, expected one of: {', '.join(known)}")
        if "spelling" not in entries or "carries" not in entries:
            raise self.fail(line, f"{name}: expected a spelling and what it carries")
        tokens = {key: self._tokens(entries[key], name) for key in known if key in entries and key != "carries"}
        spelling = tokens.pop("spelling")
        for token in tokens.get("unused", ()):
            if token not in spelling:
                raise self.fail(line, f"{name}: the unused {token} is not one of its tokens")
        shown = " ".join(self.texts_of(entries["spelling"], name))
        return Family(name, shown, spelling, tuple(self.texts_of(entries["carries"], name)), **tokens)

    def _tokens(self, node: Any, name: str) -> tuple[str, ...]:
        try:
            return tuple(token for spelling in self.texts_of(node, name) for token in expand(spelling))
        except ValueError as error:
            raise self.fail(node.start_mark.line + 1, f"{name}: {error}") from None
