"""Mixed precision on a CPU: 16 bits inside, 32 outside, and nothing left behind."""

from __future__ import annotations

import pytest
import torch
from fastai.callback.core import Callback, CancelBatchException
from fastai.callback.fp16 import MixedPrecision
from fastai.learner import load_learner

from tfwidgets.errors import EnvironmentProblem, InputError
from tfwidgets.train import precision as module
from tfwidgets.train.precision import Precision, precision_callbacks

DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}


class Watch(Callback):
    """Notes in which precision the classifier computes."""

    def before_fit(self) -> None:
        self.inside: set[torch.dtype] = set()
        self.outside: set[torch.dtype] = set()
        head = self.learn.transformer.classifier
        self.hook = head.register_forward_hook(lambda *args: self.inside.add(args[2].dtype))

    def after_loss(self) -> None:
        self.outside |= {self.learn.pred.dtype, self.learn.loss.dtype}

    def after_fit(self) -> None:
        self.hook.remove()


def flat(learn) -> torch.Tensor:
    return torch.cat([p.detach().flatten().clone() for p in learn.model.parameters()])


@pytest.mark.parametrize("name", ["bf16", "fp16"])
def test_a_cpu_computes_in_16_bits_and_keeps_32(learner, name: str) -> None:
    learn = learner(precision=name, cbs=Watch())
    before = flat(learn)
    learn.fit(1, 1e-3)
    assert learn.watch.inside == {DTYPES[name]}
    assert learn.watch.outside == {torch.float32}
    assert {p.dtype for p in learn.model.parameters()} == {torch.float32}
    assert not torch.equal(before, flat(learn))
    assert not torch.is_autocast_enabled("cpu")
    learn.predict("the film was good")
    assert learn.watch.inside == {DTYPES[name]}


def test_the_same_is_learnt_within_the_precision(learner) -> None:
    losses = {}
    for name in (None, "bf16", "fp16"):
        learn = learner(precision=name)
        learn.fit_one_cycle(2, 1e-3)
        losses[name] = learn.recorder.values[-1][1]
    assert losses["bf16"] != losses[None]
    assert losses["bf16"] == pytest.approx(losses[None], abs=0.02)
    assert losses["fp16"] == pytest.approx(losses[None], abs=0.02)


def test_a_step_whose_gradients_overflow_is_skipped(learner) -> None:
    learn = learner()
    learn.to_fp16(init_scale=2.0**120)
    before = flat(learn)

    class FirstBatch(Callback):
        def after_batch(self) -> None:
            if self.learn.training and not hasattr(self, "weights"):
                self.weights, self.scale = flat(self.learn), self.learn.scaler.get_scale()

    learn.fit(1, 1e-3, cbs=(seen := FirstBatch()))
    assert torch.equal(seen.weights, before)
    assert seen.scale == 2.0**119


def test_methods_of_fastai(learner) -> None:
    learn = learner(precision="bf16")
    assert isinstance(learn.mixed_precision, MixedPrecision)
    learn.to_fp16()
    assert [cb.amp_mode.value for cb in learn.cbs if isinstance(cb, MixedPrecision)] == ["fp16"]
    learn.to_fp32()
    assert not [cb for cb in learn.cbs if isinstance(cb, MixedPrecision)]
    learn.add_cb(Watch()).fit(1)
    assert learn.watch.inside == {torch.float32}


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_an_error_in_the_middle_of_a_batch_leaves_it(learner, error: type) -> None:
    class Break(Callback):
        def after_pred(self) -> None:
            if self.learn.training and self.learn.train_iter == 1:
                raise error("on purpose")

    learn = learner(precision="bf16")
    with pytest.raises(error):
        learn.fit(1, cbs=Break())
    assert not torch.is_autocast_enabled("cpu")
    learn.fit(1)
    assert len(learn.recorder.values) == 1


def test_a_cancelled_batch_leaves_it(learner) -> None:
    class Skip(Callback):
        def after_pred(self) -> None:
            raise CancelBatchException

    learn = learner(precision="bf16")
    learn.remove_cb(learn.recorder)
    learn.fit(1, cbs=Skip())
    assert not torch.is_autocast_enabled("cpu")


def test_an_exported_learner_comes_back_in_float32(learner, tmp_path) -> None:
    learn = learner(precision="bf16")
    learn.fit(1)
    learn.export("mixed.pkl")
    loaded = load_learner(tmp_path / "mixed.pkl")
    assert not [cb for cb in loaded.cbs if isinstance(cb, MixedPrecision)]
    text = "the film was good"
    exact = learn.to_fp32().predict(text)[2]
    assert torch.allclose(loaded.predict(text)[2], exact, atol=1e-6)


def test_names() -> None:
    for name in (None, "float32", "fp32", torch.float32):
        assert precision_callbacks(name) == []
    for name in ("bf16", "bfloat16", "BF16", torch.bfloat16):
        (callback,) = precision_callbacks(name)
        assert callback.amp_mode.value == "bf16"
    with pytest.raises(InputError, match=r"'fp61'.* Did you mean .fp16"):
        precision_callbacks("fp61")


def test_a_gpu_without_bfloat16_is_told_before_training(learner, monkeypatch) -> None:
    monkeypatch.setattr(module, "_has_bf16", lambda device: False)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "Tesla T4")
    with pytest.raises(EnvironmentProblem, match=r"Tesla T4 .*bfloat16.\nUse fp16"):
        learner(precision="bf16")
    learner(precision="fp16")
    learn = learner().to_bf16()
    with pytest.raises(EnvironmentProblem, match="fp16"):
        learn.fit(1)


def test_which_gpus_compute_in_bfloat16(monkeypatch) -> None:
    gpu = torch.device("cuda", 0)
    for capability, has in (((7, 5), False), ((8, 0), True), ((9, 0), True)):
        monkeypatch.setattr(
            torch.cuda, "get_device_capability", lambda device, value=capability: value
        )
        assert module._has_bf16(gpu) is has
    assert module._has_bf16(torch.device("cpu"))
    assert Precision().name == "mixed_precision"
