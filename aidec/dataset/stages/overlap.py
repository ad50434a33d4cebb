"""What splits have in common, code that stands in two. What the recipe does not allow is rejected, the rest is counted.

A function that stands in a sample of training, be it inside it, and in a sample of the test, has been seen with its
answer. Only short functions come to be equal by chance; ``docs/explanation/splits.md`` has the figures.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aidec.dataset.duplicates import Signatures
from aidec.dataset.recipe import SPLITS, Recipe
from aidec.dataset.stages.columns import Samples, functions, signatures

NEAR = 0.8
"""The similarity from which on samples are counted as similar, if the recipe does not say which are duplicates."""


@dataclass(frozen=True, slots=True)
class Clash:
    """Why a sample is rejected.

    Attributes:
        other: the index of a sample of a later split that has a function of it.
        instructions: those of the function.
        is_whole: whether the function is the sample itself.
    """

    other: int
    instructions: int
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Overlap:
    """What the samples of a split have in common with those of an earlier one; see ``docs/reference/datasets.md``.

    Attributes:
        split, earlier: the names of both.
        samples: the samples of the split.
        same: those whose code is all of a sample of the earlier one.
        sharing: those with a function, or themselves one, that stands in the earlier one and is not short.
        sharing_short: the others with a function that does.
        similar: those similar to one of the earlier one, and not short.
        similar_short: those similar to one that are short.
        functions: the distinct functions that stand in both and are not short.
        functions_short: those that are short.
        instructions: the instructions of the split.
        shared_instructions: those of functions that stand in both.
    """

    split: str
    earlier: str
    samples: int
    same: int
    sharing: int
    sharing_short: int
    similar: int
    similar_short: int
    functions: int
    functions_short: int
    instructions: int
    shared_instructions: int


def clashes(recipe: Recipe, folder: Path, samples: Samples, kept: NDArray[np.bool_]) -> dict[int, Clash]:
    """By their indices, the samples that have code in common with a later split, which the recipe does not allow.

    A sample that is rejected so clashes with no other.

    Args:
        recipe: the recipe.
        folder: the folder of the build.
        samples: all samples.
        kept: which of them are kept so far.
    """
    found: dict[int, Clash] = {}
    if recipe.split.apart == "samples":
        return found
    least, all_count = recipe.split.apart_instructions, recipe.split.apart == "functions"
    held = _Held(np.zeros(0, dtype="S16"), np.zeros(0, dtype=np.int64))
    for split in reversed(range(len(SPLITS))):
        places = np.flatnonzero(kept & (samples.side == split))
        if len(held.keys):
            for owner, items in functions(folder, samples, places):
                is_whole = _is_first(owner)
                counts = (items["instructions"] >= least) & (is_whole | all_count)
                at, is_there = _look_up(held.keys, items["key"])
                for i in np.flatnonzero(counts & is_there).tolist():
                    clash = Clash(int(held.owners[at[i]]), int(items["instructions"][i]), bool(is_whole[i]))
                    found.setdefault(int(owner[i]), clash)
        if split:
            left = places[~np.isin(places, np.fromiter(found, np.int64))]
            held = held.with_functions(functions(folder, samples, left), least)
    return found


@dataclass(frozen=True, slots=True)
class _Held:
    """The keys of functions that later splits have, sorted, and for each the index of a sample that has it."""

    keys: NDArray[np.bytes_]
    owners: NDArray[np.int64]

    def with_functions(self, found: Iterator[tuple[NDArray[np.int64], NDArray[Any]]], least: int) -> _Held:
        """These and more functions, of ``least`` instructions or more."""
        keys, owners = [self.keys], [self.owners]
        for owner, items in found:
            counts = items["instructions"] >= least
            keys.append(items["key"][counts])
            owners.append(owner[counts])
        distinct, first = np.unique(np.concatenate(keys), return_index=True)
        return _Held(distinct, np.concatenate(owners)[first])


def measure(recipe: Recipe, folder: Path, samples: Samples, kept: NDArray[np.bool_]) -> list[Overlap]:
    """What each split that is held out has in common with each earlier one, the test with training first.

    Memory grows with what is held out, not with training: 24 bytes a function, and 1 kB a sample.
    """
    found = []
    for later, earlier in ((2, 0), (2, 1), (1, 0)):
        ours, theirs = (np.flatnonzero(kept & (samples.side == split)) for split in (later, earlier))
        if len(ours) and len(theirs):
            shared = _shared(recipe, folder, samples, ours, theirs)
            found.append(Overlap(SPLITS[later], SPLITS[earlier], len(ours), **shared))
    return found


def _shared(
    recipe: Recipe, folder: Path, samples: Samples, ours: NDArray[np.int64], theirs: NDArray[np.int64]
) -> dict[str, int]:
    """What samples have in common with others, as ``Overlap`` has it."""
    parts = list(functions(folder, samples, ours))
    owner = np.concatenate([owner for owner, _ in parts])
    items = np.concatenate([items for _, items in parts])
    is_whole = _is_first(owner)
    keys, number = np.unique(items["key"], return_inverse=True)
    is_there, is_sample = np.zeros(len(keys), dtype=bool), np.zeros(len(keys), dtype=bool)
    for their_owner, their_items in functions(folder, samples, theirs):
        at, is_known = _look_up(keys, their_items["key"])
        is_there[at[is_known]] = True
        is_sample[at[is_known & _is_first(their_owner)]] = True
    is_long = items["instructions"] >= recipe.split.apart_instructions
    is_shared = is_there[number]
    sharing = np.unique(owner[is_shared & is_long])
    is_similar = _similar(recipe, folder, samples, ours, theirs)
    is_long_sample = is_long[is_whole]
    return {
        "same": int(np.count_nonzero(is_sample[number[is_whole]])),
        "sharing": len(sharing),
        "sharing_short": len(np.setdiff1d(owner[is_shared], sharing)),
        "similar": int(np.count_nonzero(is_similar & is_long_sample)),
        "similar_short": int(np.count_nonzero(is_similar & ~is_long_sample)),
        "functions": len(np.unique(number[is_shared & is_long])),
        "functions_short": len(np.unique(number[is_shared & ~is_long])),
        "instructions": int(items["own"].sum()),
        "shared_instructions": int(items["own"][is_shared].sum()),
    }


def _similar(
    recipe: Recipe, folder: Path, samples: Samples, ours: NDArray[np.int64], theirs: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Whether each of some samples is similar to one of others."""
    known = np.concatenate([rows for _, rows in signatures(folder, samples, ours)])
    found = Signatures(known, recipe.deduplication.near or NEAR)
    for _, others in signatures(folder, samples, theirs):
        found.compare(others)
    return found.is_similar


def _look_up(known: NDArray[np.bytes_], keys: NDArray[np.bytes_]) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Where each key stands among known ones, which are sorted, and whether it does."""
    at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return at, known[at] == keys


def _is_first(owner: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether each function is the sample itself, which stands before those inside it."""
    return np.append(True, owner[1:] != owner[:-1])[: len(owner)]
