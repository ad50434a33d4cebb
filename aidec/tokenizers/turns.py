"""The special tokens that a chat template itself uses: the one that ends the assistant's turn, and the first of all."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from aidec.common.errors import ConversationError
from aidec.packs.splitter import Splitter
from aidec.tokenizers.template import Segment, fill

ASKED, ANSWERED = "question", "answer"


class Turns(NamedTuple):
    """The tokens of a chat template; empty where it has none.

    Attributes:
        end: what follows the assistant's answer, at which a program that samples must stop.
        start: what stands first, if it stands nowhere else.
        used: all special tokens that it prints in a conversation of two rounds.
    """

    end: str = ""
    start: str = ""
    used: frozenset[str] = frozenset()


def turns_of(template: str, special: Collection[str], roles: dict[str, str]) -> Turns:
    """The tokens of a chat template, as a conversation of two rounds shows them.

    Args:
        template: the Jinja2 template.
        special: the special tokens of the tokenizer.
        roles: what the template gets as ``eos_token`` and so on.
    """
    asked, answered = {"role": "user", "content": ASKED}, {"role": "assistant", "content": ANSWERED}
    try:
        filled = fill(template, [asked, answered, asked, answered], add_generation_prompt=False, **roles)
    except ConversationError:
        return Turns()
    split = Splitter(special).split
    parts: list[tuple[str, bool]] = []
    for segment in filled:
        parts += [(str(segment.value), False)] if segment.is_content else split(segment.value)
    tokens = [text for text, is_token in parts if is_token]
    contents = [place for place, (text, is_token) in enumerate(parts) if (text, is_token) == (ANSWERED, False)]
    after = parts[contents[-1] + 1 :] if contents else []
    end = next((text for text, is_token in after if is_token), "")
    is_first = bool(tokens) and parts[0] == (tokens[0], True) and tokens.count(tokens[0]) == 1
    return Turns(end, tokens[0] if is_first else "", frozenset(tokens))


def takes_parts(template: str, roles: dict[str, str]) -> bool:
    """Whether a chat template prints content that is a list of parts; most know texts only, and print the list as such.

    Args:
        template: the Jinja2 template.
        roles: as for ``turns_of``.
    """

    def printed(content: Any) -> list[Segment]:
        messages = [{"role": "user", "content": content}, {"role": "assistant", "content": ANSWERED}]
        try:
            return fill(template, messages, add_generation_prompt=False, **roles)
        except ConversationError:
            return []

    of_text, of_parts = printed(ASKED), printed([{"type": "text", "text": ASKED}])
    return of_parts == of_text or not any(part.is_content and part.value != ANSWERED for part in of_text)
