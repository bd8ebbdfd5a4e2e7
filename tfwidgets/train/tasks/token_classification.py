"""Token classification: a tag for each word, and the entities that tags stand for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from tfwidgets.errors import EnvironmentProblem, InputError, suggest
from tfwidgets.train.data.batches import IGNORED
from tfwidgets.train.data.dataset import EncodedDataset, Item, Ragged
from tfwidgets.train.data.frames import a, is_listlike, is_missing, listed, shortened
from tfwidgets.train.data.labels import label_ids, read_labels
from tfwidgets.train.losses import TokenCrossEntropy
from tfwidgets.train.tasks.classification import ClassWeights, weights_of
from tfwidgets.train.tasks.entities import (
    OUTSIDE,
    Entity,
    are_entity_tags,
    entity_words,
    group_entities,
)
from tfwidgets.train.tasks.tally import Tally, metrics_of
from tfwidgets.train.tasks.task import Task, no_options
from tfwidgets.train.tasks.words import (
    NO_WORD,
    Pieces,
    beside,
    collate_beside,
    encode_words,
    split_words,
    unpadded,
)
from tfwidgets.ui.text import one_line

if TYPE_CHECKING:
    import pandas as pd

    from tfwidgets.train.data.source import Part, Splits

ALIGNMENTS = ("first", "same", "bio")
# A row of words is read by people up to here.
_SHOWN = 400
# Two pieces of a long text share so much of what the model reads.
_SHARED = 0.25

Offsets = list[tuple[int, int]]


@dataclass
class TokenClassification(Task):
    """A tag for each word: parts of speech, or entities as B-PER, I-PER, O.

    The text column holds lists of words and the label column lists of as many tags; or texts, and
    lists of entities, each a dict with ``"start"``, ``"end"`` (characters) and ``"label"``.

    Parameters
    ----------
    labels
        Names of the tags, in the order of their ids; by default those in the data, sorted. For
        entities in texts their kinds (``["PER", "LOC"]``).
    align
        What the tokens of a word are trained on: ``"first"``, only the first one, on the tag;
        ``"same"``, all of them, on the tag; ``"bio"``, all of them, the first on the tag, and
        those behind a B- on I-. A word's prediction is that of its first token in any case.
    class_weights
        As in text classification, for tags: ``"balanced"``, a list, or a dict.
    """

    labels: Sequence[str] | None = None
    align: str = "first"
    class_weights: ClassWeights = None
    name: ClassVar[str] = "token-classification"
    _weights: Any = field(default=None, init=False, repr=False)

    # -- the data ------------------------------------------------------------------------------

    def read(self, splits: Splits) -> None:
        """Learn the tags of the training rows; check that every word has one."""
        if self.align not in ALIGNMENTS:
            raise InputError(
                f"align={self.align!r}: expected one of {', '.join(map(repr, ALIGNMENTS))}."
                f"{suggest(str(self.align), ALIGNMENTS)}"
            )
        column = str(self.label)
        names = self.labels
        in_texts = isinstance(splits.train[self.text[0]].iloc[0], str)
        if in_texts:
            names = self._names_of_entities(splits)
        flat = _flat(splits, self.text[0], column)
        self.vocab, ids, _ = read_labels(flat, column, names)
        if self.align == "bio":
            self._need_inside()
        counts = np.bincount(ids, minlength=len(self.vocab))
        # A tag that no word has (with "bio" tokens may) weighs as in data without a skew.
        even = len(ids) / np.count_nonzero(counts)
        balanced = np.where(counts, even / np.maximum(counts, 1), 1.0)
        self._weights = weights_of(self.class_weights, self.vocab, balanced)

    def _names_of_entities(self, splits: Splits) -> list[str]:
        """Return the tags for entities in texts."""
        column = str(self.label)
        kinds = [*(self.labels or ())]
        if not kinds:
            cells = splits.train[column]
            kinds = sorted(
                {e["label"] for k, c in enumerate(cells) for e in _entities(c, column, k)}
            )
        elif are_entity_tags(kinds):
            return [str(kind) for kind in kinds]
        return [OUTSIDE, *(f"{p}-{kind}" for kind in kinds if kind != OUTSIDE for p in "BI")]

    def _need_inside(self) -> None:
        """Complete the tags by those that only tokens get."""
        if not are_entity_tags(self.vocab):
            raise InputError(
                "align='bio' needs tags such as B-PER and I-PER, and these are "
                f"{listed(self.vocab)}: use align='first' or 'same'."
            )
        inside = [f"I-{tag[2:]}" for tag in self.vocab if tag[0] == "B"]
        self.vocab = self.vocab.reordered(dict.fromkeys([*self.vocab, *inside]))

    def adopt(self, config: Any) -> None:
        """Take over a trained head's order of tags, the weights with it."""
        before = self.vocab
        super().adopt(config)
        if self._weights is not None:
            self._weights = [self._weights[before.index(name)] for name in self.vocab]

    def encode(self, rows: pd.DataFrame, *, labelled: bool = True) -> EncodedDataset:
        """Encode words; rows that are longer than what is read lose their end."""
        words, tags = self._words_and_tags(rows, labelled)
        pieces = encode_words(self.tokenizer, words, self._length)
        self.note_cut(pieces.cut, len(rows))
        target = None if tags is None else self._targets(pieces, tags)
        return EncodedDataset(self, {**pieces.features, "words": pieces.words}, target, rows)

    def _words_and_tags(
        self, rows: pd.DataFrame, labelled: bool
    ) -> tuple[list[list[str]], list[npt.NDArray[np.int64]] | None]:
        column = str(self.label)
        cells = rows[self.text[0]].tolist()
        labels = rows[column].tolist() if labelled else [None] * len(rows)
        words: list[list[str]] = []
        tags: list[Any] = []
        for k, (cell, label) in enumerate(zip(cells, labels, strict=True)):
            row, tagged = words_and_tags(cell, label, (self.text[0], column), f"row {k}")
            words.append(row)
            tags.append(tagged)
        if not labelled:
            return words, None
        lengths = [len(tagged) for tagged in tags]
        flat = label_ids([tag for tagged in tags for tag in tagged], self.vocab, column)
        return words, np.split(flat, np.cumsum(lengths)[:-1])

    @property
    def _length(self) -> int:
        assert self.max_length is not None  # noqa: S101 (bound before)
        return self.max_length

    def _targets(self, pieces: Pieces, tags: list[npt.NDArray[np.int64]]) -> Ragged:
        """Return the target of each token."""
        inside = np.arange(len(self.vocab))
        if self.align == "bio":
            for k, tag in enumerate(self.vocab):
                inside[k] = self.vocab.index(f"I-{tag[2:]}") if tag[0] == "B" else k
        made = []
        for row, numbers in zip(pieces.row, pieces.words, strict=True):
            target = np.where(numbers == NO_WORD, IGNORED, tags[row][numbers])
            rest = (numbers != NO_WORD) & ~_first_tokens(numbers)
            target[rest] = IGNORED if self.align == "first" else inside[target[rest]]
            made.append(target)
        return Ragged.of(made)

    def collate(self, items: Sequence[Item], *, training: bool) -> tuple[Any, ...]:
        """Pad rows, and beside their tokens the words and targets, on the tokenizer's side."""
        inputs, _ = collate_beside(self.tokenizer, items, "words", NO_WORD, self.multiple_of)
        if items[0].target is None:
            return (inputs,)
        targets = [item.target for item in items]
        return inputs, beside(targets, inputs["input_ids"], self.tokenizer.padding_side)

    # -- training ------------------------------------------------------------------------------

    def loss_func(self) -> Any:
        """Return cross-entropy over the tokens that count."""
        import torch

        weight = None if self._weights is None else torch.tensor(self._weights, dtype=torch.float32)
        return TokenCrossEntropy(weight=weight)

    def metrics(self) -> list[Any]:
        """Return precision, recall and F1 of entities, and the share of right words.

        Tags that mark no entities have accuracy, and the mean F1 of the tags.
        """
        entities = are_entity_tags(self.vocab)
        if entities:
            _need_seqeval()
        names = ("precision", "recall", "f1", "accuracy") if entities else ("accuracy", "f1_macro")
        return metrics_of(TagTally(list(self.vocab)), names)

    # -- for people ----------------------------------------------------------------------------

    def predict(
        self, learn: Any, rows: pd.DataFrame, *, group: bool = False, **options: Any
    ) -> list[Any]:
        """Return ``([(word, tag), …], tags' numbers, probabilities)`` of each row.

        Long texts are read in pieces that overlap: no word is left out.

        Parameters
        ----------
        group
            Return a list of ``Entity`` for each row instead.

        Returns
        -------
        list
            Numbers have shape (n_words,), probabilities (n_words, n_tags).
        """
        import torch

        no_options(options)
        texts, offsets = self._texts(rows)
        words = [
            [text[slice(*place)] for place in places]
            for text, places in zip(texts, offsets, strict=True)
        ]
        found = [torch.from_numpy(p) for p in self._probabilities(learn, rows, words)]
        answers: list[Any] = []
        for k, probabilities in enumerate(found):
            scores, numbers = probabilities.max(-1)
            tags = [self.vocab[int(number)] for number in numbers]
            if group:
                answers.append(self.entities(texts[k], offsets[k], tags, scores.tolist()))
            else:
                answers.append((list(zip(words[k], tags, strict=True)), numbers, probabilities))
        return answers

    def entities(
        self,
        text: str,
        offsets: Offsets,
        tags: Sequence[str],
        scores: Sequence[float] | None = None,
    ) -> list[Entity]:
        """Group tagged words to entities.

        Parameters
        ----------
        text
            The text.
        offsets
            Start and end of each word in it.
        tags, scores
            The tag of each word, and its probability.

        Raises
        ------
        InputError
            When the tags mark no entities.
        """
        if not are_entity_tags(self.vocab):
            raise InputError(
                "These tags mark no entities, as B-PER and I-PER do: they are "
                f"{listed(self.vocab)}."
            )
        return group_entities(text, offsets, tags, scores)

    def _texts(self, rows: pd.DataFrame) -> tuple[list[str], list[Offsets]]:
        """Return the text of each row, and where its words are in it."""
        texts, offsets = [], []
        for cell in rows[self.text[0]].tolist():
            if isinstance(cell, str):
                texts.append(cell)
                offsets.append(split_words(cell))
            else:
                texts.append(" ".join(cell))
                ends = np.cumsum([len(word) + 1 for word in cell]) - 1
                offsets.append([(int(e) - len(w), int(e)) for w, e in zip(cell, ends, strict=True)])
        return texts, offsets

    def _probabilities(
        self, learn: Any, rows: pd.DataFrame, words: list[list[str]]
    ) -> list[npt.NDArray[np.float32]]:
        """Return the probabilities of each word's tags, where it has most text around it."""
        shared = int(self._length * _SHARED)
        pieces = encode_words(self.tokenizer, words, self._length, shared)
        features = {**pieces.features, "words": pieces.words}
        dataset = EncodedDataset(self, features, None, rows, pieces.row)
        predicted = learn.predictions(dataset)[0]
        many = len(self.vocab)
        # A word without any token stays undecided.
        found = [np.full((len(row), many), 1 / many, dtype=np.float32) for row in words]
        around = [np.full(len(row), -1) for row in words]
        for k, (row, numbers) in enumerate(zip(pieces.row, pieces.words, strict=True)):
            own = unpadded(predicted[k], len(numbers), self.tokenizer.padding_side)
            own = np.asarray(own.float().cpu(), dtype=np.float32)
            first = np.flatnonzero(_first_tokens(numbers))
            tokens = np.flatnonzero(numbers != NO_WORD)
            margin = np.minimum(first - tokens[0], tokens[-1] - first)
            better = margin > around[row][numbers[first]]
            first, margin = first[better], margin[better]
            found[row][numbers[first]] = own[first]
            around[row][numbers[first]] = margin
        return found

    def rows_from(self, raw: Any) -> pd.DataFrame:
        """Make rows of texts, or of words.

        Parameters
        ----------
        raw
            A DataFrame; a list of texts, of lists or tuples of words, or of dicts by column
            (``{"tokens": […]}``).
        """
        import pandas as pd

        column = self.text[0]
        if isinstance(raw, pd.DataFrame):
            names = [str(name) for name in raw]
            if column not in names:
                raise InputError(
                    f"There is no column {column!r}.{suggest(column, names)} "
                    "The model was trained on it."
                )
            rows = raw.rename(columns=str).reset_index(drop=True)
        elif not isinstance(raw, Iterable):
            raise InputError(f"{shortened(raw)} is no row: expected a text or a list of words.")
        else:
            rows = pd.DataFrame([self._row(k, value) for k, value in enumerate(raw)])
        if not len(rows):
            raise InputError("There is no row to predict: the list is empty.")
        for k, cell in enumerate(rows[column].tolist()):
            _need_words(cell, column, f"row {k}")
        return rows

    def _row(self, k: int, value: Any) -> dict[str, Any]:
        column = self.text[0]
        if isinstance(value, Mapping):
            words = value.get(column, value.get("tokens"))
            if words is None:
                raise InputError(f"Row {k} lacks {column!r}; it has {', '.join(value)}.")
            return {**value, column: words}
        if isinstance(value, str):
            return {column: value}
        if not is_listlike(value):
            raise InputError(f"Row {k} is {shortened(value)}: expected a text or a list of words.")
        return {column: list(value)}

    def batch_table(self, batch: Any, out: Any = None, *, max_n: int = 9) -> pd.DataFrame:
        """Return rows as a table; tags stand at their words, so the words alone are left out."""
        table = super().batch_table(batch, out, max_n=max_n)
        return table.drop(columns=self.text[0]) if table.shape[1] > 1 else table

    def inputs_of(self, inputs: Mapping[str, Any], k: int) -> dict[str, str]:
        """Return the words."""
        words = (word for word, _ in self._words_of(inputs, k))
        return {self.text[0]: one_line(" ".join(words), _SHOWN)}

    def written(self, target: Any, inputs: Mapping[str, Any], k: int) -> str:
        """Write the words with their tags: "Angela/B-PER Merkel/I-PER said so"."""
        parts = []
        for word, place in self._words_of(inputs, k):
            number = int(target[place])
            tag = self.vocab[number] if number != IGNORED else "?"
            parts.append(word if tag == OUTSIDE else f"{word}/{tag}")
        return one_line(" ".join(parts), _SHOWN)

    def _words_of(self, inputs: Mapping[str, Any], k: int) -> Iterator[tuple[str, int]]:
        """Yield each word of a row of a batch, and the place of its first token."""
        numbers = np.asarray(inputs["words"][k].cpu())
        ids = np.asarray(inputs["input_ids"][k].cpu())
        starts = np.flatnonzero(_first_tokens(numbers))
        for start in starts:
            own = ids[start:][numbers[start:] == numbers[start]]
            yield self.decoded_ids(own).strip(), int(start)

    def settings(self) -> dict[str, Any]:
        """Return how rows were read."""
        return {**super().settings(), "align": self.align}


# Rows


def words_and_tags(
    cell: Any, label: Any, columns: tuple[str, str], where: str
) -> tuple[list[str], list[Any]]:
    """Return the words of a row and their tags; no tags where the label is None.

    Parameters
    ----------
    cell, label
        Words and tags, or a text and the entities in it.
    columns
        Names of both columns, for errors.
    where
        Which row it is, for errors.

    Raises
    ------
    InputError
        When there are not as many tags as words, or entities cannot be in that text.
    """
    text_column, column = columns
    _need_words(cell, text_column, where)
    if not isinstance(cell, str):
        words = list(cell)
        if label is None:
            return words, []
        if isinstance(label, str) or not is_listlike(label):
            raise InputError(
                f"Column {column!r}, {where}: {shortened(label)} is {a(label)}, and each word "
                "needs a tag: a list of them."
            )
        tags = list(label)
        if len(tags) != len(words):
            raise InputError(
                f"{where[0].upper()}{where[1:]} has {len(words)} words in {text_column!r} and "
                f"{len(tags)} tags in {column!r}: each word needs one."
            )
        return words, tags
    if label is None:
        return [cell[start:end] for start, end in split_words(cell)], []
    found = _entities_in(cell, label, column, where)
    places = split_words(cell, [edge for start, end, _ in found for edge in (start, end)])
    tags = []
    for start, end in places:
        over = next((e for e in found if e[0] <= start and end <= e[1]), None)
        tags.append(OUTSIDE if over is None else f"{'B' if start == over[0] else 'I'}-{over[2]}")
    return [cell[start:end] for start, end in places], tags


def _need_words(cell: Any, column: str, where: str) -> None:
    if isinstance(cell, str):
        if not cell.strip():
            raise InputError(f"Column {column!r}, {where}: there is no text.")
        return
    if not is_listlike(cell):
        raise InputError(
            f"Column {column!r}, {where}: {shortened(cell)} is {a(cell)}: expected a list of "
            "words, or a text."
        )
    words = list(cell)
    if not words:
        raise InputError(f"Column {column!r}, {where}: there are no words.")
    for word in words:
        if not isinstance(word, str) or not word.strip():
            raise InputError(
                f"Column {column!r}, {where}: {shortened(word)} is no word. Empty ones must go, "
                "their tags with them."
            )


def _entities(cell: Any, column: str, where: int | str) -> list[dict[str, Any]]:
    """Return the entities of a cell, as they are written."""
    row = where if isinstance(where, str) else f"row {where}"
    entities = [] if is_missing(cell) else cell
    if not is_listlike(entities):
        raise InputError(
            f"Column {column!r}, {row}: {shortened(cell)} is {a(cell)}: expected a list of "
            "entities in the text (an empty one for none)."
        )
    checked = []
    for entity in entities:
        if not isinstance(entity, Mapping) or not {"start", "end", "label"} <= set(entity):
            raise InputError(
                f"Column {column!r}, {row}: {shortened(entity, 60)} is no entity: expected "
                "{'start': …, 'end': …, 'label': …} with places in the text, in characters."
            )
        checked.append(dict(entity))
    return checked


def _entities_in(text: str, cell: Any, column: str, where: str) -> list[tuple[int, int, str]]:
    """Return start, end and kind of the entities of a text, in order."""
    found = []
    for entity in _entities(cell, column, where):
        start, end, label = entity["start"], entity["end"], entity["label"]
        if not isinstance(label, str) or not label.strip():
            raise InputError(f"Column {column!r}, {where}: {label!r} is no label of an entity.")
        whole = all(isinstance(place, (int, np.integer)) for place in (start, end))
        if not whole or not 0 <= start < end <= len(text):
            raise InputError(
                f"Column {column!r}, {where}: an entity {label!r} from {start} to {end} does not "
                f"lie in the text, which has {len(text)} characters."
            )
        part = text[start:end]
        start, end = start + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip())
        if start >= end:
            raise InputError(
                f"Column {column!r}, {where}: an entity {label!r} holds only space "
                f"({entity['start']} to {entity['end']})."
            )
        found.append((int(start), int(end), label))
    found.sort()
    for one, other in pairwise(found):
        if other[0] < one[1]:
            raise InputError(
                f"Column {column!r}, {where}: two entities overlap, {text[one[0] : one[1]]!r} "
                f"({one[2]}, {one[0]} to {one[1]}) and {text[other[0] : other[1]]!r} "
                f"({other[2]}, {other[0]} to {other[1]}). Each word has one tag: keep one of them."
            )
    return found


def _flat(splits: Splits, text: str, column: str) -> Splits:
    """Return splits with a row for each word, to be checked as other labels are."""
    import pandas as pd

    frames: dict[str, pd.DataFrame] = {}
    rows: dict[str, npt.NDArray[np.int64]] = {}
    both: tuple[Part, Part] = ("train", "valid")
    for part in both:
        frame = splits.part(part)
        tags: list[Any] = []
        origin: list[int] = []
        for k, (cell, label) in enumerate(
            zip(frame[text].tolist(), frame[column].tolist(), strict=True)
        ):
            where = splits.where(part, k)
            own = [] if is_missing(label) and isinstance(cell, str) else label
            _, tagged = words_and_tags(cell, own, (text, column), where)
            tags += tagged
            origin += [k] * len(tagged)
        frames[part] = pd.DataFrame({column: pd.Series(tags, dtype=object)})
        positions = splits.train_rows if part == "train" else splits.valid_rows
        rows[part] = np.asarray(positions)[origin]
    return replace(
        splits,
        train=frames["train"],
        valid=frames["valid"],
        train_rows=rows["train"],
        valid_rows=rows["valid"],
    )


def _first_tokens(words: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Tell which tokens begin a word, shape (n_tokens,)."""
    before = np.concatenate([[NO_WORD], words[:-1]])
    return np.asarray((words != NO_WORD) & (words != before))


# Metrics


class TagTally(Tally):
    """Tags of words, as they are and as they were predicted.

    Parameters
    ----------
    vocab
        Names of the tags, in the order of their ids.
    """

    def __init__(self, vocab: list[str]) -> None:
        self.vocab = vocab
        super().__init__()

    def read(self, learn: Any) -> dict[int, Any]:
        """Return target and prediction of each row's words."""
        inputs, target = learn.xb[0], learn.yb[0].cpu().numpy()
        predicted = learn.pred.argmax(-1).cpu().numpy()
        if "words" in inputs:
            words = inputs["words"].cpu().numpy()
            counted = np.stack([_first_tokens(row) for row in words]) & (target != IGNORED)
            numbers = inputs["item"].tolist()
        else:  # batches that somebody else made
            counted = target != IGNORED
            numbers = range(len(self.entries), len(self.entries) + len(target))
        return {
            number: (target[k][counted[k]], predicted[k][counted[k]])
            for k, number in enumerate(numbers)
        }

    def count(self, entries: dict[int, Any]) -> dict[str, float]:
        """Return precision, recall and F1 of entities and accuracy, or accuracy and F1."""
        pairs = [entries[number] for number in sorted(entries)]
        target, predicted = (np.concatenate([pair[side] for pair in pairs]) for side in (0, 1))
        if not len(target):
            return {}
        accuracy = {"accuracy": float((target == predicted).mean())}
        if not are_entity_tags(self.vocab):
            from sklearn.metrics import f1_score

            mean = f1_score(target, predicted, average="macro", zero_division=0)
            return {**accuracy, "f1_macro": float(mean)}
        from seqeval.metrics.sequence_labeling import precision_recall_fscore_support

        named = [[[self.vocab[k] for k in pair[side]] for pair in pairs] for side in (0, 1)]
        if not any(entity_words(row) for rows in named for row in rows):
            return {"precision": 0.0, "recall": 0.0, "f1": 0.0, **accuracy}
        scores = precision_recall_fscore_support(*named, average="micro", zero_division=0)
        names = ("precision", "recall", "f1")
        return {**{n: float(s) for n, s in zip(names, scores, strict=False)}, **accuracy}


def _need_seqeval() -> None:
    try:
        import seqeval  # noqa: F401
    except ImportError as error:
        raise EnvironmentProblem(
            "Entities are measured by seqeval, which is not installed: %pip install seqeval\n"
            "To train without these metrics: metrics=[]."
        ) from error
