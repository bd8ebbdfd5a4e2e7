"""One epoch with ``tfw.learner``, and the same with transformers' ``Trainer``.

Both start from equal weights, on rows that were encoded before, with torch's fused AdamW, float32,
a constant learning rate, no weight decay, no clipping, no logging, no evaluation, no saving and no
worker processes. Dropout stays on.

Trainer is given its best: the lengths of the rows, so that it does not count them in each epoch
(it takes a column away that the model does not read, lengths among them, unless it is told not
to). Where nothing is to be clipped it still computes the norm of the gradients and multiplies them
by 1, which no setting prevents: that stays in its time.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd
import torch

MODEL = "demo/minilm"
BATCH_SIZE = 16
LEARNING_RATE = 1e-4
OURS = "tfw.learner"
RANDOM = "Trainer, random batches"
GROUPED = "Trainer, group_by_length"
PEERS = {RANDOM: "random", GROUPED: "group_by_length"}
NAMES = (OURS, RANDOM, GROUPED)


@dataclass(frozen=True)
class Run:
    """A model that is ready to be trained for one epoch by ``fit``."""

    model: Any
    fit: Callable[[], object]


def learner(training: pd.DataFrame, valid: pd.DataFrame, max_length: int, seed: int) -> Any:
    """Return a ``tfw.learner`` as it comes by default."""
    import tfwidgets as tfw

    return tfw.learner(
        training,
        MODEL,
        text="text",
        label="label",
        valid=valid,
        batch_size=BATCH_SIZE,
        max_length=max_length,
        seed=seed,
        progress=False,
    )


def ours(training: pd.DataFrame, valid: pd.DataFrame, max_length: int, seed: int) -> Run:
    learn = learner(training, valid, max_length, seed)
    return Run(learn.transformer, lambda: fit_alone(learn))


def trainer(
    name: str, training: pd.DataFrame, valid: pd.DataFrame, max_length: int, seed: int
) -> Run:
    # Weights and encoding of ours: a head that is drawn anew would start from another loss.
    learn = learner(training, valid, max_length, seed)
    encoded = encode_with_datasets(training, learn.tokenizer, learn.dls.vocab, max_length)
    built = trainer_of(learn.transformer, learn.tokenizer, encoded, PEERS[name], seed)
    return Run(learn.transformer, built.train)


def prepare(name: str, *arguments: Any) -> Run:
    """Make everything that comes before the first batch."""
    return ours(*arguments) if name == OURS else trainer(name, *arguments)


def fit_alone(learn: Any) -> None:
    """Train one epoch without the validation that fastai puts behind it."""
    from fastai.callback.core import Callback, CancelValidException

    class NoValidation(Callback):  # type: ignore[misc]
        def before_validate(self) -> None:
            raise CancelValidException

    with learn.no_bars(), learn.no_logging():
        learn.fit(1, LEARNING_RATE, wd=0.0, cbs=NoValidation())


def encode_with_datasets(
    rows: pd.DataFrame, tokenizer: Any, vocab: list[str], max_length: int
) -> Any:
    """Encode rows as transformers' documentation does: ``map`` in batches."""
    import datasets

    datasets.disable_progress_bars()
    numbers = {label: number for number, label in enumerate(vocab)}

    def encode(batch: dict[str, list[str]]) -> dict[str, Any]:
        encoded = tokenizer(batch["text"], truncation=True, max_length=max_length)
        return {**encoded, "labels": [numbers[label] for label in batch["label"]]}

    table = datasets.Dataset.from_pandas(rows, preserve_index=False)
    return table.map(
        encode, batched=True, remove_columns=["text", "label"], load_from_cache_file=False
    )


def trainer_of(model: Any, tokenizer: Any, encoded: Any, sampling: str, seed: int) -> Any:
    from transformers import DataCollatorWithPadding, PrinterCallback, Trainer, TrainingArguments

    class Collator(DataCollatorWithPadding):  # type: ignore[misc]
        def __call__(self, rows: list[dict[str, Any]]) -> Any:
            for row in rows:
                row.pop("length", None)
            return super().__call__(rows)

    if sampling == "group_by_length":
        lengths = [len(ids) for ids in encoded["input_ids"]]
        encoded = encoded.add_column("length", lengths)
    arguments = TrainingArguments(
        output_dir=tempfile.gettempdir(),
        per_device_train_batch_size=BATCH_SIZE,
        num_train_epochs=1,
        learning_rate=LEARNING_RATE,
        lr_scheduler_type="constant",
        optim="adamw_torch_fused",
        weight_decay=0.0,
        max_grad_norm=0.0,
        train_sampling_strategy=sampling,
        remove_unused_columns=False,
        logging_strategy="no",
        save_strategy="no",
        eval_strategy="no",
        report_to="none",
        disable_tqdm=True,
        use_cpu=True,
        dataloader_num_workers=0,
        dataloader_pin_memory=False,
        seed=seed,
    )
    built = Trainer(
        model=model,
        args=arguments,
        train_dataset=encoded,
        data_collator=Collator(tokenizer),
        processing_class=tokenizer,
    )
    built.remove_callback(PrinterCallback)
    return built


def loss_on(model: Any, tokenizer: Any, rows: pd.DataFrame, max_length: int) -> float:
    """Return the mean cross-entropy of rows, computed in the same way for all."""
    model.eval()
    total = 0.0
    names = {label: number for number, label in model.config.id2label.items()}
    with torch.inference_mode():
        for start in range(0, len(rows), 64):
            part = rows.iloc[start : start + 64]
            inputs = tokenizer(
                part["text"].tolist(),
                truncation=True,
                max_length=max_length,
                padding=True,
                return_tensors="pt",
            )
            target = torch.tensor([names[label] for label in part["label"]])
            logits = model(**inputs).logits
            total += float(torch.nn.functional.cross_entropy(logits, target, reduction="sum"))
    return total / len(rows)
