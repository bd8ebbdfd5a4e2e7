"""Tiny random models of every family, whose attention is far from uniform."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
import transformers

VOCABULARY = 100
SOURCE, TARGET = 13, 7
# The fields of a model's output, by kind.
FIELDS = {
    "self": "attentions",
    "encoder": "encoder_attentions",
    "decoder": "decoder_attentions",
    "cross": "cross_attentions",
}
SELF = {"self": (2, 4)}
TWO = {"encoder": (2, 4), "decoder": (2, 4), "cross": (2, 4)}
UNEVEN = {"encoder": (2, 4), "decoder": (3, 2), "cross": (3, 2)}


@dataclass(frozen=True)
class Family:
    """How to build one, and what is to be found in it.

    ``shape`` is kind -> (layers, heads); ``by_interface`` whether queries and keys can be taken
    down, or the model must tell its weights.
    """

    name: str
    config: Callable[[], Any]
    by_interface: bool = True
    causal: bool = False
    shape: Any = None

    @property
    def kinds(self) -> dict[str, tuple[int, int]]:
        found: dict[str, tuple[int, int]] = self.shape or SELF
        return found

    def is_causal(self, kind: str) -> bool:
        return kind == "decoder" or (kind == "self" and self.causal)


def bert_like(name: str, **more: Any) -> Callable[[], Any]:
    """Return what makes a configuration with the names that BERT gave."""

    sizes = {
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 37,
    }
    return other(name, **{**sizes, **more})


def llama_like(name: str, **more: Any) -> Callable[[], Any]:
    """The same with grouped queries: two heads share a key head."""
    options = {"num_key_value_heads": 2, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
    return bert_like(name, **{**options, **more})


def other(name: str, **fields: Any) -> Callable[[], Any]:
    """Return what makes a configuration with names of its own."""
    return lambda: getattr(transformers, f"{name}Config")(vocab_size=VOCABULARY, **fields)


def bart_like(name: str, layers: int, heads: int) -> Callable[[], Any]:
    """A decoder with so many layers and heads, an encoder with 2 and 4."""
    return other(
        name,
        d_model=32,
        encoder_layers=2,
        decoder_layers=layers,
        encoder_attention_heads=4,
        decoder_attention_heads=heads,
        encoder_ffn_dim=37,
        decoder_ffn_dim=37,
        pad_token_id=1,
        decoder_start_token_id=2,
    )


def bert2bert() -> Any:
    """Another number of layers and heads on each side."""
    encoder = bert_like("Bert")()
    decoder = bert_like("Bert", is_decoder=True, add_cross_attention=True)()
    decoder.num_hidden_layers, decoder.num_attention_heads = 3, 2
    return transformers.EncoderDecoderConfig.from_encoder_decoder_configs(encoder, decoder)


T5_SIZES = {"d_model": 32, "d_kv": 8, "d_ff": 37, "num_layers": 2, "num_heads": 4}
GPT_SIZES = {"n_embd": 32, "n_layer": 2, "n_head": 4}
XLM_SIZES = {"emb_dim": 32, "n_layers": 2, "n_heads": 4}

FAMILIES = (
    Family("bert", bert_like("Bert")),
    Family("roberta", bert_like("Roberta")),
    Family("xlm-roberta", bert_like("XLMRoberta")),
    Family("camembert", bert_like("Camembert")),
    Family("distilbert", other("DistilBert", dim=32, n_layers=2, n_heads=4, hidden_dim=37)),
    Family("albert", bert_like("Albert", embedding_size=16)),
    Family("electra", bert_like("Electra", embedding_size=16)),
    Family(
        "modernbert",
        bert_like(
            "ModernBert",
            local_attention=6,
            global_attn_every_n_layers=2,
            pad_token_id=0,
            cls_token_id=1,
            sep_token_id=2,
        ),
    ),
    Family("gpt2", other("GPT2", **GPT_SIZES), causal=True),
    Family(
        "opt",
        other(
            "OPT",
            hidden_size=32,
            word_embed_proj_dim=32,
            ffn_dim=37,
            num_hidden_layers=2,
            num_attention_heads=4,
        ),
        causal=True,
    ),
    Family("gpt-neox", bert_like("GPTNeoX"), causal=True),
    Family("llama", llama_like("Llama"), causal=True),
    Family("mistral", llama_like("Mistral", sliding_window=5), causal=True),
    Family("qwen2", llama_like("Qwen2"), causal=True),
    Family("qwen3", llama_like("Qwen3", head_dim=8), causal=True),
    Family(
        "gemma2",
        llama_like(
            "Gemma2",
            head_dim=8,
            sliding_window=5,
            attn_logit_softcapping=2.0,
            query_pre_attn_scalar=8,
        ),
        causal=True,
    ),
    Family(
        "gpt-oss",
        llama_like(
            "GptOss",
            head_dim=8,
            sliding_window=5,
            num_local_experts=2,
            num_experts_per_tok=1,
            intermediate_size=36,
        ),
        causal=True,
    ),
    Family("t5", other("T5", **T5_SIZES), shape=TWO),
    Family("mt5", other("MT5", **T5_SIZES), shape=TWO),
    Family("bart", bart_like("Bart", 3, 2), shape=UNEVEN),
    Family("marian", bart_like("Marian", 2, 4), shape=TWO),
    Family("bert2bert", bert2bert, shape=UNEVEN),
    Family("xlm", other("XLM", **XLM_SIZES), by_interface=False),
    Family("flaubert", other("Flaubert", **XLM_SIZES), by_interface=False),
    Family("xlnet", other("XLNet", d_model=32, n_layer=2, n_head=4, d_inner=37), False),
    Family("deberta", bert_like("Deberta", relative_attention=True, pos_att_type="c2p|p2c"), False),
    Family(
        "deberta-v2",
        bert_like("DebertaV2", relative_attention=True, pos_att_type=["p2c", "c2p"]),
        False,
    ),
    Family("mpnet", bert_like("MPNet"), False),
    Family("rembert", bert_like("RemBert", input_embedding_size=16), False),
    Family("bloom", other("Bloom", hidden_size=32, n_layer=2, n_head=4), False, causal=True),
    Family("openai-gpt", other("OpenAIGPT", **GPT_SIZES), False, causal=True),
)
BY_NAME = {family.name: family for family in FAMILIES}


@cache
def build(name: str, auto: Any = transformers.AutoModel, seed: int = 0, **changed: Any) -> Any:
    """Return a model of a family, drawn wide enough for its heads to differ.

    It is shared: a test that changes it makes a ``fresh`` one.
    """
    return fresh(name, auto, seed, **changed)


def fresh(name: str, auto: Any = transformers.AutoModel, seed: int = 0, **changed: Any) -> Any:
    """Return a model of a family that nobody else has."""
    config = BY_NAME[name].config()
    for field, value in changed.items():
        setattr(config, field, value)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if isinstance(config, transformers.EncoderDecoderConfig):
            return sharpened(transformers.EncoderDecoderModel(config))
        return sharpened(auto.from_config(config))


def sharpened(model: Any) -> Any:
    """Draw all weights anew: usual ones are so small that every head attends to all alike."""
    # T5 does not divide by the root of the dimension.
    usual = 0.1 if "t5" in model.config.model_type else 0.2
    embeddings = {id(m.weight) for m in model.modules() if isinstance(m, torch.nn.Embedding)}
    for name, parameter in model.named_parameters():
        if parameter.dim() > 1 or name.endswith("bias") or "sinks" in name:
            wide = id(parameter) in embeddings or "sinks" in name
            torch.nn.init.normal_(parameter, std=1.0 if wide else usual)
            if model.config.is_encoder_decoder and "query" in name:
                parameter.data *= 3  # what BERT's decoder reads differs little by then
    return model.eval()


def inputs_of(model: Any, *, seed: int = 0) -> dict[str, torch.Tensor]:
    """Return random ids for a model, a few of them twice."""
    draw = torch.Generator().manual_seed(seed)
    inputs = {"input_ids": torch.randint(5, 40, (1, SOURCE), generator=draw)}
    if model.config.is_encoder_decoder:
        inputs["decoder_input_ids"] = torch.randint(5, 40, (1, TARGET), generator=draw)
    return inputs


def eager(model: Any, inputs: dict[str, torch.Tensor]) -> dict[str, list[torch.Tensor]]:
    """Return the weights that a copy of the model tells: kind -> layers of (heads, q, k)."""
    plain = copy.deepcopy(model)
    for part in (plain, getattr(plain, "encoder", None), getattr(plain, "decoder", None)):
        if isinstance(part, transformers.PreTrainedModel):
            part.set_attn_implementation("eager")
    with torch.no_grad():
        output = plain(**inputs, output_attentions=True, return_dict=True)
    found = {kind: getattr(output, name, None) for kind, name in FIELDS.items()}
    return {kind: [layer[0] for layer in layers] for kind, layers in found.items() if layers}


def whole(weights: Any) -> torch.Tensor:
    """Return all weights of a layer: (heads, queries, keys)."""
    every = list(range(weights.heads))
    found: torch.Tensor = weights.block(every, slice(0, weights.queries), slice(0, weights.keys))
    return found
