"""Where output goes: to a notebook with a front end, or to a console or script.

Asked without importing IPython, so that a script never pays for it.
"""

from __future__ import annotations

import sys
from typing import Any


def shell() -> Any | None:
    """Return the running IPython shell, or None."""
    ipython = sys.modules.get("IPython")
    return (
        ipython.get_ipython() if ipython is not None and hasattr(ipython, "get_ipython") else None
    )


def has_cells() -> bool:
    """Tell whether the running code comes from a notebook that somebody has open.

    JupyterLab, Notebook and VS Code name the cell in their request; nbclient, nbconvert and
    papermill, which nobody looks at while they run, do not.
    """
    kernel = getattr(shell(), "kernel", None)
    if kernel is None:
        return False
    request = kernel.get_parent() or {}
    return "cellId" in request.get("metadata", {}) or "google.colab" in sys.modules


def in_notebook() -> bool:
    """Tell whether output goes to a Jupyter front end."""
    return getattr(shell(), "kernel", None) is not None
