"""What is kept of a model in a folder, and whether that still holds."""

from __future__ import annotations

import time
from hashlib import sha256

from tfwidgets.hub.index.facts import ADAPTER_CONFIG, describe
from tfwidgets.hub.index.files import files_of
from tfwidgets.hub.index.records import SETTLED, Record, Records
from tfwidgets.hub.index.summary import Summary


def summary_of(path: str, kept: Records) -> Summary | None:
    """Return what is known of a folder with a configuration; None if that is no model's.

    Unlike a commit, a folder may be written to again: its record holds for the same names,
    sizes and times of all files in it.
    """
    begun = time.time()
    # Folders inside, such as the checkpoints of its training, are models of their own.
    files = files_of(path, depth=0)
    marks = [f"{name}\0{s.st_size}\0{s.st_mtime_ns}" for name, s in files.items()]
    stamp = sha256("\n".join(marks).encode("utf-8", "surrogateescape")).hexdigest()[:32]
    record = kept.by_name.get(path)
    if record is None or record.stamp != stamp:
        changed = max((status.st_mtime for status in files.values()), default=0)
        summary = Summary.of(
            describe(path, {name: status.st_size for name, status in files.items()}),
            updated=changed,
        )
        record = Record(stamp, summary)
        if changed < begun - SETTLED:
            kept.put(path, record)
        else:
            kept.drop(path)
    found = record.summary
    is_model = found.family or found.architecture or found.params or ADAPTER_CONFIG in files
    return found if is_model else None
