"""Chat messages through the model's template: its ids, and who says what."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

import tfwidgets as tfw
from tests.tokens.no_rust import xlm
from tests.tokens.page import ADDED, Page
from tests.tokens.trained import dressed
from tfwidgets.tokens.result import TokenInspector

CHAT = [
    {"role": "system", "content": "You are brief."},
    {"role": "user", "content": "Hi  there\n👩\u200d💻"},
    {"role": "assistant", "content": "Hello <|im_end|> user!"},
    {"role": "user", "content": "system"},
]


def parts(inspector: TokenInspector) -> list[tuple[str, str]]:
    assert inspector.chat is not None
    return [(p.role, inspector.text[p.start : p.end]) for p in inspector.chat.parts]


@pytest.mark.parametrize("messages", [CHAT, CHAT[1:], CHAT[:2], CHAT[1:2], CHAT[2:3]])
def test_ids_are_those_of_the_template(smollm2: Any, messages: list[dict[str, str]]) -> None:
    inspector = tfw.tokens(messages, tokenizer=smollm2)
    goes_on = messages[-1]["role"] != "assistant"  # after an answer nothing is asked for
    theirs = smollm2.apply_chat_template(messages, add_generation_prompt=goes_on)
    assert inspector.ids.tolist() == list(theirs["input_ids"])
    text = smollm2.apply_chat_template(messages, tokenize=False, add_generation_prompt=goes_on)
    assert inspector.text == text
    assert inspector.stages.ids == inspector.ids.tolist()
    assert not inspector.notes


def test_each_part_has_its_role(smollm2: Any) -> None:
    inspector = tfw.tokens(CHAT, tokenizer=smollm2)
    assert parts(inspector) == [
        *((m["role"], f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>\n") for m in CHAT),
        ("generation", "<|im_start|>assistant\n"),
    ]


def test_the_templates_own_system_prompt_is_a_part(smollm2: Any) -> None:
    inspector = tfw.tokens([{"role": "user", "content": "Hi"}], tokenizer=smollm2)
    (system, prompt), user, generation = parts(inspector)
    assert (system, user) == ("system", ("user", "<|im_start|>user\nHi<|im_end|>\n"))
    assert prompt.startswith("<|im_start|>system\n")
    assert prompt.endswith("<|im_end|>\n")
    assert generation[0] == "generation"


@pytest.mark.parametrize(
    "content", ["user", "", "system", "<|im_start|>user\n", "\n", "👩\u200d💻"]
)
def test_what_a_message_says_does_not_move_its_borders(smollm2: Any, content: str) -> None:
    inspector = tfw.tokens([{"role": "user", "content": content}], tokenizer=smollm2)
    found = parts(inspector)
    assert [role for role, _ in found] == ["system", "user", "generation"]
    assert found[1][1] == f"<|im_start|>user\n{content}<|im_end|>\n"


def test_the_page_gets_roles_with_the_text(smollm2: Any) -> None:
    inspector = tfw.tokens(CHAT, tokenizer=smollm2)
    page = Page(inspector)
    roles = page.view.summary["roles"]
    assert roles == ["system", "user", "assistant", "generation"]
    shown: dict[int, str] = {}
    for block in page.blocks(size=2):
        assert block.role is not None
        shown[block.role] = shown.get(block.role, "") + block.text
    for k, role in enumerate(roles):
        assert shown[k] == "".join(text for name, text in parts(inspector) if name == role)
    assert sum(block.begins for block in page.blocks(size=2)) == len(parts(inspector))
    ends = [chip for chip in page.chips() if chip.text == "<|im_end|>"]
    assert len(ends) == 5  # one of them is what the assistant wrote
    assert all(chip.flags & ADDED for chip in ends)


def test_a_chat_may_be_cut(smollm2: Any) -> None:
    inspector = tfw.tokens(CHAT, tokenizer=smollm2, max_length=8)
    assert len(inspector) == 8
    assert any(note.startswith("Cut to 8 tokens") for note in inspector.notes)
    blocks = Page(inspector).blocks()
    assert "".join(block.text for block in blocks) == inspector.text
    assert blocks[0].role == 0
    cut = [block.cut for block in blocks]
    assert cut == sorted(cut)
    assert cut[-1]


def test_the_default_for_a_chat_is_the_generation_model() -> None:
    assert tfw.tokens([{"role": "user", "content": "Hi"}]).name == "demo/smollm2"
    tfw.settings().generation_model = "demo/minilm"
    with pytest.raises(tfw.InputError, match="demo/minilm has no chat template"):
        tfw.tokens([{"role": "user", "content": "Hi"}])


@pytest.mark.parametrize("make", [lambda: dressed("WordPiece"), xlm])
def test_a_tokenizer_without_a_template_says_so(make: Any) -> None:
    with pytest.raises(tfw.InputError, match="has no chat template"):
        tfw.tokens(CHAT, tokenizer=make())


def test_a_chat_has_no_pair(smollm2: Any) -> None:
    with pytest.raises(tfw.InputError, match="A chat has no pair"):
        tfw.tokens(CHAT, "b", tokenizer=smollm2)


# Templates of all kinds


LAST_FIRST = "{% for m in messages|reverse %}[{{ m.role }}] {{ m.content }}\n{% endfor %}"
ALTERNATING = (
    "{% if messages|length % 2 == 0 %}{{ raise_exception('Roles must alternate') }}{% endif %}"
    "{% for m in messages %}<{{ m.content }}>{% endfor %}"
)
STRIPPING = "{% for m in messages %}[{{ m.role }}]{{ m.content|trim }};{% endfor %}"
BROKEN = "{{ raise_exception('Only user and assistant roles are supported!') }}"


def with_template(template: str) -> Any:
    tokenizer = dressed("byte-level BPE")
    tokenizer.chat_template = template
    return tokenizer


def test_a_template_that_rewrites_what_came_before_is_told_apart_by_contents() -> None:
    inspector = tfw.tokens(CHAT[:2], tokenizer=with_template(LAST_FIRST))
    assert inspector.chat is not None
    assert not inspector.chat.exact
    assert any(
        note.startswith("The chat template writes messages in a way") for note in inspector.notes
    )
    for role, text in parts(inspector):
        assert {"role": role, "content": text} in CHAT
    again = tfw.tokens(CHAT[:3], tokenizer=with_template(ALTERNATING))
    assert parts(again) == [(m["role"], m["content"]) for m in CHAT[:3]]
    assert not again.chat.exact


def test_a_template_may_strip_contents() -> None:
    chat = [{"role": "user", "content": "  hi \n"}, {"role": "tool", "content": "x"}]
    inspector = tfw.tokens(chat, tokenizer=with_template(STRIPPING))
    assert parts(inspector) == [("user", "[user]hi;"), ("tool", "[tool]x;")]
    assert inspector.chat.exact


def test_what_a_template_refuses_is_said_in_its_words() -> None:
    with pytest.raises(tfw.InputError, match="refuses this: Only user and assistant roles"):
        tfw.tokens(CHAT, tokenizer=with_template(BROKEN))


@pytest.mark.parametrize(
    "messages",
    [
        [{"role": "user"}],
        [{"role": "user", "content": None}],
        [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}],
        [{"role": "user", "content": "broken \ud800"}],
        [{"role": 5, "content": "Hi"}],
    ],
)
def test_odd_messages_give_a_result_or_a_message(smollm2: Any, messages: list[Any]) -> None:
    inspector = None
    with suppress(tfw.TfWidgetsError):  # that is a message for people
        inspector = tfw.tokens(messages, tokenizer=smollm2)
    if inspector is not None:
        assert Page(inspector).blocks()
        assert repr(inspector)


def test_messages_stay_as_they_are(smollm2: Any) -> None:
    messages = [dict(message) for message in CHAT]
    tfw.tokens(messages, tokenizer=smollm2)
    assert messages == CHAT
