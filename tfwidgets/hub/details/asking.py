"""What the hub is asked about one model: its facts, its files, its configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tfwidgets.hub.details.fitness import planned
from tfwidgets.hub.details.shapes import count, items, mapping, text
from tfwidgets.hub.net import answers

if TYPE_CHECKING:
    from tfwidgets.hub.entry import ModelEntry
    from tfwidgets.models.net import HubClient, HubProblem

EXPAND = (
    *("author", "baseModels", "cardData", "childrenModelCount", "config", "createdAt"),
    *("disabled", "downloads", "evalResults", "gated", "lastModified", "library_name", "likes"),
    *("model-index", "pipeline_tag", "private", "safetensors", "sha", "tags", "usedStorage"),
)
"""What is asked about one model, beside its files: those make a question of their own."""


CONFIG = "config.json"
_LARGEST_CONFIG = 1_000_000


@dataclass(frozen=True)
class Told:
    """What a hub told of a model.

    Attributes
    ----------
    info
        What ``EXPAND`` asks for; empty where it was not told.
    files
        The answer that has the files.
    config
        Its ``config.json``; None where that cannot be had. What ``EXPAND`` tells of it is little.
    plan
        What a download would fetch; None where that is not known.
    problem
        Why something was not told.
    """

    info: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, Any] = field(default_factory=dict)
    config: Mapping[str, Any] | None = None
    plan: dict[str, Any] | None = None
    problem: HubProblem | None = None


def ask(entry: ModelEntry, client: HubClient, *, config: bool = False) -> Told:
    """Ask about a model; never raises for what a hub does.

    Parameters
    ----------
    config
        Whether to fetch its ``config.json``, too.
    """
    from tfwidgets.errors import ModelError
    from tfwidgets.hub.download import plan
    from tfwidgets.models.net import HubProblem, paths

    asking = Asking(client)
    info: Any = {}
    planning: dict[str, Any] | None = None
    problem: HubProblem | None = None
    try:
        info, _ = asking.json(paths.info(entry.id), {"expand": list(EXPAND)})
    except HubProblem as error:
        problem = error
    # A hub that is not there is not asked again; one that does not know this may know the rest.
    if problem is None or not problem.no_hub:
        try:
            planning = planned(plan(entry, asking))  # type: ignore[arg-type]
        except HubProblem as error:
            problem = problem or error
        except ModelError as error:  # what the hub tells of its files is no list of files
            problem = problem or HubProblem(str(error), "server")
    read = _config(entry, asking) if config and planning is not None else None
    return Told(mapping(info), asking.files, read, planning, problem)


def _config(entry: ModelEntry, asking: Asking) -> Mapping[str, Any] | None:
    from tfwidgets.models.net import HubProblem, paths

    named = next(
        (file for file in items(asking.files.get("siblings"), 100_000)
         if file.get("rfilename") == CONFIG),
        None,
    )  # fmt: skip
    if named is None or (count(named.get("size")) or 0) > _LARGEST_CONFIG:
        return None
    commit = text(asking.files.get("sha"))
    try:
        read, _ = asking.json(paths.file(entry.id, CONFIG, commit or entry.revision))
    except HubProblem:  # behind a gate; what is missing then is not worth a word
        return None
    return mapping(read) or None


class Asking:
    """A client that asks nothing twice within a session, and notes which answer has the files."""

    def __init__(self, client: HubClient) -> None:
        self.files: Mapping[str, Any] = {}
        self._client = client

    def json(self, path: str, params: Mapping[str, Any] | None = None) -> tuple[Any, str | None]:
        """Ask as ``HubClient.json`` does."""
        answer = answers.ask(self._client, path, params)
        if params and "blobs" in params:
            self.files = mapping(answer[0])
        return answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


def for_page(problem: HubProblem) -> dict[str, Any]:
    """Return why a hub gave no answer, as the page shows it."""
    return {"kind": problem.kind, "text": text(str(problem), 600), "wait": problem.wait}
