"""``%load_ext tfwidgets``: the one place that knows every feature.

Loading registers magics, their completion and the settings; unloading takes all of it away.
"""

from __future__ import annotations

import logging
from typing import Any

from traitlets import TraitError

from tfwidgets.attention.magic import AttentionMagic
from tfwidgets.classify.magic import ClassifyMagic
from tfwidgets.config import TfWidgets, settings
from tfwidgets.dashboard.magic import RunsMagic
from tfwidgets.hub.magic import HubMagic
from tfwidgets.magics.base import FeatureMagic
from tfwidgets.magics.completion import matcher
from tfwidgets.tokens.magic import TokensMagic
from tfwidgets.using.magic import ModelMagic

log = logging.getLogger(__name__)

MAGICS: tuple[type[FeatureMagic], ...] = (
    AttentionMagic,
    ClassifyMagic,
    HubMagic,
    ModelMagic,
    RunsMagic,
    TokensMagic,
)

_MATCHER = "tfwidgets_matcher"


def load_ipython_extension(shell: Any) -> None:
    """Register everything with a running IPython."""
    unload_ipython_extension(shell)
    magics = [magic(shell) for magic in MAGICS]
    for magic in magics:
        shell.register_magic_function(magic.function(), "line_cell", magic.name)
    _configure(shell)
    if shell.Completer is not None:
        shell.Completer.custom_matchers.append(matcher(magics))


def unload_ipython_extension(shell: Any) -> None:
    """Take away magics, completion and settings."""
    for magic in MAGICS:
        for kind in ("line", "cell"):
            shell.magics_manager.magics[kind].pop(magic.name, None)
    shell.configurables[:] = [c for c in shell.configurables if not isinstance(c, TfWidgets)]
    settings().unobserve_all("language")
    if shell.Completer is not None:
        kept = [m for m in shell.Completer.custom_matchers if m.__name__ != _MATCHER]
        shell.Completer.custom_matchers[:] = kept


def _configure(shell: Any) -> None:
    chosen = settings()
    try:
        chosen.update_config(shell.config)
    except TraitError as error:
        # A refused value stays in IPython's configuration and would fail at every load.
        log.warning("tfwidgets: the settings are left as they were. %s", error)
        shell.config.pop("TfWidgets", None)
    chosen.observe(_switch_language, "language")
    shell.configurables.append(chosen)


def _switch_language(change: Any) -> None:
    # Views exist only where a widget was shown: do not import ipywidgets for a setting.
    import sys

    if view := sys.modules.get("tfwidgets.ui.view"):
        view.set_language(change["new"])
