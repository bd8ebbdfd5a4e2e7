"""Small tokenizers of every kind, trained in a moment on a few sentences."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

from tokenizers import (
    AddedToken,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    trainers,
)
from tokenizers import processors as posts

UNKNOWN, WORDPIECE_UNKNOWN = "<unk>", "[UNK]"

CORPUS = [
    "The quick brown fox jumps over the lazy dog, and the dog does not mind it at all.",
    "Tokenizers cut texts into pieces; unhappily some words are cut into many of them.",
    "Der schnelle braune Fuchs springt über den faulen Hund, größer als ein Bär.",
    "Café, naïve, résumé: accents count for something, don't they?  Two blanks here.",
    "print('hello world')\n\tfor k in range(10):\n\t\treturn k ** 2 + 1",
    "Москва слезам не верит. 東京 タワー ﬁne office ①②③",
    "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789",
    " .,;:!?'\"()[]{}<>-_=+*/\\|@#$%&~^`",
]

ADDED = [
    AddedToken("<left>", lstrip=True, normalized=False),
    AddedToken("<right>", rstrip=True, normalized=False),
    AddedToken("<both>", lstrip=True, rstrip=True, normalized=False, special=True),
    AddedToken("word", single_word=True, normalized=False),
    AddedToken("Kafé", normalized=True),
    AddedToken("New York", normalized=True, single_word=True),
    AddedToken("ẞ", normalized=True),
    AddedToken("😀", normalized=False),
    AddedToken('unk"><img src=x onerror=alert(1)>', normalized=False),
]
"""Added tokens of every kind; those with ``normalized`` are looked for after the normalizer."""


def texts_of(kind: str) -> list[str]:
    return CORPUS * (20 if kind == "Unigram" else 3)


def wordpiece(normalizer: Any) -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(unk_token=WORDPIECE_UNKNOWN))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(vocab_size=400, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator(texts_of("WordPiece"), trainer)
    tokenizer.post_processor = posts.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


def bert() -> Tokenizer:
    return wordpiece(normalizers.BertNormalizer(lowercase=True))


def sequence() -> Tokenizer:
    parts = [normalizers.NFD(), normalizers.Lowercase(), normalizers.StripAccents()]
    return wordpiece(normalizers.Sequence([*parts, normalizers.Strip()]))


def byte_bpe() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=500,
        special_tokens=["<|endoftext|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts_of("BPE"), trainer)
    tokenizer.post_processor = posts.ByteLevel(trim_offsets=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def roberta() -> Tokenizer:
    """Byte-level with a prefix space and trimmed offsets."""
    tokenizer = byte_bpe()
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.add_special_tokens(["<s>", "</s>"])
    ends = [(name, tokenizer.token_to_id(name)) for name in ("</s>", "<s>")]
    tokenizer.post_processor = posts.RobertaProcessing(*ends)
    return tokenizer


def unigram(prepend_scheme: str) -> Tokenizer:
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC()])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme=prepend_scheme)
    trainer = trainers.UnigramTrainer(
        vocab_size=300,
        special_tokens=["<pad>", "</s>", "<unk>"],
        unk_token=UNKNOWN,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts_of("Unigram"), trainer)
    pair = [("</s>", tokenizer.token_to_id("</s>"))]
    tokenizer.post_processor = posts.TemplateProcessing("$A </s>", "$A </s> $B:1 </s>:1", pair)
    tokenizer.decoder = decoders.Metaspace()
    return tokenizer


def fallback_bpe() -> Tokenizer:
    """As Llama has it: bytes for unknown characters, blanks as marks, no pre-tokenizer."""
    learner = Tokenizer(models.BPE())
    special = [UNKNOWN, "<s>", "</s>"]
    trainer = trainers.BpeTrainer(vocab_size=450, special_tokens=special, show_progress=False)
    learner.train_from_iterator(("▁" + "▁".join(text.split()) for text in CORPUS), trainer)
    learned = json.loads(learner.to_str())["model"]
    vocabulary = learned["vocab"]
    for byte in range(256):
        vocabulary[f"<0x{byte:02X}>"] = len(vocabulary)
    tokenizer = Tokenizer(
        models.BPE(
            vocab=vocabulary,
            merges=[tuple(pair) for pair in learned["merges"]],
            unk_token=UNKNOWN,
            fuse_unk=True,
            byte_fallback=True,
        )
    )
    tokenizer.add_special_tokens(special)
    marks = [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    tokenizer.normalizer = normalizers.Sequence(marks)
    start = [("<s>", tokenizer.token_to_id("<s>"))]
    tokenizer.post_processor = posts.TemplateProcessing("<s> $A", "<s> $A <s> $B:1", start)
    parts = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    tokenizer.decoder = decoders.Sequence(parts)
    return tokenizer


MAKERS: dict[str, Callable[[], Tokenizer]] = {
    "WordPiece": bert,
    "WordPiece after a sequence": sequence,
    "byte-level BPE": byte_bpe,
    "byte-level BPE with a prefix space": roberta,
    "Unigram, first": lambda: unigram("first"),
    "Unigram, always": lambda: unigram("always"),
    "BPE with byte fallback": fallback_bpe,
}


@cache
def trained(name: str) -> Tokenizer:
    """Return one of ``MAKERS``, with all of ``ADDED``; it is shared, so leave it as it is."""
    tokenizer = MAKERS[name]()
    tokenizer.add_tokens(ADDED)
    return tokenizer


@cache
def plain(name: str) -> Tokenizer:
    """Return one of ``MAKERS`` without further added tokens."""
    return MAKERS[name]()


def dressed(name: str, **options: Any) -> Any:
    """Return one of ``MAKERS`` as a tokenizer of transformers, fresh."""
    from transformers import PreTrainedTokenizerFast

    fresh = Tokenizer.from_str(plain(name).to_str())
    return PreTrainedTokenizerFast(tokenizer_object=fresh, **options)
