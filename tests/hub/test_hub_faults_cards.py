"""Cards that are hostile, huge or broken: read as far as they go, shown as text, never run."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

import tfwidgets as tfw
from tests.support.hub_server import HubServer
from tfwidgets.ui.text import printable

TINY = "org/tiny"
HEAD = "---\nlicense: mit\nlanguage: de\n---\n"

PLAIN = {"div", "b", "p", "pre", "table", "thead", "tbody", "tr", "th", "td", "a"}


class Markup(HTMLParser):
    """What of some HTML is more than text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.odd: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in PLAIN:
            self.odd.append(tag)
        for name, value in attrs:
            address = name == "href" and (value or "").startswith("http://127.0.0.1:")
            if not address and name not in ("style", "class", "dir", "target", "rel"):
                self.odd.append(f"{name}={value}")


SCRIPTS = """# A model <script>alert(1)</script>

<script>window.hurt = 1</script>
<img src=x onerror="window.hurt = 1">
<iframe src="https://example.org"></iframe>
<svg/onload=alert(1)>
[click](javascript:alert(1))
![beacon](https://example.org/pixel.png)
<style>body { display: none }</style>
</pre></div><h1 onclick="x()">outside
"""

BOMB = "---\n" + "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
) + "---\nA model.\n"  # fmt: skip


@pytest.fixture(params=["on the hub", "in the cache", "in a folder"])
def with_card(
    request: pytest.FixtureRequest,
    hub: HubServer,
    hub_cache: Path,
    folders: Path,
    base_bert: Path,
    tmp_path: Path,
) -> Callable[[bytes], tfw.ModelEntry]:
    """Find a model with this card, wherever models are found."""

    def found(card: bytes) -> tfw.ModelEntry:
        if request.param == "in a folder":
            place = folders / "tiny"
            shutil.copytree(base_bert, place)
            (place / "README.md").write_bytes(card)
            (entry,) = tfw.hub(where="folders")
            return entry
        shutil.copytree(base_bert, tmp_path / "repo")
        (tmp_path / "repo" / "README.md").write_bytes(card)
        hub.add(TINY, tmp_path / "repo")
        if request.param == "in the cache":
            from huggingface_hub import snapshot_download

            snapshot_download(TINY, endpoint=hub.url)
            hub.fault = "refuse"
            return tfw.hub(where="cache")[TINY]
        return tfw.hub(where="hub")[TINY]

    return found


WithCard = Callable[[bytes], tfw.ModelEntry]


def html_of(entry: tfw.ModelEntry) -> Iterator[str]:
    yield entry.card()._repr_html_()
    yield tfw.hub().static_html()


def test_scripts_are_text(with_card: WithCard) -> None:
    entry = with_card((HEAD + SCRIPTS).encode())
    card = entry.card()
    assert "window.hurt" in card.text  # it is what the authors wrote
    for html in html_of(entry):
        assert Markup(html).odd == []
    assert entry.license == "mit" or entry.source == "hub"


def test_scripts_in_the_header_are_text(with_card: WithCard) -> None:
    evil = "<img src=x onerror=alert(1)>"
    entry = with_card(
        f"---\nlicense: '{evil}'\nlanguage: ['{evil}']\npipeline_tag: '{evil}'\n"
        f"library_name: '{evil}'\ntags: ['{evil}']\nbase_model: '{evil}'\n---\n# {evil}\n".encode()
    )
    assert repr(entry.card())
    for html in html_of(entry):
        assert Markup(html).odd == []


def test_five_megabytes(with_card: WithCard) -> None:
    start = time.monotonic()
    entry = with_card((HEAD + "# Long\n\n" + "A sentence of the card.\n\n" * 200_000).encode())
    card = entry.card()
    assert card.truncated
    assert card.title == "Long"
    assert 100_000 < len(card.text) < 1_000_000
    assert card.text.endswith("of the card.")
    assert card.data == {"license": "mit", "language": "de"}
    assert len(repr(card)) < 5_000
    assert all(len(html) < 100_000 for html in html_of(entry))
    assert time.monotonic() - start < 10


@pytest.mark.parametrize(
    "head",
    [
        "---\nlicense: [mit\nlanguage: {de\n---\n",
        "---\n\tlicense: mit\n---\n",
        "---\n- a\n- list\n---\n",
        "---\n!!python/object/apply:os.system ['touch hurt']\n---\n",
        "---\nkey: \x00\x07\n---\n",
        BOMB,
        "---\n" + "[" * 50_000 + "\n---\n",
        "---\n" + "a: " * 20_000 + "\n---\n",
    ],
    ids=["flow", "tab", "list", "python", "control", "bomb", "deep", "colons"],
)
def test_a_header_that_cannot_be_read(
    with_card: WithCard, head: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    start = time.monotonic()
    entry = with_card((head + "# Below the header\n").encode())
    card = entry.card()
    assert card.text.rstrip().endswith(("# Below the header", "A model."))
    assert card.data == {} or head is BOMB
    assert isinstance(card.notes, tuple)
    assert entry.license is None
    assert entry.cached == (entry.source != "hub")  # the model is as good as before
    assert repr(tfw.hub())
    assert not (tmp_path / "hurt").exists()
    assert time.monotonic() - start < 10


@pytest.mark.parametrize(
    "content",
    [b"", b"---", b"---\n", b"---\nlicense: mit\n", b"\xff\xfe\x00\x01", "\ufeff# Mark".encode()],
    ids=["empty", "mark", "open", "open header", "no text", "byte order mark"],
)
def test_odd_cards(with_card: WithCard, content: bytes) -> None:
    entry = with_card(content)
    card = entry.card()
    assert card.text == printable(card.text)
    assert repr(card)
    assert all(html for html in html_of(entry))


def test_signs_that_turn_text_around(with_card: WithCard) -> None:
    entry = with_card("# evil\u202etxt.exe\u2066\x1b[31m\x07\n".encode())
    card = entry.card()
    for text in (card.text, card.title, repr(card), card._repr_html_()):
        assert not re.search("[\u202a-\u202e\u2066-\u2069\x1b\x07]", text)


def test_no_card(hub: HubServer, folders: Path, base_bert: Path, tmp_path: Path) -> None:
    for place in (folders / "tiny", tmp_path / "repo"):
        shutil.copytree(base_bert, place)
        (place / "README.md").unlink()
    hub.add(TINY, tmp_path / "repo")
    with pytest.raises(tfw.ModelError, match=f"{TINY} has no card: its authors wrote none"):
        tfw.hub(where="hub")[TINY].card()
    with pytest.raises(tfw.ModelError, match=r"has no card: there is no README\.md"):
        tfw.hub(where="folders")[0].card()


def test_a_cached_model_without_its_card_and_no_hub(hub: HubServer, base_bert: Path) -> None:
    from huggingface_hub import snapshot_download

    hub.add(TINY, base_bert)
    snapshot_download(TINY, endpoint=hub.url, ignore_patterns=["README.md"])
    entry = tfw.hub(where="cache")[TINY]
    assert entry.cached
    assert entry.architecture == "BertModel"  # from its configuration
    assert entry.card().origin == "hub"
    hub.fault = "refuse"
    with pytest.raises(tfw.HubProblem, match="cannot be reached"):
        entry.card()
