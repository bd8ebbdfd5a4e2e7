"""The layer groups of an optimizer: their names, and which of them train."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def group_names(model: Any, param_lists: Sequence[Any]) -> list[str]:
    """Name each group by what its parameters have in common.

    Parameters
    ----------
    model
        A ``torch.nn.Module``.
    param_lists
        The parameters of each group.

    Returns
    -------
    list of str
        Different from each other: ``"embeddings"``, ``"layer 0"``, …, ``"head"``.
    """
    if len(param_lists) == 1:
        return ["model"]
    paths = {id(p): name.split(".")[:-1] for name, p in model.named_parameters()}
    groups = [[paths[id(p)] for p in group if id(p) in paths] for group in param_lists]
    common = [_common(group) for group in groups]
    root = len(_common([path for group in groups for path in group]))
    names = [
        _name(prefix[root:], group, place)
        for prefix, group, place in zip(common, groups, _places(len(groups)), strict=True)
    ]
    # The blocks of an encoder and a decoder are told apart by what they stand in.
    for number, prefix in enumerate(common):
        if names.count(names[number]) > 1 and len(prefix) > root:
            outer = [part for part in prefix[root:] if not part.isdigit()][:1]
            names[number] = " ".join(dict.fromkeys([*outer, *names[number].split()]))
    return [
        name if names.count(name) == 1 else f"{name} ({number})"
        for number, name in enumerate(names)
    ]


def _places(count: int) -> list[str]:
    return ["embeddings", *[""] * (count - 2), "head"]


def _name(prefix: list[str], paths: list[list[str]], place: str) -> str:
    if prefix:
        parts = [part for part in prefix if part not in ("model", "module", "base_model")]
        if len(parts) > 1 and parts[-1].isdigit():
            return f"{parts[-2]} {parts[-1]}"
        if parts:
            return f"layer {parts[-1]}" if parts[-1].isdigit() else parts[-1].replace("_", " ")
    embeds = any("emb" in part for path in paths for part in path)
    if place == "head" or (place == "embeddings" and embeds):
        return place
    return "layers"


def _common(paths: list[list[str]]) -> list[str]:
    """Return the longest beginning that all have."""
    if not paths:
        return []
    first, last = min(paths), max(paths)
    for place, (a, b) in enumerate(zip(first, last, strict=False)):
        if a != b:
            return first[:place]
    return first[: min(len(first), len(last))]


def frozen_groups(opt: Any) -> list[int]:
    """Return the numbers of the groups of which nothing trains.

    What fastai trains also in frozen groups (norms, with ``train_bn``) does not count.
    """
    return [number for number, group in enumerate(opt.param_lists) if is_frozen(opt, group)]


def is_frozen(opt: Any, group: Any) -> bool:
    """Tell whether nothing in a group trains, but for what fastai always trains."""
    own = [p for p in group if not _always_trains(opt, p)]
    return bool(own) and not any(p.requires_grad for p in own)


class Freezing:
    """Freezes groups and has them train again, each parameter as it was before."""

    def __init__(self) -> None:
        self._trained: dict[int, set[int]] = {}

    def set(self, opt: Any, number: int, frozen: bool) -> None:
        """Freeze a group, or have it train, as fastai's ``freeze_to`` does with the first ones.

        What did not train when a group was frozen here (a block of it that somebody fixed) does
        not train afterwards either.
        """
        group = opt.param_lists[number]
        trained = self._trained.pop(number, {id(p) for p in group})
        if frozen:
            self._trained[number] = {id(p) for p in group if p.requires_grad}
        for p in group:
            p.requires_grad_((id(p) in trained and not frozen) or _always_trains(opt, p))
            if not p.requires_grad:
                p.grad = None
        now = frozen_groups(opt)
        opt.frozen_idx = next((k for k in range(len(opt.param_lists)) if k not in now), len(now))


def _always_trains(opt: Any, parameter: Any) -> bool:
    # Not opt.state[...]: a defaultdict would gain an entry, which fastai's optimizers step over.
    return bool(opt.state.get(parameter, {}).get("force_train", False))
