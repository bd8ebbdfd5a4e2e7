"""A run as a file: every value as CSV, its curves as a picture, all of it as a page."""

from __future__ import annotations

import re
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from tfwidgets.dashboard.record import Record
from tfwidgets.errors import InputError
from tfwidgets.ui.text import printable

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("csv", "png", "html")

# What a spreadsheet takes for a formula when a cell begins with it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export(record: Record, path: str | PathLike[str]) -> Path:
    """Write a run into a file, by the name's ending: ``.csv``, ``.png`` or ``.html``.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InputError
        Another ending, or the file cannot be written.
    """
    file = Path(path).expanduser()
    kind = file.suffix.lower().removeprefix(".")
    data = export_bytes(record, kind)
    try:
        file.write_bytes(data)
    except OSError as error:
        raise InputError(f"{file} cannot be written: {error.strerror}.") from None
    return file


def export_bytes(record: Record, kind: str) -> bytes:
    """Return a run as the content of a file.

    Parameters
    ----------
    kind
        ``"csv"`` (see ``csv_frame``), ``"png"`` (its curves) or ``"html"`` (a page without
        script, with settings, curves, epochs, samples and log).

    Raises
    ------
    InputError
        There is no such kind.
    EnvironmentProblem
        A picture needs matplotlib.
    """
    if kind == "csv":
        text: str = csv_frame(record).to_csv(index_label="step")
        return text.encode()
    if kind == "png":
        from tfwidgets.dashboard.exports.png import png

        return png(record)
    if kind == "html":
        from tfwidgets.dashboard.exports.html import page

        return page(record).encode()
    raise InputError(
        f"A run is exported as {', '.join(f'.{known}' for known in KINDS)}, not as {kind!r}."
    )


def file_name(record: Record, kind: str) -> str:
    """Return a name for the file that any system allows."""
    stem = re.sub(r"[^\w.-]+", "-", printable(record.name)).strip("-.")[:60]
    return f"{stem or 'run'}-{record.id[:6]}.{kind}"


def csv_frame(record: Record) -> pd.DataFrame:
    """Return every value of every curve: a row per step, a column per curve.

    What is measured per epoch (``train_loss``, ``valid_loss``, metrics) stands at the step where
    the epoch ended; the column ``epoch`` counts them from 1 there. Cells without a value are
    empty.
    """
    import pandas as pd

    columns: dict[str, pd.Series[float]] = {}
    if record.epochs:
        rows = {row["step"]: row["epoch"] + 1 for row in record.epochs}
        columns["epoch"] = pd.Series(rows, dtype="Int64")
    for name in record.curve_names:
        x, y = record.values(name)
        curve = pd.Series(y, index=x)
        # Two values at one step, such as a validation twice in a row: the later one counts.
        columns[_cell(name)] = curve[~curve.index.duplicated(keep="last")]
    if not columns:
        return pd.DataFrame()
    return pd.concat(columns, axis=1).sort_index()


def _cell(text: str) -> str:
    """Return a text that no spreadsheet computes."""
    return "'" + text if text.startswith(_FORMULA) else text
