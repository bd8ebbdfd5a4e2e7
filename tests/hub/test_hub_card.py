"""Cards: where they are read, how much of them, and what of their header."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hub.cached_models import saved
from tests.support.hub_server import HubServer
from tfwidgets.config import settings
from tfwidgets.errors import ModelError
from tfwidgets.hub.card import MOST, Card, card
from tfwidgets.hub.card.card import split
from tfwidgets.hub.entry import ModelEntry
from tfwidgets.models.net import HubProblem

TEXT = "---\nlicense: mit\nlanguage: de\n---\n\n# Tiny\n\nIt is *small*.\n"


def read(text: str | bytes) -> Card:
    return Card.of("org/tiny", text.encode() if isinstance(text, str) else text, "files")


def test_header_and_text_are_kept_apart() -> None:
    found = read(TEXT)
    assert found.data == {"license": "mit", "language": "de"}
    assert found.text == "# Tiny\n\nIt is *small*.\n"
    assert found.title == "Tiny"
    assert (found.truncated, found.notes) == (False, ())


@pytest.mark.parametrize(
    ("text", "header", "body"),
    [
        ("# No header\n", None, "# No header\n"),
        ("---\na: 1\n", None, "---\na: 1\n"),
        ("---\n---\nx", "", "x"),
        ("--- \na: 1\n--- \n\nx\n---\ny", "a: 1\n", "x\n---\ny"),
        ("---\na: 1\n---", "a: 1\n", ""),
        ("text\n---\na: 1\n---\n", None, "text\n---\na: 1\n---\n"),
    ],
)
def test_where_a_header_ends(text: str, header: str | None, body: str) -> None:
    assert split(text) == (header, body)


def test_a_header_that_is_no_yaml_leaves_the_text() -> None:
    found = read("---\na: [\n---\n# Text\n")
    assert (found.data, found.text) == ({}, "# Text\n")
    assert found.notes == ("The header of its card cannot be read.",)
    settings().language = "de"
    assert found.notes == ("Der Kopf seiner Modellkarte ist nicht lesbar.",)


def test_a_long_card_ends_with_a_whole_paragraph() -> None:
    found = read("# Long\n\n" + "A sentence in the card.\n\n" * 50_000)
    assert found.truncated
    assert MOST - 100 < len(found.text) <= MOST
    assert found.text.endswith("A sentence in the card.")


def test_signs_that_act_are_replaced() -> None:
    assert read("a\u202eb\x1b[31m\r\nc\td\x00").text == "a\ufffdb\ufffd[31m\nc\td\ufffd"


def test_it_is_shown_as_it_is_written() -> None:
    found = read("# T <b>\n\n<script>x</script>\n\n" + "line\n\n" * 40)
    assert repr(found).splitlines()[:4] == [
        "Card of org/tiny", "", "# T <b>", "<script>x</script>",
    ]  # fmt: skip
    assert "kB in all" in repr(found)
    html = found._repr_html_()
    assert "<script" not in html
    assert "&lt;script&gt;x&lt;/script&gt;" in html


def test_it_is_read_from_the_files_that_are_here(tmp_path: Path) -> None:
    folder = saved(tmp_path / "m", {"README.md": TEXT})
    found = card(ModelEntry("./m", "folder", folder=folder))
    assert (found.origin, found.title) == ("files", "Tiny")


def test_a_folder_without_one_asks_nobody(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="has no card"):
        card(ModelEntry("./m", "folder", folder=tmp_path))


def test_it_comes_from_the_hub_in_one_request(hub: HubServer, tmp_path: Path) -> None:
    repo = hub.add("org/tiny", saved(tmp_path / "m", {"README.md": TEXT, "config.json": {}}))
    found = card(ModelEntry("org/tiny", "hub", revision=repo.sha))
    assert (found.origin, found.text) == ("hub", "# Tiny\n\nIt is *small*.\n")
    assert [request.path for request in hub.requests] == [f"/org/tiny/resolve/{repo.sha}/README.md"]


def test_of_a_huge_card_only_the_beginning_is_fetched(hub: HubServer, tmp_path: Path) -> None:
    hub.add("org/tiny", saved(tmp_path / "m", {"README.md": "word\n\n" * 1_000_000}))
    found = card(ModelEntry("org/tiny", "hub"))
    assert found.truncated
    assert len(found.text) <= MOST
    assert hub.ranges == [f"bytes=0-{MOST}"]


def test_why_there_is_none(hub: HubServer, tmp_path: Path) -> None:
    hub.add("org/tiny", saved(tmp_path / "m", {"config.json": {}}))
    hub.add("org/empty", saved(tmp_path / "e", {"README.md": ""}))
    with pytest.raises(ModelError, match="has no card: its authors wrote none"):
        card(ModelEntry("org/tiny", "hub"))
    assert card(ModelEntry("org/empty", "hub")).text == ""
    with pytest.raises(HubProblem) as raised:
        card(ModelEntry("org/nowhere", "hub"))
    assert raised.value.kind == "missing"
    assert "no card" not in str(raised.value)
    hub.fault = "refuse"
    with pytest.raises(HubProblem) as raised:
        card(ModelEntry("org/tiny", "hub"))
    assert raised.value.kind == "unreachable"
