"""How often samples come in training: weights of sources, and of items by what a model fails at.

An item's weight is that of its source times ``1 + gain * (1 - p)``. There p is the pass rate of a model for items like
it: the mean, over the groups of tasks in the report of ``aidec eval`` that the item belongs to, of what the report
measured there; where it belongs to none, that of all tasks. So an item that the model always gets right has the weight
of its source, and one that it never does ``1 + gain`` times that.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aidec.common.errors import DatasetError
from aidec.common.hints import did_you_mean
from aidec.dataset.recipe import Weights
from aidec.dataset.sample import fraction

_ALL = "all"


class PassRates:
    """The pass rates of a model, from the report of an evaluation; without a report all items weigh the same.

    Args:
        weights: what the recipe says.

    Raises:
        DatasetError: the report is none, or did not measure what the recipe names.
        OSError: it can't be read.
    """

    def __init__(self, weights: Weights) -> None:
        self._gain = weights.gain if weights.report else 0.0
        self._rates: dict[tuple[str, str], float] = {}
        if not weights.report:
            return
        try:
            groups = json.loads(Path(weights.report).read_bytes())["groups"]
            found = {(group["by"], group["value"]): group["levels"] for group in groups}
            measures = found[_ALL, ""]
            means = {group: levels.get(weights.measure, {}).get("mean") for group, levels in found.items()}
        except (ValueError, KeyError, TypeError, AttributeError):
            raise DatasetError(f"{weights.report}: not a report of aidec eval") from None
        if not isinstance(means[_ALL, ""], int | float):
            hint = did_you_mean(weights.measure, sorted(measures))
            raise DatasetError(f"{weights.report}: it did not measure {weights.measure!r}{hint}")
        self._rates = {group: mean for group, mean in means.items() if isinstance(mean, int | float)}

    def factor(self, item: Mapping[str, Any], kind: str, task: str) -> float:
        """By how much the weight of an item is more than that of its source.

        Args:
            item: the item, with ``tags`` as those of tasks.
            kind: its kind, which stands for the tag ``kind:...``.
            task: its task pack, which stands for the tag ``task:...``.
        """
        if not self._rates:
            return 1.0
        tags = item.get("tags")
        named = [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []
        groups = dict.fromkeys(map(_group, [*named, f"kind:{kind}", f"task:{task}"]))
        rates = [self._rates[group] for group in groups if group in self._rates] or [self._rates[_ALL, ""]]
        return 1 + self._gain * (1 - sum(rates) / len(rates))


def _group(tag: str) -> tuple[str, str]:
    """The group of tasks with a tag, as a report has it: of ``a:b`` what it goes by is a, and its value b."""
    by, has_value, value = tag.partition(":")
    return (by, value) if has_value else ("tag", tag)


def copies(weights: NDArray[np.float64], units: NDArray[np.bytes_], seed: int) -> NDArray[np.int64]:
    """How many times each sample comes: its weight, rounded up or down by a hash of its unit and the seed.

    The mean over many samples is the weight. The stripped and the unstripped sample of the same code come as often.
    """
    found = np.floor(weights).astype(np.int64)
    for at in np.flatnonzero(weights != found):
        found[at] += fraction(b"weight", str(seed).encode(), units[at]) < weights[at] - found[at]
    return found
