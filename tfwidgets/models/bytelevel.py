"""The bytes behind the pieces of byte-level tokenizers.

GPT-2 (Radford et al. 2019) writes each byte as a printable character; SentencePiece falls
back to names such as ``<0xE2>``.
"""

from __future__ import annotations

import re
from functools import cache

_NAMED = re.compile(r"<0x([0-9A-Fa-f]{2})>")


@cache
def alphabet() -> dict[str, int]:
    """Return which character stands for which byte."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(256) if byte not in printable]
    names = {chr(byte): byte for byte in printable}
    return names | {chr(256 + k): byte for k, byte in enumerate(hidden)}


def piece_bytes(piece: str, *, byte_level: bool) -> bytes | None:
    """Return the bytes of a piece, or None where it is not written as bytes."""
    if named := _NAMED.fullmatch(piece):
        return bytes([int(named[1], 16)])
    if not byte_level or not piece:
        return None
    values = [alphabet().get(character) for character in piece]
    return None if None in values else bytes(value for value in values if value is not None)
