"""Put together what is known of a model: first what is here, then what the hub adds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tfwidgets.hub.details.asking import Told, ask, for_page
from tfwidgets.hub.details.facts import facts
from tfwidgets.hub.details.files import files
from tfwidgets.hub.details.fitness import abilities, job_state, memory
from tfwidgets.hub.details.origin import origin
from tfwidgets.hub.details.results import results
from tfwidgets.hub.details.shapes import count, mapping, text, texts
from tfwidgets.hub.notes import notes_for_page

if TYPE_CHECKING:
    from tfwidgets.hub.entry import ModelEntry
    from tfwidgets.hub.index.facts import Facts
    from tfwidgets.models.net import HubClient

Payload = dict[str, Any]


def details(
    entry: ModelEntry, client: HubClient | None, tell: Callable[[Payload], None] | None = None
) -> Payload:
    """Return all that can be known of a model; what the hub does not tell is left out.

    Asks the hub thrice (facts, files, configuration), once more for an older revision, and
    never raises for what a hub does: why it told nothing stands in the payload's ``problem``.

    Parameters
    ----------
    client
        How the hub is asked; None: it is not.
    tell
        Is given what is known without the hub, before that is asked.
    """
    entry, local = _here(entry)
    if client is None or entry.source not in ("hub", "cache"):
        return _payload(entry, local, Told(), complete=True)
    if tell is not None:
        tell(_payload(entry, local, Told()))
    told = ask(entry, client, config=local.config is None)
    return _payload(_enriched(entry, told, client), local, told, complete=True)


def _here(entry: ModelEntry) -> tuple[ModelEntry, Facts]:
    """Return the entry as it is now, and what its files say: they may have been deleted."""
    from tfwidgets.hub.index.facts import Facts, describe

    if entry.folder is None:
        return entry, Facts()
    if not entry.folder.is_dir():
        return replace(entry, folder=None, cached=False, missing=(), disk_size=None), Facts()
    local = describe(entry.folder)
    if local.missing:  # what was counted in a part of the weights says nothing of the model
        return replace(entry, params=None), replace(local, params={})
    return entry, local


def _enriched(entry: ModelEntry, told: Told, client: HubClient) -> ModelEntry:
    """Return the entry with what the hub knows of it; the list's own stays as it is."""
    from tfwidgets.hub.sources.online import entry_of

    known = replace(entry)
    if other := entry_of(told.info, client.shown):
        known.enrich(other)
    return known


def _payload(entry: ModelEntry, local: Facts, told: Told, *, complete: bool = False) -> Payload:
    from tfwidgets.hub.download import job_of

    whole = local.config or told.config
    config = whole or mapping(told.info.get("config"))
    card = local.card or mapping(told.info.get("cardData"))
    params = local.params or mapping(mapping(told.info.get("safetensors")).get("parameters"))
    listed, more = files(told.files, local.sizes)
    sizes: dict[str, int | None] = {file["name"]: file["size"] for file in listed}
    sizes.update(local.sizes)
    name = text(told.info.get("id"))
    job = job_of(entry)
    return {
        "url": text(entry.url, 500),
        "source": entry.source,
        "cached": entry.cached,
        "renamed": name if name and name.lower() != entry.id.lower() else None,
        "gated": entry.gated if entry.gated in ("auto", "manual") else bool(entry.gated),
        "private": entry.private,
        "disabled": entry.disabled,
        "missing": texts(entry.missing),
        "notes": notes_for_page(entry.messages),
        "facts": facts(entry, params, config, card),
        "files": listed,
        "moreFiles": more,
        "origin": origin(entry.base_models, told.info, card),
        "results": results(told.info, card),
        "memory": memory(entry, sizes, local.missing, _total(entry) if local.missing else None),
        "abilities": abilities(config or None, sizes, entry.tags, whole=whole is not None),
        "plan": told.plan,
        "job": job_state(job) if job else None,
        "problem": for_page(told.problem) if told.problem else None,
        "complete": complete,
    }


def _total(entry: ModelEntry) -> int | None:
    """Return the bytes of all weights, as the index of their parts says."""
    from tfwidgets.hub.index.weights import SHARDS
    from tfwidgets.models.contents import Unreadable, json_object

    if entry.folder is None:
        return None
    try:
        told = mapping(json_object(entry.folder / SHARDS).get("metadata"))
    except Unreadable:
        return None
    return count(told.get("total_size"))
