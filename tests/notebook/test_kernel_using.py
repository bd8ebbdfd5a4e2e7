"""``%model`` in a kernel: the other magics take what it chose, and unloading frees the memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.notebook.kernel import Kernel
from tests.support.tiny import tiny_bert

_RSS = "int(open('/proc/self/statm').read().split()[1]) * 4096"
_BIG = """\
from transformers import BertConfig, BertModel
from pathlib import Path
import shutil, torch
def make_big(source, target):
    config = BertConfig(vocab_size=40, hidden_size=2048, num_hidden_layers=4,
                        num_attention_heads=8, intermediate_size=2048, max_position_embeddings=64)
    BertModel(config).save_pretrained(target)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(Path(source) / name, target)
"""


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tiny_bert(tmp_path_factory.mktemp("reviews"), "sequence-classification"))


@pytest.fixture(autouse=True)
def _defaults(kernel: Kernel) -> Iterator[None]:
    kernel.run("%model --unload")
    yield
    kernel.run("%model --default")
    kernel.run("%model --unload")


def test_the_other_magics_take_what_was_chosen(kernel: Kernel, classifier: str) -> None:
    chosen = kernel.run(f"%model {classifier}")
    assert chosen.status == "ok"
    (shown,) = chosen.shown
    assert "application/vnd.jupyter.widget-view+json" in shown or "tfw-view" in shown["text/html"]
    assert "Model in use" in shown["text/html"]
    assert "in use; not loaded yet" in shown["text/plain"]

    assert kernel.run("%%classify -o found\na good film\na bad film").status == "ok"
    assert kernel.value("found.labels") == ["negative", "positive"]
    kernel.run("%tokens -o read a good film")
    assert kernel.value("read.readings[0].subject.name") == Path(classifier).name
    kernel.run("%attention -o seen a good film")
    assert kernel.value("seen.model.name") == classifier
    assert "in use\n  1 model in memory" in kernel.run("%model").plain

    refused = kernel.run("%attention --generate a good film")
    assert "writes no text" in refused.error
    assert "is the model in use" in refused.error
    assert "%model --default" in refused.error
    assert "Traceback" not in refused.error

    assert "no model is in use" in kernel.run("%model --default").plain
    refused = kernel.run("%%classify\na good film")
    assert refused.status == "error"


def test_unloading_frees_the_memory(kernel: Kernel, classifier: str, tmp_path: Path) -> None:
    kernel.run(_BIG)
    kernel.run(f"make_big({classifier!r}, {str(tmp_path / 'big')!r})")
    kernel.run("import gc; gc.collect()")
    before = kernel.value(_RSS)
    kernel.run(f"%model {tmp_path / 'big'}")
    kernel.run("import tfwidgets as tfw; size = tfw.load(None).bytes")
    size = kernel.value("size")
    assert size > 300e6
    # A file's weights may be mapped: they count once they are read.
    kernel.run("for p in tfw.load(None).model.parameters(): p.sum()\ndel p")
    assert kernel.value(_RSS) > before + 0.7 * size
    freed = kernel.run("%model --unload")
    assert "1 model was unloaded" in freed.text
    assert kernel.value("tfw.loaded()") == []
    assert kernel.value(_RSS) < before + 0.3 * size


def test_names_complete(kernel: Kernel, classifier: str) -> None:
    kernel.run(f"%model {classifier}")
    kernel.run("tfw_ready = __import__('tfwidgets').load(None)")
    assert kernel.complete("%model tfw_r|") == ["%model tfw_ready|"]
    assert kernel.complete(f"%model --unload {classifier[:-3]}|") == [
        f"%model --unload {classifier}|"
    ]
    kernel.run("del tfw_ready")
