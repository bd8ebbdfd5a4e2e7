"""How a tokenizer is called: padding, truncation, length. The names are transformers'."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral
from typing import Any

from tfwidgets.errors import InputError

PADDINGS = ("none", "longest", "max_length")
TRUNCATIONS = ("none", "longest_first", "only_first", "only_second")
SIDES = ("left", "right")


@dataclass(frozen=True)
class Settings:
    """One way of calling a tokenizer.

    Attributes
    ----------
    padding
        ``"none"``, ``"longest"`` or ``"max_length"``.
    truncation
        ``"none"``, ``"longest_first"``, ``"only_first"`` or ``"only_second"``.
    max_length
        Tokens, special ones included; None for the model's own limit.
    padding_side
        ``"left"`` or ``"right"``; None for the tokenizer's own.
    pad_to_multiple_of
        Rows are padded to a multiple of this; None for no such thing.
    stride
        Tokens that an overflowing row repeats from the row before.
    shipped
        Exactly what the tokenizer's own file says, which may know more than fits in here: one
        length to cut to and another one to pad to.
    """

    padding: str = "none"
    truncation: str = "none"
    max_length: int | None = None
    padding_side: str | None = None
    pad_to_multiple_of: int | None = None
    stride: int = 0
    add_special_tokens: bool = True
    shipped: bool = False

    @property
    def needs_limit(self) -> bool:
        """Whether there is something to cut, or to pad, to."""
        return self.truncation != "none" or self.padding == "max_length"

    @property
    def plain(self) -> bool:
        """Whether nothing is padded or cut."""
        return self.padding == "none" and self.truncation == "none"

    @classmethod
    def of(
        cls,
        padding: Any = None,
        truncation: Any = None,
        max_length: Any = None,
        *,
        padding_side: str | None = None,
        pad_to_multiple_of: Any = None,
        stride: Any = 0,
        add_special_tokens: bool = True,
    ) -> Settings:
        """Read what callers of transformers write: True, False, None, strategies, enums.

        Raises
        ------
        InputError
            For what is none of these, and for lengths below 1.
        """
        limit = _length("max_length", max_length)
        if truncation is None and limit is not None and _padding(padding) != "max_length":
            truncation = True  # a limit without a word on truncation means: cut there
        if padding_side not in (None, *SIDES):
            raise InputError(f"padding_side is {padding_side!r}: left or right.")
        return cls(
            padding=_padding(padding),
            truncation=_truncation(truncation),
            max_length=limit,
            padding_side=padding_side,
            pad_to_multiple_of=_length("pad_to_multiple_of", pad_to_multiple_of),
            stride=_length("stride", stride, least=0) or 0,
            add_special_tokens=bool(add_special_tokens),
        )


def _padding(value: Any) -> str:
    return _choice("padding", value, PADDINGS, if_true="longest")


def _truncation(value: Any) -> str:
    return _choice("truncation", value, TRUNCATIONS, if_true="longest_first")


def _choice(name: str, value: Any, known: tuple[str, ...], *, if_true: str) -> str:
    value = getattr(value, "value", value)  # an enum of transformers
    if value in (None, False, "none", "do_not_pad", "do_not_truncate"):
        return "none"
    if value is True:
        return if_true
    if value in known:
        return str(value)
    raise InputError(f"{name} is {value!r}: True, False, {', '.join(map(repr, known[1:]))}.")


def _length(name: str, value: Any, *, least: int = 1) -> int | None:
    if value is None:
        return None
    if not isinstance(value, Integral) or isinstance(value, bool) or value < least:
        raise InputError(f"{name} must be a whole number of at least {least}, not {value!r}.")
    return int(value)
