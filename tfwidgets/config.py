"""Settings: what ``%config TfWidgets`` shows and sets.

One object for the whole process. In a notebook the extension registers it with IPython
(so ``%config TfWidgets.language = 'de'``, ``c.TfWidgets.language`` in a profile and
``--TfWidgets.language=de`` all reach it); in a script ``settings()`` returns the same one.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from traitlets import Bool, Enum, Int, List, TraitError, Unicode, validate
from traitlets.config import Configurable


class TfWidgets(Configurable):
    """Settings of tfwidgets: default models, language, places, limits."""

    embedding_model = Unicode(
        "demo/minilm",
        help="Encoder that turns text into vectors: the default of %%classify.",
    ).tag(config=True)
    generation_model = Unicode(
        "demo/smollm2",
        help="Decoder that continues text: loaded for task 'text-generation'.",
    ).tag(config=True)
    seq2seq_model = Unicode(
        "demo/t5-title",
        help="Encoder-decoder: loaded for task 'text2text-generation'.",
    ).tag(config=True)
    token_model = Unicode(
        "demo/grammar",
        help="Token classifier: loaded for task 'token-classification'.",
    ).tag(config=True)
    language = Enum(
        ["auto", "en", "de"],
        default_value="auto",
        help="Language of the widgets: en, de, or auto (the browser's, or the system's).",
    ).tag(config=True)
    endpoint = Unicode(
        "",
        help="Address of the model hub. Empty: HF_ENDPOINT, else the Hugging Face Hub.",
    ).tag(config=True)
    cache_dir = Unicode(
        "",
        help="Folder for converted demo weights. Empty: TFWIDGETS_CACHE_DIR, else the user's "
        "cache folder. Downloads from the hub stay in the hub's own cache (HF_HOME).",
    ).tag(config=True)
    model_folders = List(
        Unicode(),
        default_value=["."],
        help="Folders in which %hub looks for models that were saved there, below them, too.",
    ).tag(config=True)
    run_store = Unicode(
        "",
        help="Folder for the records of training runs. Empty: TFWIDGETS_RUN_STORE, else the "
        "user's data folder.",
    ).tag(config=True)
    hub_timeout = Int(
        5, help="Seconds to wait for the hub's first answer before working offline. At least 1."
    ).tag(config=True)
    batch_tokens = Int(
        1024, help="Tokens per batch (padding included) when a model reads texts. At least 1."
    ).tag(config=True)
    max_labels = Int(1000, help="Most labels that a classification accepts. At least 2.").tag(
        config=True
    )
    max_characters = Int(
        4_000_000,
        help="Most characters that %tokens reads at once (a million take about a second and "
        "300 MB). At least 1.",
    ).tag(config=True)
    max_loaded = Int(
        4, help="Models kept in memory; the one used longest ago goes first. At least 1."
    ).tag(config=True)
    debug = Bool(False, help="Show whole tracebacks instead of short errors.").tag(config=True)

    @validate("hub_timeout", "batch_tokens", "max_labels", "max_characters", "max_loaded")
    def _at_least(self, proposal: dict[str, object]) -> object:
        name = str(getattr(proposal["trait"], "name", ""))
        least = 2 if name == "max_labels" else 1
        value = proposal["value"]
        if not isinstance(value, int) or value < least:
            raise TraitError(f"TfWidgets.{name} must be at least {least}, not {value!r}.")
        return value

    @property
    def cache_path(self) -> Path:
        """Folder of converted demo weights."""
        return _folder(self.cache_dir, "TFWIDGETS_CACHE_DIR", "user_cache_dir")

    @property
    def run_store_path(self) -> Path:
        """Folder of the records of training runs."""
        return _folder(self.run_store, "TFWIDGETS_RUN_STORE", "user_data_dir")


def _folder(configured: str, variable: str, default: str) -> Path:
    chosen = configured or os.environ.get(variable, "")
    if chosen:
        return Path(chosen).expanduser()
    import platformdirs

    return Path(getattr(platformdirs, default)("tfwidgets", appauthor=False))


@cache
def settings() -> TfWidgets:
    """Return the settings that hold in this process."""
    return TfWidgets()
