"""Language models: a folder of transformers, or any object of Python with a ``logprobs``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from aidec.common.errors import EvaluationError
from aidec.common.extras import extra
from aidec.evaluation.base.scoring import LanguageModel
from aidec.evaluation.objects import named_object

if TYPE_CHECKING:
    import numpy as np


class TransformersModel:
    """A causal language model of transformers.

    Args:
        folder: the folder of the model; nothing is fetched.
        device: where it runs, such as ``cpu`` or ``cuda``.

    Attributes:
        max_length: how many ids it takes at most, if its configuration says so.

    Raises:
        EvaluationError: the extra ``transformers`` is not installed, or the folder holds no such model.
    """

    def __init__(self, folder: Path, device: str = "cpu") -> None:
        with extra("transformers", "a model of transformers needs", EvaluationError):
            import torch
            from transformers import AutoModelForCausalLM
        self._torch = torch
        try:
            self._model = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True).to(device).eval()
        except Exception as error:  # several libraries read it, with errors of their own
            said = (str(error).splitlines() or [type(error).__name__])[0]
            raise EvaluationError(f"{folder}: it can't be loaded as a causal language model: {said}") from error
        self.max_length: int | None = getattr(self._model.config, "max_position_embeddings", None)

    def logprobs(self, ids: Sequence[int], /) -> np.ndarray:
        """As ``LanguageModel`` says, in float32.

        Raises:
            EvaluationError: it has no such id.
        """
        size = self._model.get_input_embeddings().num_embeddings
        if max(ids) >= size:
            raise EvaluationError(f"the tokenizer has the id {max(ids)}, the model {size:,} ids: expected its own")
        with self._torch.inference_mode():
            logits = self._model(self._torch.tensor([list(ids)], device=self._model.device)).logits[0]
            found: np.ndarray = logits.float().log_softmax(-1).cpu().numpy()
        return found


def load_model(name: str, device: str = "cpu") -> LanguageModel:
    """The model of a folder, or an object of Python, ``module:attribute``.

    Raises:
        EvaluationError: there is no such model.
    """
    if Path(name).is_dir():
        return TransformersModel(Path(name), device)
    found = named_object(name)
    if not callable(getattr(found, "logprobs", None)):
        raise EvaluationError(f"{name}: expected an object with a method logprobs(ids)")
    model: LanguageModel = found
    return model
