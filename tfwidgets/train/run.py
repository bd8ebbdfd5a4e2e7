"""``tfw.learner``: data and a model in, a fastai ``Learner`` out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from os import PathLike
from typing import Any

from fastai.callback.training import GradientClip
from fastcore.foundation import L

from tfwidgets.dashboard.learner.callback import TrainingDashboard
from tfwidgets.errors import InputError
from tfwidgets.models.kinds import model_kind
from tfwidgets.models.training import Trainable, check_not_frozen, load_for_training
from tfwidgets.train.accumulation import Accumulation
from tfwidgets.train.data.reader import Reader
from tfwidgets.train.dataloaders import BATCH_SIZE, TransformerDataLoaders, read_task
from tfwidgets.train.learner import LEARNING_RATE, TransformerLearner
from tfwidgets.train.lora import with_checkpointing, with_lora
from tfwidgets.train.precision import precision_callbacks
from tfwidgets.train.seeds import Seeded
from tfwidgets.train.wrapper import wrap_model
from tfwidgets.ui.frontend import in_notebook
from tfwidgets.ui.strings import Message


def learner(
    data: Any,
    model: Any,
    task: str | None = None,
    *,
    text: str | Sequence[str] | None = None,
    label: Any = None,
    valid: Any = 0.2,
    multi_label: bool | None = None,
    labels: Sequence[str] | None = None,
    max_length: int | None = None,
    batch_size: int = BATCH_SIZE,
    by_length: bool = True,
    new_head: bool | None = None,
    class_weights: Any = None,
    lora: Any = None,
    precision: str | None = None,
    accumulate: int = 1,
    clip: float | None = None,
    checkpointing: bool = False,
    seed: int | None = None,
    lr: float = LEARNING_RATE,
    loss_func: Any = None,
    metrics: Any = None,
    cbs: Any = None,
    device: Any = None,
    num_workers: int = 0,
    path: str | PathLike[str] = ".",
    revision: str | None = None,
    trust_remote_code: bool = False,
    allow_pickle: bool = False,
    progress: bool = True,
    dashboard: bool | None = None,
    learner_options: dict[str, Any] | None = None,
    **options: Any,
) -> TransformerLearner:
    """Make a fastai ``Learner`` that fine-tunes a transformer on your data.

    Parameters
    ----------
    data
        A pandas DataFrame; a ``datasets.Dataset`` or ``DatasetDict``; a dict of columns or of
        splits; a list of texts, of (text, label) pairs or of dicts; two lists (texts, labels);
        or the path of a csv, tsv, jsonl or parquet file.
    model
        What is fine-tuned: a demo model (``"demo/minilm"``), a folder, an id on the hub, or a
        ``(model, tokenizer)`` pair, which is then trained in place.
    task
        By the Hub's names: ``"text-classification"``, ``"token-classification"``,
        ``"question-answering"``, ``"text-generation"``, ``"fill-mask"``, ``"summarization"``,
        ``"translation"``, ``"text2text-generation"``; also ``"multi-label"`` and
        ``"regression"``. By default what the columns say, where that is unambiguous.
    text
        The column with the text; two for pairs.
    label
        The column to be predicted, or several of 0 and 1 for multi-label; a list where ``data``
        is a list of texts.
    valid
        Rows for validation: a share, data in the same form, a boolean column's name, a split's
        name, row numbers, or a boolean mask.
    multi_label
        True where a text has any number of labels; by default where cells are lists.
    labels
        Names of the labels, in the order of their ids.
    max_length
        Tokens kept of a row; by default what the model reads, at most 512.
    batch_size, by_length, num_workers
        Rows per batch; whether rows of like length come together; processes that pad.
    new_head
        True for a fresh, untrained head also where the checkpoint has a trained one; False
        to refuse a fresh one. By default base models get one, and a note says so.
    class_weights
        For skewed labels: ``"balanced"``, a list, or a dict, label -> weight.
    lora
        True, a dict of ``peft.LoraConfig``'s options, or such a config: train adapters only.
    precision
        ``"bf16"`` or ``"fp16"`` for mixed precision.
    accumulate
        Batches whose gradients are added up before a step.
    clip
        Largest norm of the gradients of a step.
    checkpointing
        Compute activations again in the backward pass: slower, far less memory.
    seed
        Fixes the split, the new head, the order of rows and dropout: the same seed trains the
        same model (on one CPU bit for bit).
    lr
        Default learning rate.
    loss_func, metrics, cbs, learner_options
        As fastai's ``Learner`` has them; loss and metrics are the task's by default.
    device
        Where to train; by default a GPU where torch sees one. The model of a pair is moved there;
        by default only from the CPU.
    path
        Where the learner keeps its files.
    revision, trust_remote_code, allow_pickle
        As in ``tfw.load``.
    progress
        Show progress and notes.
    dashboard
        Watch and steer trainings in a ``TrainingDashboard``; by default in a notebook, unless
        ``cbs`` has one or ``progress`` is off.
    options
        What the task takes further: ``stride`` for question answering, ``align`` for token
        classification, ``block_size`` and ``pack`` for language models, ``prefix`` and
        ``max_target_length`` for summarization and translation. An unknown one is refused
        with a list.

    Returns
    -------
    TransformerLearner
        A fastai ``Learner``: ``fit_one_cycle``, ``fine_tune``, ``lr_find``, ``predict``, …

    Raises
    ------
    InputError
        When data or options cannot be used; it names column, row or label, and comes before
        any training.
    ModelError
        When the model cannot be found or does not fit the task.

    Examples
    --------
    >>> learn = tfw.learner(df, "demo/minilm", text="review", label="sentiment", seed=1)
    >>> learn.fine_tune(2)
    >>> learn.predict("A film of rare beauty.")
    """
    if model is None:
        raise InputError(
            "What is trained is always named: a model such as 'demo/minilm', or tfw.use() for the "
            "model in use."
        )
    options |= {"labels": labels, "max_length": max_length, "class_weights": class_weights}
    _check(accumulate, clip, seed, lr)
    splits, chosen = read_task(
        data,
        task,
        text=text,
        label=label,
        valid=valid,
        seed=seed,
        options=options,
        multi_label=multi_label,
        model_kind=partial(
            model_kind, model, revision=revision, allow_pickle=allow_pickle, progress=progress
        ),
    )
    trainable = load_for_training(
        model,
        chosen.name,
        labels=chosen.vocab or None,
        problem_type=chosen.problem_type,
        new_head=new_head,
        revision=revision,
        device=device,
        trust_remote_code=trust_remote_code,
        allow_pickle=allow_pickle,
        progress=progress,
        seed=seed,
        **chosen.model_options(),
    )
    loaded = trainable.loaded
    if not lora:  # adapters are trained on frozen weights
        check_not_frozen(loaded)
    chosen.adopt(loaded.model.config)
    chosen.bind(Reader.of_model(loaded))
    dls = TransformerDataLoaders.of_task(
        chosen,
        splits,
        batch_size=batch_size,
        by_length=by_length,
        num_workers=num_workers,
        device=loaded.model.device,
        path=path,
    )
    body = loaded.model
    if checkpointing:
        body = with_checkpointing(body)
    if lora:
        body = with_lora(body, lora, chosen.name, new_weights=trainable.new_weights, seed=seed)
    callbacks = [
        *([Seeded(seed)] if seed is not None else []),
        *([Accumulation(accumulate)] if accumulate > 1 else []),
        *([GradientClip(clip)] if clip else []),
        *precision_callbacks(precision),
    ]
    if dashboard is None:
        dashboard = progress and in_notebook()
    if dashboard and not any(_is_dashboard(cb) for cb in L(cbs)):
        callbacks.append(TrainingDashboard())
    learn = TransformerLearner(
        dls,
        wrap_model(body, chosen.tokenizer, task=chosen.name),
        loss_func=loss_func,
        metrics=metrics,
        lr=lr,
        cbs=[*callbacks, *L(cbs)],
        path=path,
        notes=[*_head_notes(trainable), *chosen.notes],
        settings={
            "model": loaded.name,
            "source": loaded.source,
            "revision": loaded.revision,
            "task": chosen.name,
            "training_rows": len(splits.train),
            "validation_rows": len(splits.valid),
            "data": splits.source,
            "split": "rows of their own" if splits.separate else "held out of the data",
            "batch_size": batch_size,
            "accumulate": accumulate,
            "precision": precision or "float32",
            "clip": clip,
            "checkpointing": checkpointing,
            "lora": bool(lora),
            "seed": seed,
            **chosen.settings(),
        },
        **(learner_options or {}),
    )
    if progress:
        for note in learn.notes:
            print(note.text())
    return learn


def _is_dashboard(cb: Any) -> bool:
    return isinstance(cb, TrainingDashboard) or cb is TrainingDashboard


def _check(accumulate: Any, clip: Any, seed: Any, lr: Any) -> None:
    if not isinstance(accumulate, int) or accumulate < 1:
        raise InputError(f"accumulate counts batches, from 1 on, not {accumulate!r}.")
    if clip is not None and not (isinstance(clip, (int, float)) and clip > 0):
        raise InputError(f"clip is the largest norm of the gradients, not {clip!r}.")
    if seed is not None and (not isinstance(seed, int) or isinstance(seed, bool) or seed < 0):
        raise InputError(f"seed is a whole number from 0 on, not {seed!r}.")
    if not isinstance(lr, slice) and not (isinstance(lr, (int, float)) and lr > 0):
        raise InputError(f"lr is a learning rate above 0, such as 5e-5, not {lr!r}.")


def _head_notes(trainable: Trainable) -> list[Message]:
    if not trainable.new_weights:
        return []
    return [
        Message(
            "train-notes",
            "new-head",
            {
                "model": trainable.loaded.name,
                "task": trainable.loaded.task,
                "weights": ", ".join(trainable.new_weights[:3])
                + (", …" if len(trainable.new_weights) > 3 else ""),
            },
        )
    ]
