"""Tiny random models of many families, all over the vocabulary of the tiny tokenizer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from tests.support.tiny import WORDS, tiny_tokenizer
from tests.train.layered import BART_SIZES, GPT2_SIZES, SIZES, T5_SIZES, XLM_SIZES

N = len(WORDS)
ENCODERS = {"vocab_size": N, "max_position_embeddings": 64}
CAUSAL = ("gpt2", "llama", "opt", "gpt_neox", "bert")
MASKED = ("bert", "roberta", "distilbert", "electra", "xlm")
SEQ2SEQ = ("t5", "bart", "mbart", "pegasus", "marian", "m2m_100", "blenderbot", "encoder-decoder")

# The families whose configurations have names of their own for sizes.
_SIZES: dict[str, dict[str, Any]] = {
    "gpt2": {**GPT2_SIZES, "n_positions": 64},
    "xlm": {**XLM_SIZES, "max_position_embeddings": 64},
    "t5": {**T5_SIZES, "num_decoder_layers": 2, "decoder_start_token_id": 0},
    "distilbert": {"dim": 16, "hidden_dim": 24, "n_layers": 2, "n_heads": 2, **ENCODERS},
    "opt": {**SIZES, "ffn_dim": 24, "word_embed_proj_dim": 16, "max_position_embeddings": 64},
    "xlnet": {"d_model": 16, "n_layer": 2, "n_head": 2, "d_inner": 24},
}


def tokenizer_in(folder: Path) -> Any:
    """Return the tiny tokenizer."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(tiny_tokenizer(folder))


def tiny_model(family: str, kind: str, **more: Any) -> Any:
    """Return a random model.

    Parameters
    ----------
    family
        By transformers' ``model_type``.
    kind
        What stands behind ``AutoModelFor``: ``"CausalLM"``, ``"MaskedLM"``, ``"Seq2SeqLM"``.
    """
    import torch
    import transformers

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        if family == "encoder-decoder":
            model = _of_two(more.get("decoder", "bert"))
        else:
            auto = getattr(transformers, f"AutoModelFor{kind}")
            model = auto.from_config(_config(family, kind, more))
    return model.eval()


def _config(family: str, kind: str, more: dict[str, Any]) -> Any:
    from transformers import AutoConfig

    sizes = _SIZES.get(family, BART_SIZES if kind == "Seq2SeqLM" else SIZES)
    positions = {} if family in ("t5", "xlnet", "gpt2") else {"max_position_embeddings": 64}
    if family == "roberta":
        positions = {"max_position_embeddings": 66}  # it counts from 2 on
    if family == "bert" and kind == "CausalLM":
        more = {"is_decoder": True, **more}
    options = {**sizes, "vocab_size": N, "pad_token_id": 0, **positions, **more}
    return AutoConfig.for_model(family, **options)


def _of_two(decoder: str) -> Any:
    """Return a BERT that reads, and a model of the family that writes; 64 tokens each."""
    from transformers import AutoConfig, BertConfig, EncoderDecoderConfig, EncoderDecoderModel

    one = {**SIZES, **ENCODERS}
    other = one if decoder == "bert" else {**one, "max_position_embeddings": 65, "pad_token_id": 0}
    config = EncoderDecoderConfig.from_encoder_decoder_configs(
        BertConfig(**one), AutoConfig.for_model(decoder, **other)
    )
    config.decoder_start_token_id, config.pad_token_id = WORDS.index("[CLS]"), 0
    return EncoderDecoderModel(config)


def texts(n: int = 12) -> pd.DataFrame:
    """Return sentences of different lengths."""
    words = ("good", "boring", "funny", "very bad", "not great", "unhappy")
    nouns = ("film", "movie", "story", "dog", "cat")
    ends = ("", " and the dog sat on the mat", ", i liked it !")
    return pd.DataFrame(
        {
            "text": [
                f"the {nouns[k % 5]} was {words[k % 6]}{ends[k % 3] * (1 + k % 2)}"
                for k in range(n)
            ]
        }
    )


def own_loss(model: Any, batch: Any) -> float:
    """Return what the model itself computes as the loss of a batch."""
    import inspect

    import torch

    inputs, target = batch
    known = inspect.signature(model.forward).parameters
    arguments = {k: v for k, v in inputs.items() if k in known and k != "labels"}
    with torch.no_grad():
        return float(model(**arguments, labels=target).loss)


def learner_loss(learn: Any, batch: Any) -> float:
    """Return what the learner trains on: its loss of a batch."""
    import torch

    inputs, target = batch
    learn.model.eval()
    with torch.no_grad():
        return float(learn.loss_func(learn.model(inputs).logits, target))
