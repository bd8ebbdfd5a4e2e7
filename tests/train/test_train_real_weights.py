"""Every kind of classification learns on real weights and real texts, above its baseline.

MiniLM, some hundred short film reviews, one or two epochs. The other tasks have such a test in
their own files.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from fastai.learner import load_learner

import tfwidgets as tfw
from tests.train.real_reviews import labelled_reviews

TOPICS = {
    "actors": "actor|actress|cast|perform",
    "humor": "funny|humor|comed|laugh",
    "story": "story|plot|script|tale",
}
GOOD = [
    "good",
    "great",
    "best",
    "fun",
    "funny",
    "love",
    "lovely",
    "charming",
    "wonderful",
    "beautiful",
    "touching",
    "fresh",
]
BAD = [
    "bad",
    "worst",
    "dull",
    "boring",
    "bland",
    "lame",
    "silly",
    "tired",
    "mess",
    "stupid",
    "fails",
    "flat",
]


def opinion(text: str) -> int:
    words = re.findall("[a-z]+", text)
    return sum(word in GOOD for word in words) - sum(word in BAD for word in words)


def learner(data: pd.DataFrame, path: Path, **options: Any) -> Any:
    learn = tfw.learner(data, "demo/minilm", seed=1, progress=False, path=path, **options)
    learn.remove_cb(learn.progress)
    return learn


def reloaded(learn: Any, texts: Any) -> None:
    """An exported learner says the same about raw texts."""
    learn.export("learner.pkl")
    again = load_learner(learn.path / "learner.pkl").predict(texts)
    for (said, _, numbers), (other, _, others) in zip(learn.predict(texts), again, strict=True):
        assert said == other
        assert torch.equal(numbers, others)


def test_one_label(tmp_path: Path) -> None:
    reviews = labelled_reviews(450, longest=80)
    learn = learner(reviews, tmp_path, valid=range(330, 450))
    majority = reviews.label[330:].value_counts(normalize=True).max()
    learn.fit_one_cycle(2, slice(1e-4, 1e-3))
    assert learn.recorder.values[-1][2] > majority + 0.08
    texts = ["a beautiful and moving film .", "a dull , lifeless mess ."]
    assert [answer[0] for answer in learn.predict(texts)] == ["good", "bad"]
    reloaded(learn, texts)


def test_several_labels(tmp_path: Path) -> None:
    reviews = labelled_reviews(4000, longest=90)
    reviews["topics"] = [
        [topic for topic, words in TOPICS.items() if re.search(words, text)]
        for text in reviews.text
    ]
    reviews = reviews[reviews.topics.str.len() > 0][["text", "topics"]].head(260)
    learn = learner(reviews.reset_index(drop=True), tmp_path, label="topics", valid=range(200, 260))
    hot = learn.dls.valid_ds.target
    never = float((hot == 0).mean())
    learn.fit_one_cycle(2, slice(2e-4, 2e-3))
    assert learn.recorder.values[-1][2] > never + 0.1
    texts = ["a funny comedy , full of laughs .", "the story makes no sense ."]
    assert [answer[0] for answer in learn.predict(texts)] == [["humor"], ["story"]]
    reloaded(learn, texts)


def test_a_number(tmp_path: Path) -> None:
    reviews = labelled_reviews(4000, longest=90)
    reviews["score"] = [opinion(text) for text in reviews.text]
    scored = reviews[reviews.score != 0].groupby(reviews.score > 0).head(120)[["text", "score"]]
    scored = scored.sample(frac=1, random_state=0).reset_index(drop=True)
    learn = learner(scored, tmp_path, task="regression", label="score", valid=range(180, 240))
    spread = scored.score[180:].std()
    learn.fit_one_cycle(2, slice(1e-4, 1e-3))
    assert learn.recorder.values[-1][2] < 0.85 * spread
    texts = ["a wonderful , touching picture .", "a boring , stupid picture ."]
    assert learn.predict(texts)[0][0] > learn.predict(texts)[1][0] + 0.5
    reloaded(learn, texts)


def test_pairs(tmp_path: Path) -> None:
    """Whether the second text names what the first is about."""
    reviews = labelled_reviews(4000, longest=70)
    found = [
        (text, topic)
        for text in reviews.text
        for topic, words in TOPICS.items()
        if re.search(words, text)
    ][:260]
    topics = list(TOPICS)
    rows = [
        (text, topic, "yes") if k % 2 else (text, topics[(topics.index(topic) + 1) % 3], "no")
        for k, (text, topic) in enumerate(found)
    ]
    data = pd.DataFrame(rows, columns=["sentence1", "sentence2", "label"])
    learn = learner(data, tmp_path, valid=range(200, 260))
    assert learn.task.text == ("sentence1", "sentence2")
    learn.fit_one_cycle(3, slice(2e-4, 2e-3))
    majority = data.label[200:].value_counts(normalize=True).max()
    assert learn.recorder.values[-1][2] > majority + 0.15
    pairs = [("a funny comedy .", "humor"), ("a funny comedy .", "actors")]
    right, wrong = (
        float(answer[2][learn.dls.vocab.index("yes")]) for answer in learn.predict(pairs)
    )
    assert right > max(wrong, 0.5)
    reloaded(learn, pairs)
