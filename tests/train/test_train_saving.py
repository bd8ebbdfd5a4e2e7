"""``save_pretrained``: what is saved answers elsewhere as it does here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import torch
from fastai.callback.core import Callback, CancelFitException
from safetensors.torch import load_file
from transformers import AutoTokenizer, pipeline

import tfwidgets as tfw
from tests.support.tiny import tiny_bert, tiny_tokenizer
from tests.train.tiny_learners import MARK, review_learner, reviews, train

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = ["the film was great", f"the movie was not good {MARK} {MARK}", "funny"]


@pytest.fixture(autouse=True)
def _nothing_loaded() -> Any:
    yield
    tfw.unload()


@pytest.fixture(scope="module")
def learn(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return train(review_learner(tmp_path_factory.mktemp("learner")))


@pytest.fixture(scope="module")
def folder(learn: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = learn.save_pretrained(tmp_path_factory.mktemp("saved") / "new" / "model")
    return folder


def probabilities(learn: Any, texts: list[Any]) -> Any:
    return np.stack([answer[2].numpy() for answer in learn.predict(texts)])


def piped(folder: Path, texts: list[Any], **options: Any) -> Any:
    """Return the probabilities of a transformers pipeline, in the order of the labels."""
    pipe = pipeline("text-classification", model=str(folder), top_k=None, **options)
    names = pipe.model.config.label2id
    answers = [pipe(text, truncation=True) for text in texts]
    answers = [a[0] if isinstance(a[0], list) else a for a in answers]
    return np.array(
        [[s["score"] for s in sorted(a, key=lambda s: names[s["label"]])] for a in answers]
    )


def test_a_pipeline_answers_as_the_learner(learn: Any, folder: Path) -> None:
    np.testing.assert_allclose(piped(folder, TEXTS), probabilities(learn, TEXTS), atol=1e-6)


def test_load_and_classify_answer_as_the_learner(learn: Any, folder: Path) -> None:
    loaded = tfw.load(str(folder), task="text-classification", progress=False)
    assert loaded.model.config.id2label == {0: "neg", 1: "pos"}
    shown = tfw.classify(TEXTS, model=str(folder), progress=False).to_frame()
    expected = probabilities(learn, TEXTS)
    np.testing.assert_allclose(shown[["neg", "pos"]].to_numpy(), expected, atol=1e-6)


def test_the_files_are_those_of_transformers(folder: Path) -> None:
    names = {path.name for path in folder.iterdir()}
    assert names == {
        *("README.md", "config.json", "model.safetensors"),
        *("tokenizer.json", "tokenizer_config.json"),
    }


def test_no_file_tells_where_it_was_made_or_from_which_rows(learn: Any, folder: Path) -> None:
    for path in folder.iterdir():
        content = path.read_bytes()
        assert str(folder.parents[2]).encode() not in content, path.name
        assert str(learn.path).encode() not in content, path.name
        assert MARK.encode() not in content, path.name


def test_the_tokenizer_cuts_where_the_learner_did(tmp_path: Path) -> None:
    learn = train(review_learner(tmp_path, max_length=8))
    folder = learn.save_pretrained(tmp_path / "saved")
    np.testing.assert_allclose(piped(folder, TEXTS), probabilities(learn, TEXTS), atol=1e-6)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert tokenizer.model_max_length == 8
    # Only when it is asked to; and it pads nothing by itself.
    assert len(tokenizer(TEXTS[1])["input_ids"]) > 8
    state = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    assert state["truncation"] is None
    assert state["padding"] is None


def test_saving_leaves_the_learner_as_it_was(tmp_path: Path) -> None:
    learn = train(review_learner(tmp_path, max_length=8))
    learn.freeze()
    learn.model.train()
    before = {name: value.clone() for name, value in learn.model.state_dict().items()}
    grads = [p.requires_grad for p in learn.model.parameters()]
    learn.save_pretrained(tmp_path / "saved")
    assert learn.model.training
    assert [p.requires_grad for p in learn.model.parameters()] == grads
    assert learn.tokenizer.model_max_length == 64
    for name, value in learn.model.state_dict().items():
        assert torch.equal(value, before[name]), name
    train(learn)


def test_pairs(tmp_path: Path) -> None:
    data = reviews().assign(question=["is it good ?", "is it bad ?", "and the story ?"] * 8)
    learn = train(review_learner(tmp_path, data, text=["question", "review"]))
    folder = learn.save_pretrained(tmp_path / "saved")
    pairs = [("is it good ?", text) for text in TEXTS]
    got = piped(folder, [{"text": first, "text_pair": second} for first, second in pairs])
    np.testing.assert_allclose(got, probabilities(learn, pairs), atol=1e-6)


def test_several_labels(tmp_path: Path) -> None:
    data = reviews()
    data["long"] = [int(len(text) > 40) for text in data["review"]]
    data["pos"] = [int(label == "pos") for label in data["sentiment"]]
    learn = train(review_learner(tmp_path, data, "text-classification", label=["long", "pos"]))
    folder = learn.save_pretrained(tmp_path / "saved")
    np.testing.assert_allclose(piped(folder, TEXTS), probabilities(learn, TEXTS), atol=1e-6)


def test_a_number(tmp_path: Path) -> None:
    data = reviews()
    data["score"] = [len(text) / 20 for text in data["review"]]
    learn = train(review_learner(tmp_path, data, "regression", label="score"))
    folder = learn.save_pretrained(tmp_path / "saved")
    expected = [[answer[0]] for answer in learn.predict(TEXTS)]
    got = piped(folder, TEXTS, function_to_apply="none")
    np.testing.assert_allclose(got, expected, atol=1e-5)


def test_a_learner_that_was_not_trained(tmp_path: Path) -> None:
    learn = review_learner(tmp_path)
    folder = learn.save_pretrained(tmp_path / "saved")
    np.testing.assert_allclose(piped(folder, TEXTS), probabilities(learn, TEXTS), atol=1e-6)


def test_half_precision_stays(tmp_path: Path) -> None:
    learn = review_learner(tmp_path)
    learn.model.to(torch.bfloat16)
    folder = learn.save_pretrained(tmp_path / "saved")
    kinds = {value.dtype for value in load_file(folder / "model.safetensors").values()}
    assert kinds == {torch.bfloat16}
    assert json.loads((folder / "config.json").read_text())["dtype"] == "bfloat16"


class Interrupt(Callback):
    def __init__(self, error: type[BaseException]) -> None:
        self.error = error

    def after_batch(self) -> None:
        if self.training and self.iter == 2:
            raise self.error


@pytest.mark.parametrize("error", [KeyboardInterrupt, CancelFitException])
def test_after_an_interrupt(tmp_path: Path, error: type[BaseException]) -> None:
    learn = review_learner(tmp_path)
    try:
        with learn.added_cbs(Interrupt(error)):
            train(learn)
    except KeyboardInterrupt:
        pass
    folder = learn.save_pretrained(tmp_path / "saved")
    np.testing.assert_allclose(piped(folder, TEXTS), probabilities(learn, TEXTS), atol=1e-6)


def test_what_is_in_the_folder_stays(tmp_path: Path) -> None:
    learn = review_learner(tmp_path)
    folder = tmp_path / "saved"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    learn.save_pretrained(folder)
    first = (folder / "model.safetensors").read_bytes()
    card = (folder / "README.md").read_text(encoding="utf-8")
    train(learn).save_pretrained(folder)
    assert (folder / "notes.txt").read_text() == "mine"
    assert (folder / "model.safetensors").read_bytes() != first
    assert (folder / "README.md").read_text(encoding="utf-8") != card
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


def test_into_the_folder_that_it_was_loaded_from(tmp_path: Path) -> None:
    """The weights in memory may still be those of the file that is replaced."""
    learn = review_learner(tmp_path)
    learn.freeze()
    train(learn)
    expected = {name: value.clone() for name, value in learn.transformer.state_dict().items()}
    learn.save_pretrained(tmp_path / "base")
    saved = load_file(tmp_path / "base" / "model.safetensors")
    for name, value in learn.transformer.state_dict().items():
        assert torch.equal(value, expected[name]), name
        assert torch.equal(saved[name], expected[name]), name


def test_a_readme_of_somebody_else_is_not_overwritten(tmp_path: Path) -> None:
    learn = review_learner(tmp_path)
    folder = tmp_path / "saved"
    folder.mkdir()
    (folder / "README.md").write_text("# My project\n\n- tfwidgets\n")
    with pytest.raises(tfw.InputError, match="card=False"):
        learn.save_pretrained(folder)
    assert [path.name for path in folder.iterdir()] == ["README.md"]
    learn.save_pretrained(folder, card=False)
    assert (folder / "README.md").read_text().startswith("# My project")
    assert (folder / "config.json").exists()


def test_what_cannot_be_a_folder(tmp_path: Path) -> None:
    learn = review_learner(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(tfw.InputError, match="is a file"):
        learn.save_pretrained(tmp_path / "file")
    with pytest.raises(tfw.InputError, match="cannot be saved"):
        learn.save_pretrained(tmp_path / "file" / "folder")


def test_what_breaks_off_leaves_the_old_model_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learn = review_learner(tmp_path)
    learn.save_pretrained(tmp_path / "saved")
    before = {path.name: path.read_bytes() for path in (tmp_path / "saved").iterdir()}

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    train(learn)
    monkeypatch.setattr(type(learn.tokenizer), "save_pretrained", full)
    with pytest.raises(tfw.InputError, match="No space left"):
        learn.save_pretrained(tmp_path / "saved")
    assert {path.name: path.read_bytes() for path in (tmp_path / "saved").iterdir()} == before


def test_adapters_are_merged_into_a_copy(tmp_path: Path) -> None:
    learn = train(review_learner(tmp_path, lora=True), lr=1e-2)
    names = set(learn.model.state_dict())
    folder = learn.save_pretrained(tmp_path / "saved")
    assert not (folder / "adapter_config.json").exists()
    np.testing.assert_allclose(piped(folder, TEXTS), probabilities(learn, TEXTS), atol=1e-5)
    assert set(learn.model.state_dict()) == names
    with pytest.raises(tfw.InputError, match="another folder"):
        learn.save_pretrained(folder, merge_lora=False)


def test_adapters_alone(tmp_path: Path) -> None:
    from peft import PeftModel
    from transformers import AutoModelForSequenceClassification

    learn = train(review_learner(tmp_path, lora=True), lr=1e-2)
    folder = learn.save_pretrained(tmp_path / "saved", merge_lora=False)
    names = {path.name for path in folder.iterdir()}
    assert {"adapter_config.json", "adapter_model.safetensors", "README.md"} <= names
    assert not {"config.json", "model.safetensors"} & names
    for path in folder.iterdir():
        assert str(tmp_path).encode() not in path.read_bytes(), path.name
    base = AutoModelForSequenceClassification.from_pretrained(tmp_path / "base", num_labels=2)
    model = PeftModel.from_pretrained(base, folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    with torch.no_grad():
        logits = model(**tokenizer(TEXTS, padding=True, return_tensors="pt")).logits
    np.testing.assert_allclose(logits.softmax(-1), probabilities(learn, TEXTS), atol=1e-5)
    with pytest.raises(tfw.InputError, match="adapters alone"):
        learn.save_pretrained(folder)


def test_labels_of_words(tmp_path: Path) -> None:
    rows = [text.split() for text in reviews()["review"]]
    tags = [["B-X" if word in ("film", "movie") else "O" for word in row] for row in rows]
    data = pd.DataFrame({"tokens": rows, "tags": tags})
    learn = train(
        review_learner(tmp_path, data, "token-classification", text="tokens", label="tags")
    )
    folder = learn.save_pretrained(tmp_path / "saved")
    pipe = pipeline("token-classification", model=str(folder), ignore_labels=[])
    words, _, probabilities = learn.predict("the film was unhappy")
    names = learn.dls.vocab
    first = [piece for piece in pipe("the film was unhappy") if piece["word"][:2] != "##"]
    assert [piece["entity"] for piece in first] == [tag for _, tag in words]
    expected = [row[names.index(tag)] for row, (_, tag) in zip(probabilities, words, strict=True)]
    np.testing.assert_allclose([piece["score"] for piece in first], expected, atol=1e-5)


def test_hidden_words(tmp_path: Path) -> None:
    tiny_bert(tmp_path / "base", "mlm")
    learn = train(review_learner(tmp_path, reviews()[["review"]], "fill-mask", label=None))
    folder = learn.save_pretrained(tmp_path / "saved")
    pipe = pipeline("fill-mask", model=str(folder), top_k=5)
    got = [(one["token_str"], one["score"]) for one in pipe("the [MASK] was good")]
    expected = learn.predict("the [MASK] was good", top_k=5)
    assert [token for token, _ in got] == [one.token for one in expected]
    np.testing.assert_allclose([p for _, p in got], [one.score for one in expected], atol=1e-5)
    # What reads on is not held to the length of a training row.
    assert tfw.load(str(folder), task="fill-mask", progress=False).max_length == 64


def test_texts_that_are_written(tmp_path: Path) -> None:
    """The code of the card, with the text that stands in front of every row, writes the same."""
    from transformers import T5Config, T5ForConditionalGeneration

    tiny_tokenizer(tmp_path / "base")
    settings = json.loads((tmp_path / "base" / "tokenizer_config.json").read_text())
    settings["model_input_names"] = ["input_ids", "attention_mask"]
    (tmp_path / "base" / "tokenizer_config.json").write_text(json.dumps(settings))
    sizes = {
        "vocab_size": 37,
        "d_model": 32,
        "d_kv": 8,
        "d_ff": 64,
        "num_layers": 2,
        "num_heads": 4,
    }
    ids = {"decoder_start_token_id": 0, "pad_token_id": 0, "eos_token_id": 3}
    T5ForConditionalGeneration(T5Config(**sizes, **ids)).save_pretrained(tmp_path / "base")
    data = reviews().assign(short=[" ".join(text.split()[:3]) for text in reviews()["review"]])
    options = {"prefix": "the story ", "generation_metrics": False}
    learn = review_learner(tmp_path, data, "summarization", label="short", **options)
    folder = train(learn).save_pretrained(tmp_path / "saved")
    config = json.loads((folder / "config.json").read_text())
    assert config["task_specific_params"] == {"summarization": {"prefix": "the story "}}
    assert getattr(learn.transformer.config, "task_specific_params", None) is None
    card = (folder / "README.md").read_text(encoding="utf-8")
    code = (
        card.split("```python\n")[1].split("\n```")[0].replace("path/to/this/folder", str(folder))
    )
    *lines, last = code.replace("A text.", "the film was good").splitlines()
    names: dict[str, Any] = {}
    exec("\n".join(lines), names)  # noqa: S102
    expected = learn.predict("the film was good", max_new_tokens=64, do_sample=False)
    assert eval(last, names) == expected  # noqa: S307
