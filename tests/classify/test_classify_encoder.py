"""Texts to vectors: as the checkpoint says, whatever the batches, and without a trace left."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tfwidgets as tfw
from tests.classify.encoders import tiny_encoder
from tests.support.tiny import WORDS
from tfwidgets.classify.encoder import SentenceEncoder
from tfwidgets.classify.reading import batches
from tfwidgets.errors import InputError, ModelError
from tfwidgets.models import load

if TYPE_CHECKING:
    from tfwidgets.models import LoadedModel

PLAIN = [word for word in WORDS if word.isalpha()]
SENTENCES = ["the dog", "a very good film was funny .", "it", "not bad , the movie and the story !"]


def sentences(count: int, longest: int, seed: int = 0) -> list[str]:
    source = random.Random(seed)  # noqa: S311
    return [
        " ".join(source.choice(PLAIN) for _ in range(source.randint(1, longest)))
        for _ in range(count)
    ]


def states(loaded: LoadedModel, text: str) -> np.ndarray:
    """Return the token vectors of one text, from transformers alone: (tokens, width)."""
    import torch

    ids = loaded.tokenizer(text, return_tensors="pt").input_ids
    with torch.inference_mode():
        found: np.ndarray = loaded.model(ids).last_hidden_state[0].numpy()
    return found


def weighted(rows: np.ndarray) -> np.ndarray:
    weights = np.arange(1, len(rows) + 1)[:, None]
    return (rows * weights).sum(0) / weights.sum()


POOLINGS = {
    "cls": lambda rows: rows[0],
    "mean": lambda rows: rows.mean(0),
    "max": lambda rows: rows.max(0),
    "lasttoken": lambda rows: rows[-1],
    "mean_sqrt_len": lambda rows: rows.sum(0) / np.sqrt(len(rows)),
    "weightedmean": weighted,
}
FLAGS: dict[str, dict[str, Any]] = {
    "cls": {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False},
    "mean": {"pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True},
    "max": {"pooling_mode_max_tokens": True},
    "lasttoken": {"pooling_mode_lasttoken": True},
    "mean_sqrt_len": {"pooling_mode_mean_sqrt_len_tokens": True},
    "weightedmean": {"pooling_mode_weightedmean_tokens": True},
}


@pytest.mark.parametrize("written", ["flags", "name"])
@pytest.mark.parametrize("mode", POOLINGS)
def test_pooling_is_what_the_checkpoint_says(tmp_path: Path, mode: str, written: str) -> None:
    config = FLAGS[mode] if written == "flags" else {"pooling_mode": mode}
    loaded = load(tiny_encoder(tmp_path / "m", config, normalize=False), progress=False)
    vectors, _ = SentenceEncoder(loaded, batch_tokens=1000).encode(SENTENCES)
    expected = [POOLINGS[mode](states(loaded, text)) for text in SENTENCES]
    np.testing.assert_allclose(vectors, expected, atol=1e-5)


def test_vectors_have_length_one_where_the_checkpoint_says_so(tmp_path: Path) -> None:
    loaded = load(tiny_encoder(tmp_path / "m", FLAGS["cls"]), progress=False)
    vectors, _ = SentenceEncoder(loaded, batch_tokens=1000).encode(SENTENCES)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    expected = np.array([states(loaded, text)[0] for text in SENTENCES])
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(vectors, expected, atol=1e-6)


def test_a_checkpoint_that_says_nothing_gets_the_mean_and_a_note(tmp_path: Path) -> None:
    folder = tiny_encoder(tmp_path / "plain", None)
    result = tfw.classify(SENTENCES, ["dog", "film"], model=folder, progress=False)
    assert any("no sentence-transformers configuration" in note for note in result.notes)
    vectors, _ = SentenceEncoder(load(folder), batch_tokens=99).encode(SENTENCES)
    expected = np.array([states(load(folder), text).mean(0) for text in SENTENCES])
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(vectors, expected, atol=1e-6)


@pytest.mark.parametrize(
    ("pooling", "options", "message"),
    [
        (FLAGS["mean"], {"extra_module": "Dense"}, "a module that is not supported: Dense"),
        ({"pooling_mode": "median"}, {}, "pools by 'median': not supported"),
        (FLAGS["cls"] | FLAGS["max"], {}, "joins several poolings: not supported"),
    ],
)
def test_what_is_not_supported_is_refused_not_guessed(
    tmp_path: Path, pooling: dict[str, Any], options: dict[str, Any], message: str
) -> None:
    if message.startswith("joins"):
        pooling = dict.fromkeys(pooling, True)
    folder = tiny_encoder(tmp_path / "m", pooling, **options)
    with pytest.raises(ModelError, match=message):
        tfw.classify(SENTENCES, ["dog", "film"], model=folder, progress=False)


@pytest.mark.parametrize(("configured", "limit"), [(None, 64), (16, 16), (500, 64)])
def test_the_shortest_limit_counts(tmp_path: Path, configured: int | None, limit: int) -> None:
    folder = tiny_encoder(tmp_path / "m", FLAGS["mean"], max_length=configured)
    encoder = SentenceEncoder(load(folder), batch_tokens=1000)
    assert encoder.max_length == limit
    text = "dog " * 100
    whole, cut = encoder.encode([text, "dog"])
    part, uncut = encoder.encode(["dog " * (limit - 2), "dog"])
    np.testing.assert_allclose(whole, part, atol=1e-6)
    assert cut == {0: len("dog " * (limit - 2)) - 1}
    assert uncut == {}


def test_a_text_that_just_fits_is_not_called_cut(tiny: LoadedModel) -> None:
    encoder = SentenceEncoder(tiny, batch_tokens=1000)
    assert encoder.encode(["dog " * 62])[1] == {}
    assert encoder.encode(["dog " * 63])[1] == {0: len("dog " * 62) - 1}


@settings(max_examples=12, deadline=None)
@given(
    order=st.permutations(range(12)),
    batch_tokens=st.sampled_from([1, 7, 64, 300, 10_000]),
    longest=st.sampled_from([1, 5, 80]),
)
def test_neither_order_nor_batches_change_a_vector(
    tiny: LoadedModel, order: list[int], batch_tokens: int, longest: int
) -> None:
    texts = sentences(12, longest)
    expected, cut = SentenceEncoder(tiny, batch_tokens=1).encode(texts)
    vectors, turned = SentenceEncoder(tiny, batch_tokens=batch_tokens).encode(
        [texts[k] for k in order]
    )
    np.testing.assert_allclose(vectors, expected[order], atol=1e-5)
    assert turned == {row: cut[k] for row, k in enumerate(order) if k in cut}


@pytest.mark.parametrize("batch_tokens", [1, 50, 5000])
def test_scores_keep_the_order_of_the_texts(tiny: LoadedModel, batch_tokens: int) -> None:
    texts: list[str | None] = [*sentences(100, 60), None, *sentences(20, 5)]
    ask = {"model": tiny, "progress": False}
    result = tfw.classify(texts, ["dog", "film", "cat"], batch_tokens=batch_tokens, **ask)
    for k in (0, 1, 50, 99, 101, 120):
        alone = tfw.classify(texts[k], ["dog", "film", "cat"], **ask)
        np.testing.assert_allclose(result.scores[k], alone.scores[0], atol=1e-5)
    assert np.isnan(result.scores[100]).all()


@given(
    lengths=st.lists(st.integers(1, 100), max_size=60),
    budget=st.integers(1, 500),
)
def test_batches_hold_every_text_once_within_the_budget(lengths: list[int], budget: int) -> None:
    grouped = batches(lengths, budget)
    assert sorted(k for batch in grouped for k in batch) == list(range(len(lengths)))
    for batch in grouped:
        padded = len(batch) * max(lengths[k] for k in batch)
        assert padded <= budget or len(batch) == 1


def test_progress_counts_every_text_also_repeated_ones(tiny: LoadedModel) -> None:
    steps: list[int] = []
    texts = sentences(40, 20) + ["dog"] * 10
    SentenceEncoder(tiny, batch_tokens=50).encode(texts, steps.append)
    assert sum(steps) == 50
    assert len(steps) > 5


def test_repeated_texts_are_read_once(tiny: LoadedModel) -> None:
    rows: list[int] = []
    hook = tiny.model.register_forward_pre_hook(
        lambda _, __, inputs: rows.append(len(inputs["input_ids"])), with_kwargs=True
    )
    try:
        vectors, _ = SentenceEncoder(tiny, batch_tokens=1000).encode(["dog", "cat"] * 50)
    finally:
        hook.remove()
    assert sum(rows) == 2
    assert vectors.shape == (100, 32)


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Any, Any]:
    """Return a caller's own model and tokenizer, in a state that nobody would guess."""
    from transformers import AutoModel, AutoTokenizer

    folder = tiny_encoder(tmp_path / "pair", None)
    model = AutoModel.from_pretrained(folder).train()
    model.encoder.layer[0].eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.backend_tokenizer.enable_truncation(7, stride=2, direction="left")
    tokenizer.backend_tokenizer.enable_padding(length=9, pad_to_multiple_of=3)
    return model, tokenizer


def state(pair: tuple[Any, Any]) -> tuple[Any, ...]:
    model, tokenizer = pair
    backend = tokenizer.backend_tokenizer
    modes = {name: module.training for name, module in model.named_modules()}
    return modes, backend.truncation, backend.padding, model.config.to_dict()


def test_model_and_tokenizer_are_left_as_they_were(pair: tuple[Any, Any]) -> None:
    before = state(pair)
    assert set(before[0].values()) == {True, False}
    first = tfw.classify(SENTENCES, ["dog", "film"], model=pair, progress=False)
    second = tfw.classify(SENTENCES, ["dog", "film"], model=pair, progress=False)
    assert state(pair) == before
    assert (first.scores == second.scores).all(), "dropout was active"


def test_no_truncation_and_no_padding_are_left_so_too(pair: tuple[Any, Any]) -> None:
    pair[1].backend_tokenizer.no_truncation()
    pair[1].backend_tokenizer.no_padding()
    before = state(pair)
    tfw.classify([*SENTENCES, "dog " * 99], ["dog", "film"], model=pair, progress=False)
    assert state(pair) == before


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_they_are_left_so_after_an_error_in_the_middle(
    pair: tuple[Any, Any], error: type[BaseException]
) -> None:
    before = state(pair)
    seen: list[int] = []

    def fail_at_the_third(*_: Any) -> None:
        seen.append(1)
        if len(seen) == 3:
            raise error

    hook = pair[0].encoder.layer[1].register_forward_pre_hook(fail_at_the_third)
    with pytest.raises(error):
        tfw.classify(SENTENCES, ["dog", "film"], model=pair, batch_tokens=1, progress=False)
    hook.remove()
    assert len(seen) == 3
    assert state(pair) == before
    tfw.classify(SENTENCES, ["dog", "film"], model=pair, progress=False)


def test_the_head_of_a_classifier_costs_nothing(tmp_path: Path) -> None:
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    folder = tiny_encoder(tmp_path / "m", None)
    model = AutoModelForSequenceClassification.from_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model.classifier.register_forward_pre_hook(lambda *_: pytest.fail("the head was used"))
    result = tfw.classify(SENTENCES, ["dog", "film"], model=(model, tokenizer), progress=False)
    plain = tfw.classify(SENTENCES, ["dog", "film"], model=folder, progress=False)
    np.testing.assert_allclose(result.scores, plain.scores, atol=1e-6)


@pytest.mark.parametrize("bad", [0, -5, "many", 1.5])
def test_batch_tokens_must_be_a_number_of_tokens(tiny: LoadedModel, bad: Any) -> None:
    with pytest.raises(InputError, match="batch_tokens must be at least 1, not"):
        tfw.classify("dog", ["dog", "film"], model=tiny, batch_tokens=bad)


def test_batch_tokens_default_to_the_setting(tiny: LoadedModel) -> None:
    shapes: list[tuple[int, ...]] = []
    hook = tiny.model.register_forward_pre_hook(
        lambda _, __, inputs: shapes.append(tuple(inputs["input_ids"].shape)), with_kwargs=True
    )
    tfw.settings().batch_tokens = 32
    try:
        tfw.classify(sentences(50, 10), ["dog", "film"], model=tiny, progress=False)
    finally:
        hook.remove()
    assert max(rows * width for rows, width in shapes) <= 32


def test_many_labels_work_once_the_limit_is_raised(tiny: LoadedModel) -> None:
    labels = [f"{word} {k}" for k in range(120) for word in PLAIN[:10]]
    with pytest.raises(InputError, match="1,200 labels are more than the limit of 1,000"):
        tfw.classify("dog", labels, model=tiny)
    tfw.settings().max_labels = 1200
    result = tfw.classify(SENTENCES, labels, model=tiny, progress=False)
    assert result.scores.shape == (len(SENTENCES), 1200)
