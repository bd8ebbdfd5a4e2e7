"""2 000 texts, five labels, the same encoder: ``tfw.classify`` against sentence-transformers.

The peer does what its documentation shows: ``encode`` texts and filled templates, then the
cosine. It is given its default batch size and the best of three. Both read the same texts
in this process, with the same threads, alternating.
"""

from __future__ import annotations

import statistics

import numpy as np
import torch

import tfwidgets as tfw
from benchmarks.texts import paragraphs
from benchmarks.timing import interleaved, spread
from tfwidgets.classify.labels import DEFAULT_TEMPLATES

COUNT, ROUNDS = 2000, 3
LABELS = ["files", "networking", "mathematics", "text processing", "testing"]
BATCH_SIZES = (32, 16, 64)


def main() -> None:
    from sentence_transformers import SentenceTransformer

    texts = paragraphs(COUNT)
    peer = SentenceTransformer(str(tfw.load("demo/minilm").folder), device="cpu")
    prompts = [template.format(label) for template in DEFAULT_TEMPLATES for label in LABELS]

    def cosines(batch_size: int) -> np.ndarray:
        def encode(batch: list[str]) -> np.ndarray:
            return peer.encode(
                batch, batch_size=batch_size, normalize_embeddings=True, show_progress_bar=False
            )

        anchors = encode(prompts).reshape(len(DEFAULT_TEMPLATES), len(LABELS), -1).mean(0)
        return encode(texts) @ (anchors / np.linalg.norm(anchors, axis=1, keepdims=True)).T

    def ours() -> tfw.Classification:
        return tfw.classify(texts, LABELS, progress=False)

    candidates = {"tfw.classify": ours}
    for size in BATCH_SIZES:
        candidates[f"sentence-transformers, batches of {size}"] = lambda size=size: cosines(size)
    seconds = interleaved(candidates, ROUNDS)
    _same_answers(ours(), cosines(BATCH_SIZES[0]))

    lengths = [len(text) for text in texts]
    print(
        f"{COUNT} texts of {min(lengths)} to {max(lengths)} characters "
        f"(median {statistics.median(lengths):.0f}), {torch.get_num_threads()} threads, CPU"
    )
    for name, values in seconds.items():
        rate = COUNT / statistics.median(values)
        print(f"  {name:42} {spread(values, ' s')}  {rate:6.0f} texts/s")
    mine = statistics.median(seconds.pop("tfw.classify"))
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    default, best = next(iter(medians.values())), min(medians.values())
    print(f"  ratio to its default: {default / mine:.2f}; to its best: {best / mine:.2f}")


def _same_answers(ours: tfw.Classification, cosines: np.ndarray) -> None:
    powers = np.exp(20 * (cosines - cosines.max(1, keepdims=True)))
    difference = np.abs(ours.scores - powers / powers.sum(1, keepdims=True)).max()
    print(f"largest difference between the two in any score: {difference:.1e}")
    assert difference < 1e-3
