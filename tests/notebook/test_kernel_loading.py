"""``%load_ext``, ``%unload_ext`` and ``%config`` in a fresh kernel."""

from __future__ import annotations

from tests.notebook.kernel import Kernel

HEAVY = ("torch", "transformers", "fastai", "ipywidgets", "numpy", "pandas", "anywidget", "sklearn")


def test_from_loading_to_unloading(fresh_kernel: Kernel) -> None:
    loaded = fresh_kernel.run("%load_ext tfwidgets\n%load_ext tfwidgets\n%reload_ext tfwidgets")
    assert loaded.status == "ok"
    assert not loaded.of("error")

    # Nor do help, settings, completion and a mistake cost anything heavy.
    assert "usage: %classify" in fresh_kernel.run("%classify --help").text
    assert "TfWidgets.batch_tokens=<Int>" in fresh_kernel.run("%config TfWidgets").text
    assert fresh_kernel.complete("%classify --mod|") == ["%classify --model|"]
    assert fresh_kernel.run("%classify a, b --input nothing").status == "error"
    assert fresh_kernel.value(f"[m for m in {HEAVY} if m in __import__('sys').modules]") == []

    refused = fresh_kernel.run("%config TfWidgets.batch_tokens = 0")
    assert refused.text.strip() == "ERROR:root:TfWidgets.batch_tokens must be at least 1, not 0."
    refused = fresh_kernel.run("%config TfWidgets.language = 'xx'")
    assert "expected any of ['auto', 'en', 'de'], not the str 'xx'" in refused.text
    assert len(refused.text.strip().splitlines()) == 1
    assert fresh_kernel.run("%reload_ext tfwidgets").status == "ok"
    fresh_kernel.run("%config TfWidgets.batch_tokens = 55")
    fresh_kernel.run("%config TfWidgets.language = 'de'")
    assert fresh_kernel.run("%config TfWidgets.batch_tokens").plain == "55"
    assert fresh_kernel.run("%config TfWidgets.language").plain == "'de'"

    assert fresh_kernel.run("%unload_ext tfwidgets").status == "ok"
    assert "not found" in fresh_kernel.run("%classify a, b").text
    assert "not found" in fresh_kernel.run("%%classify a, b\nbody").text
    assert "Invalid config" in fresh_kernel.run("%config TfWidgets").text
    assert not [line for line in fresh_kernel.complete("%classify --mod|") if "--model" in line]
    assert not [line for line in fresh_kernel.complete("%class|") if "classify" in line]

    assert fresh_kernel.run("%load_ext tfwidgets").status == "ok"
    assert fresh_kernel.complete("%classify --mod|") == ["%classify --model|"]
