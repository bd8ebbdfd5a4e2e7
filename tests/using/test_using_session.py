"""Choosing the session's model, and what the features then do where none is named."""

from __future__ import annotations

import copy
import shutil
from pathlib import Path
from typing import Any

import pytest

import tfwidgets as tfw
from tests.support.tiny import tiny_bert
from tfwidgets.models import saved_for, session

REMINDER = r"is the model in use\. For this call name another .*--model NAME.*%model --default"


def attended(**options: object) -> tfw.LoadedModel:
    model = tfw.attention("a dog", **options).model  # type: ignore[arg-type]
    assert isinstance(model, tfw.LoadedModel)
    return model


def test_choosing_says_what_it_is_and_loads_nothing(encoder: str) -> None:
    chosen = tfw.use(encoder)
    assert (chosen.name, chosen.source, chosen.revision) == (encoder, "folder", None)
    assert (chosen.architecture, chosen.task) == ("BertModel", "feature-extraction")
    assert chosen.in_use
    assert (chosen.loaded, chosen.parameters, chosen.bytes) == (None, None, None)
    assert tfw.loaded() == []


def test_where_none_is_named_it_is_taken(encoder: str) -> None:
    assert tfw.load(None).name != encoder
    tfw.use(encoder)
    assert tfw.load(None).name == encoder
    assert tfw.load(None, "feature-extraction") is tfw.load(encoder, "feature-extraction")
    assert tfw.tokens("a dog").readings[0].subject.name == Path(encoder).name
    assert attended().name == encoder
    assert tfw.classify(["a good film"], ["dog", "film"]).model_name == encoder


def test_a_named_one_goes_before_it(encoder: str, default_encoder: str) -> None:
    tfw.use(encoder)
    assert tfw.load(default_encoder).name == default_encoder
    assert attended(model=default_encoder).name == default_encoder
    found = tfw.classify(["a film"], ["dog", "film"], model=default_encoder)
    assert found.model_name == default_encoder
    tokenizer = tfw.load(encoder).tokenizer
    assert tfw.tokens("a dog", tokenizer=tokenizer).readings[0].subject.tokenizer is tokenizer


def test_none_goes_back_to_the_defaults(encoder: str, default_encoder: str) -> None:
    earlier = tfw.use(encoder)
    back = tfw.use(None)
    assert (back.name, back.in_use, earlier.in_use) == (None, True, False)
    assert tfw.load(None, "feature-extraction").name == default_encoder
    with pytest.raises(tfw.InputError, match="No model is in use"):
        back.load()


def test_without_a_name_nothing_changes(encoder: str) -> None:
    assert tfw.use().name is None
    tfw.use(encoder)
    assert tfw.use().name == encoder
    assert tfw.use().in_use


def test_a_classifier_in_use_answers_with_its_own_head(classifier: str) -> None:
    tfw.use(classifier)
    found = tfw.classify(["a good film"])
    assert (found.method, found.labels) == ("head", ["negative", "positive"])
    compared = tfw.classify(["a good film"], ["dog", "film"], method="zero-shot")
    assert (compared.method, compared.model_name) == ("zero-shot", classifier)
    with pytest.raises(tfw.InputError, match=rf"(?s)'dog' is none of them.*{REMINDER}"):
        tfw.classify(["a good film"], ["dog", "film"])


def test_what_it_lacks_is_said_and_no_other_is_taken(encoder: str) -> None:
    tfw.use(encoder)
    with pytest.raises(tfw.ModelError, match=rf"(?s)no trained head for fill-mask.*{REMINDER}"):
        tfw.load(None, "fill-mask")
    with pytest.raises(tfw.ModelError, match=rf"(?s)no trained head for text-class.*{REMINDER}"):
        tfw.classify(["a film"], method="head")
    with pytest.raises(tfw.InputError, match=rf"(?s)has no decoder beside.*{REMINDER}"):
        tfw.attention("a dog", target="a cat")
    with pytest.raises(tfw.InputError, match=rf"(?s)writes no text.*{REMINDER}"):
        tfw.attention("a dog", generate=True)
    with pytest.raises(tfw.InputError, match=rf"(?s)has no chat template.*{REMINDER}"):
        tfw.tokens([{"role": "user", "content": "a dog"}])


def test_an_error_about_a_named_model_reminds_of_nothing(encoder: str, classifier: str) -> None:
    tfw.use(classifier)
    with pytest.raises(tfw.ModelError) as refused:
        tfw.load(encoder, "fill-mask")
    assert "model in use" not in str(refused.value)
    with pytest.raises(tfw.InputError) as empty:
        tfw.attention(" ")
    assert "model in use" not in str(empty.value)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("demo/minilmm", "Did you mean 'demo/minilm'"),
        ("org/nothing", "is not in the cache"),
        ("no such/model name", "cannot be a model's id"),
        ("./nowhere", "There is no folder ./nowhere"),
        ("", "The name of the model is empty"),
        (7, "not int"),
        (("a", "b", "c"), "A ready model is a pair"),
    ],
)
def test_what_cannot_be_used_leaves_the_earlier_one(encoder: str, name: object, words: str) -> None:
    tfw.use(encoder)
    with pytest.raises((tfw.ModelError, tfw.InputError), match=words):
        tfw.use(name)
    assert tfw.use().name == encoder


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    folder = tiny_bert(tmp_path / "model")
    (folder / "model.safetensors").unlink()
    with pytest.raises(tfw.ModelError, match="no weights"):
        tfw.use(str(folder))
    assert session.in_use() is None


def test_a_path_is_a_folder(encoder: str) -> None:
    chosen = tfw.use(Path(encoder))
    assert chosen.name == encoder
    model = tfw.load(None)
    assert chosen.loaded is model


def test_a_ready_pair_and_a_loaded_model(encoder: str, classifier: str) -> None:
    loaded = tfw.load(classifier)
    chosen = tfw.use((loaded.model, loaded.tokenizer))
    assert (chosen.source, chosen.task) == ("pair", "text-classification")
    assert chosen.architecture == "BertForSequenceClassification"
    assert chosen.parameters == loaded.parameters
    assert tfw.classify(["a good film"]).labels == ["negative", "positive"]
    assert tfw.tokens("a dog").readings[0].subject.tokenizer is loaded.tokenizer

    assert tfw.use(loaded).loaded is loaded
    assert tfw.load(None) is loaded
    with pytest.raises(tfw.ModelError, match=REMINDER):
        tfw.load(None, "fill-mask")
    with pytest.raises(tfw.InputError, match="A revision goes with the name"):
        tfw.use(loaded, revision="main")


def test_a_learner_is_its_model_as_it_is_now(classifier: str) -> None:
    class Learner:
        def __init__(self, now: tfw.LoadedModel) -> None:
            self.now = now

        def to_loaded_model(self) -> tfw.LoadedModel:
            return self.now

    learner = Learner(tfw.load(classifier))
    assert tfw.use(learner).architecture == "BertForSequenceClassification"
    learner.now = tfw.load(classifier, "feature-extraction")
    assert tfw.load(None) is learner.now


def test_observers_hear_of_choices_loads_and_unloads(
    encoder: str, caplog: pytest.LogCaptureFixture
) -> None:
    heard = []
    stop = session.observe(lambda: heard.append([model.name for model in tfw.loaded()]))
    broken = session.observe(lambda: 1 / 0)  # type: ignore[arg-type]
    tfw.use(encoder)
    tfw.load(None)
    tfw.load(None)  # is there already
    tfw.unload()
    stop()
    broken()
    tfw.use(None)
    assert heard == [[], [encoder], []]
    assert "an observer of the models in memory failed" in caplog.text


def test_names_that_were_seen_are_few_and_the_last() -> None:
    session.see(f"org/m{k}" for k in range(session.MOST_SEEN + 5))
    session.see(["org/m10"])
    names = session.seen()
    assert len(names) == session.MOST_SEEN
    assert names[-1] == "org/m10"
    assert "org/m0" not in names


def test_a_folder_stays_the_one_that_was_chosen(
    encoder: str, classifier: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place, source in (("one", encoder), ("two", classifier)):
        (tmp_path / place).mkdir()
        shutil.copytree(source, tmp_path / place / "mine")
    monkeypatch.chdir(tmp_path / "one")
    chosen = tfw.use("./mine")
    monkeypatch.chdir(tmp_path / "two")
    assert tfw.load(None).folder == tmp_path / "one" / "mine"
    read = tfw.tokens("a dog").readings[0].subject.tokenizer
    assert read.name_or_path == str(tmp_path / "one" / "mine")
    assert (chosen.name, chosen.loaded) == ("./mine", tfw.load(None))
    assert tfw.unload("../one/mine") == 1


def test_a_link_is_followed_to_where_it_leads_now(
    encoder: str, classifier: str, tmp_path: Path
) -> None:
    link = tmp_path / "latest"
    link.symlink_to(encoder)
    chosen = tfw.use(str(link))
    assert chosen.load().folder == Path(encoder)
    link.unlink()
    link.symlink_to(classifier)
    assert chosen.loaded is None
    assert tfw.load(None).folder == Path(classifier)


def test_of_a_folder_that_is_gone_the_model_in_memory_is_still_known(
    encoder: str, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(encoder, tmp_path / "gone"))
    chosen = tfw.use(str(folder))
    model = chosen.load()
    shutil.rmtree(folder)
    assert chosen.loaded is model
    for call in (tfw.load, lambda _: tfw.tokens("a dog")):
        with pytest.raises(tfw.ModelError, match=rf"(?s)There is no folder .*gone.*{REMINDER}"):
            call(None)
    assert chosen.unload() == 1


def test_a_folder_without_a_tokenizer_says_so_when_it_is_asked(
    encoder: str, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(encoder, tmp_path / "model"))
    for file in folder.glob("tokenizer*"):
        file.unlink()
    tfw.use(str(folder))
    with pytest.raises(tfw.ModelError, match=rf"(?s)holds no tokenizer.*{REMINDER}"):
        tfw.tokens("a dog")
    with pytest.raises(tfw.ModelError, match=rf"(?s)without the files of its tok.*{REMINDER}"):
        tfw.attention("a dog")


@pytest.mark.parametrize("what", ["demo", "folder", "pair", "loaded"])
def test_what_has_no_revisions_is_not_asked_for_one(what: str, encoder: str) -> None:
    model = tfw.load(encoder)
    named: dict[str, Any] = {
        "demo": "demo/minilm",
        "folder": encoder,
        "pair": (model.model, model.tokenizer),
        "loaded": model,
    }
    for call in (tfw.use, tfw.load, saved_for):
        with pytest.raises(tfw.InputError, match="A revision goes with the name of a model on"):
            call(named[what], revision="v1")
    for nothing in ((None,), ()):
        with pytest.raises(tfw.InputError, match="A revision goes with the name"):
            tfw.use(*nothing, revision="v1")
    assert session.in_use() is None


def test_what_is_in_use_can_be_named_too(encoder: str, default_encoder: str) -> None:
    chosen = tfw.use(encoder)
    tfw.use(default_encoder)
    assert tfw.load(chosen).name == encoder
    assert tfw.classify(["a film"], ["dog", "film"], model=chosen).model_name == encoder
    assert tfw.use(chosen).name == encoder
    with pytest.raises(tfw.InputError, match="No model is in use"):
        tfw.load(tfw.use(None))


def test_a_pair_is_unloaded_alone(encoder: str) -> None:
    """Others may be called the same."""
    kept = tfw.load(encoder)
    other = copy.deepcopy(kept.model)
    chosen = tfw.use((other, kept.tokenizer))
    assert chosen.name == kept.name
    assert (chosen.unload(), chosen.others, tfw.loaded()) == (0, [kept], [kept])
    same = tfw.use((kept.model, kept.tokenizer))
    assert same.others == []
    assert same.unload() == 1


def test_a_loaded_model_is_unloaded_alone(classifier: str) -> None:
    first = tfw.load(classifier)
    second = tfw.load(classifier, "feature-extraction")
    assert tfw.use(first).unload() == 1
    assert tfw.loaded() == [second]
