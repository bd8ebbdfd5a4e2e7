"""Bytes of the built widgets, which a saved notebook holds once per widget."""

from __future__ import annotations

import gzip
from pathlib import Path

import tfwidgets


def main() -> None:
    for path in sorted((Path(tfwidgets.__file__).parent / "static").iterdir()):
        size, packed = path.stat().st_size, len(gzip.compress(path.read_bytes()))
        print(f"{path.name:16} {size:6,} bytes  ({packed:,} gzipped)")
