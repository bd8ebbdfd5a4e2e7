# ruff: noqa: S311

from __future__ import annotations

import random

import numpy as np
import pytest

from tfwidgets.train.data.dataset import EncodedDataset, Ragged
from tfwidgets.train.data.loader import bucketed


class _Task:
    def take_extra(self, extra, chosen):
        return extra


def test_ragged_rows_come_back_as_they_went_in() -> None:
    rows = [[1, 2, 3], [], [4], [5, 6]]
    ragged = Ragged.of(rows)
    assert [row.tolist() for row in ragged] == rows
    assert ragged.lengths.tolist() == [3, 0, 1, 2]
    assert [row.tolist() for row in ragged.take([3, 0])] == [[5, 6], [1, 2, 3]]


def test_joined_rows_stand_below_each_other() -> None:
    parts = [Ragged.of([[1], [2, 3]]), Ragged.of([]), Ragged.of([[4, 5, 6]])]
    assert [row.tolist() for row in Ragged.joined(parts)] == [[1], [2, 3], [4, 5, 6]]
    assert len(Ragged.joined([])) == 0


def test_some_rows_of_a_dataset_keep_their_targets_and_origins() -> None:
    dataset = EncodedDataset(
        _Task(), {"input_ids": Ragged.of([[1], [2, 2], [3, 3, 3]])}, np.array([10, 20, 30])
    )
    some = dataset.take([2, 0])
    assert [item.features["input_ids"] for item in some.items] == [[3, 3, 3], [1]]
    assert [item.target for item in some.items] == [30, 10]
    assert some.origin.tolist() == [2, 0]
    assert some.take([1]).origin.tolist() == [0]


@pytest.mark.parametrize("n", [0, 1, 7, 64, 65, 1000])
def test_buckets_hold_every_row_once_and_like_lengths_together(n: int) -> None:
    rng = random.Random(0)
    lengths = np.array([rng.randint(5, 400) for _ in range(n)])
    order = bucketed(lengths, 8, random.Random(1))
    assert sorted(order) == list(range(n))
    batches = [order[k : k + 8] for k in range(0, n, 8)]
    assert all(len(batch) == 8 for batch in batches[:-1])
    if n == 1000:
        padded = sum(len(b) * max(lengths[b]) for b in batches)
        shuffled = random.Random(2).sample(range(n), n)
        plain = [shuffled[k : k + 8] for k in range(0, n, 8)]
        assert padded < 0.85 * sum(len(b) * max(lengths[b]) for b in plain)


def test_the_longest_batch_comes_first() -> None:
    lengths = np.array([3] * 50 + [99] + [4] * 49)
    for seed in range(5):
        order = bucketed(lengths, 4, random.Random(seed))
        assert 50 in order[:4]


def test_batches_differ_between_epochs() -> None:
    lengths = np.arange(100) % 7
    rng = random.Random(0)
    first, second = (
        {frozenset(order[k : k + 4]) for k in range(0, 100, 4)}
        for order in (bucketed(lengths, 4, rng), bucketed(lengths, 4, rng))
    )
    assert len(first & second) < 5
