"""Language models that continue texts: blocks, loss, perplexity, prompts."""

from __future__ import annotations

import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

import tfwidgets as tfw
from tests.train.families import (
    CAUSAL,
    N,
    learner_loss,
    own_loss,
    texts,
    tiny_model,
    tokenizer_in,
)
from tfwidgets.train.tasks import token_task


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return tokenizer_in(tmp_path_factory.mktemp("tokenizer"))


@pytest.fixture
def causal(tokenizer: Any, tmp_path: Path) -> Any:
    def make(family: str = "gpt2", data: Any = None, **options: Any) -> Any:
        model = options.pop("model", None) or tiny_model(family, "CausalLM")
        options = {"valid": 0.34, "seed": 1, "batch_size": 4, "block_size": 16, **options}
        learn = tfw.learner(
            texts() if data is None else data,
            (model, tokenizer),
            "text-generation",
            progress=False,
            path=tmp_path,
            **options,
        )
        learn.remove_cb(learn.progress)
        return learn

    return make


def written_ids(tokenizer: Any, rows: Any) -> list[list[int]]:
    """Texts as they are to be learnt: as the tokenizer frames them, ended once."""
    return [tokenizer(text)["input_ids"] for text in rows]


def test_packed_blocks_hold_all_tokens_in_order(causal: Any, tokenizer: Any) -> None:
    learn = causal()
    dataset = learn.dls.train_ds
    joined = [i for row in written_ids(tokenizer, dataset.rows.text) for i in row]
    assert dataset.features["input_ids"].values.tolist() == joined
    lengths = dataset.lengths.tolist()
    assert set(lengths[:-1]) == {16}
    assert 2 <= lengths[-1] <= 16
    assert not learn.notes


def test_a_text_per_row(causal: Any, tokenizer: Any) -> None:
    learn = causal(pack=False)
    dataset = learn.dls.train_ds
    whole = written_ids(tokenizer, dataset.rows.text)
    assert [row.tolist() for row in dataset.features["input_ids"]] == [row[:16] for row in whole]
    both = [*whole, *written_ids(tokenizer, learn.dls.valid_ds.rows.text)]
    (note,) = (note for note in learn.notes if note.key == "cut")
    assert note.values["n"] == sum(len(row) > 16 for row in both) > 0
    inputs, target = learn.dls.one_batch()
    padding = inputs["attention_mask"] == 0
    assert padding.any()
    assert (target[padding] == -100).all()
    assert (target[~padding] == inputs["input_ids"][~padding]).all()


def test_a_padding_token_that_ends_texts_is_learnt_where_it_ends_one(tmp_path: Path) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = {"<end>": 0, "<unk>": 1, "a": 2, "film": 3, "good": 4}
    inner = Tokenizer(models.WordLevel(words, unk_token="<unk>"))  # noqa: S106
    inner.pre_tokenizer = pre_tokenizers.Whitespace()
    special = {"eos_token": "<end>", "unk_token": "<unk>"}
    ends = PreTrainedTokenizerFast(tokenizer_object=inner, padding_side="left", **special)
    learn = tfw.learner(
        {"text": ["a film", "good film a good film", "film", "a good film"] * 3},
        (tiny_model("gpt2", "CausalLM"), ends),
        "text-generation",
        pack=False,
        batch_size=9,
        progress=False,
        path=tmp_path,
    )
    assert ends.pad_token is None
    assert ends.padding_side == "left"  # the caller's own stays as it was
    inputs, target = learn.dls.one_batch()
    ended = (target == 0).sum(1)
    assert (ended == 1).all()
    assert (inputs["input_ids"] == 0).sum() > ended.sum()
    assert inputs["attention_mask"][:, 0].all()  # padded on the right all the same


@pytest.mark.parametrize("pack", [True, False])
@pytest.mark.parametrize("family", CAUSAL)
def test_the_loss_is_the_models_own(causal: Any, family: str, pack: bool) -> None:
    learn = causal(family, pack=pack)
    for dl in learn.dls.loaders:
        for batch in dl:
            assert learner_loss(learn, batch) == pytest.approx(
                own_loss(learn.transformer, batch), abs=1e-5
            )
    before = learn.validate()[0]
    learn.fit(3, 1e-2)
    assert learn.validate()[0] < before


def test_a_causal_xlm_learns_the_next_token(causal: Any) -> None:
    learn = causal("xlm", model=tiny_model("xlm", "CausalLM", causal=True))
    batch = learn.dls.valid.one_batch()
    inputs, target = batch
    shifted = torch.cat([target[:, 1:], torch.full_like(target[:, :1], -100)], 1)
    # XLM's own loss compares in place: it is handed what comes next.
    assert learner_loss(learn, batch) == pytest.approx(
        own_loss(learn.transformer, (inputs, shifted)), abs=1e-5
    )


@pytest.mark.parametrize(("family", "kind"), [("xlnet", "CausalLM"), ("xlm", "CausalLM")])
def test_models_that_see_the_token_itself_are_refused(causal: Any, family: str, kind: str) -> None:
    with pytest.raises(tfw.ModelError, match="they would only copy"):
        causal(family, model=tiny_model(family, kind))


@pytest.mark.parametrize(("family", "kind"), [("bert", "MaskedLM"), ("t5", "Seq2SeqLM")])
def test_other_heads_are_refused(causal: Any, family: str, kind: str) -> None:
    with pytest.raises(tfw.ModelError, match="text-generation"):
        causal(family, model=tiny_model(family, kind))


def test_perplexity_weighs_tokens(causal: Any) -> None:
    learn = causal(pack=False, batch_size=3)
    _, perplexity, accuracy = learn.validate()
    total = count = right = 0
    by_batch = []
    for inputs, target in learn.dls.valid:
        with torch.no_grad():
            logits = learn.model(inputs).logits[:, :-1]
        target = target[:, 1:]
        counted = target >= 0
        losses = torch.nn.functional.cross_entropy(
            logits[counted], target[counted], reduction="none"
        )
        total, count = total + float(losses.sum()), count + len(losses)
        right += int((logits.argmax(-1)[counted] == target[counted]).sum())
        by_batch.append(float(losses.mean()))
    assert len(by_batch) > 1
    assert perplexity == pytest.approx(math.exp(total / count), rel=1e-5)
    assert perplexity != pytest.approx(math.exp(np.mean(by_batch)), rel=1e-5)
    assert accuracy == pytest.approx(right / count)


def test_several_prompts_are_continued_as_each_alone(causal: Any, tokenizer: Any) -> None:
    learn = causal()
    prompts = ["the film", "the dog sat on the mat and the cat was", "i"]
    learn.model.train()
    learn.transformer.transformer.h[0].eval()  # a mode of its own
    together = learn.predict(prompts, max_new_tokens=6)
    assert learn.model.training
    assert not learn.transformer.transformer.h[0].training
    assert together == [learn.predict(prompt, max_new_tokens=6) for prompt in prompts]
    for prompt, text in zip(prompts, together, strict=True):
        assert text.startswith(prompt)
    assert any(len(text) > len(prompt) for prompt, text in zip(prompts, together, strict=True))
    assert tokenizer.padding_side == learn.tokenizer.padding_side == "right"
    torch.manual_seed(3)
    sampled = {learn.predict("the", do_sample=True, temperature=3.0) for _ in range(4)}
    assert len(sampled) > 1


def test_prompts_and_options_that_cannot_be_used(causal: Any) -> None:
    learn = causal()
    with pytest.raises(tfw.InputError, match="no option 'beam_count'"):
        learn.predict("the film", beam_count=3)
    with pytest.raises(tfw.InputError, match="cannot generate with these options"):
        learn.predict("the film", num_return_sequences=3)
    with pytest.raises(tfw.InputError, match=r"\(64\). Shorten the prompt"):
        learn.predict("the film " * 40)
    with pytest.raises(tfw.InputError, match="max_new_tokens"):
        learn.predict("the film", max_new_tokens=0)
    assert not torch.is_inference_mode_enabled()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"block_size": 1}, "block_size counts tokens"),
        ({"block_size": 8, "max_length": 9}, "twice"),
        ({"block_size": 65}, "65 is more than"),
        ({"blok_size": 8}, "Did you mean 'block_size'"),
        ({"label": "text"}, "label"),
    ],
)
def test_options_that_cannot_be_used(causal: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(tfw.InputError, match=message):
        causal(**options)


def test_max_length_is_the_size_of_the_blocks(causal: Any) -> None:
    assert causal(block_size=None, max_length=9).dls.train_ds.lengths.max() == 9
    assert causal(block_size=None).task.block_size == 64  # as the model reads


def test_predictions_that_no_memory_holds(causal: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from fastai.interpret import Interpretation

    learn = causal()
    predictions, targets = learn.get_preds()
    assert len(predictions) == len(targets) == len(learn.dls.valid_ds)
    tokens = int(learn.dls.valid_ds.lengths.sum())
    monkeypatch.setattr(token_task, "_MOST_BYTES", tokens * N * 4 - 1)
    with pytest.raises(tfw.InputError, match=r"with_preds=False, with_loss=True"):
        learn.get_preds()
    assert len(learn.get_preds(with_preds=False, with_loss=True)[2]) == len(targets)
    interpretation = Interpretation.from_learner(learn)
    assert len(interpretation.losses) == len(targets)
    monkeypatch.setattr(token_task, "_MOST_BYTES", tokens * N * 4)
    learn.get_preds()


def test_padding_to_a_multiple(causal: Any) -> None:
    learn = causal(pack=False, max_length=13, block_size=None)
    before = learn.validate()
    learn.task.multiple_of = 8
    assert learn.dls.one_batch()[0]["input_ids"].shape[1] % 8 == 0
    assert list(learn.validate()) == pytest.approx(list(before), rel=1e-4)


def test_adapters_continue_texts(causal: Any) -> None:
    learn = causal("llama", lora={"r": 2})
    before = learn.predict(["the film", "a dog"])
    learn.fit(1, 0.5)
    assert learn.predict(["the film", "a dog"]) != before


def test_loaders_of_ones_own(tokenizer: Any, tmp_path: Path) -> None:
    from tfwidgets.train.dataloaders import TransformerDataLoaders
    from tfwidgets.train.learner import TransformerLearner

    dls = TransformerDataLoaders.from_lists(
        texts().text, None, tokenizer, "text-generation", block_size=8, batch_size=2, path=tmp_path
    )
    learn = TransformerLearner(dls, tiny_model("gpt2", "CausalLM"))
    learn.remove_cb(learn.progress)
    learn.fit(1, 1e-2)
    assert learn.predict("the film").startswith("the film")


def test_tables(causal: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from fastai.interpret import Interpretation

    from tfwidgets.train import interpret, tables

    shown: list[pd.DataFrame] = []
    monkeypatch.setattr(interpret, "show_table", shown.append)
    monkeypatch.setattr(tables, "show_table", shown.append)
    learn = causal(pack=False)
    learn.dls.show_batch(max_n=2)
    learn.show_results(max_n=3)
    Interpretation.from_learner(learn).plot_top_losses(2)
    batch, results, losses = shown
    assert list(batch.columns) == ["text"]
    assert list(results.columns) == ["text", "goes on", "predicted"]
    assert len(results) == 3
    assert list(losses.columns) == ["text", "predicted", "loss"]
    assert losses.loss.is_monotonic_decreasing


def test_it_exports(causal: Any, tmp_path: Path) -> None:
    from fastai.learner import load_learner

    learn = causal()
    learn.fit(1, 1e-2)
    prompts = ["the film", "i liked it and"]
    learn.export("lm.pkl")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # fastai's, about pickles
        again = load_learner(tmp_path / "lm.pkl")
    assert again.predict(prompts) == learn.predict(prompts)


def test_real_weights_learn_how_reviews_are_written(tmp_path: Path) -> None:
    """SmolLM2 on short reviews: held-out perplexity falls well below the untrained model's."""
    from tests.train.real_reviews import short_reviews

    learn = tfw.learner(
        {"text": short_reviews(48)},
        "demo/smollm2",
        "text-generation",
        valid=0.25,
        block_size=40,
        batch_size=6,
        seed=1,
        progress=False,
        path=tmp_path,
    )
    learn.remove_cb(learn.progress)
    before = learn.validate()[1]
    learn.freeze_to(-5)
    learn.fit_one_cycle(1, 3e-4)
    after = learn.validate()[1]
    assert after < 0.8 * before
    text = learn.predict("The film is", max_new_tokens=5)
    assert text.startswith("The film is ")
    assert len(text.split()) > 4
