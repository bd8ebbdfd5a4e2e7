"""How each demo model is turned into a folder that ``from_pretrained`` takes.

A recipe reads the source files and writes ``config.json``, ``generation_config.json`` where
there is something to generate, ``model.safetensors`` and the tokenizer. No module is built,
so there is nothing random and nothing global in it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfwidgets.models.demo import gguf, onnx_int8

if TYPE_CHECKING:
    import torch

Recipe = Callable[[Path, Path], None]
"""Takes the folder of the source files and the (existing, empty) folder to fill."""


def smollm2(source: Path, target: Path) -> None:
    """Write SmolLM2 as `LlamaForCausalLM` in bfloat16, the precision it was published in."""
    import torch
    from transformers import GenerationConfig, LlamaConfig

    model = gguf.LlamaGguf(source / "SmolLM2-135M-Instruct.Q4_1.gguf")
    weights = {name: torch.tensor(array, dtype=torch.bfloat16) for name, array in model.tensors()}
    _save_weights(weights, target)
    config = LlamaConfig(**model.config(), architectures=["LlamaForCausalLM"], dtype=torch.bfloat16)
    config.save_pretrained(target)
    GenerationConfig(**model.special_ids()).save_pretrained(target)
    model.tokenizer().save_pretrained(target)


def t5_title(source: Path, target: Path) -> None:
    """Write the title model as `T5ForConditionalGeneration` in float32."""
    import torch
    from transformers import GenerationConfig, T5Config

    graphs = (source / "encoder.onnx", source / "decoder.onnx")
    weights = {
        t5_key(name): torch.tensor(array)
        for graph in graphs
        for name, array in onnx_int8.weights(graph)
    }
    _save_weights(weights, target)
    ids = {"decoder_start_token_id": 0, "eos_token_id": 1, "pad_token_id": 0}
    config = T5Config(
        vocab_size=32128,
        d_model=512,
        d_kv=64,
        d_ff=1024,
        num_layers=8,
        num_decoder_layers=8,
        num_heads=6,
        feed_forward_proj="gated-gelu",
        tie_word_embeddings=False,
        architectures=["T5ForConditionalGeneration"],
        dtype=torch.float32,
        **ids,
    )
    config.save_pretrained(target)
    # transformers 5 sets this to True in every T5Config. False is what the checkpoint is, and
    # what tells each version not to scale the decoder's output and not to share the head.
    _edit_json(target / "config.json", tie_word_embeddings=False)
    GenerationConfig(**ids).save_pretrained(target)
    _save_tokenizer(
        source / "tokenizer.json",
        target,
        eos_token="</s>",  # noqa: S106 - a token of text
        unk_token="<unk>",  # noqa: S106
        pad_token="<pad>",  # noqa: S106
        extra_special_tokens=[f"<extra_id_{number}>" for number in range(100)],
    )


def t5_key(name: str) -> str:
    """Return the name in `T5ForConditionalGeneration` of a weight of the two graphs.

    Both graphs hold the shared embedding, with the same values.

    >>> t5_key("enc.block.0.layer.0.layer_norm.weight")
    'encoder.block.0.layer.0.layer_norm.weight'
    >>> t5_key("enc.embed_tokens.weight")
    'shared.weight'
    """
    if name == "enc.embed_tokens.weight":
        return "shared.weight"
    root, _, rest = name.partition(".")
    return {"enc": "encoder.", "m": ""}[root] + rest


def grammar(source: Path, target: Path) -> None:
    """Write the grammar tagger as `DistilBertForTokenClassification` in float32."""
    import torch
    from transformers import DistilBertConfig

    weights = {
        name: torch.tensor(array) for name, array in onnx_int8.weights(source / "tagger.onnx")
    }
    _save_weights(weights, target)
    tags = json.loads((source / "tag_vocab.json").read_text(encoding="utf-8"))["tags"]
    config = DistilBertConfig(
        vocab_size=28996,
        max_position_embeddings=512,
        n_layers=6,
        n_heads=12,
        dim=768,
        hidden_dim=3072,
        id2label=dict(enumerate(tags)),
        label2id={tag: number for number, tag in enumerate(tags)},
        architectures=["DistilBertForTokenClassification"],
        dtype=torch.float32,
    )
    config.save_pretrained(target)
    _save_tokenizer(
        source / "tokenizer.json",
        target,
        cls_token="[CLS]",  # noqa: S106
        sep_token="[SEP]",  # noqa: S106
        unk_token="[UNK]",  # noqa: S106
        pad_token="[PAD]",  # noqa: S106
        mask_token="[MASK]",  # noqa: S106
    )


RECIPES: dict[str, Recipe] = {
    "demo/smollm2": smollm2,
    "demo/t5-title": t5_title,
    "demo/grammar": grammar,
}


def _save_weights(weights: dict[str, torch.Tensor], target: Path) -> None:
    from safetensors.torch import save_file

    packed = {name: weight.contiguous() for name, weight in weights.items()}
    save_file(packed, target / "model.safetensors", metadata={"format": "pt"})


def _save_tokenizer(tokenizer_json: Path, target: Path, **special: Any) -> None:
    """Write the tokenizer without its truncation and padding; calls ask for those."""
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer.from_file(str(tokenizer_json))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        clean_up_tokenization_spaces=False,
        model_max_length=512,
        model_input_names=["input_ids", "attention_mask"],
        **special,
    ).save_pretrained(target)


def _edit_json(path: Path, **changes: Any) -> None:
    content = {**json.loads(path.read_text(encoding="utf-8")), **changes}
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
