"""All rewrites, by their names."""

from __future__ import annotations

from aidec.common.errors import SynthesisError
from aidec.common.hints import did_you_mean
from aidec.synthesis import rewrites_forms, rewrites_spelling, rewrites_statements, rewrites_values  # noqa: F401 (they register)
from aidec.synthesis.rewriting import REWRITES, Rewrite


def find(names: tuple[str, ...]) -> list[Rewrite]:
    """The rewrites of some names, in the order of the registry; all where none is named.

    Raises:
        SynthesisError: there is no rewrite of a name.
    """
    for name in names:
        if name not in REWRITES:
            raise SynthesisError(f"there is no rewrite {name!r}{did_you_mean(name, REWRITES)}")
    return [each for each in REWRITES.values() if not names or each.name in names]
