"""Messages of conversations: read, with the chunks in them, and refused where part of them would be lost or forged."""

from __future__ import annotations

import base64
import re
from array import array
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from typing import Any

from aidec.bytecode import Chunk, load, strip
from aidec.bytecode.dialect import Dialect
from aidec.common.errors import AidecError, ConversationError
from aidec.packs import renderer
from aidec.tokenizers import Tokenizer
from aidec.tokenizers.turns import takes_parts, turns_of

_OF_CHUNKS = {"type", "chunk", "path", "base64", "dialect", "pack", "strip"}
"""The keys of a part that is a chunk."""

Conversation = Mapping[str, Any] | Sequence[Mapping[str, Any]]
"""The messages, or an object with the key ``messages``, each with a ``role`` and a ``content``.

Content is a text, or a list of parts: ``{"type": "text", "text": ...}``, the other types of the chat format, and
``{"type": "chunk", ...}`` with one of ``chunk`` (a ``Chunk`` or its bytes), ``path`` or ``base64``, and if need be
``pack``, ``strip`` and, for what is not a ``Chunk``, the name or the path of a ``dialect``. The text of a part can be a
``SpecialToken``, as the boundaries of files are that a task pack has.
"""


@dataclass(frozen=True)
class Code:
    """A chunk as content."""

    chunk: Chunk
    pack: str

    @cached_property
    def text(self) -> str:
        """The chunk as its pack spells it, which is made only for templates that look into it."""
        return renderer(self.pack).render(self.chunk)


@dataclass(frozen=True, slots=True)
class SpecialToken:
    """A special token of the tokenizer as the text of a part, which no text of a file can become."""

    text: str


@dataclass(frozen=True)
class Joined:
    """Several texts, chunks and special tokens as one content, for templates that know no parts."""

    parts: tuple[str | Code | SpecialToken, ...]

    @cached_property
    def text(self) -> str:
        """All of them as text."""
        return "".join(part if isinstance(part, str) else part.text for part in self.parts)


def messages_of(conversation: Conversation) -> list[Any]:
    """The messages of a conversation, which are still to be read.

    Raises:
        ConversationError: it has none.
    """
    messages = conversation.get("messages") if isinstance(conversation, Mapping) else conversation
    if not isinstance(messages, Sequence) or isinstance(messages, (str, bytes)) or not messages:
        raise ConversationError("expected a list of messages, or an object with one under the key messages")
    return list(messages)


class MessageReader:
    """Reads messages for a tokenizer and a chat template.

    Args:
        tokenizer: the tokenizer, which has the pack of chunks that name none.
        template: the template; a key that it does not name has no place in a message.
    """

    def __init__(self, tokenizer: Tokenizer, template: str) -> None:
        self._tokenizer = tokenizer
        self._forgeable = _forgeable(tokenizer, template)
        self._takes_parts = takes_parts(template, tokenizer.roles)
        self._words = frozenset(re.findall(r"\w+", template))

    def read(self, messages: Sequence[Any]) -> list[dict[str, Any]]:
        """The messages, in which each chunk is a ``Code``, bytes are text, and special tokens stay what they are.

        Where the template knows no parts, those of a message are one content: a text, a ``Code``, or, of both, a
        ``Joined``.

        Raises:
            ConversationError: one is malformed, has what the template has no place for, or spells a control token; or a
                chunk can't be read.
        """
        return [self._message(message, f"message {i}") for i, message in enumerate(messages, 1)]

    def _message(self, message: Mapping[str, Any], place: str) -> dict[str, Any]:
        if not isinstance(message, Mapping) or "role" not in message or "content" not in message:
            raise ConversationError(f"{place}: expected an object with a role and a content")
        self._refuse_unused(message, {"role", "content"}, place)
        content = message["content"]
        if isinstance(content, (str, bytes)):
            return {**message, "content": self._unforged(_as_str(content), place)}
        if not isinstance(content, Sequence):
            raise ConversationError(f"{place}: expected a text or a list of parts for the content")
        parts = [self._part(part, f"{place}, part {i}") for i, part in enumerate(content, 1)]
        if parts and not self._takes_parts and all(part["type"] == "text" for part in parts):
            return {**message, "content": _joined([part["text"] for part in parts])}
        return {**message, "content": parts}

    def _part(self, part: Any, place: str) -> dict[str, Any]:
        if not isinstance(part, Mapping) or "type" not in part:
            raise ConversationError(f"{place}: expected an object with a type")
        self._refuse_unused(part, _OF_CHUNKS if part["type"] == "chunk" else {"type", "text"}, place)
        if part["type"] == "chunk":
            return {"type": "text", "text": self._code(part, place)}
        if isinstance(token := part.get("text"), SpecialToken):
            if token.text not in self._tokenizer.special_tokens:
                hint = "see aidec tokenizer extend --task"
                raise ConversationError(f"{place}: the tokenizer lacks the special token {token.text!r}; {hint}")
            return {**part}
        if not isinstance(part.get("text"), (str, bytes)):
            raise ConversationError(f"{place}: expected a text")
        return {**part, "text": self._unforged(_as_str(part["text"]), place)}

    def refuse_forged(self, chunk: array[int] | str) -> None:
        """Make sure that what a chunk became has no control token that its strings spell."""
        for token, i in self._forgeable.items():
            if (token in chunk) if isinstance(chunk, str) else (i in chunk):
                self._unforged(token, "a chunk")

    def _unforged(self, text: str, place: str) -> str:
        """A text, which spells no control token that the tokenizer would take it for."""
        if forged := next((token for token in self._forgeable if token in text), None):
            raise ConversationError(
                f"{place}: it spells {forged!r}, a control token of the chat template that is not special in the "
                "tokenizer, so that nobody could tell the two apart: see aidec tokenizer extend --chat"
            )
        return text

    def _refuse_unused(self, value: Mapping[str, Any], used: Set[str], place: str) -> None:
        """Make sure that nothing of a message is dropped: the template names each key that has a value."""
        for key in value:
            if key not in used and key not in self._words and value[key] not in (None, "", [], {}):
                raise ConversationError(f"{place}: the chat template has no place for {key!r}; leave it out")

    def _code(self, part: Mapping[str, Any], place: str) -> Code:
        """The chunk of a part."""
        dialect = part.get("dialect")
        if not isinstance(dialect, str | PathLike | Dialect | None):
            raise ConversationError(f"{place}: expected the name or the path of a dialect, read {dialect!r}")
        match part:
            case {"chunk": Chunk() as chunk}:
                if dialect is not None:
                    raise ConversationError(f"{place}: a chunk that was read has no dialect; leave it out")
            case {"chunk": bytes() as source} | {"path": str() | PathLike() as source}:
                chunk = _load(source, dialect, place)
            case {"base64": str() as text}:
                try:
                    chunk = _load(base64.b64decode(text, validate=True), dialect, place)
                except ValueError as error:
                    raise ConversationError(f"{place}: not base64: {error}") from None
            case _:
                raise ConversationError(f"{place}: expected one of chunk, path, base64 in a chunk")
        return Code(strip(chunk) if part.get("strip") else chunk, self._tokenizer.pack_name(part.get("pack")))


def _forgeable(tokenizer: Tokenizer, template: str) -> dict[str, int]:
    """The added tokens that a template prints and that are not special, with their ids: content can spell them.

    White space and words, which are ordinary text in templates too, are none.
    """
    added = {token["content"]: token["id"] for token in tokenizer.spec["added_tokens"] if not token["special"]}
    if not added:
        return {}
    used = {*turns_of(template, added, tokenizer.roles).used, *(token for token in added if token in template)}
    return {token: added[token] for token in used if not token.isspace() and not token.isalnum()}


def _joined(values: list[str | Code | SpecialToken]) -> str | Code | SpecialToken | Joined:
    """Texts, chunks and special tokens as one content."""
    if len(values) == 1:
        return values[0]
    texts = [value for value in values if isinstance(value, str)]
    return "".join(texts) if len(texts) == len(values) else Joined(tuple(values))


def _load(source: str | PathLike[str] | bytes, dialect: str | PathLike[str] | Dialect | None, place: str) -> Chunk:
    try:
        return load(source, dialect)
    except (AidecError, OSError) as error:
        raise ConversationError(f"{place}: {error}") from None


def _as_str(text: str | bytes) -> str:
    return text.decode(errors="surrogateescape") if isinstance(text, bytes) else text
