"""What reads the rows: a tokenizer, with what its model can take."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from os import PathLike
from typing import Any

import torch

from tfwidgets.errors import InputError
from tfwidgets.models import LoadedModel, load_tokenizer
from tfwidgets.models.loading import ready_pair

# Tokenizers without a limit of their own report an astronomically large one.
_NO_LIMIT = 10**9


@dataclass(frozen=True)
class Reader:
    """A tokenizer and the limits of the model behind it.

    Attributes
    ----------
    tokenizer
        One of our own: encoding changes its truncation and padding.
    name
        What its model is called.
    limit
        Tokens that the model reads; None where that is not known.
    device
        Where batches go.
    stretches
        Whether it reads more when asked to: the limit is only what its tokenizer advises.
    """

    tokenizer: Any
    name: str
    limit: int | None
    device: torch.device
    stretches: bool = False

    @property
    def most(self) -> int | None:
        """Tokens that the model can read at all; None without an end, or where not known."""
        return None if self.stretches else self.limit

    @classmethod
    def of_model(cls, loaded: LoadedModel) -> Reader:
        """Take what belongs to a loaded model."""
        # Encoding sets truncation and padding: not those of the caller's own tokenizer.
        own = loaded.source not in ("pair", "learner")
        tokenizer = loaded.tokenizer if own else deepcopy(loaded.tokenizer)
        place = loaded.model.device
        return cls(tokenizer, loaded.name, loaded.max_length, place, not loaded.has_positions)

    @classmethod
    def find(cls, given: Any, *, device: Any = None, progress: bool = True) -> Reader:
        """Make one of a tokenizer, a model's name or folder, a pair, or a loaded model."""
        place = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        if isinstance(given, (tuple, list)) and len(given) == 2:
            given = ready_pair(given) if hasattr(given[0], "config") else given[1]
        if isinstance(given, LoadedModel):
            tokenizer, limit = _padding(given.tokenizer), given.max_length
            return cls(tokenizer, given.name, limit, place, not given.has_positions)
        if isinstance(given, (str, PathLike)):
            name, tokenizer = str(given), load_tokenizer(given, progress=progress)
        elif callable(given) and hasattr(given, "pad"):
            name, tokenizer = str(getattr(given, "name_or_path", "") or "the tokenizer"), given
        else:
            raise InputError(
                f"{type(given).__name__} is no tokenizer: expected a transformers tokenizer, "
                "a model's name or folder, or a (model, tokenizer) pair."
            )
        tokenizer = _padding(tokenizer)
        limit = tokenizer.model_max_length
        return cls(tokenizer, name, limit if limit and limit < _NO_LIMIT else None, place)


def _padding(tokenizer: Any) -> Any:
    """Return a copy that can pad."""
    tokenizer = deepcopy(tokenizer)
    if tokenizer.pad_token is None:  # GPT-2 and its kin have none; nobody looks at padding
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer
