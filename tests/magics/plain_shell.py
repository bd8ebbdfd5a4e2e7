"""An IPython shell for tests: no front end, no history, no profile."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def plain_shell(config: dict[str, Any] | None = None, /, **variables: Any) -> Iterator[Any]:
    """Yield a shell that is not the process's one, with tfwidgets loaded and these variables."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    main = sys.modules["__main__"]
    quiet = Config({"HistoryManager": {"enabled": False}, "Completer": {"use_jedi": False}})
    quiet.merge(Config(config or {}))
    shell = InteractiveShell(config=quiet, user_ns=dict(variables))
    try:
        shell.extension_manager.load_extension("tfwidgets")
        yield shell
    finally:
        shell.extension_manager.unload_extension("tfwidgets")
        sys.modules["__main__"] = main


def completed(shell: Any, code: str) -> list[str]:
    """Return what IPython completes at the ``|`` in the code: the whole texts, cursors marked."""
    from IPython.core.completer import provisionalcompleter

    offset = code.index("|")
    code = code.replace("|", "", 1)
    with provisionalcompleter():
        found = shell.Completer.completions(code, offset)
        return sorted(code[: c.start] + c.text + "|" + code[c.end :] for c in found)
