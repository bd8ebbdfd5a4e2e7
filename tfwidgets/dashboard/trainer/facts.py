"""How a Trainer's training was made: settings, data, packages, seed, device."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tfwidgets.dashboard.trainer.fit import TrainerFit

_PACKAGES = ("tfwidgets", "torch", "transformers", "accelerate", "datasets", "tokenizers", "numpy")


def monitored(args: Any) -> tuple[str, bool]:
    """Return which value says what evaluation is best, and whether less of it is better."""
    name = str(args.metric_for_best_model or "loss").removeprefix("eval_")
    lower = not args.greater_is_better
    return ("valid_loss", True) if name == "loss" else (name, lower)


def facts_of(fit: TrainerFit) -> dict[str, Any]:
    """Describe a training that is about to begin (see ``Record.facts``)."""
    args, model = fit.args, fit.parts["model"]
    monitor, lower = monitored(args)
    settings = {
        "model": type(model).__name__,
        "lr": float(args.learning_rate),
        "optimizer": str(getattr(args.optim, "value", args.optim)),
        "schedule": str(getattr(args.lr_scheduler_type, "value", args.lr_scheduler_type)),
        "wd": float(args.weight_decay),
        "batch_size": int(args.train_batch_size),
        "gradient_accumulation_steps": int(args.gradient_accumulation_steps),
        "epochs": int(fit.state.num_train_epochs),
        "parameters": sum(p.numel() for p in model.parameters()),
    }
    data = [getattr(fit.trainer, f"{part}_dataset", None) for part in ("train", "eval")]
    sizes = [_size(d) for d in data]
    return {
        "settings": settings,
        "data": {"rows": dict(zip(("train", "valid"), sizes, strict=True))},
        "packages": _packages(),
        "seed": int(args.seed),
        "device": str(args.device),
        "groups": fit.steering.group_names,
        "epochs": int(fit.state.num_train_epochs),
        "monitor": monitor,
        "monitor_lower": lower,
    }


def _size(data: Any) -> int | None:
    try:
        return len(data) if hasattr(data, "__len__") else None
    except Exception:  # somebody's own class; a size is a nicety
        return None


def _packages() -> dict[str, str]:
    installed = {name: _version(name) for name in _PACKAGES}
    return {name: number for name, number in installed.items() if number}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
