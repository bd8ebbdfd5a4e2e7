"""Fetch a model's files into the hub's cache: planned, resumable, cancelled at once.

The hub's own client starts every file anew that broke off, cannot be cancelled, and retries
for minutes. What is fetched here lies where it would have put it, under the same locks.
"""

from __future__ import annotations

from tfwidgets.hub.download.job import Job, State
from tfwidgets.hub.download.jobs import download, is_running, job_of, start
from tfwidgets.hub.download.planning import Plan, PlannedFile, plan

__all__ = [
    "Job",
    "Plan",
    "PlannedFile",
    "State",
    "download",
    "is_running",
    "job_of",
    "plan",
    "start",
]
