"""Language models: to continue texts, or to fill gaps in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from tfwidgets.errors import InputError, ModelError
from tfwidgets.train.data.batches import IGNORED, pad_batch
from tfwidgets.train.data.dataset import EncodedDataset, Item, Ragged
from tfwidgets.train.tasks.masking import Masking, fresh, steady
from tfwidgets.train.tasks.packing import (
    Frame,
    encode_whole,
    framed,
    packed,
    shortened,
    sided,
    word_starts,
)
from tfwidgets.train.tasks.task import SHOWN
from tfwidgets.train.tasks.token_task import TokenTask, refuse_rows, texts_of
from tfwidgets.ui.text import one_line

if TYPE_CHECKING:
    import pandas as pd
    import torch

    from tfwidgets.train.data.reader import Reader
    from tfwidgets.train.data.source import Splits

BLOCK = 256
NEW_TOKENS = 40
_SHORTEST = 2
_PROMPT = 128
_SLACK = 8
_STARTS = "word_starts"
_HIDDEN = "hidden"


class Filled(NamedTuple):
    """What stands in a gap.

    Attributes
    ----------
    token
        The token, as text.
    score
        Its probability.
    text
        The whole text with it.
    """

    token: str
    score: float
    text: str


@dataclass
class CausalLanguageModeling(TokenTask):
    """Predict each token from those before it: learn to continue texts.

    Parameters
    ----------
    block_size
        Tokens per training row; by default what the model reads, at most 256. ``max_length``
        says the same.
    pack
        Join the texts, each ended by the token that ends a text, and cut the whole into blocks:
        no padding, nothing cut off. False keeps a text per row and cuts what is longer.
    """

    label: str | tuple[str, ...] | None = None
    block_size: int | None = None
    pack: bool = True
    name: ClassVar[str] = "text-generation"
    keeps_length: ClassVar[bool] = False
    shift: ClassVar[bool] = True
    _frame: Any = field(default=None, init=False, repr=False)

    def read(self, splits: Splits) -> None:
        """Check the options; texts were checked when their column was chosen."""
        if self.block_size is not None and self.max_length not in (None, self.block_size):
            raise InputError(
                f"block_size={self.block_size} and max_length={self.max_length} say the same thing "
                "twice: leave one out."
            )
        size = self.block_size or self.max_length
        if size is not None and (not isinstance(size, int) or size < _SHORTEST):
            raise InputError(f"block_size counts tokens, from {_SHORTEST} on, not {size!r}.")

    def adopt(self, config: Any) -> None:
        """Refuse models that do not predict the next token from those before it."""
        kind = config.model_type
        sees_all = kind == "xlm" and not getattr(config, "causal", False)
        if kind == "xlnet" or sees_all:
            way = "in permuted orders" if kind == "xlnet" else "with both sides in view"
            raise ModelError(
                f"{kind} models predict a token at its own place, {way}: trained to continue texts "
                "they would only copy.\nTake a decoder such as GPT-2 or Llama"
                + ("." if kind == "xlnet" else ", task='fill-mask', or a config with causal=True.")
            )

    def bind(self, reader: Reader) -> None:
        """Get to know the model, and set the size of the blocks."""
        self.max_length = self.block_size or self.max_length or min(reader.limit or BLOCK, BLOCK)
        super().bind(reader)
        self.block_size = self.max_length
        self.tokenizer = sided(self.tokenizer, "right")  # positions count from the left
        self._frame = Frame.of(self.tokenizer)

    @property
    def _end(self) -> tuple[int, ...]:
        """The token that ends a text."""
        ids = (self.tokenizer.eos_token_id, self.tokenizer.sep_token_id)
        return tuple(i for i in ids if i is not None)[:1]

    def encode(self, rows: pd.DataFrame, *, labelled: bool = True) -> EncodedDataset:
        """Encode texts and pack them; the texts are their own targets."""
        texts = framed(
            encode_whole(self.tokenizer, texts_of(rows, self.text[0])),
            self._frame.before,
            self._end,
        )
        if self.pack:
            blocks, origin = packed(texts, int(self.block_size or BLOCK))
            if len(blocks) > 1 and blocks.lengths[-1] < _SHORTEST:  # a lone token has no next one
                blocks, origin = Ragged(blocks.values, blocks.ends[:-1]), origin[:-1]
            too_short = blocks.lengths[-1] < _SHORTEST
            refuse_rows(rows, self.text[0], [too_short] * len(rows), "has no tokens to learn from.")
            return EncodedDataset(self, {"input_ids": blocks}, None, rows, origin)
        kept, cut = shortened(texts, int(self.block_size or BLOCK))
        refuse_rows(
            rows, self.text[0], (kept.lengths < _SHORTEST).tolist(), "has no tokens to learn from."
        )
        self.note_cut(int(cut.sum()), len(rows))
        return EncodedDataset(self, {"input_ids": kept}, None, rows)

    def collate(self, items: Sequence[Item], *, training: bool) -> tuple[Any, ...]:
        """Pad blocks; the target of a token is itself, that of padding nothing."""
        rows = [item.features for item in items]
        inputs = pad_batch(self.tokenizer, rows, multiple_of=self.multiple_of)
        # The padding token may be the one that ends a text: only the mask tells them apart.
        target = inputs["input_ids"].masked_fill(inputs["attention_mask"] == 0, IGNORED)
        return inputs, target

    def metrics(self) -> list[Any]:
        """Return perplexity, weighted by tokens, and the share of next tokens that are right."""
        from tfwidgets.train.tasks.token_metrics import Perplexity, TokenAccuracy

        return [Perplexity(shift=True), TokenAccuracy(shift=True)]

    def predict(
        self, learn: Any, rows: pd.DataFrame, *, max_new_tokens: int = NEW_TOKENS, **options: Any
    ) -> list[Any]:
        """Continue texts.

        Parameters
        ----------
        rows
            The beginnings.
        max_new_tokens
            Tokens that are written at most.
        options
            What transformers' ``generate`` takes: ``do_sample=True``, ``temperature``,
            ``num_beams``, …

        Returns
        -------
        list of str
            Each beginning with its continuation.
        """
        prompts = texts_of(rows, self.text[0])
        return [
            prompt + more
            for prompt, more in zip(
                prompts, self.continued(learn, prompts, max_new_tokens, **options), strict=True
            )
        ]

    def continued(
        self, learn: Any, prompts: Sequence[str], max_new_tokens: int, **options: Any
    ) -> list[str]:
        """Return what the model writes after each prompt."""
        from tfwidgets.train.tasks.generating import generate

        encoded = encode_whole(self.tokenizer, prompts)
        ids = [row.tolist() for row in framed(encoded, self._frame.before, ())]
        self._check_room(ids, max_new_tokens)
        new = generate(
            learn,
            [{"input_ids": row} for row in ids],
            side="left",
            tokenizer=self.tokenizer,
            max_new_tokens=max_new_tokens,
            **options,
        )
        return [self._after(row, more) for row, more in zip(ids, new, strict=True)]

    def _after(self, ids: list[int], more: list[int]) -> str:
        """Return the text of new tokens; in some vocabularies only the whole has its spaces."""
        before, whole = self.decoded_ids(ids), self.decoded_ids([*ids, *more])
        return whole[len(before) :] if whole.startswith(before) else self.decoded_ids(more)

    def _check_room(self, prompts: Sequence[Sequence[int]], new: int) -> None:
        if not isinstance(new, int) or new < 1:
            raise InputError(f"max_new_tokens must be at least 1, not {new!r}.")
        longest = max(map(len, prompts))
        if not min(map(len, prompts)):
            raise InputError("A prompt has no tokens that this model knows.")
        if self.limit and longest + new > self.limit:
            raise InputError(
                f"A prompt of {longest} tokens and {new} new ones are more than the model reads "
                f"({self.limit}). Shorten the prompt, or pass a smaller max_new_tokens."
            )

    @property
    def target_name(self) -> str:
        """Heading of the target's column: the texts are their own."""
        return self.text[0]

    def results(self, learn: Any, dataset: EncodedDataset, rows: Sequence[int]) -> pd.DataFrame:
        """Return beginnings of texts, how they go on, and how the model goes on."""
        import pandas as pd

        texts = [self._halves(dataset.features["input_ids"][row].tolist()) for row in rows]
        prompts = [self.decoded_ids(before) for before, _ in texts]
        longest = max(len(before) for before, _ in texts)
        # A prompt may come out some tokens longer when it is encoded again.
        room = NEW_TOKENS if self.limit is None else min(NEW_TOKENS, self.limit - longest - _SLACK)
        written = self.continued(learn, prompts, max(1, room), do_sample=False)
        return pd.DataFrame(
            {
                self.text[0]: [one_line(prompt, SHOWN) for prompt in prompts],
                "goes on": [
                    one_line(self.decoded_ids(after[:NEW_TOKENS]), SHOWN) for _, after in texts
                ],
                "predicted": [one_line(more, SHOWN) for more in written],
            }
        )

    def _halves(self, ids: list[int]) -> tuple[list[int], list[int]]:
        middle = max(len(self._frame.before) + 1, len(ids) // 2)
        return ids[max(0, middle - _PROMPT) : middle], ids[middle:]

    def settings(self) -> dict[str, Any]:
        """Return what a reader of the model card should know."""
        return {**super().settings(), "block_size": self.block_size, "pack": self.pack}


@dataclass
class MaskedLanguageModeling(TokenTask):
    """Find hidden tokens from those on both sides: adapt an encoder to texts of your field.

    Parameters
    ----------
    mask_share
        Share of the tokens that are to be found. In training other ones are hidden each time; in
        validation always the same ones, so that epochs can be compared.
    whole_word
        Hide all tokens of a word.
    pack
        Join the texts into blocks of ``max_length``; by default each text is a row.
    """

    label: str | tuple[str, ...] | None = None
    mask_share: float = 0.15
    whole_word: bool = False
    pack: bool = False
    name: ClassVar[str] = "fill-mask"
    keeps_length: ClassVar[bool] = False
    _frame: Any = field(default=None, init=False, repr=False)
    _masking: Any = field(default=None, init=False, repr=False)

    def read(self, splits: Splits) -> None:
        """Check the options; texts were checked when their column was chosen."""
        share = self.mask_share
        if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 < share < 1:
            raise InputError(f"mask_share is a share between 0 and 1, not {share!r}.")

    def adopt(self, config: Any) -> None:
        """Refuse encoder-decoders, which write a text anew instead of filling its gaps."""
        if getattr(config, "is_encoder_decoder", False):
            raise ModelError(
                f"{config.model_type} models read one text and write another: "
                "use task='text2text-generation', or an encoder such as BERT."
            )

    def bind(self, reader: Reader) -> None:
        """Get to know the model and its mask token."""
        super().bind(reader)
        if self.tokenizer.mask_token_id is None:
            raise InputError(
                f"The tokenizer of {reader.name} has no mask token: nothing can be hidden.\n"
                "Use a model that was trained to fill gaps (BERT, RoBERTa, DistilBERT, XLM), or "
                "task='text-generation' for a decoder."
            )
        self._frame = Frame.of(self.tokenizer)
        self._masking = Masking.of(self.tokenizer, self.mask_share)

    def encode(self, rows: pd.DataFrame, *, labelled: bool = True) -> EncodedDataset:
        """Encode texts; what is hidden is drawn when a batch is made."""
        texts = texts_of(rows, self.text[0])
        ids = encode_whole(self.tokenizer, texts)
        features = {"input_ids": ids}
        if self.whole_word:
            features[_STARTS] = word_starts(self.tokenizer, texts)
        before, after = self._frame.before, self._frame.after
        room = (self.max_length or BLOCK) - len(self._frame)
        origin = None
        if self.pack:
            between = after[:1] or before[:1]
            features = {k: framed(v, (), self._filled(k, between)) for k, v in features.items()}
            joined = {name: packed(values, room) for name, values in features.items()}
            features = {name: blocks for name, (blocks, _) in joined.items()}
            origin = joined["input_ids"][1]
        else:
            short = {name: shortened(values, room) for name, values in features.items()}
            features = {name: kept for name, (kept, _) in short.items()}
            self.note_cut(int(short["input_ids"][1].sum()), len(rows))
        free = [self._masking.candidates(row).any() for row in features["input_ids"]]
        if self.pack:
            kept_blocks = np.flatnonzero(free).tolist()
            features = {name: values.take(kept_blocks) for name, values in features.items()}
            origin = None if origin is None else origin[kept_blocks]
        else:
            refuse_rows(rows, self.text[0], [not any_ for any_ in free], "has no token to hide.")
        features = {
            name: framed(values, self._filled(name, before), self._filled(name, after))
            for name, values in features.items()
        }
        return EncodedDataset(self, features, None, rows, origin)

    @staticmethod
    def _filled(name: str, ids: Sequence[int]) -> tuple[int, ...]:
        """Return what stands for special tokens in a feature: each begins a word of its own."""
        return tuple(ids) if name == "input_ids" else (1,) * len(ids)

    def collate(self, items: Sequence[Item], *, training: bool) -> tuple[Any, ...]:
        """Hide tokens and pad."""
        rng = fresh() if training else None
        rows = []
        for item in items:
            features = item.dataset.features
            ids = features["input_ids"][item.index]
            starts = features[_STARTS][item.index] if _STARTS in features else None
            hidden, target = self._masking(ids, rng or steady(ids), starts)
            rows.append({"input_ids": hidden.tolist(), "labels": target.tolist()})
        inputs = pad_batch(self.tokenizer, rows, multiple_of=self.multiple_of)
        target = _as_wide(inputs.pop("labels"), inputs["input_ids"], self.tokenizer.padding_side)
        # No model reads this: it is there for those who show predictions.
        inputs[_HIDDEN] = target != IGNORED
        return inputs, target

    def metrics(self) -> list[Any]:
        """Return the share of hidden tokens that are found, and exp of the mean loss."""
        from tfwidgets.train.tasks.token_metrics import Perplexity, TokenAccuracy

        return [TokenAccuracy(), Perplexity(name="pseudo_perplexity")]

    def predict(
        self, learn: Any, rows: pd.DataFrame, *, top_k: int = 5, **unknown: Any
    ) -> list[Any]:
        """Fill the gaps in texts.

        Parameters
        ----------
        rows
            Texts with the tokenizer's mask token at one place or more.
        top_k
            How many tokens are named for each gap.

        Returns
        -------
        list
            For each text a list of ``Filled``, the likeliest first; a list of these for several
            gaps, the others left open in ``text``.

        Raises
        ------
        InputError
            When a text has no gap.
        """
        if unknown:
            raise InputError(f"predict has no option {next(iter(unknown))!r}; it has top_k.")
        if not isinstance(top_k, int) or not 1 <= top_k <= len(self.tokenizer):
            raise InputError(f"top_k must be between 1 and {len(self.tokenizer)}, not {top_k!r}.")
        mask = self.tokenizer.mask_token
        texts = texts_of(rows, self.text[0])
        encoded = framed(encode_whole(self.tokenizer, texts), self._frame.before, self._frame.after)
        for k, ids in enumerate(encoded):
            if self.tokenizer.mask_token_id not in ids:
                raise InputError(f"Row {k} has no gap: write {mask} where a token is to be found.")
            if self.limit and len(ids) > self.limit:
                raise InputError(
                    f"Row {k} has {len(ids)} tokens, the model reads {self.limit}: shorten it."
                )
        answers: list[Any] = []
        size = learn.dls.valid.bs
        for start in range(0, len(texts), size):
            several = [encoded[k].tolist() for k in range(start, min(start + size, len(texts)))]
            answers += self._fill(learn, texts[start : start + size], several, top_k)
        return answers

    def _fill(
        self, learn: Any, texts: Sequence[str], rows: Sequence[list[int]], top_k: int
    ) -> list[Any]:
        from tfwidgets.train.callback import logits_of
        from tfwidgets.train.inference import casting, evaluating
        from tfwidgets.train.wrapper import unwrapped

        device = unwrapped(learn.model).device
        inputs = pad_batch(self.tokenizer, [{"input_ids": row} for row in rows])
        at = inputs["input_ids"] == self.tokenizer.mask_token_id
        # Where the padding is the mask token itself, it is no gap.
        at &= inputs["attention_mask"].bool()
        with evaluating(learn.model), casting(learn, device):
            moved = {name: value.to(device) for name, value in inputs.items()}
            logits = logits_of(learn.model(moved))[at.to(device)]
        scores, ids = logits.float().softmax(-1).topk(top_k)
        gaps = iter(zip(scores.tolist(), ids.tolist(), strict=True))
        answers: list[Any] = []
        for text, count in zip(texts, at.sum(1).tolist(), strict=True):
            filled = [self._named(text, gap, *next(gaps)) for gap in range(count)]
            answers.append(filled[0] if count == 1 else filled)
        return answers

    def _named(self, text: str, gap: int, scores: list[float], ids: list[int]) -> list[Filled]:
        parts = text.split(self.tokenizer.mask_token)
        mask = self.tokenizer.mask_token
        before, after = mask.join(parts[: gap + 1]), mask.join(parts[gap + 1 :])
        answers = []
        for score, i in zip(scores, ids, strict=True):
            token = str(self.tokenizer.decode([i])).strip()
            # WordPiece marks what goes on with a word.
            joined = before.rstrip() + token[2:] if token.startswith("##") else before + token
            answers.append(Filled(token, score, joined + after))
        return answers

    def written(self, target: Any, inputs: Mapping[str, Any], k: int) -> str:
        """Return the hidden tokens, or what was predicted at their places."""
        hidden = inputs[_HIDDEN][k]
        ids = [int(i) for i, is_hidden in zip(target, hidden, strict=True) if is_hidden]
        found = [str(self.tokenizer.decode([i])).strip() for i in ids]
        return one_line(", ".join(found), SHOWN)

    def inputs_of(self, inputs: Mapping[str, Any], k: int) -> dict[str, str]:
        """Return the text with its gaps."""
        drop = set(self.tokenizer.all_special_ids) - {
            self.tokenizer.mask_token_id,
            self.tokenizer.unk_token_id,
        }
        kept = [int(i) for i in inputs["input_ids"][k] if int(i) not in drop]
        return {self.text[0]: one_line(str(self.tokenizer.decode(kept)), SHOWN)}

    @property
    def target_name(self) -> str:
        """Heading of the target's column."""
        return "hidden"

    def settings(self) -> dict[str, Any]:
        """Return what a reader of the model card should know."""
        return {
            **super().settings(),
            "mask_share": self.mask_share,
            "whole_word": self.whole_word,
            "pack": self.pack,
        }


def _as_wide(target: torch.Tensor, ids: torch.Tensor, side: str) -> torch.Tensor:
    """Fill targets up to the width of the inputs, where these were padded to a multiple."""
    from torch.nn.functional import pad

    missing = ids.shape[1] - target.shape[1]
    return pad(target, (missing, 0) if side == "left" else (0, missing), value=IGNORED)
