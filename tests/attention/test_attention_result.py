"""``tfw.attention`` and the data of what it returns."""

from __future__ import annotations

import json
import pickle
import re
from typing import Any

import numpy as np
import pytest
import torch

import tfwidgets as tfw
from tests.attention.families import eager
from tests.attention.made import random_weights, two_sides, view_of
from tests.attention.models import tiny, tiny_gpt, tiny_t5
from tfwidgets.attention.capture import Pane
from tfwidgets.attention.result import AttentionView

TEXT = "the unhappy cat sat on the mat."


@pytest.fixture(scope="module")
def view() -> AttentionView:
    return tfw.attention(TEXT, model=tiny())


def told(view: AttentionView, item: int = 0) -> dict[str, list[torch.Tensor]]:
    """Return what the model itself tells for the inputs of a view."""
    inputs = view.items[item].inputs
    assert inputs is not None
    return eager(view.model.model, inputs)


# One text


def test_a_text(view: AttentionView) -> None:
    assert " ".join(view.tokens) == "[CLS] the un ##happy cat sat on the mat . [SEP]"
    assert (view.kinds, view.target_tokens, view.notes) == (["self"], None, [])
    assert view.name == "BertModel"
    for layer, weights in enumerate(told(view)["self"]):
        for head in range(4):
            found = view.weights(layer, head)
            assert (found.shape, found.dtype) == ((11, 11), np.float32)
            np.testing.assert_allclose(found, weights[head], atol=1e-6)


def test_heads_are_numbers_lists_or_all(view: AttentionView) -> None:
    heads = np.stack([view.weights(1, head) for head in range(4)])
    for head, expected in (
        ("mean", heads.mean(0)),
        (None, heads.mean(0)),
        ([0, 2], heads[[0, 2]].mean(0)),
        ((3,), heads[3]),
        (range(2), heads[:2].mean(0)),
        (np.array([1, 3]), heads[[1, 3]].mean(0)),
        (-1, heads[3]),
        (np.int64(2), heads[2]),
        ([-4, -1], heads[[0, 3]].mean(0)),
    ):
        np.testing.assert_allclose(view.weights(1, head), expected, atol=1e-6)
    np.testing.assert_array_equal(view.weights(-1, 0), heads[0])
    np.testing.assert_array_equal(view.weights(-2, 0), view.weights(0, 0))


def test_a_row_has_all_heads(view: AttentionView) -> None:
    for layer, query in ((0, 0), (1, 5), (-1, -1), (-2, 10)):
        row = view.row(layer, query)
        assert (row.shape, row.dtype) == ((4, 11), np.float32)
        for head in range(4):
            np.testing.assert_allclose(row[head], view.weights(layer, head)[query], atol=1e-6)


def test_rows_add_up_to_one(view: AttentionView) -> None:
    for layer in range(2):
        np.testing.assert_allclose(view.weights(layer, "mean").sum(1), np.ones(11), atol=1e-5)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((2, 0), "layer=2: there are the layers 0 to 1"),
        ((-3, 0), "layer=-3: there are the layers 0 to 1"),
        (("first", 0), "layer is a number, not 'first'"),
        ((1.0, 0), "layer is a number, not 1.0"),
        ((None, 0), "layer is a number, not None"),
        ((True, 0), "layer is a number, not True"),
        ((0, 4), "head=4: a number from 0 to 3, a list of them, or 'mean'"),
        ((0, -5), "head=-5: a number from 0 to 3"),
        ((0, [0, 4]), "head=[0, 4]: a number from 0 to 3"),
        ((0, []), "head=[]: a number from 0 to 3"),
        ((0, "all"), "head='all': a number from 0 to 3"),
        ((0, 1.5), "head=1.5: a number from 0 to 3"),
        ((0, ["a"]), "head=['a']: a number from 0 to 3"),
        ((0, 0, "cross"), "There is no 'cross' attention here; kind is 'self'"),
        ((0, 0, "Self"), "kind='Self' is no kind of attention; here it is 'self'"),
        ((0, 0, None), "kind=None is no kind of attention"),
    ],
)
def test_what_is_not_there_is_named(
    view: AttentionView, arguments: tuple[Any, ...], said: str
) -> None:
    with pytest.raises(tfw.InputError) as refused:
        view.weights(*arguments)
    assert str(refused.value).startswith(said)


@pytest.mark.parametrize("query", [11, -12, 1.5, "cat", None])
def test_a_query_that_is_not_there(view: AttentionView, query: Any) -> None:
    with pytest.raises(tfw.InputError, match="query"):
        view.row(0, query)


def test_a_matrix_gives_parts(view: AttentionView) -> None:
    matrix = view.matrix(1, 2)
    assert matrix.shape == (11, 11)
    part = view.weights(1, 2)[2:4, 1:9]
    np.testing.assert_allclose(matrix.block((2, 4), (1, 9)), part, atol=1e-6)


# The strongest


def strongest(view: AttentionView, special_tokens: bool) -> list[tuple[Any, ...]]:
    """Return all pairs of all heads, found one by one, strongest first."""
    item = view.items[0]
    found = []
    for pane in item.panes:
        queries, keys = item.axes[pane.queries], item.axes[pane.keys]
        for number, layer in enumerate(pane.layers):
            for head in range(layer.heads):
                weights = view.weights(int(pane.names[number]), head, pane.kind)
                for q, k in np.ndindex(*weights.shape):
                    if special_tokens or not (queries.special[q] or keys.special[k]):
                        place = (pane.kind, int(pane.names[number]), head, q, k)
                        words = (queries.labels[q], keys.labels[k])
                        found.append((*place, *words, float(weights[q, k])))
    return sorted(found, key=lambda row: -row[-1])


@pytest.mark.parametrize("special_tokens", [True, False])
@pytest.mark.parametrize("top", [1, 5, 100, 10_000])
def test_the_strongest_pairs(view: AttentionView, top: int, special_tokens: bool) -> None:
    frame = view.to_frame(top, special_tokens=special_tokens)
    right = strongest(view, special_tokens)[:top]
    names = ["kind", "layer", "head", "query", "key", "query_token", "key_token", "weight"]
    assert list(frame.columns) == names
    assert len(frame) == len(right)
    np.testing.assert_allclose(frame["weight"], [row[-1] for row in right], atol=1e-6)
    known = {row[:-1]: row[-1] for row in strongest(view, True)}
    for row in frame.itertuples(index=False):
        assert row.weight == pytest.approx(known[tuple(row)[:-1]], abs=1e-6)
    assert not frame.duplicated(names[:5]).any()


def test_the_strongest_of_a_part(view: AttentionView) -> None:
    everything = strongest(view, True)
    for options, keep in (
        ({"layer": 1}, lambda row: row[1] == 1),
        ({"layer": -2}, lambda row: row[1] == 0),
        ({"head": 2}, lambda row: row[2] == 2),
        ({"head": [0, 3]}, lambda row: row[2] in (0, 3)),
        ({"layer": 0, "head": "mean"}, lambda row: row[1] == 0),
        ({"kind": "self"}, lambda _: True),
    ):
        frame = view.to_frame(7, **options)
        right = [row[-1] for row in everything if keep(row)][:7]
        np.testing.assert_allclose(frame["weight"], right, atol=1e-6)


def test_the_strongest_of_every_kind() -> None:
    both = two_sides()
    right = strongest(both, True)
    frame = both.to_frame(10_000)
    assert set(frame["kind"]) == {"encoder", "decoder", "cross"}
    assert len(frame) == len(right)
    np.testing.assert_allclose(frame["weight"], [row[-1] for row in right], atol=1e-6)
    cross = both.to_frame(3, kind="cross")
    assert cross["query_token"].str.startswith("t").all()
    assert cross["key_token"].str.startswith("s").all()
    with pytest.raises(tfw.InputError, match="layer=3: there are the layers 0 to 1"):
        both.to_frame(3, kind="cross", layer=3)


def test_an_empty_table_has_its_columns() -> None:
    view = view_of([random_weights(2, 2)], ["[CLS]", "[SEP]"])
    frame = view.to_frame(special_tokens=False)
    assert (len(frame), "weight" in frame.columns) == (0, True)
    assert len(view.to_frame(0)) == 0
    assert repr(view)


@pytest.mark.parametrize("top", [-1, "x", None, 1.5])
def test_a_top_that_is_no_number(view: AttentionView, top: Any) -> None:
    with pytest.raises(tfw.InputError, match="top"):
        view.to_frame(top)


def test_what_a_console_shows(view: AttentionView) -> None:
    lines = repr(view).splitlines()
    assert lines[0] == "BertModel: 11 tokens, 2 layers x 4 heads"
    assert lines[1].startswith("Strongest between tokens that are not neighbours")
    assert lines[2].split() == ["from", "to", "kind", "layer", "head", "weight"]
    assert len(lines) == 3 + 8
    pairs = view.strongest_pairs()
    assert (abs(pairs["query"] - pairs["key"]) >= 2).all()
    assert not {"[CLS]", "[SEP]"} & {*pairs["query_token"], *pairs["key_token"]}
    assert pairs["weight"].is_monotonic_decreasing
    assert not pairs.duplicated(["kind", "query", "key"]).any()
    right = [row for row in strongest(view, False) if abs(row[3] - row[4]) >= 2]
    assert pairs["weight"].iloc[0] == pytest.approx(right[0][-1], abs=1e-6)


@pytest.mark.parametrize("distance", [-1, 0, 1])
def test_neighbours_are_left_out_of_a_console_and_kept_in_the_table(distance: int) -> None:
    near = torch.eye(8).roll(distance, 1)
    view = view_of([(0.9 * near + 0.1 / 8)[None]], [f"t{k}" for k in range(8)])
    pairs = view.strongest_pairs()
    assert (abs(pairs["query"] - pairs["key"]) >= 2).all()
    table = view.to_frame(7)
    assert ((table["key"] - table["query"] - distance) % 8 == 0).all()


def test_an_encoder_decoder_in_a_console() -> None:
    both = two_sides()
    heading = "AttentionView: 9 → 5 tokens, encoder 4 x 2, decoder 2 x 3, cross 2 x 3"
    assert repr(both).splitlines()[0] == heading


# Several texts, pairs


def test_several_texts() -> None:
    texts = ["the cat sat", "a dog", "it was very good"]
    view = tfw.attention(texts, model=tiny(), progress=False)
    assert len(view) == 3
    assert [one.tokens for one in view][1] == ["[CLS]", "a", "dog", "[SEP]"]
    assert [item.label for item in view.items] == texts
    for k, text in enumerate(texts):
        alone = tfw.attention(text, model=tiny())
        np.testing.assert_allclose(view.weights(1, 1, item=k), alone.weights(1, 1), atol=1e-6)
        np.testing.assert_allclose(view[k].weights(1, 1), alone.weights(1, 1), atol=1e-6)
    assert view[-1].tokens == view[2].tokens
    for number in (3, -4):
        with pytest.raises(IndexError, match="There are 3 texts"):
            view[number]
    assert "3 texts; the first has 5 tokens" in repr(view)


def test_names_of_texts() -> None:
    view = tfw.attention({"one": "a cat", "two": "a dog"}, model=tiny(), progress=False)
    assert [item.label for item in view.items] == ["one", "two"]


def test_a_pair() -> None:
    view = tfw.attention("the cat sat", "a dog", model=tiny())
    assert view.tokens == ["[CLS]", "the", "cat", "sat", "[SEP]", "a", "dog", "[SEP]"]
    assert view.items[0].axes[0].split == 5
    for layer, weights in enumerate(told(view)["self"]):
        np.testing.assert_allclose(view.weights(layer, 3), weights[3], atol=1e-6)
    inputs = view.items[0].inputs
    assert inputs is not None
    assert inputs["token_type_ids"].sum() == 3
    many = tfw.attention(["the cat", "it"], ["a dog", "is"], model=tiny(), progress=False)
    assert [item.axes[0].split for item in many.items] == [4, 3]


# Layers


@pytest.mark.parametrize("layers", [1, [1], (1,), {1}, np.array([1]), np.int64(1), range(1, 2)])
def test_chosen_layers(view: AttentionView, layers: Any) -> None:
    some = tfw.attention(TEXT, model=tiny(), layers=layers)
    np.testing.assert_array_equal(some.weights(1, 2), view.weights(1, 2))
    np.testing.assert_array_equal(some.weights(-1, 2), view.weights(1, 2))
    assert some.to_frame(3)["layer"].tolist() == [1, 1, 1]
    with pytest.raises(tfw.InputError, match="layer=0: there are the layers 1"):
        some.weights(0, 2)
    with pytest.raises(tfw.InputError, match="A rollout needs all layers"):
        some.rollout()


@pytest.mark.parametrize("layers", [[], -1, [0, -1], "all", ["a"], 1.5, [None], 2, [7]])
def test_layers_that_are_not_there(layers: Any) -> None:
    with pytest.raises(tfw.InputError, match="layers="):
        tfw.attention(TEXT, model=tiny(), layers=layers)


# Encoder-decoders, and what models write


def test_a_target() -> None:
    view = tfw.attention("the quick fox", model=tiny_t5(), target="the dog")
    assert view.kinds == ["encoder", "decoder", "cross"]
    tokenizer = tiny_t5()[1]
    wanted = tokenizer.convert_ids_to_tokens(tokenizer("the dog")["input_ids"])
    # The decoder reads what it has to write, moved by one.
    assert view.target_tokens == ["<pad>", *wanted[:-1]]
    for kind, layers in told(view).items():
        for layer, weights in enumerate(layers):
            np.testing.assert_allclose(view.weights(layer, 1, kind), weights[1], atol=1e-6)
    np.testing.assert_array_equal(view.weights(0, 1), view.weights(0, 1, "encoder"))
    many = tfw.attention(["fox", "dog"], model=tiny_t5(), target=["a", "the"], progress=False)
    assert [len(one.target_tokens or []) for one in many] == [
        len(tokenizer(text)["input_ids"]) for text in ("a", "the")
    ]


def test_an_encoder_decoder_writes_its_own_target() -> None:
    model, tokenizer = tiny_t5()
    source = torch.tensor([tokenizer("the quick fox")["input_ids"]])
    for generate, count in ((None, 32), (True, 32), (3, 3)):
        view = tfw.attention("the quick fox", model=(model, tokenizer), generate=generate)
        written = model.generate(input_ids=source, max_new_tokens=count, do_sample=False)
        assert view.target_tokens == tokenizer.convert_ids_to_tokens(written[0])[:-1]
        assert any(note.startswith("The model wrote the target:") for note in view.notes)
    with pytest.raises(tfw.InputError, match=r"its decoder needs a text\. Give target="):
        tfw.attention("fox", model=(model, tokenizer), generate=False)


@pytest.mark.parametrize("generate", [True, 1, 5])
def test_a_decoder_continues_its_text(generate: int) -> None:
    model, tokenizer = tiny_gpt()
    plain = tfw.attention("the dog", model=(model, tokenizer))
    view = tfw.attention("the dog", model=(model, tokenizer), generate=generate)
    new = 32 if generate is True else generate
    assert len(view.tokens) == len(plain.tokens) + new
    assert view.tokens[: len(plain.tokens)] == plain.tokens
    assert view.items[0].axes[0].split == len(plain.tokens)
    assert view.items[0].pane("self").is_causal
    np.testing.assert_allclose(view.weights(1, 1), told(view)["self"][1][1], atol=1e-6)
    (note,) = view.notes
    ends = "last token; it is" if new == 1 else f"last {new} tokens; they are"
    assert note == f"The model wrote the {ends} shown as a second text."


def test_no_more_is_written_than_there_is_room_for() -> None:
    view = tfw.attention("the dog " * 8, model=tiny_gpt(), generate=1000)
    assert len(view.tokens) == 48
    with pytest.raises(tfw.InputError, match="there is no room to write"):
        tfw.attention("the dog " * 80, model=tiny_gpt(), generate=1)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"model": tiny, "generate": True}, "BertModel writes no text"),
        ({"model": tiny, "generate": 3}, "BertModel writes no text"),
        ({"model": tiny, "target": "x"}, "BertModel has no decoder beside an encoder"),
        ({"model": tiny_gpt, "target": "x"}, "has no decoder beside an encoder"),
        ({"model": tiny_t5, "target": "x", "generate": True}, "use one"),
        ({"model": tiny_t5, "target": ["x"]}, "target goes with text"),
        ({"model": tiny_t5, "target": ""}, "it needs some words"),
        ({"model": tiny_t5, "target": " \n"}, "it needs some words"),
        ({"model": tiny_t5, "target": 7}, "target"),
        ({"model": tiny_t5, "generate": -1}, "generate=-1: True, or how many"),
        ({"model": tiny_gpt, "generate": -1}, "generate=-1: True, or how many"),
        ({"model": tiny_gpt, "generate": "yes"}, "generate='yes'"),
        ({"model": tiny_gpt, "generate": 1.5}, "generate=1.5"),
        ({"model": tiny, "pair": ["a"]}, "pair goes with text"),
        ({"model": tiny, "pair": 3}, "pair"),
    ],
)
def test_options_that_do_not_fit(options: dict[str, Any], said: str) -> None:
    given = {**options, "model": options["model"]()}
    with pytest.raises(tfw.InputError) as refused:
        tfw.attention("the cat", **given)
    assert said in str(refused.value)
    assert len(str(refused.value).splitlines()) <= 2


# Odd texts


@pytest.mark.parametrize("text", ["", "  \n\t ", "\u200b" * 0])
def test_an_empty_text_is_refused(text: str) -> None:
    with pytest.raises(tfw.InputError, match="The text is empty: there is nothing to attend to"):
        tfw.attention(text, model=tiny())


def test_an_empty_text_among_several_is_named() -> None:
    with pytest.raises(tfw.InputError, match="Text 2 is empty"):
        tfw.attention(["a", " "], model=tiny(), progress=False)


@pytest.mark.parametrize("text", [None, 7, b"abc", ["a", None], [["a"]], [], {}, {"a": 1}, "x" * 0])
def test_what_is_no_text_is_refused(text: Any) -> None:
    with pytest.raises(tfw.InputError):
        tfw.attention(text, model=tiny(), progress=False)


def test_one_token() -> None:
    view = tfw.attention("a", model=tiny_gpt())
    assert len(view.tokens) == 1
    assert view.notes == ["There is one token: it can attend to itself only."]
    assert view.weights(1, 3).tolist() == [[pytest.approx(1.0)]]
    assert view.rollout().tolist() == [[pytest.approx(1.0)]]
    assert view.head_stats()["entropy"].abs().max() == pytest.approx(0, abs=1e-5)
    assert repr(view)


def test_a_long_text_is_cut_and_said_to_be() -> None:
    text = "the cat sat on the mat and " * 30
    view = tfw.attention(text, model=tiny())
    assert len(view.tokens) == 64
    (note,) = view.notes
    missing = len(text.strip()) - len("the cat sat on the mat and " * 8 + "the cat sat on the mat")
    assert note.startswith("The text is longer than the 64 tokens that the model reads")
    assert "it is cut behind “… the cat sat on the mat”" in note
    assert f"{missing - 1} characters are missing" in note
    assert note in repr(view)


def test_a_target_that_is_too_long_is_cut_and_said_to_be() -> None:
    model, tokenizer = tiny_t5()
    tokenizer.model_max_length, before = 10, tokenizer.model_max_length
    try:
        view = tfw.attention("a fox", model=(model, tokenizer), target="the dog " * 20)
    finally:
        tokenizer.model_max_length = before
    assert len(view.target_tokens or []) == 10
    assert any("it is cut behind" in note for note in view.notes)


def test_lone_surrogates_are_replaced_and_said_to_be() -> None:
    view = tfw.attention("a \ud800 dog \udfff", model=tiny())
    assert "2 lone surrogates are no characters: they were replaced by U+FFFD." in view.notes
    repr(view).encode()
    view.to_frame(200).to_json().encode()


MARKUP = "</script><script>alert(1)</script>"


def test_a_token_that_is_markup_is_text() -> None:
    view = view_of([random_weights(2, 4)], ["a", MARKUP, "<b>", "c"])
    assert view.tokens[1] == MARKUP
    assert MARKUP in set(view.to_frame()["key_token"])
    assert MARKUP[:20] in repr(view)


def test_a_model_that_overflows_is_said_to() -> None:
    from tests.attention.families import fresh

    model = fresh("bert", vocab_size=40)
    with torch.no_grad():
        model.encoder.layer[1].attention.self.query.weight[0, 0] = torch.nan
    view = tfw.attention(TEXT, model=(model, tiny()[1]))
    assert any("not numbers (NaN)" in note for note in view.notes)
    assert np.isnan(view.weights(1, 0)).all()
    assert not np.isnan(view.weights(0, 0)).any()
    assert repr(view)
    assert len(view.head_stats()) == 8


# What goes on with it


def test_a_view_can_be_pickled(view: AttentionView) -> None:
    view.widget()
    again = pickle.loads(pickle.dumps(view))  # noqa: S301 - our own
    assert again.tokens == view.tokens
    np.testing.assert_array_equal(again.weights(1, 1), view.weights(1, 1))
    both = two_sides()
    again = pickle.loads(pickle.dumps(both))  # noqa: S301
    np.testing.assert_array_equal(again.weights(1, 1, "cross"), both.weights(1, 1, "cross"))


def test_notes_come_in_both_languages() -> None:
    view = tfw.attention("the cat " * 99, model=tiny())
    (message,) = view.messages
    texts = message.texts()
    assert set(texts) == {"en", "de"}
    assert "abgeschnitten" in texts["de"]
    json.dumps(texts)
    tfw.config.settings().language = "de"
    assert view.notes == [texts["de"]]
    assert "Am stärksten" in repr(view)


def test_kinds_of_an_item(view: AttentionView) -> None:
    pane = view.items[0].pane("self")
    assert isinstance(pane, Pane)
    assert pane.bytes == sum(layer.bytes for layer in pane.layers)


def test_the_default_models_are_those_of_the_settings(tmp_path: Any) -> None:
    from tests.support.tiny import tiny_bert

    tfw.config.settings().embedding_model = str(tiny_bert(tmp_path))
    view = tfw.attention("the cat")
    assert view.name == str(tmp_path)
    tfw.unload(str(tmp_path))


# Drawings


def heading(view: AttentionView, **options: Any) -> str:
    """Return the title of a drawing."""
    found = re.findall(r">([^<>]*·[^<>]*)</text>", view.to_svg(**options))
    assert len(found) == 1
    return str(found[0])


def test_a_title_says_what_was_done(view: AttentionView) -> None:
    assert heading(view, layer=1, head=2) == "BertModel · self-attention · layer 1 · head 2"
    assert heading(view, layer=-1, head=[0, 2]).endswith("layer 1 · mean of heads 0, 2")
    changed = heading(
        view, layer=0, head=1, words=True, special_tokens=False, renormalize=True, scale="log"
    )
    assert changed.endswith("head 1 · words · without special tokens · renormalised")
    assert heading(view, layer=0, renormalize=True).endswith("mean of heads 0, 1, 2, 3")
    many = view_of([random_weights(8, 5)])
    assert heading(many, layer=0).endswith("layer 0 · mean of 8 heads")
    tfw.config.settings().language = "de"
    assert heading(view, layer=0, head=[1, 3], words=True, special_tokens=False).endswith(
        "Schicht 0 · Mittel der Köpfe 1, 3 · Wörter · ohne Spezialtoken"
    )


@pytest.mark.parametrize(
    "asked",
    [{"head": 2}, {"words": True}, {"special_tokens": False}, {"renormalize": True}],
)
def test_a_grid_refuses_what_it_cannot_show(view: AttentionView, asked: dict[str, Any]) -> None:
    with pytest.raises(tfw.InputError, match=f"it takes no {next(iter(asked))}"):
        view.to_svg(**asked)
    with pytest.raises(tfw.InputError, match="takes no layer"):
        view.to_png(layer=0, what="grid")


def test_unknown_names_are_refused(view: AttentionView) -> None:
    for draw in (view.to_svg, view.to_png):
        with pytest.raises(TypeError, match="banana"):
            draw(banana=1)  # type: ignore[call-arg]
        with pytest.raises(tfw.InputError, match="scale='cubic'"):
            draw(scale="cubic")
        with pytest.raises(IndexError, match="There are 1 texts: there is none at 5"):
            draw(item=5)


@pytest.mark.parametrize("options", [{}, {"layer": 0}, {"layer": 0, "what": "arcs"}])
def test_a_scale_changes_the_colours(view: AttentionView, options: dict[str, Any]) -> None:
    drawn = {scale: view.to_svg(**options, scale=scale) for scale in ("root", "linear", "log")}
    assert len(set(drawn.values())) == 3
    assert view.to_svg(**options) == drawn["root"]


def test_a_drawing_without_tokens_is_refused() -> None:
    hidden = view_of([random_weights(2, 2)], ["[CLS]", "[SEP]"])
    for what in ("head", "arcs"):
        with pytest.raises(tfw.InputError, match="nothing to draw"):
            hidden.to_svg(layer=0, what=what, special_tokens=False)


def test_a_rollout_is_a_kind(view: AttentionView) -> None:
    whole = view.matrix(-1, None, "rollout").block((0, 11), (0, 11))
    np.testing.assert_array_equal(whole, view.rollout())
    assert view.matrix(0, 0, "rollout", words=True, special_tokens=False).shape == (8, 8)
    assert heading(view, kind="rollout") == "BertModel · rollout · layer 1"
    assert heading(view, kind="rollout", layer=0, what="arcs").endswith("rollout · layer 0")
    assert view.to_png(kind="rollout", words=True, special_tokens=False)
    with pytest.raises(tfw.InputError, match="no heads"):
        view.to_svg(kind="rollout", what="grid")
    with pytest.raises(tfw.InputError, match="head=1"):
        view.matrix(0, 1, "rollout")
    some = tfw.attention(TEXT, model=tiny(), layers=[1])
    with pytest.raises(tfw.InputError, match="needs all layers"):
        some.to_svg(kind="rollout")


def test_some_of_several_texts() -> None:
    view = tfw.attention(["a", "a cat", "a dog sat"], model=tiny(), progress=False)
    assert [len(view[part]) for part in (slice(0, 1), slice(1, None), slice(None))] == [1, 2, 3]
    assert view[1:][1].tokens == view[2].tokens
    with pytest.raises(IndexError, match="none of them"):
        view[3:]


def test_a_negative_layer_to_keep_is_refused() -> None:
    with pytest.raises(tfw.InputError, match="layers=-1: numbers of layers, from 0"):
        tfw.attention("a cat", model=tiny(), layers=-1)
