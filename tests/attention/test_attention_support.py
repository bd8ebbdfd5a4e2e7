"""The support table: what is captured from each family is what the model itself computes."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
import transformers

from tests.attention.families import (
    BY_NAME,
    FAMILIES,
    SOURCE,
    TARGET,
    build,
    eager,
    fresh,
    inputs_of,
    whole,
)
from tfwidgets.attention.capture import Pane, capture
from tfwidgets.attention.item import Item
from tfwidgets.attention.lens import Lens
from tfwidgets.attention.pictures import STEPS, tile
from tfwidgets.attention.tokens import from_pieces
from tfwidgets.attention.weights import Dense, Factored

NAMES = [family.name for family in FAMILIES]
CAUSAL = [family.name for family in FAMILIES if family.causal]
ENCODERS = [f.name for f in FAMILIES if set(f.kinds) == {"self"} and not f.causal]
ENCODER_DECODERS = [f.name for f in FAMILIES if "cross" in f.kinds]


@cache
def captured(name: str) -> tuple[list[Pane], dict[str, list[torch.Tensor]]]:
    """Return what is captured, and what the model tells itself."""
    model = build(name)
    inputs = inputs_of(model)
    return capture(model, inputs), eager(model, inputs)


@pytest.mark.parametrize("name", NAMES)
def test_the_weights_are_those_of_the_model(name: str) -> None:
    panes, expected = captured(name)
    for pane in panes:
        for layer, weights in zip(pane.layers, expected[pane.kind], strict=True):
            torch.testing.assert_close(whole(layer), weights, rtol=1e-6, atol=1e-6)
            # Attention that is alike everywhere would hide what is wrong.
            spread = weights.amax(-1) * (weights > 0).sum(-1)
            assert spread.mean() > 1.3


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_of_each_head_is_right_to_a_step(name: str) -> None:
    panes, expected = captured(name)
    axes = [from_pieces([str(k) for k in range(n)]) for n in (SOURCE, TARGET)]
    item = Item("", axes if len(panes) > 1 else axes[:1], panes)
    for pane in panes:
        for number, weights in enumerate(expected[pane.kind]):
            for head in range(len(weights)):
                matrix = item.matrix(pane.kind, number, [head], Lens())
                picture = tile(matrix, 0, *((0, size) for size in matrix.shape))
                assert picture.exact
                steps = STEPS * weights[head].clamp(0, 1).sqrt().numpy()
                assert np.abs(picture.cells.astype(float) - steps).max() <= 1


@pytest.mark.parametrize("name", NAMES)
def test_kinds_layers_heads_and_what_is_causal(name: str) -> None:
    family, (panes, _) = BY_NAME[name], captured(name)
    assert {pane.kind: (len(pane.layers), pane.heads) for pane in panes} == family.kinds
    assert [pane.kind for pane in panes] == list(family.kinds)
    for pane in panes:
        assert pane.names == [str(k) for k in range(len(pane.layers))]
        assert pane.is_causal is family.is_causal(pane.kind)
        sides = {"self": (0, 0), "encoder": (0, 0), "decoder": (1, 1), "cross": (1, 0)}
        assert (pane.queries, pane.keys) == sides[pane.kind]
        sizes = (SOURCE, TARGET)
        for layer in pane.layers:
            assert (layer.queries, layer.keys) == (sizes[pane.queries], sizes[pane.keys])
            assert not layer.has_nan


@pytest.mark.parametrize("name", NAMES)
def test_which_way_it_was_captured(name: str) -> None:
    kind = Factored if BY_NAME[name].by_interface else Dense
    panes, _ = captured(name)
    assert all(type(layer) is kind for pane in panes for layer in pane.layers)


@pytest.mark.parametrize("name", NAMES)
def test_any_part_is_a_part_of_the_whole(name: str) -> None:
    panes, _ = captured(name)
    for layer in (layer for pane in panes for layer in pane.layers):
        heads, rows, columns = [layer.heads - 1, 0], slice(2, 5), slice(1, layer.keys - 1)
        part = layer.block(heads, rows, columns)
        assert part.dtype == torch.float32
        torch.testing.assert_close(part, whole(layer)[heads, rows, columns], rtol=1e-6, atol=1e-6)


# Some layers only


@pytest.mark.parametrize("name", ["bert", "albert", "llama", "bart", "bert2bert", "xlm", "bloom"])
def test_chosen_layers_are_the_same_layers(name: str) -> None:
    model = build(name)
    panes = capture(model, inputs_of(model), layers=[1])
    assert [pane.kind for pane in panes] == list(BY_NAME[name].kinds)
    for pane, full in zip(panes, captured(name)[0], strict=True):
        assert pane.names == ["1"]
        torch.testing.assert_close(whole(pane.layers[0]), whole(full.layers[1]))


def test_a_layer_that_only_the_longer_side_has() -> None:
    model = build("bart")  # 2 layers in the encoder, 3 in the decoder
    panes = capture(model, inputs_of(model), layers=[2])
    assert [(pane.kind, pane.names) for pane in panes] == [("decoder", ["2"]), ("cross", ["2"])]


@pytest.mark.parametrize("name", ["bert", "bart", "xlm"])
def test_a_layer_that_is_not_there_is_refused(name: str) -> None:
    model = build(name)
    with pytest.raises(ValueError, match=r"layers=7: there are \d layers, 0 to \d\."):
        capture(model, inputs_of(model), layers=[7])


# Masks given by hand


def masked(length: int, *, left: int = 0, right: int = 0, inside: tuple[int, ...] = ()) -> Any:
    mask = torch.ones(1, length, dtype=torch.long)
    mask[0, :left] = 0
    mask[0, length - right :] = 0
    mask[0, list(inside)] = 0
    return mask


def check(model: Any, inputs: dict[str, torch.Tensor]) -> None:
    """Compare with the model; queries that may attend to nothing have no weights here."""
    panes, expected = capture(model, inputs), eager(model, inputs)
    for pane in panes:
        side = "decoder_attention_mask" if pane.queries else "attention_mask"
        some = inputs.get(side)
        for layer, weights in zip(pane.layers, expected[pane.kind], strict=True):
            found = whole(layer)
            rows = torch.ones(layer.queries, dtype=torch.bool) if some is None else some[0].bool()
            torch.testing.assert_close(found[:, rows], weights[:, rows], rtol=1e-6, atol=1e-6)
            assert (found >= 0).all()


@pytest.mark.parametrize("name", NAMES)
def test_padding_behind_the_text(name: str) -> None:
    model = build(name)
    inputs = {**inputs_of(model), "attention_mask": masked(SOURCE, right=4)}
    check(model, inputs)
    for pane in capture(model, inputs):
        if pane.keys == 0:
            # Only real queries tell: those of the padding may attend to anything.
            rows = slice(-4) if pane.queries == 0 else slice(None)
            assert all(whole(layer)[:, rows, -4:].max() <= 1e-6 for layer in pane.layers)


@pytest.mark.parametrize("name", CAUSAL)
def test_padding_before_the_text(name: str) -> None:
    model = build(name)
    inputs = {**inputs_of(model), "attention_mask": masked(SOURCE, left=3)}
    check(model, inputs)
    for pane in capture(model, inputs):
        # Families that tell their weights let padding attend to everything.
        assert pane.is_causal or not BY_NAME[name].by_interface
        assert all(whole(layer)[:, 3:, :3].max() <= 1e-6 for layer in pane.layers)


@pytest.mark.parametrize("name", [*ENCODERS, "t5", "bart"])
def test_holes_in_a_mask(name: str) -> None:
    model = build(name)
    check(model, {**inputs_of(model), "attention_mask": masked(SOURCE, inside=(2, 7))})


@pytest.mark.parametrize("name", ENCODER_DECODERS)
def test_padding_on_the_decoders_side(name: str) -> None:
    model = build(name)
    masks = {
        "attention_mask": masked(SOURCE, right=2),
        "decoder_attention_mask": masked(TARGET, right=2),
    }
    check(model, {**inputs_of(model), **masks})


@pytest.mark.parametrize("name", ["bert", "albert", "electra", "xlnet", "deberta-v2", "rembert"])
def test_types_of_tokens_count(name: str) -> None:
    model = build(name, type_vocab_size=2)
    types = torch.tensor([[0] * 6 + [1] * (SOURCE - 6)])
    inputs = {**inputs_of(model), "token_type_ids": types}
    check(model, inputs)
    without = capture(model, inputs_of(model))
    difference = whole(capture(model, inputs)[0].layers[-1]) - whole(without[0].layers[-1])
    assert difference.abs().max() > 1e-3


# Lengths, precision, heads on top


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("length", [1, 2])
def test_very_short_texts(name: str, length: int) -> None:
    model = build(name)
    inputs = {key: value[:, :length] for key, value in inputs_of(model).items()}
    check(model, inputs)


@pytest.mark.parametrize("name", ["bert", "gpt2", "llama", "mistral", "gemma2", "t5", "bart"])
def test_half_precision(name: str) -> None:
    model = fresh(name).to(torch.bfloat16)
    inputs = inputs_of(model)
    for pane in capture(model, inputs):
        for layer in pane.layers:
            found = whole(layer)
            assert found.dtype == torch.float32
            # Queries and keys are what bfloat16 made of them: the sums still are 1.
            torch.testing.assert_close(
                found.sum(-1), torch.ones(found.shape[:2]), rtol=0, atol=2e-2
            )


@pytest.mark.parametrize(
    ("name", "auto"),
    [
        ("bert", "AutoModelForSequenceClassification"),
        ("bert", "AutoModelForMaskedLM"),
        ("roberta", "AutoModelForTokenClassification"),
        ("distilbert", "AutoModelForQuestionAnswering"),
        ("gpt2", "AutoModelForCausalLM"),
        ("llama", "AutoModelForCausalLM"),
        ("mistral", "AutoModelForSequenceClassification"),
        ("t5", "AutoModelForSeq2SeqLM"),
        ("bart", "AutoModelForSeq2SeqLM"),
        ("marian", "AutoModelForSeq2SeqLM"),
        ("xlnet", "AutoModelForSequenceClassification"),
        ("bloom", "AutoModelForCausalLM"),
    ],
)
def test_models_with_a_head(name: str, auto: str) -> None:
    model = fresh(name, getattr(transformers, auto))
    model.config.pad_token_id = model.config.pad_token_id or 0
    inputs = inputs_of(model)
    panes = capture(model, inputs)
    assert {pane.kind: (len(pane.layers), pane.heads) for pane in panes} == BY_NAME[name].kinds
    check(model, inputs)


def test_a_model_that_was_loaded_eager_or_told_to_be() -> None:
    for name in ("bert", "llama", "t5"):
        model = fresh(name)
        model.set_attn_implementation("eager")
        check(model, inputs_of(model))
        assert model.config._attn_implementation == "eager"


def test_an_encoder_of_an_encoder_decoder_alone() -> None:
    model = build("t5").get_encoder()
    panes = capture(model, {"input_ids": inputs_of(build("t5"))["input_ids"]})
    assert [pane.kind for pane in panes] == ["self"] or [p.kind for p in panes] == ["encoder"]
    full = captured("t5")[0][0]
    torch.testing.assert_close(whole(panes[0].layers[1]), whole(full.layers[1]))


def test_a_decoder_with_cross_attention_alone() -> None:
    config = BY_NAME["bert2bert"].config().decoder
    torch.manual_seed(0)
    model = transformers.BertLMHeadModel(config).eval()
    states = torch.randn(1, 5, 32)
    inputs = {"input_ids": torch.arange(5, 12)[None], "encoder_hidden_states": states}
    panes = {pane.kind: pane for pane in capture(model, inputs)}
    assert set(panes) == {"self", "cross"}
    assert panes["cross"].layers[0].keys == 5
    for kind, layers in eager(model, inputs).items():
        for layer, weights in zip(panes[kind].layers, layers, strict=True):
            torch.testing.assert_close(whole(layer), weights, rtol=1e-6, atol=1e-6)
