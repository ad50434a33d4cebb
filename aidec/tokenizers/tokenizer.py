"""The tokenizer at run time: text, chunks and special tokens to ids and back."""

from __future__ import annotations

import os
import warnings
from array import array
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from aidec.bytecode import Chunk
from aidec.common.arguments import PATH, checked_path, expect, expect_each
from aidec.common.errors import LossWarning, TokenizerError
from aidec.packs import Pack, Renderer, load_pack, renderer
from aidec.packs.composer import Composer, batches
from aidec.packs.emitter import LONGEST_REMEMBERED, Memory
from aidec.packs.splitter import Splitter
from aidec.tokenizers import folder, pipeline
from aidec.tokenizers.chunk_ids import IdEmitter
from aidec.tokenizers.stripping import Flags, flags_of, stripped
from aidec.tokenizers.text_encoder import NOT_UTF8, TextEncoder
from aidec.tokenizers.token_plan import Unseparated


class Tokenizer(TextEncoder):
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
        super().__init__(backend, engine, is_lossy=bool((metadata or {}).get("lossy")))
        self.roles = roles or {}
        self.chat_template = chat_template
        unknown: dict[str, Any] = {"preset": None, "trained_on": None, "packs": [], "chat": "", "chat_needs": []}
        self.metadata = {**unknown, **(metadata or {})}
        self.config = config or {}
        self.generation = generation
        self._splitters: dict[frozenset[str], Splitter] = {}
        self._packs: dict[Pack, Splitter] = {}
        self._composers: dict[Renderer, Composer | None] = {}
        self._known = Memory(self._ids_of_parts)
        self._named: set[str] = set()

    @classmethod
    def from_directory(cls, directory: str | Path, engine: str = "auto") -> Tokenizer:
        """The tokenizer of a folder with a ``tokenizer.json``: one that ``save`` wrote, or any of Hugging Face's.

        Raises:
            TokenizerError: the folder holds no tokenizer, or a malformed one, or one that the engine can't load.
        """
        found = folder.read(Path(checked_path("directory", directory, TokenizerError)))
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
        path = Path(checked_path("path", path, TokenizerError))
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
        folder.write(contents, Path(checked_path("directory", directory, TokenizerError)))

    @property
    def packs(self) -> list[str]:
        """The packs with whose tokens it was extended, by name or folder."""
        return list(self.metadata["packs"])

    def special_id(self, token: str) -> int:
        """The id of a special token.

        Raises:
            TokenizerError: there is no such special token.
        """
        expect("token", token, str)
        if token not in self.special_tokens:
            raise TokenizerError(f"the tokenizer has no special token {token!r}")
        return self.special_tokens[token]

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

        What a text loses is named by a ``LossWarning``, such as ``upper case`` or ``a space at the start``; once each.

        Raises:
            TokenizerError: an allowed token is no special token, or the tokenizer has no token for a byte.
        """
        expect("text", text, str, bytes)
        expect("allowed_special", allowed_special, Collection, None)
        if isinstance(text, bytes):
            text = text.decode(errors="surrogateescape")
        self._name_losses([text])
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
        expect("allowed_special", allowed_special, Collection, None)
        expect("threads", threads, int)
        if threads < 1:
            raise TokenizerError(f"threads: expected 1 or more, read {threads}")
        taken = expect_each("texts", texts, str, bytes)
        decoded = [text.decode(errors="surrogateescape") if isinstance(text, bytes) else text for text in taken]
        self._name_losses(decoded)
        if allowed_special or self.drops or any(NOT_UTF8.search(text) for text in decoded):
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
        made_by = renderer(self.pack_name(pack))
        splitter = self._splitter_of(made_by.pack)
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
        expect("pack", pack, *PATH, None)
        return os.fspath(pack) if pack else next(iter(self.packs), "classic")

    def pack_splitter(self, pack: str | None) -> Splitter:
        """The splitter that finds a pack's tokens in the pack's text.

        Raises:
            TokenizerError: the tokenizer lacks some of the tokens.
        """
        return self._splitter_of(load_pack(self.pack_name(pack)))

    def _splitter_of(self, pack: Pack) -> Splitter:
        if pack not in self._packs:
            vocabulary = pack.vocabulary()
            missing = [token for token in vocabulary if token not in self.special_tokens]
            if missing:
                raise TokenizerError(
                    f"it lacks {len(missing):,} of the {len(vocabulary):,} tokens of the pack {pack.name}, "
                    f"{missing[0]} first; see aidec tokenizer extend --pack"
                )
            self._packs[pack] = self.splitter(vocabulary)
        return self._packs[pack]

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

    def _one(self, token: str | int | None) -> list[int]:
        if token is None:
            return []
        if isinstance(token, str):
            return [self.special_id(token)]
        self.token(token)
        return [token]

    def _name_losses(self, texts: Iterable[str]) -> None:
        """Warn of what texts lose, once of each kind."""
        if self.is_exact:
            return
        found = dict.fromkeys(name for text in texts for name in self.lost_of(text))
        if new := [name for name in found if name not in self._named]:
            self._named.update(new)
            warnings.warn(f"the tokenizer loses text: {', '.join(new)}", LossWarning, stacklevel=3)

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
        tokens = frozenset(expect_each("allowed_special", allowed, str))
        if tokens not in self._splitters:
            for token in tokens:
                self.special_id(token)
            self._splitters[tokens] = Splitter(tokens)
        return self._splitters[tokens]
