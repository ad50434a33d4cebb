"""The libraries that evaluation needs, which the extra ``eval`` installs."""

from __future__ import annotations

from functools import lru_cache

from aidec.common.errors import EvaluationError
from aidec.common.extras import extra


@lru_cache(maxsize=1)
def require_libraries() -> None:
    """Make sure that the libraries are there, so that one that is not is no fault of a source or a prediction.

    Raises:
        EvaluationError: one is not installed; the text says what to install.
    """
    with extra("eval", "evaluation needs", EvaluationError):
        import rapidfuzz  # noqa: F401 (it is imported where it is used)
        import tree_sitter_lua  # noqa: F401
