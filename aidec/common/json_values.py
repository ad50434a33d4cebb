"""Bytes as JSON has them: a text where they are UTF-8, else an object with their base64."""

from __future__ import annotations

import base64
from typing import Any


def bytes_to_json(value: bytes) -> str | dict[str, str]:
    r"""A text, or ``{"base64": ...}``.

    >>> bytes_to_json(b"text"), bytes_to_json(b"\xff")
    ('text', {'base64': '/w=='})
    """
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(value).decode()}


def bytes_from_json(value: Any) -> bytes:
    """The bytes of what ``bytes_to_json`` returned.

    Raises:
        KeyError, TypeError, ValueError: it is something else.
    """
    return value.encode() if isinstance(value, str) else base64.b64decode(value["base64"])
