"""Whether a prediction does what the original does: both run in the sandbox, and what they did is compared here.

The original is run from its source, or from what its chunk decompiles to; bytecode is never loaded. What a prediction
prints, or how it ends, decides nothing: see ``docs/explanation/unforgeable.md``.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace

from aidec.bytecode import load
from aidec.common.errors import CompileError, SandboxError
from aidec.evaluation.calls import Drawing, callees, telling
from aidec.evaluation.deeds import ASPECTS, TOO_LARGE, Deed, deeds_of, difference, told_values
from aidec.evaluation.expected import equal_results
from aidec.evaluation.frames import Frame
from aidec.evaluation.model import Task
from aidec.evaluation.observation import CHUNK, PLAIN, ArgumentsError, Call, Seen, Surroundings, observe
from aidec.evaluation.runnable import UntoldError, original_program, program, surroundings
from aidec.lua.compile import compile_source, skip_comment
from aidec.lua.runner import Limits, Runner

LIMITS = Limits(cpu=2.0, wall=60.0, memory=256 << 20, output=2 << 20)
"""What a prediction may use for all calls of a task. The original may use half of it, so that a prediction that takes a
little more is not worse for that."""

LEAST_CPU, MOST_TIMES = 0.2, 20
"""A prediction may take so many seconds of processor time, or so many times what the original took, if that is more."""

CALLS, EXPLORED, FOLLOWING = 16, 120, 8
"""How many calls are generated for a task, out of how many that are tried, and of how many of them the functions that
they returned are called. Half of those tried are others with one argument changed."""

RUNS_WHERE_IT_DIFFERS = 3
"""How often an original runs again if it did what can differ, such as walk over keys that are tables; others once."""

MOST_KEPT = 32
"""How many originals are kept; what a large one did takes megabytes."""

MOVED = b"\n" * 1000
"""What stands before the original when it runs again, so that what depends on the numbers of lines differs."""


@dataclass(frozen=True, slots=True)
class Case:
    """A call that counts.

    Attributes:
        number: its number among the calls.
        deed: what the original did; None for a task without an original.
        aspects: what is compared with that.
        expected: what a test expects, or None.
    """

    number: int
    deed: Deed | None
    aspects: tuple[str, ...] = ASPECTS
    expected: Frame | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """What predictions of a task are compared with.

    Attributes:
        calls: the calls.
        seen: what was seen of the original.
        cases: the calls that count.
        left_out: what is left out, and why.
        cpu: seconds of processor time that a prediction may take.
        surroundings: what it finds beside the library.
    """

    calls: list[Call]
    seen: list[Seen]
    cases: list[Case]
    left_out: list[str]
    cpu: float
    surroundings: Surroundings = PLAIN


class Behaviour:
    r"""Scores what predictions do. Threads can share one.

    >>> from aidec.evaluation.model import Task, Test
    >>> task = Task("double", b"", b"function double(n) return 2 * n end", tests=(Test("double", "21"),))
    >>> with Runner(1, deterministic=True) as runner:
    ...     behaviour = Behaviour(runner)
    ...     for code in (b"function double(x) return x + x end", b"function double(x) return x * x end"):
    ...         behaviour.score(task, code)
    (1.0, '')
    (0.5, 'double(21) returned 441, the original returned 42')

    Args:
        runner: what runs them: with ``deterministic``, and with the layer ``lua``.
        limits: what a prediction may use.
        seed: what decides on the generated calls, with the task's id.

    Raises:
        SandboxError: the runner is another.
    """

    def __init__(self, runner: Runner, *, limits: Limits = LIMITS, seed: int = 0) -> None:
        if not runner.deterministic or "lua" not in runner.layers:
            raise SandboxError("behaviour needs a runner that is deterministic and has the layer lua")
        self._runner, self._limits, self._seed = runner, limits, seed
        self._lock = threading.Lock()
        self._references: OrderedDict[Task, Reference | UntoldError] = OrderedDict()

    def score(self, task: Task, code: bytes) -> tuple[float | None, str]:
        """The share of the calls of a task in which a prediction does what the original does, and a note.

        The calls are the chunk itself and the tests of the task, or generated ones. The share is 1 only if all agree.
        The note is the first call that does not, and what is left out. The share is None where nothing can be told, and
        the note says why.

        Args:
            task: the task.
            code: the text of the prediction, as ``Task.completed`` gives it.

        Raises:
            SandboxError: nothing can be run.
        """
        reference = self._reference(task)
        if isinstance(reference, UntoldError):
            return None, str(reference)
        try:
            source = program(task, code)
        except CompileError as error:
            return 0.0, f"it does not compile: {error.problem}"
        limits = replace(self._limits, cpu=reference.cpu)
        seen = observe(self._runner, source, reference.calls, limits, reference.surroundings).seen
        wrong = [] if seen == reference.seen else list(_wrong(reference, seen))
        notes = [*wrong[:1], *reference.left_out]
        return 1 - len(wrong) / len(reference.cases), "; ".join(notes)

    def _reference(self, task: Task) -> Reference | UntoldError:
        """What predictions of a task are compared with, or why there is nothing."""
        with self._lock:
            if task in self._references:
                self._references.move_to_end(task)
                return self._references[task]
        try:
            found: Reference | UntoldError = self._prepared(task)
        except UntoldError as error:
            found = error
        with self._lock:
            self._references[task] = found
            if len(self._references) > MOST_KEPT:
                self._references.popitem(last=False)
        return found

    def _prepared(self, task: Task) -> Reference:
        """What the original does. It runs again with its lines moved, to find what differs from run to run.

        Raises:
            UntoldError: nothing can be told.
        """
        source = original_program(task)
        try:
            if source is None:
                return self._of_tests(task)
            around = surroundings(task, source)
            calls = _tests(task) or self._generated(task, source, around)
            first = observe(self._runner, source, calls, self._half(), around)
            others = [
                deeds_of(observe(self._runner, MOVED + skip_comment(source), calls, self._half(), around).seen)
                for _ in range(RUNS_WHERE_IT_DIFFERS if first.differs else 1)
            ]
            expected = self._expected(task)
        except ArgumentsError as error:
            raise UntoldError(str(error)) from None
        cpu = min(self._limits.cpu, max(LEAST_CPU, MOST_TIMES * first.cpu))
        reference = Reference(calls, first.seen, [], [], cpu, around)
        for number, deed in enumerate(deeds_of(first.seen)):
            problems = _problems(deed, [other[number] for other in others])
            aspects = tuple(each for each in ASPECTS if each not in problems)
            case = Case(number, deed, aspects, expected.get(number))
            if why := _left_out(deed, case):
                reference.left_out.append(f"{calls[number]} is left out: {why}")
                continue
            reference.cases.append(case)
            reference.left_out.extend(f"{calls[number]}: its {each} {why}" for each, why in problems.items())
        if not reference.cases:
            raise UntoldError("; ".join(reference.left_out))
        return reference

    def _of_tests(self, task: Task) -> Reference:
        """What the tests of a task expect, where there is no original."""
        expected = self._expected(task)
        if not expected:
            raise UntoldError("there is neither an original nor an expected result")
        cases = [Case(number, None, expected=each) for number, each in expected.items()]
        return Reference(_tests(task), [], cases, [], self._limits.cpu)

    def _expected(self, task: Task) -> dict[int, Frame]:
        """What tests expect, by the number of the call; each is evaluated where nothing of a task is."""
        tests = {number: test for number, test in enumerate(task.tests, 1) if test.expected is not None}
        if not tests:
            return {}
        calls = [CHUNK, *(Call("", test.expected or "") for test in tests.values())]
        frames = (deed.frame for deed in deeds_of(observe(self._runner, b"", calls, self._half()).seen[1:]))
        return {number: frame for number, frame in zip(tests, frames, strict=True) if frame is not None}

    def _generated(self, task: Task, source: bytes, around: Surroundings) -> list[Call]:
        """Calls of what a chunk returns and defines, and of what those return."""
        chunk = load(compile_source(source))
        drawing = Drawing(chunk, f"{self._seed} {task.id}")

        def done(calls: list[Call]) -> list[Deed]:
            return deeds_of(observe(self._runner, source, calls, self._half(), around).seen)

        (main,) = done([CHUNK])
        if main.frame is None:
            return [CHUNK]
        functions = callees(main.frame)
        most = max(CALLS, len(functions))
        tried = drawing.calls(functions, EXPLORED // 2)
        tried_deeds = done([CHUNK, *tried])[1:]
        near = drawing.variants(telling(tried, tried_deeds, most), EXPLORED // 2)
        near_deeds = done([CHUNK, *near])[1:]
        calls = [CHUNK, *telling([*tried, *near], [*tried_deeds, *near_deeds], most)]
        returned = [
            callees(deed.frame, f"#{number}")
            for number, deed in enumerate(done(calls))
            if number and deed.frame is not None
        ]
        following = [functions for functions in returned if functions]
        return calls + [call for functions in following[:FOLLOWING] for call in drawing.calls(functions, 2)]

    def _half(self) -> Limits:
        """The limits of originals."""
        limits = self._limits
        return replace(limits, cpu=limits.cpu / 2, memory=limits.memory // 2, output=limits.output // 2)


def _problems(deed: Deed, others: list[Deed]) -> dict[str, str]:
    """The aspects of a call that can't be compared, each with the reason."""
    differing = [each for each in ASPECTS if any(difference(deed, other, [each]) for other in others)]
    too_large = [each for each, form in deed.forms.items() if form == TOO_LARGE]
    return dict.fromkeys(differing, "differs from run to run") | dict.fromkeys(too_large, "is too large to be told")


def _left_out(deed: Deed, case: Case) -> str:
    """Why a call can't count; empty if it can."""
    if deed.is_cut:
        return f"the original {deed.told('outcome')}"
    if "outcome" not in case.aspects:
        return "what it returns differs from run to run"
    if case.expected is not None and not _meets(deed, case.expected):
        return f"the original {deed.told('outcome')}, the test expects {told_values(case.expected)}"
    return ""


def _meets(deed: Deed, expected: Frame) -> bool:
    """Whether a call returned what a test expects."""
    return deed.frame is not None and equal_results(deed.frame, expected)


def _tests(task: Task) -> list[Call]:
    """The calls of a task's tests, after that of the chunk; none where it has no tests."""
    calls = [Call(test.function, test.arguments) for test in task.tests]
    return [CHUNK, *calls] if calls else []


def _wrong(reference: Reference, seen: list[Seen]) -> Iterator[str]:
    """The calls in which a prediction does something else, in words."""
    done = deeds_of(seen)
    for case in reference.cases:
        deed, call = done[case.number], reference.calls[case.number]
        if case.deed is not None:
            aspect = difference(deed, case.deed, case.aspects)
            if aspect is not None:
                yield f"{call} {deed.told(aspect)}, the original {case.deed.told(aspect)}"
        elif case.expected is not None and not _meets(deed, case.expected):
            yield f"{call} {deed.told('outcome')}, expected {told_values(case.expected)}"
