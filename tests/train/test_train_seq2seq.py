"""Text to text: loss, targets, languages, and metrics of what is really written."""

from __future__ import annotations

import copy
import importlib.util
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sacrebleu
from rouge_score import rouge_scorer

import tfwidgets as tfw
from tests.support.tiny import WORDS
from tests.train.families import (
    SEQ2SEQ,
    N,
    learner_loss,
    own_loss,
    texts,
    tiny_model,
    tokenizer_in,
)
from tfwidgets.train.data.reader import Reader
from tfwidgets.train.tasks import token_task
from tfwidgets.train.tasks.generation_metrics import needed, rouge, translation_scores

SEP = WORDS.index("[SEP]")


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return tokenizer_in(tmp_path_factory.mktemp("tokenizer"))


def long_targets() -> pd.DataFrame:
    return pairs(8).assign(short="the dog sat on the mat and " * 30)


def pairs(n: int = 16) -> pd.DataFrame:
    frame = texts(n)
    frame["short"] = [text.replace(" was", " is") for text in frame.text]
    return frame


@pytest.fixture
def writer(tokenizer: Any, tmp_path: Path) -> Any:
    def make(family: str = "bart", task: str = "summarization", **options: Any) -> Any:
        model = options.pop("model", None) or tiny_model(family, "Seq2SeqLM")
        data = options.pop("data", None)
        options = {"valid": 0.5, "seed": 1, "batch_size": 4, "max_target_length": 12, **options}
        learn = tfw.learner(
            pairs() if data is None else data,
            (model, options.pop("tokenizer", tokenizer)),
            task,
            text="text",
            label="short",
            progress=False,
            path=tmp_path,
            **options,
        )
        learn.remove_cb(learn.progress)
        return learn

    return make


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows each call of generate was given."""
    from tfwidgets.train.tasks import generating

    counted: list[int] = []
    call = generating._call

    def counting(model: Any, batch: Any, options: Any) -> Any:
        counted.append(len(batch["input_ids"]))
        return call(model, batch, options)

    monkeypatch.setattr(generating, "_call", counting)
    return counted


@pytest.mark.parametrize("family", SEQ2SEQ)
def test_the_loss_is_the_models_own(writer: Any, family: str) -> None:
    learn = writer(family, generation_metrics=False)
    for dl in learn.dls.loaders:
        for inputs, target in dl:
            assert (target == -100).any() or len(set((target >= 0).sum(1).tolist())) == 1
            assert learner_loss(learn, (inputs, target)) == pytest.approx(
                own_loss(learn.transformer, (inputs, target)), abs=1e-5
            )
    before = learn.validate()[0]
    learn.fit(3, 1e-2)
    assert learn.validate()[0] < before
    assert isinstance(learn.predict("the film was good"), str)


def test_targets_are_encoded_cut_and_told(writer: Any, tokenizer: Any) -> None:
    learn = writer(max_length=9, max_target_length=6, prefix="a dog: ")
    dataset = learn.dls.train_ds
    sources = [tokenizer(f"a dog: {text}")["input_ids"] for text in dataset.rows.text]
    targets = [tokenizer(text)["input_ids"] for text in dataset.rows.short]
    for row, source, target in zip(range(len(dataset)), sources, targets, strict=True):
        ids = dataset.features["input_ids"][row].tolist()
        assert ids == (source if len(source) <= 9 else [*source[:8], SEP])
        labels = dataset.features["labels"][row].tolist()
        assert labels == (target if len(target) <= 6 else [*target[:5], SEP])
    notes = {note.key: note.values for note in learn.notes[-4:]}
    assert "cut" in notes
    assert notes["cut-target"]["length"] == 6
    for note in learn.notes:
        assert note.text()


def test_bad_rows_and_options(writer: Any) -> None:
    for option, value, message in (
        ("max_target_length", 1, "max_target_length must be"),
        ("generate_rows", 0, "generate_rows must be"),
        ("prefix", 3, "prefix is a text"),
        ("generate", 4, "generate is a dict"),
        ("max_length", 65, "65 is more than"),
        ("tgt_lang", "de_DE", "has no languages: leave tgt_lang='de_DE' out"),
        ("max_target_length", 65, "65 is more than"),
        ("generate", {"num_beam": 4}, "Did you mean 'num_beams'"),
        ("num_beams", 4, "has no option 'num_beams'"),
    ):
        with pytest.raises(tfw.InputError, match=message):
            writer(**{option: value})
    data = pairs()
    data.loc[5, "short"] = "  "
    with pytest.raises(tfw.InputError, match="row 5"):
        writer(data=data)


@pytest.mark.parametrize("family", SEQ2SEQ)
def test_targets_fit_the_decoders_positions(writer: Any, tokenizer: Any, family: str) -> None:
    tokenizer = copy.deepcopy(tokenizer)
    tokenizer.model_max_length = 512  # what tokenizers say need not be what decoders take
    options = {"data": long_targets(), "generation_metrics": False, "tokenizer": tokenizer}
    learn = writer(family, max_target_length=None, **options)
    at_most = 128 if family == "t5" else 64  # T5 counts distances, and no positions
    assert learn.task.max_target_length == at_most
    assert learn.dls.train_ds.features["labels"].lengths.max() == at_most
    learn.fit(1, 1e-3)
    if family == "t5":
        assert writer(family, max_target_length=600, **options).task.max_target_length == 600
    else:
        with pytest.raises(tfw.InputError, match=r"max_target_length=65 is more than .*: 64 tok"):
            writer(family, max_target_length=65, **options)


def test_a_source_may_be_longer_than_a_tokenizer_advises_where_distances_count(
    writer: Any, tokenizer: Any
) -> None:
    assert tokenizer.model_max_length == 64
    data = long_targets()[["short"]].assign(text=lambda rows: rows.short, short="the dog sat")
    options = {"data": data, "generation_metrics": False, "tokenizer": tokenizer}
    assert writer("t5", **options).task.max_length == 64
    learn = writer("t5", max_length=150, **options)
    assert learn.dls.train_ds.features["input_ids"].lengths.max() == 150
    learn.fit(1, 1e-3)
    assert learn.task.inference_tokenizer().model_max_length == 150
    with pytest.raises(tfw.InputError, match=r"max_length=65 is more than .*: 64 tokens"):
        writer("encoder-decoder", max_length=65, **options)


def test_a_pair_tells_what_its_model_reads(tokenizer: Any) -> None:
    for family, auto, limit, most in (
        ("t5", "Seq2SeqLM", 64, None),
        ("bert", "MaskedLM", 32, 32),
    ):
        more = {"max_position_embeddings": 32} if family == "bert" else {}
        model = tiny_model(family, auto, **more)
        reader = Reader.find((model, tokenizer))
        assert (reader.limit, reader.most) == (limit, most)
    plain = Reader.find(tokenizer)
    assert (plain.limit, plain.most) == (64, 64)  # nobody knows whose it is


@pytest.mark.parametrize("family", ["roberta", "camembert", "roberta-prelayernorm"])
def test_a_robertas_positions_begin_behind_the_paddings(writer: Any, family: str) -> None:
    model = tiny_model("encoder-decoder", "Seq2SeqLM", decoder=family)
    options = {"model": model, "data": long_targets(), "generation_metrics": False}
    learn = writer(**options, max_target_length=None)
    assert learn.task.max_target_length == 64
    learn.fit(1, 1e-3)
    with pytest.raises(tfw.InputError, match=r"max_target_length=65 is more than .*: 64 tokens"):
        writer(**options, max_target_length=65)


def test_models_that_do_not_write_another_text(writer: Any) -> None:
    with pytest.raises(tfw.ModelError, match="text2text-generation"):
        writer(model=tiny_model("gpt2", "CausalLM"))
    model = tiny_model("encoder-decoder", "Seq2SeqLM")
    model.config.decoder_start_token_id = None
    with pytest.raises(tfw.ModelError, match="decoder_start_token_id"):
        writer(model=model)


def test_metrics_of_what_is_written(writer: Any, calls: list[int]) -> None:
    learn = writer(generate_rows=5, generate={"num_beams": 2})
    values = learn.validate()
    assert calls == [4, 1]  # once for three metrics, in batches
    names = [metric.name for metric in learn.metrics]
    assert names == ["accuracy", "rouge1", "rouge2", "rougeL"]
    dataset = learn.dls.valid_ds
    collector = learn.metrics[1].collector
    written, references = collector.write(learn, dataset, list(range(len(dataset))))
    assert references == dataset.rows.short.tolist()
    assert written == learn.predict(dataset.rows.text.tolist(), do_sample=False)
    expected = {1: [], 2: [], 3: []}
    scorer = rouge_scorer.RougeScorer(["rouge1", "rouge2", "rougeL"])
    for k in sorted(np.random.default_rng(0).permutation(len(dataset))[:5]):
        score = scorer.score(references[k], written[k])
        for place, name in enumerate(("rouge1", "rouge2", "rougeL"), 1):
            expected[place].append(score[name].fmeasure)
    for place, scores in expected.items():
        assert values[1 + place] == pytest.approx(np.mean(scores))


def test_it_writes_only_to_be_measured(writer: Any, calls: list[int]) -> None:
    learn = writer(generate_rows=3)
    learn.get_preds()
    assert not calls
    learn.fit(2, 1e-3)
    assert calls == [3, 3]
    assert all(len(values) == 6 for values in learn.recorder.values)
    learn.lr_find(num_it=4, show_plot=False, suggest_funcs=())
    assert calls == [3, 3]
    without = writer(generation_metrics=False)
    without.fit(1, 1e-3)
    assert [metric.name for metric in without.metrics] == ["accuracy"]
    assert calls == [3, 3]


def test_translation_is_measured_by_bleu_and_chrf(writer: Any) -> None:
    learn = writer("t5", "translation", generate_rows=100)
    _, _, bleu, chrf = learn.validate()
    dataset = learn.dls.valid_ds
    written = learn.predict(dataset.rows.text.tolist(), do_sample=False)
    references = [dataset.rows.short.tolist()]
    assert bleu == pytest.approx(sacrebleu.corpus_bleu(written, references).score)
    assert chrf == pytest.approx(sacrebleu.corpus_chrf(written, references).score)


def test_scores_of_known_texts() -> None:
    predictions = ["the cat sat on the mat", "A dog!"]
    references = ["the cat is on a mat", "a dog barks"]
    scorer = rouge_scorer.RougeScorer(["rouge1", "rouge2", "rougeL"])
    scores = [scorer.score(r, p) for p, r in zip(predictions, references, strict=True)]
    for name, value in rouge(predictions, references).items():
        assert value == pytest.approx(sum(score[name].fmeasure for score in scores) / 2)
    assert rouge(["Über Größe"], ["über größe"])["rouge2"] == 1
    assert 0 < rouge(["这部电影好"], ["这部电影不好"])["rouge1"] < 1
    assert rouge(["das war nicht gut"], ["夏天"])["rouge1"] == 0
    right = translation_scores(["这部电影很好看"], ["这部电影很好看"], language="zh_CN")
    assert (right["bleu"], right["chrf"]) == pytest.approx((100, 100))
    wrong = translation_scores(["这部电影很好看吗"], ["这部电影很好看"], language="zh_CN")
    assert 50 < wrong["bleu"] < 100


@pytest.mark.parametrize("library", ["rouge_score", "sacrebleu"])
def test_a_library_that_is_missing(
    writer: Any, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        "tfwidgets.train.tasks.generation_metrics.find_spec",
        lambda name: None if name == library else find(name),
    )
    task = "summarization" if library == "rouge_score" else "translation"
    with pytest.raises(tfw.EnvironmentProblem, match="%pip install " + library.replace("_", "-")):
        writer(task=task)
    with pytest.raises(ImportError):
        needed(library)
    assert writer(task=task, generation_metrics=False).validate()


def test_it_writes_for_raw_texts(writer: Any) -> None:
    learn = writer(generate={"num_beams": 2, "max_new_tokens": 3})
    asked = ["the film", "the dog sat on the mat and the cat was on it", "i", "a", "funny story"]
    learn.model.train()
    together = learn.predict(asked)
    assert learn.model.training
    assert together == [learn.predict(text) for text in asked]
    assert learn.predict(pd.DataFrame({"text": asked})) == together
    assert max(len(text.split()) for text in learn.predict(asked, max_new_tokens=9)) > 3
    assert learn.predict(asked, num_return_sequences=2) == together
    with pytest.raises(tfw.InputError, match="Did you mean 'num_beams'"):
        learn.predict("a film", beams=2)
    with pytest.raises(tfw.InputError, match="cannot generate with these options"):
        learn.predict("a film", num_beams=1, num_return_sequences=3)
    with pytest.raises(tfw.InputError, match="has no text"):
        learn.predict("")
    assert not [note for note in learn.notes if note.key == "cut"]


def test_predictions(writer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    learn = writer(generation_metrics=False)
    predictions, targets = learn.get_preds()
    assert len(predictions) == len(targets) == 8
    for row, labels in zip(targets, learn.dls.valid_ds.features["labels"], strict=True):
        assert row[row >= 0].tolist() == labels.tolist()
    with pytest.raises(tfw.InputError, match=r"learn.predict"):
        learn.get_preds(dl=learn.dls.test_dl(["the film"]))
    with pytest.raises(tfw.InputError, match="no column 'short'"):
        learn.dls.test_dl(texts(2), with_labels=True)
    tokens = int(learn.dls.valid_ds.features["labels"].lengths.sum())
    monkeypatch.setattr(token_task, "_MOST_BYTES", tokens * N * 4 - 1)
    with pytest.raises(tfw.InputError, match="GB of memory"):
        learn.get_preds()
    assert len(learn.get_preds(with_preds=False, with_loss=True)[2]) == 8


def test_padding_to_a_multiple(writer: Any) -> None:
    learn = writer(generation_metrics=False)
    before = learn.validate()
    learn.task.multiple_of = 8
    assert learn.dls.one_batch()[0]["input_ids"].shape[1] % 8 == 0
    assert list(learn.validate()) == pytest.approx(list(before), rel=1e-4)


def test_adapters_write_too(writer: Any) -> None:
    learn = writer("t5", lora={"r": 2}, generation_metrics=True, generate_rows=2)
    before = learn.predict(["the film was good", "a dog"])
    learn.fit(1, 0.5)
    assert learn.predict(["the film was good", "a dog"]) != before


def test_tables(writer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from fastai.interpret import Interpretation

    from tfwidgets.train import interpret, tables

    shown: list[pd.DataFrame] = []
    monkeypatch.setattr(interpret, "show_table", shown.append)
    monkeypatch.setattr(tables, "show_table", shown.append)
    learn = writer(generation_metrics=False, max_target_length=20)
    learn.dls.valid.show_batch(max_n=2)
    learn.show_results(max_n=8, shuffle=False)
    Interpretation.from_learner(learn).plot_top_losses(3)
    batch, results, losses = shown
    assert list(batch.columns) == ["text", "short"]
    assert list(results.columns) == ["text", "short", "predicted"]
    rows = learn.dls.valid_ds.rows
    assert results.short.tolist() == rows.short.tolist()
    assert results.predicted.tolist() == [
        " ".join(text.split()) for text in learn.predict(rows.text.tolist(), do_sample=False)
    ]
    assert list(losses.columns) == ["text", "short", "predicted", "loss"]
    assert losses.loss.is_monotonic_decreasing


def test_it_exports(writer: Any, tmp_path: Path) -> None:
    from fastai.learner import load_learner

    learn = writer(generate={"num_beams": 2})
    learn.fit(1, 1e-2)
    asked = ["the film was good", "a dog"]
    learn.export("seq2seq.pkl")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # fastai's, about pickles
        again = load_learner(tmp_path / "seq2seq.pkl")
    assert again.predict(asked) == learn.predict(asked)
    assert [metric.name for metric in again.metrics] == [metric.name for metric in learn.metrics]


def languages(kind: str) -> Any:
    """Return a tokenizer that marks languages, over a few words."""
    import transformers

    words = ["<s>", "<pad>", "</s>", "<unk>", "▁", "▁the", "▁film", "▁der", "▁Film", "▁dog", "▁a"]
    if kind == "nllb":
        letters = {word: k for k, word in enumerate([*words, *"thefilmdrFog"])}
        return transformers.NllbTokenizer(vocab=letters, merges=[], model_max_length=64)
    return transformers.MBartTokenizer(
        vocab=[(word, -float(k)) for k, word in enumerate(words)], model_max_length=64
    )


@pytest.mark.parametrize(
    ("kind", "family", "src", "tgt"),
    [
        ("nllb", "m2m_100", "eng_Latn", "deu_Latn"),
        ("mbart", "mbart", "en_XX", "de_DE"),
    ],
)
def test_languages(writer: Any, kind: str, family: str, src: str, tgt: str) -> None:
    tokenizer = languages(kind)
    size = {"vocab_size": len(tokenizer), "pad_token_id": 1, "decoder_start_token_id": 2}
    model = tiny_model(family, "Seq2SeqLM", **size)
    made = {"model": model, "tokenizer": tokenizer, "task": "translation"}
    with pytest.raises(tfw.InputError, match="pass tgt_lang="):
        writer(**made)
    with pytest.raises(tfw.InputError, match="no language 'xx'"):
        writer(**made, tgt_lang="xx")
    with pytest.raises(tfw.InputError, match=f"Did you mean '{tgt}'"):
        writer(**made, tgt_lang=tgt.lower())
    learn = writer(**made, src_lang=src, tgt_lang=tgt, generate_rows=2)
    assert tokenizer.tgt_lang is None
    inputs, target = learn.dls.one_batch()
    source_id, target_id = map(learn.tokenizer.convert_tokens_to_ids, (src, tgt))
    assert (inputs["input_ids"] == source_id).sum(1).tolist() == [1] * 4
    assert (target == target_id).sum(1).tolist() == [1] * 4
    assert learner_loss(learn, (inputs, target)) == pytest.approx(
        own_loss(learn.transformer, (inputs, target)), abs=1e-5
    )
    # What is written begins as the targets do when they are the decoder's inputs.
    seen: list[Any] = []
    generate = model.generate
    model.generate = lambda *a, **k: seen.append(generate(*a, **k)) or seen[-1]  # type: ignore[func-returns-value]
    learn.predict("the film", max_new_tokens=4)
    shifted = learn.model._shifted(target)
    both = 2 if kind == "nllb" else 1
    assert seen[0][0, :both].tolist() == shifted[0, :both].tolist()
    assert target_id in seen[0][0, :both]


def test_real_weights_learn_to_write_backwards(tmp_path: Path) -> None:
    """Flan-T5 learns from real reviews to write their last words in the opposite order.

    The baseline copies the words in the order in which they stand.
    """
    from tests.train.real_reviews import short_reviews

    reviews = short_reviews(100, longest=80)
    ends = [text.split()[-3:] for text in reviews]
    data = pd.DataFrame({"text": reviews, "target": [" ".join(words[::-1]) for words in ends]})
    learn = tfw.learner(
        data,
        "demo/t5-title",
        "text2text-generation",
        text="text",
        label="target",
        valid=range(80, 100),
        max_target_length=16,
        batch_size=4,
        seed=1,
        progress=False,
        path=tmp_path,
    )
    learn.remove_cb(learn.progress)
    copied = rouge([" ".join(words) for words in ends[80:]], data.target[80:].tolist())
    first_words = rouge([" ".join(t.split()[:3]) for t in reviews[80:]], data.target[80:].tolist())
    untrained = learn.validate()
    learn.fit_one_cycle(2, 2e-3)
    _, loss, accuracy, rouge1, _, rouge_l = learn.recorder.values[-1]
    assert loss < untrained[0] - 1
    assert accuracy > untrained[1] + 0.2
    assert rouge1 > first_words["rouge1"] + 0.2
    assert rouge_l > copied["rougeL"] + 0.05
    assert isinstance(learn.predict(reviews[-1], num_beams=2), str)
