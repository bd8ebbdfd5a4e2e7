"""How many parameters are asked for, in the ways in which people write that."""

from __future__ import annotations

import re
from numbers import Real
from typing import Any, Union

from tfwidgets.errors import InputError
from tfwidgets.ui.text import one_line

Params = Union[str, int, "tuple[int | str | None, int | str | None]", None]

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9, "t": 10**12}
_COUNT = re.compile(r"(\d+(?:\.\d+)?)\s*([kmbt]?)", re.IGNORECASE)


def params_of(given: Params) -> tuple[int | None, int | None] | None:
    """Read ``"10M:200M"``, ``":500M"``, ``"7B:"``, ``"110M"`` (within a tenth), a number or a pair.

    Raises
    ------
    InputError
        When it is none of these, or the fewest are more than the most.
    """
    if given is None or (isinstance(given, str) and not given):
        return None
    if isinstance(given, str) and ":" in given:
        given = tuple(given.split(":", 1))  # type: ignore[assignment]
    if isinstance(given, (tuple, list)) and len(given) == 2:
        low, high = (_count(part) for part in given)
    else:
        about = _count(given)
        low, high = (None, None) if about is None else (about * 9 // 10, about * 11 // 10)
    if low is not None and high is not None and low > high:
        raise InputError(f"params={quoted(given)}: the fewest are more than the most.")
    return None if low is high is None else (low, high)


def _count(part: Any) -> int | None:
    part = part.strip() if isinstance(part, str) else part
    if part is None or (isinstance(part, str) and not part):
        return None
    number: float | None = None
    if isinstance(part, Real) and not isinstance(part, bool):  # NumPy's numbers are, too
        number = part  # type: ignore[assignment]
    elif isinstance(part, str) and (found := _COUNT.fullmatch(part)):
        number = float(found[1]) * _UNITS[found[2].lower()]
    if number is None or not 0 <= number < 2**63:
        raise InputError(
            f"{quoted(part)} is no number of parameters. Write 10M:200M, :500M, 7B: or 110M."
        )
    return round(number) if isinstance(part, str) else int(number)


def quoted(value: Any) -> str:
    """Write a value that is refused: of any type, and however long."""
    try:
        return one_line(repr(value), 60)
    except Exception:  # an integer of ten thousand digits, an object that cannot be shown
        return f"this {type(value).__name__}"
