"""Mixed precision on whatever device the model is: matrix products in 16 bits, weights in 32."""

from __future__ import annotations

from typing import Any

import torch
from fastai.callback.fp16 import AMPMode, MixedPrecision
from fastcore.foundation import L
from torch.amp import GradScaler, autocast

from tfwidgets.errors import EnvironmentProblem, InputError, suggest

_DTYPES = {AMPMode.BF16: torch.bfloat16, AMPMode.FP16: torch.float16}
_MODES = {
    "bf16": AMPMode.BF16,
    "bfloat16": AMPMode.BF16,
    "fp16": AMPMode.FP16,
    "float16": AMPMode.FP16,
    "fp32": None,
    "float32": None,
}
# The first NVIDIA GPUs that multiply in bfloat16 (Ampere); others only imitate it, slowly.
_FIRST_WITH_BF16 = 8


class Precision(MixedPrecision):  # type: ignore[misc]
    """fastai's ``MixedPrecision``, on the device of the model: a GPU, a CPU, Apple's.

    fastai's own speaks to CUDA alone, so that it changes nothing on a CPU. A batch that is
    cancelled or fails leaves the mixed precision as it should.

    Parameters
    ----------
    amp_mode
        ``"bf16"``, with the range of float32; or ``"fp16"``, whose gradients are scaled so that
        small ones are not lost, and whose steps are skipped where they overflow.
    kwargs
        What ``torch.amp.GradScaler`` takes.

    Notes
    -----
    Micikevicius et al., "Mixed Precision Training", 2018.
    """

    # By this name fastai's load_learner finds it, and takes it off on a CPU.
    name = "mixed_precision"

    def __init__(self, amp_mode: str | AMPMode = AMPMode.BF16, **kwargs: Any) -> None:
        super().__init__(amp_mode, **kwargs)
        self.autocast: Any = None
        self._inside = False
        self.depth = 0  # of fits: a callback may ask for predictions within one

    def after_create(self) -> None:
        """Refuse at once what the GPU cannot."""
        self._check(self._device)

    def before_fit(self) -> None:
        """Make what casts and scales, for the device on which the model is now."""
        self.depth += 1
        if self.depth > 1:
            return
        device = self._device
        self._check(device)
        self._inside = False
        dtype = _DTYPES[self.amp_mode]
        self.autocast = autocast(device.type, dtype=dtype)
        # bfloat16 has the range of float32: nothing to scale.
        options = {**self.kwargs, "enabled": dtype == torch.float16}
        self.learn.scaler = GradScaler(device.type, **options)
        self.scales = L()

    def before_batch(self) -> None:
        """Cast from here on."""
        self.autocast.__enter__()
        self._inside = True

    def after_loss(self) -> None:
        """Cast no longer."""
        self._leave()

    def after_cancel_batch(self) -> None:
        """Cast no longer, where the batch ended before its loss."""
        self._leave()

    def after_fit(self) -> None:
        """Let go of everything, also after an error in the middle of a batch."""
        self._leave()
        self.depth -= 1
        if self.depth > 0:
            return
        self.autocast = self.learn.scaler = self.scales = None

    def _leave(self) -> None:
        if self._inside:
            self._inside = False
            self.autocast.__exit__(None, None, None)

    @property
    def _device(self) -> torch.device:
        return next(self.learn.model.parameters()).device

    def _check(self, device: torch.device) -> None:
        if self.amp_mode == AMPMode.BF16 and not _has_bf16(device):
            name = torch.cuda.get_device_name(device)
            raise EnvironmentProblem(
                f"{name} does not compute in bfloat16.\nUse fp16: precision='fp16' in "
                "tfw.learner, or learn.to_fp16()."
            )


def precision_callbacks(precision: str | None) -> list[Precision]:
    """Return the callback for a precision: none for ``None`` and ``"float32"``.

    Raises
    ------
    InputError
        When the precision is not known.
    """
    if precision is None:
        return []
    name = str(precision).removeprefix("torch.").lower()
    if name not in _MODES:
        raise InputError(
            f"precision={precision!r} is none that is known.{suggest(name, _MODES)} "
            "There are 'bf16', 'fp16' and 'float32'."
        )
    mode = _MODES[name]
    return [] if mode is None else [Precision(mode)]


def _has_bf16(device: torch.device) -> bool:
    if device.type != "cuda" or torch.version.hip:
        return True
    return bool(torch.cuda.get_device_capability(device)[0] >= _FIRST_WITH_BF16)
