"""``%hub`` in a real JupyterLab, which asks a hub on the loopback interface."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.lab.hub_list import HubList, put_into_cache, setup
from tests.lab.seeing import seen
from tests.support.hub_made import made_id
from tests.support.hub_server import HubServer
from tests.support.notebook_page import NotebookPage, code_notebook
from tests.support.tiny import model_card, tiny_bert

WAIT = "import pathlib, time\nwhile not pathlib.Path({!r}).exists(): time.sleep(0.05)"

WORKED_AT = """[name for view in __import__("sys").modules["tfwidgets.hub.widget"]._views
for name in view._waiting]"""

PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
"""A PNG of one pixel."""

FRONT_MATTER = """
license: mit
language: en
pipeline_tag: text-classification
base_model: org/base
model-index:
- name: reviews
  results:
  - task: {type: text-classification}
    dataset: {name: Films, type: films}
    metrics: [{type: accuracy, value: 0.93}]
"""

CARD = """# Film reviews

A *small* model. [Its paper](https://example.org/paper), [click](javascript:window.__hit=1),
[more](data:text/html,<script>window.__hit=2</script>).

<script>window.__hit = 3; alert("script")</script>
<img src="nowhere.png" onerror="window.__hit = 4" alt="broken">
<img src="{url}/org/reviews/resolve/main/picture.png" onload="window.__hit = 5" alt="diagram">

![one pixel](picture.png) <a href="javascript:window.__hit = 11">press</a>

<svg onload="window.__hit = 6"><script>window.__hit = 7</script></svg>
<iframe srcdoc="<script>parent.__hit = 8</script>"></iframe>
<form action="https://example.org/steal"><input name="token"><button>Sign in</button></form>
<style>.jp-Notebook {{ display: none }}</style>
<a href="https://example.org/" onclick="window.__hit = 9" style="position: fixed">link</a>
<details open ontoggle="window.__hit = 10"><summary>More</summary>Much more.</details>

| Data | Accuracy |
|---|---|
| reviews | 0.9 |
"""


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tiny_bert(tmp_path_factory.mktemp("reviews"), "sequence-classification")
    model_card(folder, "license: mit\nlanguage: en\npipeline_tag: text-classification")
    return folder


@pytest.fixture
def hub() -> Iterator[HubServer]:
    with HubServer() as hub:
        yield hub


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "hub"


def asked_for(hub: HubServer, words: str) -> int:
    return sum(request.params.get("search") == [words] for request in list(hub.requests))


def is_running(page: NotebookPage, cell: int) -> None:
    expect(page.cell(cell).locator(".jp-InputPrompt").first).to_have_text("[*]:")


@pytest.mark.timeout(180)
def test_searching_as_a_person_does(
    open_notebook: Any, hub: HubServer, cache: Path, tmp_path: Path
) -> None:
    hub.add_many(400)
    flag, token = tmp_path / "flag", tmp_path / "token"
    token.write_text(hub.token)
    page: NotebookPage = open_notebook(
        code_notebook(setup(hub, cache, HF_TOKEN_PATH=str(token)), "%hub", WAIT.format(str(flag)))
    )
    page.run_cell(0)
    page.run_cell(1)
    found = HubList(page, 1)
    # What is here stands first, what the hub has follows.
    expect(found.rows.first).to_contain_text("demo")
    expect(found.row(made_id(0))).to_be_visible()

    words_while_typing(found, hub)
    a_search_that_hangs_holds_nothing_up(found, hub)
    filters(found, hub)
    an_endless_list(found, hub)
    page.run_cell(2, wait=False)
    is_running(page, 2)
    found = HubList(page, 1)
    found.words.fill("electra")
    expect(found.row(made_id(17))).to_be_visible()
    beside = found.open(made_id(17))
    expect(beside).to_contain_text("It has a trained head for question-answering")
    found.close()
    is_running(page, 2)
    flag.touch()
    expect(page.cell(2).locator(".jp-InputPrompt").first).to_have_text("[3]:")

    after_a_reload(page, hub)


def words_while_typing(found: HubList, hub: HubServer) -> None:
    hub.forget_requests()
    found.words.press_sequentially("bert-base-00", delay=20)
    expect(found.row(made_id(36))).to_be_visible()
    assert 1 <= asked_for(hub, "bert-base-00") <= 2
    assert hub.asked("/api/models?") < 5, "a request for each letter"
    assert {*hub.authorizations} == {f"Bearer {hub.token}"}
    expect(found.rows.filter(has_not_text="bert-base-00")).to_have_count(0)


def a_search_that_hangs_holds_nothing_up(found: HubList, hub: HubServer) -> None:
    hub.fault_path, hub.fault = "search=opus", "hang"
    found.words.fill("opus")
    found.page.until(lambda: asked_for(hub, "opus") == 1)
    expect(found.out.get_by_role("status").filter(has_text="Asking the Hub…")).to_be_visible()
    found.words.fill("t5-news")
    expect(found.row(made_id(5))).to_be_visible()
    # Nobody works at the first one any more; its answer, when it comes, is nobody's.
    found.page.until(lambda: found.page.kernel_value(WORKED_AT) == [])
    hub.fault, hub.fault_path = None, ""
    found.page.page.wait_for_timeout(300)
    expect(found.rows.filter(has_not_text="t5-news")).to_have_count(0)
    expect(found.words).to_have_value("t5-news")


def filters(found: HubList, hub: HubServer) -> None:
    found.words.fill("")
    found.choose("Task", "translation")
    expect(found.rows.first).to_contain_text("opus-mt")
    expect(found.rows.filter(has_not_text="translation")).to_have_count(0)
    found.choose("Language", "de")
    expect(found.rows.filter(has_not_text="de")).to_have_count(0)
    last = [request for request in hub.requests if request.path.startswith("/api/models?")][-1]
    assert {"translation", "de"} <= {value for values in last.params.values() for value in values}
    found.page.screenshot("hub-filtered", found.out)
    found.button("Remove filter Task: translation").click()
    expect(found.rows.filter(has_text="translation")).not_to_have_count(0)
    expect(found.rows.filter(has_not_text="translation")).not_to_have_count(0)
    found.button("Remove filter Language: German (de)").click()
    expect(found.out.get_by_role("combobox", name="Language", exact=True)).to_have_value("")


def an_endless_list(found: HubList, hub: HubServer) -> None:
    expect(found.row(made_id(0))).to_be_visible()
    found.table.focus()

    def further() -> bool:
        found.page.page.keyboard.press("End")
        return found.count() >= 300

    found.page.until(further)
    found.page.until(lambda: found.table.evaluate("e => e.scrollTop") > 0)
    assert any("cursor" in request.params for request in hub.requests)
    # The rest of the way: the end is where the hub has no more, and nothing is there twice.
    here = found.page.kernel_value("len(tfw.hub(where='demo'))")

    def to_the_end() -> bool:
        found.page.page.keyboard.press("End")
        return found.table.get_attribute("aria-rowcount") == str(400 + here + 1)

    found.page.until(to_the_end)
    expect(found.row(made_id(399))).to_be_visible()
    found.page.page.keyboard.press("Home")
    expect(found.rows.first).to_contain_text("demo")


def after_a_reload(page: NotebookPage, hub: HubServer) -> None:
    saved = page.save()
    assert hub.token not in page.path.read_text()
    assert "widgets" not in saved.metadata
    (output,) = saved.cells[1].outputs
    assert made_id(0) in output["data"]["text/html"]
    page.reload()
    found = HubList(page, 1)
    expect(found.rows.first).to_contain_text("demo")
    found.words.fill("sentiment")
    expect(found.row(made_id(1))).to_be_visible()
    found.open(made_id(1))


@pytest.mark.timeout(180)
def test_a_model_in_all_its_details(
    open_notebook: Any, hub: HubServer, cache: Path, classifier: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(classifier, tmp_path / "reviews")
    model_card(folder, FRONT_MATTER, CARD.format(url=hub.url))
    (folder / "picture.png").write_bytes(PICTURE)
    hub.add("org/reviews", folder, downloads=12, likes=3)
    hub.add("org/base", classifier)
    page: NotebookPage = open_notebook(code_notebook(setup(hub, cache), "%hub reviews"))
    dialogs: list[str] = []
    page.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.run_all()
    found = HubList(page, 1)
    beside = found.open("org/reviews")

    # What decides whether to have it, before any of it is fetched.
    expect(beside.get_by_role("button", name="Download")).to_be_visible()
    expect(beside).to_contain_text(re.compile(r"To download: [\d.]+\skB"))
    expect(beside).to_contain_text("free on the disk")
    memory = beside.get_by_role("group", name="Memory on this computer")
    expect(memory.get_by_role("row").filter(has_text="float32")).to_contain_text("fits")
    can = beside.get_by_role("listitem")
    expect(can.filter(has_text="%%classify sorts texts into its own classes")).to_contain_text(
        "negative, positive"
    )
    expect(can.filter(has_text="it has a fast tokenizer (tokenizer.json)")).to_be_visible()
    expect(can.filter(has_text="%attention shows what attends to what")).to_be_visible()
    expect(can.filter(has_text="It has a trained head for text-classification")).to_be_visible()
    expect(can.filter(has_text="Its weights are safetensors")).to_be_visible()
    page.screenshot("hub-details", found.out)

    files = found.tab("Files")
    for name in ("README.md", "config.json", "model.safetensors", "tokenizer.json"):
        row = re.compile(rf"^{re.escape(name)} [\d.]+\s(k?B|bytes)")
        expect(files.get_by_role("row", name=row)).to_be_visible()
    expect(found.tab("Results").get_by_role("row").filter(has_text="Films")).to_contain_text("0.93")

    a_hostile_card(found, hub)
    assert not hub.asked("/org/reviews/resolve/main/model.safetensors")
    assert dialogs == []

    # Where it comes from can be looked for.
    found.tab("Origin").get_by_role("button", name="org/base").click()
    expect(found.words).to_have_value("org/base")
    expect(found.row("org/base")).to_be_visible()
    expect(found.row("org/reviews")).to_have_count(0)


def a_hostile_card(found: HubList, hub: HubServer) -> None:
    page = found.page.page
    card = found.tab("Card")
    expect(card.get_by_role("heading", name="Film reviews")).to_be_visible()
    expect(card.get_by_role("table")).to_contain_text("Accuracy")
    links = card.get_by_role("link")
    expect(links).to_have_text(["Its paper", "link"])
    for name in ("target", "rel"):
        values = {"target": "_blank", "rel": "noopener noreferrer nofollow"}
        expect(links.first).to_have_attribute(name, values[name])
    assert links.evaluate_all("links => links.map(link => link.href)") == [
        "https://example.org/paper",
        "https://example.org/",
    ]
    expect(card.get_by_text("diagram")).to_be_visible()
    expect(card.get_by_text("one pixel")).to_be_visible()
    assert not pictures(hub), "images were fetched before anybody asked for them"
    found.page.screenshot("hub-card", found.out)

    button = card.get_by_role("button", name="Load 3 images from the network")
    button.click()
    shown = card.get_by_role("img")
    # The one that is not there is words again.
    expect(shown).to_have_count(2)
    found.page.until(
        lambda: shown.evaluate_all("images => images.every(image => image.naturalWidth === 1)")
    )
    assert len(pictures(hub)) == 3
    expect(card.get_by_text("broken")).to_be_visible()
    for name in ("click", "press"):
        card.get_by_text(name).click()
    page.wait_for_timeout(300)
    assert page.evaluate("window.__hit") is None
    odd = "script, iframe, form, input, svg, object, embed, [style], [id], [onerror], [onclick]"
    assert (
        card.evaluate(
            "(card, odd) => [...card.querySelectorAll(odd)].map(found => found.outerHTML)", odd
        )
        == []
    )
    for style in card.locator("style").all_text_contents():
        assert "jp-Notebook" not in style


def pictures(hub: HubServer) -> list[str]:
    return [request.path for request in list(hub.requests) if request.path.endswith(".png")]


@pytest.mark.timeout(180)
def test_from_a_download_to_its_use_and_its_end(
    open_notebook: Any, hub: HubServer, cache: Path, classifier: Path
) -> None:
    hub.add("org/reviews", classifier, downloads=12)
    old = put_into_cache(cache, "org/old-reviews", classifier)
    hub.rate = 30_000
    page: NotebookPage = open_notebook(code_notebook(setup(hub, cache), "%hub reviews"))
    page.run_all()
    found = HubList(page, 1)
    expect(found.row("org/old-reviews")).to_contain_text("here")
    expect(found.row("org/reviews")).not_to_contain_text("here")
    a_download(found, hub)
    its_use(found)
    room_is_made(found, cache, old)
    memory_is_freed(page)


def a_download(found: HubList, hub: HubServer) -> None:
    beside = found.open("org/reviews")
    found.button("Download").click()
    bar = beside.get_by_role("progressbar", name="Download")
    expect(bar).to_have_attribute("aria-valuetext", re.compile(r"kB of .*kB/s"))

    def weights() -> int:
        return hub.asked("/org/reviews/resolve/") and int(bar.get_attribute("aria-valuenow") or 0)

    found.page.until(lambda: weights() >= 30)
    found.page.screenshot("hub-download", found.out)
    found.button("Cancel").click()
    expect(beside).to_contain_text("Cancelled. What has arrived is kept.")
    expect(beside).to_contain_text(re.compile("To download: .* of .*, the rest is here"))
    asked = len(hub.ranges)
    hub.rate = None
    found.button("Resume").click()
    expect(beside).to_contain_text("Downloaded: it loads without a network now.")
    begun = [int(text.removeprefix("bytes=").rstrip("-")) for text in hub.ranges[asked:]]
    assert max(begun, default=0) > 0, hub.ranges
    expect(found.row("org/reviews")).to_contain_text("here")
    expect(found.button("Download")).to_have_count(0)


def its_use(found: HubList) -> None:
    page = found.page
    found.button("Use as model").click()
    expect(found.row("org/reviews")).to_contain_text("in use")
    found.button("Insert code").click()
    expect(found.out.get_by_text("Inserted below.")).to_be_visible()
    saved = page.save()
    assert [cell.source for cell in saved.cells][2:] == ['model = tfw.load("org/reviews")']
    page.run_cell(2)
    assert page.kernel_value("type(model.model).__name__") == "BertForSequenceClassification"

    index = page.add_and_run("%tokens -o read a good film")
    expect(page.output(index).get_by_role("listbox").first).to_contain_text("film")
    assert page.kernel_value("read.readings[0].subject.name") == "org/reviews"
    assert page.kernel_value("(len(read.ids), tfw.loaded()[0] is model)") == (5, True)


def room_is_made(found: HubList, cache: Path, old: Path) -> None:
    out = HubList(found.page, 1).out
    found.close()
    out.get_by_role("button", name=re.compile("^Cached models")).click()
    beside = out.get_by_role("region", name="Cached models")
    expect(beside).to_contain_text(re.compile(r"2 models, [\d.]+\skB"))
    expect(beside).to_contain_text(str(cache))
    # What is loaded stays.
    expect(beside.get_by_role("checkbox", name="Choose org/reviews")).to_be_disabled()
    beside.get_by_role("checkbox", name="Choose org/old-reviews").check()
    for answer in ("Cancel", "Delete"):
        beside.get_by_role("button", name="Delete…", exact=True).click()
        expect(beside).to_contain_text("Delete 1 model? This frees")
        assert old.is_dir()
        beside.get_by_role("button", name=answer, exact=True).click()
    expect(beside).to_contain_text(re.compile(r"\skB freed"))
    assert not old.exists()
    assert sorted(path.name for path in cache.glob("models--*")) == ["models--org--reviews"]
    expect(found.row("org/old-reviews")).to_have_count(0)
    found.page.screenshot("hub-cache", out)


def memory_is_freed(page: NotebookPage) -> None:
    index = page.add_and_run("%model")
    panel = seen(page, index)
    expect(panel).to_contain_text("Model in use: org/reviews")
    expect(panel).to_contain_text("1 model in memory")
    page.screenshot("hub-model", panel)
    panel.get_by_role("button", name="Unload org/reviews, text-classification").click()
    expect(panel).to_contain_text("1 model was unloaded")
    # A variable holds it, and the panel says so.
    expect(panel).to_contain_text("org/reviews is still held by a variable")
    assert page.kernel_value("tfw.loaded()") == []
    panel.get_by_role("button", name="Back to the defaults").click()
    expect(panel).to_contain_text("No model is chosen.")


@pytest.mark.timeout(180)
def test_a_network_that_fails_and_comes_back(
    open_notebook: Any, hub: HubServer, cache: Path, classifier: Path
) -> None:
    for name in ("org/film-reviews", "org/film-titles", "org/film-plots", "org/film-stars"):
        hub.add(name, classifier)
    for name in ("org/old-reviews", "org/old-titles", "org/old-plots", "org/old-stars"):
        put_into_cache(cache, name, classifier)
    hub.fault = "refuse"
    page: NotebookPage = open_notebook(code_notebook(setup(hub, cache, timeout=5), "%hub reviews"))
    page.run_all()
    found = HubList(page, 1)
    alert = found.out.get_by_role("alert")

    expect(found.row("org/old-reviews")).to_be_visible()
    expect(alert).to_contain_text("The Hub cannot be reached. Shown is what is here.")
    found.shows("org/old-reviews")
    page.screenshot("hub-unreachable", found.out)
    hub.fault = None
    found.button("Try again").click()
    found.shows("org/old-reviews", "org/film-reviews")
    expect(alert).to_have_count(0)

    hub.fault = "hang"
    found.words.fill("titles")
    # It is here before the hub could have said anything.
    found.shows("org/old-titles")
    expect(alert).to_contain_text("The Hub did not answer in time.")
    # Of a model that is here its files tell enough.
    beside = found.open("org/old-titles")
    expect(beside).to_contain_text("It is here and loads without a network.")
    found.close()
    hub.fault = None
    found.button("Try again").click()
    found.shows("org/old-titles", "org/film-titles")
    expect(alert).to_have_count(0)

    # Long enough for a slow machine to get as far as the next question.
    hub.fault, hub.reset_seconds = "429", 12
    found.words.fill("plots")
    found.shows("org/old-plots")
    expect(alert).to_contain_text("The Hub was asked too often and wants a pause.")
    expect(alert.get_by_role("timer")).to_have_text(re.compile(r"again in 0:[01]\d"))
    expect(found.button("Try again")).to_be_disabled()
    page.screenshot("hub-limited", found.out)
    asked = len(hub.requests)
    # Other questions do not hammer either.
    found.words.fill("stars")
    found.shows("org/old-stars")
    expect(alert).to_contain_text("wants a pause")
    assert len(hub.requests) == asked
    hub.fault = None
    expect(found.button("Try again")).to_be_enabled()
    expect(alert.get_by_role("timer")).not_to_be_visible()
    found.button("Try again").click()
    found.shows("org/old-stars", "org/film-stars")
    expect(alert).to_have_count(0)
