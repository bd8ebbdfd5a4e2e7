"""Dead units: outputs of nonlinearities that never leave zero on a whole batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn

from tfwidgets.dashboard.probes.sampling import plain

THRESHOLD = 1e-3
"""What an output has to exceed, in absolute value, to count as alive."""

# Those that are zero, or close to it, for a whole range of inputs.
_CLASSES = (
    nn.ReLU,
    nn.ReLU6,
    nn.GELU,
    nn.SiLU,
    nn.Mish,
    nn.Hardswish,
    nn.CELU,
    nn.ELU,
    nn.LeakyReLU,
    nn.RReLU,
)
_TRANSFORMERS = "transformers.activations"
_NONE_OF_THEM = ("LinearActivation", "LaplaceActivation")
_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)


class DeadUnits:
    """Counts, on one batch, the units of each layer group that are dead.

    A unit (a feature of a dense layer, a channel of a convolution) is dead on a batch when its
    nonlinearity's output does not exceed ``THRESHOLD`` in absolute value at any position of any
    row; positions that an attention mask hides do not count. A single batch may be unlike the
    others: what matters is a share that stays, or grows.

    Parameters
    ----------
    model
        It is changed only between ``attach`` and ``detach``, by hooks.
    groups
        Its parameters by layer group.

    Notes
    -----
    Lu et al., "Dying ReLU and Initialization: Theory and Numerical Examples", 2019, for ReLU;
    GELU and SiLU come close to zero for very negative inputs.
    """

    def __init__(self, model: Any, groups: Sequence[Sequence[Any]]) -> None:
        self._groups = len(groups)
        self._found = _nonlinearities(model, groups)
        self._hooks: list[Any] = []
        # Largest output of each unit, by module, and by width where a module has several.
        self._largest: dict[tuple[int, int], Any] = {}
        self._mask: Any = None

    def __bool__(self) -> bool:
        return bool(self._found)

    def attach(self, batch: Any) -> None:
        """Look at the forward pass that comes.

        Parameters
        ----------
        batch
            What the model is given; of a dict, ``attention_mask`` (rows, positions) is used.
        """
        self.detach()
        self._largest = {}
        mask = batch.get("attention_mask") if isinstance(batch, Mapping) else None
        self._mask = None if mask is None or mask.ndim != 2 else plain(mask).bool()
        for number, (module, _, _) in enumerate(self._found):
            self._hooks.append(module.register_forward_hook(self._hook(number)))

    def detach(self) -> None:
        """Take the hooks off."""
        for hook in self._hooks:
            hook.remove()
        self._hooks, self._mask = [], None

    def shares(self, device: Any) -> Any:
        """Return the share of dead units of each group, NaN where it has none; (groups,)."""
        dead: list[Any] = [[] for _ in range(self._groups)]
        for (number, _), largest in self._largest.items():
            dead[self._found[number][1]].append((largest <= THRESHOLD).float().to(device))
        nothing = torch.full((), float("nan"), device=device)
        self._largest = {}
        return torch.stack([torch.cat(parts).mean() if parts else nothing for parts in dead])

    def _hook(self, number: int) -> Any:
        convolution = self._found[number][2]

        def hook(_module: Any, _inputs: Any, output: Any) -> None:
            if not isinstance(output, torch.Tensor) or output.ndim < 2:
                return
            with torch.no_grad():
                size = plain(output).abs()
                axis = 1 if convolution or size.ndim > 3 else size.ndim - 1
                mask = self._mask
                if mask is not None and axis == 2 and size.shape[:2] == mask.shape:
                    size = size.masked_fill(~mask.to(size.device)[..., None], 0)
                largest = size.amax([k for k in range(size.ndim) if k != axis])
                key = number, len(largest)
                known = self._largest.get(key)
                self._largest[key] = largest if known is None else torch.maximum(known, largest)

        return hook


def compiled(model: Any) -> bool:
    """Tell whether hooks would make ``torch.compile`` compile again."""
    return any(
        hasattr(module, "_orig_mod") or getattr(module, "_compiled_call_impl", None) is not None
        for module in model.modules()
    )


def _nonlinearities(model: Any, groups: Sequence[Sequence[Any]]) -> list[tuple[Any, int, bool]]:
    """Return each nonlinearity, the number of its group, and whether it follows a convolution."""
    group_of = {id(p): number for number, group in enumerate(groups) for p in group}
    found: list[tuple[Any, int, bool]] = []
    parents = {id(child): parent for parent in model.modules() for child in parent.children()}
    before: tuple[int, bool] | None = None
    for module in model.modules():
        own = next(
            (group_of[id(p)] for p in module.parameters(recurse=False) if id(p) in group_of), None
        )
        if own is not None:
            before = (
                own,
                isinstance(module, _CONVOLUTIONS)
                or (
                    isinstance(module, nn.modules.batchnorm._BatchNorm)
                    and bool(before and before[1])
                ),
            )
        if not _is_nonlinearity(module):
            continue
        inside = _groups_inside(parents.get(id(module)), group_of)
        if len(inside) == 1:
            found.append((module, inside.pop(), bool(before and before[1])))
        elif before is not None:
            found.append((module, *before))
    return found


def _groups_inside(parent: Any, group_of: Mapping[int, int]) -> set[int]:
    """Return the groups of a block's parameters; a sequence's order says more."""
    if parent is None or isinstance(parent, nn.Sequential):
        return set()
    return {group_of[id(p)] for p in parent.parameters() if id(p) in group_of}


def _is_nonlinearity(module: Any) -> bool:
    kind = type(module)
    if kind.__module__ == _TRANSFORMERS:
        return kind.__name__ not in _NONE_OF_THEM
    return isinstance(module, _CLASSES)
