"""A copy of a Rust tokenizer whose truncation, padding and parts may be changed.

The model (vocabulary and merges) is shared, not copied, so that a copy takes a millisecond
where one through JSON takes up to a second. Nothing here ever changes a model.
"""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_HEAD = 4096  # characters of a file that hold all that stands before the vocabulary
_STRATEGIES = {
    "LongestFirst": "longest_first",
    "OnlyFirst": "only_first",
    "OnlySecond": "only_second",
}

PARTS = ("normalizer", "pre_tokenizer", "post_processor", "decoder")


def duplicate(tokenizer: Tokenizer) -> Tokenizer:
    """Return a copy that encodes the same, without truncation and padding."""
    from tokenizers import Tokenizer

    copy = Tokenizer(tokenizer.model)
    for part in PARTS:
        if (value := getattr(tokenizer, part)) is not None:
            setattr(copy, part, value)
    added = tokenizer.get_added_tokens_decoder()
    register(copy, [added[k] for k in sorted(added)])
    copy.encode_special_tokens = tokenizer.encode_special_tokens
    if not _same_ids(copy.get_added_tokens_decoder(), added):
        # Ids with gaps between them cannot be given to a fresh tokenizer.
        copy = Tokenizer.from_str(tokenizer.to_str())
        copy.no_truncation()
        copy.no_padding()
        copy.encode_special_tokens = tokenizer.encode_special_tokens
    return copy


def written(tokenizer: Any) -> tuple[dict[str, Any] | None, dict[str, Any] | None] | None:
    """Return truncation and padding from a tokenizer's file; None where it is not found.

    They stand at the beginning of ``tokenizer.json``, before megabytes of vocabulary.
    """
    places = [Path(str(getattr(tokenizer, "name_or_path", "") or "-"))]
    if vocabulary := getattr(tokenizer, "vocab_file", None):
        places.append(Path(str(vocabulary)).parent)
    file = next((f for place in places if (f := place / "tokenizer.json").is_file()), None)
    if file is None:
        return None
    try:
        with file.open(encoding="utf-8") as opened:
            head = opened.read(_HEAD)
        return _truncation(_value(head, "truncation")), _padding(_value(head, "padding"))
    except (OSError, ValueError, KeyError):
        return None


def _value(head: str, key: str) -> dict[str, Any] | None:
    """Read the value of a key, of which the rest of the file is not needed."""
    name = f'"{key}":'
    rest = head[head.index(name) + len(name) :].lstrip()
    value: dict[str, Any] | None
    value, _ = json.JSONDecoder().raw_decode(rest)
    return value


def _truncation(part: dict[str, Any] | None) -> dict[str, Any] | None:
    if part is None:
        return None
    return {
        "max_length": part["max_length"],
        "stride": part["stride"],
        "strategy": _STRATEGIES[part["strategy"]],
        "direction": str(part.get("direction", "right")).lower(),
    }


def _padding(part: dict[str, Any] | None) -> dict[str, Any] | None:
    if part is None:
        return None
    strategy = part["strategy"]
    return {
        "length": strategy["Fixed"] if isinstance(strategy, dict) else None,
        "pad_to_multiple_of": part.get("pad_to_multiple_of"),
        "pad_id": part["pad_id"],
        "pad_token": part["pad_token"],
        "pad_type_id": part["pad_type_id"],
        "direction": str(part.get("direction", "right")).lower(),
    }


def configure(
    tokenizer: Tokenizer, truncation: dict[str, Any] | None, padding: dict[str, Any] | None
) -> None:
    """Give a tokenizer truncation and padding as another one has them."""
    if truncation is None:
        tokenizer.no_truncation()
    else:
        tokenizer.enable_truncation(**truncation)
    if padding is None:
        tokenizer.no_padding()
    else:
        tokenizer.enable_padding(**padding)


def register(tokenizer: Tokenizer, added: list[Any]) -> None:
    """Add tokens in their order, special ones as such, in as few calls as that takes."""
    for special, tokens in groupby(added, key=lambda token: bool(token.special)):
        (tokenizer.add_special_tokens if special else tokenizer.add_tokens)(list(tokens))


def state(component: Any) -> dict[str, Any]:
    """Return a component's settings as its JSON has them; empty for one written in Python."""
    try:
        settings: dict[str, Any] = json.loads(component.__getstate__())
    except Exception:
        return {}
    return settings


def name(component: Any) -> str:
    """Return what the library calls a component: ``"ByteLevel"``, ``"BertNormalizer"``."""
    return type(component).__name__


def _same_ids(one: dict[int, Any], other: dict[int, Any]) -> bool:
    return {k: token.content for k, token in one.items()} == {
        k: token.content for k, token in other.items()
    }
