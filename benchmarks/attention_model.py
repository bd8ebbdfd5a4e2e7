"""Models and texts of the attention benchmarks."""

from __future__ import annotations

import copy
from typing import Any

import torch

import tfwidgets as tfw
from benchmarks.texts import prose


def text_of(tokenizer: Any, tokens: int) -> str:
    """Return English prose of that many tokens, the special ones among them."""
    text = prose(8 * tokens)
    extra = len(tokenizer("")["input_ids"])
    read = tokenizer(
        text, add_special_tokens=False, truncation=False, return_offsets_mapping=True, verbose=False
    )
    offsets = read["offset_mapping"]
    assert len(offsets) >= tokens - extra
    return text[: offsets[tokens - extra - 1][1]]


def minilm() -> tfw.LoadedModel:
    """Load the real MiniLM: 6 layers of 12 heads, 512 tokens."""
    return tfw.load("demo/minilm", progress=False)


def eager_attention(loaded: tfw.LoadedModel, text: str) -> tuple[tuple[torch.Tensor, ...], Any]:
    """Run the model as the peers ask for it; return weights of all layers, and the tokens."""
    model = eager(loaded)
    inputs = loaded.tokenizer(text, return_tensors="pt")
    with torch.inference_mode():
        attention = model(**inputs, output_attentions=True).attentions
    return attention, loaded.tokenizer.convert_ids_to_tokens(inputs["input_ids"][0])


def eager(loaded: tfw.LoadedModel) -> Any:
    """Return a copy that returns its attention."""
    model = copy.deepcopy(loaded.model)
    model.set_attn_implementation("eager")
    return model.eval()


def long_model(tokens: int, layers: int, heads: int) -> tuple[Any, Any]:
    """Return a Llama of random weights with that context, and a tokenizer that does not cut.

    Every head has keys of its own: with grouped ones less would have to be kept.
    """
    from transformers import LlamaConfig, LlamaForCausalLM

    tokenizer = copy.deepcopy(tfw.load("demo/smollm2", progress=False).tokenizer)
    tokenizer.model_max_length = tokens
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=64 * heads,
        intermediate_size=128 * heads,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=heads,
        max_position_embeddings=tokens,
    )
    return LlamaForCausalLM(config).eval(), tokenizer
