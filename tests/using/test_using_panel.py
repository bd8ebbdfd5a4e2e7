"""What is in memory: the result's table, the magic, the panel, and what unloading frees."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

import tfwidgets as tfw
from tests.magics.plain_shell import completed, plain_shell
from tests.using.conftest import in_cache
from tfwidgets.models import session
from tfwidgets.ui.amounts import short_count, short_size
from tfwidgets.using.memory import release


class Page:
    """The page's side of a panel."""

    def __init__(self, shown: tfw.ModelInUse) -> None:
        self.view = shown.widget()
        self.sent: list[dict[str, Any]] = []
        self.view.send = lambda content, buffers=None: self.sent.append(content)

    def ask(self, type_: str, **fields: Any) -> dict[str, Any]:
        before = len(self.sent)
        self.view._handle_custom_msg({"id": "x", "type": type_, **fields}, [])
        content = next(sent for sent in self.sent[before:] if "id" in sent)
        json.dumps(content, ensure_ascii=False, allow_nan=False).encode()
        ok: dict[str, Any] = content["ok"]
        return ok

    @property
    def news(self) -> list[str]:
        return [content["type"] for content in self.sent if "id" not in content]


def test_a_console_gets_a_table(encoder: str, classifier: str) -> None:
    assert "no model is in use; the defaults are" in repr(tfw.use())
    assert "no models in memory" in repr(tfw.use())
    chosen = tfw.use(classifier)
    first = repr(chosen).splitlines()[0]
    kind = "BertForSequenceClassification, for text-classification, folder"
    assert first.endswith(f"({kind}), in use; not loaded yet")
    chosen.load()
    tfw.load(encoder)
    first, count, header, *rows = repr(chosen).splitlines()
    assert first.endswith("in use")
    both = sum(each.bytes for each in tfw.loaded())
    assert count.strip() == f"2 models in memory, {short_size(both)}"
    assert header.split() == ["name", "class", "task", "dtype", "device", "parameters", "memory"]
    assert rows[0].split()[1:5] == [
        *("BertForSequenceClassification", "text-classification", "float32", "cpu")
    ]
    tfw.use(None)
    assert "no longer in use" in repr(chosen)


def test_parameters_and_bytes_once_loaded(encoder: str) -> None:
    chosen = tfw.use(encoder)
    model = chosen.load()
    assert chosen.parameters == model.parameters == sum(p.numel() for p in model.model.parameters())
    assert chosen.bytes == 4 * model.parameters
    assert chosen.others == []


def test_unloading_lets_go_of_every_task_of_a_name(encoder: str, classifier: str) -> None:
    chosen = tfw.use(classifier)
    chosen.load()
    chosen.load("feature-extraction")
    other = tfw.load(encoder)
    assert chosen.others == [other]
    assert chosen.unload() == 2
    assert tfw.loaded() == [other]
    assert chosen.in_use
    assert tfw.use(None).unload() == 0
    assert tfw.loaded() == [other]


def test_what_is_freed_and_what_is_still_held(encoder: str) -> None:
    taken = tfw.load(encoder).bytes
    freed = release(lambda model: model.name == encoder)
    assert (freed.count, freed.bytes, freed.held) == (1, taken, ())
    kept = tfw.load(encoder)
    freed = release()
    assert (freed.count, freed.bytes, freed.held) == (1, 0, (encoder,))
    assert kept.parameters


def test_one_of_several_is_unloaded_by_its_key(classifier: str) -> None:
    page = Page(tfw.use(classifier))
    for task in ("text-classification", "feature-extraction"):
        tfw.load(None, task)
    rows = page.ask("state")["models"]
    assert [row["inUse"] for row in rows] == [True, True]
    answer = page.ask("unload", key=rows[0]["key"])
    assert [row["task"] for row in answer["models"]] == ["feature-extraction"]
    assert answer["released"] == {"count": 1, "bytes": rows[0]["bytes"], "held": []}
    assert page.ask("unload", key="nothing")["released"]["count"] == 0
    assert page.ask("unload")["models"] == []
    assert tfw.loaded() == []


def test_the_panel_hears_what_changes(encoder: str) -> None:
    page = Page(tfw.use())
    state = page.ask("state")
    assert state["inUse"] is None
    assert state["defaults"][0]["task"] == "feature-extraction"
    tfw.use(encoder)
    tfw.load(None)
    assert page.news == ["changed", "changed"]
    shown = page.ask("state")["inUse"]
    assert shown == {
        "name": encoder,
        "facts": ["BertModel", "feature-extraction"],
        "source": "folder",
        "loaded": True,
    }
    assert page.ask("default")["inUse"] is None
    assert session.in_use() is None


def test_looking_does_not_wait_for_a_load(encoder: str) -> None:
    from tfwidgets.models.kept import KEPT

    page = Page(tfw.use(encoder))
    with KEPT.one_at_a_time:  # as while a model is loaded
        thread = Thread(target=page.ask, args=("state",))
        thread.start()
        thread.join(20)
        assert not thread.is_alive()


def test_the_static_picture_escapes_and_speaks_german(encoder: str, tmp_path: Path) -> None:
    odd = tmp_path / "<b>x<b>"
    shutil.copytree(encoder, odd)
    tfw.settings().language = "de"
    assert "Vorgabe" in tfw.use().static_html()
    chosen = tfw.use(str(odd))
    assert "Nicht im Speicher" in chosen.static_html()
    chosen.load()
    html = chosen.static_html()
    assert "<b>x" not in html
    assert "&lt;b&gt;x" in html
    assert "Verwendetes Modell" in html
    assert "1 Modell im Speicher" in html


def test_sizes_and_counts_are_written_as_in_the_search(encoder: str) -> None:
    model = tfw.use(encoder).load()
    for text in (repr(tfw.use()), tfw.use().static_html()):
        assert short_size(model.bytes) in text
        assert short_count(model.parameters) in text


def test_the_magic_chooses_shows_goes_back_and_unloads(
    encoder: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with plain_shell() as shell:
        run = shell.run_line_magic
        assert run("model", encoder).name == encoder
        run("model", "-o kept")
        assert shell.user_ns["kept"].name == encoder
        tfw.load(None)
        assert run("model", "--unload").loaded is None
        assert capsys.readouterr().out.startswith("1 model was unloaded, ")
        held = tfw.load(None)
        run("model", f"--unload {encoder}")
        said = capsys.readouterr().out
        assert said.startswith("1 model was unloaded.\n")
        assert "is still held by a variable" in said
        assert run("model", "--default").name is None
        shell.user_ns["bert"] = held
        assert run("model", "bert").loaded is held
        assert shell.run_line_magic("model", "").name == held.name


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("demo/minilm --default", "demo/minilm and --default are two things"),
        ("--default --unload", "--default and --unload are two things"),
        ("--revision main", "--revision goes with the name"),
        ("demo/minilm demo/grammar", "%model takes one model"),
        ("--unload demo/minilm", "No model 'demo/minilm' is in memory. There is none."),
        ("--unlod", "Did you mean '--unload'"),
        ("demo/minilmm", "Did you mean 'demo/minilm'"),
    ],
)
def test_the_magic_says_what_is_wrong(line: str, words: str) -> None:
    with plain_shell() as shell, pytest.raises(tfw.TfWidgetsError, match=words):
        shell.run_line_magic("model", line)


def test_the_magic_reads_no_cell() -> None:
    with plain_shell() as shell, pytest.raises(tfw.TfWidgetsError, match="reads no cell"):
        shell.run_cell_magic("model", "", "text")


def test_names_complete(hub_cache: Path, encoder: str) -> None:
    in_cache(hub_cache, "org/here", Path(encoder))
    session.see(["org/elsewhere"])
    model = tfw.load(encoder)
    with plain_shell(learned=model) as shell:
        assert completed(shell, "%model org/|") == ["%model org/elsewhere|", "%model org/here|"]
        assert completed(shell, "%model lear|") == ["%model learned|"]
        assert completed(shell, f"%model --unload {encoder[:-2]}|") == [
            f"%model --unload {encoder}|"
        ]
        assert completed(shell, "%model --def|") == ["%model --default|"]


def test_unload_takes_a_model_too(encoder: str, classifier: str) -> None:
    first, second = tfw.load(encoder), tfw.load(classifier)
    assert tfw.unload(first) == 1
    assert tfw.unload(first) == 0
    assert tfw.loaded() == [second]
