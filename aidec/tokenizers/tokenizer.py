"""The tokenizer at run time: text, chunks and special tokens to ids and back."""

from __future__ import annotations

import json
import re
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from aidec.bytecode import Chunk
from aidec.common.errors import TokenizerError
from aidec.packs import Pack, Renderer, load_pack, renderer
from aidec.packs.composer import Composer, batches
from aidec.packs.media import LONGEST_REMEMBERED, Table
from aidec.packs.splitter import Splitter
from aidec.tokenizers import folder, token_bytes
from aidec.tokenizers.chunk_ids import Ids, Unseparated
from aidec.tokenizers.engines import Engine, TokenizersEngine, fastest_engine, tiktoken_engine

ENGINES: dict[str, Callable[[Any], Engine]] = {
    "auto": fastest_engine,
    "tiktoken": tiktoken_engine,
    "tokenizers": TokenizersEngine,
}

_NOT_UTF8 = re.compile("[\ud800-\udfff]+")
"""Bytes that are not UTF-8, as Python decodes them with ``surrogateescape``; or halves of pairs, which are no text."""


class Tokenizer:
    """A tokenizer, over one of two engines that give the same ids.

    Args:
        backend: a ``tokenizers.Tokenizer``; it is owned from then on.
        roles: the special tokens by what transformers calls them, such as ``eos_token``.
        chat_template: the Jinja2 template of its conversations.
        record: what ``aidec.json`` holds: how the tokenizer was made.
        config: what else ``tokenizer_config.json`` holds.
        engine: ``tokenizers``, ``tiktoken`` or ``auto``: tiktoken, which is faster, where it can load the tokenizer.
            The ids are the same.

    Attributes:
        special_tokens: the ids of the special tokens by their text.
        vocab_size: one more than the highest id.
    """

    def __init__(  # noqa: PLR0913 (what a folder holds)
        self,
        backend: Any,
        *,
        roles: dict[str, str] | None = None,
        chat_template: str | None = None,
        record: dict[str, Any] | None = None,
        config: dict[str, Any] | None = None,
        engine: str = "auto",
    ) -> None:
        if engine not in ENGINES:
            raise TokenizerError(f"{engine}: no such engine, expected one of: {', '.join(ENGINES)}")
        self.backend = backend
        self.roles = roles or {}
        self.chat_template = chat_template
        self.record = {"preset": None, "trained_on": None, "packs": [], "chat": "", "chat_needs": [], **(record or {})}
        self.config = config or {}
        self.special_tokens: dict[str, int] = {
            token.content: i for i, token in sorted(backend.get_added_tokens_decoder().items()) if token.special
        }
        self.engine = ENGINES[engine](backend)
        self._splitters: dict[frozenset[str], Splitter] = {}
        self._packs: dict[Pack, Splitter] = {}
        self._composers: dict[Renderer, Composer] = {}
        self._known = Table(self._knowing)

    @classmethod
    def from_directory(cls, directory: str | Path, engine: str = "auto") -> Tokenizer:
        """Load a folder with a ``tokenizer.json``: one that ``save`` wrote, or any of Hugging Face's.

        Raises:
            TokenizerError: there is none, or it is malformed, or the engine can't load it.
        """
        return cls(**folder.read(Path(directory)), engine=engine)

    @classmethod
    def from_pretrained(cls, path: str | Path, engine: str = "auto") -> Tokenizer:
        """Load a folder, or a ``tokenizer.json`` by its own path. Nothing is fetched, and nothing is unpickled.

        Raises:
            TokenizerError: as for ``from_directory``.
        """
        path = Path(path)
        if path.is_file():
            return cls(folder.read_backend(path), engine=engine)
        return cls.from_directory(path, engine)

    def save(self, directory: str | Path) -> None:
        """Write a folder that ``from_directory`` and transformers' ``AutoTokenizer`` load, whole or not at all.

        Raises:
            TokenizerError: something else is there.
            OSError: it can't be written.
        """
        folder.write(self, Path(directory))

    @property
    def vocab_size(self) -> int:
        """One more than the highest id."""
        return len(self._bytes)

    @property
    def packs(self) -> list[str]:
        """The packs whose tokens it was extended with."""
        return list(self.record["packs"])

    def special_id(self, token: str) -> int:
        """The id of a special token.

        Raises:
            TokenizerError: it has no such special token.
        """
        try:
            return self.special_tokens[token]
        except KeyError:
            raise TokenizerError(f"the tokenizer has no special token {token!r}") from None

    def encode(
        self,
        text: str | bytes,
        *,
        allowed_special: Collection[str] | str = (),
        prepend: str | int | None = None,
        append: str | int | None = None,
    ) -> list[int]:
        """The ids of a text. Text that spells a special token becomes ordinary ids, unless it is allowed.

        Args:
            text: the text; bytes, or what Python decoded with ``surrogateescape``, need not be UTF-8.
            allowed_special: the special tokens that text may spell, one, several or ``"all"``; the longest is taken.
            prepend: a special token, or an id, that goes before.
            append: one that goes behind.

        Raises:
            TokenizerError: an allowed token is no special token, or a byte has no token.
        """
        if isinstance(text, bytes):
            text = text.decode(errors="surrogateescape")
        ids = self._encode_with(self.splitter(allowed_special), text) if allowed_special else self.encode_ordinary(text)
        return [*self._one(prepend), *ids, *self._one(append)]

    def encode_batch(
        self,
        texts: Iterable[str | bytes],
        *,
        allowed_special: Collection[str] | str = (),
        prepend: str | int | None = None,
        append: str | int | None = None,
        threads: int = 8,
    ) -> list[list[int]]:
        """The ids of each text, as ``encode`` gives them, in threads."""
        decoded = [text.decode(errors="surrogateescape") if isinstance(text, bytes) else text for text in texts]
        if allowed_special or any(_NOT_UTF8.search(text) for text in decoded):
            return [self.encode(t, allowed_special=allowed_special, prepend=prepend, append=append) for t in decoded]
        before, behind = self._one(prepend), self._one(append)
        return [[*before, *ids, *behind] for ids in self.engine.encode_batch(decoded, threads)]

    def encode_chunk(self, chunk: Chunk, pack: str | None = None, script: bytes | None = None) -> array[int]:
        """The ids of a chunk: the pack's tokens by their ids, what stands between them as ordinary text.

        Equal to encoding the pack's text with the pack's tokens allowed, since data can't spell one. The ids are put
        together of those of instructions, constants and so on, which are remembered, and not made of the text.

        Returns:
            The ids, in an array of the smallest unsigned type that holds the vocabulary; ``numpy.asarray`` takes it.

        Args:
            chunk: what ``aidec.load`` returns.
            pack: a pack's name or folder; by default the first that the tokenizer was extended with, or ``classic``.
            script: the source text of the chunk, for packs that show it.

        Raises:
            TokenizerError: the tokenizer lacks tokens of the pack.
            PackError: the pack is at fault.
        """
        return next(self.encode_chunks([chunk], pack, [script]))

    def encode_chunks(
        self, chunks: Iterable[Chunk], pack: str | None = None, scripts: Iterable[bytes | None] | None = None
    ) -> Iterator[array[int]]:
        """The ids of chunks, in their order; several are encoded together, which takes less time for small ones.

        Args:
            chunks: what ``aidec.load`` returns; they are taken as their ids are asked for, some ahead.
            pack: as for ``encode_chunk``.
            scripts: the source text of each.

        Raises:
            TokenizerError: the tokenizer lacks tokens of the pack.
            PackError: the pack is at fault; the ids of chunks that were encoded together are not there then.
        """
        splitter = self.pack_splitter(pack)
        made_by = renderer(self.pack_name(pack))
        for batch in batches(chunks, scripts):
            for ids in self._encode_together(made_by, splitter, *batch):
                yield array(self.type_code, ids)

    def _encode_together(
        self, made_by: Renderer, splitter: Splitter, chunks: list[Chunk], scripts: list[bytes | None]
    ) -> Iterable[bytes | list[int]]:
        """The ids of a batch; bytes are those of arrays."""
        if made_by.has_pieces:  # or else forms serve once, and making pieces of them costs more than it saves
            with suppress(Unseparated):
                if made_by not in self._composers:
                    self._composers[made_by] = Composer(made_by, Ids(self, splitter, self.type_code))
                return self._composers[made_by].compose(chunks, scripts)
        return (self._encode_with(splitter, text) for text in made_by.render_all(chunks, scripts))

    @cached_property
    def type_code(self) -> str:
        """The smallest unsigned type of ``array`` that holds all ids."""
        return next(code for code in "BHI" if self.vocab_size <= 1 << 8 * array(code).itemsize)

    def pack_name(self, pack: str | None) -> str:
        """The pack that is meant where none is named."""
        return pack or next(iter(self.packs), "classic")

    def pack_splitter(self, pack: str | None) -> Splitter:
        """What finds the pack's tokens in its text.

        Raises:
            TokenizerError: the tokenizer lacks some of them.
        """
        loaded = load_pack(self.pack_name(pack))
        if loaded not in self._packs:
            vocabulary = loaded.vocabulary()
            missing = [token for token in vocabulary if token not in self.special_tokens]
            if missing:
                raise TokenizerError(
                    f"it lacks {len(missing):,} of the {len(vocabulary):,} tokens of the pack {loaded.name}, "
                    f"{missing[0]} first; see aidec tokenizer extend --pack"
                )
            self._packs[loaded] = self.splitter(vocabulary)
        return self._packs[loaded]

    def decode(self, ids: Iterable[int], errors: str = "replace") -> str:
        """The text of ids, special tokens included.

        Args:
            ids: the ids.
            errors: what becomes of bytes that are not UTF-8, as in ``bytes.decode``.
        """
        return self.decode_bytes(ids).decode(errors=errors)

    def decode_bytes(self, ids: Iterable[int]) -> bytes:
        """The bytes of ids; for a tokenizer of aidec's, ``decode_bytes(encode(data))`` is ``data``.

        Raises:
            TokenizerError: there is no such id.
        """
        ids = list(ids)
        for i in (min(ids), max(ids)) if ids else ():
            self.token(i)
        if not self.is_exact:
            decoded: str = self.backend.decode(ids, skip_special_tokens=False)
            return decoded.encode()
        return b"".join([self._bytes[i] for i in ids])

    def token_bytes(self) -> list[int]:
        """How many bytes of text each id stands for, 0 for special tokens; one number for each id."""
        special = set(self.special_tokens.values())
        return [0 if i in special else len(token) for i, token in enumerate(self._bytes)]

    def token(self, i: int) -> bytes:
        """The bytes that an id stands for; for a special token its text.

        Raises:
            TokenizerError: there is no such id.
        """
        if not 0 <= i < len(self._bytes):
            raise TokenizerError(f"there is no id {i:,}: expected less than {self.vocab_size:,}")
        return self._bytes[i]

    @cached_property
    def spec(self) -> dict[str, Any]:
        """The ``tokenizer.json``."""
        spec: dict[str, Any] = json.loads(self.backend.to_str())
        return spec

    @cached_property
    def is_exact(self) -> bool:
        """Whether the bytes of the ids of a text, one behind the other, are the text."""
        return token_bytes.is_exact(self.spec)

    @cached_property
    def _bytes(self) -> list[bytes]:
        return token_bytes.bytes_of_tokens(self.spec)

    @cached_property
    def _byte_ids(self) -> dict[int, int]:
        """The id of each single byte that has a token."""
        special = set(self.special_tokens.values())
        # Byte fallback has two tokens for an ASCII character; bytes that are not UTF-8 have one in any case
        return {token[0]: i for i, token in enumerate(self._bytes) if len(token) == 1 and i not in special}

    def _one(self, token: str | int | None) -> list[int]:
        if token is None:
            return []
        return [self.special_id(token) if isinstance(token, str) else token]

    def encode_ordinary(self, text: str) -> list[int]:
        """The ids of a text in which nothing is special.

        Raises:
            TokenizerError: a byte has no token.
        """
        if text.isascii() or _NOT_UTF8.search(text) is None:
            return self.engine.encode(text)
        ids: list[int] = []
        start = 0
        for match in _NOT_UTF8.finditer(text):
            ids += self.engine.encode(text[start : match.start()])
            for byte in _undecoded(match[0]):
                if byte not in self._byte_ids:
                    raise TokenizerError(f"the tokenizer has no token for the byte 0x{byte:02X}, which is not UTF-8")
                ids.append(self._byte_ids[byte])
            start = match.end()
        return ids + self.engine.encode(text[start:])

    def _encode_with(self, splitter: Splitter, text: str) -> list[int]:
        """The ids of a text in which a splitter finds special tokens; those of short parts are remembered."""
        known = self._known[splitter]
        longest = max(LONGEST_REMEMBERED, splitter.longest)
        ids: list[int] = []
        for part in splitter.parts(text):
            ids += known[part] if len(part) <= longest else self.encode_ordinary(part)
        return ids

    def _knowing(self, splitter: Splitter) -> Table:
        """The ids of parts of text: of a token of the splitter, or of ordinary text."""
        special, tokens = self.special_tokens, splitter.tokens
        return Table(lambda part: [special[part]] if part in tokens else self.encode_ordinary(part) if part else [])

    def splitter(self, allowed: Collection[str] | str) -> Splitter:
        """What finds special tokens in text.

        Args:
            allowed: the one or those to find, or ``"all"``.

        Raises:
            TokenizerError: one of them is no special token.
        """
        if isinstance(allowed, str):
            allowed = self.special_tokens if allowed == "all" else [allowed]
        tokens = frozenset(allowed)
        if tokens not in self._splitters:
            for token in tokens:
                self.special_id(token)
            self._splitters[tokens] = Splitter(tokens)
        return self._splitters[tokens]


def _undecoded(text: str) -> bytes:
    """The bytes that were decoded with ``surrogateescape``.

    Raises:
        TokenizerError: some were not.
    """
    try:
        return text.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        raise TokenizerError(f"half of a surrogate pair is no text: {text!a}") from None
