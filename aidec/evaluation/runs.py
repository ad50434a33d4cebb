"""Runs: each task is asked, each answer is scored, and what is wrong is asked again; all of it can be resumed.

A run is a walk over tasks and samples, in rounds: first all answers that the journal lacks, then all scores that it
lacks, then the questions that follow from them. What is known of a sample depends on the journal alone, and not on the
order in which it was written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter

from aidec.common.errors import EvaluationError
from aidec.evaluation.asking import Answerer, Question, Turn
from aidec.evaluation.failures import complaint
from aidec.evaluation.journal import Journal, digest_of, task_digest
from aidec.evaluation.model import Prediction, Scored, Task
from aidec.evaluation.predictions import item_of, prediction_of
from aidec.evaluation.scoring import FATAL, Item, Row, Scorer, lost, scored
from aidec.parallel.pool import Pool

MOST_TOGETHER = 8
"""How many samples of a task are sent to a process together, and are lost together if the run is killed."""

Progress = Callable[[str, int | None, str], AbstractContextManager[Callable[[int, int], object]]]
"""Shows a stage: its name, how many steps it has, and what the rate counts; it gives a function that takes steps."""


@contextmanager
def silent(stage: str, total: int | None, unit: str) -> Iterator[Callable[[int, int], object]]:  # noqa: ARG001 (as asked)
    """Shows nothing."""
    yield lambda _steps, _more: None


@dataclass
class Run:
    """One run.

    Attributes:
        tasks: the tasks.
        journal: what was done so far.
        answerer: what answers; for ``given`` predictions its ``identity`` alone counts.
        scorer: what scores.
        samples: how often each task is asked.
        repairer: what is asked again.
        rounds: how often at most.
        goal: what a repair is for: one of ``model.GOALS``.
        jobs: how many processes score.
    """

    tasks: Sequence[Task]
    journal: Journal
    answerer: Answerer
    scorer: Scorer
    samples: int = 1
    repairer: Answerer | None = None
    rounds: int = 0
    goal: str = "same_bytecode"
    jobs: int = 1
    _digests: list[bytes] = field(init=False, repr=False)
    _identities: tuple[str, str] = field(init=False, repr=False)
    _numbers: dict[str, int] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        self._digests = [task_digest(task) for task in self.tasks]
        self._identities = self.answerer.identity, self.repairer.identity if self.repairer else ""

    def take(self, predictions: Iterable[Prediction], most: int | None = None) -> None:
        """Take predictions that are given, so many for a task at most; it has as many samples then."""
        places = {task.id: place for place, task in enumerate(self.tasks)}
        for prediction in predictions:
            if most is not None and prediction.sample >= most:
                continue
            place = places[prediction.task]
            question = Question(self.tasks[place], prediction.sample)
            self.journal.put(self._digest(place, question), item_of(prediction))
            self._numbers[prediction.task] = max(self._numbers.get(prediction.task, 0), prediction.sample + 1)

    def refuse_fewer(self, k: int) -> None:
        """Make sure that no task has fewer samples.

        Raises:
            EvaluationError: one has.
        """
        for task in self.tasks:
            number = len(self._samples_of(task))
            if number < k:
                raise EvaluationError(f"pass@{k} can't be told: the task {task.id} has {number} samples")

    def forget_failures(self) -> None:
        """Forget that there was no answer to a question, so that it is asked again."""
        for place, sample in self._places():
            question = Question(self.tasks[place], sample)
            for each in self._follow(place, sample)[0]:
                if each.prediction.failure is not None:
                    self.journal.forget(self._digest(place, question))
                question = self._following(question, each, complaint(each.score, self.goal) or "")

    def _places(self) -> list[tuple[int, int]]:
        """The places of tasks, each with the number of a sample."""
        return [(place, sample) for place, task in enumerate(self.tasks) for sample in self._samples_of(task)]

    def _samples_of(self, task: Task) -> range:
        """The numbers of the samples of a task."""
        return range(self._numbers.get(task.id, self.samples))

    def go(self, progress: Progress = silent) -> None:
        """Ask and score whatever is missing."""
        places = self._places()
        for number in range(self.rounds + 1):
            places = self._ask(places, number, progress)
            self._score(places, number, progress)

    def results(self) -> Iterator[list[list[Scored]]]:
        """For each task, for each of its samples, its rounds so far."""
        for place, task in enumerate(self.tasks):
            yield [self._follow(place, sample)[0] for sample in self._samples_of(task)]

    def _follow(self, place: int, sample: int) -> tuple[list[Scored], Question | Item | None]:
        """What is known of a sample, and what is to be asked or scored next; None if nothing is."""
        task = self.tasks[place]
        question = Question(task, sample)
        rounds: list[Scored] = []
        while True:
            answer = self.journal.get(self._digest(place, question))
            if answer is None:
                return rounds, question
            prediction = prediction_of(answer, task.id, sample)
            item = self.scorer.item(task, self._digests[place], prediction)
            row = self.journal.get(item.digest)
            if row is None:
                return rounds, item
            rounds.append(scored(prediction, row))
            error = complaint(rounds[-1].score, self.goal)
            if error is None or len(rounds) > self.rounds:
                return rounds, None
            question = self._following(question, rounds[-1], error)

    def _following(self, question: Question, answer: Scored, error: str) -> Question:
        """The question after an answer with an error."""
        turn = Turn(answer.prediction.completion, answer.code, error)
        return Question(question.task, question.sample, (*question.before, turn))

    def _digest(self, place: int, question: Question) -> bytes:
        """The digest of all that an answer depends on."""
        before = [part for turn in question.before for part in (turn.completion, turn.error)]
        identity = self._identities[bool(question.before)]
        return digest_of("answer", identity, self._digests[place], question.sample, *before)

    def _ask(self, places: list[tuple[int, int]], number: int, progress: Progress) -> list[tuple[int, int]]:
        """Ask what is missing for a round; those of the samples that are not done then."""
        waiting, left = [], []
        for place, sample in places:
            rounds, following = self._follow(place, sample)
            if following is not None:
                left.append((place, sample))
                if isinstance(following, Question) and len(rounds) == number:
                    waiting.append((place, sample))
        if not waiting:
            return left
        answerer = self.answerer if number == 0 else self.repairer
        assert answerer is not None  # noqa: S101 (there are rounds only with one)
        where: dict[tuple[str, int], int] = {}

        def questions() -> Iterator[Question]:
            for place, sample in waiting:
                following = self._follow(place, sample)[1]
                if isinstance(following, Question):
                    where[following.task.id, sample] = place
                    yield following

        with progress("ask" if number == 0 else f"repair {number}", len(waiting), "answers") as advance:
            for question, prediction in answerer.answers(questions()):
                place = where.pop((question.task.id, question.sample))
                self.journal.put(self._digest(place, question), item_of(prediction))
                advance(1, 1)
        return left

    def _score(self, places: list[tuple[int, int]], number: int, progress: Progress) -> None:
        """Score what is missing, equal predictions once.

        Raises:
            EvaluationError: nothing can be run here.
        """
        waiting: dict[bytes, tuple[int, int]] = {}
        for place, sample in places:
            item = self._follow(place, sample)[1]
            if isinstance(item, Item):
                waiting.setdefault(item.digest, (place, sample))
        if not waiting:
            return

        def batches() -> Iterator[tuple[list[Item], int]]:
            # The samples of a task go to one process, which prepares the task once
            for _, places_of_task in groupby(waiting.values(), key=itemgetter(0)):
                items = (self._follow(place, sample)[1] for place, sample in places_of_task)
                found = [item for item in items if isinstance(item, Item)]
                for start in range(0, len(found), MOST_TOGETHER):
                    yield found[start : start + MOST_TOGETHER], 0

        def fail(item: Item, problem: str) -> tuple[bytes, Row]:
            return item.digest, lost(f"to score it was not possible: {problem}")

        stage = "score" if number == 0 else f"score {number}"
        with progress(stage, len(waiting), "scores") as advance, Pool(self.scorer, self.jobs, fail) as pool:
            for digest, row in pool.map(batches(), in_order=False):
                if FATAL in row:
                    raise EvaluationError(row[FATAL])
                self.journal.put(digest, row)
                advance(1, 1)
