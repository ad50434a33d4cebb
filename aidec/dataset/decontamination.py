"""What is near a task of an evaluation: samples that have its text, or functions with its bytecode or similar ones.

By text a sample is near a task if it has most of its shingles (``duplicates.text_shingles``), wherever they stand. By
bytecode it is if a function in it, be it inside another, is the same as one of the task but for names, lines and layout
(``fingerprint.exact_key``), or similar. Short texts and functions don't count: they are the same everywhere.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from aidec.bytecode import Proto, load
from aidec.bytecode.fingerprint import FunctionKey, exact_keys, shingles
from aidec.common.errors import AidecError, DatasetError, at
from aidec.common.json_values import bytes_from_json
from aidec.dataset.duplicates import Shared, text_shingles
from aidec.dataset.manifest import sha256
from aidec.dataset.recipe import Decontamination
from aidec.lua import compile_source
from aidec.lua.standalone import compile_alone
from aidec.sources.compression import DAMAGES, open_stream

LEAST_SHINGLES = 10
"""From how many shingles on a text counts."""

STAGE = "decontaminate"
TEXT, BYTECODE = "near a task by text", "near a task by bytecode"
"""The stage and the reasons of rejects."""


@dataclass(frozen=True, slots=True)
class Near:
    """Why a sample is left out.

    Attributes:
        task: the id of the task that it is near.
        reason: ``TEXT`` or ``BYTECODE``.
        detail: how near, as a line for people.
    """

    task: str
    reason: str
    detail: str


@dataclass(slots=True)
class TaskFile:
    """A file of tasks: its path, its SHA-256 in hexadecimal, and how many tasks it has and could be looked for.

    Attributes:
        path, sha256: the file.
        tasks: how many tasks it has.
        by_text: how many of them have a text that is long enough.
        by_bytecode: how many have a function that is.
    """

    path: str
    sha256: str
    tasks: int = 0
    by_text: int = 0
    by_bytecode: int = 0


@dataclass(slots=True)
class _Known:
    """The texts and the functions of all tasks, each with the id of its task."""

    texts: list[Any] = field(default_factory=list)
    text_of: list[str] = field(default_factory=list)
    codes: list[Any] = field(default_factory=list)
    code_of: list[str] = field(default_factory=list)
    keys: dict[bytes, str] = field(default_factory=dict)


class Tasks:
    """The tasks of evaluations that samples must not be near.

    Attributes:
        files: the files of the tasks.

    Args:
        settings: what the recipe says.

    Raises:
        DatasetError: a file has no tasks, or a line is none; the text names it.
        OSError: a file can't be read.
    """

    def __init__(self, settings: Decontamination) -> None:
        self._settings = settings
        known = _Known()
        self.files = [self._read(path, known) for path in settings.tasks]
        self._keys, self._text_of, self._code_of = known.keys, known.text_of, known.code_of
        self._texts, self._codes = Shared(known.texts), Shared(known.codes)

    def near(self, text: bytes, keys: Sequence[FunctionKey], code: Sequence[Proto]) -> Near | None:
        """The task that a sample is near, or None.

        Args:
            text: what the sample says.
            keys: the exact keys of its functions, those inside others too.
            code: its functions, without those inside others.
        """
        if not self.files:
            return None
        for key in keys:
            if key.key in self._keys:
                detail = f"a function of {key.instructions:,} instructions is in {self._keys[key.key]}"
                return Near(self._keys[key.key], BYTECODE, detail)
        near = self._settings.near
        at_, share = self._texts.most_of(text_shingles(text))
        if share >= near:
            task = self._text_of[at_]
            return Near(task, TEXT, f"it has {share:.0%} of the text of {task}")
        for proto in self._counted(code):
            at_, share = self._codes.most_like(shingles(proto))
            if share >= near:
                task = self._code_of[at_]
                detail = f"a function in line {proto.line_defined} has {share:.0%} in common with one in {task}"
                return Near(task, BYTECODE, detail)
        return None

    def report(self, left_out: dict[str, dict[str, int]]) -> dict[str, Any]:
        """What was looked for, and how many samples were left out for each task, by the reason, as JSON has it."""
        settings = {"near": self._settings.near, "instructions": self._settings.instructions}
        return {**settings, "files": [asdict(file) for file in self.files], "left_out": left_out}

    def _counted(self, code: Sequence[Proto]) -> Iterator[Proto]:
        """The functions that are long enough, those inside others too."""
        for main in code:
            for proto, key in zip(main.walk(), exact_keys(main), strict=True):
                if key.instructions >= self._settings.instructions:
                    yield proto

    def _read(self, path: str, known: _Known) -> TaskFile:
        file = TaskFile(path, sha256(Path(path)))
        try:
            with open_stream(path) as lines:
                for number, line in enumerate(lines, 1):
                    if line.strip():
                        with at(f"{path}:{number}", DatasetError):
                            self._add(line, file, known)
        except DAMAGES as error:
            raise DatasetError(f"{path}: {getattr(error, 'strerror', None) or error}") from None
        if not file.tasks:
            raise DatasetError(f"{path}: no tasks")
        return file

    def _add(self, line: bytes, file: TaskFile, known: _Known) -> None:
        """Add the task of a line."""
        try:
            row = json.loads(line)
            name = str(row["id"])
            texts = [text for key in ("source", "prompt") if (text := bytes_from_json(row.get(key) or ""))]
            main = _compiled(row)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise DatasetError("expected a task of aidec eval, with an id and a chunk, a source or a prompt") from None
        found = [each for text in texts if len(each := text_shingles(text)) >= LEAST_SHINGLES]
        functions = [] if main is None else list(self._counted([main]))
        file.tasks += 1
        file.by_text += bool(found)
        file.by_bytecode += bool(functions)
        known.texts += found
        known.text_of += [name] * len(found)
        known.codes += map(shingles, functions)
        known.code_of += [name] * len(functions)
        for key in [] if main is None else exact_keys(main):
            if key.instructions >= self._settings.instructions:
                known.keys.setdefault(key.key, name)


def _compiled(row: dict[str, Any]) -> Proto | None:
    """The function of a task; None for one that has no more than a prompt."""
    if row.get("chunk"):
        return load(base64.b64decode(row["chunk"], validate=True)).main
    source = bytes_from_json(row.get("source") or "")
    if not source:
        if not row.get("prompt"):
            raise ValueError
        return None
    try:
        if row.get("is_function"):
            return compile_alone(source, row.get("upvalues") or [])
        return load(compile_source(source)).main
    except AidecError as error:
        raise DatasetError(f"source: {error}") from None
