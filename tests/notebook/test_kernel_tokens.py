"""``%tokens`` in a real kernel: what is shown, what is literal, what a page is answered."""

from __future__ import annotations

import pytest

from tests.notebook.kernel import Kernel

WIDGET = "application/vnd.jupyter.widget-view+json"


def test_an_inspection_is_shown_as_text_html_and_widget(kernel: Kernel) -> None:
    outcome = kernel.run("%tokens the dog <b>sat</b> --model demo/minilm")
    assert outcome.status == "ok"
    (data,) = outcome.shown
    assert set(data) == {"text/plain", "text/html", WIDGET}
    assert data["text/plain"].startswith("demo/minilm (WordPiece): ")
    assert "&lt;" in data["text/html"]
    assert "<script" not in data["text/html"]
    assert "<b>" not in data["text/html"]
    opened = [c for c in outcome.of("comm_open") if c["comm_id"] == data[WIDGET]["model_id"]]
    assert opened[0]["data"]["state"]["_anywidget_id"].endswith("TokensView")


def test_the_line_and_the_body_are_literal(kernel: Kernel) -> None:
    kernel.run("x = 'EXPANDED'")
    kernel.run("%tokens {x}  $x {{x}} -o line --model demo/minilm")
    assert kernel.value("line.text") == "{x}  $x {{x}}"
    body = "%time\n  !ls\n\n{x} $x ?x\n\tend "
    kernel.run("%%tokens -o cell --model demo/smollm2\n" + body)
    assert kernel.value("cell.text") == body


def test_weights_are_not_loaded(fresh_kernel: Kernel) -> None:
    outcome = fresh_kernel.run("%load_ext tfwidgets\n%tokens the dog --model demo/minilm")
    assert outcome.status == "ok", outcome.error
    assert fresh_kernel.value("__import__('tfwidgets').loaded()") == []


def test_a_text_a_list_and_a_chat_from_variables(kernel: Kernel) -> None:
    kernel.run(
        "texts = ['the dog', 'a film was very good']\nchat = [{'role': 'user', 'content': 'Hi'}]"
    )
    assert kernel.run("%tokens --input texts --model demo/minilm -o many").status == "ok"
    assert kernel.value("many.ids.shape") == (2, 7)
    assert kernel.run("%tokens --input chat -o talk").status == "ok"
    assert kernel.value("(talk.name, 'assistant' in talk.text)") == ("demo/smollm2", True)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("%tokens", "There is no text: write it behind %tokens"),
        ("%tokens a --modle x", "%tokens has no option --modle. Did you mean '--model'?"),
        ("%tokens --input nothing", "There is no variable 'nothing'."),
        ("%%tokens a\nbody", "There are two texts"),
        ("%tokens a --padding middle", "padding is 'middle'"),
        ("%tokens a --model no/such", "'no/such' is not in the cache"),
        ("%tokens --input chat --model demo/minilm", "demo/minilm has no chat template"),
    ],
)
def test_errors_are_short(kernel: Kernel, code: str, message: str) -> None:
    kernel.run("chat = [{'role': 'user', 'content': 'Hi'}]")
    outcome = kernel.run(code)
    assert outcome.status == "error"
    assert message in outcome.error
    assert "Traceback" not in outcome.error
    assert len(outcome.error.splitlines()) <= 2


def test_the_question_mark_and_help(kernel: Kernel) -> None:
    assert "usage: %tokens" in kernel.help("%tokens")
    assert kernel.run("%tokens --help").text.startswith("usage: %tokens")


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("%tokens hello --pad|", ["%tokens hello --padding|"]),
        ("%tokens --padding max|", ["%tokens --padding max_length|"]),
        (
            "%%tokens --compare demo/minilm demo/t|\nx",
            ["%%tokens --compare demo/minilm demo/t5-title|\nx"],
        ),
    ],
)
def test_completion(kernel: Kernel, typed: str, completed: list[str]) -> None:
    assert kernel.complete(typed) == completed
