"""What is here of models: read from their files once, kept, found again in a millisecond."""

from tfwidgets.hub.index.completion import known_names, names_here
from tfwidgets.hub.index.facts import Facts, describe
from tfwidgets.hub.index.repositories import CachedRepo, CachedRevision, repos

__all__ = [
    "CachedRepo",
    "CachedRevision",
    "Facts",
    "describe",
    "known_names",
    "names_here",
    "repos",
]
