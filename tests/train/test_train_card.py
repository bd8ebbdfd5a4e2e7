"""The model card: what it says is true, complete, and safe to show."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from huggingface_hub import ModelCard
from transformers import AutoTokenizer

from tests.support.tiny import LABELS
from tests.train.tiny_learners import MARK, review_learner, reviews, train
from tfwidgets.train.saving.card import base_of, md, model_card
from tfwidgets.train.saving.card_use import usage

if TYPE_CHECKING:
    from pathlib import Path

BLOCK = re.compile(r"```python\n(.*?)\n```", re.DOTALL)


@pytest.fixture(scope="module")
def learn(tmp_path_factory: pytest.TempPathFactory) -> Any:
    learn = review_learner(tmp_path_factory.mktemp("learner"), clip=1.0)
    learn.freeze()
    train(learn, 1, 2e-3)
    learn.unfreeze()
    return train(learn, 2, slice(1e-4, 1e-3))


@pytest.fixture(scope="module")
def card(learn: Any) -> str:
    text: str = learn.model_card()
    return text


def cells(card: str) -> dict[str, str]:
    """Return the two-columned rows of all tables, by their first cell."""
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in card.splitlines() if line[:1] == "|"]
    return {row[0].strip(): row[1].strip() for row in rows if len(row) == 2}


def section(card: str, title: str) -> str:
    return card.split(f"\n## {title}\n")[1].split("\n## ")[0]


def test_the_hub_reads_its_data(card: str, learn: Any) -> None:
    data = ModelCard(card).data
    assert data.library_name == "transformers"
    assert data.pipeline_tag == "text-classification"
    assert data.tags == ["tfwidgets", "fastai"]
    assert data.base_model is None  # a folder is nobody's id
    measured = {result.metric_name: result.metric_value for result in data.eval_results}
    assert measured["accuracy"] == pytest.approx(learn.recorder.values[-1][2], abs=1e-6)
    assert measured["valid_loss"] == pytest.approx(learn.recorder.values[-1][1], abs=1e-6)
    assert {result.dataset_split for result in data.eval_results} == {"validation"}


def test_it_tells_of_the_data(card: str, learn: Any) -> None:
    shown = cells(section(card, "Data"))
    assert shown["text"] == "review"
    assert shown["label"] == "sentiment"
    assert shown["training rows"] == str(len(learn.dls.train_ds)) == "19"
    assert shown["validation rows"] == "5"
    counts = dict(re.findall(r"\| \d \| (\w+) \| (\d+) \|", card))
    labels = learn.dls.train_ds.rows["sentiment"]
    assert counts == {name: str(n) for name, n in labels.value_counts().items()}


def test_it_tells_of_the_training(card: str) -> None:
    text = section(card, "Training")
    shown = cells(text)
    assert shown["batch size"] == "4"
    assert shown["clip"] == "1.0"
    assert shown["seed"] == "1"
    assert shown["tokens kept of a row"] == "64"
    assert "| 1 | 1 | 0.002 | the last group | 4 |" in text
    assert "| 2 | 2 | 0.0001 to 0.001 | everything | 4 |" in text


def test_it_tells_what_an_accuracy_is_to_beat(card: str, learn: Any) -> None:
    labels = learn.dls.valid_ds.rows["sentiment"]
    best = labels.value_counts(normalize=True)
    said = re.search(r"The answer (\w+) to everything has an accuracy of ([\d.]+)\.", card)
    assert said
    assert said[1] == best.idxmax()
    assert float(said[2]) == pytest.approx(best.max(), abs=1e-4)


def test_the_fingerprint_is_that_of_the_rows(card: str, tmp_path: Path) -> None:
    def fingerprint(text: str) -> str:
        return re.search(r"\| ([0-9a-f]{16}) \|", text)[1]  # type: ignore[index]

    same = review_learner(tmp_path).model_card()
    assert fingerprint(same) == fingerprint(card)
    data = reviews()
    data.loc[3, "sentiment"] = "neg"
    assert fingerprint(review_learner(tmp_path, data).model_card()) != fingerprint(card)


def test_it_tells_no_place_and_no_row(card: str, learn: Any) -> None:
    assert str(learn.path) not in card
    assert str(learn.path.parent) not in card
    assert MARK not in card


def test_before_training(tmp_path: Path) -> None:
    card = review_learner(tmp_path).model_card()
    assert "No fit was completed" in section(card, "Training")
    assert "Nothing was measured." in section(card, "Results")
    assert "untrained" in section(card, "Limits")  # the new head
    assert str(tmp_path) not in card
    assert ModelCard(card).data.eval_results is None


def test_rows_that_were_cut(tmp_path: Path) -> None:
    card = review_learner(tmp_path, max_length=8).model_card()
    assert "are longer than 8 tokens and were cut" in section(card, "Limits")
    assert "at most 8 tokens" in section(card, "Limits")


@pytest.mark.parametrize(
    ("settings", "id_", "shown"),
    [
        ({"model": "org/bert", "source": "hub", "revision": "0" * 40}, "org/bert", "org/bert"),
        ({"model": "org/bert", "revision": "0" * 40}, "org/bert", "org/bert"),
        ({"model": "/home/anna/bert", "source": "folder"}, None, "bert"),
        ({"model": "C:\\Users\\anna\\bert", "source": "folder"}, None, "bert"),
        ({"model": f"/x/snapshots/{'0' * 40}", "source": "pair"}, None, "SimpleNamespace"),
        ({"model": "demo/minilm", "source": "demo"}, None, "demo/minilm (all-MiniLM-L6-v2"),
        ({}, None, "SimpleNamespace"),
    ],
)
def test_what_it_was_made_of(settings: dict[str, Any], id_: str | None, shown: str) -> None:
    base = base_of(SimpleNamespace(settings=settings, transformer=SimpleNamespace()))
    assert base.id == id_
    assert base.shown.startswith(shown)
    assert "anna" not in base.shown


def test_a_model_of_the_hub_is_named(learn: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(learn.settings, "model", "org/bert")
    monkeypatch.setitem(learn.settings, "source", "hub")
    assert ModelCard(learn.model_card()).data.base_model == "org/bert"


def test_texts_from_outside_are_no_markup(tmp_path: Path) -> None:
    evil = "a|b\n\n# head <script>alert(1)</script> `x` [click](javascript:x) *b* &lt;"
    data = reviews().rename(columns={"review": evil})
    data["sentiment"] = data["sentiment"].replace("neg", evil)
    learn = review_learner(tmp_path, data, "text-classification", text=evil)
    learn.settings["data"] = "---\n- x: ```"
    train(learn)
    card = learn.model_card()
    body = card.split("\n---\n", 1)[1]
    assert "<script" not in body
    assert "\n# head" not in body
    assert not re.search(r"(?<!\\)\[click", body)
    prose = BLOCK.sub("", body)
    assert not re.search(r"(?<!\\)`", prose)
    # No cell of a table has become two.
    widths = [len(re.split(r"(?<!\\)\|", line)) for line in prose.splitlines() if line[:1] == "|"]
    assert sorted(set(widths)) == [4, 5, 7]
    data = ModelCard(card).data
    assert data.eval_results[0].dataset_name == "--- - x: ```"


def test_one_line_and_escaped() -> None:
    assert md("a|b") == "a\\|b"
    assert md("<b>\n\nx & y") == "&lt;b&gt; x &amp; y"
    assert md("B-PER") == "B-PER"
    assert len(md("x" * 1000)) == 200


def test_an_interrupted_fit_is_told(learn: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    cut = [{**learn.history[-1], "interrupted": True}]
    monkeypatch.setattr(learn, "history", [*learn.history, *cut])
    card = learn.model_card()
    assert "| 3 | 2 (interrupted) |" in section(card, "Training")
    assert "before the last fit, which was interrupted" in section(card, "Results")
    assert ModelCard(card).data.eval_results is None


def test_the_code_in_it_runs(learn: Any, tmp_path: Path) -> None:
    folder = learn.save_pretrained(tmp_path / "saved")
    blocks = BLOCK.findall((folder / "README.md").read_text(encoding="utf-8"))
    assert len(blocks) == 2
    for block in blocks:
        *lines, last = block.replace("path/to/this/folder", str(folder)).splitlines()
        names: dict[str, Any] = {}
        exec("\n".join(lines), names)  # noqa: S102
        answer = eval(last, names)  # noqa: S307
        label = answer[0]["label"] if isinstance(answer, list) else answer.to_frame().prediction[0]
        assert label == learn.predict("A text.")[0]


def fake(name: str, **known: Any) -> Any:
    known = {"text": ("text",), "vocab": [], "problem_type": None, "tokenizer": None} | known
    return SimpleNamespace(task=SimpleNamespace(name=name, **known))


@pytest.mark.parametrize("adapter", [False, True])
@pytest.mark.parametrize(
    "learn",
    [
        fake("text-classification", text=("a", "b"), vocab=list(LABELS)),
        fake("text-classification", problem_type="multi_label_classification"),
        fake("text-classification", problem_type="regression"),
        fake("token-classification"),
        fake("question-answering", text=("question", "context")),
        fake("text-generation"),
        fake("fill-mask", tokenizer=SimpleNamespace(mask_token='<"`m`\n">')),  # noqa: S106
        fake("summarization", prefix='in "short"\n```: '),
        fake("translation", prefix="übersetze: "),
        fake("text2text-generation"),
    ],
    ids=lambda learn: learn.task.name,
)
def test_the_code_of_every_task_is_code(learn: Any, adapter: bool) -> None:
    text = usage(learn, "anna/model", adapter=adapter)
    blocks = BLOCK.findall(text)
    assert blocks
    assert text.count("```") == 2 * len(blocks)
    for block in blocks:
        compile(block, "card", "exec")
        assert "anna/model" in block


def test_adapters_are_loaded_on_their_base(learn: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(learn.settings, "model", "org/bert")
    monkeypatch.setitem(learn.settings, "source", "hub")
    monkeypatch.setitem(learn.settings, "lora", True)
    card = model_card(learn, name="anna/adapters", adapter=True)
    data = ModelCard(card).data
    assert data.library_name == "peft"
    assert data.tags == ["tfwidgets", "fastai", "lora"]
    assert 'from_pretrained("org/bert", num_labels=2)' in card
    assert 'PeftModel.from_pretrained(base, "anna/adapters")' in card


def test_our_tag_marks_our_cards(learn: Any, tmp_path: Path) -> None:
    """A card is overwritten only by its like; so it must be found among the data again."""
    folder = learn.save_pretrained(tmp_path / "saved")
    learn.save_pretrained(folder)
    assert AutoTokenizer.from_pretrained(folder)
