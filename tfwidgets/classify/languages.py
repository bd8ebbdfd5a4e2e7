"""Tell when texts are clearly in a language that the model was not made for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Any

from tfwidgets.ui.strings import table

# Measured on 825 English one-liners of 20 characters and more: none falls below, while
# plain German, French, Spanish, Russian and Chinese sentences lie at 0.0011 and less.
CLEARLY_NOT = 0.002
CLEARLY = 0.3
SAMPLE = 200


def strangers(texts: Sequence[str], languages: Sequence[str]) -> tuple[list[int], str, int]:
    """Find texts that are clearly in none of ``languages``.

    Parameters
    ----------
    texts
        What to look at; of many, an evenly spread sample.
    languages
        ISO 639-1 codes that the model reads.

    Returns
    -------
    positions, language, looked_at
        Where they stand, the code of the language that most of them look like, and how
        many texts were looked at.
    """
    step = max(1, len(texts) // SAMPLE)
    sample = range(0, len(texts), step)
    found: list[int] = []
    guesses: Counter[str] = Counter()
    for k in sample:
        ranked = _identifier().rank(texts[k][:1000])
        confidence = ranked[0][1]
        # It also knows dialects; what people call it is the best-ranked one with a name.
        guess = next((code for code, _ in ranked if code in table("languages")), ranked[0][0])
        ours = sum(p for code, p in ranked if code in languages)
        if ours < CLEARLY_NOT and confidence >= CLEARLY:
            found.append(k)
            guesses[guess] += 1
    return found, guesses.most_common(1)[0][0] if guesses else "", len(sample)


@cache
def _identifier() -> Any:
    # py3langid: a small offline model on numpy alone; 0.1 ms per sentence.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
