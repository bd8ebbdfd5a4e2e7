"""Weights that somebody has already: any library, any nesting, and clear refusals."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import pytest
import torch
import transformers

import tfwidgets as tfw
from tests.attention.families import eager, fresh, inputs_of
from tests.attention.made import random_weights

N = 6
TOKENS = ["[CLS]", "the", "cat", "sat", ".", "[SEP]"]
LAYERS = [random_weights(4, N, seed=k)[None] for k in range(3)]


def read(attention: Any = None, tokens: Any = None, *rest: Any, **more: Any) -> Any:
    return tfw.AttentionView.from_tensors(attention, tokens, *rest, **more)


def refused(*arguments: Any, **more: Any) -> str:
    with pytest.raises(tfw.InputError) as error:
        read(*arguments, **more)
    message = str(error.value)
    assert len(message) < 500
    return message


class Numpy:
    """As TensorFlow has it: ``numpy()`` alone gives the values."""

    def __init__(self, values: Any) -> None:
        self._values = values

    def numpy(self) -> Any:
        return self._values


class Array:
    """As JAX has it: an array by protocol, which cannot be written to."""

    def __init__(self, values: Any) -> None:
        self._values = values

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        values = self._values.astype(dtype) if dtype else self._values.copy()
        values.flags.writeable = False
        return values


WAYS = {
    "tuple of tensors": lambda layers: tuple(layers),
    "list of tensors": lambda layers: list(layers),
    "without the text's dimension": lambda layers: [layer[0] for layer in layers],
    "with gradients": lambda layers: [layer.clone().requires_grad_() for layer in layers],
    "float64": lambda layers: [layer.double() for layer in layers],
    "numpy": lambda layers: [layer.numpy() for layer in layers],
    "numpy backwards": lambda layers: [
        np.ascontiguousarray(layer.numpy()[..., ::-1])[..., ::-1] for layer in layers
    ],
    "numpy that cannot be written": lambda layers: [frozen(layer.numpy()) for layer in layers],
    "numpy of another order": lambda layers: [np.asfortranarray(layer.numpy()) for layer in layers],
    "numpy, big-endian": lambda layers: [layer.numpy().astype(">f4") for layer in layers],
    "one array of five dimensions": lambda layers: torch.stack(list(layers)),
    "one array of four": lambda layers: torch.stack([layer[0] for layer in layers]).numpy(),
    "nested lists": lambda layers: [layer.tolist() for layer in layers],
    "nested lists without the text": lambda layers: [layer[0].tolist() for layer in layers],
    "numpy()": lambda layers: [Numpy(layer.numpy()) for layer in layers],
    "numpy() of all": lambda layers: Numpy(torch.stack(list(layers)).numpy()),
    "__array__": lambda layers: [Array(layer.numpy()) for layer in layers],
    "__array__ of all": lambda layers: Array(torch.stack(list(layers)).numpy()),
}

if importlib.util.find_spec("jax"):  # pragma: no cover - no dependency of ours
    WAYS["jax"] = lambda layers: [
        __import__("jax").numpy.asarray(layer.numpy()) for layer in layers
    ]


def frozen(array: Any) -> Any:
    array = array.copy()
    array.flags.writeable = False
    return array


@pytest.mark.parametrize("way", WAYS)
def test_arrays_of_any_kind(way: str) -> None:
    view = read(WAYS[way](LAYERS), TOKENS)
    assert (view.kinds, view.tokens, view.target_tokens) == (["self"], TOKENS, None)
    for number, layer in enumerate(LAYERS):
        for head in range(4):
            found = view.weights(number, head)
            assert found.dtype == np.float32
            np.testing.assert_allclose(found, layer[0, head], atol=1e-7)
    assert view.notes == []


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_halves(dtype: torch.dtype) -> None:
    view = read([layer.to(dtype) for layer in LAYERS], TOKENS)
    np.testing.assert_allclose(view.weights(0, 1), LAYERS[0][0, 1], atol=4e-3)


@pytest.mark.parametrize("way", WAYS)
def test_what_was_given_is_not_changed(way: str) -> None:
    given = WAYS[way]([layer.clone() for layer in LAYERS])
    again = WAYS[way](LAYERS)
    view = read(given, TOKENS)
    view.weights(0, "mean")
    view.head_stats()
    view.rollout()
    view.to_frame()
    view.matrix(0, 0, special_tokens=False, renormalize=True).block((0, 4), (0, 4))
    layers = given if isinstance(given, (list, tuple)) else [given]
    for one, other in zip(layers, again if layers is given else [again], strict=True):
        one, other = (x.numpy() if isinstance(x, Numpy) else x for x in (one, other))
        one, other = (x.detach() if torch.is_tensor(x) else np.asarray(x) for x in (one, other))
        np.testing.assert_array_equal(one, other)


def test_what_a_view_gives_is_a_copy() -> None:
    given = [layer.clone() for layer in LAYERS]
    view = read(given, TOKENS)
    for array in (view.weights(0, 0), view.row(0, 0), view.rollout(), view.weights(0, "mean")):
        array[:] = 7
    assert all(torch.equal(a, b) for a, b in zip(given, LAYERS, strict=True))
    np.testing.assert_allclose(view.rollout().sum(1), np.ones(N), atol=1e-5)


# Outputs of models


@pytest.mark.parametrize("name", ["bert", "gpt2", "xlnet"])
def test_the_output_of_a_model(name: str) -> None:
    model = fresh(name)
    inputs = inputs_of(model)
    model.set_attn_implementation("eager")
    output = model(**inputs, output_attentions=True)
    expected = eager(model, inputs)["self"]
    for given in (output, dict(output), output.attentions):
        view = read(given)
        assert view.tokens == [str(k) for k in range(13)]
        np.testing.assert_allclose(view.weights(1, 2), expected[1][2].detach(), atol=1e-6)


@pytest.mark.parametrize("name", ["t5", "bart"])
def test_the_output_of_an_encoder_decoder(name: str) -> None:
    model = fresh(name)
    inputs = inputs_of(model)
    model.set_attn_implementation("eager")
    output = model(**inputs, output_attentions=True)
    source, target = [f"s{k}" for k in range(13)], [f"t{k}" for k in range(7)]
    whole = read(output, encoder_tokens=source, decoder_tokens=target)
    single = read(
        encoder_attention=output.encoder_attentions,
        decoder_attention=output.decoder_attentions,
        cross_attention=output.cross_attentions,
        encoder_tokens=source,
        decoder_tokens=target,
    )
    for kind, layers in eager(model, inputs).items():
        for view in (whole, single):
            assert view.kinds == ["encoder", "decoder", "cross"]
            assert (view.tokens, view.target_tokens) == (source, target)
            np.testing.assert_allclose(view.weights(1, 1, kind), layers[1][1], atol=1e-6)


def test_a_decoder_with_cross_attention() -> None:
    """Its own attention is called ``attentions`` in its output."""
    own, cross = random_weights(2, 4, is_causal=True), random_weights(2, 4, 7)
    output = transformers.modeling_outputs.BaseModelOutputWithPastAndCrossAttentions(
        attentions=(own[None],), cross_attentions=(cross[None],)
    )
    view = read(output, encoder_tokens=list("abcdefg"), decoder_tokens=list("wxyz"))
    assert view.kinds == ["decoder", "cross"]
    np.testing.assert_allclose(view.weights(0, 1, "decoder"), own[1])
    np.testing.assert_allclose(view.weights(0, 1, "cross"), cross[1])


@pytest.mark.parametrize("name", ["bert", "t5", "llama"])
def test_weights_that_sdpa_does_not_return_are_explained(name: str) -> None:
    model = fresh(name)
    assert model.config._attn_implementation == "sdpa"
    output = model(**inputs_of(model), output_attentions=True)
    given: tuple[Any, ...] = (output,)
    if name != "t5":
        assert output.attentions == ()
        given = (output, output.attentions)
    for one in given:
        message = refused(one)
        assert "sdpa" in message
        assert 'model.set_attn_implementation("eager")' in message
        assert "tfw.attention(text, model=(model, tokenizer))" in message


def test_the_advice_works() -> None:
    model = fresh("bert")
    model.set_attn_implementation("eager")
    assert read(model(**inputs_of(model), output_attentions=True)).kinds == ["self"]


def test_an_output_without_attention_is_explained() -> None:
    model = fresh("bert")
    message = refused(model(**inputs_of(model)))
    assert "output_attentions=True" in message
    assert "output_attentions=True" in refused({"attentions": None})


# What generate returns


def written(name: str, auto: Any, **options: Any) -> tuple[Any, Any, Any]:
    """Return what a model wrote, greedily, and itself."""
    model = fresh(name, auto)
    model.set_attn_implementation("eager")
    fields = {"eos_token_id": None, "pad_token_id": 0, "decoder_start_token_id": 2}
    for key, value in fields.items():
        setattr(model.generation_config, key, value)
    ids = inputs_of(model)["input_ids"]
    output = model.generate(
        ids,
        max_new_tokens=5,
        do_sample=False,
        output_attentions=True,
        return_dict_in_generate=True,
        **options,
    )
    return model, ids, output


@pytest.mark.parametrize("use_cache", [True, False])
@pytest.mark.parametrize("name", ["gpt2", "llama"])
def test_what_a_decoder_wrote(name: str, use_cache: bool) -> None:
    model, _, output = written(name, transformers.AutoModelForCausalLM, use_cache=use_cache)
    sequence = output.sequences
    expected = eager(model, {"input_ids": sequence[:, :-1]})["self"]
    tokens = [f"t{k}" for k in sequence[0].tolist()]
    for given in (output, output.attentions):
        for named in (tokens, tokens[:-1]):
            view = read(given, named)
            assert view.tokens == tokens[:-1]
            for layer, weights in enumerate(expected):
                for head in range(4):
                    np.testing.assert_allclose(
                        view.weights(layer, head), weights[head], atol=2e-6, rtol=0
                    )


@pytest.mark.parametrize("use_cache", [True, False])
@pytest.mark.parametrize("name", ["t5", "bart"])
def test_what_an_encoder_decoder_wrote(name: str, use_cache: bool) -> None:
    model, ids, output = written(name, transformers.AutoModelForSeq2SeqLM, use_cache=use_cache)
    target = output.sequences
    expected = eager(model, {"input_ids": ids, "decoder_input_ids": target[:, :-1]})
    view = read(
        output,
        encoder_tokens=[f"s{k}" for k in ids[0].tolist()],
        decoder_tokens=[f"t{k}" for k in target[0].tolist()],
    )
    assert view.kinds == ["encoder", "decoder", "cross"]
    assert len(view.target_tokens) == target.shape[1] - 1
    for kind, layers in expected.items():
        for layer, weights in enumerate(layers):
            np.testing.assert_allclose(view.weights(layer, 1, kind), weights[1], atol=2e-6, rtol=0)
    alone = read(
        cross_attention=output.cross_attentions,
        encoder_tokens=[str(k) for k in range(13)],
        decoder_tokens=[str(k) for k in range(5)],
    )
    np.testing.assert_allclose(alone.weights(1, 1, "cross"), expected["cross"][1][1], atol=2e-6)


def test_beams_are_refused() -> None:
    steps = [
        tuple(torch.rand(batch, 2, queries, keys) for _ in range(2))
        for batch, queries, keys in ((1, 4, 4), (3, 1, 5))
    ]
    assert "without beams" in refused(tuple(steps))


def test_steps_without_weights_are_explained() -> None:
    assert "sdpa" in refused(((), ()))
    assert "sdpa" in refused(((), ()), TOKENS)


# As bertviz is called


def test_a_call_of_bertviz_for_one_stack() -> None:
    view = read(LAYERS, TOKENS)
    assert view.items[0].axes[0].split is None
    pair = read(LAYERS, TOKENS, 3)
    assert pair.items[0].axes[0].split == 3
    assert read(attention=LAYERS, tokens=TOKENS, sentence_b_start=3).items[0].axes[0].split == 3
    some = read(LAYERS, TOKENS, include_layers=[2, 0])
    assert some.items[0].pane("self").names == ["0", "2"]
    np.testing.assert_allclose(some.weights(2, 1), LAYERS[2][0, 1])
    np.testing.assert_allclose(some.weights(-1, 1), LAYERS[2][0, 1])


def test_a_call_of_bertviz_for_two_stacks() -> None:
    encoder = [random_weights(2, 5, seed=k)[None] for k in range(4)]
    decoder = [random_weights(3, 3, is_causal=True, seed=k)[None] for k in range(2)]
    cross = [random_weights(3, 3, 5, seed=k)[None] for k in range(2)]
    both = {"encoder_tokens": list("abcde"), "decoder_tokens": list("xyz")}
    given = {
        "encoder_attention": encoder,
        "decoder_attention": decoder,
        "cross_attention": cross,
    }
    view = read(**given, **both)
    shapes = {p.kind: (len(p.layers), p.heads, p.is_causal) for p in view.items[0].panes}
    assert shapes == {"encoder": (4, 2, False), "decoder": (2, 3, True), "cross": (2, 3, False)}
    np.testing.assert_allclose(view.weights(3, 1, "encoder"), encoder[3][0, 1])
    np.testing.assert_allclose(view.weights(1, 2, "cross"), cross[1][0, 2])
    # A layer that only one side has is one of that side.
    last = read(**given, **both, include_layers=[1, 3])
    assert {p.kind: p.names for p in last.items[0].panes} == {
        "encoder": ["1", "3"],
        "decoder": ["1"],
        "cross": ["1"],
    }
    assert read(**given, **both, include_layers=[3]).kinds == ["encoder"]
    for kind in given:
        alone = read(**{kind: given[kind]}, **both)
        assert alone.kinds == [kind.removesuffix("_attention")]


def test_tokens_need_not_be_there() -> None:
    assert read(LAYERS).tokens == [str(k) for k in range(N)]
    view = read(cross_attention=[random_weights(1, 2, 3)[None]])
    assert (view.tokens, view.target_tokens) == (["0", "1", "2"], ["0", "1"])


def test_layers_may_have_different_heads() -> None:
    view = read([random_weights(2, N)[None], random_weights(5, N)[None]], TOKENS)
    assert view.weights(1, 4).shape == (N, N)
    with pytest.raises(tfw.InputError, match="from 0 to 1"):
        view.weights(0, 4)


# Several texts


def test_a_batch_is_several_texts() -> None:
    layers = [torch.cat([layer, layer.flip(2)]) for layer in LAYERS]
    view = read(layers, [TOKENS, list("uvwxyz")])
    assert (len(view), view[1].tokens) == (2, list("uvwxyz"))
    np.testing.assert_allclose(view.weights(1, 2, item=1), layers[1][1, 2])
    np.testing.assert_allclose(view[1].weights(1, 2), layers[1][1, 2])
    assert [len(one) for one in view] == [1, 1]
    unnamed = read(layers)
    assert len(unnamed) == 2
    assert read(layers, ([*TOKENS], tuple("uvwxyz")))[1].tokens == list("uvwxyz")


def test_a_batch_needs_tokens_for_each() -> None:
    layers = [torch.cat([layer, layer]) for layer in LAYERS]
    for tokens, count in ((TOKENS, 1), ([TOKENS] * 3, 3)):
        message = refused(layers, tokens)
        assert f"attention for 2 texts (the first dimension), and tokens for {count}" in message
        assert "[layer[:1] for layer in attention]" in message
    read([layer[:1] for layer in layers], TOKENS)  # the advice works
    assert "tokens[1] has 5 tokens" in refused(layers, [TOKENS, TOKENS[:5]])


# What does not fit


def test_wrong_shapes_are_named_with_what_was_expected() -> None:
    for shape in ((N, N), (N,), (1, 1, 1, 4, N, N)):
        message = refused([torch.zeros(shape)], TOKENS)
        assert f"attention[0] has the shape {shape}" in message
        assert "(texts, heads, queries, keys)" in message
    assert "has the shape (6, 6)" in refused(torch.zeros(N, N), TOKENS)
    assert "encoder_attention[0] has the shape (6, 6)" in refused(
        encoder_attention=[torch.zeros(N, N)]
    )


@pytest.mark.parametrize("count", [0, 1, 5, 7, 12])
def test_tokens_that_do_not_fit(count: int) -> None:
    message = refused(LAYERS, [f"t{k}" for k in range(count)])
    assert f"tokens has {count} tokens" in message
    assert "attention has the shape (1, 4, 6, 6): expected 6 tokens" in message


def test_tokens_of_two_sides_that_do_not_fit() -> None:
    cross = [random_weights(2, 3, 5)[None]]
    message = refused(cross_attention=cross, encoder_tokens=list("abc"), decoder_tokens=list("xyz"))
    assert "encoder_tokens has 3 tokens" in message
    assert "cross_attention has the shape (1, 2, 3, 5): expected 5 tokens" in message
    message = refused(
        cross_attention=cross, encoder_tokens=list("abcde"), decoder_tokens=list("abcde")
    )
    assert "decoder_tokens has 5 tokens" in message


def test_matrices_that_do_not_fit_each_other() -> None:
    message = refused([LAYERS[0], random_weights(4, 5)[None]], TOKENS)
    assert "attention[1] has the shape (1, 4, 5, 5), attention[0] (1, 4, 6, 6)" in message
    message = refused(
        encoder_attention=[random_weights(2, 4)[None]],
        cross_attention=[random_weights(2, 3, 5)[None]],
    )
    assert "(1, 2, 4, 4)" in message
    assert "(1, 2, 3, 5)" in message
    assert "encoder tokens" in message


def test_matrices_of_one_text_are_square() -> None:
    message = refused([random_weights(2, 4, 6)[None]])
    assert "(1, 2, 4, 6)" in message


def test_what_is_no_array_is_named() -> None:
    for value, name in (
        ("abc", "str"),
        ({"a": 1}, "dict"),
        (object(), "object"),
        (7, "int"),
        ([["a", "b"]], "list"),
        ([[[[[object()]]]]], "list"),
    ):
        message = refused(value, TOKENS)
        assert "attention" in message
        assert name in message or "shape" in message


@pytest.mark.parametrize("value", [[], (), np.zeros((0, 1, 2, 3, 3))])
def test_no_layers_at_all(value: Any) -> None:
    assert "attention is empty" in refused(value, [])


def test_no_tokens_at_all() -> None:
    assert refused([torch.zeros(1, 2, 0, 0)], [])
    assert refused([torch.zeros(1, 0, 3, 3)], ["a", "b", "c"])
    assert refused([torch.zeros(0, 2, 3, 3)])


def test_layers_without_weights() -> None:
    for value in ((LAYERS[0], None), (None, None, None)):
        message = refused(value, TOKENS)
        assert "None" in message
        assert 'set_attn_implementation("eager")' in message


@pytest.mark.parametrize(
    ("tokens", "said"),
    [
        ("abcdef", "tokens is str: expected a list of strings"),
        (7, "tokens is int: expected a list of strings"),
        ([1, 2, 3, 4, 5, 6], "tokens holds int: expected strings"),
        (torch.arange(6), "tokenizer.convert_ids_to_tokens"),
        ([[1, 2, 3, 4, 5, 6]], "tokenizer.convert_ids_to_tokens"),
        ([None] * 6, "tokens holds NoneType"),
        ([["a", "b", "c", "d", "e", 7]], "tokens holds int"),
        (["a", "b", "c", "d", "e", 7], "tokens holds"),
    ],
)
def test_tokens_that_are_none(tokens: Any, said: str) -> None:
    assert said in refused(LAYERS, tokens)


@pytest.mark.parametrize("start", [0, 6, 7, -1])
def test_a_second_text_that_starts_nowhere(start: int) -> None:
    message = refused(LAYERS, TOKENS, start)
    assert f"sentence_b_start={start}: it is the position of a token from 1 to 5" in message


@pytest.mark.parametrize("layers", [[3], [-1], [], [0, 9]])
def test_layers_that_are_not_there(layers: list[int]) -> None:
    message = refused(LAYERS, TOKENS, include_layers=layers)
    assert f"include_layers={layers}: there are layers 0 to 2" in message


@pytest.mark.parametrize("layers", ["all", [None], ["0"], 1.5])
def test_layers_that_are_no_numbers(layers: Any) -> None:
    assert "include_layers" in refused(LAYERS, TOKENS, include_layers=layers)


def test_one_layer_may_be_a_number() -> None:
    view = read(LAYERS, TOKENS, include_layers=[np.int64(1)])
    assert view.items[0].pane("self").names == ["1"]


def test_kinds_that_do_not_go_together() -> None:
    assert "There is no attention" in refused()
    assert "There is no attention" in refused(tokens=TOKENS)
    assert "attention= is for models with one stack" in refused(
        LAYERS, TOKENS, encoder_attention=LAYERS
    )
    assert "tokens= goes with attention=" in refused(
        tokens=TOKENS, encoder_attention=LAYERS, decoder_attention=LAYERS
    )
    assert "sentence_b_start goes with attention=" in refused(
        sentence_b_start=2, encoder_attention=LAYERS
    )
    two = [torch.cat([layer, layer]) for layer in LAYERS]
    assert "for [1, 2] texts" in refused(encoder_attention=LAYERS, decoder_attention=two)


# Values that are no weights


def test_what_is_no_number_is_told_and_kept() -> None:
    layers = [layer.clone() for layer in LAYERS]
    layers[1][0, 2, 3, 4] = torch.nan
    view = read(layers, TOKENS)
    (note,) = view.notes
    assert "not numbers (NaN)" in note
    assert np.isnan(view.weights(1, 2)).sum() == 1
    assert not np.isnan(view.weights(1, 1)).any()
    assert len(view.to_frame(10)) == 10
    assert not view.to_frame(1000)["weight"].isna().any()
    assert repr(view)


@pytest.mark.parametrize("value", [-0.5, 1.5, np.inf, -np.inf])
def test_what_is_out_of_range_is_told_and_kept(value: float) -> None:
    layers = [layer.clone() for layer in LAYERS]
    layers[2][0, 0, 0, 0] = value
    view = read(layers, TOKENS)
    assert any("below 0 or above 1" in note for note in view.notes)
    assert view.weights(2, 0)[0, 0] == value
    assert repr(view)


def test_rounding_is_not_told() -> None:
    assert read([layer * 1.0001 for layer in LAYERS], TOKENS).notes == []


def test_whole_numbers_are_numbers() -> None:
    view = read([torch.eye(3, dtype=torch.long)[None, None]], list("abc"))
    assert view.weights(0, 0).tolist() == np.eye(3).tolist()
    view = read([np.eye(3, dtype=bool)[None]], list("abc"))
    assert view.weights(0, 0).tolist() == np.eye(3).tolist()


def test_what_is_causal_is_seen() -> None:
    assert read([random_weights(2, 5, is_causal=True)]).items[0].pane("self").is_causal
    assert not read(LAYERS).items[0].pane("self").is_causal


def test_an_attribution_of_tensors_is_refused() -> None:
    with pytest.raises(tfw.InputError, match="needs the model: these are tensors"):
        read(LAYERS, TOKENS).attribution()


def test_attention_itself_points_here() -> None:
    for value in (torch.zeros(1), transformers.modeling_outputs.BaseModelOutput(attentions=())):
        with pytest.raises(tfw.InputError, match="from_tensors"):
            tfw.attention(value)


# What bertviz takes besides


def test_the_fourth_argument_of_bertviz() -> None:
    assert read(LAYERS, TOKENS, None, True).notes == []
    assert read(LAYERS, TOKENS, 2, False).notes[0].startswith("prettify_tokens has no effect")


def test_what_has_no_effect_is_told() -> None:
    view = read(LAYERS, TOKENS, display_mode="light", html_action="return")
    assert [note.split()[0] for note in view.notes] == ["display_mode", "html_action"]
    assert read(LAYERS, TOKENS, prettify_tokens=True, html_action="view").notes == []


def test_a_layer_and_heads_to_begin_with() -> None:
    assert read(LAYERS, TOKENS).start is None
    assert read(LAYERS, TOKENS, layer=2, heads=[3, 1]).start == (2, [3, 1])
    assert read(LAYERS, TOKENS, layer=np.int64(1)).start == (1, [0, 1, 2, 3])
    assert read(LAYERS, TOKENS, heads=2).start == (0, [2])
    view = read(LAYERS, TOKENS, layer=2, heads=[3], include_layers=[0, 2], include_heads=[1, 3])
    assert view.start == (1, [1])
    assert view[0].start == (1, [1])
    assert view.widget().summary["start"] == {"layer": 1, "heads": [1]}
    assert "start" not in read(LAYERS, TOKENS).widget().summary


def test_heads_to_keep() -> None:
    view = read(LAYERS, TOKENS, include_heads=[3, 1, 3])
    assert view.items[0].pane("self").heads == 2
    for layer in range(3):
        np.testing.assert_array_equal(view.weights(layer, 0), LAYERS[layer][0, 3])
        np.testing.assert_array_equal(view.weights(layer, 1), LAYERS[layer][0, 1])
    assert view.notes == [
        "Of each layer the heads 3, 1 are kept; here they are counted from 0.",
    ]
    assert read(LAYERS, TOKENS, include_heads=range(4)).notes == []
    assert "there are heads 0 to 3" in refused(LAYERS, TOKENS, include_heads=[4])
    assert "numbers of heads" in refused(LAYERS, TOKENS, include_heads=[])
    assert "there are the heads 1, 3" in refused(LAYERS, TOKENS, heads=[0], include_heads=[1, 3])
    assert "there are the layers 0 to 2" in refused(LAYERS, TOKENS, layer=7)
