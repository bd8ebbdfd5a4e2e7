"""The model card: what a model was made of, how, and how well it did."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import PurePath
from typing import Any

import numpy as np

from tfwidgets.train.saving.card_use import usage
from tfwidgets.ui.text import one_line

OUR_TAG = "tfwidgets"
_LONGEST = 200
_MOST_LABELS = 50
_COMMIT = re.compile(r"[0-9a-f]{40}")
_MARKDOWN = re.compile(r"([\\`*_\[\]|~#$])")
_PACKAGES = ("tfwidgets", "transformers", "fastai", "torch", "tokenizers", "datasets", "peft")
# What fastai calls a metric -> what the hub calls it.
_METRICS = {"f1_score": "f1", "accuracy_multi": "accuracy", "precision_score": "precision"}
_METRICS |= {"recall_score": "recall", "valid_loss": "loss", "pearsonr": "pearson"}


@dataclass(frozen=True)
class Base:
    """What was fine-tuned.

    Attributes
    ----------
    shown
        Its name for people: no path.
    id
        Its id on the hub, or None where it is not from there.
    revision
        The commit there.
    """

    shown: str
    id: str | None = None
    revision: str | None = None


def base_of(learn: Any) -> Base:
    """Find out what was fine-tuned, without telling where it lies on this machine."""
    name = str(learn.settings.get("model") or "")
    revision = learn.settings.get("revision")
    source = learn.settings.get("source")
    if name.startswith("demo/"):
        from tfwidgets.models.demo.catalog import CATALOG

        demo = CATALOG.get(name)
        about = f" ({demo.summary}; PyPI: {demo.distribution} {demo.version})" if demo else ""
        return Base(name + about)
    on_hub = source in ("hub", "cache") or (source is None and _COMMIT.fullmatch(str(revision)))
    if name and on_hub:
        return Base(name, name, str(revision) if revision else None)
    last = PurePath(name.replace("\\", "/")).name
    if not last or _COMMIT.fullmatch(last):
        last = type(learn.transformer).__name__
    return Base(last)


def model_card(learn: Any, *, name: str = "", adapter: bool = False) -> str:
    """Write the card of a trained model, in Markdown with its data in YAML in front.

    Parameters
    ----------
    learn
        The learner.
    name
        The model's id on a hub, if it has one.
    adapter
        Whether only the adapters are saved.
    """
    base = base_of(learn)
    facts = data_facts(learn)
    task = learn.task
    what = "pairs of texts" if len(task.text) > 1 else "texts"
    title = name or f"{base.shown.split(' (')[0]} for {task.name}"
    sections = [
        f"# {md(title)}",
        f"{md(base.shown)}, fine-tuned for {md(task.name)} on {what} with tfwidgets and fastai. "
        f"Architecture: {md(type(learn.transformer).__name__)}.",
        _labels(learn, facts),
        "## Data",
        _data(learn, facts),
        "## Training",
        _training(learn),
        "## Results",
        _results(learn, facts),
        "## How to use it",
        usage(learn, name or "path/to/this/folder", base=base.id, adapter=adapter),
        "## Limits",
        _limits(learn, base),
        "## Made with",
        ", ".join(_versions()) + ".",
    ]
    body = "\n\n".join(section for section in sections if section)
    return f"---\n{_metadata(learn, title, base, adapter=adapter)}\n---\n\n{body}\n"


def md(text: Any) -> str:
    """Return text from outside as text in Markdown, also inside a table: one line, no markup."""
    plain = one_line(str(text), _LONGEST).replace("&", "&amp;").replace("<", "&lt;")
    return _MARKDOWN.sub(r"\\\1", plain.replace(">", "&gt;"))


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a Markdown table; cells are escaped."""
    lines = ["| " + " | ".join(map(md, heads)) + " |", "|" + " --- |" * len(heads)]
    lines += ["| " + " | ".join(map(md, row)) + " |" for row in rows]
    return "\n".join(lines)


# -- what is known of the data -----------------------------------------------------------------


def data_facts(learn: Any) -> dict[str, Any]:
    """Return what the card says of the rows; an exported learner has them from before.

    Returns
    -------
    dict
        ``training_rows``, ``validation_rows``, ``fingerprint`` (of texts and labels, in their
        order), ``classes`` and ``validation_classes`` (label -> rows; empty where there are none).
    """
    train, valid = learn.dls.train_ds, learn.dls.valid_ds
    if not len(train):
        known: dict[str, Any] = learn.settings.get("data_facts", {})
        return known
    return {
        "training_rows": _n_rows(train),
        "validation_rows": _n_rows(valid),
        "fingerprint": _fingerprint(learn.task, (train, valid)),
        "classes": _classes(learn.task, train.target),
        "validation_classes": _classes(learn.task, valid.target),
    }


def _n_rows(dataset: Any) -> int:
    return len(dataset) if dataset.rows is None else len(dataset.rows)


def _fingerprint(task: Any, datasets: Iterable[Any]) -> str:
    """Return the beginning of a SHA-256, in hexadecimal: the same rows have the same."""
    digest = sha256()
    labels = [task.label] if isinstance(task.label, str) else list(task.label or ())
    for dataset in datasets:
        digest.update(b"\x1d")
        if dataset.rows is None:
            digest.update(dataset.features["input_ids"].values.tobytes())
            continue
        for name in dict.fromkeys([*task.text, *labels]):
            if name in dataset.rows:
                for value in dataset.rows[name]:
                    digest.update(json.dumps(value, default=str).encode() + b"\x1e")
    return digest.hexdigest()[:16]


def _classes(task: Any, target: Any) -> dict[str, int]:
    if not task.vocab or not isinstance(target, np.ndarray):
        return {}
    if target.ndim == 2 and target.shape[1] == len(task.vocab):
        counts = (target > 0.5).sum(0)
    elif target.ndim == 1 and np.issubdtype(target.dtype, np.integer):
        counts = np.bincount(target, minlength=len(task.vocab))
    else:
        return {}
    return {str(name): int(n) for name, n in zip(task.vocab, counts, strict=True)}


# -- sections ----------------------------------------------------------------------------------


def _labels(learn: Any, facts: dict[str, Any]) -> str:
    names = list(learn.task.vocab)
    if not names:
        return ""
    counts = facts.get("classes", {})
    shown = names[:_MOST_LABELS]
    more = f"\n\n… and {len(names) - len(shown):,} more." if len(names) > len(shown) else ""
    if counts:
        rows = [(k, name, f"{counts.get(name, 0):,}") for k, name in enumerate(shown)]
        return "It predicts:\n\n" + table(("id", "label", "training rows"), rows) + more
    return "It predicts:\n\n" + table(("id", "label"), list(enumerate(shown))) + more


def _data(learn: Any, facts: dict[str, Any]) -> str:
    task, known = learn.task, learn.settings
    label = task.label if isinstance(task.label, str) else ", ".join(task.label or ())
    rows: list[tuple[str, Any]] = [
        ("from", known.get("data")),
        ("text", ", ".join(task.text)),
        ("label", label),
        ("training rows", _number(facts.get("training_rows"))),
        ("validation rows", _number(facts.get("validation_rows"))),
        ("validation rows are", known.get("split")),
        ("fingerprint (SHA-256 of texts and labels)", facts.get("fingerprint")),
    ]
    return table(("", ""), [(key, value) for key, value in rows if value])


def _training(learn: Any) -> str:
    known = learn.settings
    settings: list[tuple[str, Any]] = [
        ("tokens kept of a row", learn.task.max_length),
        ("batch size", learn.dls.train.bs),
        *_settings(learn),
        ("loss", getattr(learn.loss_func, "__name__", type(learn.loss_func).__name__)),
    ]
    shown = table(("", ""), [(key, value) for key, value in settings if value is not None])
    if not learn.history:
        return f"{shown}\n\nNo fit was completed: the new weights are as they were drawn."
    fits = [
        (
            number,
            f"{fit['epochs']}" + (" (interrupted)" if fit.get("interrupted") else ""),
            _rates(fit["learning_rates"], fit["frozen_groups"]),
            _trained(fit),
            fit["batch_size"],
        )
        for number, fit in enumerate(learn.history, start=1)
    ]
    heads = ("fit", "epochs", "learning rates", "trained", "batch size")
    seed = "" if known.get("seed") is None else " The seed fixes split, head, order and dropout."
    return f"{shown}\n\n{table(heads, fits)}\n\nLearning rates: first to last trained group.{seed}"


def _settings(learn: Any) -> list[tuple[str, Any]]:
    """Return how the learner was made, in order: what is off is left out."""
    known = learn.settings
    names = ("precision", "accumulate", "clip", "checkpointing", "lora", "seed")
    # What the task adds; rows and names stand elsewhere.
    elsewhere = {"model", "revision", "source", "task", "training_rows", "validation_rows"}
    elsewhere |= {"data", "data_facts", "split", "batch_size", "text", "label", "max_length"}
    names += tuple(name for name in known if name not in elsewhere and name not in names)
    found = [(name, known[name]) for name in names if name in known and not _is_off(known[name])]
    return [(name, "yes" if value is True else value) for name, value in found]


def _is_off(value: Any) -> bool:
    empty = isinstance(value, (str, list, tuple, dict)) and not value
    return value is None or value is False or empty


def _rates(rates: Sequence[float], frozen: int) -> str:
    trained = list(rates)[frozen:] or list(rates)
    first, last = f"{trained[0]:.2g}", f"{trained[-1]:.2g}"
    return first if first == last else f"{first} to {last}"


def _trained(fit: dict[str, Any]) -> str:
    groups, frozen = fit["groups"], fit["frozen_groups"]
    if not frozen:
        return "everything"
    return "the last group" if groups - frozen == 1 else f"the last {groups - frozen} groups"


def metrics_of(learn: Any) -> dict[str, float]:
    """Return what was measured on the validation rows in the last fit that came to its end."""
    for fit in reversed([fit for fit in learn.history if not fit.get("interrupted")]):
        values = {
            str(name): float(value)
            for name, value in fit["metrics"].items()
            if name not in ("train_loss", "time") and isinstance(value, (int, float))
        }
        if values:
            return values
    return {}


def _broke_off(learn: Any) -> bool:
    """Tell whether the weights are no longer those that were measured."""
    return bool(learn.history and learn.history[-1].get("interrupted"))


def _results(learn: Any, facts: dict[str, Any]) -> str:
    values = metrics_of(learn)
    if not values:
        return "Nothing was measured."
    rows = facts.get("validation_rows")
    on = f"the {rows:,} validation rows" if rows else "the validation rows"
    shown = table(("metric", "value"), [(name, f"{value:.4f}") for name, value in values.items()])
    when = ", before the last fit, which was interrupted" if _broke_off(learn) else ""
    return f"On {on}{when}:\n\n{shown}" + _majority(learn, facts)


def _majority(learn: Any, facts: dict[str, Any]) -> str:
    """Say how often the most frequent label would be right: what an accuracy is to beat."""
    counts = facts.get("validation_classes")
    if not counts or learn.task.problem_type != "single_label_classification":
        return ""
    label = max(counts, key=counts.__getitem__)
    share = counts[label] / sum(counts.values())
    return f"\n\nThe answer {md(label)} to everything has an accuracy of {share:.4f}."


def _limits(learn: Any, base: Base) -> str:
    task = learn.task
    lines = [
        "It was measured on rows of the same kind as those it was trained on. How it does on "
        "others (another source, time, language, or group of people) is not known.",
        f"What {md(base.shown.split(' (')[0])} has learnt before, its errors and prejudices "
        "among it, it still knows.",
    ]
    if task.vocab:
        lines.append("It answers with one of its labels, whatever it is given.")
    if task.max_length:
        lines.append(f"It was trained on at most {task.max_length:,} tokens of a row.")
    lines += [md(note) for note in _notes(learn, base)]
    return "\n".join(f"- {line}" for line in dict.fromkeys(lines))


def _notes(learn: Any, base: Base) -> list[str]:
    """Return what a user was told, in English and without paths."""
    name = str(learn.settings.get("model") or "")
    texts = []
    for note in learn.notes:
        if note.key == "new-head" and learn.history:
            continue  # it is trained now
        shown = {key: base.shown if value == name else value for key, value in note.values.items()}
        texts.append(replace(note, values=shown).text("en"))
    return texts


def _versions() -> list[str]:
    found = [(package, _version(package)) for package in _PACKAGES]
    return [f"{package} {number}" for package, number in found if number]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _number(value: Any) -> str | None:
    return f"{value:,}" if isinstance(value, int) else None


def _metadata(learn: Any, title: str, base: Base, *, adapter: bool) -> str:
    from huggingface_hub import EvalResult, ModelCardData

    task = learn.task.name
    values = {} if _broke_off(learn) else metrics_of(learn)
    source = one_line(str(learn.settings.get("data") or "own data"), _LONGEST)
    results = [
        EvalResult(
            task_type=task,
            dataset_type="own",
            dataset_name=source,
            dataset_split="validation",
            metric_type=_METRICS.get(name, name),
            metric_name=name,
            metric_value=round(value, 6),
        )
        for name, value in values.items()
        if np.isfinite(value)
    ]
    data = ModelCardData(
        library_name="peft" if adapter else "transformers",
        pipeline_tag=task,
        base_model=base.id,
        tags=[OUR_TAG, "fastai", *(["lora"] if learn.settings.get("lora") else [])],
        metrics=[_METRICS.get(name, name) for name in values if name != "valid_loss"] or None,
        model_name=one_line(title, _LONGEST) if results else None,
        eval_results=results or None,
    )
    return str(data.to_yaml())
