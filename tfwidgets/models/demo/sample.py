"""Load a converted model as a user would, and hold its answer against the known one."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tfwidgets.errors import ModelError
from tfwidgets.models.quiet import quiet
from tfwidgets.models.tasks import AUTO_CLASSES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tfwidgets.models.demo.catalog import DemoModel

_KEEP = "$KEEP"
"""The tag of a word that needs no edit."""


@contextmanager
def undisturbed() -> Iterator[None]:
    """Keep transformers silent, and put back what loading a model may change.

    Besides what `quiet` puts back, that is the random state of PyTorch on the CPU and its
    default dtype. A default device that the user chose does not count inside: conversion
    happens on the CPU.
    """
    import torch

    dtype = torch.get_default_dtype()
    try:
        with quiet(), torch.random.fork_rng(devices=[]), torch.device("cpu"):
            yield
    finally:
        torch.set_default_dtype(dtype)


def verify(demo: DemoModel, folder: Path) -> None:
    """Check that the model in ``folder`` loads whole and answers its sample as known.

    Raises
    ------
    ModelError
        If weights are missing or left over, or the answer is another one.
    """
    if demo.sample is None:
        return
    with undisturbed():
        tokenizer, model = _load(demo, folder)
        answer = _answer(demo.task, tokenizer, model, demo.sample.text)
    if answer != demo.sample.answer:
        raise ModelError(
            f"{demo.name} was converted but does not work here: for {demo.sample.text!r} it "
            f"answers {answer!r} instead of {demo.sample.answer!r}. "
            "Another version of torch or transformers may help."
        )


def _load(demo: DemoModel, folder: Path) -> tuple[Any, Any]:
    import transformers

    auto = getattr(transformers, AUTO_CLASSES[demo.task])
    model, info = auto.from_pretrained(folder, output_loading_info=True, local_files_only=True)
    wrong = [*info["missing_keys"], *info["unexpected_keys"], *info["mismatched_keys"]]
    if wrong:
        keys = ", ".join(str(key) for key in wrong[:3])
        raise ModelError(
            f"{demo.name} does not fit this version of transformers "
            f"({transformers.__version__}): {len(wrong)} weights do not match, such as {keys}."
        )
    return transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True), model


def _answer(task: str, tokenizer: Any, model: Any, text: str) -> str:
    import torch

    inputs = tokenizer(text, return_tensors="pt")
    with torch.inference_mode():
        if task == "token-classification":
            tags = [model.config.id2label[i] for i in model(**inputs).logits[0].argmax(-1).tolist()]
            pieces = inputs.tokens()
            edits = [f"{p}:{t}" for p, t in zip(pieces, tags, strict=True) if t != _KEEP]
            return " ".join(edits)
        length = 2 if task == "text-generation" else 24
        ids = model.generate(**inputs, do_sample=False, max_new_tokens=length)[0]
        if task == "text-generation":
            ids = ids[inputs["input_ids"].shape[1] :]
        return str(tokenizer.decode(ids, skip_special_tokens=True))
