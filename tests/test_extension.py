"""Loading and unloading the extension, and the settings that it registers."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from traitlets import TraitError

from tests.magics.plain_shell import plain_shell
from tfwidgets.config import TfWidgets, settings
from tfwidgets.extension import MAGICS

NAMES = [magic.name for magic in MAGICS]


def registered(shell: Any) -> dict[str, Any]:
    """Return everything of ours that a shell holds."""
    magics = shell.magics_manager.magics
    return {
        "magics": [name for kind in magics.values() for name in NAMES if name in kind],
        "settings": [c for c in shell.configurables if isinstance(c, TfWidgets)],
        "matchers": [
            m for m in shell.Completer.custom_matchers if m.__module__.startswith("tfwidgets")
        ],
    }


def counts(shell: Any) -> dict[str, int]:
    return {kind: len(found) for kind, found in registered(shell).items()}


LOADED = {"magics": 2 * len(NAMES), "settings": 1, "matchers": 1}


def test_loading_registers_and_unloading_leaves_nothing() -> None:
    with plain_shell() as shell:
        assert counts(shell) == LOADED
        shell.run_line_magic("unload_ext", "tfwidgets")
        assert counts(shell) == {"magics": 0, "settings": 0, "matchers": 0}


@pytest.mark.parametrize("again", ["load_ext", "reload_ext"])
def test_loading_again_is_harmless(again: str) -> None:
    with plain_shell() as shell:
        shell.run_line_magic(again, "tfwidgets")
        shell.run_line_magic(again, "tfwidgets")
        assert counts(shell) == LOADED


def test_unloading_what_is_not_loaded_is_harmless() -> None:
    from tfwidgets import unload_ipython_extension

    with plain_shell() as shell:
        unload_ipython_extension(shell)
        unload_ipython_extension(shell)
        assert counts(shell) == {"magics": 0, "settings": 0, "matchers": 0}


def test_a_shell_without_completer_is_served_too() -> None:
    from tfwidgets import load_ipython_extension, unload_ipython_extension

    with plain_shell() as shell:
        completer, shell.Completer = shell.Completer, None
        load_ipython_extension(shell)
        unload_ipython_extension(shell)
        shell.Completer = completer


def test_config_shows_every_setting(capsys: pytest.CaptureFixture[str]) -> None:
    with plain_shell() as shell:
        shell.run_line_magic("config", "TfWidgets")
    shown = capsys.readouterr().out
    for name in TfWidgets.class_trait_names(config=True):
        assert f"TfWidgets.{name}=" in shown


def test_config_sets_for_code_and_magics_alike() -> None:
    with plain_shell() as shell:
        shell.run_line_magic("config", "TfWidgets.batch_tokens = 77")
        assert settings().batch_tokens == 77


def test_a_profile_sets_what_the_extension_reads() -> None:
    with plain_shell({"TfWidgets": {"language": "de", "max_labels": 7}}):
        assert (settings().language, settings().max_labels) == ("de", 7)


@pytest.mark.parametrize(
    ("name", "bad", "words"),
    [
        ("batch_tokens", 0, "TfWidgets.batch_tokens must be at least 1, not 0."),
        ("max_labels", 1, "TfWidgets.max_labels must be at least 2, not 1."),
        ("hub_timeout", -3, "TfWidgets.hub_timeout must be at least 1, not -3."),
        ("max_loaded", 0, "TfWidgets.max_loaded must be at least 1, not 0."),
        ("batch_tokens", "many", "batch_tokens.*expected an int, not the str 'many'"),
        ("language", "xx", r"language.*expected any of \['auto', 'en', 'de'\], not the str 'xx'"),
    ],
)
def test_a_bad_value_is_refused_in_plain_words(
    name: str, bad: object, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    before = getattr(settings(), name)
    with plain_shell() as shell:
        shell.run_line_magic("config", f"TfWidgets.{name} = {bad!r}")
        assert getattr(settings(), name) == before
        assert len(caplog.messages) == 1
        assert "\n" not in caplog.text.strip()
        with pytest.raises(TraitError, match=words):
            setattr(settings(), name, bad)


def test_after_a_refused_value_everything_still_works(caplog: pytest.LogCaptureFixture) -> None:
    with plain_shell() as shell:
        shell.run_line_magic("config", "TfWidgets.max_labels = 9")
        shell.run_line_magic("config", "TfWidgets.batch_tokens = 0")
        shell.run_line_magic("config", "TfWidgets.hub_timeout = 2")
        shell.run_line_magic("reload_ext", "tfwidgets")
        shell.run_line_magic("config", "TfWidgets.batch_tokens = 55")
        shell.run_line_magic("reload_ext", "tfwidgets")
        assert counts(shell) == LOADED
        chosen = settings()
        assert (chosen.max_labels, chosen.hub_timeout, chosen.batch_tokens) == (9, 2, 55)


def test_a_bad_value_in_a_profile_does_not_stop_loading(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING), plain_shell({"TfWidgets": {"batch_tokens": 0}}) as shell:
        assert counts(shell) == LOADED
        assert "must be at least 1" in caplog.text
        assert settings().batch_tokens == 1024
        caplog.clear()
        shell.run_line_magic("reload_ext", "tfwidgets")
        assert not caplog.messages


def test_folders_come_from_the_setting_then_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TFWIDGETS_CACHE_DIR", str(tmp_path / "environment"))
    assert settings().cache_path == tmp_path / "environment"
    settings().cache_dir = str(tmp_path / "setting")
    assert settings().cache_path == tmp_path / "setting"


def test_folders_have_a_default_of_the_users_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TFWIDGETS_CACHE_DIR", raising=False)
    monkeypatch.delenv("TFWIDGETS_RUN_STORE", raising=False)
    chosen = settings()
    assert chosen.cache_path.name == "tfwidgets"
    assert chosen.run_store_path.name == "tfwidgets"
    chosen.run_store = "~/runs"
    assert chosen.run_store_path == Path.home() / "runs"
