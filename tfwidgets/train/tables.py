"""Tables for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element

from tfwidgets.ui.console import text_table
from tfwidgets.ui.frontend import in_notebook, shell
from tfwidgets.ui.html import element, render
from tfwidgets.ui.text import one_line

if TYPE_CHECKING:
    import pandas as pd

_CONSOLE = 60
_CELL = "padding:.3em .8em .3em 0;vertical-align:top;text-align:"


def show_table(table: pd.DataFrame) -> None:
    """Display a table where there is a notebook, print it elsewhere. Texts are escaped."""
    names = [str(name) for name in table.columns]
    rows = [[str(cell) for cell in row] for row in table.to_numpy(dtype=object)]
    # Beside texts, numbers: those stand to the right.
    numeric = [kind.kind in "iuf" for kind in table.dtypes]
    plain = text_table(names, [[one_line(cell, _CONSOLE) for cell in row] for row in rows])
    if not in_notebook():
        print(plain)
        return
    terminal: Any = shell()
    terminal.display_pub.publish(
        {"text/html": render(_drawn(names, rows, numeric)), "text/plain": plain}
    )


def _drawn(names: list[str], rows: list[list[str]], numeric: list[bool]) -> Element:
    head = [_cell("th", name, number) for name, number in zip(names, numeric, strict=True)]
    body = [
        element("tr", *(_cell("td", text, n) for text, n in zip(row, numeric, strict=True)))
        for row in rows
    ]
    return element(
        "table",
        element("thead", element("tr", *head)),
        element("tbody", *body),
        class_="dataframe",
        style="max-width:100%;overflow-wrap:anywhere",
    )


def _cell(tag: str, text: str, number: bool) -> Element:
    side = "right" if number else "left"
    # A label is short: it should not break, and leave its width to the texts.
    wrap = "normal" if len(text) > 24 else "nowrap"
    return element(tag, text, style=f"{_CELL}{side};white-space:{wrap}")
