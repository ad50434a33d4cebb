"""Chat formats: a Jinja2 template, as transformers uses it, and the control tokens that it writes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aidec.common.errors import ConversationError
from aidec.common.settings import Conf
from aidec.common.shipped import shipped_names, shipped_or_own

SHIPPED = Path(__file__).with_name("chat_formats")


@dataclass(frozen=True, slots=True)
class ChatFormat:
    r"""A chat format.

    Attributes:
        name: the file's name without ``.yaml``.
        description: one line for people.
        tokens: its control tokens, in the order in which a tokenizer is extended with them.
        optional: those that may be ordinary text, such as ``user\n``.
        template: the Jinja2 template; ``{% generation %}`` marks what is trained on.
    """

    name: str
    description: str
    tokens: tuple[str, ...]
    optional: tuple[str, ...]
    template: str

    @property
    def record(self) -> dict[str, Any]:
        """What is saved of it with a tokenizer, beside the template."""
        return {"chat": self.name, "chat_needs": [token for token in self.tokens if token not in self.optional]}


def format_names() -> list[str]:
    """The chat formats that ship."""
    return shipped_names(SHIPPED)


def load_format(name: str) -> ChatFormat:
    """A chat format by its name, or from a YAML file of the user's.

    Raises:
        ConversationError: there is no such format, or its file is malformed; the message names the line.
    """
    path = shipped_or_own(name, SHIPPED, "chat format", ConversationError)
    conf = Conf(path, ConversationError)
    tokens = conf.texts("tokens")
    loaded = ChatFormat(
        name=path.stem,
        description=conf.text("description"),
        tokens=tokens,
        optional=conf.choices("optional", tokens, default=()),
        template=conf.text("template"),
    )
    conf.refuse_the_rest()
    return loaded
