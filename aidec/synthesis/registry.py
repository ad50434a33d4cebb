"""All rewrites and all faults, by their names."""

from __future__ import annotations

from collections.abc import Collection

from aidec.common.errors import SynthesisError
from aidec.common.hints import did_you_mean
from aidec.synthesis import (  # noqa: F401 (they register)
    faults_control,
    faults_scope,
    faults_syntax,
    faults_types,
    faults_values,
    rewrites_forms,
    rewrites_inlining,
    rewrites_spelling,
    rewrites_statements,
    rewrites_values,
)
from aidec.synthesis.faults import FAULTS, Fault
from aidec.synthesis.rewriting import REWRITES, Rewrite


def find(names: tuple[str, ...]) -> list[Rewrite]:
    """The rewrites of some names, in the order of the registry; all where none is named.

    Raises:
        SynthesisError: there is no rewrite of a name.
    """
    _check("rewrite", names, REWRITES)
    return [each for each in REWRITES.values() if not names or each.name in names]


def find_faults(names: tuple[str, ...] = (), groups: tuple[str, ...] = ()) -> list[Fault]:
    """The faults of some names or classes, in the order of the registry; all where nothing is named.

    Raises:
        SynthesisError: there is no fault of a name, or no such class.
    """
    _check("fault", names, FAULTS)
    _check("class of faults", groups, sorted({each.group for each in FAULTS.values()}))
    everything = not names and not groups
    return [each for each in FAULTS.values() if everything or each.name in names or each.group in groups]


def _check(what: str, names: tuple[str, ...], known: Collection[str]) -> None:
    for name in names:
        if name not in known:
            raise SynthesisError(f"there is no {what} {name!r}{did_you_mean(name, known)}")
