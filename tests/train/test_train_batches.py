from __future__ import annotations

import pytest
import torch
from torch.utils.data import DataLoader
from transformers import AutoTokenizer

import tfwidgets as tfw
from tfwidgets.train.data.batches import pad_batch, pad_targets


@pytest.fixture(scope="module")
def tokenizer(tiny):
    return AutoTokenizer.from_pretrained(tiny)


def test_rows_are_padded_to_the_longest(tokenizer) -> None:
    rows = [tokenizer("the film", return_attention_mask=False), tokenizer("a good film was good")]
    rows = [{"input_ids": row["input_ids"]} for row in rows]
    batch = pad_batch(tokenizer, rows)
    assert type(batch) is dict
    assert batch["input_ids"].shape == (2, 7)
    assert batch["attention_mask"].tolist() == [[1] * 4 + [0] * 3, [1] * 7]
    assert pad_batch(tokenizer, rows, multiple_of=8)["input_ids"].shape == (2, 8)


def test_targets_beside_the_tokens_are_ignored_where_padded(tokenizer) -> None:
    rows = [{"input_ids": [2, 3], "labels": [7]}, {"input_ids": [2, 5, 3], "labels": [8, 9]}]
    assert pad_batch(tokenizer, rows)["labels"].tolist() == [[7, -100], [8, 9]]
    assert pad_targets([[7], [8, 9]], "left").tolist() == [[-100, 7], [8, 9]]
    beside = [{"input_ids": [2, 3], "labels": [7, 8]}, {"input_ids": [2], "labels": [9]}]
    assert pad_batch(tokenizer, beside, multiple_of=8)["labels"].shape == (2, 8)


def test_it_is_a_collate_function_for_pytorch(tokenizer) -> None:
    collate = tfw.pad_batches(tokenizer)
    items = [({"input_ids": [2, 5, 3]}, 1), ({"input_ids": [2, 3]}, 0)]
    inputs, target = next(iter(DataLoader(items, batch_size=2, collate_fn=collate)))
    assert inputs["input_ids"].tolist() == [[2, 5, 3], [2, 3, 0]]
    assert target.tolist() == [1, 0]
    inputs, target = collate([({"input_ids": [2, 5, 3]}, [1, 2, 1]), ({"input_ids": [2]}, [4])])
    assert target.tolist() == [[1, 2, 1], [4, -100, -100]]
    assert torch.equal(collate([{"input_ids": [2]}])["input_ids"], torch.tensor([[2]]))
