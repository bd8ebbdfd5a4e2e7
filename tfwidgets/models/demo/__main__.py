"""Make demo models ready from a terminal: ``python -m tfwidgets.models.demo``."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tfwidgets.config import settings
from tfwidgets.errors import TfWidgetsError
from tfwidgets.models.demo import CATALOG, find, prepare

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Prepare the named demo models, or all, and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m tfwidgets.models.demo",
        description="Check the installed demo weights and convert them once, for later use.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(CATALOG)}")
    parser.add_argument("--cache-dir", type=Path, metavar="DIR", help="where to keep the result")
    options = parser.parse_args(arguments)
    cache_dir = options.cache_dir or settings().cache_path
    status = 0
    for name in options.names or CATALOG:
        started = time.perf_counter()
        try:
            folder = prepare(find(name), cache_dir)
        except TfWidgetsError as error:
            print(f"{name}: {error}", file=sys.stderr)
            status = 1
        else:
            print(f"{name}  {time.perf_counter() - started:.1f} s  {folder}")
    return status


if __name__ == "__main__":
    sys.exit(main())
