"""``export`` and ``load_learner``: the same answers, no rows, and training goes on."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from fastai.learner import load_learner
from huggingface_hub import ModelCard

from tests.train.tiny_learners import MARK, review_learner, train

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = ["the film was great", f"the movie was not good {MARK} {MARK}", "funny"]


def exported(learn: Any, folder: Path) -> Any:
    learn.export("model.pkl")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # fastai's, about pickles
        return load_learner(folder / "model.pkl")


def answers(learn: Any) -> Any:
    return np.stack([answer[2].numpy() for answer in learn.predict(TEXTS)])


def weights(learn: Any) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in learn.model.state_dict().items()}


@pytest.mark.parametrize(
    "options", [{}, {"lora": True}, {"max_length": 8, "class_weights": [1, 2]}]
)
def test_it_answers_as_before(tmp_path: Path, options: dict[str, Any]) -> None:
    learn = train(review_learner(tmp_path, **options))
    again = exported(learn, tmp_path)
    np.testing.assert_array_equal(answers(again), answers(learn))
    assert again.dls.vocab == learn.dls.vocab == ["neg", "pos"]
    assert again.predict(TEXTS[0])[0] == learn.predict(TEXTS[0])[0]
    assert [note.text() for note in again.notes] == [note.text() for note in learn.notes]
    assert again.history == learn.history


def test_no_row_is_in_it(tmp_path: Path) -> None:
    learn = train(review_learner(tmp_path))
    learn.get_preds()
    learn.validate()
    learn.export("model.pkl")
    content = (tmp_path / "model.pkl").read_bytes()
    assert b"TransformerLearner" in content
    assert MARK.encode() not in content
    for dataset in (learn.dls.train_ds, learn.dls.valid_ds):
        ids = dataset.features["input_ids"]
        longest = int(np.argmax(ids.lengths))
        assert ids[longest].tobytes() not in content
        for text in dataset.rows["review"]:
            assert text.encode() not in content


def test_it_can_be_loaded_before_training(tmp_path: Path) -> None:
    learn = review_learner(tmp_path)
    np.testing.assert_array_equal(answers(exported(learn, tmp_path)), answers(learn))


def test_training_goes_on_after_it(tmp_path: Path) -> None:
    """With and without an export in between the same model comes out, to the bit."""
    results = []
    for export in (False, True):
        learn = review_learner(tmp_path)
        learn.freeze_to(-2)
        train(learn)
        frozen = [p.requires_grad for p in learn.model.parameters()]
        if export:
            learn.export("model.pkl")
        assert [p.requires_grad for p in learn.model.parameters()] == frozen
        assert learn.opt.frozen_idx == 2
        train(learn)
        assert learn.history[-1]["frozen_groups"] == 2
        results.append(weights(learn))
    for name, value in results[0].items():
        assert torch.equal(value, results[1][name]), name


def test_its_card_still_tells_of_the_data(tmp_path: Path) -> None:
    learn = train(review_learner(tmp_path))
    again = exported(learn, tmp_path)
    assert again.model_card() == learn.model_card()
    assert "| training rows | 19 |" in again.model_card()
    assert ModelCard(again.model_card()).data.eval_results


def test_it_is_saved_for_transformers_too(tmp_path: Path) -> None:
    learn = train(review_learner(tmp_path))
    first = learn.save_pretrained(tmp_path / "first")
    second = exported(learn, tmp_path).save_pretrained(tmp_path / "second")
    for path in first.iterdir():
        assert (second / path.name).read_bytes() == path.read_bytes(), path.name


def test_loading_warns_of_pickles(tmp_path: Path) -> None:
    learn = review_learner(tmp_path)
    learn.export("model.pkl")
    with pytest.warns(UserWarning, match="only load files you trust|Only load files you trust"):
        load_learner(tmp_path / "model.pkl")
