"""The libraries that evaluation and synthesis need, which the extras ``eval`` and ``synth`` install."""

from __future__ import annotations

from functools import lru_cache

from aidec.common.errors import AidecError, EvaluationError
from aidec.common.extras import extra


@lru_cache(maxsize=2)
def require_libraries(
    name: str = "eval", needed_by: str = "evaluation needs", error: type[AidecError] = EvaluationError
) -> None:
    """Make sure that the libraries are there, so that one that is not is no fault of a source or a prediction.

    The arguments are those of ``extra``.

    Raises:
        AidecError: one is not installed; the exception is an ``error``, and its text says what to install.
    """
    with extra(name, needed_by, error):
        import rapidfuzz  # noqa: F401 (it is imported where it is used)
        import tree_sitter_lua  # noqa: F401
