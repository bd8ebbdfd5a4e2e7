"""``%classify`` in a real kernel: what is shown, what fails, and what happens on interrupt."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from tests.notebook.kernel import Kernel

WIDGET = "application/vnd.jupyter.widget-view+json"


def test_a_result_is_shown_as_text_html_and_widget(kernel: Kernel) -> None:
    outcome = kernel.run("%%classify dog, film\nthe dog\na film <b>")
    assert outcome.status == "ok"
    (data,) = outcome.shown
    assert set(data) == {"text/plain", "text/html", WIDGET}
    assert data["text/plain"].startswith("2 texts, 2 labels (zero-shot")
    assert "a film &lt;b&gt;" in data["text/html"]
    assert "<script" not in data["text/html"]
    opened = [c for c in outcome.of("comm_open") if c["comm_id"] == data[WIDGET]["model_id"]]
    assert opened[0]["data"]["state"]["_anywidget_id"].endswith("ClassificationView")


def test_lines_are_literal(kernel: Kernel) -> None:
    body = ["{x} {{x}} $x", "%time", "!ls", "?x", r"back\slash \n", "a\x0cb\u2028c", "  x?"]
    kernel.run("x = 'EXPANDED'\n")
    outcome = kernel.run("%%classify {x}, $x, {{x}} -o r\n" + "\n".join(body))
    assert outcome.status == "ok"
    assert kernel.value("r.texts") == body
    assert kernel.value("r.labels") == ["{x}", "$x", "{{x}}"]


def test_a_result_can_be_assigned_and_stored(kernel: Kernel) -> None:
    kernel.run("texts = ['the dog', 'a film']")
    assert kernel.run("r1 = %classify dog, film --input texts").shown == []
    assert len(kernel.run("%classify dog, film --input texts -o r2").shown) == 1
    assert kernel.value("(len(r1), r2 is _)") == (2, True)


def test_a_displayed_result_can_be_pickled(kernel: Kernel) -> None:
    kernel.run("%%classify dog, film -o r\nthe dog")
    assert kernel.value("__import__('pickle').loads(__import__('pickle').dumps(r)).texts") == [
        "the dog"
    ]


def test_text_that_no_message_can_carry_is_shown_all_the_same(kernel: Kernel) -> None:
    kernel.run("odd = ['lone \\ud800 surrogate', 'NUL \\x00', '<script>alert(1)</script>']")
    outcome = kernel.run("%classify dog, film --input odd -o r")
    assert outcome.status == "ok"
    assert "lone � surrogate" in outcome.plain
    assert "lone � surrogate" in outcome.shown[-1]["text/html"]
    assert kernel.value("r.texts == odd") is True


@pytest.mark.parametrize("code", ["%classify", "%%classify"])
def test_the_question_mark_shows_the_help(kernel: Kernel, code: str) -> None:
    shown = kernel.help(code)
    assert "usage: %classify" in shown
    assert "--multi-label" in shown


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_is_printed(kernel: Kernel, flag: str) -> None:
    for code in (f"%classify {flag}", f"%%classify {flag}\nbody"):
        outcome = kernel.run(code)
        assert (outcome.status, outcome.shown) == ("ok", [])
        assert outcome.text.startswith("usage: %classify")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("%classify dog, film --input nothing", "There is no variable 'nothing'."),
        ("%classify dog, film --modle x", "%classify has no option --modle. Did you mean"),
        ("%%classify dog\nbody", "There is only one label ('dog')"),
        ("%%classify dog, film -o 1x\nbody", "-o 1x: the result needs a name"),
        ("%%classify dog, film\n   \n", "The cell has no text"),
        ("%%classify dog, film --model ./no\nbody", "There is no folder ./no."),
        ("%%classify dog, film --model no/such\nbody", "The hub is switched off"),
    ],
)
def test_an_error_is_a_line_or_two_and_the_cell_fails(
    kernel: Kernel, code: str, message: str
) -> None:
    outcome = kernel.run(code)
    assert outcome.status == "error"
    assert outcome.error.startswith(message)
    assert len(outcome.error.splitlines()) <= 2
    assert outcome.text == ""
    assert kernel.run("1 + 1").plain == "2"


def test_an_empty_cell_is_refused_in_a_line(kernel: Kernel) -> None:
    outcome = kernel.run("%%classify dog, film\n")
    assert outcome.status == "error"
    assert len(outcome.text.strip().splitlines()) == 1


def test_debug_shows_the_traceback(kernel: Kernel) -> None:
    kernel.run("%config TfWidgets.debug = True")
    outcome = kernel.run("%classify dog, film --input nothing")
    kernel.run("%config TfWidgets.debug = False")
    assert outcome.status == "error"
    assert "Traceback (most recent call last)" in outcome.error
    assert "InputError: There is no variable 'nothing'." in outcome.error


LONG = "['the dog and the cat ' * 9 + str(k) for k in range({})]"


def interrupted(kernel: Kernel, code: str) -> tuple[str, str, list[str]]:
    """Run a cell, interrupt it once it shows how much time is left; return what it says."""
    pressed = threading.Event()

    def press(output: dict[str, Any]) -> None:
        if "left" in output.get("data", {}).get("text/plain", "") and not pressed.is_set():
            pressed.set()
            kernel.interrupt()

    outcome = kernel.run(code, timeout=60, on_output=press)
    assert pressed.is_set(), "it was over before it could be interrupted"
    lines = [
        c["data"]["text/plain"]
        for c in outcome.of("display_data") + outcome.of("update_display_data")
    ]
    return outcome.status, outcome.error, lines


def test_the_interrupt_button_stops_the_work_and_the_kernel_goes_on(kernel: Kernel) -> None:
    kernel.run(f"long = {LONG.format(50_000)}\nr = 'old'")
    status, error, lines = interrupted(kernel, "%classify dog, film --input long -o r")
    assert status == "error"
    assert error == "%classify was stopped; nothing was changed."
    assert any("texts/s" in line for line in lines)
    assert lines[-1].startswith("Classifying: stopped after ")
    assert kernel.value("r") == "old"

    after = kernel.run("%%classify dog, film\nthe dog")
    assert after.status == "ok"
    kernel.run("del long")


def test_the_interrupt_button_stops_a_cell_too(kernel: Kernel) -> None:
    body = "\n".join(f"{'the dog and the cat ' * 9}{k}" for k in range(50_000))
    status, error, lines = interrupted(kernel, f"%%classify dog, film\n{body}")
    assert (status, error) == ("error", "%classify was stopped; nothing was changed.")
    assert lines[-1].startswith("Classifying: stopped after ")
    assert kernel.run("%%classify dog, film\nthe dog").status == "ok"


def test_progress_is_one_display_that_is_updated(kernel: Kernel) -> None:
    kernel.run(f"some = {LONG.format(1500)}")
    # Other tests may have loaded so many models that this one was given up: loading shows, too.
    kernel.run("%%classify dog, film\nthe dog")
    kernel.run("from tfwidgets.ui import progress\nprogress.QUIET = progress.INTERVAL = 0")
    outcome = kernel.run("r = %classify dog, film --input some")
    kernel.run("progress.QUIET, progress.INTERVAL = 0.4, 0.2\ndel some, progress")
    assert outcome.status == "ok"
    (first,) = outcome.of("display_data")
    updates = outcome.of("update_display_data")
    assert updates
    assert {u["transient"]["display_id"] for u in updates} == {first["transient"]["display_id"]}
    assert updates[-1]["data"]["text/plain"].startswith("Classifying: 1,500 texts in ")


def test_short_work_shows_no_progress(kernel: Kernel) -> None:
    kernel.run("texts = ['the dog', 'a film']")
    outcome = kernel.run("r = %classify dog, film --input texts")
    assert outcome.outputs == []


def test_the_language_of_the_view_follows_the_setting(kernel: Kernel) -> None:
    kernel.run("texts = ['the dog', None] + ['a film'] * 40")
    kernel.run("%config TfWidgets.language = 'de'")
    outcome = kernel.run("%classify dog, film --input texts")
    kernel.run("%config TfWidgets.language = 'auto'")
    assert "42 Texte" in outcome.shown[-1]["text/html"]
    assert "Text 2 ist leer oder fehlt" in outcome.plain
    (state,) = (
        c["data"]["state"] for c in outcome.of("comm_open") if "language" in c["data"]["state"]
    )
    assert state["language"] == "de"
