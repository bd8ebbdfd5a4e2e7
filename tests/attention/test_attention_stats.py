"""Statistics of heads, on matrices of which they are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from tests.attention.made import factored, random_weights, two_sides, view_of
from tfwidgets.attention import stats as stats_module
from tfwidgets.attention.stats import NAMES, head_stats
from tfwidgets.attention.tokens import from_pieces
from tfwidgets.attention.weights import Dense

N = 8
DISTINCT = [f"t{k}" for k in range(N)]
REPEATED = ["a", "b", "c", "a", "b", "c", "a", "b"]


def shifted(distance: int, n: int = N) -> torch.Tensor:
    """Return a head that attends to the token so far away; at the edge to itself."""
    there = torch.arange(n) + distance
    there = torch.where((there >= 0) & (there < n), there, torch.arange(n))
    return torch.eye(n)[there]


def uniform(n: int = N, *, is_causal: bool = False) -> torch.Tensor:
    weights = torch.ones(n, n)
    return (weights.tril() if is_causal else weights) / (
        torch.arange(1.0, n + 1)[:, None] if is_causal else n
    )


def found(heads: list[torch.Tensor], tokens: list[str], *, is_causal: bool = False) -> Any:
    values = head_stats(Dense(torch.stack(heads)), from_pieces(tokens), is_causal=is_causal).values
    return {name: values[k].tolist() for k, name in enumerate(NAMES)}


def test_a_previous_and_a_next_token_head() -> None:
    values = found([shifted(-1), shifted(1), shifted(0)], DISTINCT)
    # Queries that have no token there do not count.
    assert values["previous"] == [1, 0, 0]
    assert values["next"] == [0, 1, 0]
    assert values["self"] == [pytest.approx(1 / N), pytest.approx(1 / N), 1]
    assert values["entropy"] == [0, 0, 0]


def test_an_attention_sink() -> None:
    sink = torch.zeros(N, N)
    sink[:, 0] = 1
    values = found([sink, uniform()], DISTINCT)
    assert values["first"] == [1, pytest.approx(1 / N)]


def test_entropy_is_in_bits() -> None:
    two = torch.zeros(N, N)
    two[:, :2] = 0.5
    values = found([uniform(), two, shifted(0)], DISTINCT)
    assert values["entropy"] == [pytest.approx(3), pytest.approx(1), 0]
    causal = found([uniform(is_causal=True)], DISTINCT, is_causal=True)
    expected = np.mean([np.log2(k) for k in range(1, N + 1)])
    assert causal["entropy"] == [pytest.approx(expected)]


def test_a_duplicate_head() -> None:
    """a b c a b c a b: from the fourth on there is one three before."""
    values = found([shifted(-3), shifted(-1)], REPEATED, is_causal=True)
    assert values["duplicate"] == [1, 0]
    # Looking both ways every token has an equal one.
    both = found([shifted(3), shifted(-3)], REPEATED)
    assert both["duplicate"] == [pytest.approx(5 / 8), pytest.approx(5 / 8)]


def test_an_induction_head() -> None:
    """Behind the equal token three before stands the one two before."""
    values = found([shifted(-2), shifted(-3), uniform(is_causal=True)], REPEATED, is_causal=True)
    assert values["induction"][:2] == [1, 0]
    # Two places for the queries that have seen their token twice: 6 and 7.
    expected = np.mean([1 / 4, 1 / 5, 1 / 6, 2 / 7, 2 / 8])
    assert values["induction"][2] == pytest.approx(expected)


def test_a_token_right_behind_its_equal_is_no_induction_onto_itself() -> None:
    values = found([shifted(0, 3)], ["b", "a", "a"], is_causal=True)
    assert values["duplicate"] == [0]
    assert np.isnan(values["induction"][0])


def test_what_is_not_defined_is_nan() -> None:
    values = found([uniform()], DISTINCT)
    assert np.isnan(values["duplicate"]).all()
    assert np.isnan(values["induction"]).all()
    alone = found([torch.ones(1, 1)], ["a"])
    assert np.isnan(alone["previous"]).all()
    assert np.isnan(alone["next"]).all()
    assert (alone["entropy"], alone["first"], alone["self"]) == ([0], [1], [1])


def test_the_sink_of_a_decoder_is_no_duplicate() -> None:
    sink = torch.zeros(4, 4)
    sink[:, 0] = 1
    values = found([sink], ["a", "b", "a", "a"], is_causal=True)
    assert values["first"] == [1]
    assert values["duplicate"] == [0]


def test_a_separator_behind_an_equal_token_is_no_induction() -> None:
    values = found([shifted(1, 6)], ["a", ".", "[SEP]", "b", ".", "[SEP]"])
    assert np.isnan(values["induction"]).all()
    assert values["duplicate"] == [0]


def test_special_tokens_are_no_duplicates() -> None:
    values = found([shifted(-2, 4)], ["[SEP]", "a", "[SEP]", "b"])
    assert np.isnan(values["duplicate"]).all()


def test_equal_is_what_has_the_same_number() -> None:
    """Pieces are compared only where numbers are not known."""
    weights = Dense(shifted(-1, 3)[None])
    for ids, same in (([1, 5, 5], True), ([1, 5, 6], False)):
        tokens = from_pieces(["a", "x", "y"] if same else ["a", "x", "x"], ids=ids)
        value = head_stats(weights, tokens, is_causal=True).values[NAMES.index("duplicate")]
        assert bool(np.isnan(value[0])) is not same


def test_across_texts_only_entropy_and_the_first_are_defined() -> None:
    weights = random_weights(3, 4, 6)
    values = head_stats(Dense(weights), None, is_causal=False).values
    named = dict(zip(NAMES, values, strict=True))
    assert [name for name in NAMES if not np.isnan(named[name]).all()] == ["entropy", "first"]
    entropy = -(weights * weights.log2()).sum(-1).mean(-1)
    np.testing.assert_allclose(named["entropy"], entropy, rtol=1e-5)
    np.testing.assert_allclose(named["first"], weights[:, :, 0].mean(-1), rtol=1e-5)


def brute(weights: torch.Tensor, tokens: list[str], *, is_causal: bool) -> dict[str, float]:
    """Return the statistics of one head, pair by pair."""
    values: dict[str, list[float]] = {name: [] for name in NAMES}
    n = len(tokens)
    for q in range(n):
        row = weights[q].double().numpy()
        values["entropy"].append(-sum(p * np.log2(p) for p in row if p > 0))
        values["first"].append(row[0])
        values["self"].append(row[q])
        if q > 0:
            values["previous"].append(row[q - 1])
        if q + 1 < n:
            values["next"].append(row[q + 1])
        places = range(q) if is_causal else [k for k in range(n) if k != q]
        same = [k for k in places if tokens[k] == tokens[q]]
        behind = [k + 1 for k in same if k + 1 in places]
        equal = [k for k in same if k > 0 or not is_causal]
        if equal:
            values["duplicate"].append(sum(row[k] for k in equal))
        if behind:
            values["induction"].append(sum(row[k] for k in behind))
    return {name: float(np.mean(v)) if v else np.nan for name, v in values.items()}


@pytest.mark.parametrize("is_causal", [False, True])
@pytest.mark.parametrize("at_once", [2**24, 100])
def test_random_heads_pair_by_pair(
    is_causal: bool, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stats_module, "_AT_ONCE", at_once)
    tokens = [f"t{k % 5}" if k % 3 else f"u{k % 2}" for k in range(19)]
    weights = random_weights(3, 19, is_causal=is_causal)
    values = found(list(weights), tokens, is_causal=is_causal)
    for head in range(3):
        right = brute(weights[head], tokens, is_causal=is_causal)
        for name in NAMES:
            assert values[name][head] == pytest.approx(right[name], abs=1e-5, nan_ok=True), name


def test_queries_and_keys_give_what_their_weights_give() -> None:
    both = factored(2, 30, is_causal=True)
    dense = Dense(both.block([0, 1], slice(0, 30), slice(0, 30)))
    tokens = from_pieces([f"t{k % 7}" for k in range(30)])
    one, other = (head_stats(w, tokens, is_causal=True) for w in (both, dense))
    np.testing.assert_allclose(one.values, other.values, atol=1e-5)


# Some queries only


def test_some_queries_are_told_to_be_some() -> None:
    weights = Dense(random_weights(2, 100))
    tokens = from_pieces([f"t{k % 9}" for k in range(100)])
    full = head_stats(weights, tokens, is_causal=False)
    some = head_stats(weights, tokens, is_causal=False, work=2 * 100 * 25)
    assert (full.exact, some.exact) == (True, False)
    np.testing.assert_allclose(some.values[0], full.values[0], rtol=0.2)
    assert head_stats(weights, tokens, is_causal=False, work=2 * 100 * 100).exact
    # And they are those of the queries that were looked at.
    rows = random_weights(2, 100)[:, ::4]
    entropy = -(rows * rows.log2()).sum(-1).mean(-1)
    np.testing.assert_allclose(some.values[0], entropy, rtol=1e-4)


@pytest.mark.parametrize("work", [1, 7, 1000])
def test_little_work_still_gives_numbers(work: int) -> None:
    weights = Dense(random_weights(2, 50))
    values = head_stats(weights, None, is_causal=False, work=work).values
    assert np.isfinite(values[NAMES.index("entropy")]).all()


# As a table


def test_the_table_of_a_view() -> None:
    view = view_of([torch.stack([shifted(-1), uniform()]), torch.stack([shifted(1)])], DISTINCT)
    frame = view.head_stats()
    assert list(frame.columns) == ["layer", "head", *NAMES]
    assert frame[["layer", "head"]].to_numpy().tolist() == [[0, 0], [0, 1], [1, 0]]
    assert frame["previous"].tolist() == [1, pytest.approx(1 / N), 0]
    assert frame["duplicate"].isna().all()


def test_the_table_of_each_kind() -> None:
    view = two_sides()
    assert len(view.head_stats()) == 4 * 2
    assert len(view.head_stats("decoder")) == 2 * 3
    cross = view.head_stats("cross")
    assert cross["previous"].isna().all()
    assert cross["entropy"].notna().all()


def test_layers_are_called_as_in_the_model() -> None:
    import tfwidgets as tfw

    layers = [random_weights(2, 5, seed=k)[None] for k in range(4)]
    view = tfw.AttentionView.from_tensors(layers, list("abcde"), include_layers=[1, 3])
    assert view.head_stats()["layer"].unique().tolist() == [1, 3]
