"""How a training was made: settings, data, packages, seed, device."""

from __future__ import annotations

import hashlib
import itertools
import logging
import platform
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import PurePath
from typing import Any

import numpy as np
import torch
from fastai.callback.schedule import ParamScheduler
from fastai.callback.tracker import TrackerCallback
from fastai.learner import get_model

from tfwidgets.dashboard.groups import group_names
from tfwidgets.dashboard.randomness import RandomStates
from tfwidgets.ui.strings import Message
from tfwidgets.ui.text import one_line

log = logging.getLogger(__name__)

_PACKAGES = (
    *("tfwidgets", "torch", "transformers", "fastai", "tokenizers", "numpy", "pandas"),
    *("accelerate", "peft", "safetensors"),
)
_SAMPLED = 4
_BYTES = 4096


def facts_of(learn: Any) -> dict[str, Any]:
    """Describe a fastai learner that is about to train (see ``Record.facts``)."""
    monitor, lower = monitored(learn)
    settings = getattr(learn, "settings", None)
    given = settings if isinstance(settings, Mapping) else {}
    # Each is a nicety, asked of somebody's own classes: what fails is left out.
    return {
        "settings": _told("settings", lambda: _settings(learn, given), {}),
        "data": _told("data", lambda: _data(learn.dls), {}),
        "packages": _packages(),
        "seed": _told("seed", lambda: _seed(learn, settings), None),
        "device": _told("device", lambda: _device(learn.model), None),
        "groups": group_names(learn.model, learn.opt.param_lists),
        "epochs": int(learn.n_epoch),
        "monitor": monitor,
        "monitor_lower": lower,
        "notes": [
            {"room": note.room, "key": note.key, "values": note.values}
            for note in getattr(learn, "notes", None) or []
            if isinstance(note, Message)
        ],
    }


def model_name(learn: Any) -> str:
    """Return a short name for the model."""
    model = learn.model
    while isinstance(inner := getattr(model, "module", None), torch.nn.Module):
        model = inner
    settings = getattr(learn, "settings", None) or {}
    named = str(settings.get("model", "")) if isinstance(settings, Mapping) else ""
    name = PurePath(named).name or type(getattr(model, "transformer", model)).__name__
    return one_line(name, 40)


def monitored(learn: Any) -> tuple[str, bool]:
    """Return which value says what epoch is best, and whether less of it is better."""
    for cb in learn.cbs:
        if isinstance(cb, TrackerCallback):
            return str(cb.monitor), cb.comp is np.less
    return "valid_loss", True


def schedulers(learn: Any) -> list[Any]:
    """Return the callbacks that set the learning rate in each batch."""
    return [cb for cb in learn.cbs if isinstance(cb, ParamScheduler) and "lr" in cb.scheds]


def highest_rates(learn: Any, position: float = 1.0) -> list[float]:
    """Return each group's highest rate, of a schedule up to a position (0 to 1) in it."""
    setting = schedulers(learn)
    if not setting:
        return [float(group["lr"]) for group in learn.opt.hypers]
    rates = setting[-1].scheds["lr"]
    so_far = [np.asarray(rates(at), float) for at in np.linspace(0, position, 101)]
    highest = np.broadcast_to(np.max(so_far, axis=0), (len(learn.opt.param_lists),))
    return [float(rate) for rate in highest]


def _settings(learn: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    hypers = [dict(group) for group in learn.opt.hypers]
    func = learn.opt_func
    while hasattr(func, "func"):  # partial objects
        func = func.keywords.get("opt", func.func)
    optimizer = getattr(learn.opt, "opt", None)
    rates = highest_rates(learn)
    scheduled = [sorted(cb.scheds) for cb in learn.cbs if isinstance(cb, ParamScheduler)]
    # What a schedule sets is there as the last one left it.
    moved = {"lr", *(name for names in scheduled for name in names)}
    last = {k: v for k, v in hypers[-1].items() if k not in moved}
    settings = {
        **given,
        "model": given.get("model") or type(get_model(learn.model)).__name__,
        "lr": rates[0] if len(set(rates)) == 1 else rates,
        "optimizer": type(optimizer).__name__ if optimizer is not None else _name(func),
        "hypers": {name: _plain(value) for name, value in last.items()},
        "wd": _plain(last.get("wd", learn.wd)),
        "loss": _name(learn.loss_func),
        "metrics": [str(metric.name) for metric in learn.metrics],
        "batch_size": getattr(learn.dls.train, "bs", getattr(learn.dls.train, "batch_size", None)),
        "epochs": int(learn.n_epoch),
        "schedule": "constant"
        if not scheduled
        else "one cycle"
        if ["lr", "mom"] in scheduled
        else "scheduled",
        "callbacks": [type(cb).__name__ for cb in learn.cbs],
        "parameters": sum(p.numel() for p in learn.model.parameters()),
    }
    return {name: _plain(value) for name, value in settings.items()}


def _plain(value: Any) -> Any:
    """Return what JSON can hold."""
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, (float, np.floating)):
        return float(value)
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value[:100]]
    if isinstance(value, Mapping):
        return {one_line(str(k), 100): _plain(v) for k, v in itertools.islice(value.items(), 100)}
    return one_line(str(value), 300)


def _name(thing: Any) -> str:
    while hasattr(thing, "func") and not isinstance(thing, type):
        thing = thing.func
    return str(getattr(thing, "__name__", type(thing).__name__))


def _seed(learn: Any, settings: Any) -> int | None:
    seeds = [getattr(cb, "seed", None) for cb in learn.cbs if "seed" in vars(cb)]
    if isinstance(settings, Mapping):
        seeds.append(settings.get("seed"))
    return next((int(seed) for seed in seeds if isinstance(seed, (int, np.integer))), None)


def _device(model: Any) -> str:
    device = next((p.device for p in model.parameters()), torch.device("cpu"))
    if device.type == "cuda":
        return str(torch.cuda.get_device_name(device))
    return f"{device.type.upper()} ({platform.machine()})"


@cache
def _packages() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def _told(what: str, do: Callable[[], Any], otherwise: Any) -> Any:
    try:
        return do()
    except Exception:
        log.info("the %s of a training could not be told", what, exc_info=True)
        return otherwise


def _data(dls: Any) -> dict[str, Any]:
    """Return sizes, and a fingerprint of a few rows: equal data have the same.

    None is the fingerprint of rows that cannot be asked for by number.
    """
    parts = list(zip(("train", "valid"), list(dls.loaders)[:2], strict=False))
    rows = {name: _rows(loader) for name, loader in parts}
    sizes = {name: _told("size", partial(_size, data), None) for name, data in rows.items()}
    states = RandomStates.now(*dls.loaders)  # a data set may draw when it is asked for a row
    try:
        mark = _told("data", lambda: _fingerprint(rows, sizes), None)
    finally:
        states.put_back(*dls.loaders)
    return {"rows": sizes, "fingerprint": mark}


def _rows(loader: Any) -> Any:
    rows = getattr(loader, "dataset", None)
    # What a row was made of costs nothing; an image would have to be opened.
    raw = getattr(rows, "items", None)
    return raw if hasattr(raw, "__len__") else rows


def _size(rows: Any) -> int | None:
    return len(rows) if hasattr(rows, "__len__") else None


def _fingerprint(rows: Mapping[str, Any], sizes: Mapping[str, int | None]) -> str | None:
    mark = hashlib.sha256()
    for name, data in rows.items():
        size = sizes[name]
        if size is None:
            return None
        mark.update(repr(size).encode())
        for k in sorted({size * part // _SAMPLED for part in range(_SAMPLED)} if size else ()):
            _mix(mark, data.iloc[k] if hasattr(data, "iloc") else data[k])
    return mark.hexdigest()[:16]


def _mix(mark: Any, value: Any, depth: int = 0) -> None:
    if isinstance(value, torch.Tensor):
        value = value.detach().as_subclass(torch.Tensor).reshape(-1)[:_BYTES].cpu().numpy()
    if isinstance(value, np.ndarray) and value.dtype != object:
        mark.update(np.ascontiguousarray(value.reshape(-1)[:_BYTES]).tobytes())
    elif isinstance(value, Mapping) and depth < 4:
        for name in sorted(map(str, value)):
            mark.update(name.encode("utf-8", "replace"))
            _mix(mark, value.get(name), depth + 1)
    elif isinstance(value, (list, tuple)) and depth < 4:
        for one in value[:1000]:
            _mix(mark, one, depth + 1)
    elif isinstance(value, PurePath):
        mark.update(value.name.encode("utf-8", "replace"))  # the folder may be another one
    elif value is None or isinstance(value, (str, bytes, int, float, np.generic)):
        mark.update(repr(value)[:_BYTES].encode("utf-8", "replace"))
    elif hasattr(value, "to_list"):  # a row of a pandas table
        _mix(mark, value.to_list(), depth + 1)
    else:
        mark.update(type(value).__name__.encode())  # its repr may hold an address
