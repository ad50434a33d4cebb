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
from aidec.packs.emitter import LONGEST_REMEMBERED, Memory
from aidec.packs.splitter import Splitter
from aidec.tokenizers import folder, token_bytes
from aidec.tokenizers.chunk_ids import IdEmitter
from aidec.tokenizers.engines import Engine, TokenizersEngine, fastest_engine, tiktoken_engine
from aidec.tokenizers.token_plan import Unseparated

ENGINES: dict[str, Callable[[Any], Engine]] = {
    "auto": fastest_engine,
    "tiktoken": tiktoken_engine,
    "tokenizers": TokenizersEngine,
}

_NOT_UTF8 = re.compile("[\ud800-\udfff]+")
"""Bytes that are not UTF-8, as Python decodes them with ``surrogateescape``; and halves of surrogate pairs."""


class Tokenizer:
    """Turns text, chunks and special tokens into ids, and ids into text.

    Args:
        backend: a ``tokenizers.Tokenizer``; the caller must not change it any more.
        roles: the special tokens by their names in transformers, such as ``eos_token``.
        chat_template: the Jinja2 template of its conversations.
        metadata: the contents of ``aidec.json``: how the tokenizer was made.
        config: what ``tokenizer_config.json`` holds besides the roles.
        engine: what encodes: ``tokenizers``, ``tiktoken``, or ``auto`` for tiktoken where it can load the tokenizer and
            else tokenizers. tiktoken is faster; the ids are the same.

    Attributes:
        special_tokens: the ids of the special tokens by their text.
        vocab_size: the highest id plus 1.

    Raises:
        TokenizerError: there is no such engine, or it can't load the tokenizer.
    """

    def __init__(  # noqa: PLR0913 (what a folder holds)
        self,
        backend: Any,
        *,
        roles: dict[str, str] | None = None,
        chat_template: str | None = None,
        metadata: dict[str, Any] | None = None,
        config: dict[str, Any] | None = None,
        engine: str = "auto",
    ) -> None:
        if engine not in ENGINES:
            raise TokenizerError(f"{engine}: no such engine, expected one of: {', '.join(ENGINES)}")
        self.backend = backend
        self.roles = roles or {}
        self.chat_template = chat_template
        unknown: dict[str, Any] = {"preset": None, "trained_on": None, "packs": [], "chat": "", "chat_needs": []}
        self.metadata = {**unknown, **(metadata or {})}
        self.config = config or {}
        self.special_tokens: dict[str, int] = {
            token.content: i for i, token in sorted(backend.get_added_tokens_decoder().items()) if token.special
        }
        self.engine = ENGINES[engine](backend)
        self._splitters: dict[frozenset[str], Splitter] = {}
        self._packs: dict[Pack, Splitter] = {}
        self._composers: dict[Renderer, Composer | None] = {}
        self._known = Memory(self._ids_of_parts)

    @classmethod
    def from_directory(cls, directory: str | Path, engine: str = "auto") -> Tokenizer:
        """The tokenizer of a folder with a ``tokenizer.json``: one that ``save`` wrote, or any of Hugging Face's.

        Raises:
            TokenizerError: the folder holds no tokenizer, or a malformed one, or one that the engine can't load.
        """
        found = folder.read(Path(directory))
        return cls(
            found.backend,
            roles=found.roles,
            chat_template=found.chat_template,
            metadata=found.metadata,
            config=found.config,
            engine=engine,
        )

    @classmethod
    def from_pretrained(cls, path: str | Path, engine: str = "auto") -> Tokenizer:
        """The tokenizer of a folder, or of a ``tokenizer.json``. Nothing is fetched, and nothing is unpickled.

        Raises:
            TokenizerError: as for ``from_directory``.
        """
        path = Path(path)
        if path.is_file():
            return cls(folder.read_backend(path), engine=engine)
        return cls.from_directory(path, engine)

    def save(self, directory: str | Path) -> None:
        """Write a folder, whole or not at all, that ``from_directory`` and transformers' ``AutoTokenizer`` load.

        Raises:
            TokenizerError: there is a file, or a folder with something else in it.
            OSError: the folder can't be written.
        """
        contents = folder.Contents(self.backend, self.roles, self.chat_template, self.metadata, self.config)
        folder.write(contents, Path(directory))

    @property
    def vocab_size(self) -> int:
        """The highest id plus 1."""
        return len(self._bytes)

    @property
    def packs(self) -> list[str]:
        """The packs with whose tokens it was extended, by name or folder."""
        return list(self.metadata["packs"])

    def special_id(self, token: str) -> int:
        """The id of a special token.

        Raises:
            TokenizerError: there is no such special token.
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
        """The ids of a text. Text that spells a special token becomes ordinary ids, unless that token is allowed.

        Args:
            text: the text; bytes, and what Python decoded with ``surrogateescape``, need not be UTF-8.
            allowed_special: the special tokens that the text may spell, one, several or ``"all"``. Where several match,
                the longest is taken.
            prepend: a special token, or an id, that comes first.
            append: a special token, or an id, that comes last.

        Raises:
            TokenizerError: an allowed token is no special token, or the tokenizer has no token for a byte.
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
        """The ids of each text, as ``encode`` gives them, made by several threads."""
        decoded = [text.decode(errors="surrogateescape") if isinstance(text, bytes) else text for text in texts]
        if allowed_special or any(_NOT_UTF8.search(text) for text in decoded):
            return [self.encode(t, allowed_special=allowed_special, prepend=prepend, append=append) for t in decoded]
        before, behind = self._one(prepend), self._one(append)
        return [[*before, *ids, *behind] for ids in self.engine.encode_batch(decoded, threads)]

    def encode_chunk(self, chunk: Chunk, pack: str | None = None, script: bytes | None = None) -> array[int]:
        """The ids of a chunk, in an array of the smallest unsigned type that holds the vocabulary.

        They are the ids of the pack's text with the pack's tokens allowed, since data in a chunk can't spell one. They
        are joined from the ids of instructions, constants and so on, which are remembered; the text is not made.
        ``numpy.asarray`` takes the array.

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
        """The ids of each chunk, in order, as ``encode_chunk`` gives them; small chunks take less time together.

        Args:
            chunks: what ``aidec.load`` returns; some are taken before their ids are asked for.
            pack: as for ``encode_chunk``.
            scripts: the source text of each chunk, for packs that show it.

        Raises:
            TokenizerError: the tokenizer lacks tokens of the pack.
            PackError: the pack is at fault; then the chunks encoded together with the one that failed give no ids.
        """
        splitter = self.pack_splitter(pack)
        made_by = renderer(self.pack_name(pack))
        for batch in batches(chunks, scripts):
            for ids in self._encode_together(made_by, splitter, *batch):
                yield array(self.type_code, ids)

    def _encode_together(
        self, made_by: Renderer, splitter: Splitter, chunks: list[Chunk], scripts: list[bytes | None]
    ) -> Iterable[bytes | list[int]]:
        """The ids of each chunk of a batch, as a list, or as the bytes of an array of ``type_code``."""
        with suppress(Unseparated):
            return self._composer(made_by, splitter).compose(chunks, scripts)
        return (self._encode_with(splitter, text) for text in made_by.render_all(chunks, scripts))

    def _composer(self, made_by: Renderer, splitter: Splitter) -> Composer:
        """What makes the ids of chunks without their text.

        Raises:
            Unseparated: it can't be.
        """
        if made_by not in self._composers:
            try:
                emitter = IdEmitter(self, splitter, self.type_code, made_by.units.filters)
                self._composers[made_by] = Composer(made_by.units, emitter)
            except Unseparated:
                self._composers[made_by] = None
        composer = self._composers[made_by]
        if composer is None:
            raise Unseparated
        return composer

    @cached_property
    def type_code(self) -> str:
        """The type code of the smallest unsigned ``array`` that holds all ids."""
        return next(code for code in "BHI" if self.vocab_size <= 1 << 8 * array(code).itemsize)

    def pack_name(self, pack: str | None) -> str:
        """The pack named, or if none is, the first that the tokenizer was extended with, or ``classic``."""
        return pack or next(iter(self.packs), "classic")

    def pack_splitter(self, pack: str | None) -> Splitter:
        """The splitter that finds a pack's tokens in the pack's text.

        Raises:
            TokenizerError: the tokenizer lacks some of the tokens.
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
            errors: how bytes that are not UTF-8 are decoded, as in ``bytes.decode``.

        Raises:
            TokenizerError: there is no such id.
        """
        return self.decode_bytes(ids).decode(errors=errors)

    def decode_bytes(self, ids: Iterable[int]) -> bytes:
        """The bytes of ids; for a tokenizer that aidec trained, ``decode_bytes(encode(data))`` is ``data``.

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
        """The number of bytes that each id stands for, by id; 0 for special tokens."""
        special = set(self.special_tokens.values())
        return [0 if i in special else len(token) for i, token in enumerate(self._bytes)]

    def token(self, i: int) -> bytes:
        """The bytes that an id stands for; for a special token, the bytes of its text.

        Raises:
            TokenizerError: there is no such id.
        """
        if not 0 <= i < len(self._bytes):
            raise TokenizerError(f"there is no id {i:,}: expected less than {self.vocab_size:,}")
        return self._bytes[i]

    @cached_property
    def spec(self) -> dict[str, Any]:
        """The contents of ``tokenizer.json``."""
        spec: dict[str, Any] = json.loads(self.backend.to_str())
        return spec

    @cached_property
    def is_exact(self) -> bool:
        """Whether the bytes of a text's ids, joined, are always the text."""
        return token_bytes.is_exact(self.spec)

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

    def _one(self, token: str | int | None) -> list[int]:
        if token is None:
            return []
        return [self.special_id(token) if isinstance(token, str) else token]

    def encode_ordinary(self, text: str) -> list[int]:
        """The ids of a text in which no special token is looked for.

        Raises:
            TokenizerError: the tokenizer has no token for a byte.
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
        """The ids of a text in which a splitter finds special tokens; the ids of short parts are remembered."""
        known = self._known[splitter]
        longest = max(LONGEST_REMEMBERED, splitter.longest)
        ids: list[int] = []
        for part in splitter.parts(text):
            ids += known[part] if len(part) <= longest else self.encode_ordinary(part)
        return ids

    def _ids_of_parts(self, splitter: Splitter) -> Memory:
        """A memory of the ids of parts of text, each a token of the splitter, or ordinary text."""
        special, tokens = self.special_tokens, splitter.tokens
        return Memory(lambda part: [special[part]] if part in tokens else self.encode_ordinary(part) if part else [])

    def splitter(self, allowed: Collection[str] | str) -> Splitter:
        """The splitter that finds special tokens in text.

        Args:
            allowed: the token or tokens to find, or ``"all"``.

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
    """The bytes of which Python made this text with ``surrogateescape``.

    Raises:
        TokenizerError: the text was made in another way.
    """
    try:
        return text.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        raise TokenizerError(f"half of a surrogate pair is no text: {text!a}") from None
