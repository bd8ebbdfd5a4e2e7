"""``%attention`` in a real kernel: what is shown, what is literal, what a page is answered."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from tests.notebook.kernel import Kernel

WIDGET = "application/vnd.jupyter.widget-view+json"
HEAVY = ("torch", "transformers", "ipywidgets", "numpy", "pandas", "anywidget")


def test_attention_is_shown_as_text_html_and_widget(kernel: Kernel) -> None:
    outcome = kernel.run("%attention the dog <b>sat</b> on a mat --model demo/minilm")
    assert outcome.status == "ok"
    (data,) = outcome.shown
    assert set(data) == {"text/plain", "text/html", WIDGET}
    first = data["text/plain"].splitlines()[0]
    assert first.startswith("demo/minilm: ")
    assert first.endswith("6 layers x 12 heads")
    assert "<script" not in data["text/html"]
    soup = BeautifulSoup(data["text/html"], "html.parser")
    assert not soup.find("b")
    assert "dog" in soup.get_text()
    opened = [c for c in outcome.of("comm_open") if c["comm_id"] == data[WIDGET]["model_id"]]
    state = opened[0]["data"]["state"]
    assert state["_anywidget_id"].endswith("AttentionWidget")
    assert state["summary"]["model"] == "demo/minilm"


def test_the_page_is_answered_with_bytes(kernel: Kernel) -> None:
    kernel.run("%attention -o seen --model demo/minilm -- the dog sat on a mat")
    kernel.run(
        "lens = {'words': False, 'special': True, 'renormalize': False}\n"
        "w = seen.widget()\n"
        "which = {'item': 0, 'kind': 'self', 'layer': 2, 'heads': [3], 'lens': lens}"
    )
    asked = "{'type': 'tile', **which, 'level': 0, 'rows': [0, 99], 'columns': [0, 99]}"
    assert kernel.value(f"w._answer({asked})[0]") == {"height": 8, "width": 8, "exact": True}
    right = "(254 * seen.weights(2, 3) ** 0.5).round().astype('uint8').tobytes()"
    assert kernel.value(f"w._answer({asked})[1][0] == {right}") is True


def test_the_line_and_the_body_are_literal(kernel: Kernel) -> None:
    kernel.run("x = 'EXPANDED'")
    kernel.run("%attention {x} $x {{x}} -o line --model demo/smollm2")
    assert kernel.value("''.join(line.tokens)") == "{x}Ġ$xĠ{{x}}"
    kernel.run("%%attention -o cell --model demo/smollm2\n%time\n  !ls {x} $x ?x")
    assert kernel.value("''.join(cell.tokens).replace('Ġ', ' ').replace('Ċ', '\\n')") == (
        "%time\n  !ls {x} $x ?x"
    )


def test_an_encoder_decoder_and_a_decoder_that_writes(kernel: Kernel) -> None:
    code = "%%attention --model demo/t5-title --target 'A fox' -o both\nThe fox jumped."
    assert kernel.run(code).status == "ok"
    assert kernel.value("(both.kinds, both.target_tokens[0])") == (
        ["encoder", "decoder", "cross"],
        "<pad>",
    )
    code = "%attention --model demo/smollm2 --generate --tokens 3 -o more The capital of France is"
    assert kernel.run(code).status == "ok"
    assert kernel.value("len(more.tokens) - more.items[0].axes[0].split") == 3
    assert "The model wrote the last 3 tokens" in kernel.run("print(more)").text


def test_texts_from_variables(kernel: Kernel) -> None:
    kernel.run("texts = ['the dog', 'a film was very good']")
    assert kernel.run("%attention --input texts --model demo/minilm -o many").status == "ok"
    assert kernel.value("(len(many), len(many[1].tokens))") == (2, 7)


def test_tensors_are_shown_too(kernel: Kernel) -> None:
    outcome = kernel.run(
        "import torch, tfwidgets as tfw\n"
        "tfw.AttentionView.from_tensors([torch.eye(3)[None, None]], ['a', 'b', 'c'])"
    )
    assert outcome.status == "ok"
    assert WIDGET in outcome.shown[-1]
    assert outcome.plain.startswith("AttentionView: 3 tokens, 1 layer x 1 head")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("%attention", "There is no text: write it behind %attention"),
        ("%attention a --modle x", "%attention has no option --modle. Did you mean '--model'?"),
        ("%attention --input nothing", "There is no variable 'nothing'."),
        ("%%attention a\nbody", "There are two texts"),
        ("%attention a --model no/such", "'no/such' is not in the cache"),
        ("%attention a --layers 99 --model demo/minilm", "layers=99: there are 6 layers, 0 to 5."),
        ("%attention a --generate --model demo/minilm", "demo/minilm writes no text"),
        ("%%attention --model demo/minilm\n \n", "The text is empty"),
    ],
)
def test_errors_are_short(kernel: Kernel, code: str, message: str) -> None:
    outcome = kernel.run(code)
    assert outcome.status == "error"
    assert message in outcome.error
    assert "Traceback" not in outcome.error
    assert len(outcome.error.splitlines()) <= 2


def test_the_question_mark_and_help(kernel: Kernel) -> None:
    assert "usage: %attention" in kernel.help("%attention")
    assert kernel.run("%attention --help").text.startswith("usage: %attention")


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("%attention hello --mod|", ["%attention hello --model|"]),
        ("%%attention --gen|\nx", ["%%attention --generate|\nx"]),
        ("%%attention --model demo/t|\nx", ["%%attention --model demo/t5-title|\nx"]),
        ("%atten|", ["%attention|", "%%attention|"]),
    ],
)
def test_completion(kernel: Kernel, typed: str, completed: list[str]) -> None:
    assert kernel.complete(typed) == completed


def test_models_at_hand_are_offered(kernel: Kernel) -> None:
    offered = kernel.complete("%attention --model demo/|")
    assert "%attention --model demo/smollm2|" in offered
    assert "%attention --model demo/t5-title|" in offered


def test_nothing_heavy_is_imported_before_it_is_used(fresh_kernel: Kernel) -> None:
    assert fresh_kernel.run("%load_ext tfwidgets").status == "ok"
    assert "usage: %attention" in fresh_kernel.run("%attention --help").text
    assert fresh_kernel.complete("%attention --mod|") == ["%attention --model|"]
    assert fresh_kernel.run("%attention a --input nothing").status == "error"
    assert fresh_kernel.value(f"[m for m in {HEAVY} if m in __import__('sys').modules]") == []
    assert fresh_kernel.run("%unload_ext tfwidgets").status == "ok"
    assert "not found" in fresh_kernel.run("%attention a").text
