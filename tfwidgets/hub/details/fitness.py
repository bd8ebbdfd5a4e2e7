"""What a model needs and can do here, as the page draws it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tfwidgets.hub.details.shapes import text

if TYPE_CHECKING:
    from tfwidgets.hub.download import Job, Plan
    from tfwidgets.hub.entry import ModelEntry


def memory(
    entry: ModelEntry,
    sizes: Mapping[str, int | None],
    missing: Collection[str] = (),
    total: int | None = None,
) -> dict[str, Any] | None:
    """Return what the model takes in memory by type of number, and whether this machine has it.

    Parameters
    ----------
    sizes
        Its files and their bytes.
    missing
        Its weight files that are not here.
    total
        Bytes of all weights, as their index says.
    """
    from tfwidgets.hub.fit import fit
    from tfwidgets.hub.machine import machine

    mine = machine()
    weights = _weights(sizes, missing, total)
    fitting = fit(entry.params, entry.dtype, mine, weights=weights)
    if not fitting.rows:
        return None
    return {
        "rows": [asdict(row) for row in fitting.rows],
        "ram": {"total": mine.ram_total, "free": mine.ram_free},
        "gpus": [
            {"name": text(gpu.name, 60), "total": gpu.total, "free": gpu.free} for gpu in mine.gpus
        ],
    }


def _weights(
    sizes: Mapping[str, int | None], missing: Collection[str], total: int | None
) -> int | None:
    """Return the bytes that are loaded; None where it is not known of every file."""
    from tfwidgets.models.hub import weight_files

    loaded = [sizes[name] for name in weight_files({*sizes, *missing}) if name in sizes]
    known = [size for size in loaded if size is not None]
    whole = len(known) == len(loaded) and all(name in sizes for name in missing)
    return sum(known) or None if whole else total


def abilities(
    config: Mapping[str, Any] | None,
    files: Collection[str],
    tags: Collection[str],
    *,
    whole: bool,
) -> list[dict[str, Any]]:
    """Return what the magics can do with the model, as far as its small files tell.

    Parameters
    ----------
    whole
        Whether the configuration is all of it: that a hub's excerpt has no vocabulary, or names
        no classes, does not mean that there are none.
    """
    from tfwidgets.hub.abilities import abilities as judged

    def hidden(key: str) -> bool:
        return not whole and key.endswith((".no_text", ".unnamed"))

    return [
        {
            "name": ability.name,
            "yes": None if hidden(ability.key) else ability.yes,
            "key": f"{ability.name}.unknown" if hidden(ability.key) else ability.key,
            "values": {name: text(str(value), 300) or "" for name, value in ability.values.items()},
        }
        for ability in judged(dict(config) if config else None, files, tags)
    ]


def planned(plan: Plan) -> dict[str, Any]:
    """Return what a download would fetch."""
    return {
        "total": plan.total,
        "missing": plan.missing,
        "free": plan.free,
        "enough": plan.enough,
        "files": len(plan.files),
        "here": sum(file.here for file in plan.files),
        "refused": text(plan.refused, 600),
    }


def job_state(job: Job) -> dict[str, Any]:
    """Return how far a download is."""
    return {
        "state": job.state,
        "done": job.done,
        "total": job.total,
        "rate": job.rate,
        "file": text(job.file),
        "blocked": job.blocked,
        "problem": text(job.problem, 600),
    }
