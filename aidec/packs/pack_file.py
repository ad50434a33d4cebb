"""``pack.yaml``: reads it, and those of the packs that it extends."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

from aidec.common.errors import PackError
from aidec.common.settings import Conf, is_null
from aidec.packs.losses import LOSSES
from aidec.packs.pack import Family, Pack, folder_of
from aidec.packs.spelling import expand

ORDERS = ("declared", "code_point")


def read_pack(folder: Path, extended_by: tuple[Path, ...] = ()) -> Pack:
    """The pack in a folder.

    Args:
        folder: the folder.
        extended_by: the folders of the packs that extend it.

    Raises:
        PackError: its ``pack.yaml`` is malformed, or extends a pack that there is not.
    """
    if folder in extended_by:
        names = " extends ".join(f.name for f in (*extended_by, folder))
        raise PackError(f"{folder / 'pack.yaml'}: packs extend each other in a circle: {names}")
    conf = _Conf(folder / "pack.yaml")
    extends = conf.text("extends", default="")
    parent = read_pack(folder_of(extends, folder), (*extended_by, folder)) if extends else None
    families = dict(parent.families) if parent else {}
    conf.update_families(families)
    loaded = Pack(
        name=conf.text("name", default=folder.name),
        folder=folder,
        description=conf.text("description"),
        extends=extends,
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
            if is_null(value):
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
