"""``%tokens`` in a real JupyterLab: what a person sees, clicks, selects and reads."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.lab.seeing import seen
from tests.support.notebook_page import NotebookPage, code_notebook

SENTENCE = "%tokens The café’s tokenization of unbelievable things 🤗! --model demo/minilm"

CODE = "%%tokens --model demo/smollm2\ndef greet(name):\n    return f'Grüß dich, {name}'\n"

BATCH = """tfw.tokens(["Great!", "I would not watch it again.",
            "The plot is thin, the actors are tired, and the music is loud."],
           model="demo/minilm", max_length=12)"""

LANGUAGES = """tfw.tokens({"English": "All human beings are born free.",
            "Deutsch": "Alle Menschen sind frei geboren."},
           model="demo/minilm", compare=["demo/smollm2", "demo/t5-title"])"""

CHAT = """tfw.tokens([{"role": "user", "content": "What is a token?"}], model="demo/smollm2")"""

MARKUP = [
    'unk"><img src=x onerror=window.hit=1>',
    "<script>window.hit=1</script>",
    "<svg/onload=window.hit=1>",
    "&lt;b&gt; &#60;i&#62;",
    "</span></div><iframe srcdoc='<script>parent.hit=1</script>'>",
    "`${window.hit=1}`",
]

HOSTILE = f"""
from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers, trainers
markup = {MARKUP!r}
odd = Tokenizer(models.BPE(unk_token="<u onmouseover=window.hit=1>"))
odd.pre_tokenizer = pre_tokenizers.Whitespace()
odd.train_from_iterator(markup, trainers.BpeTrainer(
    vocab_size=200, show_progress=False, special_tokens=["<u onmouseover=window.hit=1>"]))
odd.add_tokens([AddedToken(text, normalized=False) for text in markup])
hostile = " and ".join(markup) + " \\u202e☃ \\x00 \\u200b"
one = tfw.tokens(hostile, tokenizer=odd, compare=["demo/minilm"],
                 annotations=[(0, 9, "<img src=x onerror=window.hit=1>")])
many = tfw.tokens({{text: text for text in markup}}, tokenizer=odd, compare=["demo/minilm"])
"""

BIG = """import os
from pathlib import Path
files = sorted(Path(os.__file__).parent.glob("*.py"))
big = "\\n".join(file.read_text(encoding="utf-8") for file in files)[:1_000_000]
tfw.tokens(big, model="demo/smollm2")"""

NODES = """() => {
  const root = document.querySelector(".jp-OutputArea .tfw:has(.tok-source)");
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  let count = 1;
  while (walker.nextNode()) count++;
  return count;
}"""


def tab(output: Locator, name: str) -> None:
    output.get_by_role("tab", name=name, exact=True).click()
    expect(output.get_by_role("tab", name=name, exact=True)).to_have_attribute(
        "aria-selected", "true"
    )


def tokens(output: Locator) -> Locator:
    return output.get_by_role("listbox").first.get_by_role("option")


def selected_text(page: NotebookPage) -> str:
    return str(page.page.evaluate("document.getSelection().toString()"))


@pytest.mark.timeout(180)
def test_tokens_as_a_person_goes_through_them(open_notebook: Any) -> None:
    page = open_notebook(
        code_notebook(
            "import tfwidgets as tfw\n%load_ext tfwidgets", SENTENCE, CODE, BATCH, LANGUAGES, CHAT
        )
    )
    page.run_all(timeout=120)
    tokens_in_the_text(page)
    stages_and_their_words(page)
    a_batch(page)
    several_tokenizers(page)
    the_vocabulary(page)
    a_chat(page)
    german_dark_narrow(page)


def tokens_in_the_text(page: NotebookPage) -> None:
    output = seen(page, 1)
    expect(tokens(output).first).to_have_text("[CLS]")
    detail = output.locator(".tok-detail")

    # A token that is chosen is told about, and its text is selected for copying.
    output.get_by_role("option", name="##ization").click()
    for fact in ("##ization", "3989", "[16, 23)"):
        expect(detail).to_contain_text(fact)
    page.until(lambda: selected_text(page) == "ization")

    # The other way round: text that is selected with the mouse selects its tokens.
    first = output.get_by_role("option", name=": the,").bounding_box()
    last = output.get_by_role("option", name=": of,").bounding_box()
    assert first is not None
    assert last is not None
    page.page.mouse.move(first["x"] + 3, first["y"] + 8)
    page.page.mouse.down()
    page.page.mouse.move(last["x"] + 9, last["y"] + 8, steps=5)
    page.page.mouse.up()
    chosen = output.locator("[role=option][aria-selected=true]")
    expect(chosen).to_have_text(["The", "café", "’", "s", "token", "ization", "of"])
    expect(detail).to_contain_text("7668")  # the ids of all of them

    # Keyboard alone; hovering tells without choosing.
    page.page.keyboard.press("Escape")
    expect(chosen).to_have_count(0)
    page.page.keyboard.press("Home")
    page.page.keyboard.press("ArrowRight")
    page.page.keyboard.press("ArrowRight")
    expect(detail).to_contain_text("cafe")
    output.get_by_role("option", name="[SEP]").hover()
    expect(detail).to_contain_text("102")
    output.get_by_role("radio", name="Pieces").check()
    expect(output.get_by_role("option", name="##ization")).to_have_text("##ization")
    output.get_by_role("radio", name="Ids").check()
    expect(output.get_by_role("option", name="##ization")).to_have_text("3989")
    output.get_by_role("radio", name="Text").check()
    page.screenshot("tokens-light", output)


def stages_and_their_words(page: NotebookPage) -> None:
    output = seen(page, 1)
    tab(output, "Stages")
    panel = output.get_by_role("tabpanel", name="Stages")
    expect(panel).to_contain_text("BertNormalizer")
    expect(panel.locator("mark").nth(1)).to_have_text("t")  # after the legend: The -> the
    panel.get_by_role("button", name="tokenization").first.click()
    expect(panel).to_contain_text("##ization")
    page.screenshot("tokens-stages-wordpiece", output)

    output = seen(page, 2)
    tab(output, "Stages")
    panel = output.get_by_role("tabpanel", name="Stages")
    panel.get_by_role("button", name="Ġreturn").first.click()
    expect(panel.get_by_role("slider")).to_be_visible()
    expect(panel.get_by_role("row").last).to_contain_text("Ġreturn")
    page.screenshot("tokens-stages-bpe", output)


def a_batch(page: NotebookPage) -> None:
    output = seen(page, 3)
    panel = output.get_by_role("tabpanel", name="Batch")
    expect(panel.get_by_role("grid")).to_be_visible()
    expect(panel).to_contain_text("3 × 12")
    cells = panel.get_by_role("row").filter(has_text="Great!").get_by_role("gridcell")
    expect(cells.first).to_have_text("[CLS]")
    panel.get_by_role("combobox", name="Side").select_option(label="left")
    expect(cells.first).to_have_text("[PAD]")
    panel.get_by_role("button", name="As shipped").click()
    expect(panel).to_contain_text("3 × 128")
    panel.get_by_role("button", name="Reset").click()
    expect(panel).to_contain_text("3 × 12")
    expect(panel).not_to_contain_text("3 × 128")
    page.screenshot("tokens-batch", output)


def several_tokenizers(page: NotebookPage) -> None:
    output = seen(page, 4)
    tab(output, "Compare")
    panel = output.get_by_role("tabpanel", name="Compare")
    expect(panel.get_by_role("region")).to_have_count(3)
    expect(panel.locator("section .tok-differs").first).to_be_visible()
    row = panel.get_by_role("row").filter(has_text="Deutsch")
    expect(row).to_contain_text("fewest")
    page.screenshot("tokens-compare", output)


def the_vocabulary(page: NotebookPage) -> None:
    output = seen(page, 1)
    tab(output, "Vocabulary")
    panel = output.get_by_role("tabpanel", name="Vocabulary")
    panel.get_by_role("searchbox").fill("##ization")
    expect(panel.get_by_role("row").filter(has_text="3989")).to_be_visible()
    panel.get_by_role("row").filter(has_text="3989").click()
    expect(panel).to_contain_text("69 7a 61 74 69 6f 6e", ignore_case=True)
    page.screenshot("tokens-vocabulary", output)


def a_chat(page: NotebookPage) -> None:
    output = seen(page, 5)
    output.get_by_role("radio", name="Role").check()
    for role in ("system", "user", "generation prompt"):
        expect(output.get_by_text(role, exact=True).first).to_be_visible()
    page.screenshot("tokens-chat", output)


def german_dark_narrow(page: NotebookPage) -> None:
    page.add_and_run("%config TfWidgets.language = 'de'")
    page.theme("dark")
    for index, name in (
        (1, "vocabulary"),
        (2, "stages"),
        (3, "batch"),
        (4, "compare"),
        (5, "chat"),
    ):
        page.screenshot(f"tokens-{name}-german-dark", seen(page, index))
    output = seen(page, 1)
    tab(output, "Token")
    expect(output).to_contain_text("davon 2 Spezialtoken")
    page.resize(640, 900)
    for index in range(1, 6):
        output = seen(page, index)
        inner = output.locator(".tfw")
        page.until(partial(inner.evaluate, "e => e.scrollWidth <= e.clientWidth"))
        page.screenshot(f"tokens-narrow-{index}", output)


def test_markup_in_tokens_names_and_labels_is_text(open_notebook: Any) -> None:
    page = open_notebook(
        code_notebook("import tfwidgets as tfw\n%load_ext tfwidgets", HOSTILE, "one", "many")
    )
    page.run_all(timeout=60)
    output = seen(page, 2)
    expect(tokens(output).first).to_have_text(MARKUP[0])
    output.get_by_role("radio", name="Pieces").check()
    expect(tokens(output).first).to_have_text(MARKUP[0])
    tokens(output).first.click()
    for name in ("Stages", "Compare", "Vocabulary"):
        tab(output, name)
        expect(output.get_by_role("tabpanel", name=name)).to_contain_text("window.hit=1>")
    output.get_by_role("tabpanel", name="Vocabulary").get_by_role("searchbox").fill("<img")
    output.get_by_role("row").filter(has_text="<img").first.click()
    page.screenshot("tokens-hostile", output)
    output = seen(page, 3)
    expect(output.get_by_role("tabpanel", name="Batch")).to_contain_text("onerror=window.hit=1")
    tab(output, "Compare")
    expect(output.get_by_role("tabpanel", name="Compare")).to_contain_text("<script>")
    page.page.wait_for_timeout(300)
    assert page.page.evaluate("window.hit") is None
    assert page.page.locator(".jp-OutputArea :is(img, iframe, svg[onload], u)").count() == 0


def test_a_megabyte_stays_small_on_the_page(open_notebook: Any) -> None:
    page = open_notebook(code_notebook("import tfwidgets as tfw", BIG))
    page.run_all(timeout=90)
    output = seen(page, 1)
    expect(tokens(output).first).to_be_visible()
    counts = [page.page.evaluate(NODES)]
    scroller = output.get_by_role("listbox")
    scroller.focus()
    page.page.keyboard.press("End")
    last = page.kernel_value("len(_.ids) - 1")
    expect(output.locator(".tok-detail")).to_contain_text(f"Token {last}")
    counts.append(page.page.evaluate(NODES))
    for share in (0.25, 0.5, 0.75):
        scroller.evaluate("(e, share) => { e.scrollTop = share * e.scrollHeight }", share)
        expect(output.locator("[data-wait]")).to_have_count(0)
        counts.append(page.page.evaluate(NODES))
    page.screenshot("tokens-megabyte", output)
    assert max(counts) <= 2000, counts

    # After the page is loaded anew the view is there again, parts fetched anew with it.
    page.save()
    page.reload()
    output = seen(page, 1)
    expect(tokens(output).first).to_be_visible()
    tab(output, "Stages")
    expect(output.get_by_role("tabpanel", name="Stages")).to_contain_text(
        re.compile(r"first (19,\d{3}|20,000) characters")
    )
