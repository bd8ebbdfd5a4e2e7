"""``tfw.attention``: a text in, an ``AttentionView`` out."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from operator import index
from typing import Any

import torch

from tfwidgets.attention.capture import capture, undisturbed
from tfwidgets.attention.encode import Encoded, encode, from_ids
from tfwidgets.attention.item import Item
from tfwidgets.attention.notes import note
from tfwidgets.attention.result import AttentionView
from tfwidgets.attention.tensors import is_output
from tfwidgets.attention.tokens import Tokens
from tfwidgets.config import settings
from tfwidgets.errors import InputError, ModelError
from tfwidgets.models import LoadedModel, load
from tfwidgets.models.quiet import quiet
from tfwidgets.models.session import in_use, reminding
from tfwidgets.models.texts import Texts, read_texts
from tfwidgets.ui.progress import Progress
from tfwidgets.ui.strings import Message, translate
from tfwidgets.ui.text import one_line, printable

# Tokens that a model writes when nobody says how many.
NEW_TOKENS = 32
_LABEL = 60
_CITED = 6  # tokens that are cited to say where a text was cut


def attention(
    text: Any,
    pair: Any = None,
    *,
    model: Any = None,
    target: Any = None,
    generate: bool | int | None = None,
    layers: int | Collection[int] | None = None,
    progress: bool = True,
) -> AttentionView:
    """Show which tokens attend to which, in every layer and head of a model.

    Parameters
    ----------
    text
        A string; or a list of strings, or a dict, name -> string, for several texts.
    pair
        A second text for models that read two (or a list of them for a list of texts).
    model
        A name, a folder, a ``LoadedModel`` or a ``(model, tokenizer)`` pair. By default the
        model in use (``tfw.use``), else ``%config TfWidgets.embedding_model``; with ``target``
        ``TfWidgets.seq2seq_model``, with ``generate`` ``TfWidgets.generation_model``. It is
        left as it was.
    target
        What the decoder of an encoder-decoder reads (or a list, for a list of texts).
    generate
        Let the model write the target, or a decoder continue the text, greedily: True for at
        most 32 tokens, or how many. An encoder-decoder without ``target`` writes it in any case.
    layers
        Which layers to keep, counted from 0 within each kind of attention; by default all.
    progress
        Show the progress of a download or of several texts.

    Returns
    -------
    AttentionView
        Weights, statistics of heads, exports; and a view of them all.

    Raises
    ------
    InputError
        When text or options cannot be used.
    ModelError
        When the model cannot be found, or has no attention that is a matrix.
    """
    if is_output(text) or torch.is_tensor(text):
        raise InputError(
            "These are tensors: tfw.AttentionView.from_tensors(attention=…, tokens=…) shows them."
        )
    given = read_texts(text, pair)
    targets = _targets(target, len(given.rows), is_list=given.is_list)
    if generate is not None and not hasattr(generate, "__index__"):
        raise InputError(f"generate={generate!r}: True, or how many tokens to write.")
    if generate is not None and not isinstance(generate, bool) and generate < 1:
        raise InputError(f"generate={generate!r}: True, or how many tokens to write, from 1.")
    if target is not None and generate:
        raise InputError("target is what the decoder reads, generate lets it write: use one.")
    chosen = _layers(layers)
    for k, row in enumerate(given.rows):
        if not "".join(row).strip():
            which = f"Text {k + 1}" if given.is_list else "The text"
            raise InputError(f"{which} is empty: there is nothing to attend to.")
    wanted_model = _default(model, target, generate)
    loaded = load(wanted_model, progress=progress)
    labels = given.labels or [one_line(" | ".join(row), _LABEL) for row in given.rows]
    items = []
    show = progress and len(given.rows) > 1
    # The model in use may have no decoder, or write no text.
    with (
        reminding(wanted_model),
        Progress(
            translate("progress", "what.attention"), len(given.rows), "texts", show=show
        ) as bar,
    ):
        for label, row, wanted in zip(labels, given.rows, targets, strict=True):
            items.append(_item(loaded, one_line(label, _LABEL), row, wanted, generate, chosen))
            bar.advance(1)
    messages = [note("surrogates", n=given.replaced)] if given.replaced else []
    return AttentionView(items, loaded, messages)


def _default(model: Any, target: Any, generate: bool | int | None) -> Any:
    if model is None:
        model = in_use()
    if model is not None:
        return model
    if target is not None:
        return settings().seq2seq_model
    return settings().generation_model if generate else settings().embedding_model


def _targets(target: Any, count: int, *, is_list: bool) -> list[str | None]:
    if target is None:
        return [None] * count
    if not isinstance(target, Iterable):
        raise InputError(
            f"target is {type(target).__name__}: expected a string, or a list of them."
        )
    listed = [target] if isinstance(target, str) else list(target)
    if isinstance(target, str) is is_list or len(listed) != count:
        raise InputError("target goes with text: a string with a string, a list with a list.")
    if not all(isinstance(one, str) and one.strip() for one in listed):
        raise InputError("target is the text that the decoder reads: it needs some words.")
    return [printable(one) for one in listed]


def _layers(layers: Any) -> list[int] | None:
    if layers is None:
        return None
    try:
        listed: list[Any] = [index(layers)]
    except TypeError:
        listed = list(layers) if isinstance(layers, Iterable) else []
    if not listed or not all(hasattr(k, "__index__") and k >= 0 for k in listed):
        raise InputError(f"layers={layers!r}: numbers of layers, from 0, such as [0, 11].")
    return [int(k) for k in listed]


@dataclass(frozen=True, eq=False)
class _Call:
    """What a model is given, and the tokens of each of its sequences."""

    inputs: dict[str, torch.Tensor]
    axes: list[Tokens]
    messages: list[Message]


def _item(
    loaded: LoadedModel,
    label: str,
    row: Texts,
    target: str | None,
    generate: bool | int | None,
    layers: list[int] | None,
) -> Item:
    read = encode(loaded.tokenizer, row, loaded.max_length)
    messages = _cut(read, loaded)
    inputs = _accepted(loaded.model, read.inputs)
    if loaded.kind == "encoder-decoder":
        call = _two(loaded, inputs, read, target, generate)
    else:
        if target is not None:
            raise InputError(
                f"{loaded.name} has no decoder beside an encoder: target is for encoder-decoders, "
                f"such as {settings().seq2seq_model}."
            )
        call = _one(loaded, inputs, read, generate)
    panes = capture(loaded.model, {**call.inputs, **_frugal(loaded.model)}, layers=layers)
    if all(len(axis) == 1 for axis in call.axes):
        messages.append(note("one-token"))
    if any(layer.has_nan for pane in panes for layer in pane.layers):
        messages.append(note("nan"))
    return Item(label, call.axes, panes, call.inputs, messages + call.messages)


def _one(
    loaded: LoadedModel,
    inputs: dict[str, torch.Tensor],
    read: Encoded,
    generate: bool | int | None,
) -> _Call:
    if not generate:
        return _Call(inputs, [read.tokens], [])
    if not hasattr(loaded.model, "generate") or loaded.kind == "encoder":
        raise InputError(
            f"{loaded.name} writes no text: generate is for decoders and encoder-decoders, such "
            f"as {settings().generation_model}."
        )
    start = inputs["input_ids"].shape[1]
    written = _written(loaded, inputs, generate, room=(loaded.max_length or 10**9) - start)
    continued = from_ids(loaded.tokenizer, written[0, start:].tolist())
    # The prompt and what the model wrote are shown as two texts.
    tokens = _joined(read.tokens, continued)
    grown = {"input_ids": written, "attention_mask": torch.ones_like(written)}
    return _Call(_accepted(loaded.model, grown), [tokens], [note("continued", n=len(continued))])


def _two(
    loaded: LoadedModel,
    inputs: dict[str, torch.Tensor],
    read: Encoded,
    target: str | None,
    generate: bool | int | None,
) -> _Call:
    messages = []
    if target is not None:
        labels = encode(loaded.tokenizer, (target,), loaded.max_length, is_target=True)
        messages += _cut(labels, loaded, is_target=True)
        ids = _shifted(loaded.model, labels.inputs["input_ids"].to(loaded.model.device))
    elif _is_judge(loaded.model):
        # As these do by themselves (Lewis et al. 2019, section 3.1): the decoder reads the text.
        ids = _shifted(loaded.model, inputs["input_ids"])
        messages.append(note("read-again"))
    else:
        writes = hasattr(loaded.model, "generate")
        if generate is False or not writes:
            instead = ", or generate=True to let the model write it" if writes else ""
            raise InputError(
                f"{loaded.name} is an encoder-decoder: its decoder needs a text. Give "
                f"target=…{instead}."
            )
        ids = _written(loaded, inputs, True if generate is None else generate, room=10**9)
        # Nothing is computed from the end that the model wrote last.
        ids = ids[:, :-1] if ids.shape[1] > 1 else ids
        wrote = loaded.tokenizer.decode(ids[0], skip_special_tokens=True)
        messages.append(note("generated", text=one_line(wrote, 200)))
    tokens = from_ids(loaded.tokenizer, ids[0].tolist())
    return _Call({**inputs, "decoder_input_ids": ids}, [read.tokens, tokens], messages)


def _is_judge(model: Any) -> bool:
    """Whether an encoder-decoder classifies, or answers from the text, instead of writing."""
    return type(model).__name__.endswith(("ForSequenceClassification", "ForQuestionAnswering"))


def _written(
    loaded: LoadedModel, inputs: Mapping[str, torch.Tensor], generate: bool | int, *, room: int
) -> torch.Tensor:
    """Let the model write, greedily: ids, (1, tokens)."""
    wanted = min(NEW_TOKENS if generate is True else int(generate), room)
    if wanted < 1:
        raise InputError(
            "The text fills the whole context of the model: there is no room to write."
        )
    with undisturbed(loaded.model), torch.inference_mode(), quiet():
        try:
            ids = loaded.model.generate(
                **inputs, max_new_tokens=wanted, do_sample=False, num_beams=1
            )
        except (AttributeError, TypeError, ValueError) as error:
            message = " ".join(str(error).split())[:300]
            raise ModelError(f"{loaded.name} cannot write a text: {message}") from error
    return ids.clone()  # out of inference mode, so that gradients can be asked for later


def _shifted(model: Any, labels: torch.Tensor) -> torch.Tensor:
    """Return what the decoder reads to write ``labels``: moved to the right by one."""
    shift = getattr(model, "prepare_decoder_input_ids_from_labels", None)
    if shift is not None:
        shifted: torch.Tensor = shift(labels=labels)
        return shifted
    start = getattr(model.config, "decoder_start_token_id", None)
    if start is None:
        raise ModelError(
            f"The configuration of {type(model).__name__} names no decoder_start_token_id: its "
            "decoder does not know how to begin."
        )
    return torch.cat([labels.new_full((1, 1), start), labels[:, :-1]], dim=1)


def _cut(read: Encoded, loaded: LoadedModel, *, is_target: bool = False) -> list[Message]:
    """Tell where a text that is too long was cut: behind, or before, which words."""
    if not read.cut:
        return []
    tokens = read.tokens
    limit = loaded.max_length or len(tokens)
    if getattr(loaded.tokenizer, "truncation_side", "right") == "left":
        return [note("cut-left", n=read.cut, limit=limit, first=_words(tokens, 0, len(tokens)))]
    if is_target:
        return [note("cut-target", n=read.cut, limit=limit, last=_words(tokens, -1, len(tokens)))]
    if tokens.split is None:
        return [note("cut", n=read.cut, limit=limit, last=_words(tokens, -1, len(tokens)))]
    first, second = _words(tokens, -1, tokens.split), _words(tokens, -1, len(tokens))
    return [note("cut-pair", n=read.cut, limit=limit, first=first, second=second)]


def _words(tokens: Tokens, side: int, stop: int) -> str:
    """Return the first or the last few words of what stands before token ``stop``."""
    plain = [k for k in range(stop) if not tokens.special[k]]
    chosen = plain[:_CITED] if side == 0 else plain[-_CITED:]
    parts = [(" " if tokens.gaps[k] else "") + tokens.labels[k] for k in chosen]
    return "".join(parts).strip()


def _accepted(model: Any, inputs: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return what the forward of a model takes, on its device."""
    names = _parameters(model)
    known = {name: value for name, value in inputs.items() if not names or name in names}
    return {name: value.to(model.device) for name, value in known.items()}


def _frugal(model: Any) -> dict[str, Any]:
    """Return options for what nobody looks at: no cache, and no logits but the last."""
    options = {"use_cache": False, "logits_to_keep": 1}
    names = _parameters(model)
    return {name: value for name, value in options.items() if name in names}


def _parameters(model: Any) -> set[str]:
    return set(inspect.signature(model.forward).parameters)


def _joined(first: Tokens, second: Tokens) -> Tokens:
    """Put two sequences behind each other; the split is between them."""
    import numpy as np

    words = second.words + (first.words.max(initial=-1) + 1) * (second.words >= 0)
    return Tokens(
        first.labels + second.labels,
        first.pieces + second.pieces,
        np.concatenate([first.ids, second.ids]),
        np.concatenate([first.special, second.special]),
        np.concatenate([first.words, words]),
        np.concatenate([first.gaps, second.gaps]),
        split=len(first),
    )
