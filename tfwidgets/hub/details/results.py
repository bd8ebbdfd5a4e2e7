"""Results that a model reached, as its authors or others report them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tfwidgets.hub.details.shapes import items, mapping, number, text

MOST = 100


def results(told: Mapping[str, Any], card: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the results in the two forms that there are, each once.

    ``evalResults`` holds the files of a repository's ``.eval_results``; ``model-index`` is part
    of the card's header (https://huggingface.co/docs/hub/eval-results).
    """
    found = [row for item in items(told.get("evalResults"), MOST) if (row := _of_file(item))]
    index = card.get("model-index") or told.get("model-index")
    for model in items(index, MOST):
        for result in items(model.get("results"), MOST):
            found += _of_index(result)
    unique = {json.dumps(row, sort_keys=True): row for row in found}
    return list(unique.values())[:MOST]


def _of_file(item: Mapping[str, Any]) -> dict[str, Any] | None:
    data = mapping(item.get("data", item))
    dataset = mapping(data.get("dataset"))
    name = text(dataset.get("id"))
    if not name:
        return None
    source = mapping(data.get("source"))
    return _row(
        task=dataset.get("task_id"),
        dataset=name,
        metric=data.get("notes"),
        value=data.get("value"),
        source=source.get("name") or source.get("org") or source.get("user"),
        verified=bool(data.get("verifyToken")),
    )


def _of_index(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    task, dataset = mapping(result.get("task")), mapping(result.get("dataset"))
    return [
        _row(
            task=task.get("name") or task.get("type"),
            dataset=dataset.get("name") or dataset.get("type"),
            metric=metric.get("name") or metric.get("type"),
            value=metric.get("value"),
            source=mapping(result.get("source")).get("name"),
            verified=metric.get("verified") is True,
        )
        for metric in items(result.get("metrics"), MOST)
    ]


def _row(*, value: Any, verified: bool, **named: Any) -> dict[str, Any]:
    shown = number(value)
    row: dict[str, Any] = {name: text(given) for name, given in named.items()}
    # Some report "77.1 ± 0.3", some a mapping of several values.
    other = value if isinstance(value, str) else json.dumps(value, default=str)
    return row | {
        "value": shown if shown is not None else text(other, 100),
        "verified": verified,
    }
