"""Attention rollout against a plain product."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import torch

import tfwidgets as tfw
from tests.attention.made import factored, random_weights, two_sides, view_of
from tfwidgets.attention import rollout as rollout_module
from tfwidgets.attention.rollout import Rollout
from tfwidgets.attention.weights import Dense

LAYERS = [random_weights(3, 11, seed=k) for k in range(4)]


def product(layers: list[torch.Tensor]) -> npt.NDArray[np.float64]:
    """As the paper has it: half of each token through the residual connection."""
    result = np.eye(layers[0].shape[1])
    for layer in layers:
        mean = layer.double().mean(0).numpy()
        result = (0.5 * mean + 0.5 * np.eye(len(mean))) @ result
    return result


@pytest.mark.parametrize("layer", range(4))
def test_each_layer_is_the_product_up_to_it(layer: int) -> None:
    view = view_of(LAYERS)
    found = view.rollout(layer)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, product(LAYERS[: layer + 1]), atol=1e-6)
    np.testing.assert_allclose(found.sum(1), np.ones(11), atol=1e-5)


def test_by_default_it_is_the_last_layer() -> None:
    np.testing.assert_allclose(view_of(LAYERS).rollout(), product(LAYERS), atol=1e-6)


def test_the_order_of_questions_does_not_matter() -> None:
    view = view_of(LAYERS)
    for layer in (3, 0, 2, 2, 1, 3, 0):
        np.testing.assert_allclose(view.rollout(layer), product(LAYERS[: layer + 1]), atol=1e-6)


def test_what_it_gives_may_be_changed() -> None:
    view = view_of(LAYERS)
    view.rollout(1)[:] = 9
    np.testing.assert_allclose(view.rollout(1), product(LAYERS[:2]), atol=1e-6)
    np.testing.assert_allclose(view.rollout(2), product(LAYERS[:3]), atol=1e-6)


def test_queries_and_keys_and_stripes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollout_module, "_ROWS", 7)
    layers = [factored(2, 20, is_causal=True, seed=k) for k in range(2)]
    dense = [layer.block([0, 1], slice(0, 20), slice(0, 20)) for layer in layers]
    found = Rollout(layers).layer(1).values[0]
    np.testing.assert_allclose(found, product(dense), atol=1e-6)
    assert not torch.triu(found, 1).any()


def test_rows_that_do_not_add_up_to_one_are_scaled() -> None:
    """A sink takes a share that reaches nothing."""
    found = Rollout([Dense(0.5 * layer) for layer in LAYERS]).layer(3).values[0]
    torch.testing.assert_close(found.sum(1), torch.ones(11))


def test_of_an_encoder_decoder_it_is_the_encoders() -> None:
    view = two_sides(source=9, layers=(4, 2))
    encoder = [layer.values for layer in view.items[0].pane("encoder").layers]
    assert view.rollout().shape == (9, 9)
    np.testing.assert_allclose(view.rollout(3), product(encoder), atol=1e-6)


def test_it_is_refused_where_it_would_say_nothing() -> None:
    cross = tfw.AttentionView.from_tensors(cross_attention=[random_weights(2, 3, 5)[None]])
    given = [layer[None] for layer in LAYERS]
    for layers in ([1], [0, 2], [1, 2, 3]):
        view = tfw.AttentionView.from_tensors(given, include_layers=layers)
        with pytest.raises(tfw.InputError, match="A rollout needs all layers of one text"):
            view.rollout()
    with pytest.raises(tfw.InputError, match="A rollout needs all layers of one text"):
        cross.rollout()


@pytest.mark.parametrize("layer", [4, -5, 1.5, "last", True, None])
def test_a_layer_that_is_not_there(layer: object) -> None:
    with pytest.raises(tfw.InputError, match="layer"):
        view_of(LAYERS).rollout(layer)  # type: ignore[arg-type]


def test_a_text_that_is_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollout_module, "MOST_TOKENS", 10)
    with pytest.raises(tfw.InputError, match="A rollout of 11 tokens multiplies matrices"):
        view_of(LAYERS).rollout()


def test_several_texts_have_their_own() -> None:
    both = [torch.stack([layer, layer.flip(1)]) for layer in LAYERS]
    view = tfw.AttentionView.from_tensors(both)
    for item in range(2):
        expected = product([layer[item] for layer in both])
        np.testing.assert_allclose(view.rollout(item=item), expected, atol=1e-6)
        np.testing.assert_allclose(view[item].rollout(), expected, atol=1e-6)
