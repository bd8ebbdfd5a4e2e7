"""A model is in memory once, for as long as it is used; what loading touches is put back."""

from __future__ import annotations

import gc
import random
import threading
import weakref
from pathlib import Path

import numpy as np
import pytest

import tfwidgets as tfw

pytestmark = pytest.mark.usefixtures("nothing_loaded")


def test_equal_questions_have_one_answer(base_bert: Path) -> None:
    model = tfw.load(base_bert)
    assert tfw.load(base_bert) is model
    assert tfw.load(str(base_bert)) is model
    assert tfw.load(base_bert, "feature-extraction") is model
    assert tfw.load(base_bert, "sentence-similarity") is model
    assert tfw.loaded() == [model]


def test_other_questions_have_other_answers(masked: Path) -> None:
    model = tfw.load(masked)
    base = tfw.load(masked, "feature-extraction")
    assert base is not model
    assert base.model is not model.model
    assert tfw.load(masked, trust_remote_code=True) not in (model, base)
    assert tfw.load(masked) is model


def test_the_one_used_longest_ago_goes_first(
    base_bert: Path, classifier: Path, masked: Path
) -> None:
    tfw.settings().max_loaded = 2
    kept, dropped = tfw.load(base_bert), weakref.ref(tfw.load(classifier).model)
    assert tfw.load(base_bert) is kept
    last = tfw.load(masked)
    assert tfw.loaded() == [kept, last]
    assert dropped() is None
    tfw.settings().max_loaded = 1
    assert tfw.load(base_bert) is kept
    assert tfw.loaded() == [kept]


def test_unload_frees_the_weights(base_bert: Path, masked: Path) -> None:
    weights = weakref.ref(tfw.load(base_bert).model.embeddings.word_embeddings.weight)
    tfw.load(masked)
    tfw.load(masked, "feature-extraction")
    assert weights() is not None
    assert tfw.unload("no such model") == 0
    assert tfw.unload(base_bert) == 1
    assert weights() is None
    assert tfw.unload(str(masked)) == 2  # for both tasks
    assert tfw.loaded() == []
    assert tfw.unload() == 0


def test_unload_all_and_load_again(base_bert: Path, masked: Path) -> None:
    old = tfw.load(base_bert)
    tfw.load(masked)
    assert tfw.unload() == 2
    assert tfw.load(base_bert) is not old
    assert old.model.config.hidden_size == 32  # who still holds it can use it


def test_a_refused_model_leaves_nothing_behind(base_bert: Path) -> None:
    from transformers import BertForMaskedLM

    kept = tfw.load(base_bert)
    with pytest.raises(tfw.ModelError):
        tfw.load(base_bert, "fill-mask")
    assert tfw.loaded() == [kept]
    gc.collect()
    assert not [thing for thing in gc.get_objects() if type(thing) is BertForMaskedLM]


def test_threads_that_ask_at_once_get_one_model(base_bert: Path) -> None:
    together = threading.Barrier(4)
    answers: list[tfw.LoadedModel] = []

    def ask() -> None:
        together.wait()
        answers.append(tfw.load(base_bert, progress=False))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 4
    assert len(set(map(id, answers))) == 1


def test_loaded_for_use_not_for_training(base_bert: Path, masked: Path) -> None:
    for model in (tfw.load(base_bert), tfw.load(masked)):
        assert not any(module.training for module in model.model.modules())


# What loading touches


def logs() -> list[object]:
    from huggingface_hub.utils import are_progress_bars_disabled, logging
    from transformers.utils import logging as transformers_logging

    return [
        transformers_logging.get_verbosity(),
        transformers_logging.is_progress_bar_enabled(),
        logging.get_verbosity(),
        are_progress_bars_disabled(),
    ]


@pytest.mark.parametrize("bars", [(True, True), (True, False), (False, False)])
def test_verbosity_and_bars_are_put_back(
    base_bert: Path, masked: Path, bars: tuple[bool, bool], capfd: pytest.CaptureFixture[str]
) -> None:
    from huggingface_hub.utils import disable_progress_bars, enable_progress_bars
    from transformers.utils import logging

    verbosity = logging.get_verbosity()
    try:
        logging.set_verbosity_info()
        (logging.enable_progress_bar if bars[0] else logging.disable_progress_bar)()
        (enable_progress_bars if bars[1] else disable_progress_bars)()
        before = logs()
        capfd.readouterr()
        tfw.load(base_bert, progress=False)
        tfw.load(masked, "feature-extraction", progress=False)  # transformers reports the pooler
        assert logs() == before
        with pytest.raises(tfw.ModelError):
            tfw.load(base_bert, "fill-mask", progress=False)
        assert logs() == before
        assert capfd.readouterr() == ("", "")
    finally:
        logging.set_verbosity(verbosity)
        logging.enable_progress_bar()
        enable_progress_bars()


def test_progress_is_shown_unless_unwanted(
    base_bert: Path, masked: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    tfw.load(base_bert, progress=False)
    assert capfd.readouterr() == ("", "")
    tfw.load(masked)
    assert "Loading" in capfd.readouterr().err


def test_random_states_are_left_alone(base_bert: Path, masked: Path) -> None:
    import torch

    def states() -> list[object]:
        numbers = np.random.get_state()[1]
        return [torch.random.get_rng_state().tolist(), random.getstate(), list(numbers)]

    torch.rand(3)
    before = states()
    tfw.load(masked, "feature-extraction")  # draws a pooler
    with pytest.raises(tfw.ModelError):
        tfw.load(base_bert, "fill-mask")  # draws a head
    assert states() == before


def test_default_dtype_and_gradients_are_left_alone(base_bert: Path) -> None:
    import torch

    torch.set_default_dtype(torch.float64)
    try:
        model = tfw.load(base_bert)
        assert torch.get_default_dtype() == torch.float64
    finally:
        torch.set_default_dtype(torch.float32)
    assert model.model.dtype == torch.float32  # as it was saved
    assert torch.is_grad_enabled()
