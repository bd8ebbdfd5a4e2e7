"""The store of training runs: written while they train, read afterwards, offline and crash-safe."""

from tfwidgets.dashboard.store.library import Store, open_store
from tfwidgets.dashboard.store.liveness import live, written
from tfwidgets.dashboard.store.problems import StoreProblem
from tfwidgets.dashboard.store.reading import StoredRecord
from tfwidgets.dashboard.store.summary import Summary
from tfwidgets.dashboard.store.writer import Writer

__all__ = [
    "Store",
    "StoreProblem",
    "StoredRecord",
    "Summary",
    "Writer",
    "live",
    "open_store",
    "written",
]
