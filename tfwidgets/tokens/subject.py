"""The tokenizer under inspection: what was given, and a copy that is used.

Where something is padded or cut, a transformers tokenizer is called as anybody calls it, but
on a copy whose Rust part is a copy too, since a call changes truncation and padding of the object
that is called. Else the copy of the Rust part is asked directly, which gives the same.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from tfwidgets.errors import InputError, ModelError
from tfwidgets.models.texts import Texts
from tfwidgets.tokens import aligned, backend
from tfwidgets.tokens.encoded import Bools, Encoded, from_rust
from tfwidgets.tokens.settings import Settings

# Tokenizers without a limit of their own report an astronomically large one.
_NO_LIMIT = 10**9
_COMMON_PADS = ("[PAD]", "<pad>", "<|pad|>", "<|endoftext|>")


class Subject:
    """A tokenizer with a name.

    Parameters
    ----------
    tokenizer
        A tokenizer of transformers, or a ``tokenizers.Tokenizer``.
    name
        What to call it; by default what its configuration calls it.
    """

    def __init__(self, tokenizer: Any, name: str | None = None) -> None:
        from tokenizers import Tokenizer

        self.tokenizer = tokenizer
        self._raw = isinstance(tokenizer, Tokenizer)
        if not self._raw and not (callable(tokenizer) and hasattr(tokenizer, "get_vocab")):
            raise InputError(
                "A tokenizer comes from transformers or tokenizers, "
                f"not {type(tokenizer).__name__}."
            )
        given = tokenizer if self._raw else getattr(tokenizer, "backend_tokenizer", None)
        self._given = given if isinstance(given, Tokenizer) else None
        self.name = name or self._own_name()

    @cached_property
    def rust(self) -> Any:
        """A copy of the Rust tokenizer, without truncation and padding; or None."""
        return None if self._given is None else backend.duplicate(self._given)

    @property
    def algorithm(self) -> str | None:
        """``"WordPiece"``, ``"BPE"``, ``"Unigram"``, ``"WordLevel"``; or None."""
        return None if self._given is None else backend.name(self._given.model)

    @property
    def kind(self) -> str:
        """The class of the tokenizer."""
        return type(self.tokenizer).__name__

    @property
    def size(self) -> int:
        """Number of ids, added tokens included."""
        if self._given is not None:
            return int(self._given.get_vocab_size(with_added_tokens=True))
        return len(self.tokenizer)

    @property
    def context(self) -> int | None:
        """Most tokens that its model reads; None where there is no limit."""
        limit = getattr(self.tokenizer, "model_max_length", None)
        return int(limit) if limit and 0 < limit < _NO_LIMIT else None

    @cached_property
    def shipped(self) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
        """Truncation and padding that the tokenizer's own file brings with it."""
        if self._given is None:
            return None, None
        # A tokenizer of transformers has by now what the last call left in it.
        written = None if self._raw else backend.written(self.tokenizer)
        return written or (self._given.truncation, self._given.padding)

    @property
    def pad(self) -> tuple[int, str] | None:
        """Id and name of the padding token, or None."""
        if self._given is not None and self._raw:
            if padding := self._given.padding:
                return int(padding["pad_id"]), str(padding["pad_token"])
            known = ((self._given.token_to_id(name), name) for name in _COMMON_PADS)
            return next(((k, name) for k, name in known if k is not None), None)
        token = getattr(self.tokenizer, "pad_token", None)
        return None if token is None else (int(self.tokenizer.pad_token_id), str(token))

    @cached_property
    def unknown(self) -> int | None:
        """Id that stands for what the vocabulary lacks, or None."""
        if not self._raw:
            return getattr(self.tokenizer, "unk_token_id", None)
        model = self._given.model if self._given is not None else None
        token = getattr(model, "unk_token", None)
        return self._given.token_to_id(token) if self._given is not None and token else None

    def is_unknown(self, row: Encoded) -> Bools:
        """Return which tokens stand for what the vocabulary lacks: bool, shape (n,).

        Not those that the tokenizer put in, nor the unknown token where the text spells it.
        """
        if self.unknown is None:
            return np.zeros(len(row), dtype=np.bool_)
        found = (row.ids == self.unknown) & ~row.special_mask & (row.attention_mask == 1)
        name = self.piece(self.unknown)
        for k in np.flatnonzero(found & row.placed).tolist():
            found[k] = row.text_of(k).strip() != name
        return np.asarray(found, dtype=np.bool_)

    @cached_property
    def added(self) -> dict[int, Any]:
        """Added tokens by id."""
        if self._given is not None:
            return dict(self._given.get_added_tokens_decoder())
        try:
            known = self.tokenizer.added_tokens_decoder
            return dict(known() if callable(known) else known)
        except (AttributeError, NotImplementedError, TypeError):
            return {}

    @cached_property
    def byte_level(self) -> bool:
        """Whether its pieces are bytes, written as GPT-2 writes them."""
        if self._given is None:
            return False
        parts = (self._given.pre_tokenizer, self._given.decoder, self._given.normalizer)
        return any("ByteLevel" in str(backend.state(part)) for part in parts if part is not None)

    @property
    def gives_type_ids(self) -> bool:
        """Whether the model is told which text of a pair a token belongs to."""
        return self._raw or "token_type_ids" in getattr(self.tokenizer, "model_input_names", ())

    @property
    def continuation(self) -> str:
        """What stands before a piece that goes on within a word: ``"##"``; "" without such."""
        model = None if self._given is None else self._given.model
        return str(getattr(model, "continuing_subword_prefix", None) or "")

    def fill_in(self, settings: Settings, *, padding: bool, truncation: bool) -> Settings:
        """Add what holds where nothing was said on padding, or on truncation.

        A ``tokenizers.Tokenizer`` does what its file says; transformers switches that off.
        """
        shipped = self.as_shipped if self._raw else None
        if shipped is None:
            return settings
        special = settings.add_special_tokens
        if padding and truncation and settings == Settings(add_special_tokens=special):
            return replace(shipped, add_special_tokens=special)
        limit = settings.max_length
        if truncation and settings.truncation == "none" and shipped.truncation != "none":
            length = limit or (self.shipped[0] or {}).get("max_length")
            settings = replace(settings, truncation=shipped.truncation, max_length=length)
        if padding and settings.padding == "none":
            settings = replace(
                settings,
                padding=shipped.padding,
                padding_side=settings.padding_side or shipped.padding_side,
                pad_to_multiple_of=settings.pad_to_multiple_of or shipped.pad_to_multiple_of,
                max_length=settings.max_length or (self.shipped[1] or {}).get("length"),
            )
        return settings

    @property
    def as_shipped(self) -> Settings | None:
        """What the tokenizer's file brings with it as settings; None where it brings nothing."""
        truncation, padding = self.shipped
        if truncation is None and padding is None:
            return None
        length = (padding or {}).get("length")
        limit = (truncation or {}).get("max_length") or length
        fixed = "longest" if length is None else "max_length"
        return Settings(
            padding="none" if padding is None else fixed,
            truncation="none" if truncation is None else str(truncation["strategy"]),
            max_length=None if limit is None else int(limit),
            padding_side=None if padding is None else str(padding["direction"]),
            pad_to_multiple_of=(padding or {}).get("pad_to_multiple_of"),
            stride=int((truncation or {}).get("stride") or 0),
            shipped=True,
        )

    def piece(self, k: int) -> str:
        """Return the vocabulary's name of an id; "" for one that it does not have."""
        if self._given is not None:
            found = self._given.id_to_token(k)
        else:
            try:
                found = self.tokenizer.convert_ids_to_tokens(k)
            except Exception:  # libraries differ in what they raise for an unknown id
                found = None
        return str(found) if found is not None else ""

    def decode(self, ids: Sequence[int]) -> str:
        """Return what ids mean as text, special ones included."""
        if self._raw and self._given is not None:
            return str(self._given.decode(list(ids), skip_special_tokens=False))
        try:
            return str(self.tokenizer.decode(list(ids), skip_special_tokens=False))
        except TypeError:
            return str(self.tokenizer.decode(list(ids)))

    def encode(self, rows: Sequence[Texts], settings: Settings) -> list[Encoded]:
        """Encode texts, or pairs of texts, as one batch.

        Raises
        ------
        InputError
            When the tokenizer cannot pad, cut or join as the settings say.
        """
        if settings.needs_limit and settings.max_length is None and self.context is None:
            raise InputError(f"{self.name} has no limit of its own: this needs a max_length.")
        if settings.padding != "none" and self.pad is None:
            raise InputError(_NO_PAD.format(name=self.name))
        self._check_room(settings, pair=len(rows[0]) > 1)
        try:
            if self._given is None:
                return aligned.encode(self._call, self.tokenizer, rows, settings)
            if self._raw or settings.plain:
                encodings = self._encode_raw(self._given, rows, settings)
            else:
                encodings = self._call(rows, settings).encodings
        except InputError:
            raise
        except Exception as error:
            raise _explained(self.name, error) from error
        except BaseException as error:
            # A panic of the Rust library is no Exception, and no reason to end a kernel's work.
            if type(error).__name__ != "PanicException":
                raise
            raise _explained(self.name, error) from error
        encoded = [from_rust(e, texts) for e, texts in zip(encodings, rows, strict=True)]
        self._count_whole([row for row in encoded if row.overflow])
        return encoded

    def _count_whole(self, rows: list[Encoded]) -> None:
        """Note how many tokens the texts of cut rows have in all."""
        if rows:
            batch = [row.texts if len(row.texts) > 1 else row.texts[0] for row in rows]
            whole = self.rust.encode_batch_fast(batch, add_special_tokens=False)
            for row, encoding in zip(rows, whole, strict=True):
                row.whole = len(encoding.ids)

    def _check_room(self, settings: Settings, *, pair: bool) -> None:
        """Refuse lengths in which there is no room for a token: the library panics over them."""
        limit = settings.max_length or self.context
        if settings.truncation == "none" or limit is None or self._given is None:
            return
        special = self._given.num_special_tokens_to_add(pair) if settings.add_special_tokens else 0
        room = limit - special
        if settings.stride and settings.stride >= room:
            raise InputError(
                f"stride={settings.stride} is too much: of {limit} tokens {special} are special, "
                f"so it must be less than {max(room, 0)}."
            )

    def _encode_raw(self, given: Any, rows: Sequence[Texts], settings: Settings) -> list[Any]:
        # Nothing to pad and cut: what transformers does is the same then, with a detour.
        rust = self.rust if settings.plain else self._configured(given, settings)
        special = settings.add_special_tokens
        if len(rows) == 1:
            return [rust.encode(*rows[0], add_special_tokens=special)]
        batch = [row if len(row) > 1 else row[0] for row in rows]
        encodings: list[Any] = rust.encode_batch(batch, add_special_tokens=special)
        return encodings

    def _configured(self, given: Any, settings: Settings) -> Any:
        rust = backend.duplicate(given)
        if settings.shipped:
            backend.configure(rust, *self.shipped)
            return rust
        limit = settings.max_length or self.context
        shipped_truncation, shipped_padding = self.shipped
        if settings.truncation != "none":
            rust.enable_truncation(
                max_length=limit or 0,
                stride=settings.stride,
                strategy=settings.truncation,
                direction=(shipped_truncation or {}).get("direction", "right"),
            )
        if settings.padding != "none":
            pad_id, pad_token = self.pad or (0, "")
            rust.enable_padding(
                direction=settings.padding_side
                or (shipped_padding or {}).get("direction", "right"),
                pad_id=pad_id,
                pad_token=pad_token,
                pad_type_id=(shipped_padding or {}).get("pad_type_id", 0),
                length=limit if settings.padding == "max_length" else None,
                pad_to_multiple_of=settings.pad_to_multiple_of,
            )
        return rust

    def _call(self, rows: Sequence[Texts], settings: Settings, **options: Any) -> Any:
        """Call a copy of the transformers tokenizer as its users do."""
        caller = copy.copy(self.tokenizer)
        if self._given is not None:
            caller._tokenizer = backend.duplicate(self._given)
        if settings.padding_side is not None:
            options["padding_side"] = settings.padding_side
        pairs = [row[1] for row in rows if len(row) > 1]
        return caller(
            [row[0] for row in rows],
            *([pairs] if pairs else []),
            add_special_tokens=settings.add_special_tokens,
            padding=False if settings.padding == "none" else settings.padding,
            truncation=False if settings.truncation == "none" else settings.truncation,
            max_length=settings.max_length,
            stride=settings.stride,
            pad_to_multiple_of=settings.pad_to_multiple_of,
            verbose=False,
            **options,
        )

    def _own_name(self) -> str:
        named = str(getattr(self.tokenizer, "name_or_path", "") or "")
        return named.rstrip("/").rpartition("/")[2] or self.kind


_NO_PAD = (
    "{name} has no padding token, so it cannot pad. If its model may ignore one: "
    "tokenizer.pad_token = tokenizer.eos_token."
)


def _explained(name: str, error: BaseException) -> Exception:
    message = " ".join(str(error).split()) or type(error).__name__
    if "surrogates" in message:
        return InputError("The text holds lone surrogates, which no tokenizer reads.")
    if "`stride`" in message:
        return InputError(f"The stride is too much for this length and {name}: {message[:200]}")
    return ModelError(f"{name} cannot tokenize this: {message[:300]}")
