"""What probes share that look at validations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from tfwidgets.dashboard.probes.probe import Probe

if TYPE_CHECKING:
    from tfwidgets.dashboard.probes.texts import RowTexts
    from tfwidgets.dashboard.probes.validation import Collector, Rows


@dataclass
class RowProbe(Probe):
    """Looks at the rows of a validation that takes place anyway.

    Attributes
    ----------
    texts
        Writes rows; None where there are none.
    """

    texts: RowTexts | None = None

    needs_numbers: ClassVar[bool] = True
    """Whether it shows single rows, which a stream of rows does not number."""

    def prepare(self) -> None:
        """See whether there are validation rows, and whether they can be asked for."""
        try:
            empty = self.texts is None or not len(self.texts)
        except Exception:  # a stream of rows, or somebody's own class
            empty = False
        if empty:
            self.unavailable("probe-no-rows")
        elif self.needs_numbers and not self.known_texts.numbered:
            self.unavailable("probe-stream")

    def batch(self, collector: Collector) -> None:
        """Look at a batch that was collected."""

    def rows(self, rows: Rows) -> None:
        """Make the panel's contents of a whole validation."""
        raise NotImplementedError

    @property
    def known_texts(self) -> Any:
        """What writes rows."""
        assert self.texts is not None  # noqa: S101 - prepare has seen to it
        return self.texts
