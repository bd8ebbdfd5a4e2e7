"""Texts as nobody writes them, to find what ordinary ones do not."""

from __future__ import annotations

from random import Random

WORDS = (
    *("The", "quick", "brown", "fox", "tokenizers", "unhappily", "Fuchs", "größer", "Москва"),
    *("word", "words", "a word.", "New York", "new york", "Kafé", "kafe", "KAFÉ", "Newyork", "ẞ"),
)
ADDED = (
    *("<left>", "<right>", "<both>", "😀", "[MASK]", "[CLS]", "[UNK]", "<unk>", "</s>", "<s>"),
    *(
        "<|endoftext|>",
        "<|im_start|>",
        "<|im_end|>",
        "<extra_id_0>",
        "<0x0A>",
        "[mask]",
        "[ MASK ]",
    ),
    *('unk"><img src=x onerror=alert(1)>', "<lef", "t>", "[MA", "SK]"),
)
ODD = (
    *(
        "e\u0301",
        "\u0301",
        "a\u0300\u0323\u035f",
        "ﬁ",
        "İ",
        "ŉ",
        "ß",
        "ǆ",
        "Å",
        "Ω",
        "½",
        "①",
        "㎏",
    ),
    *("각", "각", "東京", "คำ", "ক্ষি", "한국", "\u00ad", "\u200b", "\u200d", "\ufeff", "\u2060"),
    *(
        "👩\u200d💻",
        "👨\u200d👩\u200d👧",
        "🏳️\u200d🌈",
        "👍🏽",
        "🇩🇪",
        "𝒳",
        "𐍈",
        "\U0001f600",
        "\U0010ffff",
    ),
    *("\x00", "\x01", "\x1b[31m", "\x7f", "\x85", "\u2028", "\ufffd", "\ufffe", "\u202eabc\u202c"),
    *("שלום", "مرحبا", "العَرَبِيَّة", "▁", "Ġ", "Ċ", "##ing", "<0x41>", "�", "ﷺ", "ffi", "ŀ"),
)
BLANKS = (
    *(" ", " ", " ", "  ", "      ", "\t", "\n", "\r\n", "\n\n\n", "\u00a0", "\u3000", "\u2003"),
    *("\u200a", "\v", "\f", "\u1680", "\u2009 "),
)
MARKS = (".", ",", "'s", "n't", "-", "--", "...", "!?", '"', "'", "(", ")", "_", "12", "3.14", "%")

_POOLS = (WORDS, ADDED, ODD, BLANKS, MARKS, None)


def random_text(draw: Random, most: int = 14) -> str:
    """Return up to ``most`` parts: what tokenizers stumble over, and any characters."""
    parts = []
    for _ in range(draw.randint(0, most)):
        pool = draw.choice(_POOLS)
        parts.append(_characters(draw) if pool is None else draw.choice(pool))
    return "".join(parts)


def random_texts(count: int, seed: int = 0, most: int = 14) -> list[str]:
    """Return random texts, the same for the same seed."""
    draw = Random(seed)  # noqa: S311 - nothing is kept secret here
    return [random_text(draw, most) for _ in range(count)]


def _characters(draw: Random) -> str:
    """Return one to three characters of anywhere, the first planes more often."""
    found = ""
    for _ in range(draw.randint(1, 3)):
        code = draw.randrange(draw.choice((0x80, 0x800, 0xD800, 0x20000, 0x110000)))
        found += "" if 0xD800 <= code < 0xE000 else chr(code)
    return found
