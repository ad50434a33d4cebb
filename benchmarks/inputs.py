"""What is measured on: the chunks of a corpus of Lua files, samples of them, and a tokenizer trained on it.

Made once for a corpus and kept in a folder of the cache.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import aidec
from aidec.common.files import atomic
from aidec.sources import documents, files
from aidec.tokenizers.extension import extend
from aidec.tokenizers.preset import load_preset
from aidec.tokenizers.trainer import Corpus as Texts
from aidec.tokenizers.trainer import train


@dataclass(frozen=True)
class Item:
    """A chunk: its file, and how many instructions it has."""

    path: Path
    instructions: int

    @cached_property
    def data(self) -> bytes:
        """The bytes of the file."""
        return self.path.read_bytes()


MOST_PORTIONS = 16
"""How many portions a sample is measured in."""

LEAST_PORTION = 25_000
"""How many instructions a portion has at least: some times as many as are composed in one go."""


@dataclass(frozen=True)
class Sample:
    """Chunks to measure on, and others to warm up with."""

    items: Sequence[Item]
    others: Sequence[Item]

    @property
    def instructions(self) -> int:
        """How many instructions the chunks have that are measured on."""
        return sum(item.instructions for item in self.items)

    @property
    def portions(self) -> list[Sequence[Item]]:
        """The chunks to measure on, in portions that are measured one after the other."""
        number = max(1, min(MOST_PORTIONS, self.instructions // LEAST_PORTION))
        return [self.items[start::number] for start in range(number)]


class Corpus:
    """The Lua files of a folder as chunks in a folder for work, in an order that has nothing to do with their names.

    Args:
        folder: the folder with the Lua files.
        work: where chunks and tokenizers are kept; a part of it for each corpus.
        vocabulary: how many tokens tokenizers have before they are extended.
    """

    def __init__(self, folder: Path, work: Path, vocabulary: int = 32_768) -> None:
        self.folder = folder
        self.vocabulary = vocabulary
        listed = [(os.path.relpath(path, folder), os.path.getsize(path)) for path in files([str(folder)])]
        self.num_files = len(listed)
        self.work = work / hashlib.sha256(json.dumps(listed).encode()).hexdigest()[:12]

    @cached_property
    def items(self) -> list[Item]:
        """All chunks, sorted by the hash of their sources' names; sources that do not compile are left out."""
        index = self.work / "chunks.json"
        if not index.is_file():
            counts = self._compile()
            with atomic(index) as file:
                file.write(json.dumps(counts, indent=1).encode())
        return [Item(self._path(name), count) for name, count in sorted(json.loads(index.read_text()).items())]

    def describe(self) -> str:
        """What it is, in a line."""
        instructions = sum(item.instructions for item in self.items)
        megabytes = sum(item.path.stat().st_size for item in self.items) / 1e6
        chunks = f"{len(self.items):,} chunks, compiled from {self.num_files:,} Lua files"
        return f"{chunks}; {megabytes:.1f} MB, {instructions:,} instructions"

    def sample(self, instructions: int | None, largest: int | None = None) -> Sample:
        """Chunks of so many instructions at most, drawn by hash, and half as many others; with None all, and no others.

        No chunk of more than an eighth of that is drawn, or it would be most of the sample. ``largest`` is the most
        instructions that a chunk may have where all are taken.
        """
        if instructions is None:
            return Sample([item for item in self.items if largest is None or item.instructions <= largest], [])
        drawn, others = [], []
        room, room_for_others = instructions, instructions // 2
        for item in self.items:
            if item.instructions > instructions // 8:
                continue
            if item.instructions <= room:
                drawn.append(item)
                room -= item.instructions
            elif item.instructions <= room_for_others:
                others.append(item)
                room_for_others -= item.instructions
        return Sample(drawn, others)

    def tokenizer(self, pack: str) -> Path:
        """The folder of a tokenizer of the preset lua-sp, trained on the corpus, with a pack's tokens and ChatML's."""
        folder = self.work / f"tokenizer-{pack}-{self.vocabulary}"
        if not folder.is_dir():
            print(f"training a tokenizer for {pack} ...", file=sys.stderr)
            texts = Texts(document.data for document in documents([str(self.folder)], _ignore))
            extend(train(texts, load_preset("lua-sp"), self.vocabulary), [pack], "chatml").save(folder)
        return folder

    def _compile(self) -> dict[str, int]:
        print(f"compiling {self.num_files:,} files ...", file=sys.stderr)
        os.makedirs(self._path("").parent, exist_ok=True)
        counts = {}
        for document in documents([str(self.folder)], _ignore):
            name = os.path.relpath(document.origin, self.folder)
            try:
                data = aidec.compile(document.data, name=f"@{name}")
            except aidec.CompileError:
                continue
            digest = hashlib.sha256(os.fsencode(name)).hexdigest()[:16]
            self._path(digest).write_bytes(data)
            counts[digest] = sum(len(proto.code) for proto in aidec.load(data).main.walk())
        return counts

    def _path(self, name: str) -> Path:
        return self.work / "chunks" / f"{name}.luac"


def _ignore(problem: str) -> None:
    """A file that can't be read is left out, as is one that does not compile."""
