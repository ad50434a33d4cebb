"""Objects of Python that a user names: ``module:name``."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

from aidec.common.errors import EvaluationError


def named_object(name: str) -> Any:
    """The object of a name such as ``module:name``; the module may stand in the current folder.

    Raises:
        EvaluationError: there is none.
    """
    module, _, attribute = name.partition(":")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        return getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise EvaluationError(f"{name}: expected module:name of something in Python: {error}") from None
