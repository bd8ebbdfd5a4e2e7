"""A model in a list: what tells it from others, and what the hub adds to it."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

from tests.hub.found import entry
from tfwidgets.config import settings


def test_the_hub_adds_what_was_not_known_and_changes_nothing_that_is_here() -> None:
    here = entry(
        "org/a",
        "cache",
        params=10,
        revision="1" * 40,
        disk_size=5,
        languages=("de",),
        folder=Path("x"),
    )
    day = datetime(2026, 1, 2, tzinfo=timezone.utc)
    here.enrich(
        entry("org/a", task="fill-mask", params=11, revision="1" * 40, disk_size=6, downloads=7,
              languages=("en",), gated="auto", license="mit", created=day, disabled=True)
    )  # fmt: skip
    assert (here.source, here.cached, here.revision) == ("cache", True, "1" * 40)
    assert (here.params, here.disk_size, here.languages) == (10, 5, ("de",))
    assert (here.task, here.license, here.downloads, here.gated) == ("fill-mask", "mit", 7, "auto")
    assert (here.created, here.disabled) == (day, True)


def test_of_another_commit_the_hubs_card_counts_and_the_files_of_the_one_that_is_here() -> None:
    day = datetime(2026, 1, 2, tzinfo=timezone.utc)
    here = entry(
        "org/a",
        "cache",
        params=10,
        dtype="float32",
        revision="1" * 40,
        license="mit",
        task="fill-mask",
        languages=("de",),
        tags=("old",),
        folder=Path("x"),
    )
    there = entry(
        "org/a",
        params=11,
        dtype="int8",
        revision="2" * 40,
        license="gemma",
        languages=("en",),
        tags=("new",),
        updated=day,
    )
    here.enrich(there)
    here.enrich(there)
    assert (here.license, here.languages, here.tags) == ("gemma", ("en",), ("new",))
    assert (here.task, here.updated) == ("fill-mask", day)
    assert (here.params, here.dtype, here.revision) == (10, "float32", "1" * 40)
    assert (here.cached, here.folder) == (True, Path("x"))
    assert here.notes == ("There is another version on the hub than the one here.",)
    settings().language = "de"
    assert here.notes == ("Auf dem Hub gibt es eine andere Version als die hier.",)


def test_a_set_keeps_it_when_its_revision_becomes_known() -> None:
    one = entry("org/a", "cache")
    some = {one}
    one.enrich(entry("org/a", revision="2" * 40))
    assert one.revision == "2" * 40
    assert one in some


def test_numbers_of_the_hub_replace_older_ones() -> None:
    here = entry("org/a", "cache", downloads=1, likes=2, gated=False)
    here.enrich(entry("org/a", downloads=0, gated="manual"))
    assert (here.downloads, here.likes, here.gated) == (0, 2, "manual")


def test_source_id_and_revision_tell_models_apart() -> None:
    one = entry("org/a", "cache", revision="1")
    assert one == entry("org/a", "cache", revision="1", downloads=3)
    assert len({one, entry("org/a", "cache", revision="2"), entry("org/a", revision="1")}) == 3
    assert one != "org/a"


def test_its_text_is_one_line_without_control_characters() -> None:
    text = repr(
        entry("org/\x1b[31m", task="a\nb\x1b", architecture="Bert\N{RIGHT-TO-LEFT OVERRIDE}X")
    )
    assert text.isprintable()
    assert text.endswith("hub)")
