"""Tiny random models in a folder: real formats, real classes, a few kilobytes.

The weights are random but the same every time, so that a test may compare numbers between two
runs. They are drawn wider than BERT's usual ones: attention then differs visibly between heads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Head = Literal["sequence-classification", "mlm"]

WORDS = (
    *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"),
    *("the", "a", "film", "movie", "story", "was", "is", "not", "very", "good", "bad", "great"),
    *("boring", "funny", "dog", "cat", "sat", "on", "mat", "it", "and", "i", "like", "##d", "##s"),
    *("##ing", "un", "##happy", ".", ",", "!", "?"),
)
"""The WordPiece vocabulary, in the order of the ids."""

LABELS = ("negative", "positive")


def tiny_bert(
    folder: Path,
    head: Head | None = None,
    *,
    labels: Sequence[str] = LABELS,
    pickle_only: bool = False,
    layers: int = 2,
    heads: int = 4,
    seed: int = 0,
) -> Path:
    """Save a random BERT and its tokenizer into `folder` and return the folder.

    Parameters
    ----------
    head
        What stands on the encoder: nothing, a classifier over `labels`, or the masked language
        model's head.
    pickle_only
        Save the weights as `pytorch_model.bin` and leave no safetensors file.
    """
    import torch
    from transformers import (
        BertConfig,
        BertForMaskedLM,
        BertForSequenceClassification,
        BertModel,
    )

    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=32,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=64,
        max_position_embeddings=64,
        initializer_range=0.3,
    )
    if head == "sequence-classification":
        config.id2label = dict(enumerate(labels))
        config.label2id = {label: number for number, label in enumerate(labels)}
    model_class = {
        None: BertModel,
        "sequence-classification": BertForSequenceClassification,
        "mlm": BertForMaskedLM,
    }[head]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = model_class(config).eval()

    model.save_pretrained(folder)
    tiny_tokenizer(folder)
    if pickle_only:
        torch.save(model.state_dict(), folder / "pytorch_model.bin")
        (folder / "model.safetensors").unlink()
    return folder


def tiny_tokenizer(folder: Path) -> Path:
    """Save a WordPiece tokenizer over `WORDS` into `folder` and return the folder."""
    from transformers import BertTokenizerFast

    vocabulary = {word: number for number, word in enumerate(WORDS)}
    tokenizer = BertTokenizerFast(vocab=vocabulary, do_lower_case=True, model_max_length=64)
    tokenizer.save_pretrained(folder)
    return folder


def model_card(folder: Path, front_matter: str, text: str = "A model.") -> Path:
    """Write a README.md with this YAML front matter into `folder` and return the file."""
    card = folder / "README.md"
    card.write_text(f"---\n{front_matter.strip()}\n---\n\n{text}\n", encoding="utf-8")
    return card
