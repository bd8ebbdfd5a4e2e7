"""In a script and in a plain IPython terminal: text only, and nothing of a notebook imported."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfwidgets.models import LoadedModel

SCRIPT = """
import json, pickle, sys
import tfwidgets as tfw
result = tfw.classify(["the dog", "a film", None], ["dog", "film"], model=sys.argv[1])
repr(result), result.to_frame(), result.static_html(), pickle.dumps(result), list(result)
bundle = result._repr_mimebundle_()
print(json.dumps({"modules": sorted(sys.modules), "bundle": bundle}))
"""

TERMINAL = """
import sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_cell("%load_ext tfwidgets")
shell.run_cell("%classify dog, film --input texts")
shell.push({"texts": ["the dog"]})
done = shell.run_cell("%classify dog, film --model '" + sys.argv[1] + "' --input texts")
print("KEYS", sorted(shell.display_formatter.format(done.result)[0]))
print("WIDGETS", "ipywidgets" in sys.modules)
"""


def run(code: str, tiny: LoadedModel) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, str(tiny.folder)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_script_imports_nothing_of_a_notebook(tiny: LoadedModel) -> None:
    seen = json.loads(run(SCRIPT, tiny).splitlines()[-1])
    packages = {name.partition(".")[0] for name in seen["modules"]}
    assert packages.isdisjoint({"IPython", "ipywidgets", "anywidget", "ipykernel"})
    data, metadata = seen["bundle"]
    assert list(data) == ["text/plain"]
    assert data["text/plain"].startswith("3 texts, 2 labels (zero-shot")
    assert metadata == {}


def test_a_terminal_gets_text_only(tiny: LoadedModel) -> None:
    shown = run(TERMINAL, tiny)
    assert "There is no variable 'texts'." in shown
    assert "1 text, 2 labels (zero-shot" in shown
    assert "KEYS ['text/plain']" in shown
    assert "WIDGETS False" in shown
