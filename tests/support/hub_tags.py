"""What there is to filter models by, as the Hub lists it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.support.hub_repo import Repo

_LANGUAGE = re.compile(r"[a-z]{2,3}")
_NAMES = {"de": "German", "en": "English", "fr": "French", "multilingual": "Multilingual"}


def tags_by_type(repos: Iterable[Repo]) -> dict[str, list[dict[str, Any]]]:
    """Sort the tags of all repositories by what they tell."""
    found: dict[str, dict[str, dict[str, Any]]] = {}

    def add(kind: str, tag: str, label: str, **more: str) -> None:
        found.setdefault(kind, {})[tag] = {"id": tag, "label": label, "type": kind, **more}

    for repo in repos:
        facts = repo.facts
        task = facts.get("pipeline_tag")
        for tag in facts["tags"]:
            if tag == task:
                add("pipeline_tag", tag, tag.replace("-", " ").title(), subType="nlp")
            elif tag.startswith("license:"):
                add("license", tag, tag.removeprefix("license:"))
            elif tag in (facts.get("library_name"), "safetensors", "pytorch", "onnx"):
                add("library", tag, tag.title())
            elif _LANGUAGE.fullmatch(tag) or tag == "multilingual":
                add("language", tag, _NAMES.get(tag, tag))
            elif tag.startswith("dataset:"):
                add("dataset", tag, tag.removeprefix("dataset:"))
            elif tag.startswith("region:"):
                add("region", tag, tag.removeprefix("region:").upper())
            else:
                add("other", tag, tag)
    return {kind: list(tags.values()) for kind, tags in found.items()}
