"""Conversations to ids and a loss mask."""

from __future__ import annotations

import base64
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from os import PathLike
from typing import Any

from aidec.bytecode import Chunk, load, strip
from aidec.chat.template import Segment, fill
from aidec.common.errors import AidecError, ConversationError
from aidec.packs import load_pack, renderer
from aidec.tokenizers import Tokenizer
from aidec.tokenizers.chat_format import load_format

OVERFLOWS = ("error", "drop", "truncate")

Conversation = Mapping[str, Any] | Sequence[Mapping[str, Any]]
"""The messages, or an object with the key ``messages``, each with a ``role`` and a ``content``.

Content is a text, or a list of parts: ``{"type": "text", "text": ...}``, the other types of the chat format, and
``{"type": "chunk", ...}`` with one of ``chunk`` (a ``Chunk`` or its bytes), ``path`` or ``base64``, and if need be
``pack`` and ``strip``.
"""


@dataclass(slots=True)
class Counts:
    """What became of the conversations that were rendered.

    Attributes:
        kept: those that were not longer than ``max_tokens``.
        truncated: those that were cut there.
        dropped: those that were left out for being longer.
        lost_tokens: the tokens that were cut off or left out with them.
    """

    kept: int = 0
    truncated: int = 0
    dropped: int = 0
    lost_tokens: int = 0


@dataclass(frozen=True, slots=True)
class _Code:
    """A chunk as content."""

    chunk: Chunk
    pack: str


class Chat:
    """Renders conversations for a tokenizer, by the tokenizer's own chat template or another.

    Args:
        tokenizer: the tokenizer.
        chat: a chat format's name or file; by default the template that was saved with the tokenizer.

    Attributes:
        counts: what became of the conversations so far.

    Raises:
        ConversationError: the tokenizer has no template, or lacks a token of the chat format.
    """

    def __init__(self, tokenizer: Tokenizer, chat: str | None = None) -> None:
        chat_format = load_format(chat) if chat else None
        template = chat_format.template if chat_format else tokenizer.chat_template
        if template is None:
            raise ConversationError("the tokenizer has no chat template; see aidec tokenizer extend --chat")
        metadata = chat_format.metadata if chat_format else tokenizer.metadata
        if missing := [token for token in metadata["chat_needs"] if token not in tokenizer.special_tokens]:
            hint = "see aidec tokenizer extend --chat"
            raise ConversationError(f"the tokenizer lacks {missing[0]}, which {metadata['chat']} needs; {hint}")
        self.tokenizer = tokenizer
        self.template = template
        self.counts = Counts()
        self._structure = tokenizer.splitter("all")

    def render_conversation(
        self, conversation: Conversation, max_tokens: int | None = None, overflow: str = "error"
    ) -> tuple[list[int], list[int]] | None:
        """The ids of a conversation, and as many numbers: 1 where the loss counts, on what the assistant says, else 0.

        Content never becomes a special token, whatever it spells.

        Args:
            conversation: the messages.
            max_tokens: how long it may be; None for any length.
            overflow: what becomes of a longer one: ``error``, ``drop`` (None is returned) or ``truncate``; ``counts``
                keeps count.

        Raises:
            ConversationError: the format refuses it, or it is too long.
            TokenizerError: the tokenizer lacks tokens of a chunk's pack.
        """
        if overflow not in OVERFLOWS:
            raise ConversationError(f"overflow: expected one of {', '.join(OVERFLOWS)}, read {overflow!r}")
        encoded, flags = self.encode_conversation(conversation)
        ids, mask = encoded.tolist(), list(flags)
        if max_tokens is None or len(ids) <= max_tokens:
            self.counts.kept += 1
            return ids, mask
        if overflow == "error":
            raise ConversationError(f"the conversation has {len(ids):,} tokens, expected {max_tokens:,} at most")
        if overflow == "drop":
            self.counts.dropped += 1
            self.counts.lost_tokens += len(ids)
            return None
        self.counts.truncated += 1
        self.counts.lost_tokens += len(ids) - max_tokens
        return ids[:max_tokens], mask[:max_tokens]

    def encode_conversation(self, conversation: Conversation) -> tuple[array[int], bytearray]:
        """What ``render_conversation`` gives for any length, in an ``array('I')`` and as many bytes of 0 and 1.

        Raises:
            ConversationError, TokenizerError: as for ``render_conversation``.
        """
        return self._render(_messages(conversation), add_generation_prompt=False)

    def render_for_completion(self, conversation: Conversation) -> list[int]:
        """The ids of a conversation up to where the assistant's answer starts; an answer that stands last is left out.

        Raises:
            ConversationError, TokenizerError: as for ``render_conversation``.
        """
        messages = _messages(conversation)
        if isinstance(messages[-1], Mapping) and messages[-1].get("role") == "assistant":
            messages = messages[:-1]
        if not messages:
            raise ConversationError("message 1: expected a user's message before the assistant's")
        return self._render(messages, add_generation_prompt=True)[0].tolist()

    def as_text(self, conversation: Conversation) -> list[dict[str, Any]]:
        """The messages with chunks as text, for transformers' ``apply_chat_template`` and others that know no chunks.

        Raises:
            ConversationError: a message is malformed, or a chunk can't be read.
        """
        messages = [self._prepared(message, f"message {i}") for i, message in enumerate(_messages(conversation), 1)]
        for message in messages:
            for part in message["content"] if isinstance(message["content"], list) else ():
                if isinstance(part["text"], _Code):
                    part["text"] = renderer(part["text"].pack).render(part["text"].chunk)
        return messages

    def _render(self, messages: list[dict[str, Any]], *, add_generation_prompt: bool) -> tuple[array[int], bytearray]:
        prepared = [self._prepared(message, f"message {i}") for i, message in enumerate(messages, 1)]
        parts = fill(self.template, prepared, add_generation_prompt=add_generation_prompt, **self.tokenizer.roles)
        ids = array("I")
        mask = bytearray()
        # Ordinary text between two special tokens is encoded as a whole, as it is by those who get the text
        for is_text, group in groupby(self._pieces(parts), key=lambda piece: isinstance(piece[0], str)):
            for value, flags in self._encode(list(group)) if is_text else _each(group):
                ids += array("I", value)
                mask += flags
        return ids, mask

    def _pieces(self, parts: list[Segment]) -> Iterator[tuple[str | Sequence[int], bool]]:
        """Ordinary text, and ids of special tokens and of chunks, each with whether it is trained on."""
        for part in parts:
            if isinstance(part.value, _Code):
                code = part.value
                if load_pack(code.pack).families:
                    yield self.tokenizer.encode_chunk(code.chunk, code.pack), part.is_trained
                else:
                    yield renderer(code.pack).render(code.chunk), part.is_trained
            elif part.is_content:
                yield part.value, part.is_trained
            else:
                for text, is_token in self._structure.split(part.value):
                    yield [self.tokenizer.special_id(text)] if is_token else text, part.is_trained

    def _encode(self, pieces: list[tuple[Any, bool]]) -> Iterator[tuple[list[int], bytes]]:
        """The ids and the mask of ordinary text; a token that reaches into what is trained on is trained on."""
        sizes = [len(text.encode(errors="surrogateescape")) for text, _ in pieces]
        ids = self.tokenizer.encode("".join(text for text, _ in pieces))
        ends = list(accumulate(len(self.tokenizer.token(i)) for i in ids))
        if len({is_trained for _, is_trained in pieces}) == 1:
            yield ids, _flags(len(ids), is_trained=pieces[0][1])
        elif ends[-1:] == [sum(sizes)]:
            trained = [
                range(end - size, end)
                for end, size, (_, is_trained) in zip(accumulate(sizes), sizes, pieces, strict=True)
                if is_trained
            ]
            starts = [0, *ends]
            yield (
                ids,
                bytes(
                    any(start < span.stop and span.start < end for span in trained)
                    for start, end in zip(starts, ends, strict=False)
                ),
            )
        else:  # a tokenizer whose tokens do not say where they stand
            yield from (
                (found := self.tokenizer.encode(text), _flags(len(found), is_trained=is_trained))
                for text, is_trained in pieces
            )

    def _prepared(self, message: Mapping[str, Any], place: str) -> dict[str, Any]:
        """A message in which each chunk is read, and bytes are text."""
        if not isinstance(message, Mapping) or "role" not in message or "content" not in message:
            raise ConversationError(f"{place}: expected an object with a role and a content")
        content = message["content"]
        if isinstance(content, (str, bytes)):
            return {**message, "content": _as_str(content)}
        if not isinstance(content, Sequence):
            raise ConversationError(f"{place}: expected a text or a list of parts for the content")
        return {
            **message,
            "content": [self._prepared_part(part, f"{place}, part {i}") for i, part in enumerate(content, 1)],
        }

    def _prepared_part(self, part: Any, place: str) -> dict[str, Any]:
        if not isinstance(part, Mapping) or "type" not in part:
            raise ConversationError(f"{place}: expected an object with a type")
        if part["type"] == "chunk":
            return {"type": "text", "text": self._code(part, place)}
        if not isinstance(part.get("text"), (str, bytes)):
            raise ConversationError(f"{place}: expected a text")
        return {**part, "text": _as_str(part["text"])}

    def _code(self, part: Mapping[str, Any], place: str) -> _Code:
        """The chunk of a part."""
        match part:
            case {"chunk": Chunk() as chunk}:
                pass
            case {"chunk": bytes() as source} | {"path": str() | PathLike() as source}:
                chunk = _load(source, place)
            case {"base64": str() as text}:
                try:
                    chunk = _load(base64.b64decode(text, validate=True), place)
                except ValueError as error:
                    raise ConversationError(f"{place}: not base64: {error}") from None
            case _:
                raise ConversationError(f"{place}: expected one of chunk, path, base64 in a chunk")
        return _Code(strip(chunk) if part.get("strip") else chunk, self.tokenizer.pack_name(part.get("pack")))


def _load(source: str | PathLike[str] | bytes, place: str) -> Chunk:
    try:
        return load(source)
    except (AidecError, OSError) as error:
        raise ConversationError(f"{place}: {error}") from None


def _messages(conversation: Conversation) -> list[Any]:
    messages = conversation.get("messages") if isinstance(conversation, Mapping) else conversation
    if not isinstance(messages, Sequence) or isinstance(messages, (str, bytes)) or not messages:
        raise ConversationError("expected a list of messages, or an object with one under the key messages")
    return list(messages)


def _as_str(text: str | bytes) -> str:
    return text.decode(errors="surrogateescape") if isinstance(text, bytes) else text


def _each(pieces: Iterator[tuple[Any, bool]]) -> Iterator[tuple[Sequence[int], bytes]]:
    for ids, is_trained in pieces:
        yield ids, _flags(len(ids), is_trained=is_trained)


def _flags(number: int, *, is_trained: bool) -> bytes:
    return bytes([is_trained]) * number
