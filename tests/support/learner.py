"""What stands for a learner where nothing is trained: it hands out its model as it is now."""

from __future__ import annotations

from typing import Any

from tfwidgets.models import LoadedModel


class Learner:
    """Holds a model and its tokenizer; both may be replaced."""

    def __init__(self, model: Any, tokenizer: Any, task: str = "text-classification") -> None:
        self.model = model
        self.tokenizer = tokenizer
        self.task = task

    def to_loaded_model(self) -> LoadedModel:
        """Return them as the package's functions take them."""
        return LoadedModel(self.model, self.tokenizer, "a learner", "learner", self.task)
