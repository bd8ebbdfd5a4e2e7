"""Sort texts by the head that a model was trained with: a learner's, or a saved classifier's.

The scores are what the model's own loss reads: a softmax over all labels, or a sigmoid for each
where a text may have several.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from tfwidgets.classify.reading import Tokens, read
from tfwidgets.config import settings
from tfwidgets.errors import InputError
from tfwidgets.models import LoadedModel

if TYPE_CHECKING:
    import torch

_MADE_UP = re.compile(r"LABEL_\d+")
# Where neither model nor tokenizer has a limit.
_DEFAULT_LENGTH = 512
_LISTED = 8


class TrainedHead:
    """A classifier with its labels.

    Attributes
    ----------
    labels
        Their names, in the order of the model's outputs.
    multi_label
        Whether a text may have several of them, or none.
    max_length
        Most tokens that are read of a text, special ones included.

    Raises
    ------
    InputError
        When the head gives numbers, not classes.
    """

    def __init__(self, loaded: LoadedModel, *, batch_tokens: int) -> None:
        config = loaded.model.config
        self.loaded = loaded
        self.batch_tokens = batch_tokens
        self.multi_label = config.problem_type == "multi_label_classification"
        self.labels = [str(config.id2label[k]) for k in sorted(config.id2label)]
        self.max_length = loaded.max_length or _DEFAULT_LENGTH
        is_number = len(self.labels) == 1 and not self.multi_label
        if config.problem_type == "regression" or is_number:
            raise InputError(
                f"{loaded.name} was trained to give numbers (regression), not classes: "
                "learn.predict(text) gives them."
            )

    @property
    def is_named(self) -> bool:
        """Whether its outputs have names, and not those that transformers makes up (LABEL_0)."""
        return not all(_MADE_UP.fullmatch(label) for label in self.labels)

    def check(self, labels: Iterable[str] | None, *, multi_label: bool) -> None:
        """Refuse labels that the head was not trained for, and several where it gives one.

        Raises
        ------
        InputError
            Which says what the head gives.
        """
        # A learner is called as what it began with, which had no head.
        name = "This learner" if self.loaded.source == "learner" else self.loaded.name
        if strange := [label for label in labels or () if label not in self.labels]:
            more = ", …" if len(self.labels) > _LISTED else ""
            raise InputError(
                f"{name} has a head of its own, which knows the labels "
                f"{', '.join(self.labels[:_LISTED])}{more}: {strange[0]!r} is none of them.\n"
                "Leave labels out to use it. For labels of your own use a model without a head "
                f"({settings().embedding_model}), or method='zero-shot'."
            )
        if multi_label and not self.multi_label:
            raise InputError(
                f"{name} was trained to give each text exactly one label: leave multi_label out."
            )

    def score(
        self, texts: Sequence[str], advance: Callable[[int], None] = lambda _: None
    ) -> tuple[npt.NDArray[np.float32], dict[int, int]]:
        """Return the score of each label for each text, and where texts were cut.

        Parameters
        ----------
        texts
            At least one text.
        advance
            Called after each batch with the number of texts that it held.

        Returns
        -------
        scores
            float32, shape (len(texts), len(labels)), in input order.
        cut
            Position of each text that was longer than the model reads -> number of its
            characters that were read.
        """
        return read(
            self.loaded,
            texts,
            self._forward,
            max_length=self.max_length,
            budget=self.batch_tokens if self._pads else 1,
            advance=advance,
        )

    @property
    def _pads(self) -> bool:
        """Whether texts of several lengths can be read at once.

        A decoder looks for the last token that is no padding; without one it reads one text.
        """
        known = self.loaded.tokenizer.pad_token is not None
        return known and self.loaded.model.config.pad_token_id is not None

    def _forward(self, rows: list[Tokens]) -> npt.NDArray[np.float32]:
        import torch

        model = self.loaded.model
        logits = model(**self._padded(rows)).logits.float()
        scores = torch.sigmoid(logits) if self.multi_label else torch.softmax(logits, dim=-1)
        shares: npt.NDArray[np.float32] = scores.cpu().numpy()
        return shares

    def _padded(self, rows: list[Tokens]) -> dict[str, torch.Tensor]:
        """Pad as the tokenizer does: at its side, with its types of tokens."""
        import torch

        model = self.loaded.model
        reads = inspect.signature(model.forward).parameters
        batch = {key: [row[key] for row in rows] for key in rows[0] if key in reads}
        if len(rows) == 1:
            inputs = {key: torch.tensor(values) for key, values in batch.items()}
        else:
            inputs = self.loaded.tokenizer.pad(batch, return_tensors="pt")
        return {key: value.to(model.device) for key, value in inputs.items()}
