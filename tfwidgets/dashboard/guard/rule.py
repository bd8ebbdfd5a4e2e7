"""What a rule of the guard is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

if TYPE_CHECKING:
    from tfwidgets.dashboard.record import Delta
    from tfwidgets.dashboard.session import Session

Values = dict[str, Any]


class Rule(Protocol):
    """One thing that can go wrong."""

    key: ClassVar[str]
    level: ClassVar[Literal["warning", "error"]]

    def check(self, session: Session, delta: Delta) -> Values | None:
        """Return the numbers that tell what is wrong, or None."""
        ...


def told(**values: Any) -> Values:
    """Round what a sentence says to three digits."""
    return {
        name: value if isinstance(value, int) else float(f"{float(value):.3g}")
        for name, value in values.items()
    }
