"""Chat messages through the model's template, and who says which part of the result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tfwidgets.errors import InputError
from tfwidgets.tokens.subject import Subject

GENERATION = "generation"
# What no chat holds: private characters around a word.
_MARK = "\ue000content\ue001"


@dataclass(frozen=True)
class Part:
    """A stretch of the rendered chat.

    Attributes
    ----------
    role
        Of the message, or ``"generation"`` for the prompt that asks the model to go on.
    start, end
        Code points of the rendered text.
    """

    role: str
    start: int
    end: int


@dataclass(frozen=True)
class Chat:
    """Messages as the template writes them; ``exact`` when parts could be told apart."""

    text: str
    parts: list[Part]
    exact: bool


def is_message(value: Any) -> bool:
    """Tell whether this is a message with role and content, or what stands for that."""
    return isinstance(value, Mapping) and isinstance(value.get("role"), str) and len(value) > 1


def is_chat(value: Any) -> bool:
    """Tell whether this is a list of messages."""
    return (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and bool(value)
        and all(is_message(message) for message in value)
    )


def render(subject: Subject, messages: Sequence[Mapping[str, Any]]) -> Chat:
    """Write messages with the tokenizer's chat template, the generation prompt at the end.

    Raises
    ------
    InputError
        When there is no template, or it refuses the messages.
    """
    tokenizer = subject.tokenizer
    lacks = not hasattr(tokenizer, "apply_chat_template")
    if lacks or not getattr(tokenizer, "chat_template", "built in"):
        raise InputError(
            f"{subject.name} has no chat template: it was not trained on chats. "
            "demo/smollm2 has one."
        )
    chat = [dict(message) for message in messages]

    def written(part: list[Any], *, prompt: bool = False) -> str:
        return str(
            tokenizer.apply_chat_template(part, tokenize=False, add_generation_prompt=prompt)
        )

    try:
        # After an answer there is nothing to go on with.
        text = written(chat, prompt=chat[-1]["role"] != "assistant")
        whole = written(chat)
    except Exception as error:
        reason = " ".join(str(error).split())
        raise InputError(f"The chat template of {subject.name} refuses this: {reason}") from error
    parts, exact = _parts(subject, chat, text, whole, written)
    return Chat(text, parts, exact)


def _parts(
    subject: Subject, chat: list[Any], text: str, whole: str, written: Any
) -> tuple[list[Part], bool]:
    """Write ever more messages: where each ends tells what it is responsible for.

    Templates that write earlier messages otherwise once later ones have come are told apart
    by the contents instead.
    """
    ends = []
    for count in range(1, len(chat)):
        try:
            so_far = written(chat[:count])
        except Exception:  # a template may insist on an order of roles that a part lacks
            return _by_content(chat, text), False
        if not whole.startswith(so_far):
            return _by_content(chat, text), False
        ends.append(len(so_far))
    if not text.startswith(whole):
        return _by_content(chat, text), False
    ends.append(len(whole))
    parts = [
        Part(str(message["role"]), start, end)
        for message, start, end in zip(chat, [0, *ends], ends, strict=False)
    ]
    if begin := _preamble(subject, chat[0], text[: ends[0]], written):
        parts[:1] = [Part("system", 0, begin), Part(parts[0].role, begin, ends[0])]
    if len(text) > len(whole):
        parts.append(Part(GENERATION, len(whole), len(text)))
    return parts, True


def _preamble(subject: Subject, first: Any, text: str, written: Any) -> int:
    """Return the length of a system prompt that the template wrote of itself; 0 without one.

    The message begins with the added token that opens it, before its role's name. Where that
    is, is told by a message whose content stands nowhere else.
    """
    if first["role"] == "system":
        return 0
    try:
        sample = written([{**first, "content": _MARK}])
    except Exception:  # not a text, say: then nothing can be told
        return 0
    named = sample.rfind(str(first["role"]), 0, max(0, sample.find(_MARK)))
    names = [str(token.content) for token in subject.added.values()]
    begin = max((sample.rfind(name, 0, named + len(name)) for name in names), default=-1)
    told = named > 0 and begin > 0 and text.startswith(sample[:begin])
    return begin if told and "system" in sample[:begin] else 0


def _by_content(chat: list[Any], text: str) -> list[Part]:
    parts = []
    at = 0
    for message in chat:
        content = message.get("content")
        found = text.find(content.strip(), at) if isinstance(content, str) else -1
        if found >= 0:
            at = found + len(content.strip())
            parts.append(Part(str(message["role"]), found, at))
    return parts
