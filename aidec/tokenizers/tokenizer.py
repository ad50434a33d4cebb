"""The tokenizer at run time: text, chunks and special tokens to ids and back."""

from __future__ import annotations

import json
import re
import warnings
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any

from aidec.bytecode import Chunk
from aidec.common.errors import LossWarning, TokenizerError
from aidec.packs import Pack, Renderer, load_pack, renderer
from aidec.packs.composer import Composer, batches
from aidec.packs.emitter import LONGEST_REMEMBERED, Memory
from aidec.packs.splitter import Splitter
from aidec.tokenizers import folder, loss, pipeline, token_bytes
from aidec.tokenizers.chunk_ids import IdEmitter
from aidec.tokenizers.engines import Engine, TokenizersEngine, fastest_engine, tiktoken_engine
from aidec.tokenizers.stripping import Flags, flags_of, stripped
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
        generation: what ``generation_config.json`` holds; None for no such file.
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
        generation: dict[str, Any] | None = None,
        engine: str = "auto",
    ) -> None:
        if engine not in ENGINES:
            raise TokenizerError(f"{engine}: no such engine, expected one of: {', '.join(ENGINES)}")
        backend.no_truncation()
        backend.no_padding()
        backend.encode_special_tokens = True
        self.backend = backend
        self.roles = roles or {}
        self.chat_template = chat_template
        unknown: dict[str, Any] = {"preset": None, "trained_on": None, "packs": [], "chat": "", "chat_needs": []}
        self.metadata = {**unknown, **(metadata or {})}
        self.config = config or {}
        self.generation = generation
        self.special_tokens: dict[str, int] = {
            token.content: i for i, token in sorted(backend.get_added_tokens_decoder().items()) if token.special
        }
        self.engine = ENGINES[engine](backend)
        self._splitters: dict[frozenset[str], Splitter] = {}
        self._packs: dict[Pack, Splitter] = {}
        self._composers: dict[Renderer, Composer | None] = {}
        self._known = Memory(self._ids_of_parts)
        self._is_named = False

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
            generation=found.generation,
            engine=engine,
        )

    @classmethod
    def from_pretrained(cls, path: str | Path, engine: str = "auto") -> Tokenizer:
        """The tokenizer of a folder, of a ``tokenizer.json``, or of a SentencePiece ``.model``.

        Nothing is fetched, and nothing is unpickled.

        Raises:
            TokenizerError: as for ``from_directory``.
        """
        path = Path(path)
        if path.suffix == ".model" and path.is_file():
            backend, roles = folder.read_model(path)
            return cls(backend, roles=roles, engine=engine)
        if path.is_file():
            return cls(folder.read_backend(path), engine=engine)
        return cls.from_directory(path, engine)

    def save(self, directory: str | Path) -> None:
        """Write a folder, whole or not at all, that ``from_directory`` and transformers' ``AutoTokenizer`` load.

        Raises:
            TokenizerError: there is a file, or a folder with something else in it.
            OSError: the folder can't be written.
        """
        contents = folder.Contents(
            self.backend, self.roles, self.chat_template, self.metadata, self.config, self.generation
        )
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

        A tokenizer that loses text warns of that once, with a ``LossWarning`` that says what it loses.

        Raises:
            TokenizerError: an allowed token is no special token, or the tokenizer has no token for a byte.
        """
        self._name_losses()
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
        self._name_losses()
        decoded = [text.decode(errors="surrogateescape") if isinstance(text, bytes) else text for text in texts]
        if allowed_special or self.drops or any(_NOT_UTF8.search(text) for text in decoded):
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
            found = list(self._composer(made_by, splitter).compose(chunks, scripts))
            if self.prefix != "first" or all(self._starts_special(ids) for ids in found):
                return found
        return (self._encode_with(splitter, text) for text in made_by.render_all(chunks, scripts))

    def _starts_special(self, ids: bytes | list[int]) -> bool:
        """Whether ids start with that of a special token, so that no space was to be put before their text."""
        first = array(self.type_code, ids)[:1]
        return not first or first[0] in self.special_tokens.values()

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
        """The bytes of ids; ``decode_bytes(encode(data))`` is ``data`` for tokenizers without ``losses``.

        The space that a tokenizer puts before text is left out. Some tokenizers put none where a text starts with one,
        or write spaces as U+2581; of these, that space is left out, and a U+2581 comes back as a space.

        Raises:
            TokenizerError: there is no such id.
        """
        ids = list(ids)
        for i in (min(ids), max(ids)) if ids else ():
            self.token(i)
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
        return pipeline.is_exact(self.spec)

    @cached_property
    def losses(self) -> tuple[str, ...]:
        """What common text loses when it is encoded, in words, such as ``upper case``; empty for nothing."""
        return () if self.is_exact else loss.losses(self)

    @cached_property
    def prefix(self) -> str:
        """Where a space is put before text; see ``pipeline.prefix``."""
        return pipeline.prefix(self.spec)

    @cached_property
    def drops(self) -> bool:
        """Whether it has no token at all for some characters."""
        return pipeline.drops(self.spec)

    @cached_property
    def flags(self) -> dict[str, Flags]:
        """The special tokens that take white space beside them, or stand only where no letter is beside them."""
        return flags_of(self.spec)

    @cached_property
    def unfound(self) -> set[str]:
        """The special tokens that the library finds only between words, or in text that its normalizer changed."""
        changes = pipeline.normalizes(self.spec)
        tokens = self.spec["added_tokens"]
        return {t["content"] for t in tokens if t["special"] and (t["single_word"] or (t["normalized"] and changes))}

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

    def _one(self, token: str | int | None) -> list[int]:
        if token is None:
            return []
        return [self.special_id(token) if isinstance(token, str) else token]

    def encode_ordinary(self, text: str, *, is_start: bool = True) -> list[int]:
        """The ids of a text in which no special token is looked for.

        Args:
            text: the text.
            is_start: whether a whole text starts here, and not one after a special token.

        Raises:
            TokenizerError: the tokenizer has no token for a byte.
        """
        if not self.drops and (text.isascii() or _NOT_UTF8.search(text) is None):
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
        for match in _NOT_UTF8.finditer(text):
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
        for match in [*_NOT_UTF8.finditer(text), None]:
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
        is_refused = self.drops and not self.metadata.get("lossy")
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

    def _name_losses(self) -> None:
        """Warn once of a tokenizer that loses text."""
        if self._is_named or self.is_exact:
            return
        self._is_named = True
        if self.losses:
            warnings.warn(f"the tokenizer loses text: {', '.join(self.losses)}", LossWarning, stacklevel=3)

    def _encode_with(self, splitter: Splitter, text: str) -> list[int]:
        """The ids of a text in which a splitter finds special tokens; the ids of short parts are remembered."""
        known = self._known[splitter]
        longest = max(LONGEST_REMEMBERED, splitter.longest)
        ids: list[int] = []
        parts = self.parts(splitter, text)
        if self.prefix == "first":
            ids += self.encode_ordinary(parts[0]) if parts[0] else []
            parts[0] = ""
        for place, part in enumerate(parts):
            is_remembered = len(part) <= longest
            ids += known[part] if is_remembered else self.encode_ordinary(part, is_start=not place)
        return ids

    def parts(self, splitter: Splitter, text: str) -> list[str]:
        """The parts of a text as ``Splitter.parts`` gives them, less the white space that tokens take."""
        parts = splitter.parts(text)
        return stripped(parts, self.flags) if self.flags else parts

    def _ids_of_parts(self, splitter: Splitter) -> Memory:
        """A memory of the ids of parts of text, each a token of the splitter, or ordinary text."""
        special, tokens = self.special_tokens, splitter.tokens

        def ids(part: str) -> list[int]:
            if part in tokens:
                return [special[part]]
            return self.encode_ordinary(part, is_start=False) if part else []

        return Memory(ids)

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
