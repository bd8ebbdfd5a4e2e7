"""What is told of a hub that did not answer, in an output that lasts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfwidgets.ui.strings import Language, table, translate
from tfwidgets.ui.text import one_line

if TYPE_CHECKING:
    from tfwidgets.models.net import HubProblem


def told(problem: HubProblem, language: Language) -> str:
    """Say why the hub did not answer.

    The problem's own sentence says most; it is English, and what it says of seconds to wait is
    no longer true of a notebook that was saved.
    """
    if language == "en" and problem.kind != "limited":
        return one_line(str(problem), 500)
    key = f"problem.{problem.kind}"
    return translate("hub-static", key if key in table("hub-static") else "problem", language)
