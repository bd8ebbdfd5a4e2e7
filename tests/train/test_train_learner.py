"""The learner is a fastai learner: everything that fastai does with one works."""

from __future__ import annotations

import copy
import random
from typing import ClassVar

import pandas as pd
import pytest
import torch
from fastai.callback.core import Callback
from fastai.callback.progress import CSVLogger, ProgressCallback
from fastai.callback.tracker import EarlyStoppingCallback, SaveModelCallback
from fastai.interpret import ClassificationInterpretation, Interpretation
from fastai.learner import Learner, load_learner
from fastai.losses import CrossEntropyLossFlat
from fastai.metrics import accuracy
from transformers import AutoModelForSequenceClassification, AutoTokenizer

import tfwidgets as tfw
from tests.train.reviews import reviews


def weights(learn) -> torch.Tensor:
    return torch.cat([p.detach().flatten().clone() for p in learn.model.parameters()])


def test_it_learns(learner) -> None:
    learn = learner(batch_size=8)
    before = learn.validate()[1]
    learn.fit_one_cycle(6, 5e-3)
    assert learn.validate()[1] > max(before, 0.9)
    assert learn.predict("the film was great")[0] == "pos"
    assert learn.predict("the story was boring")[0] == "neg"


def test_predictions_are_what_the_model_says_in_the_order_of_the_texts(learner, tiny) -> None:
    learn = learner()
    texts = ["the film", "a very good film and the cat sat on the mat", "bad"]
    label, number, probabilities = learn.predict(texts[1])
    several = learn.predict(texts)
    inputs = learn.tokenizer(texts, padding=True, return_tensors="pt")
    with torch.no_grad():
        expected = learn.transformer.eval()(**inputs).logits.softmax(-1)
    for (one, k, p), row in zip(several, expected, strict=True):
        assert torch.allclose(p, row, atol=1e-6)
        assert k == row.argmax()
        assert one == learn.dls.vocab[int(k)]
    assert (label, int(number)) == (several[1][0], int(several[1][1]))
    assert torch.allclose(probabilities, several[1][2], atol=1e-6)


def test_predictions_of_the_validation_set_come_in_its_own_order(learner) -> None:
    learn = learner()
    inputs, predictions, targets, decoded = learn.get_preds(with_input=True, with_decoded=True)
    dataset = learn.dls.valid_ds
    assert targets.tolist() == dataset.target.tolist()
    for k, ids in enumerate(inputs["input_ids"]):
        assert ids[ids != 0].tolist() == dataset.features["input_ids"][k].tolist()
    assert decoded.tolist() == predictions.argmax(-1).tolist()
    assert torch.equal(learn.get_preds()[0], predictions)


@pytest.mark.parametrize("family", ["callbacks", "plain"])
def test_fastai_trains_it_as_it_trains_anything(learner, family: str) -> None:
    learn = learner()
    if family == "callbacks":
        learn.fit_one_cycle(
            2, 1e-3, cbs=[EarlyStoppingCallback(patience=5), SaveModelCallback(monitor="accuracy")]
        )
        assert (learn.path / "models" / "model.pth").exists()
    else:
        learn.fit(1)
        learn.fit_flat_cos(1)
        learn.fine_tune(1)
    assert len(learn.recorder.values[0]) == 4


def test_the_learning_rate_finder_leaves_the_weights(learner) -> None:
    learn = learner(batch_size=4)
    before = weights(learn)
    suggestion = learn.lr_find(num_it=12, show_plot=False)
    assert 0 < suggestion.valley < 10
    assert torch.equal(before, weights(learn))
    assert learn.history == []


def test_freezing_trains_the_head_alone_and_unfreezing_everything(learner) -> None:
    learn = learner()
    table = learn.layer_groups_table()
    assert list(table["group"]) == ["embeddings", "layer 0", "layer 1", "head"]
    learn.freeze()
    start = {name: p.detach().clone() for name, p in learn.transformer.named_parameters()}
    learn.fit(1, 1e-2)
    moved = {
        name
        for name, p in learn.transformer.named_parameters()
        if not torch.equal(p.detach(), start[name])
    }
    assert moved
    assert all(name.startswith(("classifier", "bert.pooler")) for name in moved)
    learn.freeze_to(-2)
    learn.fit(1, 1e-2)
    layer = learn.transformer.bert.encoder.layer
    assert all(p.requires_grad for p in layer[1].parameters())
    assert not any(p.requires_grad for p in layer[0].parameters())
    learn.unfreeze()
    learn.fit_one_cycle(1, slice(1e-5, 1e-3))
    rates = learn.history[-1]["learning_rates"]
    assert rates[0] == pytest.approx(1e-5, rel=0.1)
    assert rates[-1] == pytest.approx(100 * rates[0])
    assert rates == sorted(rates)


def test_accumulated_gradients_train_like_a_larger_batch(learner) -> None:
    """Without dropout, sixteen rows at once and four times four move the weights alike."""
    data = reviews(16)
    valid = reviews(8, seed=3)
    results = []
    for size, accumulate in ((16, 1), (4, 4), (5, 10)):
        learn = learner(data, valid=valid, batch_size=size, accumulate=accumulate)
        for module in learn.model.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
        learn.opt_func = lambda params, lr: tfw.train.learner.OptimWrapper(
            params, torch.optim.SGD, lr=lr
        )
        learn.fit(1, 0.1)
        results.append(weights(learn))
        assert all(p.grad is None for p in learn.model.parameters())
    for result in results[1:]:
        assert torch.allclose(results[0], result, atol=1e-5)


def test_an_interrupt_leaves_a_learner_that_goes_on(learner) -> None:
    class Interrupt(Callback):
        order = 99

        def after_batch(self) -> None:
            if self.learn.training and self.learn.train_iter == 3:
                raise KeyboardInterrupt

    learn = learner(batch_size=4)
    learn.add_cb(ProgressCallback())
    logger = learn.logger
    with pytest.raises(KeyboardInterrupt):
        learn.fit_one_cycle(1, 1e-3, cbs=Interrupt())
    assert learn.logger is logger
    assert not hasattr(learn.progress, "mbar")
    assert not any(isinstance(cb, Interrupt) for cb in learn.cbs)
    assert all(p.grad is None for p in learn.model.parameters())
    learn.remove_cb(learn.progress)
    assert learn.predict("the film was good")[0] in ("neg", "pos")
    learn.fit_one_cycle(6, 5e-3)
    assert learn.validate()[1] > 0.9


def test_an_interrupted_rate_finder_leaves_the_weights(learner) -> None:
    class Interrupt(Callback):
        order = 99

        def after_batch(self) -> None:
            if self.learn.train_iter == 9:
                raise KeyboardInterrupt

    learn = learner(batch_size=4, cbs=Interrupt())
    before = weights(learn)
    with pytest.raises(KeyboardInterrupt):
        learn.lr_find(num_it=30, show_plot=False)
    assert torch.equal(before, weights(learn))
    assert learn.history == []


@pytest.mark.parametrize("per_fit", [True, False])
def test_after_an_interrupt_logs_are_closed(learner, tmp_path, per_fit: bool) -> None:
    class Interrupt(Callback):
        order = 99
        done = False

        def after_batch(self) -> None:
            if not self.done:
                self.done = True
                raise KeyboardInterrupt

    log = CSVLogger(tmp_path / "log.csv")
    learn = learner(cbs=[Interrupt(), *([] if per_fit else [log])])
    logger = learn.logger
    with pytest.raises(KeyboardInterrupt):
        learn.fit(1, cbs=log if per_fit else None)
    assert log.file.closed
    assert learn.logger is logger
    learn.fit(1)
    assert len(learn.recorder.values) == 1
    assert learn.history[0]["interrupted"]


def test_a_batch_that_does_not_fit_says_what_to_lower(learner) -> None:
    class TooLarge(Callback):
        def before_batch(self) -> None:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")

    learn = learner(batch_size=8)
    with pytest.raises(tfw.MemoryProblem, match=r"8 rows x \d+ tokens") as caught:
        learn.fit(1, cbs=TooLarge())
    assert "batch_size" in str(caught.value)
    assert "max_length" in str(caught.value)
    assert "checkpointing=True" in str(caught.value)


def test_other_errors_stay_what_they_are(learner) -> None:
    class Broken(Callback):
        def before_batch(self) -> None:
            raise RuntimeError("something else")

    with pytest.raises(RuntimeError, match="something else"):
        learner().fit(1, cbs=Broken())


def test_interpretation_finds_what_it_gets_wrong(learner, capsys) -> None:
    learn = learner()
    learn.fit_one_cycle(1, 1e-3)
    found = Interpretation.from_learner(learn)
    losses, rows = found.top_losses(3)
    assert losses.tolist() == sorted(losses.tolist(), reverse=True)
    worst = learn.dls.valid_ds.raw(int(rows[0]))
    found.plot_top_losses(3)
    assert worst["text"].split()[1] in capsys.readouterr().out
    matrix = ClassificationInterpretation.from_learner(learn).confusion_matrix()
    assert matrix.sum() == len(learn.dls.valid_ds)


def test_exported_and_reloaded_it_predicts_the_same(learner, tmp_path) -> None:
    learn = learner()
    learn.fit_one_cycle(1, 1e-3)
    texts = ["the film was great", "a bad cat and the cat sat on the mat"]
    expected = learn.predict(texts)
    learn.export("all.pkl")
    again = load_learner(tmp_path / "all.pkl").predict(texts)
    for (label, _, p), (label2, _, p2) in zip(expected, again, strict=True):
        assert label == label2
        assert torch.equal(p, p2)


def test_the_middle_level_feeds_any_learner(tiny) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny)
    torch.manual_seed(0)  # the head is drawn by transformers
    dls = tfw.TransformerDataLoaders.from_frame(
        reviews(128), tokenizer, text="text", label="label", valid=0.25, batch_size=8, seed=1
    )
    inputs, target = dls.one_batch()
    assert inputs["input_ids"].shape[0] == target.shape[0] == 8
    assert dls.vocab == ["neg", "pos"]
    model = AutoModelForSequenceClassification.from_pretrained(tiny, num_labels=2)
    learn = Learner(
        dls,
        tfw.wrap_model(model, tokenizer),
        loss_func=CrossEntropyLossFlat(),
        metrics=accuracy,
        splitter=tfw.transformer_splitter,
        cbs=tfw.TransformerCallback(),
    )
    learn.remove_cb(learn.progress)
    learn.freeze()
    learn.fit_one_cycle(2, 1e-2)
    learn.unfreeze()
    learn.fit_one_cycle(8, slice(2e-3, 5e-3))
    assert learn.validate()[1] > 0.8
    dl = dls.test_dl(["the film was great", "bad"])
    assert learn.get_preds(dl=dl)[0].shape == (2, 2)


def test_lists_and_frames_make_the_same_batches(tiny) -> None:
    frame = reviews()
    one = tfw.TransformerDataLoaders.from_frame(frame, tiny, seed=1)
    other = tfw.TransformerDataLoaders.from_lists(list(frame.text), list(frame.label), tiny, seed=1)
    for left, right in zip(one.valid, other.valid, strict=True):
        assert torch.equal(left[0]["input_ids"], right[0]["input_ids"])
        assert torch.equal(left[1], right[1])


def test_tables_show_texts_and_labels(learner, capsys) -> None:
    learn = learner()
    table = learn.dls.valid.show_batch(max_n=3, show=False)
    assert list(table.columns) == ["text", "label"]
    assert len(table) == 3
    assert table.text.str.contains("the").all()
    assert set(table.label) <= {"neg", "pos"}
    learn.show_results(max_n=2)
    shown = capsys.readouterr().out
    assert "predicted" in shown
    assert isinstance(table, pd.DataFrame)


def test_a_pair_is_trained_in_place(learner, tiny) -> None:
    torch.manual_seed(0)
    model = AutoModelForSequenceClassification.from_pretrained(
        tiny, id2label={0: "pos", 1: "neg"}, label2id={"pos": 0, "neg": 1}
    )
    tokenizer = AutoTokenizer.from_pretrained(tiny)
    learn = learner(reviews(128), model=(model, tokenizer))
    assert learn.transformer is model
    assert learn.dls.vocab == ["pos", "neg"]
    learn.fit_one_cycle(6, 5e-3)
    assert learn.predict("the film was great")[0] == "pos"


def test_a_frozen_pair_is_refused_but_for_adapters(learner, tiny) -> None:
    model = AutoModelForSequenceClassification.from_pretrained(
        tiny, id2label={0: "neg", 1: "pos"}, label2id={"neg": 0, "pos": 1}
    ).requires_grad_(False)
    pair = model, AutoTokenizer.from_pretrained(tiny)
    with pytest.raises(tfw.ModelError, match="is frozen"):
        learner(model=pair)
    pytest.importorskip("peft")
    learner(model=pair, lora=True).fit(1, 1e-3)


def test_the_longest_rows_are_cut_with_a_note(learner) -> None:
    learn = learner(max_length=8)
    assert max(learn.dls.train_ds.lengths) == 8
    note = next(note for note in learn.notes if note.key == "cut")
    assert "8 tokens" in note.text("en")


def test_an_option_that_the_task_does_not_have_is_refused(learner) -> None:
    with pytest.raises(tfw.InputError, match="no option 'strid'"):
        learner(strid=3)


@pytest.mark.parametrize("precision", [None, "bf16"])
def test_it_may_be_asked_in_the_middle_of_a_fit(learner, precision) -> None:
    class Ask(Callback):
        order = 70
        answers: ClassVar[list] = []
        asks = False

        def after_epoch(self) -> None:
            if not self.asks:  # get_preds is an epoch, too
                self.asks = True
                self.answers.append(self.learn.predict("the film was great")[2])
                self.learn.get_preds()
                self.asks = False

    learn = learner(precision=precision)
    plain = learner(precision=precision)
    Ask.answers.clear()
    learn.fit(3, 1e-3, cbs=Ask())
    plain.fit(3, 1e-3)
    assert len(Ask.answers) == 3
    assert torch.equal(weights(learn), weights(plain))


def test_asking_moves_neither_random_state_nor_records_nor_notes(learner) -> None:
    learn = learner(max_length=8)
    learn.fit(1)
    losses, notes = list(learn.recorder.losses), list(learn.task.notes)
    states = random.getstate(), torch.get_rng_state()
    learn.predict("the film was great and the cat sat on the mat and the cat sat on the mat")
    learn.show_results(max_n=2)
    assert random.getstate() == states[0]
    assert torch.equal(torch.get_rng_state(), states[1])
    learn.predict("good")
    assert list(learn.recorder.losses) == losses
    assert learn.task.notes == notes


def test_the_model_reads_as_much_elsewhere_as_in_training(learner) -> None:
    learn = learner(max_length=8)
    text = "the film was great and the cat sat on the mat and a dog was bad"
    here = learn.predict(text)[2]
    there = tfw.classify([text], model=learn, progress=False).scores[0]
    assert here.tolist() == pytest.approx(there.tolist(), abs=1e-6)


@pytest.mark.parametrize("max_length", [0, 1, 2, -1, "8", 8.0, True])
def test_a_length_without_room_for_a_token_is_refused(learner, max_length) -> None:
    with pytest.raises(tfw.InputError, match="max_length"):
        learner(max_length=max_length)


def test_a_callers_tokenizer_stays_as_it_was(learner, tiny) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny)
    model = AutoModelForSequenceClassification.from_pretrained(
        tiny, id2label={0: "neg", 1: "pos"}, label2id={"neg": 0, "pos": 1}
    )
    learner(model=(model, tokenizer), max_length=8)
    assert tokenizer.backend_tokenizer.truncation is None
    assert len(tokenizer("the film was very very very very good")["input_ids"]) == 10


@pytest.mark.parametrize(
    "wrong", [{"seed": -1}, {"seed": True}, {"batch_size": 0}, {"lr": 0}, {"num_workers": -1}]
)
def test_options_that_cannot_be_are_refused(learner, wrong) -> None:
    with pytest.raises(tfw.InputError, match=next(iter(wrong))):
        learner(**wrong)


def test_it_steps_as_a_plain_loop_does(learner) -> None:
    """The same batches in a loop of PyTorch lead to the same weights."""

    class Keep(Callback):
        batches: ClassVar[list] = []

        def before_batch(self) -> None:
            if self.learn.training:
                inputs = {name: value.clone() for name, value in self.xb[0].items()}
                self.batches.append((inputs, self.yb[0].clone()))

    learn = learner(batch_size=8)
    for module in learn.model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    model = copy.deepcopy(learn.transformer).train()
    Keep.batches.clear()
    learn.fit(2, 1e-3, cbs=Keep())
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.01)
    for inputs, target in Keep.batches:
        model(**inputs, labels=target).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    for (name, ours), other in zip(
        learn.transformer.named_parameters(), model.parameters(), strict=True
    ):
        # A softmax does not see the keys' bias: its gradient is rounding, which Adam enlarges.
        if not name.endswith("key.bias"):
            assert torch.allclose(ours, other, atol=1e-5), name


def test_what_is_trained_is_named() -> None:
    with pytest.raises(tfw.InputError, match=r"always named.*tfw\.use\(\) for the model in use"):
        tfw.learner(reviews(), None)


def test_the_model_in_use_may_be_trained(learner, tiny) -> None:
    try:
        learn = learner(model=tfw.use(tiny))
    finally:
        tfw.use(None)
    assert learn.validate()[1] <= 1
