"""What has no matrix of queries and keys says so, by its name."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import transformers

from tests.attention.families import eager, sharpened, whole
from tfwidgets.attention.capture import capture
from tfwidgets.errors import ModelError

SIZES = {
    "vocab_size": 100,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 37,
}
D_SIZES = {
    "vocab_size": 100,
    "d_model": 32,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 37,
    "decoder_ffn_dim": 37,
}
FUNNEL = {
    "vocab_size": 100,
    "d_model": 32,
    "n_head": 4,
    "d_head": 8,
    "d_inner": 37,
    "block_sizes": [1, 1],
}
REFORMER = {
    "vocab_size": 100,
    "hidden_size": 32,
    "num_attention_heads": 4,
    "attention_head_size": 8,
    "feed_forward_size": 37,
    "attn_layers": ["local", "lsh"],
    "axial_pos_shape": [4, 4],
    "axial_pos_embds_dim": [16, 16],
    "max_position_embeddings": 16,
    "is_decoder": False,
}
IDS = torch.arange(5, 18)[None]


def built(name: str, **fields: Any) -> Any:
    config = getattr(transformers, f"{name}Config")(**fields)
    return sharpened(getattr(transformers, f"{name}Model")(config))


@pytest.mark.parametrize(
    ("name", "fields", "said"),
    [
        ("BigBird", {**SIZES, "block_size": 2}, ["BigBirdModel", "BigBird attends to blocks"]),
        ("BigBirdPegasus", D_SIZES, ["BigBirdPegasusModel", "blocks in its encoder"]),
        ("Reformer", REFORMER, ["ReformerModel", "Reformer attends to chunks"]),
        ("Longformer", {**SIZES, "attention_window": 4}, ["LongformerModel", "a window of each"]),
        ("LED", {**D_SIZES, "attention_window": 4}, ["LEDModel", "LED attends to a window"]),
        ("Funnel", FUNNEL, ["FunnelModel", "Funnel pools its tokens"]),
        ("FNet", {**SIZES}, ["fnet", "FNetModel", "without attention"]),
        (
            "Mamba",
            {"vocab_size": 100, "hidden_size": 32, "num_hidden_layers": 2, "state_size": 4},
            ["mamba", "MambaModel", "without attention"],
        ),
    ],
)
def test_it_is_named(name: str, fields: dict[str, Any], said: list[str]) -> None:
    model = built(name, **{k: v for k, v in fields.items() if name != "FNet" or "heads" not in k})
    with pytest.raises(ModelError) as refused:
        capture(model, {"input_ids": IDS})
    message = str(refused.value)
    assert all(part in message for part in said), message
    assert len(message) < 300
    assert "\n" not in message


def test_nothing_is_computed_before_it_is_refused() -> None:
    model = built("Longformer", **SIZES, attention_window=4)
    model.register_forward_pre_hook(lambda *_: pytest.fail("it was run"))
    with pytest.raises(ModelError):
        capture(model, {"input_ids": IDS})


def test_a_big_bird_that_attends_to_everything_is_shown() -> None:
    model = built("BigBird", **SIZES, attention_type="original_full")
    (pane,) = capture(model, {"input_ids": IDS})
    (expected,) = eager(model, {"input_ids": IDS}).values()
    for layer, weights in zip(pane.layers, expected, strict=True):
        torch.testing.assert_close(whole(layer), weights, rtol=1e-6, atol=1e-6)


def test_a_model_that_tells_nothing_is_refused() -> None:
    class Silent(transformers.PreTrainedModel):
        config_class = transformers.BertConfig

        def __init__(self, config: Any) -> None:
            super().__init__(config)
            self.layer = torch.nn.Linear(1, 1)
            self.post_init()

        def forward(self, input_ids: Any, **_: Any) -> Any:
            return transformers.modeling_outputs.BaseModelOutput(self.layer(input_ids[..., None]))

    model = Silent(transformers.BertConfig(**SIZES)).eval()
    with pytest.raises(ModelError, match=r"Silent \(bert\) has no attention"):
        capture(model, {"input_ids": IDS.float()})


def test_weights_of_another_shape_are_refused_with_their_shape() -> None:
    class Banded(transformers.PreTrainedModel):
        config_class = transformers.BertConfig

        def __init__(self, config: Any) -> None:
            super().__init__(config)
            self.layer = torch.nn.Linear(1, 1)
            self.post_init()

        def forward(self, input_ids: Any, **_: Any) -> Any:
            return transformers.modeling_outputs.BaseModelOutput(
                self.layer(input_ids[..., None]), attentions=(torch.zeros(1, 4, 2, 3, 5),)
            )

    model = Banded(transformers.BertConfig(**SIZES)).eval()
    with pytest.raises(ModelError, match=r"weights of shape \(1, 4, 2, 3, 5\)"):
        capture(model, {"input_ids": IDS.float()})
