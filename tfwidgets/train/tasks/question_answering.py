"""Extractive question answering: the answer to a question is a span of a context."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from tfwidgets.errors import InputError
from tfwidgets.train.data.dataset import EncodedDataset, Item, Ragged
from tfwidgets.train.data.frames import a, is_listlike, is_missing, shortened
from tfwidgets.train.tasks.spans import (
    CONTEXT,
    MAX_ANSWER_TOKENS,
    NOWHERE,
    QUESTION,
    SPACE,
    AnswersInContext,
    SpanLoss,
    best_spans,
    in_context,
    keep_places,
)
from tfwidgets.train.tasks.squad import exact_match, f1
from tfwidgets.train.tasks.tally import Tally, metrics_of
from tfwidgets.train.tasks.task import SHOWN, Task, no_options
from tfwidgets.train.tasks.words import (
    collate_beside,
    split_words,
    tokens_of,
    unpadded,
    windows,
    with_special,
)
from tfwidgets.ui.text import one_line

if TYPE_CHECKING:
    import pandas as pd
    import torch

    from tfwidgets.train.data.reader import Reader
    from tfwidgets.train.data.source import Part, Splits

# As in the scripts of BERT and transformers.
_LENGTH = 384
_STRIDE = 128
_ROWS_AT_ONCE = 256
# A column of the frame that says where the answer in another one stands.
_STARTS = "answer_start"
_NONE = "–"


class Answer(NamedTuple):
    """An answer in a context.

    Attributes
    ----------
    text
        As it stands there; empty where the model says that there is none.
    start, end
        Where: ``context[start:end]``.
    score
        Probability that it begins and ends there, among all places of its piece of the context.
    """

    text: str
    start: int
    end: int
    score: float


class _Found(NamedTuple):
    """A span with its log probability: tokens of a piece, or characters of the context."""

    score: float
    start: int
    end: int


@dataclass
class QuestionAnswering(Task):
    """Where in a context the answer to a question stands.

    Columns as SQuAD has them: question, context, and answers (``{"text": [...],
    "answer_start": [...]}``); or the answer's text, with a column ``answer_start`` beside it or
    without, for its first occurrence. No answer (empty lists, SQuAD 2) is learnt too.

    Parameters
    ----------
    stride
        Tokens that two pieces of a context share, when it is longer than what is read; by
        default 128, at most a third of ``max_length``.
    max_answer_tokens
        The longest answer.
    """

    text: tuple[str, ...] = ("question", "context")
    label: str | tuple[str, ...] | None = "answers"
    stride: int | None = None
    max_answer_tokens: int = MAX_ANSWER_TOKENS
    name: ClassVar[str] = "question-answering"
    may_be_none: bool = field(default=False, init=False)
    """Whether there are questions without an answer."""

    # -- the data ------------------------------------------------------------------------------

    def read(self, splits: Splits) -> None:
        """Check that every answer stands in its context."""
        if len(self.text) != 2:
            raise InputError("Question answering reads two columns: text=('question', 'context').")
        both: tuple[Part, Part] = ("train", "valid")
        empty = {}
        for part in both:
            frame = splits.part(part)
            known = [
                self._answers(row, splits.where(part, k))
                for k, row in enumerate(self._records(frame))
            ]
            empty[part] = sum(not answers for answers in known)
        if empty["train"] == len(splits.train):
            raise InputError(
                f"No row of the training data has an answer in {self.label!r}: there is nothing "
                "to learn."
            )
        self.may_be_none = empty["train"] > 0

    def bind(self, reader: Reader) -> None:
        """Get to know the model; choose how contexts are cut."""
        if self.max_length is None:
            self.max_length = min(reader.limit or _LENGTH, _LENGTH)
        super().bind(reader)
        assert self.max_length is not None  # noqa: S101 (for mypy)
        if self.stride is None:
            self.stride = min(_STRIDE, self.max_length // 3)
        for name in ("stride", "max_answer_tokens"):
            if not isinstance(value := getattr(self, name), int):
                raise InputError(f"{name} counts tokens, and is {a(value)}: {value!r:.60}.")
        if not 0 <= self.stride < self.max_length // 2:
            raise InputError(
                f"stride={self.stride}: two pieces of a context can share from 0 to "
                f"{self.max_length // 2 - 1} tokens, with max_length={self.max_length}."
            )
        if self.max_answer_tokens < 1:
            raise InputError(f"max_answer_tokens={self.max_answer_tokens}: expected at least 1.")

    def _records(self, frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
        names = [*self.text, str(self.label)]
        names += [_STARTS] if _STARTS in frame and _STARTS not in names else []
        columns = [frame[name].tolist() for name in names]
        return (dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True))

    def _answers(self, row: Mapping[str, Any], where: str) -> list[tuple[str, int]]:
        """Return the answers of a row and where each begins in the context."""
        column = str(self.label)
        context = row[self.text[1]]
        found = []
        for text, start in _as_written(row[column], row.get(_STARTS), column, where):
            answer = text.strip()
            if not answer:
                continue
            place = context.find(answer) if start is None else start + text.index(answer)
            if context[place : place + len(answer)] != answer or place < 0:
                there = "" if start is None else f" at character {start}"
                stands = context[place : place + len(answer)] if start is not None else context
                raise InputError(
                    f"Column {column!r}, {where}: the answer {shortened(answer, 60)} does not "
                    f"stand in {self.text[1]!r}{there} ({shortened(stands, 60)}). An answer is a "
                    "part of the context, letter by letter"
                    + ("." if start is None else "; without answer_start it is looked for.")
                )
            found.append((answer, place))
        return found

    def encode(self, rows: pd.DataFrame, *, labelled: bool = True) -> EncodedDataset:
        """Encode questions with their contexts, long ones in several pieces."""
        questions, contexts = (rows[name].tolist() for name in self.text)
        pieces = encode_pairs(
            self.tokenizer, questions, contexts, self.max_length or _LENGTH, self.stride or 0
        )
        target, answers = None, None
        if labelled:
            found = [self._answers(row, f"row {k}") for k, row in enumerate(self._records(rows))]
            target = np.asarray(
                [
                    _target(places, offsets, found[row][:1])
                    for row, places, offsets in zip(
                        pieces.row, pieces.places, pieces.offsets, strict=True
                    )
                ],
                dtype=np.int64,
            )
            answers = [[text for text, _ in own] for own in found]
        places = pieces.places
        if not self.may_be_none:
            # Only in one of several pieces can there be no answer.
            alone = np.bincount(pieces.row, minlength=len(rows))[pieces.row] == 1
            ends = zip(places, alone, strict=True)
            places = Ragged.of(
                (np.where(own == NOWHERE, QUESTION, own) if one else own for own, one in ends),
                np.int8,
            )
        return EncodedDataset(
            self,
            {**pieces.features, "places": places},
            target,
            rows,
            pieces.row,
            {"offsets": pieces.offsets, "answers": answers},
        )

    def take_extra(self, extra: dict[str, Any], chosen: Any) -> dict[str, Any]:
        """Return the offsets of some of the encoded rows; answers are those of raw rows."""
        return {**extra, "offsets": extra["offsets"].take(chosen)} if extra else extra

    def collate(self, items: Sequence[Item], *, training: bool) -> tuple[Any, ...]:
        """Pad rows; targets move along where the padding is on the left."""
        import torch

        inputs, places = collate_beside(self.tokenizer, items, "places", QUESTION, self.multiple_of)
        if items[0].target is None:
            return (inputs,)
        target = torch.as_tensor(np.stack([item.target for item in items]))
        if self.tokenizer.padding_side == "left":
            width = inputs["input_ids"].shape[1]
            target = target + torch.tensor([[width - len(own)] for own in places])
        return inputs, target

    # -- training ------------------------------------------------------------------------------

    def loss_func(self) -> Any:
        """Return the cross-entropy of first and last token."""
        return SpanLoss(max_tokens=self.max_answer_tokens)

    def metrics(self) -> list[Any]:
        """Return exact match and F1, as SQuAD has them, from 0 to 1: over questions."""
        return metrics_of(AnswerTally(self), ("exact_match", "f1"))

    def callbacks(self) -> list[Any]:
        """Return what keeps predictions in the context."""
        return [AnswersInContext()]

    # -- for people ----------------------------------------------------------------------------

    def predict(
        self, learn: Any, rows: pd.DataFrame, *, top_k: int | None = None, **options: Any
    ) -> list[Any]:
        """Return the ``Answer`` of each row, or with ``top_k`` a list of the best ones."""
        import torch

        no_options(options)
        dataset = self.encode(rows, labelled=False)
        predicted = learn.predictions(dataset)[0]
        found: dict[int, list[_Found]] = {}
        for k in range(len(dataset)):
            places = dataset.features["places"][k]
            own = unpadded(predicted[k], len(places), self.tokenizer.padding_side)
            logits = torch.as_tensor(own).float().log()[None]
            found[k] = self.found(logits, torch.as_tensor(places)[None], top_k or 1)[0]
        best = self.best(dataset, found)
        contexts = rows[self.text[1]].tolist()
        answers: list[Any] = []
        for k, context in enumerate(contexts):
            own_answers = _answers_of(context, best.get(k, []))
            answers.append(own_answers[:top_k] if top_k else own_answers[0])
        return answers

    def found(
        self, logits: torch.Tensor, places: torch.Tensor, top_k: int = 1
    ) -> list[list[_Found]]:
        """Return the likeliest answers of encoded rows, and that there is none.

        Parameters
        ----------
        logits
            Of first and last tokens, (rows, tokens, 2), padded as ``places``.
        places
            What each token can be, (rows, tokens).
        top_k
            How many answers.
        """
        scores = keep_places(logits, places).log_softmax(1)
        starts, ends = in_context(scores, places).unbind(-1)
        best, spans = best_spans(starts, ends, self.max_answer_tokens, top_k)
        none = scores.sum(-1).masked_fill(places != NOWHERE, -np.inf).amax(1)
        made: list[list[_Found]] = []
        for k in range(len(scores)):
            own = [
                _Found(float(score), int(first), int(last))
                for score, (first, last) in zip(best[k], spans[k], strict=True)
                if score > -np.inf
            ]
            made.append([*own, _Found(float(none[k]), -1, -1)])
        return made

    def best(
        self, dataset: EncodedDataset, found: Mapping[int, list[_Found]]
    ) -> dict[int, list[_Found]]:
        """Return the answers of each raw row, the likeliest first, places in characters.

        Parameters
        ----------
        dataset
            Encoded rows.
        found
            What ``found`` returned of each, by its number.

        Notes
        -----
        That there is no answer is as likely as in the piece of the context where it is least so
        (Devlin et al.'s script), and is said only where training had such questions.
        """
        assert dataset.origin is not None  # noqa: S101 (encode sets it)
        spans: dict[int, dict[tuple[int, int], float]] = {}
        none: dict[int, float] = {}
        for number, several in found.items():
            row = int(dataset.origin[number])
            offsets = dataset.extra["offsets"][number].reshape(-1, 2)
            own = spans.setdefault(row, {})
            for score, first, last in several:
                if first < 0:
                    none[row] = min(score, none.get(row, np.inf))
                    continue
                place = int(offsets[first][0]), int(offsets[last][1])
                own[place] = max(score, own.get(place, -np.inf))
        made = {}
        for row, scores in spans.items():
            ranked = self.ranked(scores, none[row])
            made[row] = [_Found(score, *(place or (0, 0))) for place, score in ranked]
        return made

    def ranked(self, answers: Mapping[Any, float], none: float) -> list[tuple[Any, float]]:
        """Return the answers to a question and their scores, the best first.

        Parameters
        ----------
        answers
            Each with its score.
        none
            The score of there being no answer, which stands as None among the others.
        """
        every = dict(answers)
        if self.may_be_none or not every:
            every[None] = none
        return sorted(every.items(), key=lambda pair: -pair[1])

    def results(self, learn: Any, dataset: EncodedDataset, rows: Sequence[int]) -> pd.DataFrame:
        """Return questions beside the answers that ``predict`` gives: of all pieces together."""
        import pandas as pd

        assert dataset.rows is not None and dataset.origin is not None  # noqa: PT018, S101
        raw = dataset.rows.iloc[list(dict.fromkeys(dataset.origin[rows].tolist()))]
        found = self.predict(learn, raw.reset_index(drop=True))
        table = {name: [one_line(text, SHOWN) for text in raw[name]] for name in self.text}
        if known := dataset.extra.get("answers"):
            first = (known[row][:1] for row in raw.index)
            table[self.target_name] = [one_line(own[0], SHOWN) if own else _NONE for own in first]
        table["predicted"] = [one_line(one.text, SHOWN) or _NONE for one in found]
        return pd.DataFrame(table)

    def inputs_of(self, inputs: Mapping[str, Any], k: int) -> dict[str, str]:
        """Return question and context."""
        ids, places = inputs["input_ids"][k], inputs["places"][k]
        inside = ((places == CONTEXT) | (places == SPACE)).nonzero().flatten()
        first = int(inside[0]) if len(inside) else len(ids)
        question, context = self.text
        return {
            question: one_line(self.decoded_ids(ids[:first]), SHOWN),
            context: one_line(self.decoded_ids(ids[inside]), SHOWN),
        }

    def written(self, target: Any, inputs: Mapping[str, Any], k: int) -> str:
        """Return the answer; a dash where this piece of the context has none."""
        first, last = (int(place) for place in target)
        if first < 0 or int(inputs["places"][k][first]) != CONTEXT:
            return _NONE
        return one_line(self.decoded_ids(inputs["input_ids"][k][first : last + 1]), SHOWN)

    def settings(self) -> dict[str, Any]:
        """Return how rows were read."""
        return {
            **super().settings(),
            "stride": self.stride,
            "max_answer_tokens": self.max_answer_tokens,
        }


# Encoding


@dataclass(frozen=True)
class PairPieces:
    """Questions with pieces of their contexts.

    Attributes
    ----------
    features
        What the model reads, by name.
    places
        What each token can be for an answer (``spans.CONTEXT``, …), beside ``input_ids``.
    offsets
        Start and end of each token in its text, one after the other: twice as long.
    row
        Which row each piece is of, shape (n_pieces,).
    """

    features: dict[str, Ragged]
    places: Ragged
    offsets: Ragged
    row: npt.NDArray[np.int64]


_Encoded = tuple[dict[str, list[list[int]]], list[Any], list[Any], list[int]]


def encode_pairs(
    tokenizer: Any, questions: Sequence[str], contexts: Sequence[str], max_length: int, stride: int
) -> PairPieces:
    """Encode questions with contexts, which are cut into pieces that overlap.

    Raises
    ------
    InputError
        When a question leaves no room for the context.

    Notes
    -----
    A tokenizer in Python does not tell where its tokens are from: contexts are given to it word
    by word then, and answers are whole words.
    """
    encode = _in_rust if getattr(tokenizer, "is_fast", False) else _in_python
    parts: dict[str, list[Ragged]] = {}
    places: list[Any] = []
    offsets: list[Any] = []
    origin: list[int] = []
    for start in range(0, len(questions), _ROWS_AT_ONCE):
        chunk = slice(start, start + _ROWS_AT_ONCE)
        asked = [question.strip() for question in questions[chunk]]
        _need_room(tokenizer, asked, max_length, stride, start)
        features, place, offset, row = encode(tokenizer, asked, contexts[chunk], max_length, stride)
        for name, values in features.items():
            small = np.int32 if name == "input_ids" else np.int8
            parts.setdefault(name, []).append(Ragged.of(values, small))
        places += place
        offsets += offset
        origin += [start + k for k in row]
    joined = {name: Ragged.joined(several) for name, several in parts.items()}
    for ids, place in zip(joined["input_ids"], places, strict=True):
        place[_nowhere(tokenizer, ids)] = NOWHERE
    return PairPieces(
        joined, Ragged.of(places, np.int8), Ragged.of(offsets), np.asarray(origin, dtype=np.int64)
    )


def _need_room(
    tokenizer: Any, questions: Sequence[str], max_length: int, stride: int, first: int
) -> None:
    room = max_length - tokenizer.num_special_tokens_to_add(pair=True) - stride - 1
    encoded = tokenizer(list(questions), add_special_tokens=False, return_attention_mask=False)
    for k, ids in enumerate(encoded["input_ids"]):
        if len(ids) > room:
            raise InputError(
                f"The question of row {first + k} has {len(ids)} tokens, and with "
                f"max_length={max_length} and stride={stride} it can have {max(room, 0)}: "
                "shorten it, or change these."
            )


def _in_rust(
    tokenizer: Any, questions: Sequence[str], contexts: Sequence[str], max_length: int, stride: int
) -> _Encoded:
    encoded = tokenizer(
        list(questions),
        list(contexts),
        truncation="only_second",
        max_length=max_length,
        stride=stride,
        padding=False,
        return_attention_mask=False,
        return_overflowing_tokens=True,
    )
    origin = list(encoded.pop("overflow_to_sample_mapping"))
    letters = [
        np.cumsum([0, *(not character.isspace() for character in context)]) for context in contexts
    ]
    places, offsets = [], []
    for one, row in zip(encoded.encodings, origin, strict=True):
        context = np.asarray([which == 1 for which in one.sequence_ids])
        offset = np.asarray(one.offsets) * context[:, None]
        begins, ends = letters[row][offset].T
        places.append(np.where(context, np.where(ends > begins, CONTEXT, SPACE), QUESTION))
        offsets.append(offset.reshape(-1))
    return dict(encoded.items()), places, offsets, origin


def _in_python(
    tokenizer: Any, questions: Sequence[str], contexts: Sequence[str], max_length: int, stride: int
) -> _Encoded:
    features: dict[str, list[list[int]]] = {}
    places, offsets, origin = [], [], []
    for k, (question, context) in enumerate(zip(questions, contexts, strict=True)):
        asked = tokenizer(question, add_special_tokens=False)["input_ids"]
        spans = split_words(context)
        ids, numbers = tokens_of(tokenizer, [context[start:end] for start, end in spans])
        where = np.asarray([spans[number] for number in numbers]).reshape(-1, 2)
        room = max_length - len(with_special(tokenizer, [], asked)[0])
        for start, end in windows(len(ids), room, stride):
            made, at, more = with_special(tokenizer, ids[start:end], asked)
            # What is left of a word at an edge is no answer: another piece has all of it.
            cut = {numbers[k] for k in (start - 1, end) if 0 <= k < len(ids)}
            whole = [number not in cut for number in numbers[start:end]]
            place = np.full(len(made), QUESTION)
            place[at] = np.where(whole, CONTEXT, QUESTION)
            offset = np.zeros((len(made), 2), dtype=np.int64)
            offset[at] = where[start:end]
            places.append(place)
            offsets.append(offset.reshape(-1))
            origin.append(k)
            for name, values in {"input_ids": made, **more}.items():
                features.setdefault(name, []).append(values)
    return features, places, offsets, origin


def _nowhere(tokenizer: Any, ids: npt.NDArray[Any]) -> int:
    """Return the place that stands for no answer: the classification token, or the first one."""
    found = np.flatnonzero(ids == tokenizer.cls_token_id).tolist() if tokenizer.cls_token else []
    return int(found[0]) if found else 0


def _target(
    places: npt.NDArray[Any], offsets: npt.NDArray[Any], answers: Sequence[tuple[str, int]]
) -> tuple[int, int]:
    """Return the first and last token of an answer, or where there being none stands."""
    nowhere = int(np.flatnonzero(places == NOWHERE)[0])
    context = np.flatnonzero((places == CONTEXT) | (places == SPACE))
    if not answers or not len(context):
        return nowhere, nowhere
    text, start = answers[0]
    end = start + len(text)
    begins, ends = offsets.reshape(-1, 2)[context].T
    if begins[0] > start or ends[-1] < end:
        return nowhere, nowhere
    first = int(np.searchsorted(ends, start, side="right"))
    last = int(np.searchsorted(begins, end, side="left")) - 1
    if last < first:  # the tokenizer makes nothing of these characters
        return nowhere, nowhere
    return int(context[first]), int(context[last])


# Answers


def _as_written(
    cell: Any, starts: Any, column: str, where: str
) -> Iterator[tuple[str, int | None]]:
    """Yield text and start of each answer of a cell, in all the forms that data has."""
    if isinstance(cell, Mapping):
        if "text" not in cell:
            raise InputError(
                f"Column {column!r}, {where}: {shortened(cell, 60)} holds no answer: expected "
                "{'text': […], 'answer_start': […]}."
            )
        starts = cell.get("answer_start")
        cell = cell["text"]
    if is_missing(cell):
        return
    texts = [cell] if isinstance(cell, str) else cell
    if not is_listlike(texts):
        raise InputError(f"Column {column!r}, {where}: {shortened(cell)} is {a(cell)}, no answer.")
    texts = list(texts)
    places = list(starts) if is_listlike(starts) else [starts] * len(texts)
    if len(places) != len(texts):
        raise InputError(
            f"Column {column!r}, {where}: there are {len(texts)} answers and {len(places)} starts."
        )
    for text, start in zip(texts, places, strict=True):
        if isinstance(text, Mapping) and "text" in text:
            text, start = text["text"], text.get("answer_start")
        if not isinstance(text, str):
            raise InputError(
                f"Column {column!r}, {where}: the answer {shortened(text)} is {a(text)}, not text."
            )
        yield text, None if is_missing(start) else int(start)


def _answers_of(context: str, found: Sequence[_Found]) -> list[Answer]:
    answers = []
    for score, start, end in found:
        part = context[start:end]
        text = part.strip()
        start += len(part) - len(part.lstrip())
        answers.append(Answer(text, start, start + len(text), float(np.exp(score))))
    return answers


class AnswerTally(Tally):
    """The likeliest answers of each piece of a context; those of a question are counted as one.

    Parameters
    ----------
    task
        Finds them.
    """

    def __init__(self, task: QuestionAnswering) -> None:
        self.task = task
        super().__init__()

    def read(self, learn: Any) -> dict[int, Any]:
        """Return the likeliest answer in each encoded row, with what is known of its question."""
        inputs, dataset = learn.xb[0], getattr(learn.dl, "dataset", None)
        if not isinstance(dataset, EncodedDataset) or not dataset.extra.get("answers"):
            return {}
        assert dataset.rows is not None and dataset.origin is not None  # noqa: PT018, S101
        contexts = dataset.rows[self.task.text[1]]
        logits = learn.pred.detach().float().cpu()
        found = self.task.found(logits, inputs["places"].cpu())
        made = {}
        for number, (*spans, none) in zip(inputs["item"].tolist(), found, strict=True):
            offsets = dataset.extra["offsets"][number].reshape(-1, 2)
            left = self.task.tokenizer.padding_side == "left"
            shift = logits.shape[1] - len(offsets) if left else 0
            row = int(dataset.origin[number])
            answers = {}
            for score, first, last in spans:
                place = slice(offsets[first - shift][0], offsets[last - shift][1])
                answers[contexts.iloc[row][place].strip()] = score
            made[number] = row, answers, none.score, dataset.extra["answers"][row]
        return made

    def count(self, entries: dict[int, Any]) -> dict[str, float]:
        """Return exact match and F1, the means over questions."""
        answers: dict[int, dict[str, float]] = {}
        none: dict[int, float] = {}
        known: dict[int, list[str]] = {}
        for row, found, score, own in entries.values():
            for text, one in found.items():
                best = answers.setdefault(row, {})
                best[text] = max(one, best.get(text, -np.inf))
            none[row] = min(score, none.get(row, np.inf))
            known[row] = own
        scores = []
        for row, own in known.items():
            predicted = self.task.ranked(answers.get(row, {}), none[row])[0][0] or ""
            scores.append((exact_match(predicted, own), f1(predicted, own)))
        exact, words = np.mean(scores, axis=0)
        return {"exact_match": float(exact), "f1": float(words)}
