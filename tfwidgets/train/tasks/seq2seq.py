"""Text to text: summaries, translations, and whatever else an encoder-decoder writes."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch

from tfwidgets.errors import InputError, ModelError, suggest
from tfwidgets.train.data.batches import IGNORED
from tfwidgets.train.data.dataset import EncodedDataset, Item, Ragged
from tfwidgets.train.tasks.packing import sided
from tfwidgets.train.tasks.task import SHOWN
from tfwidgets.train.tasks.token_task import TokenTask, texts_of
from tfwidgets.ui.text import one_line

if TYPE_CHECKING:
    import pandas as pd

    from tfwidgets.train.data.reader import Reader
    from tfwidgets.train.data.source import Splits

TARGET_LENGTH = 128
# RoBERTa and its kin begin to count after the padding's own position.
_AFTER_PADDING = (
    *("roberta", "roberta-prelayernorm", "xlm-roberta", "xlm-roberta-xl", "camembert"),
    *("data2vec-text", "xmod"),
)


@dataclass
class TextToText(TokenTask):
    """Read one text and write another.

    Parameters
    ----------
    prefix
        Put before each text: T5 was taught its tasks by ``"summarize: "`` or
        ``"translate English to German: "``.
    max_target_length
        Tokens kept of a target, and written at most; by default 128, or what the model reads.
    src_lang, tgt_lang
        Languages, by the codes of tokenizers that have such (mBART ``"en_XX"``, NLLB
        ``"eng_Latn"``, M2M100 ``"en"``).
    generate
        What transformers' ``generate`` takes, for metrics and predictions: ``num_beams``,
        ``max_new_tokens``, ``no_repeat_ngram_size``, …
    generation_metrics
        False measures only the loss and the share of right tokens, which cost nothing: ROUGE,
        BLEU and chrF let the model write after each epoch.
    generate_rows
        For how many validation rows it then writes: the same ones each time. Each token that is
        written costs a pass through the decoder.
    """

    prefix: str = ""
    max_target_length: int | None = None
    src_lang: str | None = None
    tgt_lang: str | None = None
    generate: Mapping[str, Any] | None = None
    generation_metrics: bool = True
    generate_rows: int = 64
    name: ClassVar[str] = "text2text-generation"
    _library: ClassVar[str] = "rouge_score"
    _scores: ClassVar[tuple[str, ...]] = ("rouge1", "rouge2", "rougeL")
    _begin: dict[str, int] = field(default_factory=dict, init=False, repr=False)
    # The model's configuration, where it is known.
    _config: Any = field(default=None, init=False, repr=False)

    def read(self, splits: Splits) -> None:
        """Check the options; texts were checked when their columns were chosen."""
        from tfwidgets.train.tasks.generating import check_options
        from tfwidgets.train.tasks.generation_metrics import needed

        for option, least in (("max_target_length", 2), ("generate_rows", 1)):
            value = getattr(self, option)
            if value is None and option == "max_target_length":
                continue
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise InputError(f"{option} must be a number from {least} on, not {value!r}.")
        if not isinstance(self.prefix, str):
            raise InputError(f"prefix is a text before each text, not {self.prefix!r}.")
        if self.generate is not None and not isinstance(self.generate, Mapping):
            raise InputError(
                f"generate is a dict of options, such as {{'num_beams': 4}}, not {self.generate!r}."
            )
        check_options(self.generate or {})  # not only when the first epoch is through
        if self.generation_metrics:
            needed(self._library)

    def adopt(self, config: Any) -> None:
        """Refuse models that cannot begin to write."""
        if not getattr(config, "is_encoder_decoder", False):
            raise ModelError(
                f"{config.model_type} models do not read one text and write another: use an "
                "encoder-decoder such as T5 or BART."
            )
        pair = config.model_type == "encoder-decoder"
        if pair and (config.decoder_start_token_id is None or config.pad_token_id is None):
            raise ModelError(
                "This EncoderDecoderModel does not know its first token, or its padding. Set "
                "model.config.decoder_start_token_id (for BERT: tokenizer.cls_token_id) and "
                "model.config.pad_token_id."
            )
        self._config = config

    def bind(self, reader: Reader) -> None:
        """Get to know the model, and the languages of its tokenizer."""
        super().bind(reader)
        limit = reader.limit if self._config is None else _decoder_positions(self._config)
        if self.max_target_length is None:
            self.max_target_length = min(limit or TARGET_LENGTH, TARGET_LENGTH)
        elif limit and self.max_target_length > limit:
            raise InputError(
                f"max_target_length={self.max_target_length} is more than {reader.name} writes: "
                f"{limit} tokens."
            )
        self.tokenizer = sided(self.tokenizer, "right")  # what is written begins on the left
        self._set_languages(reader.name)

    def _set_languages(self, model: str) -> None:
        has_languages = hasattr(self.tokenizer, "src_lang")
        given = {"src_lang": self.src_lang, "tgt_lang": self.tgt_lang}
        asked = {name: code for name, code in given.items() if code is not None}
        if not has_languages and asked:
            name, code = next(iter(asked.items()))
            raise InputError(
                f"The tokenizer of {model} has no languages: leave {name}={code!r} out. "
                "T5 is told by prefix='translate English to German: '."
            )
        if not has_languages:
            return
        self.tokenizer = copy.deepcopy(self.tokenizer)
        for name, code in asked.items():
            self._language_id(code)
            setattr(self.tokenizer, name, code)
        if self.tokenizer.tgt_lang is None:
            # It would mark what is written as being in the language that is read.
            raise InputError(
                f"{model} writes in several languages: pass tgt_lang= (and src_lang=, else it "
                f"reads {self.tokenizer.src_lang!r}), such as {', '.join(self._languages()[:8])}."
            )
        self._begin = self._beginning(self._language_id(self.tokenizer.tgt_lang))

    def _languages(self) -> list[str]:
        codes = getattr(self.tokenizer, "lang_code_to_id", None)  # M2M100's tokens: __en__
        if codes:
            return list(codes)
        return [str(token) for token in self.tokenizer.added_tokens_encoder if "_" in str(token)]

    def _language_id(self, code: str) -> int:
        languages = self._languages()
        if code not in languages:
            raise InputError(
                f"The tokenizer knows no language {code!r}.{suggest(code, languages)} "
                f"Some that it knows: {', '.join(languages[:8])}."
            )
        if hasattr(self.tokenizer, "get_lang_id"):
            return int(self.tokenizer.get_lang_id(code))
        return int(self.tokenizer.convert_tokens_to_ids(code))

    def _beginning(self, language: int) -> dict[str, int]:
        """Return how generating begins, so that it begins as the targets do.

        Most families write the language first; in mBART's targets it comes last, and is moved to
        the front when they become the decoder's inputs.
        """
        ids = list(self.tokenizer(text_target="a")["input_ids"])
        if ids[0] == language:
            return {"forced_bos_token_id": language}
        return {"decoder_start_token_id": language} if ids[-1] == language else {}

    def encode(self, rows: pd.DataFrame, *, labelled: bool = True) -> EncodedDataset:
        """Encode texts and, where they are known, what is to be written."""
        column = self.text[0]
        texts = rows.assign(**{column: [self.prefix + text for text in texts_of(rows, column)]})
        features, cut = self.encoded_texts(texts)
        self.note_cut(cut, len(rows))
        if not labelled:
            return EncodedDataset(self, features, None, rows)
        label = str(self.label)
        if label not in rows:
            raise InputError(
                f"There is no column {label!r} with what is to be written."
                f"{suggest(label, map(str, rows))}"
            )
        target, cut = self._targets(texts_of(rows, label))
        self.note_cut(cut, len(rows), "cut-target", self.max_target_length)
        return EncodedDataset(self, {**features, "labels": target}, target, rows)

    def _targets(self, texts: Sequence[str]) -> tuple[Ragged, int]:
        options: dict[str, Any] = {
            "padding": False,
            "return_attention_mask": False,
            "return_token_type_ids": False,
        }
        most = self.max_target_length or TARGET_LENGTH
        whole = self.tokenizer(text_target=list(texts), verbose=False, **options)["input_ids"]
        long = [k for k, ids in enumerate(whole) if len(ids) > most]
        if long:
            # Cut by the tokenizer, which keeps the token that ends a text.
            short = self.tokenizer(
                text_target=[texts[k] for k in long],
                truncation=True,
                max_length=most,
                **options,
            )["input_ids"]
            for k, ids in zip(long, short, strict=True):
                whole[k] = ids
        return Ragged.of(whole), len(long)

    def targets(self, items: Sequence[Item], inputs: dict[str, Any]) -> Any:
        """Return what is to be written, (batch, target tokens)."""
        return inputs["labels"]

    def metrics(self) -> list[Any]:
        """Return the share of tokens that are right after the right ones, and those of writing."""
        from tfwidgets.train.tasks.generation_metrics import Collector
        from tfwidgets.train.tasks.token_metrics import TokenAccuracy

        if not self.generation_metrics:
            return [TokenAccuracy()]
        collector = Collector(self._scores, self._sample, self.score, self.generate_rows)
        return [TokenAccuracy(), *collector.metrics]

    def score(self, predictions: Sequence[str], references: Sequence[str]) -> dict[str, float]:
        """Compare what was written with what should have been; scores by name."""
        from tfwidgets.train.tasks.generation_metrics import rouge

        return rouge(predictions, references)

    def _sample(
        self, learn: Any, dataset: EncodedDataset, rows: list[int]
    ) -> tuple[list[str], list[str]]:
        return self._write(learn, dataset.take(rows), do_sample=False), [
            self._reference(dataset, row) for row in rows
        ]

    def _reference(self, dataset: EncodedDataset, row: int) -> str:
        raw = dataset.raw(row)
        if raw is not None and str(self.label) in raw:
            return str(raw[str(self.label)])
        return self.decoded_ids(dataset.features["labels"][row])

    def predict(self, learn: Any, rows: pd.DataFrame, **options: Any) -> list[Any]:
        """Write.

        Parameters
        ----------
        options
            What transformers' ``generate`` takes, beside and before those that the task was made
            with: ``num_beams``, ``max_new_tokens``, ``do_sample``, …

        Returns
        -------
        list of str
            One text for each row.
        """
        notes = len(self.notes)
        encoded = self.encode(rows, labelled=False)
        del self.notes[notes:]  # they were about these rows, not about the training
        return list(self._write(learn, encoded, **options))

    def _write(self, learn: Any, dataset: EncodedDataset, **options: Any) -> list[str]:
        from tfwidgets.train.tasks.generating import generate

        arguments: dict[str, Any] = {"max_new_tokens": self.max_target_length, **self._begin}
        features = {k: v for k, v in dataset.features.items() if k != "labels"}
        rows = [{k: v[row].tolist() for k, v in features.items()} for row in range(len(dataset))]
        ids = generate(
            learn,
            rows,
            side="right",
            tokenizer=self.tokenizer,
            **{**arguments, **(self.generate or {}), **options},
        )
        return [self.decoded_ids(row).strip() for row in ids]

    def check_predictions(self, dataset: EncodedDataset, model: Any) -> None:
        """Refuse predictions of rows without targets, and those that memory does not take."""
        if len(dataset) and dataset.target is None:
            raise InputError(
                "get_preds compares with targets, and these rows have none: learn.predict(…) "
                "writes for texts alone."
            )
        super().check_predictions(dataset, model)

    def predicted_tokens(self, dataset: EncodedDataset) -> Any:
        """Return the lengths of the targets, shape (n_rows,)."""
        return dataset.features["labels"].lengths if len(dataset) else np.zeros(0, np.int64)

    def counted(self, inputs: Mapping[str, Any]) -> Any:
        """Tell at which places of a batch there is a target."""
        return [torch.as_tensor(row) != IGNORED for row in inputs["labels"]]

    def results(self, learn: Any, dataset: EncodedDataset, rows: Sequence[int]) -> pd.DataFrame:
        """Return texts, what should be written, and what the model writes."""
        import pandas as pd

        chosen = dataset.take(rows)
        sources = [self.decoded_ids(ids) for ids in chosen.features["input_ids"]]
        table = {self.text[0]: [one_line(text, SHOWN) for text in sources]}
        if dataset.target is not None:
            texts = [self._reference(dataset, row) for row in rows]
            table[self.target_name] = [one_line(text, SHOWN) for text in texts]
        written = self._write(learn, chosen, do_sample=False)
        table["predicted"] = [one_line(text, SHOWN) for text in written]
        return pd.DataFrame(table)

    def settings(self) -> dict[str, Any]:
        """Return what a reader of the model card should know."""
        more = {"prefix": self.prefix, "max_target_length": self.max_target_length}
        languages = {"src_lang": self.src_lang, "tgt_lang": self.tgt_lang}
        return {
            **super().settings(),
            **more,
            **{name: code for name, code in languages.items() if code},
            **({"generate": dict(self.generate)} if self.generate else {}),
        }


def _decoder_positions(config: Any) -> int | None:
    """Return how many tokens a decoder takes; None where it counts distances only (T5)."""
    config = getattr(config, "decoder", None) or config  # EncoderDecoderModel
    positions = getattr(config, "max_decoder_position_embeddings", None)  # LED
    positions = positions or getattr(config, "max_position_embeddings", None)
    if positions and config.model_type in _AFTER_PADDING:
        positions -= config.pad_token_id + 1
    return int(positions) if positions else None


@dataclass
class Summarization(TextToText):
    """Write the gist of a text; measured by ROUGE."""

    name: ClassVar[str] = "summarization"


@dataclass
class Translation(TextToText):
    """Write a text in another language; measured by BLEU and chrF."""

    name: ClassVar[str] = "translation"
    _library: ClassVar[str] = "sacrebleu"
    _scores: ClassVar[tuple[str, ...]] = ("bleu", "chrf")

    def score(self, predictions: Sequence[str], references: Sequence[str]) -> dict[str, float]:
        """Compare what was written with what should have been; scores by name."""
        from tfwidgets.train.tasks.generation_metrics import translation_scores

        return translation_scores(predictions, references, language=self.tgt_lang or "")
