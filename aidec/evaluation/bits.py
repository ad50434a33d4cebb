"""Bits per byte: a loss that does not depend on the tokenizer, as nanochat measures it (``nanochat/loss_eval.py``)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from aidec.common.errors import EvaluationError
from aidec.common.extras import extra

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def bits_per_byte(losses: ArrayLike, token_ids: ArrayLike, token_bytes: ArrayLike) -> float:
    """The mean loss in bits for each byte of text that the targets stand for; infinity if they stand for none.

    Special tokens, which stand for no bytes, and targets that a loss ignores, whose ids are negative, are left out,
    whatever their losses are.

    >>> round(bits_per_byte([0.7, 1.4, 9.9, 9.9], [0, 1, 2, -1], token_bytes=[1, 2, 0]), 4)
    1.0099

    Args:
        losses: the loss of each target in nats, of any shape.
        token_ids: the ids of the targets, of the same shape.
        token_bytes: how many bytes each id stands for, by id, 0 for special tokens: ``Tokenizer.token_bytes()``.

    Raises:
        EvaluationError: the shapes differ, or an id has no number of bytes.
    """
    with extra("eval", "bits_per_byte needs", EvaluationError):
        import numpy as np
    nats = np.asarray(losses, dtype=np.float64)
    ids, sizes = (np.asarray(each, dtype=np.int64) for each in (token_ids, token_bytes))
    if nats.shape != ids.shape:
        raise EvaluationError(f"expected a loss for each id, read losses of {nats.shape} and ids of {ids.shape}")
    is_target = ids >= 0
    if ids.size and int(ids.max()) >= len(sizes):
        raise EvaluationError(f"expected ids less than {len(sizes):,}, read {int(ids.max()):,}")
    num_bytes = np.zeros(ids.shape, dtype=np.int64)
    num_bytes[is_target] = sizes[ids[is_target]]
    total = int(num_bytes.sum())
    return float(nats[num_bytes > 0].sum() / (math.log(2) * total)) if total else math.inf
