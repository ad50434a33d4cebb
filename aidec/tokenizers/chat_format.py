"""Chat formats: YAML files with a Jinja2 template, as transformers uses it, and the control tokens that it prints."""

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
        tokens: the control tokens, in the order in which a tokenizer is extended with them.
        optional: those of ``tokens`` that a tokenizer may lack; they are ordinary text then, such as ``user\n``.
        template: the Jinja2 template; ``{% generation %}`` marks what is trained on.
    """

    name: str
    description: str
    tokens: tuple[str, ...]
    optional: tuple[str, ...]
    template: str

    @property
    def metadata(self) -> dict[str, Any]:
        """What a tokenizer's metadata says of its chat format: the name, and the tokens that must be special."""
        return {"chat": self.name, "chat_needs": [token for token in self.tokens if token not in self.optional]}


def format_names() -> list[str]:
    """The names of the chat formats that ship, sorted."""
    return shipped_names(SHIPPED)


def load_format(name: str) -> ChatFormat:
    """The chat format of a name, or of the path of a user's YAML file.

    Raises:
        ConversationError: there is no such format, or its file is malformed; the text names the line.
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
