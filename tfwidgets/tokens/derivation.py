"""How the model divides one word: merges, greedy pieces, or the best path.

Replayed from the vocabulary: byte-pair encoding (Sennrich et al. 2016,
https://arxiv.org/abs/1508.07909), WordPiece (Schuster & Nakajima 2012; the greedy longest match
of BERT), Unigram (Kudo 2018, https://arxiv.org/abs/1804.10959). Each result is compared with
what the tokenizer's own model gives.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from tfwidgets.errors import InputError
from tfwidgets.tokens import backend

# The Unigram model of the library gives an unknown character this much less than the rarest piece.
_UNKNOWN_PENALTY = 10.0
PATHS = 3
LONGEST = 200  # characters; a longer word would be unreadable, and its merges take long


class Deriver:
    """Replays one tokenizer's model; reads its vocabulary once."""

    def __init__(self, rust: Any) -> None:
        self.model = rust.model
        self.algorithm = backend.name(self.model)
        self._settings: dict[str, Any] | None = None
        self._ranks: dict[tuple[str, str], int] | None = None
        self._scores: dict[str, float] | None = None

    def derive(self, word: str) -> dict[str, Any]:
        """Return the derivation of a pre-token as the page draws it.

        Raises
        ------
        InputError
            When the word is too long to be drawn, or the model is of no known kind.
        """
        if len(word) > LONGEST:
            raise InputError(f"This word has {len(word):,} characters: too many to draw.")
        ways = {
            "BPE": self.merges,
            "WordPiece": self.longest_pieces,
            "Unigram": self.best_paths,
            "WordLevel": self.lookup,
        }
        if self.algorithm not in ways:
            raise InputError(f"There is no derivation for a {self.algorithm} model.")
        return {"algorithm": self.algorithm, "word": word} | ways[self.algorithm](word)

    @property
    def settings(self) -> dict[str, Any]:
        """The model as its JSON has it; takes up to a second for a large vocabulary."""
        if self._settings is None:
            self._settings = backend.state(self.model)
        return self._settings

    def merges(self, word: str) -> dict[str, Any]:
        """Replay byte-pair encoding: always the pair with the lowest rank, the leftmost first."""
        ranks = self._merge_ranks()
        symbols = self._symbols(word)
        parts = list(symbols)
        prefix = self.model.continuing_subword_prefix or ""
        steps = []
        while pairs := [
            (ranks[pair], k) for k, pair in enumerate(pairwise(parts)) if pair in ranks
        ]:
            rank, at = min(pairs)
            left, right = parts[at : at + 2]
            parts[at : at + 2] = [left + right[len(prefix) :]]
            steps.append({"rank": rank, "left": left, "right": right, "parts": list(parts)})
        given = [token.value for token in self.model.tokenize(word)]
        whole = self.model.token_to_id(word) is not None
        direct = bool(self.model.ignore_merges) and whole and given == [word]
        return {
            "direct": direct,
            "symbols": symbols,
            "merges": steps,
            "exact": direct or parts == given or self._with_unknown(parts, given),
        }

    def _with_unknown(self, made: list[str], given: list[str]) -> bool:
        """Tell whether the two differ only in symbols that the vocabulary lacks.

        The model names them otherwise (the unknown token, bytes) and joins neighbours.
        """
        known = [text for text in made if self.model.token_to_id(text) is not None]
        return len(known) < len(made) and known == [text for text in given if text in set(known)]

    def _symbols(self, word: str) -> list[str]:
        prefix = self.model.continuing_subword_prefix or ""
        suffix = self.model.end_of_word_suffix or ""
        symbols = [prefix * (k > 0) + character for k, character in enumerate(word)]
        symbols[-1] += suffix
        if self.model.byte_fallback:
            symbols = [part for symbol in symbols for part in self._or_bytes(symbol)]
        return symbols

    def _or_bytes(self, symbol: str) -> list[str]:
        if self.model.token_to_id(symbol) is not None:
            return [symbol]
        fallback = [f"<0x{byte:02X}>" for byte in symbol.encode()]
        known = all(self.model.token_to_id(part) is not None for part in fallback)
        return fallback if known else [symbol]

    def _merge_ranks(self) -> dict[tuple[str, str], int]:
        if self._ranks is None:
            pairs = self.settings.get("merges", [])
            split = (pair.split(" ") if isinstance(pair, str) else pair for pair in pairs)
            self._ranks = {(left, right): rank for rank, (left, right) in enumerate(split)}
        return self._ranks

    def longest_pieces(self, word: str) -> dict[str, Any]:
        """Replay WordPiece: the longest piece that the vocabulary has, again and again."""
        model = self.model
        steps: list[dict[str, Any]] = []
        start = 0
        while start < len(word):
            prefix = model.continuing_subword_prefix if start else ""
            for end in range(len(word), start, -1):
                piece = prefix + word[start:end]
                if model.token_to_id(piece) is not None:
                    break
            else:
                # One part without a piece makes the whole word unknown.
                tried = len(word) - start
                steps.append(
                    {"piece": model.unk_token, "rest": word[start:], "tried": tried, "known": False}
                )
                break
            tried = len(word) - end
            steps.append({"piece": piece, "rest": word[end:], "tried": tried, "known": True})
            start = end
        known = all(step["known"] for step in steps)
        if len(word) > model.max_input_chars_per_word:
            known = False
            steps = [{"piece": model.unk_token, "rest": "", "tried": 0, "known": False}]
        made = [step["piece"] for step in steps] if known else [model.unk_token]
        return {"steps": steps, "exact": made == [t.value for t in model.tokenize(word)]}

    def best_paths(self, word: str) -> dict[str, Any]:
        """Return the paths through all pieces with the highest sums of log probabilities."""
        scores = self._piece_scores()
        unknown = min(scores.values(), default=0.0) - _UNKNOWN_PENALTY
        longest = max(map(len, scores), default=1)
        # For each position the best ways to get there: (score, where from, which way there).
        best: list[list[tuple[float, int, int]]] = [[(0.0, -1, 0)]] + [[] for _ in word]
        for end in range(1, len(word) + 1):
            ways = []
            for start in range(max(0, end - longest), end):
                piece = word[start:end]
                score = scores.get(piece)
                if score is None and end - start == 1:
                    score = unknown
                if score is not None:
                    ways += [
                        (before + score, start, k) for k, (before, *_) in enumerate(best[start])
                    ]
            ways.sort(key=lambda way: -way[0])
            best[end] = ways[:PATHS]
        paths: list[dict[str, Any]] = []
        for rank in range(len(best[-1]) if word else 0):
            pieces: list[dict[str, Any]] = []
            end, k = len(word), rank
            while end > 0:
                _, start, before = best[end][k]
                piece = word[start:end]
                known = piece in scores
                pieces.insert(
                    0, {"piece": piece, "score": scores.get(piece, unknown), "known": known}
                )
                end, k = start, before
            paths.append({"score": best[-1][rank][0], "pieces": pieces})
        best_pieces = paths[0]["pieces"] if paths else []
        made = [piece["piece"] for piece in best_pieces]
        given = [token.value for token in self.model.tokenize(word)]
        return {"paths": paths, "exact": made == given or self._with_unknown(made, given)}

    def _piece_scores(self) -> dict[str, float]:
        if self._scores is None:
            rows = self.settings.get("vocab", [])
            self._scores = {piece: float(score) for piece, score in rows}
        return self._scores

    def lookup(self, word: str) -> dict[str, Any]:
        """Return the one piece that a word is looked up as."""
        known = self.model.token_to_id(word) is not None
        piece = word if known else str(self.model.unk_token)
        given = [token.value for token in self.model.tokenize(word)]
        return {"piece": piece, "known": known, "exact": given == [piece]}
