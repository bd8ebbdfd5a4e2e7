"""``tfw.classify``: texts and labels in, a ``Classification`` out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np

from tfwidgets.classify import languages
from tfwidgets.classify.encoder import SentenceEncoder, Vectors
from tfwidgets.classify.head import TrainedHead
from tfwidgets.classify.labels import (
    Labels,
    match_examples,
    read_examples,
    read_labels,
    read_templates,
)
from tfwidgets.classify.methods import HEAD, METHODS, Question, choose, unit
from tfwidgets.classify.result import Classification
from tfwidgets.classify.texts import Texts, read_texts
from tfwidgets.config import settings
from tfwidgets.errors import InputError
from tfwidgets.models import LoadedModel, load, saved_for
from tfwidgets.models.session import in_use, reminding
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
    """Sort texts into classes by comparing sentence embeddings, or by a trained head.

    Parameters
    ----------
    texts
        A string, a list of strings, a pandas Series, or a DataFrame with ``column=``.
        None, NaN and blank texts keep their place and get no scores (NaN).
    labels
        Names of the classes, at least two; or a dict, name -> description, where the
        description is what texts are compared with. A model with a trained head has its own:
        leave them out.
    examples
        Texts that are known to belong to a label: a dict, label -> list of texts, or a
        DataFrame with the columns ``text`` and ``label``.
    model
        An encoder: a name, a folder, a ``(model, tokenizer)`` pair, or by default the model in
        use (``tfw.use``), else ``%config TfWidgets.embedding_model``. Or a classifier: a
        learner, or what was saved as one.
    method
        ``"zero-shot"`` (cosine to the labels' templates), ``"one-shot"`` (prototypes of
        examples and label name), ``"few-shot"`` (logistic regression on the examples),
        ``"head"`` (what a classifier was trained to say), or ``"auto"``: few-shot from two
        examples per label on, one-shot with fewer; without examples the model's own head,
        and zero-shot where it has none.
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
    model = in_use() if model is None else model
    # Labels may be left out only where a model brings its own: that is seen below.
    named = None
    if labels is not None or shots or model is None:
        named = read_labels(labels, shots)
    matched = match_examples(named, shots or {}) if named else []
    templates = read_templates(template)
    chosen = method if method == HEAD else choose(method, [len(texts) for texts in matched])
    if batch_tokens is not None and (not isinstance(batch_tokens, Integral) or batch_tokens < 1):
        raise InputError(f"batch_tokens must be at least 1, not {batch_tokens!r}.")
    budget = int(batch_tokens or settings().batch_tokens)

    wanted = named.names if named else None
    if _wants_head(method, model, has_examples=shots is not None, progress=progress):
        classifier = load(model, "text-classification", progress=progress)
        with reminding(model):
            head = TrainedHead(classifier, batch_tokens=budget)
            # Words say nothing of a head whose outputs have no names, but can be compared with.
            wants_it = wanted is None or head.is_named or method == HEAD
            if wants_it:
                head.check(wanted, multi_label=multi_label)
                if template is not None:
                    raise InputError(
                        f"template goes with labels in words; {classifier.name} has its own head."
                    )
        if wants_it:
            return _by_head(given, head, progress=progress)
    named = named or read_labels(labels, shots)
    matched = match_examples(named, shots or {})
    encoder = SentenceEncoder(
        load(model, "feature-extraction", progress=progress), batch_tokens=budget
    )
    asked = _Asked(named, matched, templates, chosen, multi_label)
    return _by_vectors(given, encoder, asked, progress=progress)


def _wants_head(method: str, model: Any, *, has_examples: bool, progress: bool) -> bool:
    """Whether a model's own head is to be asked: where nothing else is said, if it has one."""
    if method == HEAD:
        if has_examples:
            raise InputError("examples go with few-shot; a trained head needs none.")
        return True
    if method != "auto" or has_examples or model is None:
        return False
    return saved_for(model, progress=progress) == "text-classification"


def _by_head(given: Texts, head: TrainedHead, *, progress: bool) -> Classification:
    present = [given.values[k] or "" for k in given.present]
    scores = np.full((len(given.values), len(head.labels)), np.nan, dtype=np.float32)
    cut: dict[int, int] = {}
    with _shown(present, progress=progress) as bar:
        if present:
            scores[given.present], cut = head.score(present, bar.advance)
    return Classification(
        texts=given.values,
        labels=head.labels,
        scores=scores,
        method=HEAD,
        model_name=head.loaded.name,
        multi_label=head.multi_label,
        messages=_notes(given, head.loaded, head.max_length, cut),
        index=given.index,
    )


@dataclass(frozen=True)
class _Asked:
    """What texts are compared with, and how."""

    labels: Labels
    examples: list[list[str]]
    templates: list[str]
    method: str
    multi_label: bool


def _by_vectors(
    given: Texts, encoder: SentenceEncoder, asked: _Asked, *, progress: bool
) -> Classification:
    names = asked.labels.names
    prompts = [
        text
        for pattern in asked.templates
        for text in (*asked.labels.prompts(pattern), _neutral(pattern))
    ]
    flat_shots = [text for texts in asked.examples for text in texts]
    counts = [len(texts) for texts in asked.examples]
    present = [given.values[k] or "" for k in given.present]
    with _shown(present, progress=progress) as bar:
        prompt_vectors, _ = encoder.encode(prompts)
        shot_vectors = encoder.encode(flat_shots)[0] if flat_shots else None
        text_vectors, cut = encoder.encode(present, bar.advance) if present else (None, {})

    scores = np.full((len(given.values), len(names)), np.nan, dtype=np.float32)
    if text_vectors is not None:
        averaged = unit(
            unit(prompt_vectors).reshape(len(asked.templates), len(names) + 1, -1).mean(0)
        )
        question = Question(
            texts=unit(text_vectors),
            labels=averaged[:-1],
            examples=_grouped(shot_vectors, counts, averaged.shape[1]),
            neutral=averaged[-1],
            multi_label=asked.multi_label,
        )
        scores[given.present] = METHODS[asked.method](question)
    messages = _notes(given, encoder.loaded, encoder.max_length, cut)
    if not encoder.pooling.configured:
        messages.insert(0, _note("no-embedding-configuration", model=encoder.loaded.name))
    if asked.method == "one-shot" and max(counts) == 1:
        messages.append(Message("notes", "few-examples"))
    return Classification(
        texts=given.values,
        labels=names,
        scores=scores,
        method=asked.method,
        model_name=encoder.loaded.name,
        multi_label=asked.multi_label,
        messages=messages,
        index=given.index,
    )


def _shown(texts: list[str], *, progress: bool) -> Progress:
    return Progress(
        translate("progress", "what.classify"),
        len(texts),
        translate("progress", "unit.texts"),
        show=progress and bool(texts),
    )


def _neutral(pattern: str) -> str:
    return pattern.replace("{}", _NEUTRAL)


def _grouped(vectors: Vectors | None, counts: list[int], width: int) -> list[Vectors]:
    if vectors is None:
        return [np.empty((0, width), dtype=np.float32) for _ in counts]
    return np.split(unit(vectors), np.cumsum(counts)[:-1])


def _notes(given: Texts, loaded: LoadedModel, limit: int, cut: dict[int, int]) -> list[Message]:
    """Say what a reader of the scores should know. Positions count from 1."""
    present = given.present
    notes = []
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
                limit=limit,
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
