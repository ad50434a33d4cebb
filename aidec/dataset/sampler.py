"""A document to samples: filter, compile, strip, tell functions apart, encode; what falls out has a reason."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from aidec.bytecode import Chunk, Proto, load, strip
from aidec.bytecode.fingerprint import exact_key
from aidec.chat import Chat
from aidec.common.errors import AidecError, CompileError, DatasetError
from aidec.dataset.quality import DEFECTS
from aidec.dataset.recipe import Range, Recipe
from aidec.lua import compile_source
from aidec.lua.functions import FunctionSource, find_functions
from aidec.sources import Document
from aidec.tokenizers import Tokenizer

MAX_TOKENS = 100_000_000
"""The longest sample where a recipe has no limit: Arrow's texts have 2 GB at most."""

UNKNOWN = "unknown"
"""What a recipe calls a licence that is not known."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample, as it goes from stage to stage.

    Attributes:
        id: 16 bytes, the hash of where it comes from and whether it is stripped.
        unit: 16 bytes, the same for the stripped and the unstripped one; they are kept or left together.
        document: the file or record.
        function: the path to the function, such as ``0.2``; an empty text for a file.
        is_stripped: whether the chunk has no debug information.
        chunk: the chunk.
        source: the text that it is compiled from, byte for byte.
        ids: the tokens of the conversation.
        mask: a byte for each of them, 1 where the loss counts.
    """

    id: bytes
    unit: bytes
    document: Document
    function: str
    is_stripped: bool
    chunk: Chunk
    source: bytes
    ids: array[int]
    mask: bytes


@dataclass(frozen=True, slots=True)
class Reject:
    """What did not get into the dataset, and why.

    Attributes:
        origin: where it comes from.
        function: the path to the function, an empty text for a file.
        stage: ``read``, ``filter``, ``compile``, ``functions``, ``limits``, ``duplicates`` or ``split``.
        reason: a word or two, for counting.
        detail: a line for people.
        licence: its SPDX id, where known.
        is_sample: whether it was a sample already; else it is a record of the input.
        is_stripped: whether that sample is stripped.
    """

    origin: str
    function: str
    stage: str
    reason: str
    detail: str
    licence: str | None
    is_sample: bool = False
    is_stripped: bool | None = None


@dataclass(frozen=True, slots=True)
class Divided:
    """A sample that was too long and was divided into the functions that follow."""

    origin: str


def digest(*parts: bytes) -> bytes:
    """16 bytes that stand for parts; no two lists of parts run together."""
    state = blake2b(digest_size=16)
    for part in parts:
        state.update(len(part).to_bytes(8, "little"))
        state.update(part)
    return state.digest()


def fraction(*parts: bytes) -> float:
    """A number from 0 to 1, without 1, that parts decide."""
    return int.from_bytes(digest(*parts)[:6], "little") / (1 << 48)


def origin_key(origin: str) -> bytes:
    """What decides where a document's place is, whatever was read before it."""
    return digest(origin.encode())


_PROBE = b"function f() end"


class TooLongError(DatasetError):
    """A sample is too long, and the recipe says that this ends the build."""


def origin_of(origin: str, function: str) -> str:
    """Where a sample comes from: the origin of the document, and for a function ``#`` and the path to its proto."""
    return f"{origin}#{function}" if function else origin


class Maker:
    """Makes samples of documents, as a recipe says.

    Raises:
        AidecError: the tokenizer or the pack is missing, or one lacks what the other needs.
    """

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.tokenizer = Tokenizer.from_pretrained(recipe.tokenizer)
        self.pack = self.tokenizer.pack_name(recipe.pack)
        self.tokenizer.pack_splitter(self.pack)
        self.chat = Chat(self.tokenizer, recipe.chat)
        if recipe.granularity == "function" or recipe.limits.over == "split":
            find_functions(
                _PROBE, load(compile_source(_PROBE))
            )  # or else every record would fail for want of a library

    def make(self, document: Document) -> Iterator[Sample | Reject | Divided]:
        """The samples of a document, or why there are none."""
        recipe = self.recipe
        if (found := self._defect(document)) is not None:
            yield _record(document, "filter", *found)
            return
        try:
            chunk = self._compile(document)
        except CompileError as error:
            yield _record(document, "compile", "not Lua 5.3", str(error))
            return
        except (AidecError, MemoryError) as error:
            yield _record(document, "compile", "no chunk", str(error) or "out of memory")
            return
        most = recipe.limits.instructions
        if most is not None and (count := instructions(chunk.main)) > most:
            yield _record(document, "limits", "instructions", f"{count:,} instructions, expected {most:,} at most")
            return
        if recipe.granularity == "file":
            yield from self._whole(document, chunk)
        else:
            yield from self._functions(document, chunk)

    def _defect(self, document: Document) -> tuple[str, str] | None:
        """What a filter has against a document: a reason and a detail."""
        filters = self.recipe.filters
        licence = document.licence or UNKNOWN
        if licence in filters.deny:
            return "licence denied", licence
        if filters.allow and licence not in filters.allow:
            return "licence not allowed", licence
        for name in filters.defects:
            if (detail := DEFECTS[name](document.data)) is not None:
                return name, detail
        return None

    def _compile(self, document: Document) -> Chunk:
        """The chunk of a document; one that was there with it must have the code of its source.

        Raises:
            AidecError: there is none.
        """
        name = b"@" + document.origin.encode()
        compiled = load(compile_source(document.data, name))
        if document.chunk is None:
            return compiled
        given = load(document.chunk)
        if exact_key(given.main) != exact_key(compiled.main):
            raise DatasetError("the chunk beside it is not what it compiles to")
        return given

    def _whole(self, document: Document, chunk: Chunk) -> Iterator[Sample | Reject | Divided]:
        for is_stripped in self._variants(document.data, chunk):
            sample = self._sample(document, "", chunk, document.data, is_stripped=is_stripped)
            problem = self._over(sample)
            if problem is None:
                yield self._within(sample)
            elif self.recipe.limits.over == "split" and chunk.main.protos:
                yield from self._divided(sample, chunk)
            else:
                yield _rejected(sample, "limits", "too long", problem)

    def _divided(self, sample: Sample, chunk: Chunk) -> Iterator[Sample | Reject | Divided]:
        """A sample of a file, which is too long, in its functions."""
        try:
            found = find_functions(sample.source, chunk)
        except DatasetError as error:
            yield _rejected(sample, "functions", "not told apart", str(error))
            return
        yield Divided(sample.document.origin)
        for function in found:
            yield from self._function(sample.document, chunk, function, (sample.is_stripped,))

    def _functions(self, document: Document, chunk: Chunk) -> Iterator[Sample | Reject]:
        if not chunk.main.protos:
            yield _record(document, "functions", "no functions", "the source has none but the main function")
            return
        try:
            found = find_functions(document.data, chunk)
        except DatasetError as error:
            yield _record(document, "functions", "not told apart", str(error))
            return
        for function in found:
            source = document.data[function.start : function.end]
            yield from self._function(document, chunk, function, self._variants(source, chunk))

    def _function(
        self, document: Document, chunk: Chunk, function: FunctionSource, variants: tuple[bool, ...]
    ) -> Iterator[Sample | Reject]:
        proto = chunk.main
        for index in function.path:
            proto = proto.protos[index]
        alone = Chunk(chunk.header, len(proto.upvalues), replace(proto, source=proto.source or chunk.main.source))
        source = document.data[function.start : function.end]
        path = ".".join(map(str, function.path))
        for is_stripped in variants:
            sample = self._sample(document, path, alone, source, is_stripped=is_stripped)
            problem = self._over(sample)
            yield self._within(sample) if problem is None else _rejected(sample, "limits", "too long", problem)

    def _variants(self, source: bytes, chunk: Chunk) -> tuple[bool, ...]:
        """Whether to strip, once or twice; a chunk that is stripped already stays so."""
        mix = self.recipe.strip
        if mix == "always" or chunk.main.line_info == array(chunk.main.line_info.typecode):
            return (True,)
        if mix == "both":
            return (False, True)
        if mix == "never":
            return (False,)
        return (fraction(b"strip", str(self.recipe.seed).encode(), source) < float(mix),)

    def _sample(self, document: Document, function: str, chunk: Chunk, source: bytes, *, is_stripped: bool) -> Sample:
        shown = strip(chunk) if is_stripped else chunk
        messages: list[dict[str, Any]] = [
            *([{"role": "system", "content": self.recipe.system}] if self.recipe.system else []),
            {"role": "user", "content": [{"type": "chunk", "chunk": shown, "pack": self.pack}]},
            {"role": "assistant", "content": source},
        ]
        ids, mask = self.chat.encode_conversation(messages)
        place = document.origin.encode(), function.encode()
        return Sample(
            id=digest(*place, b"stripped" if is_stripped else b""),
            unit=digest(*place),
            document=document,
            function=function,
            is_stripped=is_stripped,
            chunk=shown,
            source=source,
            ids=ids,
            mask=bytes(mask),
        )

    def _over(self, sample: Sample) -> str | None:
        """By how much a sample is too long.

        Raises:
            TooLongError: it is, and the recipe says that this is an error.
        """
        for what, count, limits in self._lengths(sample):
            most = MAX_TOKENS if limits.max is None else limits.max
            if count > most:
                problem = f"{count:,} tokens of the {what}, expected {most:,} at most"
                if self.recipe.limits.over == "error":
                    raise TooLongError(f"{sample.document.origin}: {problem} (limits.over: error)")
                return problem
        return None

    def _within(self, sample: Sample) -> Sample | Reject:
        """The sample, unless it is too short."""
        for what, count, limits in self._lengths(sample):
            if count < limits.min:
                problem = f"{count:,} tokens of the {what}, expected {limits.min:,} or more"
                return _rejected(sample, "limits", "too short", problem)
        return sample

    def _lengths(self, sample: Sample) -> tuple[tuple[str, int, Range], ...]:
        limits = self.recipe.limits
        completion = sample.mask.count(1)
        return (
            ("prompt", len(sample.ids) - completion, limits.prompt),
            ("completion", completion, limits.completion),
            ("whole", len(sample.ids), limits.whole),
        )


@lru_cache(maxsize=1)
def maker(recipe: Recipe) -> Maker:
    """The ``Maker`` of a recipe, once for a process."""
    return Maker(recipe)


def instructions(proto: Proto) -> int:
    """How many instructions a function and those inside it have."""
    return sum(len(inner.code) for inner in proto.walk())


def _record(document: Document, stage: str, reason: str, detail: str) -> Reject:
    return Reject(document.origin, "", stage, reason, detail, document.licence)


def _rejected(sample: Sample, stage: str, reason: str, detail: str) -> Reject:
    document = sample.document
    return Reject(
        document.origin,
        sample.function,
        stage,
        reason,
        detail,
        document.licence,
        is_sample=True,
        is_stripped=sample.is_stripped,
    )
