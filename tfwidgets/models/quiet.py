"""Loading a model without reports and bars spilling into the notebook."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet() -> Iterator[None]:
    """Keep transformers silent inside, and put back its verbosity and progress bars after.

    Its switch for progress bars also throws that of huggingface_hub, so both are put back.
    """
    from huggingface_hub.utils import are_progress_bars_disabled, disable_progress_bars
    from transformers.utils import logging

    verbosity = logging.get_verbosity()
    bars = logging.is_progress_bar_enabled()
    hub_bars = not are_progress_bars_disabled()
    try:
        logging.set_verbosity_error()
        if bars:
            logging.disable_progress_bar()
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()
            if not hub_bars:
                disable_progress_bars()
