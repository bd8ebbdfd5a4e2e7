from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from transformers import AutoTokenizer, GPT2Config, GPT2ForSequenceClassification

import tfwidgets as tfw
from tests.train.reviews import reviews


def test_pairs_are_read_as_the_tokenizer_joins_them(learner) -> None:
    frame = reviews(48)
    rows = pd.DataFrame(
        {"premise": frame.text, "hypothesis": ["it was good"] * 48, "label": frame.label}
    )
    learn = learner(rows)
    assert learn.task.text == ("premise", "hypothesis")
    batch = learn.dls.valid.one_batch()[0]
    assert set(batch["token_type_ids"].unique().tolist()) == {0, 1}
    table = learn.dls.show_batch(max_n=2, show=False)
    assert list(table.columns) == ["premise", "hypothesis", "label"]
    assert (table.hypothesis == "it was good").all()
    assert len(learn.predict(("the film", "it was good"))) == 3
    assert len(learn.predict([("the film", "it was good"), ("a dog", "bad")])) == 2
    with pytest.raises(tfw.InputError, match="tuple of 2 strings"):
        learn.predict("only one")


def test_several_labels_for_a_text(learner) -> None:
    frame = reviews(64)
    frame["label"] = [
        (["good"] if label == "pos" else []) + (["animal"] if "dog" in text else [])
        for text, label in zip(frame.text, frame.label, strict=True)
    ]
    learn = learner(frame, batch_size=8)
    assert learn.dls.vocab == ["animal", "good"]
    assert learn.transformer.config.problem_type == "multi_label_classification"
    learn.fit_one_cycle(8, 5e-3)
    labels, which, probabilities = learn.predict("the dog was great")
    assert "good" in labels
    assert which.dtype == torch.bool
    assert ((probabilities >= 0.5) == which).all()
    assert learn.validate()[1] > 0.85


def test_columns_of_zeros_and_ones_are_labels(learner) -> None:
    frame = reviews(32)
    frame["good"] = (frame.pop("label") == "pos").astype(int)
    frame["animal"] = frame.text.str.contains("dog|cat was").astype(int)
    learn = learner(frame, label=["good", "animal"], text="text")
    assert learn.dls.vocab == ["good", "animal"]
    target = learn.dls.valid.one_batch()[1]
    assert target.dtype == torch.float32
    assert target.shape[1] == 2


def test_a_number_for_a_text(learner) -> None:
    frame = reviews(64)
    frame["score"] = np.where(frame.pop("label") == "pos", 0.75, -0.75) + np.linspace(0, 0.1, 64)
    learn = learner(frame, label="score", batch_size=8)
    assert learn.transformer.config.problem_type == "regression"
    learn.fit_one_cycle(8, 5e-3)
    error, spread = learn.validate()[1], frame.score.std()
    assert error < spread / 2
    number, one, raw = learn.predict("the film was great")
    assert number == pytest.approx(float(one)) == pytest.approx(float(raw[0]))
    assert number > learn.predict("the film was boring")[0]


def test_the_loss_is_the_models_own(learner) -> None:
    frame = reviews(16)
    numbers = frame.assign(label=np.linspace(-1.0, 1.5, 16))
    several = frame.assign(label=[["a"], ["b"], ["a", "b"], []] * 4)
    for data in (frame, numbers, several):
        learn = learner(data)
        inputs, target = learn.dls.valid.one_batch()
        learn.transformer.eval()
        with torch.no_grad():
            own = learn.transformer(**inputs, labels=target).loss
            ours = learn.loss_func(learn.transformer(**inputs).logits, target)
        assert float(ours) == pytest.approx(float(own), abs=1e-6)


def test_rare_labels_weigh_more(learner) -> None:
    frame = pd.concat(
        [reviews(60).query("label == 'neg'"), reviews(20, seed=4).query("label == 'pos'")]
    )
    learn = learner(frame, class_weights="balanced")
    share = (learn.dls.train_ds.target == 1).mean()
    weight = learn.loss_func.func.weight
    assert weight.tolist() == pytest.approx([0.5 / (1 - share), 0.5 / share], rel=1e-5)
    chosen = learner(frame, class_weights={"pos": 3.0}).loss_func.func.weight
    assert chosen.tolist() == [1.0, 3.0]
    with pytest.raises(tfw.InputError, match="the labels are neg, pos"):
        learner(frame, class_weights={"positive": 3.0})
    with pytest.raises(tfw.InputError, match="needs 2 numbers"):
        learner(frame, class_weights=[1, 2, 3])


def test_labels_are_named_in_order(learner) -> None:
    learn = learner(reviews(labels=(0, 1)), labels=["bad", "good"])
    assert learn.dls.vocab == ["bad", "good"]
    assert learn.transformer.config.id2label == {0: "bad", 1: "good"}
    assert learn.predict("the film")[0] in ("bad", "good")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.assign(label="pos"), "one class only"),
        (lambda f: f.assign(label=[0, 3] * 32), "2"),
        (lambda f: f.assign(text=["", *f.text[1:]]), "text"),
        (lambda f: f.assign(label=[None, *f.label[1:]]), "label"),
        (lambda f: f.rename(columns={"text": "words"}).assign(text2=f.text), "text="),
    ],
)
def test_bad_rows_are_refused_before_a_model_is_loaded(
    learner, change, message, monkeypatch
) -> None:
    monkeypatch.setattr(
        "tfwidgets.train.run.load_for_training", lambda *_, **__: pytest.fail("too late")
    )
    with pytest.raises(tfw.InputError, match=message):
        learner(change(reviews()))


def test_labels_unseen_in_training_are_named(learner) -> None:
    with pytest.raises(tfw.InputError, match="mixed"):
        learner(reviews(), valid=reviews(8, labels=("neg", "mixed")))


def test_rare_labels_among_several_weigh_more(learner) -> None:
    frame = reviews(32)
    frame["good"] = (frame.pop("label") == "pos").astype(int)
    frame["animal"] = [1] * 8 + [0] * 24
    options = {"label": ["good", "animal"], "text": "text", "valid": list(range(0, 32, 4))}
    learn = learner(frame, class_weights="balanced", **options)
    target = learn.dls.train_ds.target
    expected = (len(target) - target.sum(0)) / target.sum(0)
    assert learn.loss_func.func.pos_weight.tolist() == pytest.approx(expected.tolist())
    assert learner(frame, class_weights={"animal": 3}, **options).loss_func.func.pos_weight[1] == 3


def test_the_side_of_padding_changes_no_prediction(learner, tiny) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny, padding_side="left")
    config = GPT2Config(
        vocab_size=len(tokenizer),
        n_embd=32,
        n_layer=2,
        n_head=2,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.cls_token_id,
        eos_token_id=tokenizer.sep_token_id,
        initializer_range=0.3,
        id2label={0: "neg", 1: "pos"},
    )
    learn = learner(reviews(16), model=(GPT2ForSequenceClassification(config), tokenizer))
    alone = learn.predict("the film was good")[2]
    beside = learn.predict(["the film was good", "a very bad film and the cat sat on the mat"])
    assert torch.allclose(alone, beside[0][2], atol=1e-6)


def test_columns_may_have_numbers_for_names(learner) -> None:
    frame = reviews(16)
    frame.columns = [0, 1]
    learn = learner(frame, text="0", label="1")
    assert len(learn.predict(frame[[0]])) == 16
    assert len(learn.predict(frame[0])) == 16
    with pytest.raises(tfw.InputError, match="no option 'nonsense'"):
        learn.predict("good", nonsense=1)


def test_the_loss_of_weighted_classes_does_not_depend_on_the_batches(learner) -> None:
    learn = learner(class_weights={"pos": 5.0}, batch_size=3)
    predictions, target = learn.get_preds(act=lambda x: x)
    weight = torch.tensor([1.0, 5.0])
    expected = torch.nn.functional.cross_entropy(predictions, target, weight)
    assert learn.validate()[0] == pytest.approx(float(expected), abs=1e-5)


@pytest.mark.parametrize("item", [None, 3, b"text"])
def test_what_is_no_text_is_refused(learner, item) -> None:
    with pytest.raises(tfw.InputError, match="Expected a text"):
        learner(reviews(16)).predict(item)
