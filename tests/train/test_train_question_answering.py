"""Answers in contexts: where they are trained to be, how they are found, and what is measured."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
import transformers
from fastai.interpret import Interpretation
from fastai.learner import load_learner

import tfwidgets as tfw
from tests.train.word_readers import (
    FAMILIES,
    YEAR,
    bound,
    model_of,
    sentences,
    tokenizer_of,
)
from tfwidgets.errors import InputError
from tfwidgets.train import interpret
from tfwidgets.train.dataloaders import TransformerDataLoaders
from tfwidgets.train.learner import TransformerLearner
from tfwidgets.train.tasks.question_answering import (
    AnswerTally,
    QuestionAnswering,
    _Found,
    encode_pairs,
)
from tfwidgets.train.tasks.spans import CONTEXT, NOWHERE, QUESTION, SPACE
from tfwidgets.train.tasks.squad import f1

AUTO = transformers.AutoModelForQuestionAnswering
QUESTION_TEXT = "Who jumps over?"
CONTEXTS = [
    "The quick brown fox jumps over the lazy dog.",
    "It is well known that the dog does not mind the cat, unhappily: no fox jumps over it.",
    "Tokenizers cut texts into many pieces, and the office counts them.",
    "A bear is not a fox.",
]
# Short enough for two pieces of some of these, long enough for the question.
LENGTHS = {"bert": 28}
ANSWERS = ["brown fox", "fox", "office", "bear"]


def squad(answer: str | None, context: str) -> dict[str, list[Any]]:
    if answer is None:
        return {"text": [], "answer_start": []}
    return {"text": [answer], "answer_start": [context.index(answer)]}


def rows(contexts: Any = None, answers: Any = None) -> pd.DataFrame:
    contexts, answers = contexts or CONTEXTS * 2, answers or ANSWERS * 2
    return pd.DataFrame(
        {
            "question": QUESTION_TEXT,
            "context": contexts,
            "answers": [squad(a, c) for a, c in zip(answers, contexts, strict=True)],
        }
    )


def task_on(data: Any = None, family: str = "bert", valid: Any = None, **options: Any) -> Any:
    data = rows() if data is None else data
    task = QuestionAnswering(**options)
    return bound(task, data, family, valid=valid or list(range(len(data) // 2, len(data))))


def made(family: str, data: Any = None, batch_size: int = 3, **options: Any) -> Any:
    """Return a quiet learner over a random model; it reads contexts in several pieces."""
    options = {"max_length": LENGTHS.get(family, 40), "stride": 6, **options}
    task, splits = task_on(data, family, **options)
    dls = TransformerDataLoaders.of_task(task, splits, batch_size=batch_size, device="cpu")
    learn = TransformerLearner(dls, model_of(family, AUTO), cbs=task.callbacks())
    learn.remove_cb(learn.progress)
    return learn


# Pieces and targets


@pytest.mark.parametrize("family", FAMILIES)
def test_targets_are_the_answers_tokens(family: str) -> None:
    task, _ = task_on(family=family, max_length=LENGTHS.get(family, 40), stride=6)
    dataset = task.encode(rows())
    assert dataset.origin is not None
    assert len(dataset) > 8
    assert dataset.lengths.max() <= 40
    answered = set()
    for k, (first, last) in enumerate(dataset.target):
        places = dataset.features["places"][k]
        offsets = dataset.extra["offsets"][k].reshape(-1, 2)
        row = int(dataset.origin[k])
        context, answer = (CONTEXTS * 2)[row], (ANSWERS * 2)[row]
        if places[first] in (NOWHERE, QUESTION):
            assert first == last
            continue
        answered.add(row)
        assert places[first] == places[last] == CONTEXT
        found = context[offsets[first][0] : offsets[last][1]].strip()
        ids = dataset.features["input_ids"][k][first : last + 1]
        if family == "llama":  # pieces of this tokenizer reach over spaces
            assert answer in found in context
        else:
            assert found == answer
            assert task.decoded_ids(ids).strip().lower() == answer
    assert answered == set(range(8))
    # All pieces of a context hold all of it.
    for row, context in enumerate(CONTEXTS):
        covered = set()
        for k in np.flatnonzero(dataset.origin == row):
            own = dataset.extra["offsets"][k].reshape(-1, 2)[
                dataset.features["places"][k] == CONTEXT
            ]
            covered |= {c for start, end in own for c in range(start, end)}
        assert {c for c in range(len(context)) if not context[c].isspace()} <= covered


@pytest.mark.parametrize("family", FAMILIES)
def test_no_answer_stands_at_one_place_before_or_behind(family: str) -> None:
    tokenizer = tokenizer_of(family)
    pieces = encode_pairs(tokenizer, [QUESTION_TEXT], CONTEXTS[:1], 64, 6)
    ids, places = pieces.features["input_ids"][0], pieces.places[0]
    where = np.flatnonzero(places == NOWHERE)
    assert len(where) == 1
    cls = tokenizer.cls_token_id
    assert ids[where[0]] == cls if cls is not None else where[0] == 0
    context = np.flatnonzero(places == CONTEXT)
    # The question is at least as long as its words.
    assert (places[: context[0]] == QUESTION).sum() >= 3 or family in ("gpt2", "llama", "t5")


@pytest.mark.parametrize("family", FAMILIES)
def test_it_is_the_loss_of_the_models_own(family: str) -> None:
    learn = made(family, batch_size=16)
    inputs, target = learn.dls.valid.one_batch()
    assert (inputs["attention_mask"][:, 0] == 0).any() == (family == "xlnet")
    model = learn.transformer.eval()
    known = {k: v for k, v in inputs.items() if k not in ("places", "item")}
    with torch.no_grad():
        output = model(**known, start_positions=target[:, 0], end_positions=target[:, 1])
    logits = torch.stack([output.start_logits, output.end_logits], -1)
    torch.testing.assert_close(learn.loss_func(logits, target), output.loss)
    assert learn.validate()[0] == pytest.approx(float(output.loss), rel=1e-5)
    losses = learn.get_preds(with_loss=True)[2]
    assert losses.shape == (len(learn.dls.valid_ds),)
    assert float(losses.mean()) == pytest.approx(float(output.loss), rel=1e-4)


def test_all_forms_of_answers_are_read_alike() -> None:
    frame = rows()
    expected = task_on(frame)[0].encode(frame).target.tolist()
    texts = frame.assign(answers=ANSWERS * 2)
    starts = [cell["answer_start"][0] for cell in frame["answers"]]
    for other in (
        texts,
        texts.assign(answer_start=starts),
        frame.assign(answers=[[answer] for answer in ANSWERS * 2]),
        frame.assign(
            answers=[
                [{"text": f" {a}", "answer_start": s - 1}]
                for a, s in zip(ANSWERS * 2, starts, strict=True)
            ]
        ),
    ):
        assert task_on(other)[0].encode(other).target.tolist() == expected
    at = len(CONTEXTS[3]) + 7
    later = texts.assign(answers="fox", context=f"{CONTEXTS[3]} Or: a fox.", answer_start=at)
    task, _ = task_on(later)
    dataset = task.encode(later)
    first, _ = dataset.target[0]
    assert dataset.extra["offsets"][0].reshape(-1, 2)[first].tolist() == [at, at + 3]


# Errors


@pytest.mark.parametrize(
    ("change", "options", "said"),
    [
        ({"answers": ["fox", "fox", "cat", "bear"] * 2}, {}, "row 2: the answer 'cat' does not"),
        (
            {"answers": [{"text": ["fox"], "answer_start": [3]}] * 8},
            {},
            "row 0: .* at character 3 .' qu'.*it is looked for",
        ),
        ({"answers": [squad(None, "")] * 8}, {}, "No row of the training data has an answer"),
        ({"answers": [{"answer": "fox"}] * 8}, {}, "holds no answer"),
        ({"answers": [{"text": ["fox"], "answer_start": []}] * 8}, {}, "1 answers and 0 starts"),
        ({"answers": [3] * 8}, {}, "no answer"),
        ({"answers": [[3]] * 8}, {}, "an int, not text"),
        ({}, {"stride": 32}, "from 0 to 31 tokens"),
        ({}, {"max_length": 65}, "more than bert reads"),
        ({}, {"max_answer_tokens": 0}, "at least 1"),
        ({}, {"stride": 2.5}, "stride counts tokens, and is a float"),
        ({}, {"max_answer_tokens": "a"}, "max_answer_tokens counts tokens"),
        ({"question": "fox " * 50}, {}, "question of row 0 has 50 tokens, .* it can have 39"),
        ({}, {"text": ("context",)}, "two columns"),
    ],
)
def test_what_cannot_be_learnt_is_refused(
    change: dict[str, Any], options: dict[str, Any], said: str
) -> None:
    frame = rows().assign(**change)
    with pytest.raises(InputError, match=said):
        task_on(frame, **options)[0].encode(frame)


# Answers


@pytest.mark.parametrize("family", FAMILIES)
def test_answers_are_spans_of_the_context(family: str) -> None:
    learn = made(family)
    asked = [(QUESTION_TEXT, context) for context in CONTEXTS]
    found = learn.predict(asked)
    for answer, context in zip(found, CONTEXTS, strict=True):
        assert answer.text == context[answer.start : answer.end] != ""
        assert answer.text == answer.text.strip()
        assert 0 < answer.score <= 1
    alone = learn.predict(asked[1])
    assert alone[:3] == found[1][:3]
    assert learn.predict({"question": QUESTION_TEXT, "context": CONTEXTS[1]}) == alone
    best = learn.predict(asked[1], top_k=5)
    assert best[0] == alone
    assert len({(one.start, one.end) for one in best}) == 5
    assert [one.score for one in best] == sorted((one.score for one in best), reverse=True)


@pytest.mark.parametrize("family", ["bert", "xlnet"])
def test_the_best_answer_is_that_of_the_best_piece(family: str) -> None:
    learn = made(family)
    dataset = learn.task.encode(rows([CONTEXTS[1]], ["fox"]), labelled=False)
    model, best = learn.transformer.eval(), []
    for k in range(len(dataset)):
        names = [n for n in dataset.features if n != "places"]
        inputs = {n: torch.tensor(dataset.features[n][k][None], dtype=torch.int64) for n in names}
        with torch.no_grad():
            output = model(**inputs)
        places = torch.tensor(dataset.features["places"][k])
        offsets = dataset.extra["offsets"][k].reshape(-1, 2)
        starts, ends = (
            part[0].masked_fill(places == QUESTION, -torch.inf).softmax(0)
            for part in (output.start_logits, output.end_logits)
        )
        assert (places != SPACE).all() or family == "xlnet"
        context = (places == CONTEXT).nonzero().flatten().tolist()
        for i in context:
            for j in context:
                if i <= j < i + learn.task.max_answer_tokens:
                    span = int(offsets[i][0]), int(offsets[j][1])
                    best.append((float(starts[i] * ends[j]), *span))
    score, start, end = max(best)
    answer = learn.predict((QUESTION_TEXT, CONTEXTS[1]))
    assert len(dataset) > 1
    assert answer.text == CONTEXTS[1][start:end].strip()
    assert answer.score == pytest.approx(score, rel=1e-4)


@pytest.mark.parametrize("family", ["bert", "xlnet", "xlm"])
def test_metrics_are_those_of_the_answers_over_questions(family: str) -> None:
    learn = made(family, batch_size=2)
    valid = learn.dls.valid_ds.rows
    assert len(learn.dls.valid_ds) > len(valid)
    answers = learn.predict(list(zip(valid["question"], valid["context"], strict=True)))
    scores = [f1(a.text, c["text"]) for a, c in zip(answers, valid["answers"], strict=True)]
    names = [metric.name for metric in learn.metrics]
    values = dict(zip(names, learn.validate()[1:], strict=True))
    assert values["f1"] == pytest.approx(np.mean(scores))
    assert values["exact_match"] == np.mean([score == 1 for score in scores])
    # Two processes, each with half of the batches: the pieces of a context in both.
    halves: list[dict[int, Any]] = [{}, {}]
    padded = False
    for k, batch in enumerate(learn.dls.valid.new(bs=5)):
        learn.dl, learn.xb, learn.yb = learn.dls.valid, batch[:1], batch[1:]
        with torch.no_grad():
            output = learn.model.eval()(batch[0])
        learn.pred = torch.stack([output.start_logits, output.end_logits], -1)
        padded |= bool((batch[0]["attention_mask"] == 0).any())
        halves[k % 2] |= AnswerTally(learn.task).read(learn)
    tally = learn.metrics[0].tally
    tally.reset()
    for metric in learn.metrics:
        metric.merge(lambda own: [own, *halves])
    assert {metric.name: metric.value for metric in learn.metrics} == values
    assert padded
    # What is found in padded batches is what is found in each context alone.
    best = {}
    for row, spans, _, _ in (entry for half in halves for entry in half.values()):
        for text, score in spans.items():
            best[row] = max(best.get(row, (score, text)), (score, text))
    assert [best[row][1] for row in sorted(best)] == [answer.text for answer in answers]
    other = made(family, batch_size=16)
    other.model.load_state_dict(learn.model.state_dict())
    assert list(other.validate()[1:]) == pytest.approx(list(learn.validate()[1:]))


def test_no_answer_is_said_only_where_that_was_learnt() -> None:
    contexts, answers = CONTEXTS * 2, [*ANSWERS[:3], None] * 2
    for data, may in ((rows(), False), (rows(contexts, answers), True)):
        task, _ = task_on(data)
        assert task.may_be_none == may
        dataset = task.encode(rows(CONTEXTS[:1], ANSWERS[:1]))
        first, last = (int(place) for place in dataset.target[0])
        found = {0: [_Found(-2.0, first, last), _Found(-1.0, -1, -1)]}
        best = task.best(dataset, found)[0][0]
        assert (best.score, best.start == best.end) == ((-1.0, True) if may else (-2.0, False))
        entries = {0: (0, {"brown fox": -2.0}, -1.0, ["brown fox"])}
        counted = AnswerTally(task).count(entries)
        assert counted == dict.fromkeys(("exact_match", "f1"), 0 if may else 1)


def test_that_there_is_none_must_hold_for_all_pieces() -> None:
    data = rows(CONTEXTS * 2, [*ANSWERS[:3], None] * 2)
    task, _ = task_on(data, max_length=28, stride=6)
    dataset = task.encode(rows([CONTEXTS[1]], ["fox"]))
    assert len(dataset) >= 2
    places = dataset.features["places"]
    token = int(np.flatnonzero(places[1] == CONTEXT)[-1])
    found = {
        0: [_Found(-5.0, token, token), _Found(-0.1, -1, -1)],
        1: [_Found(-0.5, token, token), _Found(-1.0, -1, -1)],
    }
    assert task.best(dataset, found)[0][0].score == -0.5


def test_predictions_keep_out_of_the_question() -> None:
    learn = made("bert")
    probabilities, _, decoded = learn.get_preds(with_decoded=True)
    dataset = learn.dls.valid_ds
    for k, (row, span) in enumerate(zip(probabilities, decoded, strict=True)):
        places = dataset.features["places"][k]
        own = row[: len(places)]
        torch.testing.assert_close(row.sum(0), torch.ones(2))
        assert (own[torch.tensor(places) == QUESTION] == 0).all()
        assert set(places[span[0] : span[1] + 1]) in ({CONTEXT}, {NOWHERE})


def test_tables_have_question_context_and_answer() -> None:
    for family in ("bert", "xlnet"):
        learn = made(family, max_length=60, stride=10, batch_size=16)
        table = learn.dls.valid.show_batch(show=False)
        assert list(table.columns) == ["question", "context", "answers"]
        assert re.match("(?i)who jumps over ?[?]$", table["question"].iloc[0])
        row = table[table["context"].str.contains("bear")].iloc[0]
        assert row["answers"] == "bear"
        every = range(len(learn.dls.valid_ds))
        shown = learn.task.results(learn, learn.dls.valid_ds, every)
        assert list(shown.columns) == ["question", "context", "answers", "predicted"]
        assert shown["context"].tolist() == CONTEXTS
        assert shown["answers"].tolist() == ANSWERS
        found = learn.predict([(QUESTION_TEXT, context) for context in CONTEXTS])
        assert shown["predicted"].tolist() == [answer.text for answer in found]


def test_a_piece_alone_has_an_answer_where_all_questions_have() -> None:
    data = rows(CONTEXTS[:1] * 4, ["fox", "dog", "lazy", "brown"])
    learn = made("bert", data, max_length=64)
    decoded = learn.get_preds(with_decoded=True)[2]
    assert len(decoded) == 2
    for k, (first, last) in enumerate(decoded):
        assert set(learn.dls.valid_ds.features["places"][k][first : last + 1]) == {CONTEXT}


# The whole way, on real weights


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A model that has learnt to find the year, or the first word, of sentences of reviews."""
    found = []
    for k, words in enumerate(sentences()[:240]):
        year = next(word for word in words if YEAR.fullmatch(word))
        question = ("Which year is it?", "What does it begin with?")[k % 2]
        found.append((question, " ".join(words), (year, words[0])[k % 2]))
    learn = tfw.learner(
        pd.DataFrame(found, columns=["question", "context", "answers"]),
        "demo/minilm",
        task="question-answering",
        seed=1,
        batch_size=4,
        progress=False,
        path=tmp_path_factory.mktemp("qa"),
    )
    learn.remove_cb(learn.progress)
    learn.logger = lambda *_: None
    learn.fit_one_cycle(1, slice(2e-4, 2e-3))
    return learn


def test_it_learns_to_find_answers(trained: Any) -> None:
    exact, words = trained.recorder.values[-1][2:4]
    valid = trained.dls.valid_ds.rows
    known = [[answer] for answer in valid["answers"]]
    whole = [f1(context, own) for context, own in zip(valid["context"], known, strict=True)]
    years = [f1(YEAR.search(c)[0], own) for c, own in zip(valid["context"], known, strict=True)]
    # Against the whole context, and against always saying the year.
    assert words > max(np.mean(whole), np.mean(years)) + 0.2
    assert exact > 0.8


def test_it_answers_about_a_new_text(trained: Any) -> None:
    context = "It was made in 1994 , and the great Travolta was in it."
    answer = trained.predict(("Which year is it?", context))
    assert answer[:3] == ("1994", 15, 19)
    assert answer.score > 0.5


def test_an_exported_one_answers_the_same(trained: Any) -> None:
    trained.export("model.pkl")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        again = load_learner(Path(trained.path) / "model.pkl")
    asked = [
        ("Which year is it?", "Shot in 1987 by Peter Jackson."),
        ("What does it begin with?", "By Bob."),
    ]
    assert again.predict(asked) == trained.predict(asked)
    content = (Path(trained.path) / "model.pkl").read_bytes()
    assert b"Which year is it?" not in content


def test_top_losses_are_shown(trained: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[pd.DataFrame] = []
    monkeypatch.setattr(interpret, "show_table", shown.append)
    Interpretation.from_learner(trained).plot_top_losses(3)
    assert shown[0]["loss"].is_monotonic_decreasing
    assert list(shown[0].columns) == ["question", "context", "answers", "predicted", "loss"]
