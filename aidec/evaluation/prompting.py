"""What a model is asked: the messages of a question."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from aidec.bytecode import load
from aidec.common.errors import EvaluationError
from aidec.common.settings import load_yaml
from aidec.evaluation.asking import Question
from aidec.evaluation.model import Task
from aidec.packs import renderer
from aidec.tokenizers.chat_format import load_format
from aidec.tokenizers.template import fill

Message = dict[str, Any]

CHUNK = "{chunk}"


@cache
def _texts() -> dict[str, str]:
    texts: dict[str, str] = load_yaml(Path(__file__).with_name("prompts.yaml"))
    return texts


@dataclass(frozen=True, slots=True)
class Prompting:
    """Makes the messages of questions.

    Attributes:
        pack: the pack in which chunks are shown.
        text: the question, in which ``{chunk}`` stands for the chunk, or for the start of the program if the task is to
            go on with one; None is that of ``prompts.yaml``.
        system: what the system's message says, or None.
        chat: the chat format that makes one text of the messages, or None where the model's server does.
    """

    pack: str = "listing"
    text: str | None = None
    system: str | None = None
    chat: str | None = None

    def __post_init__(self) -> None:
        renderer(self.pack)
        if self.chat is not None:
            load_format(self.chat)
        if self.text is not None and CHUNK not in self.text:
            raise EvaluationError(f"the prompt has no {CHUNK}, in whose place the chunk is shown")

    @property
    def identity(self) -> str:
        """All that messages depend on beside the question."""
        files = self.chat and load_format(self.chat).template
        return repr((self, _texts(), files))

    def messages(self, question: Question) -> list[Message]:
        """The conversation that ends with the question.

        Raises:
            AidecError: the pack can't show the chunk.
        """
        before = [{"role": "system", "content": self.system}] if self.system else []
        said = [*before, {"role": "user", "content": self._question(question.task)}]
        for turn in question.before:
            answer = turn.completion.decode("utf-8", "replace")
            again = _texts()["repair"].replace("{error}", turn.error)
            said += [{"role": "assistant", "content": answer}, {"role": "user", "content": again}]
        return said

    def as_text(self, messages: list[Message]) -> str:
        """Messages as one text in the chat format, up to where the answer begins."""
        assert self.chat is not None  # noqa: S101 (it is asked for only then)
        parts = fill(load_format(self.chat).template, messages, add_generation_prompt=True)
        return "".join(part.value for part in parts)

    def _question(self, task: Task) -> str:
        if task.chunk:
            kind, shown = "function" if task.is_function else "chunk", renderer(self.pack).render(load(task.chunk))
        else:
            kind, shown = "program", task.prompt.decode("utf-8", "replace")
        upvalues = ", ".join(name or "?" for name in task.upvalues) or "none"
        text = self.text or _texts()[kind].replace("{upvalues}", upvalues)
        return text.replace(CHUNK, shown)
