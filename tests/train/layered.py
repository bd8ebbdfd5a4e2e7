"""Tiny models of every family, and which of their parameters belong to which layer group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import transformers

# The sizes under the names that BERT and most families gave them.
SIZES = {
    "vocab_size": 40,
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 24,
    "max_position_embeddings": 32,
    "num_labels": 3,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
GPT2_SIZES = {
    "vocab_size": 40,
    "n_embd": 16,
    "n_layer": 2,
    "n_head": 2,
    "n_positions": 32,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
BART_SIZES = {
    "vocab_size": 40,
    "d_model": 16,
    "encoder_layers": 2,
    "decoder_layers": 3,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 24,
    "decoder_ffn_dim": 24,
    "max_position_embeddings": 32,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "decoder_start_token_id": 2,
}
T5_SIZES = {
    "vocab_size": 40,
    "d_model": 16,
    "d_kv": 8,
    "d_ff": 24,
    "num_heads": 2,
    "num_layers": 2,
    "num_decoder_layers": 3,
}
XLM_SIZES = {
    "vocab_size": 40,
    "emb_dim": 16,
    "n_layers": 2,
    "n_heads": 2,
    "n_langs": 2,
    "max_position_embeddings": 32,
}


@dataclass(frozen=True)
class Layered:
    """A class of models, and the beginnings of its parameters' names, group by group.

    ``blocks`` are written with ``{}`` for the number of the layer; encoder-decoders have
    ``encoder`` and ``decoder`` instead. ``tied`` are second names of parameters, ``fixed`` what is
    never trained.
    """

    model: str
    config: str
    sizes: dict[str, Any]
    embeddings: str
    head: str
    blocks: str = ""
    encoder: str = ""
    decoder: str = ""
    layers: int = 2
    tied: str = ""
    fixed: str = ""
    more: tuple[tuple[str, Any], ...] = ()

    def build(self) -> Any:
        """A model of its own, which a test may change."""
        config = getattr(transformers, f"{self.config}Config")(**self.sizes, **dict(self.more))
        return getattr(transformers, self.model)(config)

    def groups(self) -> dict[str, list[str]]:
        """Beginnings of names, by the name of the group, in the order of the groups."""
        found = {"embeddings": self.embeddings.split()}
        sides = (("layer", self.blocks, self.layers), ("encoder", self.encoder, 2))
        for word, patterns, count in (*sides, ("decoder", self.decoder, 3)):
            for number in range(count if patterns else 0):
                found[f"{word} {number}"] = patterns.format(*[number] * 9).split()
        found["head"] = self.head.split()
        return {name: begins for name, begins in found.items() if begins}


def bert_like(model: str, config: str, head: str, *, base: str = "bert", **more: Any) -> Layered:
    """One whose names are BERT's, under the name of its base model."""
    known = {
        "sizes": {**SIZES, **more.pop("sizes", {})},
        "embeddings": f"{base}.embeddings.",
        "blocks": f"{base}.encoder.layer.{{}}.",
    }
    return Layered(model, config, head=head, **{**known, **more})


def llama_like(model: str, config: str, head: str, **more: Any) -> Layered:
    """One whose names are Llama's."""
    sizes = {**SIZES, "num_key_value_heads": 2, **more.pop("sizes", {})}
    return Layered(
        *(model, config, sizes),
        **{
            "embeddings": "model.embed_tokens.",
            "head": f"model.norm. {head}",
            "blocks": "model.layers.{}.",
            **more,
        },
    )


def bart_like(model: str, config: str, head: str, **more: Any) -> Layered:
    """One whose names are BART's."""
    known = {
        "embeddings": "model.shared. model.encoder.embed_positions. model.decoder.embed_positions. "
        "model.encoder.layernorm_embedding. model.decoder.layernorm_embedding.",
        "encoder": "model.encoder.layers.{}.",
        "decoder": "model.decoder.layers.{}.",
        "tied": "model.encoder.embed_tokens. model.decoder.embed_tokens. lm_head.",
    }
    sizes = {**BART_SIZES, **more.pop("sizes", {})}
    return Layered(model, config, sizes, head=head, **{**known, **more})


GPT2 = {"embeddings": "transformer.wte. transformer.wpe.", "blocks": "transformer.h.{}."}
XLNET = {
    "embeddings": "transformer.mask_emb transformer.word_embedding.",
    "blocks": "transformer.layer.{}.",
}
XLM = {
    "embeddings": "transformer.position_embeddings. transformer.lang_embeddings. "
    "transformer.embeddings. transformer.layer_norm_emb.",
    "blocks": "transformer.attentions.{}. transformer.layer_norm1.{}. transformer.ffns.{}. "
    "transformer.layer_norm2.{}.",
}
DEBERTA = {
    "base": "deberta",
    "sizes": {
        "relative_attention": True,
        "position_buckets": 4,
        "norm_rel_ebd": "layer_norm",
        "pos_att_type": ["p2c", "c2p"],
        "conv_kernel_size": 3,
    },
    "embeddings": "deberta.embeddings. deberta.encoder.rel_embeddings. deberta.encoder.LayerNorm. "
    "deberta.encoder.conv.",
}
MODERN = {
    "sizes": {"cls_token_id": 1, "sep_token_id": 2},
    "embeddings": "model.embeddings.",
    "blocks": "model.layers.{}.",
}
OPT = {
    "sizes": {**SIZES, "ffn_dim": 24, "word_embed_proj_dim": 8},
    "embeddings": "model.decoder.embed_tokens. model.decoder.embed_positions. "
    "model.decoder.project_in.",
    "blocks": "model.decoder.layers.{}.",
}
T5 = {
    "sizes": T5_SIZES,
    "embeddings": "shared.",
    "encoder": "encoder.block.{}.",
    "decoder": "decoder.block.{}.",
}
ALBERT = {
    "base": "albert",
    "sizes": {"embedding_size": 8},
    "embeddings": "albert.embeddings. albert.encoder.embedding_hidden_mapping_in.",
    "blocks": "albert.encoder.albert_layer_groups.{}.",
    "layers": 1,
}
DISTIL = {
    "base": "distilbert",
    "sizes": {"dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 24},
    "blocks": "distilbert.transformer.layer.{}.",
}
MPNET = {
    "base": "mpnet",
    "embeddings": "mpnet.embeddings. mpnet.encoder.relative_attention_bias.",
}
ROBERTA_TIED = "lm_head.decoder.weight lm_head.decoder.bias"

MODELS = (
    bert_like("BertModel", "Bert", "pooler.", embeddings="embeddings.", blocks="encoder.layer.{}."),
    bert_like("BertForSequenceClassification", "Bert", "bert.pooler. classifier."),
    bert_like("BertForMaskedLM", "Bert", "cls.", tied="cls.predictions.decoder."),
    bert_like("BertForTokenClassification", "Bert", "classifier."),
    bert_like("RobertaForSequenceClassification", "Roberta", "classifier.", base="roberta"),
    bert_like("RobertaForMaskedLM", "Roberta", "lm_head.", base="roberta", tied=ROBERTA_TIED),
    # Registers its classifier first.
    bert_like("XLMRobertaForTokenClassification", "XLMRoberta", "classifier.", base="roberta"),
    bert_like("XLMRobertaForMaskedLM", "XLMRoberta", "lm_head.", base="roberta", tied=ROBERTA_TIED),
    bert_like(
        *("DistilBertForSequenceClassification", "DistilBert", "pre_classifier. classifier."),
        **DISTIL,
    ),
    bert_like(
        *("DistilBertForMaskedLM", "DistilBert"),
        "vocab_transform. vocab_layer_norm. vocab_projector.bias",
        tied="vocab_projector.weight",
        **DISTIL,
    ),
    bert_like(
        *("ElectraForSequenceClassification", "Electra", "classifier."),
        base="electra",
        sizes={"embedding_size": 8},
        embeddings="electra.embeddings. electra.embeddings_project.",
    ),
    bert_like(
        *("ElectraForMaskedLM", "Electra", "generator_predictions. generator_lm_head.bias"),
        base="electra",
        sizes={"embedding_size": 8},
        embeddings="electra.embeddings. electra.embeddings_project.",
        tied="generator_lm_head.weight",
    ),
    bert_like("AlbertForSequenceClassification", "Albert", "albert.pooler. classifier.", **ALBERT),
    bert_like("AlbertForMaskedLM", "Albert", "predictions.", tied="predictions.decoder.", **ALBERT),
    bert_like("DebertaV2ForSequenceClassification", "DebertaV2", "pooler. classifier.", **DEBERTA),
    bert_like(
        "DebertaV2ForMaskedLM", "DebertaV2", "cls.", tied="cls.predictions.decoder.", **DEBERTA
    ),
    bert_like(
        "ModernBertForSequenceClassification",
        "ModernBert",
        "model.final_norm. head. classifier.",
        **MODERN,
    ),
    bert_like(
        "ModernBertForMaskedLM",
        "ModernBert",
        "model.final_norm. head. decoder.bias",
        tied="decoder.weight",
        **MODERN,
    ),
    bert_like("MPNetForSequenceClassification", "MPNet", "classifier.", **MPNET),
    bert_like("MPNetForMaskedLM", "MPNet", "lm_head.", tied=ROBERTA_TIED, **MPNET),
    # Registers its embeddings' norm behind fixed positions, and a list for each resolution.
    Layered(
        *("FunnelForSequenceClassification", "Funnel"),
        {
            "vocab_size": 40,
            "d_model": 16,
            "block_sizes": [1, 1],
            "n_head": 2,
            "d_head": 8,
            "d_inner": 24,
        },
        *("funnel.embeddings.", "classifier.", "funnel.encoder.blocks.{}.0."),
    ),
    Layered(
        "GPT2ForSequenceClassification", "GPT2", GPT2_SIZES, head="transformer.ln_f. score.", **GPT2
    ),
    Layered(
        "GPT2LMHeadModel", "GPT2", GPT2_SIZES, head="transformer.ln_f.", tied="lm_head.", **GPT2
    ),
    Layered(
        "XLNetForSequenceClassification",
        "XLNet",
        {"vocab_size": 40, "d_model": 16, "n_layer": 2, "n_head": 2, "d_inner": 24},
        head="sequence_summary. logits_proj.",
        **XLNET,
    ),
    Layered(
        "XLNetLMHeadModel",
        "XLNet",
        {"vocab_size": 40, "d_model": 16, "n_layer": 2, "n_head": 2, "d_inner": 24},
        head="lm_loss.bias",
        tied="lm_loss.weight",
        **XLNET,
    ),
    Layered("XLMForSequenceClassification", "XLM", XLM_SIZES, head="sequence_summary.", **XLM),
    Layered(
        "XLMWithLMHeadModel",
        "XLM",
        XLM_SIZES,
        head="pred_layer.proj.bias",
        tied="pred_layer.proj.weight",
        **XLM,
    ),
    llama_like("LlamaForSequenceClassification", "Llama", "score."),
    llama_like("LlamaForCausalLM", "Llama", "lm_head."),
    llama_like(
        "LlamaForCausalLM", "Llama", "", tied="lm_head.", more=(("tie_word_embeddings", True),)
    ),
    llama_like("Qwen3ForSequenceClassification", "Qwen3", "score.", sizes={"head_dim": 8}),
    llama_like("Qwen3ForCausalLM", "Qwen3", "lm_head.", sizes={"head_dim": 8}),
    llama_like("MistralForCausalLM", "Mistral", "lm_head."),
    Layered(
        "GPTNeoXForCausalLM",
        "GPTNeoX",
        SIZES,
        head="gpt_neox.final_layer_norm. lm_head.",
        embeddings="gpt_neox.embed_in.",
        blocks="gpt_neox.layers.{}.",
    ),
    Layered(
        "OPTForSequenceClassification",
        "OPT",
        head="model.decoder.project_out. model.decoder.final_layer_norm. score.",
        **OPT,
    ),
    Layered(
        "OPTForCausalLM",
        "OPT",
        tied="lm_head.",
        head="model.decoder.project_out. model.decoder.final_layer_norm.",
        **OPT,
    ),
    Layered(
        "T5ForConditionalGeneration",
        "T5",
        tied="encoder.embed_tokens. decoder.embed_tokens. lm_head.",
        head="encoder.final_layer_norm. decoder.final_layer_norm.",
        **T5,
    ),
    Layered(
        "T5EncoderModel",
        "T5",
        T5_SIZES,
        "shared.",
        "encoder.final_layer_norm.",
        "encoder.block.{}.",
        tied="encoder.embed_tokens.",
    ),
    bart_like("BartForConditionalGeneration", "Bart", ""),
    bart_like("BartForSequenceClassification", "Bart", "classification_head."),
    bart_like(
        "MBartForConditionalGeneration",
        "MBart",
        "model.encoder.layer_norm. model.decoder.layer_norm.",
    ),
    bart_like(
        "PegasusForConditionalGeneration",
        "Pegasus",
        "model.encoder.layer_norm. model.decoder.layer_norm.",
        embeddings="model.shared.",
        fixed="model.encoder.embed_positions. model.decoder.embed_positions.",
    ),
    bart_like(
        "MarianMTModel",
        "Marian",
        "",
        embeddings="model.shared.",
        fixed="model.encoder.embed_positions. model.decoder.embed_positions.",
    ),
)


def name_of(layered: Layered) -> str:
    """Unique: the tied variants of a class are told apart."""
    return "-".join([layered.model, *(f"{key}={value}" for key, value in layered.more)])
