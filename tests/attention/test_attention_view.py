"""The live view: what it answers to what a page asks, and how little it sends."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest
import torch

import tfwidgets as tfw
from tests.attention.made import (
    FIRST,
    PLAIN,
    Page,
    bytes_of,
    factored,
    pieces,
    random_weights,
    two_sides,
    view_of,
)
from tests.attention.models import demo_model, tiny
from tfwidgets.attention import widget as widget_module
from tfwidgets.attention.attribution import Attributed, Choice
from tfwidgets.attention.payload import opened
from tfwidgets.attention.result import AttentionView
from tfwidgets.attention.stats import NAMES

WEIGHTS = [random_weights(3, 21, seed=k) for k in range(2)]


def near(cells: Any, weights: Any) -> None:
    """Check a picture to a step."""
    right = bytes_of(weights)
    assert cells.shape == right.shape
    assert np.abs(cells.astype(int) - right).max() <= 1


@pytest.fixture
def page() -> Page:
    return Page(view_of(WEIGHTS))


@pytest.fixture
def two() -> Page:
    return Page(two_sides())


# What it brings with it, and "open"


def test_the_summary_is_small(page: Page) -> None:
    assert page.view.summary == {"model": "", "items": ["text"], "notes": []}
    state = {k: v for k, v in page.view.get_state().items() if not k.startswith("_")}
    assert len(json.dumps(state)) < 1000


def test_open_tells_what_there_is(page: Page) -> None:
    payload, buffers = page.open()
    (axis,) = payload["axes"]
    assert (axis["name"], axis["count"], axis["split"]) == ("text", 21, None)
    assert axis["labels"][:4] == ["[CLS]", "w1", "s2", "s3"]
    assert axis["pieces"][:4] == [None, None, "##s2", "##s3"]
    (flags,) = buffers
    assert len(flags) == 21
    assert (flags[0] & 1, flags[1] & 1) == (1, 0)
    own, rollout = payload["panes"]
    assert own == {
        "kind": "self",
        "heads": [3, 3],
        "layers": ["0", "1"],
        "queries": 0,
        "keys": 0,
        "causal": False,
        "nan": False,
    }
    assert rollout == {**own, "kind": "rollout", "heads": [1, 1]}
    assert payload["can"]["words"]
    assert payload["can"]["special"]
    assert not payload["can"]["neuron"]
    assert payload["can"]["attribution"] == []
    assert set(payload["can"]["export"]) == {"png", "svg", "html"}
    assert payload["notes"] == []


def test_open_through_a_lens(page: Page) -> None:
    payload, (flags,) = page.open(words=True, special=False)
    (axis,) = payload["axes"]
    assert axis["count"] == len(axis["labels"]) == len(axis["pieces"]) == len(flags)
    assert axis["labels"][:2] == ["w1s2s3", "w4"]
    assert not any(flag & 1 for flag in flags)
    # What can be asked for does not depend on how it is looked at.
    assert payload["can"] == page.open()[0]["can"]


def test_open_of_two_sides(two: Page) -> None:
    payload, buffers = two.open()
    assert [(a["name"], a["count"]) for a in payload["axes"]] == [("source", 9), ("target", 5)]
    assert [len(buffer) for buffer in buffers] == [9, 5]
    panes = {pane["kind"]: pane for pane in payload["panes"]}
    assert list(panes) == ["encoder", "decoder", "cross", "rollout"]
    sides = {kind: (pane["queries"], pane["keys"]) for kind, pane in panes.items()}
    assert sides == {"encoder": (0, 0), "decoder": (1, 1), "cross": (1, 0), "rollout": (0, 0)}
    assert [panes[kind]["causal"] for kind in panes] == [False, True, False, False]
    assert len(panes["rollout"]["layers"]) == 4


def test_open_of_several_texts() -> None:
    both = [torch.stack([layer, layer.flip(1)]) for layer in WEIGHTS]
    view = tfw.AttentionView.from_tensors(both, [pieces(21), [f"x{k}" for k in range(21)]])
    page = Page(view)
    assert len(page.view.summary["items"]) == 2
    assert page.open(1)[0]["axes"][0]["labels"][3] == "x3"
    near(page.tile(item=1, layer=1)[1], both[1][1, 0])


def test_notes_come_in_both_languages() -> None:
    layers = [layer.clone() for layer in WEIGHTS]
    layers[0][0, 0, 0] = torch.nan
    page = Page(tfw.AttentionView.from_tensors([layer[None] for layer in layers]))
    payload, _ = page.open()
    (note,) = payload["notes"]
    assert set(note) == {"en", "de"}
    assert payload["panes"][0]["nan"]
    assert page.tile()[1][0, 0] == 255


def test_markup_and_surrogates_travel_as_text() -> None:
    markup = "</script><script>alert(1)</script>"
    view = view_of([random_weights(1, 3)], [markup, "a\ud800", "b"])
    payload, _ = Page(view).open()
    assert payload["axes"][0]["labels"] == [markup, "a�", "b"]
    named = tfw.attention({"\ud800 name": "a dog"}, model=tiny(), progress=False)
    assert Page(named).view.summary["items"] == ["� name"]


# "tile"


@pytest.mark.parametrize("heads", [[0], [2], [0, 1, 2]])
def test_a_tile(page: Page, heads: list[int]) -> None:
    payload, cells = page.tile(layer=1, heads=heads)
    assert payload == {"height": 21, "width": 21, "exact": True}
    near(cells, WEIGHTS[1][heads].mean(0))
    _, part = page.tile(layer=1, heads=heads, rows=[3, 9], columns=[20, 21])
    near(part, WEIGHTS[1][heads].mean(0)[3:9, 20:21])


@pytest.mark.parametrize(
    "lens", [{"words": True}, {"special": False}, {"special": False, "renormalize": True}]
)
def test_a_tile_through_a_lens(page: Page, lens: dict[str, bool]) -> None:
    seen = {**PLAIN, **lens}
    _, cells = page.tile(lens=seen)
    count = page.open(**lens)[0]["axes"][0]["count"]
    matrix = page.view._result.matrix(
        0,
        0,
        words=seen["words"],
        special_tokens=seen["special"],
        renormalize=seen["renormalize"],
    )
    assert cells.shape == (count, count)
    near(cells, matrix.block((0, count), (0, count)))


def test_coarse_and_sampled_tiles(page: Page) -> None:
    payload, coarse = page.tile(level=2)
    assert payload == {"height": 6, "width": 6, "exact": True}
    assert coarse[0, 0] == bytes_of(WEIGHTS[0][0, :4, :4].max())
    payload, some = page.tile(level=2, sample=1)
    assert not payload["exact"]
    assert (some <= coarse).all()
    assert page.tile(level=99)[0]["height"] == 1


def test_what_is_outside_is_cut_off(page: Page) -> None:
    assert page.tile(rows=[-5, 2], columns=[20, 99])[1].shape == (2, 1)
    assert page.tile(rows=[30, 40], columns=[0, 5])[1].shape == (0, 5)
    assert page.tile(rows=[9, 3], columns=[0, 5])[1].shape == (0, 5)


def test_each_kind_has_its_tiles(two: Page) -> None:
    item = two.view._result.items[0]
    for kind, layer in (("encoder", 3), ("decoder", 1), ("cross", 1)):
        weights = item.pane(kind).layers[layer].values
        near(two.tile(kind=kind, layer=layer, heads=[1])[1], weights[1])


def test_a_rollout_is_a_kind(page: Page, two: Page) -> None:
    view = page.view._result
    for layer in (1, 0, 1):
        near(page.tile(kind="rollout", layer=layer)[1], view.rollout(layer))
    near(two.tile(kind="rollout", layer=3)[1], two.view._result.rollout(3))
    payload, cells = page.thumbs(kind="rollout", layers=[0, 2])
    assert (payload["exact"], cells.shape) == (True, (2, 21, 21))
    near(cells[1], view.rollout(1))
    (row,) = page.lines(kind="rollout", layer=1, query=4)[1]
    np.testing.assert_allclose(row, view.rollout(1)[4], atol=1e-3)


# "thumbs", "lines", "stats"


def test_thumbs(page: Page) -> None:
    payload, cells = page.thumbs(layers=[0, 2])
    assert (payload["height"], payload["width"], payload["exact"]) == (21, 21, True)
    for k, head in enumerate(torch.cat(WEIGHTS)):
        near(cells[k], head)
    payload, cells = page.thumbs(layers=[1, 2], size=8)
    assert cells.shape == (3, 7, 7)
    near(cells[2], torch.nn.functional.max_pool2d(WEIGHTS[1][2][None], 3)[0])


def test_lines(page: Page) -> None:
    payload, (row, column) = page.lines(layer=1, heads=[2], query=5, key=7)
    np.testing.assert_allclose(row, WEIGHTS[1][2][5], atol=5e-4)
    np.testing.assert_allclose(column, WEIGHTS[1][2][:, 7], atol=5e-4)
    assert (payload["hidden"], payload["rough"]) == (0, False)
    assert len(page.lines(query=5)[1]) == len(page.lines(key=5)[1]) == 1
    assert page.lines()[1] == []


def test_lines_tell_what_is_hidden(page: Page) -> None:
    special = page.view._result.items[0].axes[0].special
    hidden = WEIGHTS[0][0][1, special].sum()  # the first that is shown
    payload, (row,) = page.lines(query=0, lens={**PLAIN, "special": False})
    assert payload["hidden"] == pytest.approx(float(hidden), abs=1e-5)
    assert row.sum() + payload["hidden"] == pytest.approx(1, abs=2e-3)
    again = {**PLAIN, "special": False, "renormalize": True}
    payload, (row,) = page.lines(query=0, lens=again)
    assert payload["hidden"] == 0
    assert row.sum() == pytest.approx(1, abs=2e-3)


def test_lines_across(two: Page) -> None:
    weights = two.view._result.items[0].pane("cross").layers[0].values[2]
    _, (row, column) = two.lines(kind="cross", heads=[2], query=4, key=8)
    np.testing.assert_allclose(row, weights[4], atol=5e-4)
    np.testing.assert_allclose(column, weights[:, 8], atol=5e-4)


def test_stats(page: Page, two: Page) -> None:
    payload, (data,) = page.ask("stats", item=0, kind="self")
    assert payload == {"names": list(NAMES), "heads": 3, "exact": True}
    values = np.frombuffer(data, "<f4").reshape(len(NAMES), 2, 3)
    frame = page.view._result.head_stats()
    for k, name in enumerate(NAMES):
        expected = frame[name].to_numpy().reshape(2, 3)
        np.testing.assert_allclose(values[k], expected, atol=1e-6)
    payload, (data,) = two.ask("stats", item=0, kind="cross")
    assert payload["names"] == ["entropy", "first"]
    assert len(data) == 4 * 2 * 2 * 3


def test_stats_of_layers_with_fewer_heads() -> None:
    view = view_of([random_weights(2, 6), random_weights(4, 6)])
    payload, (data,) = Page(view).ask("stats", item=0, kind="self")
    values = np.frombuffer(data, "<f4").reshape(len(NAMES), 2, 4)
    assert payload["heads"] == 4
    assert np.isnan(values[0, 0]).tolist() == [False, False, True, True]
    assert not np.isnan(values[0, 1]).any()


# "neuron"


def neuron(page: Page, **fields: Any) -> tuple[dict[str, Any], list[Any]]:
    asked = {k: FIRST[k] for k in ("item", "kind", "layer", "lens")}
    given = {**asked, "head": 0, "query": 0, "keys": [0, 64], **fields}
    payload, buffers = page.ask("neuron", **given)
    return payload, [np.frombuffer(buffer, "<f4") for buffer in buffers]


def test_neurons_make_the_weights() -> None:
    view = tfw.attention("the unhappy cat sat on the mat", model=tiny())
    page = Page(view)
    assert page.open()[0]["can"]["neuron"]
    size = len(view.tokens)
    for layer, head, query in ((0, 0, 0), (1, 3, 5)):
        payload, (q, k, scores, weights) = neuron(page, layer=layer, head=head, query=query)
        assert (payload["dimension"], payload["extras"]) == (8, [])
        assert payload["scale"] == pytest.approx(8**-0.5)
        k = k.reshape(size, 8)
        np.testing.assert_allclose(scores, k @ q * payload["scale"], atol=1e-4)
        shares = np.exp(scores - scores.max())
        np.testing.assert_allclose(weights, shares / shares.sum(), atol=1e-5)
        np.testing.assert_allclose(weights, view.weights(layer, head)[query], atol=1e-6)


@pytest.mark.parametrize(
    ("name", "extras"),
    [("t5", ["bias"]), ("gemma2", ["softcap"]), ("gpt-oss", ["sink"]), ("llama", [])],
)
def test_neurons_with_what_a_family_adds(name: str, extras: list[str]) -> None:
    from tests.attention.families import build, inputs_of
    from tfwidgets.attention.capture import capture
    from tfwidgets.attention.item import Item
    from tfwidgets.attention.tokens import from_pieces

    model = build(name)
    panes = capture(model, inputs_of(model))
    axes = [from_pieces([f"t{k}" for k in range(n)]) for n in (13, 7)]
    view = AttentionView([Item("", axes if len(panes) > 1 else axes[:1], panes)])
    page = Page(view)
    for head in (0, 3):
        kind = panes[0].kind
        payload, (q, k, scores, weights) = neuron(page, kind=kind, layer=1, head=head, query=12)
        assert payload["extras"] == extras
        np.testing.assert_allclose(weights, view.weights(1, head, kind)[12], atol=1e-6)
        finite = np.isfinite(scores)
        logits = scores[finite]
        ratios = weights[finite] / weights[finite].max()
        np.testing.assert_allclose(np.exp(logits - logits.max()), ratios, atol=1e-4)
        if not extras:
            plain = k.reshape(13, -1) @ q * payload["scale"]
            np.testing.assert_allclose(scores[finite], plain[finite], atol=1e-4)


def test_neurons_of_what_may_not_be_attended_to() -> None:
    page = Page(view_of([factored(2, 9, is_causal=True)]))
    _, (_, _, scores, weights) = neuron(page, query=3)
    assert np.isneginf(scores[4:]).all()
    assert (weights[4:] == 0).all()


def test_few_keys_at_once() -> None:
    page = Page(view_of([factored(2, 200)]))
    _, (q, k, scores, weights) = neuron(page, query=7, keys=[100, 999])
    assert (len(q), len(k), len(scores), len(weights)) == (8, 64 * 8, 64, 64)
    expected = page.view._result.weights(0, 0)[7, 100:164]
    np.testing.assert_allclose(weights, expected, atol=1e-6)


def test_neurons_without_special_tokens() -> None:
    view = tfw.attention("the cat sat", model=tiny())
    _, (_, _, _, weights) = neuron(Page(view), query=1, lens={**PLAIN, "special": False})
    np.testing.assert_allclose(weights, view.weights(0, 0)[2, 1:4], atol=1e-6)


def test_weights_alone_have_no_neurons(page: Page) -> None:
    with pytest.raises(LookupError, match="told its weights only"):
        neuron(page)


# "export"


@pytest.mark.parametrize("kind", ["self", "rollout"])
@pytest.mark.parametrize("what", ["head", "grid", "arcs"])
def test_pictures_to_keep(page: Page, kind: str, what: str) -> None:
    which = {k: FIRST[k] for k in ("item", "layer", "heads", "lens")}
    for format_, begins in (("png", b"\x89PNG"), ("svg", b"<")):
        fields = {"format": format_, "what": what, "dark": True, "kind": kind}
        payload, (data,) = page.ask("export", **which, **fields)
        assert payload["name"].endswith(f".{format_}")
        assert data.lstrip()[: len(begins)] == begins


@pytest.mark.parametrize("what", ["layer", "all"])
def test_a_page_to_keep(page: Page, what: str) -> None:
    which = {k: FIRST[k] for k in ("item", "kind", "heads", "lens")}
    payload, (data,) = page.ask("export", **which, layer=1, format="html", what=what, dark=False)
    assert payload["type"] == "text/html"
    assert data.lstrip().lower().startswith(b"<!doctype html>")


def exported(page: Page, **fields: Any) -> str:
    which = {k: FIRST[k] for k in ("item", "kind", "layer", "heads", "lens")}
    asked = {**which, "format": "svg", "what": "head", "dark": False, **fields}
    _, (data,) = page.ask("export", **asked)
    return data.decode()


@pytest.mark.parametrize("what", ["head", "arcs", "grid"])
def test_a_picture_has_the_scale_that_is_on_screen(page: Page, what: str) -> None:
    drawn = {exported(page, what=what, scale=scale) for scale in ("root", "linear", "log")}
    assert len(drawn) == 3
    assert exported(page, what=what) in drawn


@pytest.mark.parametrize("what", ["head", "arcs"])
def test_a_picture_has_the_part_that_is_on_screen(page: Page, what: str) -> None:
    labels = page.view._result.items[0].axes[0].labels
    part = {"rows": [2, 5], "columns": [6, 999]}
    found = re.findall(r">([^<>]+)</text>", exported(page, what=what, range=part))
    for k, label in enumerate(labels):
        assert (label in found) == (2 <= k < 5 or k >= 6 or labels.count(label) > 1)
    assert any(text.endswith("· part") for text in found)
    whole = {"rows": [0, 21], "columns": [0, 21]}
    assert exported(page, what=what, range=whole) == exported(page, what=what)
    for wrong in (
        {"rows": [3, 3], "columns": [0, 4]},
        {"rows": [0, 3]},
        {"rows": 3, "columns": [0, 4]},
        [0, 3],
    ):
        with pytest.raises(LookupError):
            exported(page, what=what, range=wrong)


def test_a_part_of_a_large_matrix_is_drawn_in_whole_cells() -> None:
    page = Page(view_of([factored(1, 2500)], [f"t{k}" for k in range(2500)]))
    text = exported(page, range={"rows": [101, 1400], "columns": [7, 1301]})
    assert ">t100<" in text
    assert ">t99<" not in text


# "attribute"


class Attributes:
    """A view that answers as if it had a model."""

    def __init__(self, scores: Any, position: int | None) -> None:
        one = Choice(0, "yes", 1.0)
        self.found = Attributed(
            "gradient_x_input", [np.array(scores, np.float32)], one, [one], position, True
        )

    def __call__(self, *_: Any, **__: Any) -> Attributed:
        return self.found


def attributed(
    scores: Any, position: int | None, monkeypatch: pytest.MonkeyPatch, **lens: bool
) -> tuple[dict[str, Any], Any]:
    view = view_of([random_weights(1, 5)], ["[CLS]", "a", "cat", "[SEP]", "b"])
    monkeypatch.setattr(type(view), "attribution", Attributes(scores, position))
    asked = {"method": "gradient_x_input", "position": None, "target": None}
    payload, (data,) = Page(view).ask("attribute", item=0, lens={**PLAIN, **lens}, **asked)
    return payload, np.frombuffer(data, "<f4").tolist()


SCORES = [0.5, 1, 2, -0.25, 4]


@pytest.mark.parametrize(
    ("position", "there", "without"),
    [(0, 0, None), (1, 1, 0), (2, 2, 1), (3, 3, None), (4, 4, 2), (None, None, None)],
)
def test_an_output_at_a_hidden_token_is_nowhere(
    position: int | None, there: int | None, without: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    payload, scores = attributed(SCORES, position, monkeypatch)
    assert (payload["position"], payload["hidden"], scores) == (there, 0, SCORES)
    payload, scores = attributed(SCORES, position, monkeypatch, special=False)
    assert (payload["position"], payload["hidden"], scores) == (without, 0.25, [1, 2, 4])


def test_hidden_scores_that_are_no_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    payload, _ = attributed([np.nan, 1, 2, 3, 4], 1, monkeypatch, special=False)
    assert payload["hidden"] == 0


# What must not happen

TILE = {**FIRST, "rows": [0, 5], "columns": [0, 5]}
LINES = {k: FIRST[k] for k in ("item", "kind", "layer", "heads", "lens")}
NEURON = {"item": 0, "kind": "self", "layer": 0, "head": 0, "lens": PLAIN}
EXPORT = {**LINES, "format": "png", "what": "head", "dark": False}
NONSENSE = [
    ("nothing", {}),
    ("open", {}),
    ("open", {"item": 0}),
    ("open", {"item": 1, "lens": PLAIN}),
    ("open", {"item": -1, "lens": PLAIN}),
    ("open", {"item": "a", "lens": PLAIN}),
    ("open", {"item": None, "lens": PLAIN}),
    ("open", {"item": 0, "lens": None}),
    ("open", {"item": 0, "lens": {}}),
    ("open", {"item": 0, "lens": {"words": True}}),
    ("tile", {}),
    *[
        ("tile", {**TILE, **wrong})
        for wrong in (
            {"item": 7},
            {"kind": "cross"},
            {"kind": "nothing"},
            {"kind": None},
            {"kind": 3},
            {"layer": 2},
            {"layer": -1},
            {"layer": "a"},
            {"layer": None},
            {"heads": []},
            {"heads": [3]},
            {"heads": [-1]},
            {"heads": ["a"]},
            {"heads": 0},
            {"heads": None},
            {"lens": 3},
            {"rows": None},
            {"rows": [0]},
            {"rows": ["a", 3]},
            {"rows": [0, None]},
            {"columns": 5},
            {"level": "a"},
            {"level": None},
            {"sample": "a"},
            {"colour": 1},
        )
    ],
    ("thumbs", {}),
    ("thumbs", {"item": 0, "kind": "self", "layers": [0, 0], "size": 64}),
    ("thumbs", {"item": 0, "kind": "self", "layers": [5, 7], "size": 64}),
    ("thumbs", {"item": 0, "kind": "self", "layers": [0, 9], "size": 64}),
    ("thumbs", {"item": 0, "kind": "self", "layers": [], "size": 64}),
    ("thumbs", {"item": 0, "kind": "self", "layers": [0, 1], "size": "a"}),
    ("thumbs", {"item": 0, "kind": "cross", "layers": [0, 1], "size": 64}),
    ("lines", {**LINES, "query": 21, "key": None}),
    ("lines", {**LINES, "query": -1, "key": None}),
    ("lines", {**LINES, "query": None, "key": 21}),
    ("lines", {**LINES, "query": "a", "key": None}),
    ("lines", {**LINES, "query": [1], "key": None}),
    ("lines", LINES),
    ("stats", {}),
    ("stats", {"item": 0, "kind": "rollout"}),
    ("stats", {"item": 0, "kind": "cross"}),
    ("neuron", {}),
    ("neuron", {**NEURON, "query": 0, "keys": [0, 5]}),
    ("neuron", {**NEURON, "query": 99, "keys": [0, 5]}),
    ("neuron", {**NEURON, "kind": "rollout", "query": 0, "keys": [0, 5]}),
    ("attribute", {}),
    (
        "attribute",
        {
            "item": 0,
            "method": "gradient_x_input",
            "position": None,
            "target": None,
            "lens": PLAIN,
        },
    ),
    ("export", {}),
    ("export", {**EXPORT, "format": "exe"}),
    ("export", {**EXPORT, "format": None}),
    ("export", {**EXPORT, "layer": 9}),
    ("export", {**EXPORT, "kind": "cross"}),
    ("export", {**EXPORT, "what": "everything"}),
    ("part", {"name": "../secret"}),
]


@pytest.mark.parametrize(("type_", "fields"), NONSENSE)
def test_nonsense_is_answered_with_a_message(
    page: Page, type_: str, fields: dict[str, Any]
) -> None:
    with pytest.raises(LookupError) as answered:
        page.ask(type_, **fields)
    message = str(answered.value)
    assert 0 < len(message) < 300
    # A sentence, and not what Python says about keys, types and places in lists.
    assert " " in message
    page.tile()


def well_formed(fields: dict[str, Any]) -> bool:
    """Whether all has the right type, so that only what it names is not there."""
    numbers = ("item", "layer", "query", "key", "size", "level", "sample")
    lists = ("heads", "rows", "columns", "layers", "keys")
    return (
        all(isinstance(fields[name], int) for name in numbers if fields.get(name) is not None)
        and all(name not in fields or is_numbers(fields[name]) for name in lists)
        and all(isinstance(fields[name], str) for name in ("kind", "what") if name in fields)
        and fields.get("lens", PLAIN) == PLAIN
        and fields.get("item", 0) is not None
        and fields.get("layer", 0) is not None
        and fields.get("level", 0) is not None
        and "colour" not in fields
    )


def is_numbers(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(number, int) for number in value)


@pytest.mark.parametrize(("type_", "fields"), NONSENSE)
def test_what_nonsense_raises(page: Page, type_: str, fields: dict[str, Any]) -> None:
    """What is not there is an error of ours; only what is unexpected is logged as a traceback."""
    with pytest.raises(Exception) as raised:  # noqa: PT011 - what kind it is, is checked
        page.view._answer({"type": type_, **fields})
    assert not isinstance(raised.value, (LookupError, AttributeError, AssertionError))
    whole = {"open": 2, "tile": 8, "thumbs": 4, "lines": 7, "stats": 2, "neuron": 7}
    if len(fields) >= whole.get(type_, 99) and well_formed(fields):
        assert isinstance(raised.value, tfw.InputError)


def test_a_heavy_request_is_refused() -> None:
    page = Page(view_of([factored(2, 600)]))
    with pytest.raises(LookupError, match="A picture has at most 262,144 cells"):
        page.tile(rows=[0, 600], columns=[0, 600])
    assert page.tile(rows=[0, 400], columns=[0, 600])[1].shape == (400, 600)
    many = Page(view_of([factored(12, 64, seed=k) for k in range(15)]))
    with pytest.raises(LookupError, match="Too many thumbnails"):
        many.thumbs(layers=[0, 15], size=64)
    assert many.thumbs(layers=[0, 14], size=64)[1].nbytes <= 700_000


# Bytes


def test_512_tokens_take_less_than_a_megabyte_until_the_first_view_stands() -> None:
    layers = [factored(12, 512, dimension=32, seed=k) for k in range(6)]
    page = Page(view_of(layers))
    page.open()
    _, cells = page.thumbs(layers=[0, 6])
    assert cells.shape == (72, 64, 64)
    _, tile = page.tile()
    assert tile.nbytes == 512 * 512
    assert page.sent <= 1_000_000
    # Another head is one more tile; a hovered token two rows.
    before = page.sent
    page.tile(layer=3, heads=[5])
    assert page.sent - before < 263_000
    before = page.sent
    page.lines(query=100, key=100)
    assert page.sent - before < 3_000


def test_a_real_model_at_its_longest() -> None:
    view = tfw.attention("The cat sat on the mat. " * 200, model=demo_model("demo/minilm"))
    assert len(view.tokens) == 512
    page = Page(AttentionView(view.items, None, view.call_messages))
    page.open()
    page.thumbs(layers=[0, 6])
    _, tile = page.tile(heads=list(range(12)))
    near(tile, view.weights(0, "mean"))
    assert page.sent <= 1_000_000


def test_pictures_are_remembered_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    page = Page(view_of([factored(4, 256, seed=k) for k in range(4)]))
    counted = []
    real = widget_module.tile
    monkeypatch.setattr(widget_module, "tile", lambda *a, **k: counted.append(1) or real(*a, **k))
    memory = page.view._pictures
    memory._most = 3 * 65536
    for layer in range(4):
        for head in range(4):
            page.tile(layer=layer, heads=[head])
            assert memory._bytes <= memory._most
            assert memory._bytes == sum(p.cells.nbytes for p in memory._known.values())
    assert len(counted) == 16
    page.tile(layer=3, heads=[3])
    page.tile(layer=3, heads=[1])
    assert len(counted) == 16  # among the three newest
    page.tile(layer=0, heads=[0])
    assert len(counted) == 17
    assert widget_module._REMEMBERED <= 32 * 2**20


def test_what_was_asked_last_is_kept() -> None:
    page = Page(view_of([factored(4, 64)]))
    memory = page.view._pictures
    memory._most = 2 * 4096
    for head in (0, 1, 0, 2):
        page.tile(heads=[head])
    assert [key[0][3] for key in memory._known] == [(0,), (2,)]


def test_a_picture_larger_than_the_limit_is_answered() -> None:
    page = Page(view_of([factored(1, 64)]))
    page.view._pictures._most = 10
    for _ in range(2):
        assert page.tile()[1].shape == (64, 64)


def test_an_exported_page_is_told_the_same() -> None:
    """What a live page is told about a text, an exported one finds in itself."""
    from tfwidgets.attention.lens import Lens

    view = view_of(WEIGHTS)
    payload, flags = opened(view.items[0], Lens())
    live, buffers = Page(view).open()
    assert {**live, "can": 0} == {**payload, "can": 0}
    assert list(map(bytes, buffers)) == list(flags)
