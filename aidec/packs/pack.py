"""A pack, as its ``pack.yaml`` declares it, and where packs are found."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import aidec.templates
from aidec.common.errors import PackError
from aidec.common.hints import no_such

SHIPPED = Path(aidec.templates.__file__).parent


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
        extends: how ``pack.yaml`` names the pack that it extends, or an empty text.
        parent: that pack, or None.
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
    extends: str
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


def folder_of(pack: str, base: Path) -> Path:
    """The folder of a pack, by a path from ``base`` or by its name."""
    if os.sep in pack or pack in (".", ".."):
        folder = (base / pack).resolve()
        if not os.path.isfile(folder / "pack.yaml"):
            raise PackError(f"{pack}: no pack there: expected a folder with a pack.yaml")
        return folder
    for place in (*search_path(), base):
        found = os.path.join(place, pack)  # in texts, since this is done for each chunk that is rendered by itself
        if os.path.isfile(os.path.join(found, "pack.yaml")):
            return Path(os.path.realpath(found))
    raise PackError(no_such(pack, "pack", "a folder", sorted(find_packs())))
