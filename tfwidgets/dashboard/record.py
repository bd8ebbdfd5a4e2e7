"""What is known of one training, whether it runs in this process or was read from the store.

``Session`` (live) and ``StoredRecord`` (read) are both a ``Record``; views, static pictures,
tables, comparison and export know nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from tfwidgets.dashboard.curves import Bins, Floats, Steps

Status = Literal[
    "waiting",  # made, not begun
    "running",
    "validating",
    "paused",
    "finished",
    "stopped",  # by a reader, the interrupt button, an early-stopping callback, or a guard
    "interrupted",  # KeyboardInterrupt
    "failed",  # an exception
    "lost",  # the kernel ended in the middle of it (stored runs only)
]

ENDED: frozenset[str] = frozenset({"finished", "stopped", "interrupted", "failed", "lost"})


class Record(Protocol):
    """One training: facts, curves, epochs, log and panels.

    Attributes
    ----------
    id, name, project
        ``id`` is unique; the name is for people.
    live
        Whether it can still change in this process.
    status
        See ``Status``.
    started, ended
        Seconds since 1970 by the wall clock, ``ended`` None while it runs.
    seconds
        How long it trained, by a clock that never goes back.
    facts
        How it was made: ``settings`` (dict), ``data`` (rows and ``fingerprint``), ``packages``
        (name -> version), ``seed``, ``device``, ``groups`` (names of the layer groups), ``epochs``
        planned, ``monitor`` (name of the value that says which epoch is best),
        ``monitor_lower`` (whether less of it is better), ``notes`` of the learner.
    progress
        ``epoch`` and ``batch`` (from 0), ``epochs``, ``batches`` (of this epoch), ``step`` and
        ``steps`` (whole training), ``left`` (seconds, or None), ``samples_per_second``,
        ``tokens_per_second`` (or None), ``waiting`` (share of time that the device waits for
        data, or None), ``lr_factor``, ``frozen`` (numbers of frozen groups), ``phase``
        (``"train"`` or ``"valid"``), ``stop_after_epoch`` (bool), ``best`` (epoch row number or
        None), ``checkpoints`` (paths).
    epochs
        Rows of the epoch table: ``kind`` (``"epoch"``, ``"evaluation"``, ``"partial"``),
        ``epoch``, ``step``, ``seconds`` (of the epoch), ``values`` (name -> number;
        ``train_loss``, ``valid_loss`` and metrics by their names).
    log
        Events in order: ``kind`` (``"command"``, ``"alert"``, ``"message"``), ``step``,
        ``time`` (seconds since the beginning), and by kind ``command``, ``values``, ``by``,
        ``applied`` (bool), ``why`` (a message: room, key, values) | ``alert``, ``level``
        (``"warning"`` or ``"error"``), ``values``, ``action`` | ``text``.
    panels
        The newest payload of each panel by name; see ``docs/architecture.md``.
    error
        Of a failed training: what its exception said.
    note
        What a reader wrote about it.
    """

    id: str
    name: str
    project: str
    live: bool
    status: str
    started: float
    ended: float | None
    facts: dict[str, Any]
    progress: dict[str, Any]
    epochs: list[dict[str, Any]]
    log: list[dict[str, Any]]
    panels: dict[str, dict[str, Any]]
    error: str | None
    note: str

    @property
    def seconds(self) -> float:
        """How long it trained."""
        ...

    @property
    def curve_names(self) -> list[str]:
        """Names of the curves, in the order in which they came up."""
        ...

    def overview(self, name: str) -> Bins:
        """Return a whole curve in at most ``MOST_BINS`` bins."""
        ...

    def window(self, name: str, first: float, last: float, most: int) -> Bins:
        """Return what lies between two steps in at most about ``most`` bins."""
        ...

    def values(self, name: str) -> tuple[Steps, Floats]:
        """Return all values of a curve, with their steps."""
        ...


@dataclass
class Delta:
    """What came to a session since the last flush; what the store writes and a view sends.

    Attributes
    ----------
    curves
        Name -> (steps, values) that came.
    epochs, log
        Rows that came.
    panels
        Payloads that changed.
    status, progress, error
        As they are now.
    """

    curves: dict[str, tuple[Steps, Floats]] = field(default_factory=dict)
    epochs: Sequence[dict[str, Any]] = ()
    log: Sequence[dict[str, Any]] = ()
    panels: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    status: str = "waiting"
    progress: dict[str, Any] = field(default_factory=dict)
    error: str | None = None
    facts: dict[str, Any] | None = None
