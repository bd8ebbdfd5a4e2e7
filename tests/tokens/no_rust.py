"""Tokenizers without a Rust backend: XLM's, SentencePiece's and Mistral's."""

from __future__ import annotations

import json
import string
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from tests.tokens.trained import CORPUS

_WORDS = ("the", "quick", "fox", "cafe", "jump", "unhappily")


@cache
def xlm() -> Any:
    """BPE in Python behind Moses' tokenizer: lowercase, without accents, ``</w>`` at the end."""
    from transformers import XLMTokenizer

    special = ["<s>", "</s>", "<pad>", "<unk>", *(f"<special{k}>" for k in range(10))]
    letters = string.ascii_lowercase + string.digits + ".,'-&;#"
    pieces = [*special, *letters, *(f"{letter}</w>" for letter in letters)]
    merges = []
    for word in _WORDS:
        left, *rest = [*word[:-1], f"{word[-1]}</w>"]
        for part in rest:
            merges.append(f"{left} {part}")
            left += part
            pieces.append(left)
    folder = Path(mkdtemp(prefix="xlm-"))
    vocabulary = {piece: k for k, piece in enumerate(dict.fromkeys(pieces))}
    (folder / "vocab.json").write_text(json.dumps(vocabulary), "utf-8")
    (folder / "merges.txt").write_text("\n".join(dict.fromkeys(merges)) + "\n", "utf-8")
    return XLMTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"))


@cache
def sentencepiece() -> Any:
    """Unigram of the SentencePiece library; unknown characters have no piece."""
    from transformers import BertGenerationTokenizer

    return BertGenerationTokenizer(_spiece(vocab_size=300, model_type="unigram", pad_id=3))


@cache
def sentencepiece_bytes() -> Any:
    """BPE of the SentencePiece library with bytes for unknown characters; blanks are kept."""
    from transformers import GPTSw3Tokenizer

    more = {"byte_fallback": True, "remove_extra_whitespaces": False}
    more |= {"normalization_rule_name": "identity"}
    return GPTSw3Tokenizer(_spiece(vocab_size=600, model_type="bpe", **more))


@cache
def mistral() -> Any:
    """Mistral's first tokenizer, of SentencePiece, out of its own package."""
    return _mistral("tokenizer.model.v1")


@cache
def tekken() -> Any:
    """Mistral's later tokenizer, a byte-level one."""
    return _mistral("tekken_240911.json")


MAKERS = {
    "XLM": xlm,
    "SentencePiece": sentencepiece,
    "SentencePiece with bytes": sentencepiece_bytes,
    "Mistral": mistral,
    "Tekken": tekken,
}


def _spiece(**options: Any) -> str:
    import sentencepiece

    prefix = Path(mkdtemp(prefix="spiece-")) / "spiece"
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(CORPUS * 20),
        model_prefix=str(prefix),
        hard_vocab_limit=False,
        minloglevel=2,
        **options,
    )
    return f"{prefix}.model"


def _mistral(file: str) -> Any:
    import mistral_common
    from transformers.tokenization_mistral_common import MistralCommonBackend

    assert mistral_common.__file__
    return MistralCommonBackend(str(Path(mistral_common.__file__).parent / "data" / file))
