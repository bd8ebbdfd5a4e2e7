"""``tfw.hub``: look for models, on the hub and here."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

from tfwidgets.errors import InputError
from tfwidgets.hub.params import Params
from tfwidgets.hub.query import PLACES, Place, Query, Sort
from tfwidgets.hub.result import ModelSearch

if TYPE_CHECKING:
    from collections.abc import Collection


def hub(
    query: str | None = "",
    *,
    task: str | None = None,
    language: str | None = None,
    library: str | None = None,
    license: str | None = None,  # noqa: A002 - what the Hub calls it
    author: str | None = None,
    family: str | None = None,
    params: Params = None,
    gated: bool | None = None,
    sort: Sort = "downloads",
    limit: int = 30,
    where: Place | Collection[Place] = PLACES,
) -> ModelSearch:
    """Look for models: on the hub, in its cache, in local folders and among the demo models.

    What is here comes first and needs no network. The hub is asked when more is wanted: by a
    loop, by ``len``, or by showing the result.

    Parameters
    ----------
    query
        Words. What is here must have each of them in its id; the hub searches its own way.
    task
        ``"text-classification"``, ``"fill-mask"``, … as the Hub calls them; ``"ner"`` and the
        like are understood.
    language
        Its code or its name: ``"de"``, ``"German"``.
    library, license, author, family
        As the Hub writes them: ``"transformers"``, ``"apache-2.0"``, ``"google"``, ``"bert"``.
    params
        How many parameters: ``"10M:200M"``, ``":500M"``, ``"7B:"``, ``"110M"`` (within a tenth),
        or a pair of numbers.
    gated
        True: only models with terms to accept; False: none of these.
    sort
        ``"downloads"``, ``"likes"``, ``"trending"``, ``"updated"``, ``"created"``; what is here
        also by ``"params"``, ``"size"`` (small ones first) or ``"name"``.
    limit
        At most so many. The widget goes on beyond it. What is here counts first: where so many
        are here, code is not told of any on the hub; ``where="hub"`` asks for these alone.
    where
        Where to look: ``"hub"``, ``"cache"``, ``"folders"`` (``%config TfWidgets.model_folders``),
        ``"demo"``.

    Raises
    ------
    InputError
        When a value cannot be meant; the message says what can.
    """
    try:
        most = operator.index(limit)
    except TypeError:
        raise InputError(f"limit is a whole number, not {type(limit).__name__}.") from None
    if isinstance(limit, bool) or most < 1:
        raise InputError(f"limit must be at least 1, not {limit!r}.")
    asked = Query.of(
        query,
        task=task,
        language=language,
        library=library,
        license=license,
        author=author,
        family=family,
        params=params,
        gated=gated,
        sort=sort,
        where=where,
    )
    return ModelSearch(asked, most)
