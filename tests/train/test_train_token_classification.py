"""Tags of words: which token carries which, what is measured, and texts read word by word."""

from __future__ import annotations

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
from seqeval.metrics import f1_score
from seqeval.metrics.sequence_labeling import get_entities

import tfwidgets as tfw
from tests.train.word_readers import FAMILIES, bound, model_of, sentences, tags_of, tokenizer_of
from tfwidgets.errors import InputError
from tfwidgets.train import interpret
from tfwidgets.train.dataloaders import TransformerDataLoaders
from tfwidgets.train.learner import TransformerLearner
from tfwidgets.train.tasks.entities import are_entity_tags, entity_words
from tfwidgets.train.tasks.token_classification import TagTally, TokenClassification
from tfwidgets.train.tasks.words import encode_words, needs_space, split_words

WORDS = [
    ["Unhappily", "the", "quick", "fox", "jumps", "."],
    ["größer", "dog", "does", "not"],
    ["The", "office"],
    ["Café", ",", "naïve", "Hund", "unhappily"],
]
TAGS = [
    ["B-X", "I-X", "O", "B-Y", "O", "O"],
    ["O", "B-Y", "I-Y", "I-Y"],
    ["B-X", "B-Y"],
    ["O", "O", "B-X", "O", "B-Y"],
]
VOCAB = ["B-X", "B-Y", "I-X", "I-Y", "O"]
AUTO = transformers.AutoModelForTokenClassification


def rows(words: Any = None, tags: Any = None) -> pd.DataFrame:
    words, tags = words or WORDS * 2, tags or TAGS * 2
    return pd.DataFrame({"tokens": words, "ner_tags": tags})


def task_on(data: Any = None, family: str = "bert", valid: Any = 0.5, **options: Any) -> Any:
    task = TokenClassification(text=("tokens",), label="ner_tags", **options)
    return bound(task, rows() if data is None else data, family, valid=valid)


def made(family: str, batch_size: int = 3) -> Any:
    """Return a quiet learner over a random model."""
    task, splits = task_on(family=family, valid=[4, 5, 6, 7])
    dls = TransformerDataLoaders.of_task(task, splits, batch_size=batch_size, device="cpu")
    learn = TransformerLearner(dls, model_of(family, AUTO, num_labels=len(VOCAB)))
    learn.remove_cb(learn.progress)
    return learn


# Words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("In 1994, (John) didn't dance...", "In|1994|,|(|John|)|didn't|dance|.|.|."),
        ("  3.5 e-mails\tat U.S.\n", "3.5|e-mails|at|U.S|."),
        ("東京 is東", "東|京|is|東"),
        ("हिन्दी में", "हिन्दी|में"),
        ("$5 C++", "$|5|C|+|+"),
    ],
)
def test_texts_are_split_into_words(text: str, words: str) -> None:
    places = split_words(text)
    assert [text[start:end] for start, end in places] == words.split("|")


def test_a_word_ends_where_it_is_cut() -> None:
    assert split_words("Merkel's", [6]) == [(0, 6), (6, 7), (7, 8)]


@pytest.mark.parametrize("family", FAMILIES)
def test_each_word_has_the_tokens_it_has_within_a_text(family: str) -> None:
    tokenizer = tokenizer_of(family)
    words = ["the", "quick", "fox", "unhappily"]
    pieces = encode_words(tokenizer, [words], 64)
    numbers = pieces.words[0]
    own = pieces.features["input_ids"][0][numbers >= 0]
    # The first word of a text has no space before it.
    whole = tokenizer("the the quick fox unhappily", add_special_tokens=False)["input_ids"]
    first = tokenizer("the", add_special_tokens=False)["input_ids"]
    if family == "llama":  # its pieces may reach over spaces
        alone = [tokenizer(word, add_special_tokens=False)["input_ids"] for word in words]
        assert own.tolist() == [number for ids in alone for number in ids]
    else:
        assert own.tolist() == whole[len(first) :]
    assert sorted(set(numbers.tolist()) - {-1}) == [0, 1, 2, 3]
    assert needs_space(tokenizer) == (family == "gpt2")


@pytest.mark.parametrize("family", FAMILIES)
def test_pieces_of_a_long_row_hold_every_word(family: str) -> None:
    words = np.random.default_rng(0).choice(["quick", "unhappily", "fox"], 60).tolist()
    tokenizer = tokenizer_of(family)
    pieces = encode_words(tokenizer, [["the"], words], 24, 6)
    assert pieces.row.tolist() == [0, *[1] * (len(pieces.row) - 1)]
    assert len(pieces.row) > 3
    assert pieces.features["input_ids"].lengths.max() <= 24
    held = {
        int(n) for row, piece in zip(pieces.row, pieces.words, strict=True) if row for n in piece
    }
    assert held - {-1} == set(range(60))
    whole = encode_words(tokenizer, [["the"], words], 24)
    assert whole.cut == 1
    assert len(whole.row) == 2


def test_a_word_without_tokens_becomes_the_unknown_one() -> None:
    tokenizer = tokenizer_of("bert")
    pieces = encode_words(tokenizer, [["the", "\u200b", "fox"], ["fox"]], 64)
    assert set(pieces.words[0].tolist()) == {-1, 0, 1, 2}
    place = pieces.words[0].tolist().index(1)
    assert pieces.features["input_ids"][0][place] == tokenizer.unk_token_id


# Targets


def targets(task: Any, frame: pd.DataFrame) -> list[tuple[int, list[str]]]:
    """Return the targets of the first row's tokens, one list for each word."""
    dataset = task.encode(frame)
    found: dict[int, list[str]] = {}
    for number, target in zip(dataset.features["words"][0], dataset.target[0], strict=True):
        name = "" if target == -100 else task.vocab[target]
        if number >= 0:
            found.setdefault(int(number), []).append(name)
        else:
            assert name == ""
    return sorted(found.items())


def test_tags_stand_at_the_tokens_that_they_are_asked_for() -> None:
    frame = rows([["foxhound", "foxhound", "quick"]] * 2, [["B-X", "I-X", "O"]] * 2)
    n = len(tokenizer_of("bert")("foxhound", add_special_tokens=False)["input_ids"])
    assert n > 1
    first = dict(targets(task_on(frame)[0], frame))
    assert first[0] == ["B-X", *[""] * (n - 1)]
    assert first[1] == ["I-X", *[""] * (n - 1)]
    same = dict(targets(task_on(frame, align="same")[0], frame))
    assert same[0] == ["B-X"] * n
    assert same[1] == ["I-X"] * n
    bio = dict(targets(task_on(frame, align="bio")[0], frame))
    assert bio[0] == ["B-X", *["I-X"] * (n - 1)]
    assert bio[1] == ["I-X"] * n
    assert set(bio[2]) == {"O"}


def test_tags_that_only_tokens_get_are_added() -> None:
    frame = rows([["foxhound", "fox"]] * 2, [["B-X", "O"]] * 2)
    task, _ = task_on(frame, align="bio", class_weights="balanced")
    assert task.vocab == ["B-X", "O", "I-X"]
    assert task._weights == [1.0, 1.0, 1.0]
    assert dict(targets(task, frame))[0][1] == "I-X"


def test_numbers_are_read_by_their_names() -> None:
    datasets = pytest.importorskip("datasets")
    names = ["O", "B-X", "I-X", "B-Y", "I-Y"]
    features = datasets.Features(
        tokens=datasets.Sequence(datasets.Value("string")),
        ner_tags=datasets.Sequence(datasets.ClassLabel(names=names)),
    )
    numbers = [[names.index(tag) for tag in row] for row in TAGS * 2]
    data = datasets.Dataset.from_dict({"tokens": WORDS * 2, "ner_tags": numbers}, features=features)
    task, splits = task_on(data)
    assert task.vocab == names
    order = ["I-Y", "O", "B-Y", "I-X", "B-X"]
    task.adopt(transformers.BertConfig(id2label=dict(enumerate(order))))
    assert task.vocab == order
    row = splits.train.iloc[:1]
    got = [own[0] for _, own in targets(task, row)]
    assert got == [names[number] for number in row["ner_tags"].iloc[0]]


def test_entities_in_texts_become_tags() -> None:
    texts = ["Then Angela Merkel's friends saw Paris.", "Nothing here"]
    entities = [
        [
            {"start": 5, "end": 18, "label": "PER"},
            {"start": 32, "end": 38, "label": "LOC"},
        ],
        [],
    ]
    frame = pd.DataFrame({"text": texts * 2, "entities": entities * 2})
    task = TokenClassification(text=("text",), label="entities")
    bound(task, frame)
    assert task.vocab == ["O", "B-LOC", "I-LOC", "B-PER", "I-PER"]
    own = [tags[0] for _, tags in targets(task, frame)]
    assert own == ["O", "B-PER", "I-PER", "O", "O", "O", "O", "B-LOC", "O"]


# Errors


@pytest.mark.parametrize(
    ("words", "tags", "options", "said"),
    [
        (None, [*(TAGS * 2)[:7], ["O"]], {}, r"Row 7 has 5 words .* and 1 tags in 'ner_tags'"),
        (None, [*(TAGS * 2)[:7], ["O", "Z", "O", "O", "O"]], {"valid": [7]}, "never in training"),
        ([["a", "b"]] * 4, [["O", "O"]] * 4, {}, "one class only"),
        ([["a", "b"]] * 4, [[0, 3]] * 4, {}, "have holes"),
        (None, None, {"align": "bios"}, "Did you mean 'bio'"),
        ([["a", "b"]] * 4, [["NN", "VB"]] * 4, {"align": "bio"}, "needs tags such as B-PER"),
        ([["a", ""]] * 4, [["NN", "VB"]] * 4, {}, "is no word"),
        ([["a", "b"]] * 4, ["NN VB"] * 4, {}, "a list of them"),
    ],
)
def test_what_cannot_be_learnt_is_refused(
    words: Any, tags: Any, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        task_on(rows(words, tags), **options)


@pytest.mark.parametrize(
    ("entity", "said"),
    [
        ({"start": 2, "end": 99, "label": "X"}, "row 1: .* has 8 characters"),
        ({"start": 4, "end": 4, "label": "X"}, "does not lie in the text"),
        ({"start": 2, "end": 6, "label": "X"}, "overlap, 'the' .X, 0 to 3. and 'e fo'"),
        ({"start": 3, "end": 4, "label": "X"}, "only space"),
        ({"begin": 3, "end": 4, "label": "X"}, "is no entity"),
        ({"start": 4, "end": 7, "label": ""}, "no label"),
    ],
)
def test_entities_that_cannot_be_in_the_text_are_refused(entity: dict[str, Any], said: str) -> None:
    good = {"start": 0, "end": 3, "label": "X"}
    frame = pd.DataFrame({"text": ["the foxy"] * 4, "own": [[good], [good, entity], [good], []]})
    with pytest.raises(InputError, match=said):
        bound(TokenClassification(text=("text",), label="own"), frame, valid=[3])


# Entities and their measure


def test_words_are_grouped_as_seqeval_groups_them() -> None:
    draw = np.random.default_rng(0)
    tags = ["O", *(f"{prefix}-{kind}" for prefix in "BIES" for kind in ("X", "Y"))]
    for _ in range(300):
        row = draw.choice(tags, 9).tolist()
        expected = [(label, first, last + 1) for label, first, last in get_entities(row)]
        assert entity_words(row) == expected
    assert are_entity_tags(tags)
    assert not are_entity_tags(["O"])
    assert not are_entity_tags(["O", "PER"])


@pytest.mark.parametrize("family", FAMILIES)
def test_it_is_the_loss_of_the_models_own_and_the_measure_of_words(family: str) -> None:
    learn = made(family, batch_size=8)
    inputs, target = learn.dls.valid.one_batch()
    assert target.shape == inputs["input_ids"].shape == inputs["words"].shape
    assert (inputs["attention_mask"][:, 0] == 0).any() == (family == "xlnet")
    assert (target[inputs["attention_mask"] == 0] == -100).all()
    assert (target >= 0).sum() == sum(map(len, WORDS))
    model = learn.transformer.eval()
    known = {k: v for k, v in inputs.items() if k not in ("words", "item")}
    with torch.no_grad():
        output = model(**known, labels=target)
    torch.testing.assert_close(learn.loss_func(output.logits, target), output.loss)
    values = learn.validate()
    named = [
        [[VOCAB[k] for k, on in zip(row, mask, strict=True) if on] for row, mask in pairs]
        for pairs in (
            zip(target.tolist(), (target >= 0).tolist(), strict=True),
            zip(output.logits.argmax(-1).tolist(), (target >= 0).tolist(), strict=True),
        )
    ]
    right = [a == b for x, y in zip(*named, strict=True) for a, b in zip(x, y, strict=True)]
    assert values[3] == pytest.approx(f1_score(*named))
    assert values[4] == pytest.approx(np.mean(right))


def test_batches_measure_as_one_whatever_their_padding() -> None:
    learn = made("xlnet", batch_size=1)
    whole = made("xlnet", batch_size=8)
    whole.model.load_state_dict(learn.model.state_dict())
    assert learn.validate()[1:] == whole.validate()[1:]


def test_each_metric_is_counted_from_the_same_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    learn = made("bert", batch_size=2)
    counted: list[int] = []
    count = TagTally.count

    def watched(self: TagTally, entries: Any) -> Any:
        counted.append(len(entries))
        return count(self, entries)

    batches: list[int] = []
    read = TagTally.read

    def seen(self: TagTally, learn: Any) -> Any:
        batches.append(len(learn.yb[0]))
        return read(self, learn)

    monkeypatch.setattr(TagTally, "count", watched)
    monkeypatch.setattr(TagTally, "read", seen)
    first = learn.validate()
    assert counted == [4]
    assert batches == [2, 2]
    learn.metrics = learn.metrics[2:3]
    assert learn.validate()[1] == first[3]
    assert counted == [4, 4]


def test_tags_without_entities_have_accuracy_and_f1() -> None:
    task, _ = task_on(rows([["the", "fox"]] * 4, [["DT", "NN"]] * 4))
    assert [metric.name for metric in task.metrics()] == ["accuracy", "f1_macro"]
    tally = TagTally(["DT", "NN"])
    entries = {0: (np.array([0, 1, 1]), np.array([0, 1, 0])), 1: (np.array([0]), np.array([0]))}
    assert tally.count(entries) == pytest.approx({"accuracy": 0.75, "f1_macro": (0.8 + 2 / 3) / 2})


# Prediction


@pytest.mark.parametrize("family", FAMILIES)
def test_every_word_gets_a_tag(family: str) -> None:
    learn = made(family)
    text = "Unhappily, the quick fox."
    pairs, numbers, probabilities = learn.predict(text)
    assert [word for word, _ in pairs] == ["Unhappily", ",", "the", "quick", "fox", "."]
    assert [learn.task.vocab[number] for number in numbers] == [tag for _, tag in pairs]
    assert probabilities.shape == (6, 5)
    torch.testing.assert_close(probabilities.sum(-1), torch.ones(6))
    assert probabilities.argmax(-1).tolist() == numbers.tolist()
    words = [word for word, _ in pairs]
    for same in (tuple(words), {"tokens": words}, {"tokens": text}):
        torch.testing.assert_close(learn.predict(same)[2], probabilities)
    several = learn.predict(["fox", words, text])
    assert [len(row[0]) for row in several] == [1, 6, 6]
    torch.testing.assert_close(several[2][2], probabilities, atol=1e-5, rtol=1e-4)


def test_a_long_text_is_read_whole() -> None:
    learn = made("bert")
    words = ["quick", "fox", "the"] * 60
    pairs, _, probabilities = learn.predict(tuple(words))
    assert [word for word, _ in pairs] == words
    torch.testing.assert_close(probabilities.sum(-1), torch.ones(180))
    # Each word is read in the piece in which most text stands around it.
    pieces = encode_words(learn.tokenizer, [words], 64, 16)
    assert len(pieces.row) > 3
    best: dict[int, tuple[int, Any]] = {}
    for ids, numbers in zip(pieces.features["input_ids"], pieces.words, strict=True):
        with torch.no_grad():
            batch = torch.tensor(ids[None], dtype=torch.int64)
            said = learn.transformer.eval()(batch).logits[0].softmax(-1)
        inside = np.flatnonzero(numbers >= 0)
        for k in set(numbers[inside].tolist()):
            first = numbers.tolist().index(k)
            margin = int(min(first - inside[0], inside[-1] - first))
            if k not in best or margin > best[k][0]:
                best[k] = margin, said[first]
    expected = torch.stack([best[k][1] for k in range(len(words))])
    torch.testing.assert_close(probabilities, expected)


def test_entities_are_found_in_the_text() -> None:
    learn = made("bert")
    text = "Then Angela Merkel's friends saw Paris."
    offsets = split_words(text)
    words = [text[start:end] for start, end in offsets]
    tags = ["O", "B-X", "I-X", "O", "O", "B-Y", "O"]
    found = learn.task.entities(text, offsets, tags, [1, 0.5, 1, 1, 1, 0.25, 1])
    assert words[2] == "Merkel's"
    assert found == [("X", "Angela Merkel's", 5, 20, 0.75), ("Y", "Paris", 33, 38, 0.25)]
    for entity in learn.predict(text, group=True):
        assert entity.text == text[entity.start : entity.end]
    pairs, _, probabilities = learn.predict(("quick", "fox"))
    grouped = learn.predict(("quick", "fox"), group=True)
    labels = [label for label, _, _ in entity_words([tag for _, tag in pairs])]
    assert [entity.label for entity in grouped] == labels
    assert all(0 < entity.score <= float(probabilities.max()) + 1e-6 for entity in grouped)


def test_rows_that_are_no_words_are_refused() -> None:
    learn = made("bert")
    refused = [(" ", "no text"), ((), "no words"), ({"x": 1}, "lacks"), ([3], "a text or")]
    for row, said in refused:
        with pytest.raises(InputError, match=said):
            learn.predict(row)
    with pytest.raises(InputError, match="no option 'grouped'"):
        learn.predict("fox", grouped=True)


def test_tables_have_tags_at_their_words() -> None:
    learn = made("bert")
    batch = learn.dls.valid.one_batch()
    table = learn.dls.valid.show_batch(batch, show=False)
    assert "unhappily/B-X the/I-X quick fox/B-Y jumps ." in set(table["ner_tags"])
    predicted = learn.task.results(learn, learn.dls.valid_ds, [0, 1])
    assert list(predicted.columns) == ["ner_tags", "predicted"]
    assert len(predicted) == 2


# The whole way, on real weights


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A model that has learnt to find years and names in sentences of reviews."""
    chosen = sentences()[:260]
    frame = pd.DataFrame({"tokens": chosen, "ner_tags": [tags_of(words) for words in chosen]})
    learn = tfw.learner(
        frame,
        "demo/grammar",
        new_head=True,
        seed=1,
        progress=False,
        batch_size=4,
        path=tmp_path_factory.mktemp("ner"),
    )
    learn.remove_cb(learn.progress)
    learn.logger = lambda *_: None
    # The last blocks and the head are enough, and much faster.
    learn.freeze_to(-3)
    learn.fit_one_cycle(1, slice(3e-4, 3e-3))
    return learn


def test_it_learns_to_find_entities(trained: Any) -> None:
    assert trained.task.name == "token-classification"
    f1, accuracy = trained.recorder.values[-1][4:6]
    valid = [tag for row in trained.dls.valid_ds.rows["ner_tags"] for tag in row]
    majority = max(valid.count(tag) for tag in set(valid)) / len(valid)
    assert accuracy > majority + 0.05
    assert f1 > 0.55  # the majority's tag finds none


def test_it_finds_entities_in_a_new_text(trained: Any) -> None:
    found = trained.predict("It was made in 1994, and John Travolta was in it.", group=True)
    assert ("YEAR", "1994", 15, 19) in [entity[:4] for entity in found]
    assert any(entity.label == "NAME" and entity.text in "John Travolta" for entity in found)


def test_an_exported_one_predicts_the_same(trained: Any) -> None:
    trained.export("model.pkl")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        again = load_learner(Path(trained.path) / "model.pkl")
    text = "Shot in 1987 by Peter Jackson in England."
    torch.testing.assert_close(again.predict(text)[2], trained.predict(text)[2])
    assert again.predict(text)[0] == trained.predict(text)[0]


def test_top_losses_are_shown(trained: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[pd.DataFrame] = []
    monkeypatch.setattr(interpret, "show_table", shown.append)
    Interpretation.from_learner(trained).plot_top_losses(3)
    assert shown[0]["loss"].is_monotonic_decreasing
    assert list(shown[0].columns)[-3:] == ["ner_tags", "predicted", "loss"]
    assert (shown[0]["ner_tags"] != shown[0]["predicted"]).any()
