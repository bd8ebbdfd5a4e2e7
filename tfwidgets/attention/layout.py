"""Which attention a module computes: encoder, decoder or cross."""

from __future__ import annotations

import re
from typing import Any

import torch

KINDS = ("self", "encoder", "decoder", "cross")

# What transformers calls them in a model's output.
FIELDS = {
    "self": "attentions",
    "encoder": "encoder_attentions",
    "decoder": "decoder_attentions",
    "cross": "cross_attentions",
}

_CROSS = re.compile(r"cross_?att|encoder_attn|enc_?dec_?att|encdec", re.IGNORECASE)
_SIDE = re.compile(r"(?:^|\.)(encoder|decoder)(?=\.|$)")


def kinds(model: Any) -> dict[int, str]:
    """Return the kind of attention of each module, by ``id(module)``, if it computes any.

    Told by the module's path: "decoder.block.0.layer.1.EncDecAttention" in T5,
    "model.decoder.layers.0.encoder_attn" in BART, "decoder.bert.encoder.layer.0.crossattention"
    in an EncoderDecoderModel, whose first part says on which side it is.
    """
    two = is_encoder_decoder(model)
    return {id(module): _kind(path, two) for path, module in model.named_modules()}


def is_encoder_decoder(model: torch.nn.Module) -> bool:
    """Whether there is a text to read and one to write."""
    return bool(getattr(getattr(model, "config", None), "is_encoder_decoder", False))


def _kind(path: str, two: bool) -> str:
    if _CROSS.search(path):
        return "cross"
    side = _SIDE.search(path) if two else None
    return side[1] if side else "self"
