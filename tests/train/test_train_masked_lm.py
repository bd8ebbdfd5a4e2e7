"""Language models that fill gaps: what is hidden, loss, gaps filled in raw text."""

from __future__ import annotations

import collections
import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

import tfwidgets as tfw
from tests.support.tiny import WORDS
from tests.train.families import (
    MASKED,
    N,
    learner_loss,
    own_loss,
    texts,
    tiny_model,
    tokenizer_in,
)
from tfwidgets.train.tasks import token_task
from tfwidgets.train.tasks.masking import Masking, fresh, steady

MASK = WORDS.index("[MASK]")
SPECIAL = [WORDS.index(word) for word in ("[PAD]", "[CLS]", "[SEP]", "[MASK]")]


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return tokenizer_in(tmp_path_factory.mktemp("tokenizer"))


@pytest.fixture
def masked(tokenizer: Any, tmp_path: Path) -> Any:
    def make(family: str = "bert", data: Any = None, **options: Any) -> Any:
        model = options.pop("model", None) or tiny_model(family, "MaskedLM")
        options = {"valid": 0.34, "seed": 1, "batch_size": 4, **options}
        learn = tfw.learner(
            texts() if data is None else data,
            (model, options.pop("tokenizer", tokenizer)),
            "fill-mask",
            progress=False,
            path=tmp_path,
            **options,
        )
        learn.remove_cb(learn.progress)
        return learn

    return make


def test_what_is_hidden_and_how(tokenizer: Any) -> None:
    masking = Masking.of(tokenizer, 0.15)
    rng = np.random.default_rng(0)
    ids = np.array([2, *rng.integers(5, N, 20_000), 3])
    inputs, target = masking(ids, np.random.default_rng(1))
    hidden = target >= 0
    assert hidden.sum() == 3000
    assert (target[hidden] == ids[hidden]).all()
    assert (inputs[~hidden] == ids[~hidden]).all()
    as_mask = inputs[hidden] == MASK
    changed = ~as_mask & (inputs[hidden] != ids[hidden])
    assert as_mask.mean() == pytest.approx(0.8, abs=0.03)
    # One random token in N - 5 is the right one.
    assert changed.mean() == pytest.approx(0.1 * (1 - 1 / (N - 5)), abs=0.02)
    assert not np.isin(inputs[hidden][changed], SPECIAL).any()


@pytest.mark.parametrize("length", [1, 2, 3, 7, 40])
def test_how_many_are_hidden(tokenizer: Any, length: int) -> None:
    masking = Masking.of(tokenizer, 0.15)
    ids = np.array([2, *([5] * length), 3])
    for seed in range(10):
        inputs, target = masking(ids, np.random.default_rng(seed))
        assert (target >= 0).sum() == max(1, round(0.15 * length))
        assert target[0] == target[-1] == -100
        assert len(inputs) == len(target) == length + 2


def test_whole_words(tokenizer: Any) -> None:
    masking = Masking.of(tokenizer, 0.3)
    tokens = tokenizer("unhappy dogs liked the liked film", add_special_tokens=False).input_ids
    names = tokenizer.convert_ids_to_tokens(tokens)
    starts = np.array([not name.startswith("##") for name in names])
    words = np.cumsum(starts)
    assert len(set(words)) < len(words)
    for seed in range(20):
        _, target = masking(np.array(tokens), np.random.default_rng(seed), starts)
        for word in set(words):
            assert len(set(target[words == word] >= 0)) == 1
        assert (target >= 0).sum() >= round(0.3 * len(tokens))


def test_chance(tokenizer: Any) -> None:
    masking = Masking.of(tokenizer, 0.15)
    ids = np.arange(5, 35)
    same = [masking(ids, steady(ids))[1].tolist() for _ in range(3)]
    assert same[0] == same[1] == same[2]
    assert len({tuple(masking(ids, fresh())[1]) for _ in range(5)}) > 1
    drawn = []
    for _ in range(2):
        torch.manual_seed(4)
        drawn.append(masking(ids, fresh())[1].tolist())
    assert drawn[0] == drawn[1]


def hidden_by_text(dl: Any) -> dict[tuple[int, ...], tuple[int, ...]]:
    found = {}
    for inputs, target in dl:
        for ids, row, on in zip(inputs["input_ids"], target, inputs["attention_mask"], strict=True):
            whole = torch.where(row >= 0, row, ids)[on.bool()]
            found[tuple(whole.tolist())] = tuple(row[on.bool()].tolist())
    return found


def test_validation_hides_the_same_and_training_other_tokens(masked: Any) -> None:
    learn = masked(data=texts(40))
    valid = hidden_by_text(learn.dls.valid)
    assert valid == hidden_by_text(learn.dls.valid)
    assert valid == hidden_by_text(learn.dls.valid.new(bs=3, by_length=False))
    some = learn.dls.valid_ds.take([3, 1])
    again = hidden_by_text(learn.dls.test_dl(some))
    assert again.items() <= valid.items()
    first, second = hidden_by_text(learn.dls.train), hidden_by_text(learn.dls.train)
    assert first.keys() == second.keys()
    assert first != second


@pytest.mark.parametrize("options", [{}, {"pack": True, "max_length": 12}, {"whole_word": True}])
@pytest.mark.parametrize("family", MASKED)
def test_the_loss_is_the_models_own(masked: Any, family: str, options: dict[str, Any]) -> None:
    learn = masked(family, **options)
    for dl in learn.dls.loaders:
        for batch in dl:
            assert learner_loss(learn, batch) == pytest.approx(
                own_loss(learn.transformer, batch), abs=1e-5
            )
    before = learn.validate()[0]
    learn.fit(4, 1e-2)
    assert learn.validate()[0] < before


def test_packed_blocks(masked: Any, tokenizer: Any) -> None:
    learn = masked(pack=True, max_length=12)
    dataset = learn.dls.train_ds
    rows = [row.tolist() for row in dataset.features["input_ids"]]
    cls, sep = tokenizer.cls_token_id, tokenizer.sep_token_id
    assert all(row[0] == cls and row[-1] == sep and len(row) <= 12 for row in rows)
    whole = [
        i
        for text in dataset.rows.text
        for i in [*tokenizer(text, add_special_tokens=False)["input_ids"], sep]
    ]
    assert [i for row in rows for i in row[1:-1]] == whole


def test_long_texts_are_cut_and_told(masked: Any) -> None:
    learn = masked(max_length=8)
    assert learn.dls.train_ds.lengths.max() == 8
    assert learn.notes[0].key == "cut"
    assert {row[-1] for row in learn.dls.train_ds.features["input_ids"]} == {WORDS.index("[SEP]")}


def test_accuracy_and_perplexity_count_hidden_tokens(masked: Any) -> None:
    learn = masked(data=texts(20), batch_size=3)
    _, accuracy, perplexity = learn.validate()
    right, losses = [], []
    for inputs, target in learn.dls.valid:
        with torch.no_grad():
            logits = learn.model(inputs).logits[target >= 0]
        hidden = target[target >= 0]
        right += (logits.argmax(-1) == hidden).tolist()
        losses += torch.nn.functional.cross_entropy(logits, hidden, reduction="none").tolist()
    assert accuracy == pytest.approx(np.mean(right))
    assert perplexity == pytest.approx(math.exp(np.mean(losses)), rel=1e-5)


def test_gaps_are_filled(masked: Any) -> None:
    learn = masked()
    learn.model.train()
    text = "The film was [MASK]."
    answers = learn.predict(text)
    assert learn.model.training
    assert len(answers) == 5
    assert [a.score for a in answers] == sorted((a.score for a in answers), reverse=True)
    inputs = learn.tokenizer(text, return_tensors="pt")
    with torch.no_grad():
        logits = learn.transformer.eval()(**inputs).logits
    expected = logits[0, inputs["input_ids"][0] == MASK].softmax(-1)[0]
    best = int(expected.argmax())
    assert answers[0].score == pytest.approx(float(expected[best]), abs=1e-6)
    assert answers[0].token == WORDS[best]
    if not WORDS[best].startswith("##"):
        assert answers[0].text == f"The film was {WORDS[best]}."
    every = learn.predict([text, "[MASK] and [MASK]"], top_k=N)
    assert [a.score for a in every[0][:5]] == pytest.approx([a.score for a in answers], abs=1e-6)
    first, second = every[1]
    assert sum(a.score for a in second) == pytest.approx(1, abs=1e-5)
    assert {a.text for a in first if "dog" in a} == {"dog and [MASK]"}
    assert {a.text for a in second if "dog" in a} == {"[MASK] and dog"}
    assert {a.text for a in every[0] if "##s" in a} == {"The film wass."}


def test_what_cannot_be_filled(masked: Any) -> None:
    learn = masked()
    with pytest.raises(tfw.InputError, match=r"Row 1 has no gap: write \[MASK\]"):
        learn.predict(["a [MASK]", "The film was good."])
    with pytest.raises(tfw.InputError, match="model reads 64"):
        learn.predict("the film " * 40 + "[MASK]")
    with pytest.raises(tfw.InputError, match="top_k"):
        learn.predict("a [MASK]", top_k=0)
    with pytest.raises(tfw.InputError, match="'topk'"):
        learn.predict("a [MASK]", topk=3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mask_share": 0}, "between 0 and 1"),
        ({"mask_share": 15}, "between 0 and 1"),
        ({"whole_words": True}, "Did you mean 'whole_word'"),
        ({"max_length": 2}, "max_length"),
        ({"data": pd.DataFrame({"text": ["the film", "[SEP]", "a dog", "a cat"] * 4})}, r"\[SEP\]"),
    ],
)
def test_options_and_rows_that_cannot_be_used(
    masked: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(tfw.InputError, match=message):
        masked(**options)


def test_models_that_fill_no_gaps(masked: Any, tokenizer: Any, tmp_path: Path) -> None:
    with pytest.raises(tfw.ModelError, match="fill-mask"):
        masked(model=tiny_model("gpt2", "CausalLM"))
    with pytest.raises(tfw.ModelError, match="text2text-generation"):
        masked(model=tiny_model("bart", "Seq2SeqLM"))
    other = tokenizer_in(tmp_path / "other")
    other.mask_token = None
    with pytest.raises(tfw.InputError, match="no mask token"):
        masked(tokenizer=other)


def test_padding_to_a_multiple(masked: Any) -> None:
    learn = masked()
    before = learn.validate()
    learn.task.multiple_of = 8
    inputs, target = learn.dls.valid.one_batch()
    assert inputs["input_ids"].shape[1] % 8 == 0
    assert inputs["input_ids"].shape == target.shape
    assert list(learn.validate()) == pytest.approx(list(before), rel=1e-4)


def test_tables(masked: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from fastai.interpret import Interpretation

    from tfwidgets.train import interpret, tables

    shown: list[pd.DataFrame] = []
    monkeypatch.setattr(interpret, "show_table", shown.append)
    monkeypatch.setattr(tables, "show_table", shown.append)
    learn = masked()
    learn.dls.show_batch(max_n=2)
    learn.show_results(max_n=3)
    interpretation = Interpretation.from_learner(learn)
    interpretation.plot_top_losses(3)
    batch, results, losses = shown
    assert list(batch.columns) == ["text", "hidden"]
    assert list(results.columns) == ["text", "hidden", "predicted"]
    for _, row in results.iterrows():
        assert len(row.predicted.split(", ")) == len(row.hidden.split(", "))
    assert results.text.str.contains(r"\[MASK\]").any()
    # The losses are those of the rows that are shown: the same tokens are hidden again.
    assert losses.loss.tolist() == pytest.approx(
        interpretation.losses.topk(3)[0].tolist(), abs=1e-3
    )
    monkeypatch.setattr(token_task, "_MOST_BYTES", 1)
    with pytest.raises(tfw.InputError, match="GB of memory"):
        learn.get_preds()


def test_it_exports(masked: Any, tmp_path: Path) -> None:
    from fastai.learner import load_learner

    learn = masked()
    learn.fit(1, 1e-2)
    learn.export("mlm.pkl")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # fastai's, about pickles
        again = load_learner(tmp_path / "mlm.pkl")
    assert again.predict("the [MASK] was good") == learn.predict("the [MASK] was good")


def verdicts(n: int) -> list[str]:
    """Return sentences of one form, with words out of real reviews: a gap tells its own word."""
    from tests.train.real_reviews import short_reviews

    words = [w for text in short_reviews(200) for w in text.lower().split() if w.isalpha()]
    counted = [w for w, _ in collections.Counter(words).most_common(160) if len(w) > 3]
    rng = np.random.default_rng(0)
    return [
        f"this movie with my {rng.choice(counted)} is a very {rng.choice(counted)} one"
        for _ in range(n)
    ]


def test_a_new_head_on_real_weights_beats_the_most_frequent_token(tmp_path: Path) -> None:
    """MiniLM has no head for gaps: a new one finds far more than the commonest token."""
    learn = tfw.learner(
        {"text": verdicts(160)},
        "demo/minilm",
        "fill-mask",
        valid=0.2,
        new_head=True,
        mask_share=0.3,
        batch_size=8,
        seed=1,
        progress=False,
        path=tmp_path,
    )
    learn.remove_cb(learn.progress)
    assert any(note.key == "new-head" for note in learn.notes)
    hidden = torch.cat([target[target >= 0] for _, target in learn.dls.valid])
    most_frequent = hidden.bincount().max() / len(hidden)
    assert learn.validate()[1] <= most_frequent
    learn.fit_one_cycle(2, 1e-3)
    assert learn.validate()[1] > 2 * most_frequent + 0.1
    best = learn.predict("this [MASK] with my friend is a very good one")[0]
    assert best.text == "this movie with my friend is a very good one"
