"""Run all benchmarks, or those named: ``python -m benchmarks classify``."""

from __future__ import annotations

import sys
from importlib import import_module

ALL = (
    "extension",
    "classify",
    "tokens",
    "attention",
    "bundles",
    "training",
    "training_accuracy",
    "dashboard",
    "hub_index",
    "hub_network",
)


def main() -> None:
    for name in sys.argv[1:] or ALL:
        print(f"\n== {name}")
        import_module(f"benchmarks.{name}").main()


main()
