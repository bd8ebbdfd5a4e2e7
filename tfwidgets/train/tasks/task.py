"""What every task is: rows in, batches out, and how predictions read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from operator import index
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from tfwidgets.errors import InputError, suggest
from tfwidgets.train.data.batches import pad_batch
from tfwidgets.train.data.dataset import EncodedDataset, Item, Ragged
from tfwidgets.train.data.labels import Vocab
from tfwidgets.ui.strings import Message
from tfwidgets.ui.text import one_line

if TYPE_CHECKING:
    import pandas as pd
    import torch

    from tfwidgets.train.data.reader import Reader
    from tfwidgets.train.data.source import Splits

# Longer contexts are used when asked for: an accident there costs gigabytes.
LONGEST = 512
SHOWN = 200
_ROWS_AT_ONCE = 1024
# Trained with padding on the left, and without positions that it would move.
_LEFT = "XLNet"


@dataclass
class Task(ABC):
    """A task on rows of text: reads, encodes, pads, measures and shows them.

    First ``read`` looks at the data and learns its labels, then ``bind`` gets to know the model,
    then ``encode`` makes datasets.

    Parameters
    ----------
    text
        Names of the columns that hold the text, or both texts of a pair.
    label
        Name of the column, or columns, to be predicted; None where the text itself is.
    max_length
        Tokens that are kept of a row, special ones included; by default what the model reads,
        at most 512.
    """

    text: tuple[str, ...] = ("text",)
    label: str | tuple[str, ...] | None = "label"
    max_length: int | None = None
    vocab: Vocab = field(default_factory=Vocab, init=False)
    notes: list[Message] = field(default_factory=list, init=False)
    tokenizer: Any = field(default=None, init=False)
    multiple_of: int | None = field(default=None, init=False)
    rows: int = field(default=0, init=False)

    name: ClassVar[str]
    """The task, by the Hub's name: which head the model gets."""

    problem_type: ClassVar[str | None] = None
    """What transformers calls the kind of a classification."""

    keeps_length: ClassVar[bool] = True
    """Whether what it was trained on is also the most that it should read later."""

    # -- the data ------------------------------------------------------------------------------

    @abstractmethod
    def read(self, splits: Splits) -> None:
        """Check the rows of both splits and learn the labels, before any model is loaded.

        Raises
        ------
        InputError
            When a row or label cannot be used; it names column and row.
        """

    def bind(self, reader: Reader) -> None:
        """Get to know the model: its tokenizer and how much it reads."""
        limit = reader.most
        if self.max_length is None:
            self.max_length = min(reader.limit or LONGEST, LONGEST)
        special = reader.tokenizer.num_special_tokens_to_add(pair=len(self.text) > 1)
        # At least one token of each text.
        self.max_length = whole_number("max_length", self.max_length, special + len(self.text))
        if limit and self.max_length > limit:
            raise InputError(
                f"max_length={self.max_length} is more than {reader.name} reads: {limit} tokens."
            )
        self.tokenizer = reader.tokenizer
        if not type(self.tokenizer).__name__.startswith(_LEFT):
            # GPT-2 and others number the positions from the left, padding included.
            self.tokenizer.padding_side = "right"
        # Tensor cores work on multiples of eight, where the model has so many positions.
        fits = limit is None or -(-self.max_length // 8) * 8 <= limit
        self.multiple_of = 8 if reader.device.type == "cuda" and fits else None

    def inference_tokenizer(self) -> Any:
        """Return a tokenizer that reads as much of a text as the training did."""
        tokenizer = deepcopy(self.tokenizer)
        # The Rust half remembers how it was last called.
        if (backend := getattr(tokenizer, "backend_tokenizer", None)) is not None:
            backend.no_truncation()
            backend.no_padding()
        if self.max_length and self.keeps_length:
            tokenizer.model_max_length = self.max_length
        return tokenizer

    def adopt(self, config: Any) -> None:
        """Take over the order in which a trained head has the same labels."""
        named = [str(name) for _, name in sorted((config.id2label or {}).items())]
        if self.vocab and set(named) == set(self.vocab):
            self.vocab = self.vocab.reordered(named)

    def model_options(self) -> dict[str, Any]:
        """Return what the model's configuration needs to know besides labels."""
        return {}

    def callbacks(self) -> list[Any]:
        """Return the fastai callbacks that this task trains with."""
        return []

    @abstractmethod
    def encode(self, rows: pd.DataFrame, *, labelled: bool = True) -> EncodedDataset:
        """Encode rows once, without padding; with targets where they are ``labelled``."""

    def take_extra(self, extra: dict[str, Any], chosen: Any) -> dict[str, Any]:
        """Return what belongs to some of the encoded rows (positions, shape (n_chosen,))."""
        return extra

    # -- batches -------------------------------------------------------------------------------

    def collate(self, items: Sequence[Item], *, training: bool) -> tuple[Any, ...]:
        """Pad items into ``(inputs, target)``, or ``(inputs,)`` where there is no target."""
        inputs = pad_batch(
            self.tokenizer, [item.features for item in items], multiple_of=self.multiple_of
        )
        if items[0].target is None:
            return (inputs,)
        return inputs, self.targets(items, inputs)

    def targets(self, items: Sequence[Item], inputs: dict[str, torch.Tensor]) -> torch.Tensor:
        """Return the targets of a batch: (batch,) or whatever the loss takes."""
        import torch

        return torch.as_tensor(np.stack([item.target for item in items]))

    # -- training ------------------------------------------------------------------------------

    @abstractmethod
    def loss_func(self) -> Any:
        """Return the loss: a module with ``reduction``, ``activation`` and ``decodes``."""

    @abstractmethod
    def metrics(self) -> list[Any]:
        """Return fastai metrics, new ones each time."""

    def check_predictions(self, dataset: EncodedDataset, model: Any) -> None:  # noqa: B027
        """Refuse to keep the predictions of a dataset, where memory does not take them."""

    # -- for people ----------------------------------------------------------------------------

    @abstractmethod
    def predict(self, learn: Any, rows: pd.DataFrame, **options: Any) -> list[Any]:
        """Return what the model says about raw rows, one entry per row."""

    def inputs_of(self, inputs: Mapping[str, Any], k: int) -> dict[str, str]:
        """Return the texts of one row of a batch, by the names of their columns."""
        return {self.text[0]: one_line(self.decoded_ids(inputs["input_ids"][k]), SHOWN)}

    @abstractmethod
    def written(self, target: Any, inputs: Mapping[str, Any], k: int) -> str:
        """Write one row's target, or its decoded prediction, in words."""

    def decoded_ids(self, ids: Any) -> str:
        """Return the text that ids stand for, without special tokens."""
        kept = [int(i) for i in ids if i >= 0]
        model = getattr(getattr(self.tokenizer, "backend_tokenizer", None), "model", None)
        # Only word pieces lose what stood between them: "it ' s".
        tidy = type(model).__name__ == "WordPiece"
        return str(
            self.tokenizer.decode(kept, skip_special_tokens=True, clean_up_tokenization_spaces=tidy)
        )

    def batch_table(self, batch: Any, out: Any = None, *, max_n: int = 9) -> pd.DataFrame:
        """Return rows of a batch as a table: texts, target, and prediction (``out``) if given."""
        import pandas as pd

        inputs = batch[0]
        target = batch[1] if len(batch) > 1 else None
        rows = []
        for k in range(min(max_n, len(inputs["input_ids"]))):
            row = self.inputs_of(inputs, k)
            if target is not None:
                row[self.target_name] = self.written(target[k], inputs, k)
            if out is not None:
                row["predicted"] = self.written(out[k], inputs, k)
            rows.append(row)
        return pd.DataFrame(rows)

    def shown(self, batch: Any, max_n: int) -> Any:
        """Return a batch as fastai's ``Interpretation`` takes it: inputs, targets, rows."""
        from tfwidgets.train.interpret import shown

        return shown(self, batch, max_n)

    @property
    def target_name(self) -> str:
        """Heading of the target's column."""
        return self.label if isinstance(self.label, str) else "label"

    def results(self, learn: Any, dataset: EncodedDataset, rows: Sequence[int]) -> pd.DataFrame:
        """Return encoded rows beside what the model predicts for them, as a table."""
        chosen = dataset.take(rows)
        decoded = learn.predictions(chosen, bs=len(chosen))[2]
        batch = self.collate(chosen.items, training=False)
        return self.batch_table(batch, decoded, max_n=len(chosen))

    def settings(self) -> dict[str, Any]:
        """Return what a reader of the model card should know about how rows were read."""
        return {"text": self.text, "label": self.label, "max_length": self.max_length}

    # -- raw rows ------------------------------------------------------------------------------

    def rows_from(self, raw: Any) -> pd.DataFrame:
        """Make rows of what a person passes to ``predict`` or ``test_dl``.

        Parameters
        ----------
        raw
            A DataFrame with the text columns; a list of strings, of tuples for tasks on several
            texts, or of dicts by column.
        """
        import pandas as pd

        if isinstance(raw, pd.DataFrame):
            names = [str(name) for name in raw]
            if missing := [name for name in self.text if name not in names]:
                raise InputError(
                    f"There is no column {missing[0]!r}.{suggest(missing[0], names)} "
                    f"The model was trained on {', '.join(map(repr, self.text))}."
                )
            rows = raw.rename(columns=str).reset_index(drop=True)
        else:
            rows = pd.DataFrame([self._row(k, value) for k, value in enumerate(raw)])
        if not len(rows):
            raise InputError("There is no row to predict: the list is empty.")
        for name in self.text:
            for k, value in enumerate(rows[name]):
                if not isinstance(value, str) or not value.strip():
                    raise InputError(f"Row {k} has no text in {name!r}: {value!r}.")
        return rows

    def _row(self, k: int, value: Any) -> dict[str, Any]:
        if isinstance(value, Mapping):
            if missing := [name for name in self.text if name not in value]:
                raise InputError(f"Row {k} lacks {missing[0]!r}; it has {', '.join(value)}.")
            return dict(value)
        values = (value,) if isinstance(value, str) else value
        if not isinstance(values, (tuple, list)) or len(values) != len(self.text):
            expected = "a string" if len(self.text) == 1 else f"a tuple of {len(self.text)} strings"
            raise InputError(
                f"Row {k} is {value!r:.60}: expected {expected} ({', '.join(self.text)})."
            )
        return dict(zip(self.text, values, strict=True))

    # -- encoding ------------------------------------------------------------------------------

    def encoded_texts(self, rows: pd.DataFrame, **options: Any) -> tuple[dict[str, Ragged], int]:
        """Encode the text columns; return features without padding, and how many were cut."""
        columns = [rows[name].astype(str).tolist() for name in self.text]
        parts: dict[str, list[Ragged]] = {}
        cut = 0
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            chunk = [column[start : start + _ROWS_AT_ONCE] for column in columns]
            encoded = self.tokenizer(
                *chunk,
                truncation=True,
                max_length=self.max_length,
                padding=False,
                return_attention_mask=False,
                **options,
            )
            cut += self._cut(encoded, chunk)
            for name, values in encoded.items():
                small = np.int32 if name == "input_ids" else np.int8
                parts.setdefault(name, []).append(Ragged.of(values, small))
        return {name: Ragged.joined(several) for name, several in parts.items()}, cut

    def _cut(self, encoded: Any, texts: list[list[str]]) -> int:
        if encoded.encodings is not None:
            return sum(bool(one.overflowing) for one in encoded.encodings)
        # A tokenizer in Python does not tell: only rows that fill the limit can have been cut.
        full = [k for k, ids in enumerate(encoded["input_ids"]) if len(ids) == self.max_length]
        if not full:
            return 0
        whole = self.tokenizer(*([column[k] for k in full] for column in texts))["input_ids"]
        return sum(len(ids) > (self.max_length or 0) for ids in whole)

    def note_cut(self, cut: int, total: int, key: str = "cut", length: int | None = None) -> None:
        """Tell the share of rows that are longer than what is read.

        What was told of the other split is counted in.
        """
        for note in [note for note in self.notes if note.key == key]:
            self.notes.remove(note)
            cut += int(str(note.values["n"]))
        share = cut / max(self.rows, total)
        if cut:
            values = {
                "n": cut,
                "share": f"{share:.0%}" if share >= 0.01 else "<1%",
                "length": length or self.max_length,
            }
            self.notes.append(Message("train-notes", key, values))


def whole_number(name: str, value: Any, least: int) -> int:
    """Return an option that counts something, or raise InputError."""
    try:
        if isinstance(value, bool):
            raise TypeError
        number = index(value)
    except TypeError:
        raise InputError(f"{name} is a whole number, not {value!r}.") from None
    if number < least:
        raise InputError(f"{name} must be at least {least}, not {value!r}.")
    return number


def no_options(options: Mapping[str, Any]) -> None:
    """Refuse options of ``predict`` where there are none."""
    if options:
        raise InputError(f"predict has no option {next(iter(options))!r} for this task.")
