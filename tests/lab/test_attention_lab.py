"""``%attention`` in a real JupyterLab: what a person sees, points at, chooses and keeps."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.lab.seeing import seen
from tests.support.notebook_page import NotebookPage, code_notebook

SENTENCE = "%attention The animal didn't cross the street because it was too tired."
WRITTEN = "%attention --model demo/smollm2 --generate --tokens 6 -- The capital of France is"
TITLE = """%%attention --model demo/t5-title
The city council voted on Tuesday to build a new library."""
CLASSIFIER = '%attention --model demo/grammar --pair "He like it." This are a sentence.'
HOSTILE = """import torch
tokens = ["</script><script>window.hit=1</script>", "<img src=x onerror=window.hit=1>",
          "${window.hit=1}", "\\u202e☃"]
broken = torch.rand(2, 3, 4, 4).softmax(-1)
broken[1, 2, 3, 1] = float("nan")
tfw.AttentionView.from_tensors(list(broken.unsqueeze(1)), tokens)"""


def opened(open_notebook: Any, *cells: str, **options: Any) -> NotebookPage:
    """Open a notebook that has run."""
    setup = "import tfwidgets as tfw\n%load_ext tfwidgets"
    page: NotebookPage = open_notebook(code_notebook(setup, *cells), trusted=True, **options)
    page.run_all(timeout=240)
    return page


def view(page: NotebookPage, index: int) -> Locator:
    """Return a view that stands: its first pictures are drawn."""
    shown = seen(page, index).locator(".att[data-painted]")
    expect(shown).to_be_visible(timeout=60_000)
    return shown


def point(shown: Locator) -> None:
    """Move the pointer over the middle of the heat map."""
    box = shown.locator(".att-heat .att-stage").bounding_box()
    assert box is not None
    page = shown.page
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.6)


def each_demo_model_is_shown(notebook: NotebookPage) -> None:
    for index in (1, 2, 3, 4):
        shown = view(notebook, index)
        for name in ("Heat map", "Arcs", "Neurons"):
            expect(shown.get_by_role("tab", name=name)).to_be_visible()
        notebook.screenshot(f"attention-{index}", shown)


def pointing_at_a_cell_tells_its_exact_weight(notebook: NotebookPage) -> None:
    shown = view(notebook, 1)
    shown.get_by_role("tab", name="Heat map").click()
    point(shown)
    line = shown.locator(".att-value[data-exact]")
    expect(line).to_contain_text("query")
    said = line.inner_text()
    query, key = (int(part.split()[0].rstrip(":")) for part in said.split("#")[1:3])
    told = float(said.split("#")[2].split(":")[1].split()[0])
    right = notebook.kernel_value(
        f"float(tfw.attention({SENTENCE.removeprefix('%attention ')!r}).weights(0, 0)"
        f"[{query}, {key}])"
    )
    assert told == pytest.approx(right, rel=0.01)


def a_head_is_chosen_by_keys_and_everything_follows(notebook: NotebookPage) -> None:
    shown = view(notebook, 1)
    shown.get_by_role("tab", name="Heat map").click()
    stage = shown.locator(".att-heat .att-stage")
    before = shown.locator(".att-heat").get_attribute("data-drawn")
    stage.focus()
    notebook.page.keyboard.press("PageDown")
    notebook.page.keyboard.press("]")
    expect(shown.locator(".att-heat")).not_to_have_attribute("data-drawn", before or "")
    expect(shown.locator(".att-side")).to_contain_text("Layer 1, head 1")
    notebook.page.keyboard.press("ArrowDown")
    expect(shown.locator(".att-value")).to_contain_text("Layer 1, head 1")


def arcs_neurons_and_attribution_open(notebook: NotebookPage) -> None:
    shown = view(notebook, 2)
    shown.get_by_role("tab", name="Arcs").click()
    expect(shown.get_by_text("Lines per token")).to_be_visible()
    shown.get_by_role("tab", name="Neurons").click()
    expect(shown.get_by_text("the softmax over all keys", exact=False)).to_be_visible()
    shown.get_by_role("tab", name="Attribution").click()
    shown.get_by_role("button", name="Compute").click()
    expect(shown.get_by_text("Most for it", exact=False)).to_be_visible(timeout=60_000)
    notebook.screenshot("attention-attribution", shown)


def cross_attention_has_two_texts(notebook: NotebookPage) -> None:
    shown = view(notebook, 3)
    shown.get_by_text("Cross", exact=True).click()
    expect(shown.locator(".att-below")).to_contain_text("library")
    shown.get_by_role("tab", name="Heat map").click()
    expect(shown.locator(".att-heat .att-stage")).to_be_visible()


def what_is_saved_shows_a_picture_and_the_strongest_pairs(notebook: NotebookPage) -> None:
    view(notebook, 1)
    notebook.until(
        lambda: "<img" in str(notebook.save().cells[1].outputs[-1]["data"].get("text/html", ""))
    )
    saved = notebook.save().cells[1].outputs[-1]["data"]
    assert "application/vnd.jupyter.widget-view+json" not in saved
    assert "<script" not in saved["text/html"]
    assert "didn" in saved["text/html"]


@pytest.mark.timeout(400)
def test_attention_as_a_person_looks_at_it(open_notebook: Any) -> None:
    page = opened(open_notebook, SENTENCE, WRITTEN, TITLE, CLASSIFIER)
    each_demo_model_is_shown(page)
    pointing_at_a_cell_tells_its_exact_weight(page)
    a_head_is_chosen_by_keys_and_everything_follows(page)
    arcs_neurons_and_attribution_open(page)
    cross_attention_has_two_texts(page)
    what_is_saved_shows_a_picture_and_the_strongest_pairs(page)


@pytest.mark.timeout(240)
def test_tokens_from_outside_stay_text_and_nan_is_said(open_notebook: Any) -> None:
    page = opened(open_notebook, HOSTILE)
    shown = view(page, 1)
    expect(shown.locator(".att-below")).to_contain_text("</script><script>window.hit=1</script>")
    expect(seen(page, 1)).to_contain_text("NaN")
    assert page.page.evaluate("window.hit") is None


@pytest.mark.timeout(240)
def test_dark_narrow_and_german(open_notebook: Any) -> None:
    cells = ["%config TfWidgets.language = 'de'", SENTENCE]
    page = opened(open_notebook, *cells, viewport={"width": 700, "height": 900})
    page.theme("dark")
    shown = view(page, 2)
    expect(shown).to_contain_text("Schicht")
    width = shown.evaluate("element => element.scrollWidth - element.clientWidth")
    assert width <= 1  # nothing sticks out
    page.screenshot("attention-narrow-dark-de", shown)
