"""What goes from stage to stage: drafts, samples, and what did not become one."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from aidec.bytecode import Chunk, Proto
from aidec.bytecode.fingerprint import FunctionKey, shingles
from aidec.dataset.duplicates import text_shingles
from aidec.sources import Document
from aidec.taskpacks import Message


@dataclass(frozen=True, slots=True)
class Entry(Document):
    """A document, or an item of synthesis as a line of JSON.

    Attributes:
        source: the number of the recipe's source that it is of.
        kind: the kind of an item; empty for what is none.
        made_of: the origin of what an item was made of; empty if that is not known.
    """

    source: int = 0
    kind: str = ""
    made_of: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A sample before it is encoded: a ``CodeDraft`` or a ``TalkDraft``.

    Attributes:
        id: 16 bytes, the hash of where it comes from and whether it is stripped.
        unit: 16 bytes, equal for the stripped and the unstripped sample of the same code: both are kept, or neither is.
        document: the file, the record or the item.
        function: the path to the function, such as ``0.2``; an empty text for a file; for an item its task pack.
        is_stripped: whether the chunk has no debug information.
        source: the text that the chunk is compiled from, byte for byte; empty for an item.
        num_instructions: the instructions of the chunk, or of an item's code, those of functions inside it too.
        functions: the exact keys of its code and of the functions inside it (``aidec.bytecode.fingerprint``). That of a
            conversation is a hash of its text, and its code stands inside it.
        weight: how many times it comes in training, on average.
    """

    id: bytes
    unit: bytes
    document: Entry
    function: str
    is_stripped: bool
    source: bytes
    num_instructions: int
    functions: Sequence[FunctionKey]
    weight: float

    @property
    def key(self) -> bytes:
        """The exact key of its code, or of its text."""
        return self.functions[0].key


@dataclass(frozen=True, slots=True)
class CodeDraft(Draft):
    """A chunk and its source.

    Attributes:
        chunk: the chunk.
        text: the decompiled text that the prompt shows; None if it shows the chunk.
    """

    chunk: Chunk
    text: bytes | None = None

    @property
    def said(self) -> bytes:
        """What it says: the source."""
        return self.source

    @property
    def code(self) -> Sequence[Proto]:
        """What the source compiles to."""
        return [self.chunk.main]

    def shingles(self) -> NDArray[np.uint32]:
        """Hashes, of which similar samples have many in common: those of its code."""
        return shingles(self.chunk.main)


@dataclass(frozen=True, slots=True)
class TalkDraft(Draft):
    """The conversation of an item of synthesis.

    Attributes:
        messages: the conversation.
        code: what the item's Lua compiles to, a function for each text.
    """

    messages: Sequence[Message]
    code: Sequence[Proto]

    @property
    def said(self) -> bytes:
        """What its messages say of the item, without what they say in all conversations of the task pack."""
        data = [piece.text for message in self.messages for piece in message.pieces if piece.is_data]
        return "\n".join(data).encode(errors="surrogateescape")

    def shingles(self) -> NDArray[np.uint32]:
        """Hashes, of which similar samples have many in common: those of what is said."""
        return text_shingles(self.said)


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample.

    Attributes:
        draft: what it is made of.
        ids: the tokens of the conversation, in an array of the smallest unsigned type that holds the vocabulary.
        mask: a byte for each token, 1 where the loss counts, else 0.
        prompt: the text that it shows, or where its tokens stand in ``ids``, if it shows a chunk and their bytes are
            the pack's text; None where the dataset has no texts.
    """

    draft: CodeDraft | TalkDraft
    ids: array[int]
    mask: bytes
    prompt: str | tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Reject:
    """What did not get into the dataset, and why.

    Attributes:
        origin: where it comes from.
        function: the path to the function, an empty text for a file.
        stage: ``read``, ``filter``, ``compile``, ``functions``, ``decompile``, ``task``, ``decontaminate``,
            ``limits``, ``encode``, ``duplicates``, ``split`` or ``weights``.
        reason: a word or two, for counting.
        detail: a line for people.
        licence: its SPDX id, if known.
        is_sample: whether it was a sample already; else it is a record of the input.
        is_stripped: whether that sample is stripped.
        kind: the kind of an item; empty for what is none.
        near: the id of the task of an evaluation that it is near, if it is left out for that.
    """

    origin: str
    function: str
    stage: str
    reason: str
    detail: str
    licence: str | None
    is_sample: bool = False
    is_stripped: bool | None = None
    kind: str = ""
    near: str = ""


@dataclass(frozen=True, slots=True)
class Divided:
    """A sample that was too long, and was divided into the functions that follow."""

    origin: str


def reject_record(document: Entry, stage: str, reason: str, detail: str) -> Reject:
    """The reject of a record of the input."""
    return Reject(document.origin, "", stage, reason, detail, document.licence, kind=document.kind)


def reject_sample(draft: Draft, stage: str, reason: str, detail: str) -> Reject:
    """The reject of a sample."""
    document = draft.document
    return Reject(
        document.origin,
        draft.function,
        stage,
        reason,
        detail,
        document.licence,
        is_sample=True,
        is_stripped=draft.is_stripped,
        kind=document.kind,
    )


def digest(*parts: bytes) -> bytes:
    """A hash of parts, 16 bytes; lists of parts with other borders have other hashes."""
    state = blake2b(digest_size=16)
    for part in parts:
        state.update(len(part).to_bytes(8, "little"))
        state.update(part)
    return state.digest()


def fraction(*parts: bytes) -> float:
    """A hash of parts as a number from 0 to 1, without 1."""
    return int.from_bytes(digest(*parts)[:6], "little") / (1 << 48)


def origin_key(origin: str) -> bytes:
    """A hash of an origin, 16 bytes, which decides where its document goes and in which order."""
    return digest(origin.encode())


def origin_of(origin: str, function: str) -> str:
    """Where a sample comes from: the origin of its document, and for a function ``#`` and the path to its proto."""
    return f"{origin}#{function}" if function else origin


def instructions(proto: Proto) -> int:
    """How many instructions a function and those inside it have."""
    return sum([len(inner.code) for inner in proto.walk()])
