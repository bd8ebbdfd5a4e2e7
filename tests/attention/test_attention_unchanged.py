"""A model is left as it was, whatever happens while it is looked at."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
import torch
import transformers

import tfwidgets as tfw
from tests.attention.families import fresh, inputs_of
from tests.support.tiny import tiny_tokenizer
from tests.tokens.trained import dressed
from tfwidgets.attention import recorder
from tfwidgets.attention.attribution import attribute
from tfwidgets.attention.capture import capture, undisturbed
from tfwidgets.attention.eager import run_eager
from tfwidgets.attention.recorder import recording

NAMES = ["bert", "albert", "gpt2", "gemma2", "t5", "bart", "bert2bert", "xlm", "xlnet", "bloom"]


class Broken(Exception):
    pass


def configs(model: Any) -> list[Any]:
    """Return the configuration objects of all modules, each once."""
    found = {id(m.config): m.config for m in model.modules() if hasattr(m, "config")}
    return [found[key] for key in sorted(found)]


def hooks(model: Any) -> list[tuple[int, ...]]:
    kinds = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    return [tuple(len(getattr(module, kind)) for kind in kinds) for module in model.modules()]


def state(model: Any) -> dict[str, Any]:
    """Return all that could be changed about a model and its surroundings."""
    return {
        "implementation": [config._attn_implementation for config in configs(model)],
        "configs": [config.to_dict() for config in configs(model)],
        "training": [module.training for module in model.modules()],
        "requires_grad": [p.requires_grad for p in model.parameters()],
        "grad": [p.grad is None for p in model.parameters()],
        "weights": [p.detach().clone() for p in model.state_dict().values()],
        "hooks": hooks(model),
        "forwards": [vars(module).get("forward") for module in model.modules()],
        "attributes": [sorted(vars(module)) for module in model.modules()],
        "torch": torch.random.get_rng_state(),
        "numpy": np.random.get_state()[1],
        "python": random.getstate(),
        "grad enabled": torch.is_grad_enabled(),
        "inference": torch.is_inference_mode_enabled(),
    }


def same(one: Any, other: Any) -> bool:
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if torch.is_tensor(one):
        return torch.equal(one, other)
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other)
    return bool(one == other)


def check(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert [name for name in before if not same(before[name], after[name])] == []


def mixed(name: str, auto: Any = transformers.AutoModel, **fields: Any) -> Any:
    """Return a model of which some modules are in training mode and some parameters frozen."""
    model = fresh(name, auto, **fields)
    for k, module in enumerate(model.modules()):
        module.training = k % 3 == 0
    for k, parameter in enumerate(model.parameters()):
        parameter.requires_grad = k % 2 == 0
    model.register_forward_hook(lambda *_: None)
    return model


def output(model: Any, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
    with torch.no_grad():
        found: torch.Tensor = model(**inputs)[0].clone()
        return found


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_changed_by_a_capture(name: str) -> None:
    model = mixed(name)
    before = state(model)
    capture(model, inputs_of(model))
    check(before, state(model))


@pytest.mark.parametrize("name", NAMES)
def test_outputs_are_the_same_bit_for_bit_afterwards(name: str) -> None:
    model = fresh(name)
    inputs = inputs_of(model)
    before = output(model, inputs)
    capture(model, inputs)
    assert torch.equal(output(model, inputs), before)


@pytest.mark.parametrize("name", NAMES)
def test_inputs_are_left_alone(name: str) -> None:
    model = fresh(name)
    inputs = {**inputs_of(model), "attention_mask": torch.ones(1, 13, dtype=torch.long)}
    before = {key: value.clone() for key, value in inputs.items()}
    capture(model, inputs)
    assert list(inputs) == list(before)
    assert all(torch.equal(inputs[key], before[key]) for key in before)


@pytest.mark.parametrize("implementation", ["sdpa", "eager"])
def test_the_implementation_that_was_chosen_is_chosen_afterwards(implementation: str) -> None:
    for name in ("bert", "llama", "t5"):
        model = fresh(name)
        model.set_attn_implementation(implementation)
        capture(model, inputs_of(model))
        assert {config._attn_implementation for config in configs(model)} == {implementation}


def test_parts_with_different_implementations_keep_their_own() -> None:
    model = fresh("bert2bert")
    model.encoder.set_attn_implementation("eager")
    model.decoder.set_attn_implementation("sdpa")
    before = state(model)
    capture(model, inputs_of(model))
    check(before, state(model))
    assert model.encoder.config._attn_implementation == "eager"


def test_training_mode_does_not_matter() -> None:
    """Dropout would make the weights random."""
    model = fresh("bert").train()
    assert model.config.attention_probs_dropout_prob > 0
    first, second = (capture(model, inputs_of(model))[0].layers[1] for _ in range(2))
    assert torch.equal(first.q, second.q)
    assert model.training


# Hooks of transformers, which it installs when weights are first asked for


def decided(name: str) -> tuple[Any, dict[str, torch.Tensor]]:
    auto = transformers.AutoModelForSeq2SeqLM
    if name != "t5":
        auto = transformers.AutoModelForSequenceClassification
    model = fresh(name, auto, pad_token_id=0)
    return model, inputs_of(model)


def ask(model: Any, inputs: dict[str, torch.Tensor]) -> int:
    """Return how many matrices a model tells."""
    with torch.no_grad():
        output = model(**inputs, output_attentions=True)
    fields = ("attentions", "encoder_attentions", "decoder_attentions", "cross_attentions")
    layers = [layer for field in fields for layer in output.get(field) or ()]
    assert all(torch.is_tensor(layer) and layer.dim() == 4 for layer in layers)
    return len(layers)


@pytest.mark.parametrize("name", ["bert", "gpt2", "llama", "t5", "xlm"])
@pytest.mark.parametrize("asked_before", [False, True])
def test_no_hooks_are_left_and_weights_can_be_asked_for(name: str, asked_before: bool) -> None:
    other, inputs = decided(name)
    other.set_attn_implementation("eager")
    expected = ask(other, inputs)
    assert expected > 0
    model, inputs = decided(name)
    model.set_attn_implementation("eager")
    if asked_before:
        ask(model, inputs)
    before = state(model)
    attribute(model, inputs, method="gradient_x_attention")
    check(before, state(model))
    with undisturbed(model), torch.no_grad():
        run_eager(model, inputs, lambda *_: True)
    check(before, state(model))
    assert [ask(model, inputs), ask(model, inputs)] == [expected, expected]
    # And both once more, now that transformers has hooks of its own there.
    before = state(model)
    attribute(model, inputs, method="gradient_x_attention")
    capture(model, inputs)
    check(before, state(model))
    assert ask(model, inputs) == expected


def test_hooks_are_removed_after_an_error() -> None:
    model, inputs = decided("bert")
    before = state(model)
    with suppress(Broken), undisturbed(model):
        ask(model, inputs)
        model.register_forward_pre_hook(lambda *_: None, with_kwargs=True)
        raise Broken
    check(before, state(model))
    assert not model._forward_pre_hooks_with_kwargs


# What goes wrong in the middle


def breaking(model: Any, error: BaseException) -> Callable[[], None]:
    """Let the last module that has weights of its own raise."""

    def hook(*_: Any) -> None:
        raise error

    inner = [m for m in model.modules() if isinstance(m, torch.nn.LayerNorm)]
    inner = inner or [m for m in model.modules() if not list(m.children())]
    return inner[-1].register_forward_hook(hook).remove


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("error", [Broken("stop"), KeyboardInterrupt()], ids=["error", "interrupt"])
def test_nothing_is_changed_when_it_breaks(name: str, error: BaseException) -> None:
    model = mixed(name)
    inputs = inputs_of(model)
    expected = output(model.eval(), inputs)
    model = mixed(name)
    remove = breaking(model, error)
    before = state(model)
    with pytest.raises(type(error)):
        capture(model, inputs)
    check(before, state(model))
    remove()
    # And the next one works.
    assert capture(model, inputs)
    assert torch.equal(output(model.eval(), inputs), expected)


def test_an_error_while_the_weights_are_told_changes_nothing() -> None:
    """The second run, with weights, is for families that do not ask the interface."""
    model = mixed("xlm")

    def hook(_: Any, __: Any, given: dict[str, Any]) -> None:
        if "output_attentions" in given:
            raise Broken

    model.register_forward_pre_hook(hook, with_kwargs=True)
    before = state(model)
    with pytest.raises(Broken):
        capture(model, inputs_of(model))
    check(before, state(model))


def test_a_refusal_changes_nothing() -> None:
    model = mixed("bert")
    before = state(model)
    with pytest.raises(tfw.InputError):
        capture(model, inputs_of(model), layers=[9])
    check(before, state(model))


def test_the_recorder_is_gone_afterwards() -> None:
    """A model that another thread or hook runs is not taken down."""
    model = fresh("bert")
    remove = breaking(model, KeyboardInterrupt())
    with suppress(KeyboardInterrupt):
        capture(model, inputs_of(model))
    remove()
    assert recorder._current == []


# What the model computes meanwhile


@pytest.mark.parametrize(
    "name", ["bert", "gpt2", "llama", "mistral", "gemma2", "gpt-oss", "modernbert", "t5", "bart"]
)
@pytest.mark.parametrize("padded", [False, True])
def test_a_model_computes_the_same_while_it_is_taken_down(name: str, padded: bool) -> None:
    model = fresh(name)
    inputs = inputs_of(model)
    if padded:
        inputs["attention_mask"] = torch.tensor([[1] * 10 + [0] * 3])
    expected = output(model, inputs)
    with recording(model, lambda _: True) as taker:
        found = output(model, inputs)
    assert taker.taken
    rows = slice(0, 10) if padded and not model.config.is_encoder_decoder else slice(None)
    torch.testing.assert_close(found[:, rows], expected[:, rows], rtol=0, atol=1e-5)


def test_layers_that_nobody_wants_compute_the_same() -> None:
    model = fresh("llama")
    inputs = inputs_of(model)
    expected = output(model, inputs)
    with recording(model, lambda _: False) as taker:
        found = output(model, inputs)
    assert taker.taken == []
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)


# Through the front door


@pytest.fixture
def pair(tmp_path: Any) -> tuple[Any, Any]:
    tokenizer = transformers.AutoTokenizer.from_pretrained(str(tiny_tokenizer(tmp_path)))
    return mixed("bert"), tokenizer


@pytest.mark.parametrize("text", ["the cat sat", "the cat " * 300, ["a", "the dog"], ""])
def test_the_tokenizer_keeps_truncation_and_padding(pair: tuple[Any, Any], text: Any) -> None:
    model, tokenizer = pair
    rust = tokenizer.backend_tokenizer
    for truncation, padding in ((None, None), ({"max_length": 3}, {"length": 7})):
        rust.no_truncation() if truncation is None else rust.enable_truncation(**truncation)
        rust.no_padding() if padding is None else rust.enable_padding(**padding)
        before = state(model), rust.truncation, rust.padding, rust.to_str()
        with suppress(tfw.InputError):
            tfw.attention(text, model=pair, progress=False)
        check(before[0], state(model))
        assert (rust.truncation, rust.padding, rust.to_str()) == before[1:]


def test_the_tokenizer_is_restored_when_it_fails(
    pair: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, tokenizer = pair
    rust = tokenizer.backend_tokenizer
    rust.enable_truncation(5)

    def fails(*_: Any, **__: Any) -> None:
        rust.enable_truncation(2)
        rust.enable_padding(length=9)
        raise ValueError("no\nway")

    monkeypatch.setattr(type(tokenizer), "__call__", fails)
    with pytest.raises(tfw.ModelError, match="cannot read the text: no way"):
        tfw.attention("the cat", model=pair)
    assert (rust.truncation["max_length"], rust.padding) == (5, None)


def test_writing_leaves_a_model_alone() -> None:
    tokenizer = dressed("Unigram, first", eos_token="</s>", pad_token="<pad>")  # noqa: S106
    fields = {"vocab_size": len(tokenizer), "decoder_start_token_id": 0, "eos_token_id": 1}
    model = mixed("t5", transformers.AutoModelForSeq2SeqLM, **fields)
    before = state(model), model.generation_config.to_dict()
    view = tfw.attention("the fox", model=(model, tokenizer), generate=4)
    assert view.kinds == ["encoder", "decoder", "cross"]
    check(before[0], state(model))
    assert model.generation_config.to_dict() == before[1]
