"""``tfw.tokens``: a text in, a ``TokenInspector`` out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tfwidgets.config import settings as configuration
from tfwidgets.errors import InputError
from tfwidgets.models.session import in_use, reminding
from tfwidgets.models.texts import read_texts
from tfwidgets.tokens.chat import Chat, is_chat, is_message, render
from tfwidgets.tokens.inputs import read_marks, read_subjects
from tfwidgets.tokens.notes import batch_notes, notes
from tfwidgets.tokens.result import Reading, TokenInspector
from tfwidgets.tokens.settings import Settings


def tokens(
    text: Any,
    pair: Any = None,
    *,
    model: Any = None,
    tokenizer: Any = None,
    compare: Any = None,
    max_length: int | None = None,
    padding: bool | str | None = None,
    truncation: bool | str | None = None,
    add_special_tokens: bool = True,
    padding_side: str | None = None,
    pad_to_multiple_of: int | None = None,
    stride: int = 0,
    annotations: Any = None,
    progress: bool = True,
) -> TokenInspector:
    """Show how text becomes a model's input, step by step.

    Parameters
    ----------
    text
        A string; a list of strings, or a dict, name -> string, for a batch; or a list of chat
        messages (dicts with ``role`` and ``content``), which the chat template writes out.
    pair
        A second text for models that read two (or a list of them for a list of texts).
    model, tokenizer
        Whose tokenizer: a name, a folder, a ``tokenizer.json``, a ``LoadedModel``, a
        ``(model, tokenizer)`` pair, or the tokenizer itself, of transformers or of
        tokenizers. By default the model in use (``tfw.use``), else
        ``%config TfWidgets.embedding_model``, for a chat ``TfWidgets.generation_model``. It is
        never changed.
    compare
        One to three further tokenizers, to be put beside it.
    max_length, padding, truncation, stride, padding_side, pad_to_multiple_of, add_special_tokens
        As transformers has them
        (https://huggingface.co/docs/transformers/pad_truncation). By default what the
        tokenizer does when it is called without them: one of transformers neither pads nor
        cuts, a ``tokenizers.Tokenizer`` does what its file says; a batch is padded to its
        longest row. A ``max_length`` alone cuts there.
    annotations
        Stretches of the text to be marked: ``(start, end, label)`` in code points, or objects
        with these attributes, such as named entities.
    progress
        Show the progress of a download or conversion.

    Returns
    -------
    TokenInspector
        Ids, tokens, offsets, masks; stages; and a view of them all.

    Raises
    ------
    InputError
        When texts or options cannot be used.
    ModelError
        When the tokenizer cannot be found or used.
    """
    if is_message(text):
        text = [text]
    chatting = is_chat(text)
    if chatting and pair is not None:
        raise InputError("A chat has no pair: it is one text, which the template writes.")
    chosen = configuration()
    configured = chosen.generation_model if chatting else chosen.embedding_model
    named = model is not None or tokenizer is not None
    default = configured if named else in_use() or configured
    subjects = read_subjects(model, tokenizer, compare, default=default, progress=progress)
    chat: Chat | None = None
    if chatting:
        with reminding(default):
            chat = render(subjects[0], text)
        text = chat.text
        add_special_tokens = False  # the template has written them
    given = read_texts(text, pair, also="chat messages")
    rows = given.rows
    asked = Settings.of(
        padding,
        truncation,
        max_length,
        padding_side=padding_side,
        pad_to_multiple_of=pad_to_multiple_of,
        stride=stride,
        add_special_tokens=add_special_tokens,
    )
    asked = subjects[0].fill_in(asked, padding=padding is None, truncation=truncation is None)
    if (
        given.is_list
        and padding is None
        and asked.padding == "none"
        and subjects[0].pad is not None
    ):
        asked = replace(asked, padding="longest", shipped=False)
    marks, mark_labels = read_marks(annotations, rows[0][0])
    plain = Settings(add_special_tokens=add_special_tokens)
    readings = [Reading(subjects[0], subjects[0].encode(rows, asked))]
    readings += [Reading(subject, subject.encode(rows, plain)) for subject in subjects[1:]]
    inspector = TokenInspector(
        readings=readings,
        texts=rows,
        settings=asked,
        is_batch=given.is_list,
        labels=given.labels,
        chat=chat,
        marks=marks,
        mark_labels=mark_labels,
    )
    inspector.messages = list(notes(inspector, given.replaced))
    inspector.call_messages = list(batch_notes(inspector.batch, several=given.is_list))
    return inspector
