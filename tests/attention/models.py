"""Models with tokenizers: tiny ones, and the four demo models, loaded once."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
import transformers

import tfwidgets as tfw
from tests.attention.families import fresh
from tests.support.tiny import WORDS
from tests.tokens.trained import dressed
from tfwidgets.models import demo

DEMOS = ("demo/minilm", "demo/smollm2", "demo/t5-title", "demo/grammar")


@cache
def demo_model(name: str) -> Any:
    """Return a demo model; it is kept, as the package keeps only the ones used last."""
    if demo.locate(demo.CATALOG[name]) is None:
        pytest.skip(f"the weights of {name} are not installed")
    return tfw.load(name, progress=False)


@cache
def tiny() -> tuple[Any, Any]:
    """Return a BERT that reads 64 tokens, with the words of ``tests.support.tiny``."""
    tokenizer = transformers.BertTokenizerFast(
        vocab={word: k for k, word in enumerate(WORDS)}, do_lower_case=True, model_max_length=64
    )
    return fresh("bert", vocab_size=len(WORDS), max_position_embeddings=64), tokenizer


@cache
def tiny_gpt() -> tuple[Any, Any]:
    """Return a GPT-2 with byte-level tokens, which reads 48 of them."""
    tokenizer = dressed("byte-level BPE", model_max_length=48, eos_token="<|endoftext|>")  # noqa: S106
    fields = {"vocab_size": len(tokenizer), "bos_token_id": 0, "eos_token_id": None}
    model = fresh("gpt2", transformers.AutoModelForCausalLM, n_positions=48, **fields)
    model.generation_config.pad_token_id = 0
    model.generation_config.eos_token_id = None
    return model, tokenizer


@cache
def tiny_t5() -> tuple[Any, Any]:
    """Return a T5 with the tokens of Unigram."""
    tokenizer = dressed("Unigram, first", eos_token="</s>", pad_token="<pad>")  # noqa: S106
    fields = {"vocab_size": len(tokenizer), "decoder_start_token_id": 0, "eos_token_id": 1}
    return fresh("t5", transformers.AutoModelForSeq2SeqLM, **fields), tokenizer
