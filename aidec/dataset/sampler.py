"""A document to samples: filter, compile, strip, find functions, encode; what falls out has a reason."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from aidec.bytecode import Chunk, load, strip
from aidec.bytecode.dialect import Dialect, find_dialect
from aidec.bytecode.fingerprint import exact_key, exact_keys
from aidec.chat import Chat
from aidec.chat.conversation import Encoded
from aidec.common.errors import AidecError, CompileError, DatasetError
from aidec.common.gc_pause import no_collection
from aidec.dataset.decontamination import STAGE, Tasks
from aidec.dataset.items import CODE, item_of, lua_of
from aidec.dataset.messages import messages_of
from aidec.dataset.prompts import Prompts
from aidec.dataset.quality import DEFECTS
from aidec.dataset.recipe import Range, Recipe
from aidec.dataset.sample import (
    CodeDraft,
    Divided,
    Entry,
    Reject,
    Sample,
    TalkDraft,
    digest,
    fraction,
    instructions,
    reject_record,
    reject_sample,
)
from aidec.dataset.talks import Talks, as_chat
from aidec.lua import compile_source
from aidec.lua.functions import FunctionSource, find_functions
from aidec.packs.rendering import renderer
from aidec.tokenizers import Tokenizer

MAX_TOKENS = 100_000_000
"""The longest sample where a recipe has no limit: Arrow's texts have 2 GB at most."""

UNKNOWN = "unknown"
"""What a recipe calls a licence that is not known."""

TEXTS = {"messages", "prompt"}
"""The columns that have the text of the chunk."""

Drafted = CodeDraft | TalkDraft
"""A draft of either kind."""

_PROBE = b"function f() end"


class TooLongError(DatasetError):
    """A sample is too long, and the recipe says that this ends the build."""


class Sampler:
    """Makes samples of documents, as a recipe says.

    Raises:
        AidecError: the tokenizer, the pack or a library is missing, or the tokenizer lacks tokens.
    """

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.tokenizer = Tokenizer.from_pretrained(recipe.tokenizer)
        self.is_decompiled = recipe.prompt == "decompiled"
        self.pack = self.tokenizer.pack_name(recipe.pack)
        if recipe.has_code and not self.is_decompiled:
            self.tokenizer.pack_splitter(self.pack)
        self.tasks = Tasks(recipe.decontaminate)
        self.talks = Talks(recipe, self.tokenizer)
        self.chat = Chat(self.tokenizer, recipe.chat)
        for source in recipe.sources:
            _dialect(source.dialect)  # one that is not there ends the build here
        self.has_masks = recipe.output.format != "tokens" and "assistant_masks" in recipe.output.columns
        self.has_texts = recipe.output.format != "tokens" and not TEXTS.isdisjoint(recipe.output.columns)
        self._control = frozenset(self.tokenizer.special_tokens.values())
        (probe,) = self.chat.encode_conversations([messages_of(recipe.system, "x", b"x")])
        if self.has_masks and not any(probe.mask):
            raise DatasetError(
                "the chat template marks nothing as trained on, so masks would be all zeros: "
                "see aidec tokenizer extend --chat, or leave assistant_masks out of output.columns"
            )
        if recipe.granularity == "function" or recipe.limits.over == "split":
            find_functions(_PROBE, load(compile_source(_PROBE)))  # a library that is missing ends the build here

    def drafts(self, document: Entry) -> Iterator[Drafted | Reject]:
        """The samples of a document before they are encoded, or why there are none."""
        return map(self._clean, self._drafts(document))

    def _clean(self, item: Drafted | Reject) -> Drafted | Reject:
        """A draft, or why it is left out if it is near a task of an evaluation; what is no draft stays."""
        if (
            not isinstance(item, (CodeDraft, TalkDraft))
            or (near := self.tasks.near(item.said, item.functions, item.code)) is None
        ):
            return item
        return replace(reject_sample(item, STAGE, near.reason, near.detail), near=near.task)

    def _drafts(self, document: Entry) -> Iterator[Drafted | Reject]:
        if (found := self._defect(document)) is not None:
            yield reject_record(document, "filter", *found)
            return
        if self.recipe.sources[document.source].task:
            yield from self.talks.drafts(document)
            return
        try:
            chunk = self._compile(document)
        except CompileError as error:
            yield reject_record(document, "compile", "not Lua 5.3", str(error))
            return
        except (AidecError, MemoryError) as error:
            yield reject_record(document, "compile", "no chunk", str(error) or "out of memory")
            return
        if _is_empty(chunk):
            yield reject_record(document, "filter", "empty", "no statement in it that does anything")
            return
        most = self.recipe.limits.instructions
        if most is not None and (count := instructions(chunk.main)) > most:
            yield reject_record(
                document, "limits", "instructions", f"{count:,} instructions, expected {most:,} at most"
            )
        elif self.recipe.granularity == "file":
            strips = self._strips(document.data, chunk)
            yield from self._variants(document, (), chunk, document.data, self._prompts(chunk, strips))
        else:
            yield from self._functions(document, chunk)

    def divide(self, draft: CodeDraft) -> Iterator[Drafted | Reject | Divided]:
        """The functions of a file whose sample is too long, stripped if it is; or why there are none."""
        try:
            found = find_functions(draft.source, draft.chunk)
        except DatasetError as error:
            yield reject_sample(draft, "functions", "not told apart", str(error))
            return
        yield Divided(draft.document.origin)
        prompts = self._prompts(draft.chunk, (draft.is_stripped,))
        for function in found:
            yield from map(self._clean, self._function(draft.document, draft.chunk, function, prompts))

    def encode(self, drafts: Sequence[Drafted]) -> list[Sample]:
        """The samples of drafts; many small ones take less time together.

        Raises:
            AidecError: one of them can't be encoded.
        """
        conversations = [self._conversation(draft) for draft in drafts]
        with no_collection():
            found = self.chat.encode_conversations(conversations)
            return [
                Sample(draft, encoded.ids, bytes(encoded.mask), self._prompt(draft, encoded))
                for draft, encoded in zip(drafts, found, strict=True)
            ]

    def _conversation(self, draft: Drafted) -> list[dict[str, Any]]:
        """The conversation of a draft, as the chat takes it."""
        if isinstance(draft, TalkDraft):
            return as_chat(draft.messages)
        return messages_of(self.recipe.system, self._shown(draft), draft.source)

    def can_divide(self, draft: CodeDraft) -> bool:
        """Whether a sample that is too long is divided into functions."""
        return self.recipe.limits.over == "split" and not draft.function and bool(draft.chunk.main.protos)

    def excess(self, sample: Sample) -> str | None:
        """By how much a sample is too long, as a line for people, or None.

        Raises:
            TooLongError: it is too long, and the recipe says that this is an error.
        """
        for what, count, limits in self._lengths(sample):
            most = MAX_TOKENS if limits.max is None else limits.max
            if count > most:
                problem = f"{count:,} tokens of the {what}, expected {most:,} at most"
                if self.recipe.limits.over == "error":
                    raise TooLongError(f"{sample.draft.document.origin}: {problem} (limits.over: error)")
                return problem
        return None

    def shortage(self, sample: Sample) -> str | None:
        """By how much a sample is too short, as a line for people, or None."""
        for what, count, limits in self._lengths(sample):
            if count < limits.min:
                return f"{count:,} tokens of the {what}, expected {limits.min:,} or more"
        return None

    def is_trained(self, sample: Sample) -> bool:
        """Whether the loss counts a token of a sample that is no control token; of any if the dataset has no masks."""
        place = sample.mask.find(1)
        while place >= 0 and sample.ids[place] in self._control:
            place = sample.mask.find(1, place + 1)
        return place >= 0 or not self.has_masks

    def _defect(self, document: Entry) -> tuple[str, str] | None:
        """The reason and the detail of the filter that a document does not pass, or None."""
        filters = self.recipe.filters
        licence = document.licence or UNKNOWN
        if licence in filters.deny:
            return "licence denied", licence
        if filters.allow and licence not in filters.allow:
            return "licence not allowed", licence
        for text in self._texts(document):
            for name in filters.defects:
                if (detail := DEFECTS[name](text)) is not None:
                    return name, detail
        return None

    def _texts(self, document: Entry) -> list[bytes]:
        """The texts that must be free of defects: the source, or the Lua of an item."""
        if not self.recipe.sources[document.source].task:
            return [document.data]
        return lua_of(item_of(document.data), CODE)

    def _compile(self, document: Entry) -> Chunk:
        """The chunk of a document: what its source compiles to, or the chunk beside it if that has the same code.

        Raises:
            AidecError: there is none.
        """
        name = b"@" + document.origin.encode()
        compiled = load(compile_source(document.data, name))
        if document.chunk is None:
            return compiled
        given = load(document.chunk, _dialect(document.dialect))
        if exact_key(given.main) != exact_key(compiled.main):
            raise DatasetError("the chunk beside it is not what it compiles to")
        return replace(given, rest=b"") if given.rest else given

    def _functions(self, document: Entry, chunk: Chunk) -> Iterator[Drafted | Reject]:
        if not chunk.main.protos:
            yield reject_record(document, "functions", "no functions", "the source has none but the main function")
            return
        try:
            found = find_functions(document.data, chunk)
        except DatasetError as error:
            yield reject_record(document, "functions", "not told apart", str(error))
            return
        prompts = self._prompts(chunk, (False, True))
        for function in found:
            strips = self._strips(document.data[function.start : function.end], chunk)
            yield from self._function(document, chunk, function, {strip: prompts[strip] for strip in strips})

    def _function(
        self, document: Entry, chunk: Chunk, function: FunctionSource, prompts: dict[bool, Prompts | None]
    ) -> Iterator[Drafted | Reject]:
        proto = chunk.main
        for index in function.path:
            proto = proto.protos[index]
        alone = Chunk(chunk.header, len(proto.upvalues), replace(proto, source=proto.source or chunk.main.source))
        source = document.data[function.start : function.end]
        return self._variants(document, function.path, alone, source, prompts)

    def _strips(self, source: bytes, chunk: Chunk) -> tuple[bool, ...]:
        """Whether to strip, for each sample of a source; a chunk that is stripped already stays so."""
        mix = self.recipe.strip
        if mix == "always" or chunk.main.line_info == array(chunk.main.line_info.typecode):
            return (True,)
        if mix == "both":
            return (False, True)
        if mix == "never":
            return (False,)
        return (fraction(b"strip", str(self.recipe.seed).encode(), source) < float(mix),)

    def _prompts(self, chunk: Chunk, strips: tuple[bool, ...]) -> dict[bool, Prompts | None]:
        """For each way to strip a chunk its decompiled texts; None where prompts show the pack's text."""
        plain = self.recipe.names == "plain"
        return {
            is_stripped: Prompts(strip(chunk) if is_stripped else chunk, plain=plain) if self.is_decompiled else None
            for is_stripped in strips
        }

    def _variants(
        self,
        document: Entry,
        path: tuple[int, ...],
        chunk: Chunk,
        source: bytes,
        prompts: dict[bool, Prompts | None],
    ) -> Iterator[Drafted | Reject]:
        """The drafts of the same code, stripped and not; and those whose decompiled text is not proven."""
        function = ".".join(map(str, path))
        place = document.origin.encode(), function.encode()
        weight = self.recipe.sources[document.source].weight
        unit, functions, count = digest(*place), exact_keys(chunk.main), instructions(chunk.main)
        for is_stripped, texts in prompts.items():
            draft = CodeDraft(
                id=digest(*place, b"stripped" if is_stripped else b""),
                unit=unit,
                document=document,
                function=function,
                is_stripped=is_stripped,
                chunk=strip(chunk) if is_stripped else chunk,
                source=source,
                num_instructions=count,
                functions=functions,
                weight=weight,
            )
            if texts is None:
                yield draft
                continue
            try:
                yield replace(draft, text=texts.text(path))
            except DatasetError as error:
                yield reject_sample(draft, "decompile", "not proven", str(error))

    def _shown(self, draft: CodeDraft) -> Any:
        """What the user's message shows."""
        return [{"type": "chunk", "chunk": draft.chunk, "pack": self.pack}] if draft.text is None else draft.text

    def _prompt(self, draft: Drafted, encoded: Encoded) -> str | tuple[int, int] | None:
        """The text that is shown, or where its tokens stand if it is a chunk's and their bytes are the text."""
        if not self.has_texts or isinstance(draft, TalkDraft):
            return None
        if draft.text is not None:
            return draft.text.decode()
        for prompt in encoded.chunks:
            if isinstance(prompt, str) or self.tokenizer.is_exact:
                return prompt
        return renderer(self.pack).render(draft.chunk)

    def _lengths(self, sample: Sample) -> tuple[tuple[str, int, Range], ...]:
        limits = self.recipe.limits
        completion = sample.mask.count(1)
        return (
            ("prompt", len(sample.ids) - completion, limits.prompt),
            ("completion", completion, limits.completion),
            ("whole", len(sample.ids), limits.whole),
        )


@lru_cache(maxsize=8)
def _dialect(name: str | None) -> Dialect | None:
    return None if name is None else find_dialect(name)


def _is_empty(chunk: Chunk) -> bool:
    """Whether a chunk does nothing but return nothing, as that of an empty source does."""
    return not chunk.main.protos and set(chunk.main.code) == _code_of_nothing()


@lru_cache(maxsize=1)
def _code_of_nothing() -> frozenset[int]:
    return frozenset(load(compile_source(b"")).main.code)


@lru_cache(maxsize=1)
def sampler_of(recipe: Recipe) -> Sampler:
    """The ``Sampler`` of a recipe, made once for a process."""
    return Sampler(recipe)
