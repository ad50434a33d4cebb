"""Asks a model for proposals, within a budget of tokens; answers are kept, so that none is asked for twice.

Which answers count does not depend on when they come: those to the first questions, up to the first before which the
tokens of all others are the budget. A question is asked only if the answers to those before it, so far, leave something
of the budget; so all that count are asked for, and beside them at most those that were under way when it was spent.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from aidec.common.errors import SynthesisError
from aidec.evaluation.asking import Question, failed
from aidec.evaluation.endpoint import Endpoint
from aidec.evaluation.journal import Journal, digest_of
from aidec.evaluation.model import Prediction, Task
from aidec.evaluation.predictions import item_of, prediction_of

SPENT = "the budget is spent"
"""The failure of a question that is not asked for that."""


class Ledger:
    """The tokens that answers took, by the numbers of their questions. Threads can share one.

    Args:
        number: how many questions there are.
        budget: how many tokens may be spent; None for any number.
    """

    def __init__(self, number: int, budget: int | None = None) -> None:
        self.budget = budget
        self._tokens = [0] * number
        self._lock = threading.Lock()

    def add(self, number: int, prediction: Prediction) -> None:
        """Add the tokens of the answer to a question.

        Raises:
            SynthesisError: there is a budget, and nobody counted them.
        """
        if self.budget is not None and prediction.failure is None and prediction.tokens is None:
            raise SynthesisError(
                "--budget: the server does not say how many tokens an answer takes (usage.total_tokens)"
            )
        with self._lock:
            self._tokens[number] = prediction.tokens or 0

    def remove(self, number: int) -> None:
        """Forget the answer to a question."""
        with self._lock:
            self._tokens[number] = 0

    def before(self, number: int) -> int:
        """The tokens of the answers so far to the questions before a number."""
        with self._lock:
            return sum(self._tokens[:number])

    def is_spent(self, number: int) -> bool:
        """Whether nothing is left for the question with this number."""
        return self.budget is not None and self.before(number) >= self.budget

    @property
    def total(self) -> int:
        """The tokens of all answers."""
        return self.before(len(self._tokens))


@dataclass
class Proposer(Endpoint):
    """A model behind an endpoint that is asked no more once the budget is spent.

    Attributes:
        ledger: what was spent.
    """

    ledger: Ledger = field(default_factory=lambda: Ledger(0), repr=False)

    @property
    def identity(self) -> str:
        """What an answer depends on beside the question; with other limits one that is there stays, as it was paid."""
        return repr((self.url, self.model, self.prompting.system, json.dumps(self.body, sort_keys=True)))

    def ask(self, question: Question) -> Prediction:
        """The answer to a question, whose sample is its number; or that the budget is spent."""
        if self.ledger.is_spent(question.sample):
            return failed(question, SPENT)
        prediction = super().ask(question)
        self.ledger.add(question.sample, prediction)
        return prediction


@dataclass
class Answers:
    """The answers of a model to questions.

    Attributes:
        tasks: the tasks that the questions stand in.
        journal: the answers that are there.
        proposer: what answers.
    """

    tasks: Sequence[Task]
    journal: Journal
    proposer: Proposer

    def __post_init__(self) -> None:
        for number in range(len(self.tasks)):
            prediction = self._known(number)
            if prediction is not None:
                self.proposer.ledger.add(number, prediction)

    def forget_failures(self) -> None:
        """Forget that there was no answer to a question, so that it is asked again."""
        for number in range(len(self.tasks)):
            prediction = self._known(number)
            if prediction is not None and prediction.failure is not None:
                self.journal.forget(self._digest(number))
                self.proposer.ledger.remove(number)

    def missing(self) -> list[int]:
        """The numbers of the questions to which there is no answer."""
        return [number for number in range(len(self.tasks)) if self._known(number) is None]

    def ask(self, advance: Callable[[int, int], object]) -> None:
        """Ask what is missing, and keep each answer as soon as it is there.

        Args:
            advance: is told of each question, and of the answer to it.

        Raises:
            EvaluationError: the server can't be reached, or refuses all questions.
            SynthesisError: there is a budget, and the server does not count tokens.
        """
        questions = (Question(self.tasks[number], number) for number in self.missing())
        for question, prediction in self.proposer.answers(questions):
            if prediction.failure != SPENT:
                self.journal.put(self._digest(question.sample), item_of(prediction))
            advance(1, prediction.failure is None)

    def counted(self) -> Iterator[Prediction]:
        """The answers that count, in the order of the questions."""
        ledger = self.proposer.ledger
        for number in range(len(self.tasks)):
            prediction = self._known(number)
            if prediction is None or ledger.is_spent(number):
                return
            yield prediction

    def _known(self, number: int) -> Prediction | None:
        item = self.journal.get(self._digest(number))
        return None if item is None else prediction_of(item, self.tasks[number].id, number)

    def _digest(self, number: int) -> bytes:
        return digest_of("instruct", self.proposer.identity, self.tasks[number].prompt, number)
