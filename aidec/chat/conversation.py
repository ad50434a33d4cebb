"""Conversations to ids and a loss mask."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from itertools import accumulate, groupby
from operator import attrgetter
from typing import Any, NamedTuple

from aidec.chat.messages import Code, Conversation, Joined, MessageReader, SpecialToken, messages_of
from aidec.common.arguments import PATH, expect, expect_each
from aidec.common.errors import ConversationError
from aidec.packs import load_pack, renderer
from aidec.tokenizers import Tokenizer
from aidec.tokenizers.chat_format import load_format
from aidec.tokenizers.stripping import leading, trailing
from aidec.tokenizers.template import Segment, fill
from aidec.tokenizers.turns import turns_of

OVERFLOWS = ("error", "drop", "truncate")


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


@dataclass(slots=True)
class Encoded:
    """A conversation as tokens.

    Attributes:
        ids: the tokens, in an array of the smallest unsigned type that holds the vocabulary.
        mask: a byte for each token, 1 where the loss counts, else 0.
        chunks: for each chunk in it where its tokens stand in ``ids``, the first and one behind the last; or its text,
            if its pack has no tokens of its own, so that it is encoded with the text around it.
    """

    ids: array[int]
    mask: bytearray = field(default_factory=bytearray)
    chunks: list[tuple[int, int] | str] = field(default_factory=list)

    def add(self, ids: array[int], flags: bytes | bytearray) -> None:
        """Append tokens and their part of the mask."""
        self.ids += ids
        self.mask += flags


class _Piece(NamedTuple):
    """A part of a conversation that is encoded as a whole: ordinary text, or tokens.

    ``token`` is the special token that it is, where tokens may take white space of the text beside them.
    """

    value: Any
    is_text: bool
    is_trained: bool
    is_chunk: bool = False
    token: str = ""


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
        expect("tokenizer", tokenizer, Tokenizer)
        expect("chat", chat, *PATH, None)
        chat_format = load_format(chat) if chat else None
        template = chat_format.template if chat_format else tokenizer.chat_template
        if template is None:
            raise ConversationError("the tokenizer has no chat template; see aidec tokenizer extend --chat")
        metadata = chat_format.metadata if chat_format else tokenizer.metadata
        if missing := [token for token in metadata["chat_needs"] if token not in tokenizer.special_tokens]:
            hint = "see aidec tokenizer extend --chat"
            raise ConversationError(f"the tokenizer lacks {missing[0]}, which {metadata['chat']} needs; {hint}")
        _refuse_unfound(tokenizer, template)
        self.tokenizer = tokenizer
        self.template = template
        self.counts = Counts()
        self._messages = MessageReader(tokenizer, template)
        self._structure = lru_cache(256)(self._split)

    def render_conversation(
        self, conversation: Conversation, max_tokens: int | None = None, overflow: str = "error"
    ) -> tuple[list[int], list[int]] | None:
        """The ids of a conversation, and as many numbers: 1 where the loss counts, on what the assistant says, else 0.

        Content never becomes a special token, whatever it spells.

        Args:
            conversation: the messages.
            max_tokens: how long it may be; None for any length.
            overflow: what becomes of a longer one: ``error``, ``drop`` (None is returned) or ``truncate`` (what has
                nothing to train on before the cut is dropped); ``counts`` keeps count.

        Raises:
            ConversationError: the format refuses it, or it is too long.
            TokenizerError: the tokenizer lacks tokens of a chunk's pack.
        """
        expect("overflow", overflow, str)
        expect("max_tokens", max_tokens, int, None)
        if overflow not in OVERFLOWS:
            raise ConversationError(f"overflow: expected one of {', '.join(OVERFLOWS)}, read {overflow!r}")
        if max_tokens is not None and max_tokens < 1:
            raise ConversationError(f"max_tokens: expected 1 or more, or None, read {max_tokens}")
        (encoded,) = self.encode_conversations([conversation])
        ids, mask = encoded.ids.tolist(), list(encoded.mask)
        if max_tokens is None or len(ids) <= max_tokens:
            self.counts.kept += 1
            return ids, mask
        if overflow == "error":
            raise ConversationError(f"the conversation has {len(ids):,} tokens, expected {max_tokens:,} at most")
        if overflow == "drop" or not any(mask[:max_tokens]):
            self.counts.dropped += 1
            self.counts.lost_tokens += len(ids)
            return None
        self.counts.truncated += 1
        self.counts.lost_tokens += len(ids) - max_tokens
        return ids[:max_tokens], mask[:max_tokens]

    def encode_conversations(self, conversations: Iterable[Conversation]) -> list[Encoded]:
        """The tokens and masks that ``render_conversation`` gives for any length, for each of several conversations.

        Their chunks are encoded together, and equal texts once, which takes less time for small ones.

        Raises:
            ConversationError, TokenizerError: as for ``render_conversation``, of any of them.
        """
        taken = expect_each("conversations", conversations, object)
        return self._encoded([self._parts(messages_of(each), add_generation_prompt=False) for each in taken])

    def render_for_completion(self, conversation: Conversation) -> list[int]:
        """The ids of a conversation up to where the assistant's answer starts; an answer that stands last is left out.

        Raises:
            ConversationError, TokenizerError: as for ``render_conversation``.
        """
        messages = messages_of(conversation)
        if isinstance(messages[-1], Mapping) and messages[-1].get("role") == "assistant":
            messages = messages[:-1]
        if not messages:
            raise ConversationError("message 1: expected a user's message before the assistant's")
        (encoded,) = self._encoded([self._parts(messages, add_generation_prompt=True)])
        return encoded.ids.tolist()

    def as_text(self, conversation: Conversation) -> list[dict[str, Any]]:
        """The messages with chunks and special tokens as text.

        That is what transformers' ``apply_chat_template`` takes, and others that know no chunks.

        Raises:
            ConversationError: a message is malformed, or a chunk can't be read.
        """
        messages = self._messages.read(messages_of(conversation))
        for message in messages:
            if isinstance(message["content"], Code | Joined | SpecialToken):
                message["content"] = message["content"].text
            for part in message["content"] if isinstance(message["content"], list) else ():
                if isinstance(part["text"], Code | SpecialToken):
                    part["text"] = part["text"].text
        return messages

    def _parts(self, messages: list[dict[str, Any]], *, add_generation_prompt: bool) -> list[Segment]:
        """The filled-in template of a conversation."""
        read = self._messages.read(messages)
        filled = fill(self.template, read, add_generation_prompt=add_generation_prompt, **self.tokenizer.roles)
        return [each for part in filled for each in _taken_apart(part)]

    def _encoded(self, filled: list[list[Segment]]) -> list[Encoded]:
        """The tokens of filled-in templates."""
        chunks = self._chunks(filled)
        encode = lru_cache(None)(self.tokenizer.spans)
        found = []
        for parts in filled:
            encoded = Encoded(array(self.tokenizer.type_code))
            # Ordinary text between two special tokens is encoded as a whole, as it is by those who get the text
            pieces = self._pieces(parts, chunks)
            if self.tokenizer.flags:
                pieces = iter(self._without_taken(list(pieces)))
            for place, (is_text, group) in enumerate(groupby(pieces, key=attrgetter("is_text"))):
                if is_text:
                    self._add_text(encoded, list(group), partial(encode, is_start=not place))
                else:
                    for piece in group:
                        if piece.is_chunk:
                            encoded.chunks.append((len(encoded.ids), len(encoded.ids) + len(piece.value)))
                        encoded.add(piece.value, _flags(len(piece.value), is_trained=piece.is_trained))
            found.append(encoded)
        return found

    def _chunks(self, filled: list[list[Segment]]) -> dict[str, Iterator[array[int] | str]]:
        """By the name of a pack, all its chunks in order: their tokens, or their texts if the pack has no tokens."""
        codes = [part.value for parts in filled for part in parts if isinstance(part.value, Code)]
        found: dict[str, Iterator[array[int] | str]] = {}
        for pack in dict.fromkeys(code.pack for code in codes):
            own = [code.chunk for code in codes if code.pack == pack]
            has_tokens = load_pack(pack).families
            found[pack] = self.tokenizer.encode_chunks(own, pack) if has_tokens else renderer(pack).render_all(own)
        return found

    def _pieces(self, parts: list[Segment], chunks: dict[str, Iterator[array[int] | str]]) -> Iterator[_Piece]:
        """Ordinary text, special tokens, and chunks."""
        for part in parts:
            if isinstance(part.value, Code):
                chunk = next(chunks[part.value.pack])
                self._messages.refuse_forged(chunk)
                yield _Piece(chunk, isinstance(chunk, str), part.is_trained, is_chunk=True)
            elif isinstance(part.value, SpecialToken):
                token = part.value.text
                yield _Piece(self._token(token), is_text=False, is_trained=part.is_trained, token=token)
            elif part.is_content:
                yield _Piece(part.value, is_text=True, is_trained=part.is_trained)
            else:
                yield from self._structure(part.value, part.is_trained)

    def _split(self, text: str, is_trained: bool) -> list[_Piece]:  # noqa: FBT001
        """The pieces of a text of the template's: what stands between two special tokens is encoded here, once."""
        splitter = self.tokenizer.splitter("all")
        if self.tokenizer.flags:
            return [
                _Piece(self._token(part) if is_token else part, not is_token, is_trained, token=part * is_token)
                for part, is_token in splitter.split(text)
            ]
        parts = list(splitter.split(text))
        pieces: list[_Piece] = []
        for place, (part, is_token) in enumerate(parts):
            if not is_token and place in (0, len(parts) - 1):
                pieces.append(_Piece(part, is_text=True, is_trained=is_trained))
                continue
            ids = self._token(part) if is_token else self._array(part)
            if pieces and not pieces[-1].is_text:
                ids = pieces.pop().value + ids
            pieces.append(_Piece(ids, is_text=False, is_trained=is_trained))
        return pieces

    def _without_taken(self, pieces: list[_Piece]) -> list[_Piece]:
        """The pieces less the white space that special tokens take, as transformers has it.

        A token that takes white space of what is trained on is trained on.
        """
        flags = self.tokenizer.flags
        for place, piece in enumerate(pieces):
            if piece.token in flags:
                left, right, _ = flags[piece.token]
                sides = [*([(-1, trailing)] if left else []), *([(1, leading)] if right else [])]
                for step, spaces in sides:
                    i = place + step
                    while 0 <= i < len(pieces) and pieces[i].is_text and not pieces[i].is_chunk:
                        beside = pieces[i]
                        size = len(spaces(beside.value))
                        rest = beside.value[size:] if step > 0 else beside.value[: len(beside.value) - size]
                        pieces[i] = beside._replace(value=rest)
                        if size and beside.is_trained:
                            pieces[place] = pieces[place]._replace(is_trained=True)
                        if rest:
                            break
                        i += step
        return pieces

    def _add_text(
        self, encoded: Encoded, pieces: list[_Piece], encode: Callable[[str], tuple[list[int], list[int], list[int]]]
    ) -> None:
        """Append ordinary text, encoded as a whole; a token that reaches into what is trained on is trained on."""
        encoded.chunks += [piece.value for piece in pieces if piece.is_chunk]
        found, starts, ends = encode("".join(piece.value for piece in pieces))
        ids = array(self.tokenizer.type_code, found)
        if self.tokenizer.is_exact and len({piece.is_trained for piece in pieces}) == 1:
            encoded.add(ids, _flags(len(ids), is_trained=pieces[0].is_trained))
            return
        sizes = [len(piece.value.encode(errors="surrogateescape")) for piece in pieces]
        flags = bytearray(len(ids))
        for end, size, piece in zip(accumulate(sizes), sizes, pieces, strict=True):
            if piece.is_trained:
                first, stop = bisect_right(ends, end - size), bisect_left(starts, end)
                flags[first:stop] = _flags(max(stop - first, 0), is_trained=True)
        encoded.add(ids, flags)

    def _token(self, token: str) -> array[int]:
        return array(self.tokenizer.type_code, [self.tokenizer.special_id(token)])

    def _array(self, text: str) -> array[int]:
        """The ids of a text of the template's between two special tokens."""
        return array(self.tokenizer.type_code, self.tokenizer.encode_ordinary(text, is_start=False))


def _taken_apart(part: Segment) -> list[Segment]:
    """The texts and chunks of a segment."""
    values = part.value.parts if isinstance(part.value, Joined) else (part.value,)
    return [replace(part, value=value) for value in values] if len(values) > 1 else [part]


def _refuse_unfound(tokenizer: Tokenizer, template: str) -> None:
    """Make sure that transformers finds the special tokens of a template wherever they stand.

    Raises:
        ConversationError: it finds one only between words, or looks for it in changed text.
    """
    unfound = tokenizer.unfound
    if used := sorted(turns_of(template, tokenizer.special_tokens, tokenizer.roles).used & unfound) if unfound else []:
        raise ConversationError(
            f"the tokenizer finds {used[0]} only as a word, or in text that it changed (single_word, normalized): "
            "see aidec tokenizer extend, which makes it plain"
        )


def _flags(number: int, *, is_trained: bool) -> bytes:
    return bytes([is_trained]) * number
