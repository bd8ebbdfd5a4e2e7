"""Questions to a model hub: one try each, an end in time, and plain words for every failure."""

from __future__ import annotations

from tfwidgets.models.net.client import HubClient
from tfwidgets.models.net.problems import HubProblem, Kind
from tfwidgets.models.net.waiting import Cancelled, in_thread

__all__ = ["Cancelled", "HubClient", "HubProblem", "Kind", "in_thread"]
