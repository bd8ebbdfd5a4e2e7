"""Real English paragraphs of mixed length that every machine has: the standard library's docs."""

from __future__ import annotations

import ast
import sysconfig
from collections.abc import Iterator
from pathlib import Path


def paragraphs(count: int) -> list[str]:
    """Return distinct paragraphs of 20 to 1500 characters from docstrings, in a fixed order."""
    found: dict[str, None] = {}
    for text in _docstrings():
        for paragraph in text.split("\n\n"):
            line = " ".join(paragraph.split())
            if 20 <= len(line) <= 1500:
                found[line] = None
            if len(found) == count:
                return list(found)
    raise RuntimeError(f"There are only {len(found)} paragraphs in this standard library.")


def prose(characters: int) -> str:
    """Return running English text of that length: docstrings, one after the other."""
    parts: list[str] = []
    length = 0
    for text in _docstrings():
        parts.append(text)
        length += len(text) + 2
        if length >= characters:
            return "\n\n".join(parts)[:characters]
    whole = "\n\n".join(parts)
    # A larger text than there is repeats itself, which no tokenizer gains from.
    return (whole * (characters // len(whole) + 1))[:characters]


def _docstrings() -> Iterator[str]:
    for path in sorted(Path(sysconfig.get_path("stdlib")).glob("*.py")):
        tree = ast.parse(path.read_text("utf-8", errors="replace"))
        for node in ast.walk(tree):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
                yield ast.get_docstring(node) or ""
