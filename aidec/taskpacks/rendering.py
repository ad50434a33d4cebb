"""Items to messages: the templates of a task pack filled in, with what they print themselves told from the item's data.

A template prints data between two marks, so that a token in the text of a template is a token, and the same text in
data is not, and is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

from jinja2 import BaseLoader, StrictUndefined, TemplateNotFound, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from aidec.common.errors import CompileError, PackError
from aidec.common.json_values import bytes_from_json
from aidec.lua import compile_source
from aidec.packs.environment import TEMPLATE_ERRORS, as_pack_error
from aidec.packs.splitter import Splitter
from aidec.taskpacks.pack import ROLES, SHIPPED, TaskPack

# Marks are lone surrogates, which no template has, since templates are read as UTF-8
_DATA, _END = "\ud800", "\ud801"
_MARKED = re.compile(f"{_DATA}([^{_DATA}{_END}]*){_END}")

_OPENED = re.compile("<FILE:(.+)>")
CLOSED = "</FILE>"
"""The token that ends a file, which one such as ``<FILE:main.lua>`` begins."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a message.

    Attributes:
        text: what it says.
        is_data: whether it is of the item, and not of the template.
        is_token: whether it is one of the pack's tokens.
    """

    text: str
    is_data: bool = False
    is_token: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """A message: its role, and its pieces in order, none empty. Bytes that are not UTF-8 are surrogates in them."""

    role: str
    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """All that it says."""
        return "".join(piece.text for piece in self.pieces)


def render_item(pack: TaskPack, item: Mapping[str, Any], kind: str) -> list[Message]:
    """The conversation of an item: the system's message if the pack has one, the user's, and the assistant's.

    Templates see the item's fields under their names, with what JSON has as base64 as text, and ``kind``.

    Args:
        pack: the pack.
        item: the item, which has all fields that the pack needs.
        kind: its kind, one of the pack's.

    Raises:
        PackError: a template fails, a message is empty, or the item's data spells a token of the pack.
    """
    environment = _environment(pack)
    values = {**{name: _texts(value) for name, value in item.items()}, "kind": kind}
    messages = []
    for role in ROLES:
        if pack.template(f"{role}.j2") is None:
            continue
        try:
            rendered = environment.get_template(f"{role}.j2").render(values)
        except (*TEMPLATE_ERRORS, PackError) as error:
            raise as_pack_error(error, _folders(pack)) from None
        messages.append(Message(role, tuple(_pieces(rendered, environment.splitter, f"{pack.name}/{role}.j2"))))
    return messages


def _pieces(rendered: str, splitter: Splitter, place: str) -> Iterator[Piece]:
    """The pieces of what a template printed."""
    found: list[Piece] = []
    for number, part in enumerate(_MARKED.split(rendered)):
        if number % 2:
            found.append(Piece(part, is_data=True))
        else:
            found += [Piece(text, is_token=is_token) for text, is_token in splitter.split(part)]
    found = [piece for piece in found if piece.text]
    if not found:
        raise PackError(f"{place}: the message is empty")
    whole = [text for text, is_token in splitter.split("".join(piece.text for piece in found)) if is_token]
    own = [piece.text for piece in found if piece.is_token]
    if whole != own:
        forged = next((token for token in whole if token not in own), whole[0] if whole else own[0])
        raise PackError(f"{place}: the item spells {forged!r}, a token of the pack: nobody could tell the two apart")
    yield from found


class _Environment(ImmutableSandboxedEnvironment):
    """The environment of a task pack's templates: sandboxed, and strict about names."""

    def __init__(self, pack: TaskPack) -> None:
        super().__init__(
            loader=_Loader(pack),
            undefined=StrictUndefined,
            finalize=_finalize,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self.splitter = Splitter(pack.tokens)
        self.filters.update(head=head, rest=rest, whole_lines=whole_lines, as_file=as_file)


class _Loader(BaseLoader):
    """Finds the templates of a pack, of those that it extends, and of all packs."""

    def __init__(self, pack: TaskPack) -> None:
        self._pack = pack

    def get_source(self, environment: Any, template: str) -> tuple[str, str, None]:  # noqa: ARG002 (a BaseLoader)
        """The text of a template and its file."""
        path = self._pack.template(template)
        if path is None:
            raise TemplateNotFound(template)
        try:
            return path.read_text("utf-8"), _shown(path), None
        except UnicodeDecodeError as error:
            raise PackError(f"{path}: expected UTF-8: {error.reason} at byte {error.start}") from None


@lru_cache(maxsize=16)
def _environment(pack: TaskPack) -> _Environment:
    return _Environment(pack)


def _folders(pack: TaskPack) -> list[Path]:
    return [*(Path(each.name) for each in pack.chain), Path(SHIPPED.name)]


def _shown(path: Path) -> str:
    """A template's file as errors name it, which stand in datasets: without the folder where packs are."""
    return f"{path.parent.name}/{path.name}"


def _finalize(value: object) -> object:
    """What a template prints: texts and numbers of the item, as data; what a macro printed has its marks already."""
    if isinstance(value, Undefined):
        return str(value)
    if isinstance(value, str):
        return value if _DATA in value or not value else f"{_DATA}{value}{_END}"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{_DATA}{value}{_END}"
    raise PackError(f"expected a text or a number to print, read {type(value).__name__}")


def _texts(value: Any) -> Any:
    """A value of an item in which ``{"base64": ...}`` is text, and no text has half of a surrogate pair.

    Raises:
        PackError: a text has one.
    """
    if isinstance(value, dict):
        if set(value) == {"base64"}:
            return bytes_from_json(value).decode(errors="surrogateescape")
        return {name: _texts(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_texts(inner) for inner in value]
    if isinstance(value, str) and any("\ud800" <= sign <= "\udfff" for sign in value):
        raise PackError("a text of the item has half of a surrogate pair, which UTF-8 can't spell")
    return value


def head(text: str) -> str:
    """The first lines of a text, up to a place that a hash of the text decides: at least one line, and not the last.

    Raises:
        PackError: the text has a single line.
    """
    lines = text.rstrip("\n").split("\n")
    if len(lines) < 2:
        raise PackError("the text has a single line, so there is nothing to complete")
    hashed = blake2b(text.encode(errors="surrogateescape"), digest_size=8).digest()
    return "".join([f"{line}\n" for line in lines[: 1 + int.from_bytes(hashed, "little") % (len(lines) - 1)]])


def rest(text: str) -> str:
    """What follows the ``head`` of a text.

    Raises:
        PackError: as for ``head``.
    """
    return text[len(head(text)) :]


def whole_lines(text: str) -> str:
    """A text that ends with a line break, its own or one more."""
    return text if text.endswith("\n") else f"{text}\n"


def as_file(text: str) -> str:
    """The text of a function as a file that compiles: as it stands, or behind ``return`` if it has no name."""
    try:
        compile_source(text.encode(errors="surrogateescape"))
    except CompileError:
        return f"return {text}"
    return text


def answered_files(messages: Sequence[Message]) -> Iterator[tuple[str, str]]:
    """The files that end in the last message, each its name and its text, which may begin in a message before it."""
    name, text, begun = "", list[str](), False
    for message in messages:
        for piece in message.pieces:
            opened = _OPENED.fullmatch(piece.text) if piece.is_token else None
            if opened:
                name, text, begun = opened[1], [], True
            elif piece.is_token and piece.text == CLOSED and begun:
                if message is messages[-1]:
                    yield name, "".join(text).removeprefix("\n")
                begun = False
            elif begun:
                text.append(piece.text)
