"""What evaluation is about: a task, a prediction of its source, and the score that the prediction gets.

Each is a row of JSON lines. Bytes stand there as text where they are UTF-8 (aidec.common.json_values).
"""

from __future__ import annotations

import base64
from dataclasses import asdict, dataclass, field
from typing import Any

from aidec.common.json_values import bytes_to_json

LEVELS = ("parses", "compiles", "same_bytecode", "same_behaviour", "same_text", "names", "readability")
"""What is measured of a prediction, the most basic first. Each is from 0 to 1."""

GOALS = ("compiles", "same_bytecode", "same_behaviour")
"""The levels that a repair can be for."""


@dataclass(frozen=True, slots=True)
class Test:
    """One call, of the original and of a prediction.

    Attributes:
        function: what is called: the name of a global, ``return`` for what the chunk returns, or a path of fields from
            either, such as ``stack.push`` or ``return.push``; empty for the chunk itself.
        arguments: Lua expressions, such as ``1, {2, 3}``, which see the standard library alone.
        expected: Lua expressions for what it returns, where 1 and 1.0 are the same, as for Lua's ``==``; None is what
            the original returns, to the bit.
    """

    function: str
    arguments: str = ""
    expected: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The test as a part of a row."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Task:
    """One chunk to decompile, or one program to complete.

    Attributes:
        id: its name; no two tasks of a file have the same.
        chunk: the bytes of the chunk; the prediction is to be its source. Empty if there is none: the prediction is to
            complete a program, which is known by its tests alone.
        source: the text that it was compiled from, if that is known.
        stripped: whether the chunk has no debug information.
        is_function: whether the main function of the chunk is one function of a file, with upvalues of its own, and a
            prediction the text of one function.
        upvalues: the names of the upvalues of that function.
        tests: calls that tell whether the prediction behaves as the chunk does.
        tags: what the bytecode has, such as ``closure`` or ``goto``, and how much of it, such as ``size:100-999``.
        origin: where it was taken from.
        prompt: the start of a program that the prediction goes on with.
        suffix: what stands after the prediction in that program, such as ``return f``, by which tests reach a local
            function.
        stop_tokens: texts of which the first ends the prediction.
    """

    id: str
    chunk: bytes
    source: bytes | None = None
    stripped: bool = True
    is_function: bool = False
    upvalues: tuple[str, ...] = ()
    tests: tuple[Test, ...] = ()
    tags: tuple[str, ...] = ()
    origin: str = ""
    prompt: bytes = b""
    suffix: bytes = b""
    stop_tokens: tuple[str, ...] = ()

    def completed(self, code: bytes) -> bytes:
        """The program that a prediction completes; the prediction itself if the task has a chunk.

        This is what is scored.

        Args:
            code: the prediction, Lua alone, without what comes after the first of the stop tokens.
        """
        return self.prompt + code + self.suffix

    def to_json(self) -> dict[str, Any]:
        """The task as a row."""
        return {
            "id": self.id,
            "chunk": base64.b64encode(self.chunk).decode(),
            "source": None if self.source is None else bytes_to_json(self.source),
            "stripped": self.stripped,
            "is_function": self.is_function,
            "upvalues": list(self.upvalues),
            "tests": [test.to_json() for test in self.tests],
            "tags": list(self.tags),
            "origin": self.origin,
            "prompt": bytes_to_json(self.prompt),
            "suffix": bytes_to_json(self.suffix),
            "stop_tokens": list(self.stop_tokens),
        }


@dataclass(frozen=True, slots=True)
class Prediction:
    """One answer to a task.

    Attributes:
        task: the id of the task.
        sample: its number among the answers to the task, from 0.
        completion: the answer as it came, with whatever stands around the code.
        failure: why there is no answer, such as ``timeout``, or None.
        seconds: how long the answer took, or None if it was read from a file.
        tokens: how many tokens the question and the answer took, or None if nobody counted them.
        detail: what is known of a failure beside its kind, such as the last line that a program wrote of it.
    """

    task: str
    sample: int
    completion: bytes
    failure: str | None = None
    seconds: float | None = None
    tokens: int | None = None
    detail: str = ""


ANSWER = "answer"
"""What a note is about that says why there is no answer."""
ERROR = "error"
"""What a note is about that says why a prediction could not be scored, which is no fault of its own."""


@dataclass(frozen=True, slots=True)
class FunctionScore:
    """What one function got.

    Attributes:
        path: the way to its proto in the chunk: an index into ``protos``, from the main function inwards.
        values: its levels, as for ``Score``.
        notes: as for ``Score``.
    """

    path: tuple[int, ...]
    values: dict[str, float | None]
    notes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Score:
    """What a prediction got.

    Attributes:
        task, sample: which prediction it is.
        values: a number from 0 to 1 for each of ``LEVELS``, and for graded measures beside them, such as
            ``functions_equal`` and ``instructions_similar``; None where the level can't be told, such as names without
            debug information.
        notes: for a level, the first thing that is wrong, or why the level can't be told.
        functions: each function of the chunk.
    """

    task: str
    sample: int
    values: dict[str, float | None]
    notes: dict[str, str] = field(default_factory=dict)
    functions: tuple[FunctionScore, ...] = ()


@dataclass(frozen=True, slots=True)
class Scored:
    """A prediction that was scored.

    Attributes:
        prediction: the prediction.
        code: the code in it; empty if there is no answer.
        score: what it got.
    """

    prediction: Prediction
    code: bytes
    score: Score
