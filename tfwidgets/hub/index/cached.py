"""What is kept of a model in the hub's cache, and whether that still holds."""

from __future__ import annotations

import os
import time
from pathlib import Path

from tfwidgets.errors import ModelError
from tfwidgets.hub.index.facts import CONFIG, Facts, describe
from tfwidgets.hub.index.records import SETTLED, Record, Records
from tfwidgets.hub.index.repositories import CachedRepo, CachedRevision, read_repo, tree
from tfwidgets.hub.index.summary import Notes, Summary
from tfwidgets.hub.index.weights import SHARDS, WEIGHTS
from tfwidgets.models import hub

_MAY_BE_MISSING = (CONFIG, SHARDS, "tokenizer_config.json", *hub.TOKENIZER_FILES)


def summary_of(folder: str, name: str, kept: Records) -> tuple[Summary, str | None, float]:
    """Return what is known of a cached model, its commit, and when its weights were last read.

    Six questions to the file system where it was read before: a commit never changes, and what
    is downloaded or deleted changes the folders it lies in.
    """
    record = kept.by_name.get(name)
    if record is not None:
        stamp, _, used = _stamp(folder, *record.probes)
        if stamp == record.stamp:
            return record.summary, record.probes[0] or None, used
    begun = time.time()
    repo = read_repo(Path(folder))
    revision = repo.revisions[0] if repo.revisions else None
    probes = ("", "", "") if revision is None else _probes(revision)
    stamp, changed, used = _stamp(folder, *probes)
    summary = _summary(repo, revision)
    if changed < begun - SETTLED:
        kept.put(name, Record(stamp, summary, probes))
    else:
        kept.drop(name)
    return summary, probes[0] or None, used


def _summary(repo: CachedRepo, revision: CachedRevision | None) -> Summary:
    if revision is None:
        unfinished = tuple(f"{etag[:12]}…" for etag in repo.unfinished)
        notes: Notes = (("unfinished" if unfinished else "empty", {}),)
        return Summary(size=repo.size, missing=unfinished, notes=notes)
    facts = describe(revision.folder, revision.sizes)
    missing = _missing(repo, revision, facts)
    return Summary.of(
        facts,
        updated=revision.changed,
        used=revision.used,
        size=revision.size,
        missing=missing,
        notes=(("unfinished", {}),) if missing and repo.unfinished else (),
    )


def _missing(repo: CachedRepo, revision: CachedRevision, facts: Facts) -> tuple[str, ...]:
    """Return the files that are still to come: shards, what else loading needs, begun ones."""
    etags = tree(repo.folder, revision.commit)
    # What a killed download left behind, and a later one fetched, is nobody's loss.
    begun = set(repo.unfinished) - repo.blobs
    missing = dict.fromkeys(facts.missing)
    for name, etag in etags.items():
        if etag in begun and name not in revision.sizes:
            missing[name] = None
    if not facts.loads:
        missing.update(dict.fromkeys(_needed(repo.id, etags, revision)))
        unnamed = begun - set(etags.values())
        if not missing:
            missing.update((f"{etag[:12]}…", None) for etag in sorted(unnamed))
    return tuple(missing)


def _needed(model: str, etags: dict[str, str], revision: CachedRevision) -> list[str]:
    try:
        wanted = hub.needed_files(model, etags, allow_pickle=True)
    except ModelError:  # there is nothing that could be loaded
        return []
    weights = (".safetensors", ".bin")
    return [
        name
        for name in wanted
        if name not in revision.sizes
        and (name in _MAY_BE_MISSING or "/" in name or name.endswith(weights))
    ]


def _probes(revision: CachedRevision) -> tuple[str, str, str]:
    """Return commit and the two files whose own change is asked for: a broken disk, an edit."""
    largest = max(revision.sizes, key=lambda name: revision.sizes[name], default="")
    weights = WEIGHTS if WEIGHTS in revision.sizes else largest
    return revision.commit, weights, CONFIG if CONFIG in revision.sizes else ""


def _stamp(
    folder: str, commit: str = "", weights: str = "", config: str = ""
) -> tuple[str, float, float]:
    """Return a stamp, the time of the last change in it, and when the weights were last read."""
    marks = []
    last = used = 0.0
    snapshot = f"{folder}/snapshots/{commit}"
    places = [f"{folder}/blobs", f"{folder}/snapshots", f"{folder}/refs/main"]
    if commit:
        places.append(snapshot)
    places += [f"{snapshot}/{name}" for name in (config, weights) if name]
    for place in places:
        try:
            status = os.stat(place)  # noqa: PTH116 - thousands of them
        except (OSError, ValueError):
            marks.append("-")
            continue
        marks.append(f"{status.st_mtime_ns}.{status.st_size}")
        last = max(last, status.st_mtime)
        used = status.st_atime
    return " ".join(marks), last, used if weights else 0.0
