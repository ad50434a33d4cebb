"""Text to ids and back, where nothing in the text is special: what a tokenizer does to the text between its tokens."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterable
from functools import cached_property
from itertools import accumulate
from operator import index
from typing import Any, SupportsIndex

from aidec.common.arguments import expect
from aidec.common.errors import TokenizerError
from aidec.tokenizers import loss, pipeline, token_bytes
from aidec.tokenizers.engines import Engine, TokenizersEngine, fastest_engine, tiktoken_engine

ENGINES: dict[str, Callable[[Any], Engine]] = {
    "auto": fastest_engine,
    "tiktoken": tiktoken_engine,
    "tokenizers": TokenizersEngine,
}

NOT_UTF8 = re.compile("[\ud800-\udfff]+")
"""Bytes that are not UTF-8, as Python decodes them with ``surrogateescape``; and halves of surrogate pairs."""


class TextEncoder:
    """Turns text in which nothing is special into ids, and ids into text.

    Args:
        backend: a ``tokenizers.Tokenizer``; the caller must not change it any more.
        engine: what encodes: ``tokenizers``, ``tiktoken``, or ``auto`` for tiktoken where it can load the tokenizer and
            else tokenizers. tiktoken is faster; the ids are the same.
        is_lossy: leave out characters without a token, instead of refusing them.

    Attributes:
        special_tokens: the ids of the special tokens by their text.
        vocab_size: the highest id plus 1.

    Raises:
        TokenizerError: there is no such engine, or it can't load the tokenizer.
    """

    def __init__(self, backend: Any, engine: str = "auto", *, is_lossy: bool = False) -> None:
        expect("engine", engine, str)
        if engine not in ENGINES:
            raise TokenizerError(f"{engine}: no such engine, expected one of: {', '.join(ENGINES)}")
        backend.no_truncation()
        backend.no_padding()
        backend.encode_special_tokens = True
        self.backend = backend
        self.special_tokens: dict[str, int] = {
            token.content: i for i, token in sorted(backend.get_added_tokens_decoder().items()) if token.special
        }
        self.engine = ENGINES[engine](backend)
        self.is_lossy = is_lossy

    @property
    def vocab_size(self) -> int:
        """The highest id plus 1."""
        return len(self._bytes)

    def decode(self, ids: Iterable[int], errors: str = "replace") -> str:
        """The text of ids, special tokens included.

        Args:
            ids: the ids.
            errors: how bytes that are not UTF-8 are decoded, as in ``bytes.decode``.

        Raises:
            TokenizerError: there is no such id.
        """
        expect("errors", errors, str)
        try:
            codecs.lookup_error(errors)
        except (LookupError, ValueError):
            raise TokenizerError(f"errors: Python has no handler {errors!r}, such as strict or replace") from None
        return self.decode_bytes(ids).decode(errors=errors)

    def decode_bytes(self, ids: Iterable[int]) -> bytes:
        """The bytes of ids; ``decode_bytes(encode(data))`` is ``data`` for tokenizers without ``losses``.

        The space that a tokenizer puts before text is left out. Some tokenizers put none where a text starts with one,
        or write spaces as U+2581; of these, that space is left out, and a U+2581 comes back as a space.

        Raises:
            TokenizerError: there is no such id.
        """
        ids = self._checked(ids)
        if not self._joins:
            decoded: str = self.backend.decode(ids, skip_special_tokens=False)
            return decoded.encode()
        if not self.prefix:
            return b"".join([self._bytes[i] for i in ids])
        found = []
        is_start = True
        for i in ids:
            token = self._bytes[i]
            is_added = i in self._added
            found.append(token[1:] if is_start and not is_added and token[:1] == b" " else token)
            is_start = is_added and self.prefix == "each"
        return b"".join(found)

    def _checked(self, ids: Iterable[int]) -> list[int]:
        """Ids, as a list, of which each is a token's.

        Raises:
            TypeError, TokenizerError: one is none.
        """
        if isinstance(ids, str):
            raise TypeError("ids: expected an iterable of int, read str")
        expect("ids", ids, Iterable)
        try:
            found = list(map(index, ids))
        except TypeError as error:
            raise TypeError(f"ids: expected an iterable of int: {error}") from None
        for i in (min(found), max(found)) if found else ():
            self.token(i)
        return found

    def token(self, i: int) -> bytes:
        """The bytes that an id stands for; for a special token, the bytes of its text.

        Raises:
            TokenizerError: there is no such id.
        """
        if not isinstance(i, int):
            expect("i", i, SupportsIndex)
        if not 0 <= i < len(self._bytes):
            raise TokenizerError(f"there is no id {i:,}: expected less than {self.vocab_size:,}")
        return self._bytes[i]

    def token_bytes(self) -> list[int]:
        """The number of bytes that each id stands for, by id; 0 for special tokens."""
        special = set(self.special_tokens.values())
        return [0 if i in special else len(token) for i, token in enumerate(self._bytes)]

    @cached_property
    def spec(self) -> dict[str, Any]:
        """The contents of ``tokenizer.json``."""
        spec: dict[str, Any] = json.loads(self.backend.to_str())
        return spec

    @cached_property
    def is_exact(self) -> bool:
        """Whether the bytes of a text's ids, joined, are always the text."""
        return pipeline.is_exact(self.spec)

    @cached_property
    def losses(self) -> tuple[str, ...]:
        """What common text loses when it is encoded, in words, such as ``upper case``; empty for nothing."""
        return () if self.is_exact else loss.losses(self)

    @cached_property
    def rare_losses(self) -> tuple[str, ...]:
        """What only rare texts lose, in words such as ``U+2581``; empty for nothing, and where there are ``losses``."""
        return () if self.is_exact or self.losses else loss.rare_losses(self)

    def lost_of(self, text: str) -> tuple[str, ...]:
        """What a text loses when it is encoded, in words; empty for nothing."""
        return self.losses or tuple(name for name in self.rare_losses if loss.RARE[name][1](text))

    @cached_property
    def prefix(self) -> str:
        """Where a space is put before text; see ``pipeline.prefix``."""
        return pipeline.prefix(self.spec)

    @cached_property
    def drops(self) -> bool:
        """Whether it has no token at all for some characters."""
        return pipeline.drops(self.spec)

    @cached_property
    def _joins(self) -> bool:
        return pipeline.joins(self.spec)

    @cached_property
    def _added(self) -> set[int]:
        """The ids of added tokens before and after which text is prepared anew."""
        return {token["id"] for token in self.spec["added_tokens"]}

    @cached_property
    def _bare(self) -> Engine:
        """What encodes text before which no space is put."""
        return TokenizersEngine(self._bare_backend) if self.prefix else self.engine

    @cached_property
    def _bare_backend(self) -> Any:
        """The ``tokenizers.Tokenizer`` that puts no space before text."""
        if not self.prefix:
            return self.backend
        changed = type(self.backend).from_str(json.dumps(pipeline.without_prefix(self.spec)))
        changed.encode_special_tokens = True
        return changed

    @cached_property
    def _bytes(self) -> list[bytes]:
        return token_bytes.bytes_of_tokens(self.spec)

    @cached_property
    def _byte_ids(self) -> dict[int, int]:
        """The id of each single byte that has a token."""
        special = set(self.special_tokens.values())
        # With byte fallback an ASCII character has two tokens. Either will do, since only bytes that are not UTF-8 are
        # looked up.
        return {token[0]: i for i, token in enumerate(self._bytes) if len(token) == 1 and i not in special}

    def encode_ordinary(self, text: str, *, is_start: bool = True) -> list[int]:
        """The ids of a text in which no special token is looked for.

        Args:
            text: the text.
            is_start: whether a whole text starts here, and not one after a special token.

        Raises:
            TokenizerError: the tokenizer has no token for a byte.
        """
        if not self.drops and (text.isascii() or NOT_UTF8.search(text) is None):
            return self._engine(is_start=is_start).encode(text)
        return self.spans(text, is_start=is_start)[0] if self.drops else self._around_bytes(text, is_start=is_start)

    def spans(self, text: str, *, is_start: bool = True) -> tuple[list[int], list[int], list[int]]:
        """The ids of a text as of ``encode_ordinary``, and for each the bytes where it starts and ends in the text.

        They are equal for a token that stands for nothing in the text, such as a space that the tokenizer puts there.

        Raises:
            TokenizerError: the tokenizer has no token for a byte.
        """
        if self.is_exact:
            ids = self.encode_ordinary(text, is_start=is_start)
            ends = list(accumulate(len(self._bytes[i]) for i in ids))
            return ids, [0, *ends[:-1]] if ids else [], ends
        return self._located(text, is_start=is_start)

    def _engine(self, *, is_start: bool) -> Engine:
        return self.engine if is_start or self.prefix != "first" else self._bare

    def _around_bytes(self, text: str, *, is_start: bool) -> list[int]:
        """The ids of a text with bytes that are not UTF-8: theirs, and those of the text between them."""
        ids: list[int] = []
        start = 0
        for match in NOT_UTF8.finditer(text):
            engine = self._bare if start else self._engine(is_start=is_start)
            ids += engine.encode(text[start : match.start()])
            ids += [self._byte_id(byte) for byte in _undecoded(match[0])]
            start = match.end()
        return ids + (self._bare if start else self._engine(is_start=is_start)).encode(text[start:])

    def _byte_id(self, byte: int) -> int:
        if byte not in self._byte_ids:
            raise TokenizerError(f"the tokenizer has no token for the byte 0x{byte:02X}, which is not UTF-8")
        return self._byte_ids[byte]

    def _located(self, text: str, *, is_start: bool) -> tuple[list[int], list[int], list[int]]:
        """What ``spans`` gives for a tokenizer whose tokens do not say where they stand: the library says it."""
        found: tuple[list[int], list[int], list[int]] = ([], [], [])
        start = 0
        for match in [*NOT_UTF8.finditer(text), None]:
            is_bare = start > 0 or (self.prefix == "first" and not is_start)
            backend = self._bare_backend if is_bare else self.backend
            part = text[start : match.start() if match else None]
            base = len(text[:start].encode(errors="surrogateescape"))
            self._locate(backend, part, base, found)
            if match:
                base += len(part.encode())
                for place, byte in enumerate(_undecoded(match[0]), base):
                    for numbers, number in zip(found, (self._byte_id(byte), place, place + 1), strict=True):
                        numbers.append(number)
                start = match.end()
        return found

    def _locate(self, backend: Any, text: str, base: int, found: tuple[list[int], list[int], list[int]]) -> None:
        """Append the ids of a text, and the bytes where they start and end, counted from ``base``."""
        encoding = backend.encode(text, add_special_tokens=False)
        sizes = [base, *accumulate((len(char.encode()) for char in text), initial=base)][1:]
        last = 0
        is_refused = self.drops and not self.is_lossy
        for i, (start, end) in zip(encoding.ids, encoding.offsets, strict=True):
            if is_refused and start > last:
                break
            last = max(last, end)
            found[0].append(i)
            found[1].append(sizes[start])
            found[2].append(sizes[end])
        if is_refused and last < len(text):
            place = len(text[:last].encode())
            raise TokenizerError(f"the tokenizer has no token for {text[last]!r} at byte {place:,}: it would be lost")


def _undecoded(text: str) -> bytes:
    """The bytes of which Python made this text with ``surrogateescape``.

    Raises:
        TokenizerError: the text was made in another way.
    """
    try:
        return text.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        raise TokenizerError(f"half of a surrogate pair is no text: {text!a}") from None
