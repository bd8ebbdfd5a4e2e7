"""Read a Llama model from a GGUF file: tensors, configuration and tokenizer.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

_OUTER = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}
_INNER = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
_CONTROL = 3
"""The GGUF token type of special tokens."""


def transformers_key(name: str) -> str:
    """Return the name in `LlamaForCausalLM` of the GGUF tensor ``name``.

    >>> transformers_key("blk.7.attn_q.weight")
    'model.layers.7.self_attn.q_proj.weight'
    """
    if name in _OUTER:
        return _OUTER[name]
    _, layer, part, kind = name.split(".")
    return f"model.layers.{layer}.{_INNER[part]}.{kind}"


def unpermute(weight: NDArray[np.float32], heads: int) -> NDArray[np.float32]:
    """Undo the row order that llama.cpp gives query and key projections.

    llama.cpp rotates neighbouring pairs of a head's dimensions, transformers rotates the
    first half against the second, so the rows of each head are interleaved in GGUF.

    Parameters
    ----------
    weight
        Shape ``(heads * head_size, hidden_size)``.
    heads
        Number of query heads or of key heads.
    """
    rows, columns = weight.shape
    pairs = weight.reshape(heads, rows // heads // 2, 2, columns)
    halves: NDArray[np.float32] = pairs.swapaxes(1, 2).reshape(rows, columns)
    return halves


class LlamaGguf:
    """A Llama model in a GGUF file.

    Parameters
    ----------
    path
        The file; it is mapped, not read whole.
    """

    def __init__(self, path: Path) -> None:
        from gguf import GGUFReader

        self._reader = GGUFReader(path)

    def _get(self, key: str) -> Any:
        field = self._reader.get_field(key)
        if field is None:
            raise KeyError(f"the GGUF file has no {key}")
        return field.contents()

    def tensors(self) -> Iterator[tuple[str, NDArray[np.float32]]]:
        """Yield every weight under its transformers name, dequantised."""
        from gguf import dequantize

        heads = {
            "attn_q": int(self._get("llama.attention.head_count")),
            "attn_k": int(self._get("llama.attention.head_count_kv")),
        }
        for tensor in self._reader.tensors:
            weight = dequantize(tensor.data, tensor.tensor_type)
            part = tensor.name.split(".")[-2]
            if part in heads:
                weight = unpermute(weight, heads[part])
            yield transformers_key(tensor.name), weight

    def config(self) -> dict[str, Any]:
        """Return the arguments of the `LlamaConfig` that the file describes."""
        tied = all(tensor.name != "output.weight" for tensor in self._reader.tensors)
        epsilon = float(self._get("llama.attention.layer_norm_rms_epsilon"))
        return {
            "vocab_size": int(self._get("llama.vocab_size")),
            "hidden_size": int(self._get("llama.embedding_length")),
            "intermediate_size": int(self._get("llama.feed_forward_length")),
            "num_hidden_layers": int(self._get("llama.block_count")),
            "num_attention_heads": int(self._get("llama.attention.head_count")),
            "num_key_value_heads": int(self._get("llama.attention.head_count_kv")),
            "max_position_embeddings": int(self._get("llama.context_length")),
            # Stored in single precision: 9.999999747e-06 means 1e-05.
            "rms_norm_eps": float(f"{epsilon:.6g}"),
            "rope_parameters": {
                "rope_type": "default",
                "rope_theta": float(self._get("llama.rope.freq_base")),
            },
            "tie_word_embeddings": tied,
            **self.special_ids(),
        }

    def special_ids(self) -> dict[str, int]:
        """Return the ids of the begin, end and padding tokens by their transformers name."""
        return {
            "bos_token_id": int(self._get("tokenizer.ggml.bos_token_id")),
            "eos_token_id": int(self._get("tokenizer.ggml.eos_token_id")),
            "pad_token_id": int(self._get("tokenizer.ggml.padding_token_id")),
        }

    def tokenizer(self) -> Any:
        """Return the byte-level BPE tokenizer as a `transformers.PreTrainedTokenizerFast`.

        Digits are split one by one, which is what the pre-tokenizer ``smollm`` stands for;
        a plain GPT-2 tokenizer would give other ids for numbers.
        """
        from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
        from transformers import PreTrainedTokenizerFast

        kind = (self._get("tokenizer.ggml.model"), self._get("tokenizer.ggml.pre"))
        if kind != ("gpt2", "smollm"):
            raise ValueError(f"unknown kind of GGUF tokenizer: {kind}")
        tokens: list[str] = self._get("tokenizer.ggml.tokens")
        types: list[int] = self._get("tokenizer.ggml.token_type")
        merges = [tuple(merge.split(" ")) for merge in self._get("tokenizer.ggml.merges")]
        bpe = Tokenizer(models.BPE(vocab={t: i for i, t in enumerate(tokens)}, merges=merges))
        bpe.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.Digits(individual_digits=True),
                pre_tokenizers.ByteLevel(add_prefix_space=False),
            ]
        )
        bpe.decoder = decoders.ByteLevel()
        bpe.add_special_tokens(
            [
                AddedToken(token, special=True, normalized=False)
                for token, kind in zip(tokens, types, strict=True)
                if kind == _CONTROL
            ]
        )
        ids = self.special_ids()
        return PreTrainedTokenizerFast(
            tokenizer_object=bpe,
            bos_token=tokens[ids["bos_token_id"]],
            eos_token=tokens[ids["eos_token_id"]],
            pad_token=tokens[ids["pad_token_id"]],
            unk_token=tokens[int(self._get("tokenizer.ggml.unknown_token_id"))],
            chat_template=self._get("tokenizer.chat_template"),
            clean_up_tokenization_spaces=False,
            model_max_length=int(self._get("llama.context_length")),
            model_input_names=["input_ids", "attention_mask"],
        )
