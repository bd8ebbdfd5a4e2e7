"""``%%classify`` in a real JupyterLab: what a person sees, clicks and reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import Locator, expect

from tests.lab.seeing import seen
from tests.support.notebook_page import code_notebook

QUICKSTART = Path(__file__).parent.parent.parent / "examples" / "quickstart.ipynb"

BIG = """
import numpy as np, tfwidgets as tfw
from tfwidgets.classify.result import Classification
rng = np.random.default_rng(0)
scores = rng.dirichlet(np.ones(4), 10_000).astype("float32")
big = Classification([f"text number {k}" for k in range(10_000)],
                     ["alpha", "beta", "gamma", "delta"], scores, "zero-shot", "a model")
"""

HOSTILE = """%%classify <b>bold</b>, "<img src=x onerror=window.hit=1>", plain
<script>window.hit = 1</script> a text about a match
<img src=x onerror="window.hit=1"> another one
مرحبا بالعالم 👩‍👩‍👧 mixed with English
"""


def rows(output: Locator) -> Locator:
    return output.locator(".tfw-body > [role=row]")


def column(output: Locator, name: str) -> Locator:
    return output.get_by_role("columnheader").get_by_role("button", name=name, exact=True)


def code_cells(path: Path) -> dict[str, int]:
    """Index of each code cell by its first line."""
    cells = nbformat.read(path, as_version=4).cells
    return {c.source.split("\n")[0]: k for k, c in enumerate(cells) if c.cell_type == "code"}


@pytest.mark.timeout(180)
def test_the_quickstart_as_a_person_goes_through_it(open_notebook: Any) -> None:
    page = open_notebook(QUICKSTART)
    page.run_all(timeout=120)
    cells = code_cells(QUICKSTART)
    index = next(k for head, k in cells.items() if head.startswith("%%classify sports"))
    output = seen(page, index)
    expect(rows(output)).to_have_count(10)
    expect(rows(output).first).to_contain_text("The striker scored twice")
    assert page.kernel_value("right") >= 9
    page.screenshot("quickstart-light")

    # Sort by a class: its best text comes first.
    column(output, "technology").click()
    header = output.get_by_role("columnheader", name="technology")
    expect(header).to_have_attribute("aria-sort", "descending")
    expect(rows(output).first).to_contain_text("The new phone")
    column(output, "technology").click()
    expect(header).to_have_attribute("aria-sort", "ascending")

    # Filter by text, then by label.
    output.get_by_role("searchbox", name="Filter texts").fill("shares")
    expect(rows(output)).to_have_count(2)
    output.get_by_role("searchbox", name="Filter texts").fill("")
    expect(rows(output)).to_have_count(10)
    output.get_by_role("combobox", name="Show label").select_option(label="science (2)")
    expect(rows(output)).to_have_count(2)
    output.get_by_role("combobox", name="Show label").select_option(index=0)

    # A row opens with all its scores; Escape closes it.
    column(output, "Position").click()
    rows(output).nth(3).click()
    detail = output.get_by_role("region", name="Text 4")
    expect(detail.get_by_role("group", name="The whole text")).to_have_text(
        "Astronomers discovered a planet that orbits two stars."
    )
    expect(detail.get_by_role("listitem").first).to_contain_text("science")
    page.screenshot("quickstart-detail", output)
    page.page.keyboard.press("Escape")
    expect(detail).to_be_hidden()

    # Keyboard alone.
    output.get_by_role("grid").focus()
    page.page.keyboard.press("Home")
    page.page.keyboard.press("ArrowDown")
    page.page.keyboard.press("Enter")
    expect(output.get_by_role("region", name="Text 2")).to_be_visible()
    page.page.keyboard.press("Escape")

    # German, dark, narrow.
    page.add_and_run("%config TfWidgets.language = 'de'")
    output = seen(page, index)
    expect(output.get_by_role("grid", name="Klassifizierte Texte")).to_be_visible()
    before = rows(output).first.evaluate("e => getComputedStyle(e).color")
    page.theme("dark")
    output = seen(page, index)
    expect(rows(output).first).not_to_have_css("color", before)
    page.screenshot("quickstart-german-dark")
    page.resize(700, 900)
    output = seen(page, index)
    expect(output.get_by_role("combobox", name="Sortieren nach")).to_be_visible()
    inner = output.locator(".tfw")
    page.until(lambda: inner.evaluate("e => e.scrollWidth <= e.clientWidth"))
    page.screenshot("quickstart-narrow", output)


def test_ten_thousand_rows_stay_few_on_the_page(open_notebook: Any) -> None:
    page = open_notebook(code_notebook(BIG, "big"))
    page.run_all()
    output = page.output(1)
    grid = output.get_by_role("grid")
    expect(grid).to_have_attribute("aria-rowcount", "10001")
    grid.focus()
    page.page.keyboard.press("End")
    expect(rows(output).last).to_contain_text("text number 9999")
    assert rows(output).count() < 80
    column(output, "gamma").click()
    best = page.kernel_value("int(big.scores[:, 2].argmax())")
    expect(rows(output).first).to_contain_text(f"text number {best}")
    output.get_by_role("searchbox", name="Filter texts").fill("number 77")
    expect(output.get_by_role("status").filter(has_text="111")).to_be_visible()
    page.screenshot("ten-thousand", output)
    output.get_by_role("searchbox", name="Filter texts").fill("no such text")
    expect(rows(output)).to_have_count(0)
    page.screenshot("empty-filter", output)


def test_markup_in_texts_and_labels_is_text(open_notebook: Any) -> None:
    page = open_notebook(code_notebook("%load_ext tfwidgets", HOSTILE))
    page.run_all(timeout=60)
    output = page.output(1)
    expect(rows(output).first).to_contain_text("<script>window.hit = 1</script>")
    rows(output).nth(1).click()
    expect(output.get_by_role("group", name="The whole text")).to_contain_text('onerror="window')
    expect(output.get_by_role("columnheader").nth(4)).to_contain_text("<img src=x")
    assert page.page.evaluate("window.hit") is None
    page.screenshot("hostile", output)


def test_a_notebook_saved_without_widget_state_shows_the_static_table(open_notebook: Any) -> None:
    page = open_notebook(code_notebook("%load_ext tfwidgets", "%%classify sun, rain\nIt pours."))
    page.run_all(timeout=60)
    expect(rows(page.output(1))).to_have_count(1)
    # The live view stands in its place, so what is saved needs no widget.
    expect(page.output(1).locator("tfw-view .tfw")).to_be_visible()
    rows(page.output(1)).first.click()
    expect(page.output(1).get_by_role("region", name="Text 1")).to_be_visible()

    saved = page.save()
    page.reload()
    expect(page.output(1).locator("tfw-view .tfw")).to_be_visible()  # the kernel still lives
    assert "widgets" not in saved.metadata
    for trusted in (True, False):
        again = open_notebook(saved, trusted=trusted)
        expect(again.output(1).get_by_role("cell", name="It pours.")).to_be_visible()
        assert "model not found" not in (again.output(1).text_content() or "")
        again.screenshot(f"static-{'trusted' if trusted else 'untrusted'}", again.output(1))


def test_an_error_is_a_line_and_the_notebook_goes_on(open_notebook: Any) -> None:
    page = open_notebook(code_notebook("%load_ext tfwidgets", "%%classify sport\nA match."))
    page.run_all(check=False)
    expect(page.output(1)).to_have_text(
        "There is only one label ('sport'): name at least two, separated by commas."
    )
    page.screenshot("error", page.output(1))
    index = page.add_and_run("1 + 1")
    expect(page.output(index)).to_contain_text("2")


def test_the_interrupt_button_stops_it_in_a_line(open_notebook: Any) -> None:
    page = open_notebook(
        code_notebook(
            "%load_ext tfwidgets",
            "texts = [f'text number {k} about the weather ' + 'and more ' * (k % 90) "
            "for k in range(50_000)]",
            "%classify sun, rain --input texts",
        )
    )
    page.run_cell(0)
    page.run_cell(1)
    page.run_cell(2, wait=False)
    expect(page.output(2)).to_contain_text("left", timeout=60_000)
    page.screenshot("progress", page.output(2))
    page.interrupt()
    expect(page.output(2)).to_contain_text("stopped", timeout=30_000)
    assert "Traceback" not in (page.output(2).text_content() or "")
    page.screenshot("interrupted", page.output(2))
    assert page.kernel_value("len(texts)") == 50_000


def test_completion_offers_models_and_variables(open_notebook: Any) -> None:
    page = open_notebook(code_notebook("%load_ext tfwidgets\nmy_texts = ['a', 'b']"))
    page.run_all()
    assert "demo/minilm" in page.complete("%%classify a, b --model ")["matches"]
    assert page.complete("r = %classify a, b --input my")["matches"] == ["my_texts"]
