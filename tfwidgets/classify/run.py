"""``tfw.classify``: texts and labels in, a ``Classification`` out."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral
from typing import Any

import numpy as np

from tfwidgets.classify import languages
from tfwidgets.classify.encoder import SentenceEncoder, Vectors
from tfwidgets.classify.labels import (
    match_examples,
    read_examples,
    read_labels,
    read_templates,
)
from tfwidgets.classify.methods import METHODS, Question, choose, unit
from tfwidgets.classify.result import Classification
from tfwidgets.classify.texts import Texts, read_texts
from tfwidgets.config import settings
from tfwidgets.errors import InputError
from tfwidgets.models import LoadedModel, load
from tfwidgets.ui.progress import Progress
from tfwidgets.ui.strings import Message, language_name, translate
from tfwidgets.ui.text import printable

# What the templates are filled with to say nothing in particular.
_NEUTRAL = "something"


def classify(
    texts: Any,
    labels: Any = None,
    *,
    examples: Any = None,
    model: Any = None,
    method: str = "auto",
    multi_label: bool = False,
    template: str | Iterable[str] | None = None,
    batch_tokens: int | None = None,
    progress: bool = True,
    column: str | None = None,
) -> Classification:
    """Sort texts into classes by comparing sentence embeddings.

    Parameters
    ----------
    texts
        A string, a list of strings, a pandas Series, or a DataFrame with ``column=``.
        None, NaN and blank texts keep their place and get no scores (NaN).
    labels
        Names of the classes, at least two; or a dict, name -> description, where the
        description is what texts are compared with.
    examples
        Texts that are known to belong to a label: a dict, label -> list of texts, or a
        DataFrame with the columns ``text`` and ``label``.
    model
        An encoder: a name, a folder, a ``(model, tokenizer)`` pair, or by default
        ``%config TfWidgets.embedding_model``.
    method
        ``"zero-shot"`` (cosine to the labels' templates), ``"one-shot"`` (prototypes of
        examples and label name), ``"few-shot"`` (logistic regression on the examples), or
        ``"auto"``: few-shot from two examples per label on, one-shot with fewer, zero-shot
        without.
    multi_label
        Let a text have several labels, or none; scores then do not sum to 1.
    template
        One or several texts with ``{}`` for the label, by default three; their vectors
        are averaged.
    batch_tokens
        Tokens per batch, padding included; by default ``%config TfWidgets.batch_tokens``.
    progress
        Show progress when it takes longer than a moment.
    column
        Which column of a DataFrame holds the texts.

    Returns
    -------
    Classification
        Scores of shape (n_texts, n_labels) as float32, in input order, and what they say.

    Raises
    ------
    InputError
        When texts, labels, examples or options cannot be used.
    ModelError
        When the model cannot be found or used.
    """
    given = read_texts(texts, column)
    shots = read_examples(examples)
    named = read_labels(labels, shots)
    matched = match_examples(named, shots or {})
    templates = read_templates(template)
    chosen = choose(method, [len(texts) for texts in matched])
    if batch_tokens is not None and (not isinstance(batch_tokens, Integral) or batch_tokens < 1):
        raise InputError(f"batch_tokens must be at least 1, not {batch_tokens!r}.")

    loaded = load(model, "feature-extraction", progress=progress)
    encoder = SentenceEncoder(loaded, batch_tokens=batch_tokens or settings().batch_tokens)
    prompts = [
        text for pattern in templates for text in (*named.prompts(pattern), _neutral(pattern))
    ]
    flat_shots = [text for texts in matched for text in texts]
    present = [given.values[k] or "" for k in given.present]
    with Progress(
        translate("progress", "what.classify"),
        len(present),
        translate("progress", "unit.texts"),
        show=progress and bool(present),
    ) as bar:
        prompt_vectors, _ = encoder.encode(prompts)
        shot_vectors = encoder.encode(flat_shots)[0] if flat_shots else None
        text_vectors, cut = encoder.encode(present, bar.advance) if present else (None, {})

    scores = np.full((len(given.values), len(named.names)), np.nan, dtype=np.float32)
    if text_vectors is not None:
        averaged = unit(
            unit(prompt_vectors).reshape(len(templates), len(named.names) + 1, -1).mean(0)
        )
        question = Question(
            texts=unit(text_vectors),
            labels=averaged[:-1],
            examples=_grouped(shot_vectors, [len(texts) for texts in matched], averaged.shape[1]),
            neutral=averaged[-1],
            multi_label=multi_label,
        )
        scores[given.present] = METHODS[chosen](question)
    messages = _notes(given, encoder, cut)
    if chosen == "one-shot" and max(len(texts) for texts in matched) == 1:
        messages.append(Message("notes", "few-examples"))
    return Classification(
        texts=given.values,
        labels=named.names,
        scores=scores,
        method=chosen,
        model_name=loaded.name,
        multi_label=multi_label,
        messages=messages,
        index=given.index,
    )


def _neutral(pattern: str) -> str:
    return pattern.replace("{}", _NEUTRAL)


def _grouped(vectors: Vectors | None, counts: list[int], width: int) -> list[Vectors]:
    if vectors is None:
        return [np.empty((0, width), dtype=np.float32) for _ in counts]
    return np.split(unit(vectors), np.cumsum(counts)[:-1])


def _notes(given: Texts, encoder: SentenceEncoder, cut: dict[int, int]) -> list[Message]:
    """Say what a reader of the scores should know. Positions count from 1."""
    loaded, present = encoder.loaded, given.present
    notes = []
    if not encoder.pooling.configured:
        notes.append(_note("no-embedding-configuration", model=loaded.name))
    if missing := sorted(set(range(len(given.values))) - set(present)):
        notes.append(_note("missing", n=len(missing), position=missing[0] + 1))
    if cut:
        first = min(cut)
        notes.append(
            _note(
                "truncated",
                n=len(cut),
                position=present[first] + 1,
                characters=cut[first],
                limit=encoder.max_length,
                model=loaded.name,
            )
        )
    broken = [k for k in present if printable(given.values[k] or "") != given.values[k]]
    if broken:
        notes.append(_note("surrogates", n=len(broken), position=broken[0] + 1))
    if note := _language_note(given, loaded):
        notes.append(note)
    return notes


def _language_note(given: Texts, loaded: LoadedModel) -> Message | None:
    if not loaded.languages or "multilingual" in loaded.languages:
        return None
    texts = [given.values[k] or "" for k in given.present]
    found, language, sample = languages.strangers(texts, loaded.languages)
    if not found:
        return None
    return _note(
        "language",
        n=len(found),
        position=given.present[found[0]] + 1,
        sample=sample,
        model=loaded.name,
        reads=language_name(loaded.languages[0]),
        language=language_name(language),
    )


def _note(key: str, **values: object) -> Message:
    return Message("notes", key, values)
