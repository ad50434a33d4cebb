"""The messages of a sample, made in one place for its tokens and for its texts."""

from __future__ import annotations

from typing import Any

Message = dict[str, Any]


def messages_of(system: str | None, prompt: Any, completion: Any) -> list[Message]:
    """The conversation of a sample: the message of the system if it has one, of the user, and last of the assistant.

    Args:
        system: what the system's message says, or None.
        prompt: what the user shows: a text, or a list with a part ``{"type": "chunk", ...}``.
        completion: what the assistant answers: the source.
    """
    before = [{"role": "system", "content": system}] if system else []
    return [*before, {"role": "user", "content": prompt}, {"role": "assistant", "content": completion}]
