"""What is outside the subset: the line, what stands there, and the reason, of which there are few."""

from __future__ import annotations

import ast
from typing import NoReturn


class RefusalError(Exception):
    """A function that is not translated.

    Attributes:
        line: the line, counted from 1.
        detail: what stands there.
        reason: what kind of thing is outside the subset, as it is counted.
    """

    def __init__(self, node: ast.AST | int, detail: str, reason: str = "") -> None:
        self.line = node if isinstance(node, int) else getattr(node, "lineno", 0)
        self.detail = detail
        self.reason = reason or detail
        super().__init__(f"line {self.line}: {detail}")


def refuse(node: ast.AST, detail: str, reason: str = "") -> NoReturn:
    """Say that something is outside the subset.

    Raises:
        RefusalError: always.
    """
    raise RefusalError(node, detail, reason)
