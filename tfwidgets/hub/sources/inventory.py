"""What looking at one place brought."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfwidgets.hub.entry import ModelEntry
    from tfwidgets.ui.strings import Message


@dataclass
class Inventory:
    """Models, and what the reader of the list should know: a folder that is not there."""

    entries: list[ModelEntry] = field(default_factory=list)
    messages: tuple[Message, ...] = ()
