"""Layer groups while they train: gradients, the size of updates, dead units."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from fastai.callback.core import Callback
from fastai.callback.fp16 import MixedPrecision

from tfwidgets.dashboard.probes.activations import DeadUnits, compiled
from tfwidgets.dashboard.probes.probe import StepProbe, finite
from tfwidgets.dashboard.probes.sampling import Later, WeightSample, plain


class GradientLook(Callback):  # type: ignore[misc]
    """Is on the learner during a sampled batch, to look at gradients before they are clipped.

    Parameters
    ----------
    before, after
        What is called when gradients are whole, and when the weights have changed.
    """

    # Behind what cancels a step that only accumulates, and what takes the loss scale out of
    # gradients; before GradientClip.
    order = MixedPrecision.order + 0.5
    run_valid = False

    def __init__(self, before: Callable[[], None], after: Callable[[], None]) -> None:
        self._before, self._after = before, after

    def before_step(self) -> None:
        """Gradients are those of the step."""
        self._before()

    def after_step(self) -> None:
        """Tell that the step was made."""
        self._after()


@dataclass
class Layers(StepProbe):
    """Per layer group: gradient norm, update-to-weight ratio, dead units, rate, frozen or not.

    Gradient norms are Euclidean, over all parameters of a group, of the gradient that makes the
    step: accumulated, without a loss scale, before clipping. The update-to-weight ratio is the
    norm of what a step changed over the norm of the weights before it, over at most 65,536
    weights of a group, every n-th: weight decay is part of it. About 1e-3 is usual; far less
    means that a group hardly learns, far more that its rate is high.

    Notes
    -----
    Karpathy, "CS231n: Neural Networks Part 3", ratio of weights to updates. For dead units see
    ``DeadUnits``.
    """

    look: GradientLook | None = None
    name: ClassVar[str] = "layers"
    _names: list[str] = field(default_factory=list)
    _groups: list[list[Any]] = field(default_factory=list)
    _samples: list[WeightSample] = field(default_factory=list)
    _dead: DeadUnits | None = None
    _shares: Any = None
    _norms: Any = None
    _trains: list[bool] = field(default_factory=list)
    _weights: list[Any] = field(default_factory=list)
    _ratios: list[Any] | None = None
    _rates: list[float | None] = field(default_factory=list)
    _step: int = 0
    _later: tuple[int, list[bool], list[float | None], Later] | None = None
    _attached: bool = False

    def prepare(self) -> None:
        """See whether there is an optimizer with parameters."""
        if not any(len(group) for group in _param_lists(self.fit.learn)):
            self.unavailable("probe-no-groups")

    def start(self) -> None:
        """Get to know the groups."""
        learn = self.fit.learn
        self._groups = [list(group) for group in _param_lists(learn)]
        named = list(self.fit.session.facts.get("groups") or [])
        count = len(self._groups)
        self._names = named if len(named) == count else [f"group {k}" for k in range(count)]
        self._samples = [WeightSample(group) for group in self._groups]
        self._dead = None if compiled(learn.model) else DeadUnits(learn.model, self._groups)
        self._shares = None

    def before_batch(self) -> None:
        """Stand by for this batch's step, and look at its activations."""
        learn = self.fit.learn
        self._step = self.fit.session.step_number + 1
        self._norms = self._ratios = None
        if self.look is not None and self.look not in learn.cbs:
            learn.add_cb(self.look)
        if self._dead and self._shares is None:
            self._dead.attach(learn.xb[0])
            self._attached = True

    def before_step(self) -> None:
        """Measure gradients and remember weights."""
        if self._norms is not None:
            return
        self._trains = [any(p.requires_grad for p in group) for group in self._groups]
        self._norms = torch.stack(group_norms(self._groups))
        self._weights = [
            sample.take() if trains and group else None
            for sample, trains, group in zip(self._samples, self._trains, self._groups, strict=True)
        ]
        self._rates = [hyper.get("lr") for hyper in self.fit.learn.opt.hypers]

    def after_step(self) -> None:
        """Measure what changed."""
        if self._norms is None or self._ratios is not None:
            return
        nothing = torch.full((), float("nan"), device=self._norms.device)
        self._ratios = [
            nothing if before is None else _ratio(before, sample.take()).to(self._norms.device)
            for before, sample in zip(self._weights, self._samples, strict=True)
        ]
        self._weights = []

    def after_batch(self) -> bool:
        """Put the numbers of a whole sample on their way."""
        self._take_off()
        if self._norms is None or self._ratios is None:
            return False
        device = self._norms.device
        nothing = torch.full((len(self._groups),), float("nan"), device=device)
        dead = nothing if self._shares is None else self._shares.to(device)
        values = torch.cat([self._norms, torch.stack(self._ratios), dead])
        self._deliver()
        self._later = self._step, self._trains, self._rates, Later(values)
        self._norms = self._ratios = self._shares = None
        self.deliver()
        return True

    @property
    def waiting(self) -> bool:
        """Whether numbers are on their way."""
        return self._later is not None

    def deliver(self) -> None:
        """Hand numbers over that have come."""
        if self._later is not None and self._later[-1].ready:
            self._deliver()

    def finish(self) -> None:
        """Hand over what is still on its way."""
        self._take_off()
        self._deliver()

    def stop(self) -> None:
        """Let go of hooks, weights and gradients."""
        self._take_off()
        self._norms = self._ratios = self._shares = self._later = self._dead = None
        self._weights, self._samples, self._groups = [], [], []

    def _take_off(self) -> None:
        learn = self.fit.learn
        if self.look is not None and learn is not None and self.look in getattr(learn, "cbs", ()):
            learn.remove_cb(self.look)
        if self._attached and self._dead is not None:
            self._attached = False
            self._dead.detach()
            self._shares = self._dead.shares(plain(next(self._parameters())).device)

    def _parameters(self) -> Any:
        return (p for group in self._groups for p in group)

    def _deliver(self) -> None:
        if self._later is None:
            return
        (step, trains, rates, later), self._later = self._later, None
        numbers, count = later.read(), len(self._groups)
        norms, ratios, dead = numbers[:count], numbers[count : 2 * count], numbers[2 * count :]
        session, rows = self.fit.session, []
        for k, name in enumerate(self._names):
            if trains[k]:
                session.point(f"grad_norm/{name}", norms[k], step)
                session.point(f"update_ratio/{name}", ratios[k], step)
            if dead[k] == dead[k]:
                session.point(f"dead/{name}", dead[k], step)
            rows.append(
                {
                    "name": name,
                    "parameters": sum(p.numel() for p in self._groups[k]),
                    "frozen": not trains[k],
                    "lr": None if rates[k] is None else finite(float(rates[k] or 0.0)),
                    "grad_norm": finite(norms[k]) if trains[k] else None,
                    "update_ratio": finite(ratios[k]) if trains[k] else None,
                    "dead": finite(dead[k]),
                }
            )
        whole = sum(norm * norm for norm, on in zip(norms, trains, strict=True) if on) ** 0.5
        if any(trains):
            session.point("grad_norm", whole, step)
        self.data = {"step": step, "groups": rows}
        self.publish()


def group_norms(groups: Sequence[Sequence[Any]]) -> list[Any]:
    """Return the Euclidean norm of each group's gradients: tensors of one number, on a device.

    Groups without gradients have 0.
    """
    device = next(plain(p).device for group in groups for p in group)
    norms = []
    for group in groups:
        gradients = [_dense(p.grad) for p in group if p.requires_grad and p.grad is not None]
        if not gradients:
            norms.append(torch.zeros((), device=device))
            continue
        # In 16 bits a sum of squares overflows at once.
        half = any(g.dtype in (torch.float16, torch.bfloat16) for g in gradients)
        dtype = torch.float32 if half else None
        own = [norm.to(device) for norm in torch._foreach_norm(gradients, 2, dtype=dtype)]
        norms.append(torch.linalg.vector_norm(torch.stack(own)).float())
    return norms


def _dense(gradient: Any) -> Any:
    gradient = plain(gradient)
    return gradient.coalesce().values() if gradient.is_sparse else gradient


def _ratio(before: Any, after: Any) -> Any:
    norm = torch.linalg.vector_norm
    return norm(after - before) / norm(before)


def _param_lists(learn: Any) -> Any:
    return getattr(getattr(learn, "opt", None), "param_lists", None) or []
