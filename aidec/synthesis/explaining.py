"""Explanations of faults: a folder of templates, one for each, into which go the names and the lines of a program.

A template has two blocks: ``wrong``, what is wrong, and ``repair``. What is seen of it stands in ``_fault.txt.j2``. A
folder of the user's comes before the one that ships.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError

from aidec.common.errors import SynthesisError

SHIPPED = Path(__file__).with_name("explanations")


def explained(name: str, told: Mapping[str, Any], folder: str | None = None) -> str:
    """The explanation of a fault in a program: sentences, in one paragraph.

    Args:
        name: the name of the fault.
        told: what its template may name.
        folder: a folder with templates in place of those that ship.

    Raises:
        SynthesisError: a template is missing or malformed, or names what is not told.
    """
    try:
        text = environment(folder).get_template(f"{name}.txt.j2").render(told)
    except TemplateError as error:
        raise SynthesisError(f"{folder or SHIPPED}: {name}.txt.j2: {type(error).__name__}: {error}") from None
    return " ".join(text.split())


@lru_cache(maxsize=4)
def environment(folder: str | None = None) -> Environment:
    """Where templates are found: in a folder of the user's, and else among those that ship."""
    return Environment(
        loader=FileSystemLoader([*([folder] if folder else []), SHIPPED]),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 -- the text is no HTML
        trim_blocks=True,
        lstrip_blocks=True,
    )
