"""What the hub's cache holds, how much room it takes, and how to give that back."""

from tfwidgets.hub.housekeeping.busy import why_kept
from tfwidgets.hub.housekeeping.removal import Freed, delete, delete_incomplete
from tfwidgets.hub.index import CachedRepo, repos

__all__ = ["CachedRepo", "Freed", "delete", "delete_incomplete", "repos", "why_kept"]
