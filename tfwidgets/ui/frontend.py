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


def in_notebook() -> bool:
    """Tell whether output goes to a Jupyter front end."""
    return getattr(shell(), "kernel", None) is not None
