"""Conversations as ids and a loss mask: the layouts of the formats, and data that never becomes a control token."""

from __future__ import annotations

import base64
import copy
import re
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import tokenizers
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Template
from strategies import SPELLINGS, plain_texts
from trained import PRESETS, extended, foreign, large_base, trained

import aidec
from aidec.bytecode import Chunk, LocalVar, Proto, Upvalue, strip
from aidec.chat import Chat, load_format
from aidec.common.errors import ConversationError, TokenizerError
from aidec.tokenizers import Tokenizer
from aidec.tokenizers.chat_format import format_names
from aidec.tokenizers.extension import extend

FORMATS = format_names()
PACKS = ("classic", "compact")

USER, ASSISTANT = {"role": "user", "content": "What is 1 + 1?"}, {"role": "assistant", "content": "2."}


@cache
def chat_of(form: str, preset: str = "bbpe") -> Chat:
    """A preset with the tokens of classic and compact and those of a chat format."""
    return Chat(extended(preset, PACKS, form))


def rendered(chat: Chat, conversation: Any, **options: Any) -> tuple[list[int], list[int]]:
    result = chat.render_conversation(conversation, **options)
    assert result is not None
    assert len(result[0]) == len(result[1])
    return result


def of(tokenizer: Tokenizer, *parts: tuple[str, str]) -> tuple[list[int], list[int]]:
    """What is expected, typed: each part is ordinary text or a special token, and is context or trained on."""
    ids: list[int] = []
    mask: list[int] = []
    for part, fate in parts:
        new = [tokenizer.special_id(part)] if part in tokenizer.special_tokens else tokenizer.encode(part)
        ids += new
        mask += [int(fate == "trained")] * len(new)
    return ids, mask


# ChatML, as the README of lua53-aidec-inputgen shows it


def test_chatml_is_that_of_the_old_readme() -> None:
    chat = Chat(extended("bbpe", PACKS, "chatml"))
    code = aidec.load(aidec.compile("a=1", name="@demo.lua"))
    conversation = [
        {"role": "user", "content": [{"type": "chunk", "chunk": code}]},
        {"role": "assistant", "content": "a=1"},
    ]
    ids, _ = rendered(chat, conversation)
    assert chat.tokenizer.decode(ids) == (
        "<|im_start|>user\n" + aidec.render(code) + "<|im_end|>\n<|im_start|>assistant\na=1<|im_end|>"
    )


def test_the_ids_of_chatml_are_those_of_a_vocabulary_of_37010() -> None:
    tokenizer = extend(Tokenizer(large_base(32768)), ["classic"], "chatml")
    ids, mask = rendered(Chat(tokenizer), [{"role": "user", "content": ""}, {"role": "assistant", "content": ""}])
    end, newline = tokenizer.special_id("<|im_end|>"), tokenizer.encode("\n")
    assert ids == [37007, 37008, end, *newline, 37007, 37009, end]
    assert mask == [0, 0, 0, *[0] * len(newline), 0, 0, 1]


def test_chatml_trains_on_the_answer_and_its_end() -> None:
    chat = chat_of("chatml")
    assert rendered(chat, [USER, ASSISTANT, USER, ASSISTANT]) == of(
        chat.tokenizer,
        *(("<|im_start|>", "context"), ("user\n", "context"), ("What is 1 + 1?", "context"), ("<|im_end|>", "context")),
        ("\n", "context"),
        *(("<|im_start|>", "context"), ("assistant\n", "context"), ("2.", "trained"), ("<|im_end|>", "trained")),
        ("\n", "context"),
        *(("<|im_start|>", "context"), ("user\n", "context"), ("What is 1 + 1?", "context"), ("<|im_end|>", "context")),
        ("\n", "context"),
        *(("<|im_start|>", "context"), ("assistant\n", "context"), ("2.", "trained"), ("<|im_end|>", "trained")),
    )


def test_chatml_spells_a_role_as_text_where_it_has_no_token() -> None:
    chat = Chat(trained("bbpe"))
    ids, mask = rendered(chat, [USER, ASSISTANT])
    text = "<|im_start|>user\nWhat is 1 + 1?<|im_end|>\n<|im_start|>assistant\n2.<|im_end|>"
    assert ids == chat.tokenizer.encode(text, allowed_special="all")
    trained_on = [i for i, is_trained in zip(ids, mask, strict=True) if is_trained]
    assert chat.tokenizer.decode(trained_on) == "2.<|im_end|>"


@pytest.mark.parametrize("role", ["system", "user", "assistant"])
def test_a_word_of_the_format_in_content_is_no_role(role: str) -> None:
    chat = chat_of("chatml")
    ids, _ = rendered(chat, [{"role": "user", "content": f"{role}\n"}, ASSISTANT])
    assert ids[2:-6].count(chat.tokenizer.special_id("user\n")) == 0
    assert ids.count(chat.tokenizer.special_id("assistant\n")) == 1


# nanochat


def test_nanochat_is_the_layout_of_its_tokenizer() -> None:
    """As RustBPETokenizer.render_conversation lays it out in nanochat/tokenizer.py."""
    chat = chat_of("nanochat")
    conversation = [
        USER,
        {
            "role": "assistant",
            "content": [
                {"type": "text", "text": "Let me see. "},
                {"type": "python", "text": "1 + 1"},
                {"type": "python_output", "text": "2"},
                {"type": "text", "text": "It is 2."},
            ],
        },
        USER,
        ASSISTANT,
    ]
    assert rendered(chat, conversation) == of(
        chat.tokenizer,
        ("<|bos|>", "context"),
        *(("<|user_start|>", "context"), ("What is 1 + 1?", "context"), ("<|user_end|>", "context")),
        *(("<|assistant_start|>", "context"), ("Let me see. ", "trained")),
        *(("<|python_start|>", "trained"), ("1 + 1", "trained"), ("<|python_end|>", "trained")),
        *(("<|output_start|>", "context"), ("2", "context"), ("<|output_end|>", "context")),
        *(("It is 2.", "trained"), ("<|assistant_end|>", "trained")),
        *(("<|user_start|>", "context"), ("What is 1 + 1?", "context"), ("<|user_end|>", "context")),
        *(("<|assistant_start|>", "context"), ("2.", "trained"), ("<|assistant_end|>", "trained")),
    )


def test_parts_of_text_that_follow_one_another_are_one_text() -> None:
    chat = chat_of("nanochat")
    parts = [{"type": "text", "text": "lo"}, {"type": "text", "text": "cal x"}]
    whole = [{**USER, "content": "local x"}, {**ASSISTANT, "content": "local x"}]
    assert rendered(chat, [{**USER, "content": parts}, {**ASSISTANT, "content": parts}]) == rendered(chat, whole)


# Both formats


@pytest.mark.parametrize("form", FORMATS)
def test_a_leading_system_message_goes_into_the_first_message_of_the_user(form: str) -> None:
    chat = chat_of(form)
    system = {"role": "system", "content": "Be brief."}
    merged = {"role": "user", "content": "Be brief.\n\nWhat is 1 + 1?"}
    assert rendered(chat, [system, USER, ASSISTANT, USER]) == rendered(chat, [merged, ASSISTANT, USER])


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    "roles",
    ["a", "uu", "uaa", "us", "usa", "ssu", "sa", "uas", "ut", "x"],
)
def test_roles_that_do_not_take_turns_are_refused(form: str, roles: str) -> None:
    names = {"u": "user", "a": "assistant", "s": "system", "t": "tool", "x": "<|im_start|>"}
    with pytest.raises(ConversationError):
        chat_of(form).render_conversation([{"role": names[role], "content": "x"} for role in roles])


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    "conversation", [[], {}, {"messages": []}, {"messages": "x"}, "x", None, 7, {"turns": [USER]}], ids=str
)
def test_what_is_no_list_of_messages_is_refused(form: str, conversation: Any) -> None:
    with pytest.raises(ConversationError, match=r"^expected a list of messages, or an object with one under the key"):
        chat_of(form).render_conversation(conversation)


@pytest.mark.parametrize("form", FORMATS)
def test_a_system_message_alone_is_refused(form: str) -> None:
    with pytest.raises(ConversationError):
        chat_of(form).render_conversation([{"role": "system", "content": "x"}])


@pytest.mark.parametrize("form", FORMATS)
def test_messages_can_stand_under_a_key(form: str) -> None:
    chat = chat_of(form)
    assert rendered(chat, {"messages": [USER, ASSISTANT], "id": 7}) == rendered(chat, (USER, ASSISTANT))


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("x", "message 2: expected an object with a role and a content"),
        (None, "message 2: expected an object with a role and a content"),
        ({"content": "x"}, "message 2: expected an object with a role and a content"),
        ({"role": "assistant"}, "message 2: expected an object with a role and a content"),
        ({"role": "assistant", "content": None}, "message 2: expected a text or a list of parts for the content"),
        ({"role": "assistant", "content": 7}, "message 2: expected a text or a list of parts for the content"),
        ({"role": "assistant", "content": ["x"]}, "message 2, part 1: expected an object with a type"),
        ({"role": "assistant", "content": [{"text": "x"}]}, "message 2, part 1: expected an object with a type"),
        ({"role": "assistant", "content": [{"type": "text"}]}, "message 2, part 1: expected a text"),
        ({"role": "assistant", "content": [{"type": "text", "text": 7}]}, "message 2, part 1: expected a text"),
        (
            {"role": "assistant", "content": [{"type": "text", "text": ""}, {"type": "chunk"}]},
            "message 2, part 2: expected one of chunk, path, base64 in a chunk",
        ),
        (
            {"role": "assistant", "content": [{"type": "chunk", "base64": "?"}]},
            "message 2, part 1: not base64: ",
        ),
        (
            {"role": "assistant", "content": [{"type": "chunk", "base64": "AAAA"}]},
            "message 2, part 1: byte 0 (header.magic): ",
        ),
        ({"role": "assistant", "content": [{"type": "chunk", "chunk": b""}]}, "message 2, part 1: byte 0 "),
        ({"role": "assistant", "content": [{"type": "chunk", "path": "/nope"}]}, "message 2, part 1: "),
        pytest.param(
            {"role": "assistant", "content": [{"type": "chunk", "base64": "é"}]},
            "message 2, part 1: not base64: ",
        ),
        pytest.param(
            {"role": 7, "content": "x"},
            "message 2: ",
        ),
        pytest.param(
            {"role": "user", "content": "x"},
            "message 2: ",
        ),
    ],
    ids=str,
)  # fmt: skip
def test_a_message_that_is_malformed_is_told_with_its_number(message: Any, expected: str) -> None:
    with pytest.raises(ConversationError) as caught:
        chat_of("nanochat").render_conversation([USER, message])
    assert str(caught.value).startswith(expected)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("more", [{"tool_calls": [{"name": "f"}]}, {"weight": 0}, {"thinking": "x"}], ids=str)
def test_a_key_that_the_template_does_not_use_is_refused(form: str, more: dict[str, Any]) -> None:
    messages = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", **more}]
    expected = f"message 2: the chat template has no place for '{next(iter(more))}'"
    with pytest.raises(ConversationError, match=re.escape(expected)):
        chat_of(form).render_conversation(messages)
    part = {"type": "text", "text": "a", **more}
    with pytest.raises(ConversationError, match=r"^message 1, part 1: the chat template has no place for "):
        chat_of(form).render_conversation([{"role": "user", "content": [part]}, messages[1]])


@pytest.mark.parametrize("form", FORMATS)
def test_a_key_without_a_value_is_no_content(form: str) -> None:
    messages = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    empty: list[dict[str, Any]] = [{**message, "tool_calls": None, "name": "", "tools": []} for message in messages]
    assert rendered(chat_of(form), empty) == rendered(chat_of(form), messages)


def test_a_type_that_the_format_does_not_know_is_refused() -> None:
    picture = {"role": "assistant", "content": [{"type": "image", "text": "x"}]}
    with pytest.raises(ConversationError, match="an assistant's message has no part of type image"):
        chat_of("nanochat").render_conversation([USER, picture])
    with pytest.raises(ConversationError, match="chatml has no part of type image"):
        chat_of("chatml").render_conversation([USER, picture])


@pytest.mark.parametrize("kind", ["python", "python_output"])
def test_a_user_calls_no_tools(kind: str) -> None:
    with pytest.raises(ConversationError, match=kind):
        chat_of("nanochat").render_conversation([{"role": "user", "content": [{"type": kind, "text": "x"}]}])


def test_content_can_be_bytes_that_are_not_utf_8() -> None:
    chat = chat_of("nanochat")
    ids, _ = rendered(chat, [{"role": "user", "content": b"\xff\x80"}, {"role": "assistant", "content": b"\xfe"}])
    expected = b"<|bos|><|user_start|>\xff\x80<|user_end|><|assistant_start|>\xfe<|assistant_end|>"
    assert chat.tokenizer.decode_bytes(ids) == expected


# Completion


@pytest.mark.parametrize("form", FORMATS)
def test_a_completion_prompt_is_the_start_of_the_whole(form: str) -> None:
    chat = chat_of(form)
    prompt = chat.render_for_completion([USER, ASSISTANT, USER])
    ids, mask = rendered(chat, [USER, ASSISTANT, USER, ASSISTANT])
    assert ids[: len(prompt)] == prompt
    assert mask[len(prompt) - 1 :] == [0, *[1] * (len(ids) - len(prompt))]


@pytest.mark.parametrize("form", FORMATS)
def test_a_completion_prompt_leaves_the_last_answer_out(form: str) -> None:
    chat = chat_of(form)
    assert chat.render_for_completion([USER, ASSISTANT]) == chat.render_for_completion({"messages": [USER]})


def test_the_completion_prompt_of_nanochat_ends_with_its_token() -> None:
    chat = chat_of("nanochat")
    assert chat.render_for_completion([USER]) == [
        *rendered(chat, [USER])[0],
        chat.tokenizer.special_id("<|assistant_start|>"),
    ]


def test_the_completion_prompt_of_chatml_ends_with_the_role() -> None:
    chat = chat_of("chatml")
    prompt = chat.render_for_completion([USER])
    assert prompt[-2:] == [chat.tokenizer.special_id("<|im_start|>"), chat.tokenizer.special_id("assistant\n")]


@pytest.mark.parametrize("form", FORMATS)
def test_a_completion_without_a_question_is_refused(form: str) -> None:
    with pytest.raises(ConversationError):
        chat_of(form).render_for_completion([ASSISTANT])


# Conversations that are too long


def fresh() -> tuple[Chat, int]:
    """A chat whose counts are 0, and the length of its conversation."""
    chat = Chat(extended("bbpe", PACKS, "nanochat"))
    return chat, len(rendered(chat_of("nanochat"), [USER, ASSISTANT])[0])


@pytest.mark.parametrize("overflow", ["error", "drop", "truncate"])
def test_a_conversation_of_the_length_allowed_is_kept(overflow: str) -> None:
    chat, length = fresh()
    assert rendered(chat, [USER, ASSISTANT], max_tokens=length, overflow=overflow) == rendered(chat, [USER, ASSISTANT])
    assert (chat.counts.kept, chat.counts.truncated, chat.counts.dropped, chat.counts.lost_tokens) == (2, 0, 0, 0)


def test_a_conversation_that_is_too_long_is_an_error_by_default() -> None:
    chat, length = fresh()
    with pytest.raises(ConversationError, match=rf"^the conversation has {length} tokens, expected 5 at most$"):
        chat.render_conversation([USER, ASSISTANT], max_tokens=5)
    assert chat.counts.kept == 0


def test_a_conversation_that_is_too_long_can_be_dropped_and_is_counted() -> None:
    chat, length = fresh()
    assert chat.render_conversation([USER, ASSISTANT], max_tokens=5, overflow="drop") is None
    assert (chat.counts.kept, chat.counts.dropped, chat.counts.lost_tokens) == (0, 1, length)


@pytest.mark.parametrize("lost", [1, 2])
def test_a_conversation_that_is_too_long_can_be_cut_and_is_counted(lost: int) -> None:
    chat, length = fresh()
    max_tokens = length - lost
    ids, mask = rendered(chat_of("nanochat"), [USER, ASSISTANT])
    cut = chat.render_conversation([USER, ASSISTANT], max_tokens=max_tokens, overflow="truncate")
    assert cut == (ids[:max_tokens], mask[:max_tokens])
    assert (chat.counts.truncated, chat.counts.lost_tokens) == (1, length - max_tokens)


@pytest.mark.parametrize("max_tokens", [1, 2])
def test_what_has_nothing_to_train_on_before_the_cut_is_dropped_and_counted(max_tokens: int) -> None:
    chat, length = fresh()
    assert chat.render_conversation([USER, ASSISTANT], max_tokens=max_tokens, overflow="truncate") is None
    assert (chat.counts.truncated, chat.counts.dropped, chat.counts.lost_tokens) == (0, 1, length)


@pytest.mark.parametrize("overflow", ["error", "drop", "truncate"])
@pytest.mark.parametrize("max_tokens", [0, -1])
def test_no_room_for_a_token_is_an_error(max_tokens: int, overflow: str) -> None:
    with pytest.raises(ConversationError, match=f"^max_tokens: expected 1 or more, or None, read {max_tokens}$"):
        chat_of("nanochat").render_conversation([USER, ASSISTANT], max_tokens, overflow)


def test_another_word_for_what_becomes_of_it_is_refused() -> None:
    with pytest.raises(ConversationError, match=r"^overflow: expected one of error, drop, truncate, read 'cut'$"):
        chat_of("nanochat").render_conversation([USER], overflow="cut")


# Chunks as content


def chunk() -> Chunk:
    return aidec.load(aidec.compile("local secret = 'x' print(secret)", name="@demo.lua"))


def ids_between(chat: Chat, part: dict[str, Any]) -> list[int]:
    """The ids of a part, alone in a user's message."""
    ids, _ = rendered(chat, [{"role": "user", "content": [part]}])
    return ids[2:-1]


@pytest.mark.parametrize("kind", ["chunk", "bytes", "path", "base64"])
def test_a_chunk_can_be_given_in_four_ways(kind: str, tmp_path: Path) -> None:
    code = aidec.dump(chunk())
    (tmp_path / "demo.luac").write_bytes(code)
    ways: dict[str, dict[str, Any]] = {
        "chunk": {"chunk": chunk()},
        "bytes": {"chunk": code},
        "path": {"path": str(tmp_path / "demo.luac")},
        "base64": {"base64": base64.b64encode(code).decode()},
    }
    chat = chat_of("nanochat")
    assert ids_between(chat, {"type": "chunk", **ways[kind]}) == chat.tokenizer.encode_chunk(chunk()).tolist()


def test_the_path_of_a_chunk_can_be_a_path(tmp_path: Path) -> None:
    (tmp_path / "demo.luac").write_bytes(aidec.dump(chunk()))
    assert ids_between(chat_of("nanochat"), {"type": "chunk", "path": tmp_path / "demo.luac"})


@pytest.mark.parametrize("pack", ["classic", "compact", "listing", "json"])
def test_the_pack_of_a_chunk_can_be_named(pack: str) -> None:
    chat = chat_of("nanochat")
    assert (
        ids_between(chat, {"type": "chunk", "chunk": chunk(), "pack": pack})
        == chat.tokenizer.encode_chunk(chunk(), pack).tolist()
    )


def test_a_chunk_can_be_stripped() -> None:
    chat = chat_of("nanochat")
    ids = ids_between(chat, {"type": "chunk", "chunk": chunk(), "strip": True})
    assert ids == chat.tokenizer.encode_chunk(strip(chunk())).tolist()
    assert "secret" not in chat.tokenizer.decode(ids)


def test_a_chunk_that_the_assistant_says_is_trained_on() -> None:
    chat = chat_of("nanochat")
    ids, mask = rendered(chat, [USER, {"role": "assistant", "content": [{"type": "chunk", "chunk": chunk()}]}])
    spoken = [i for i, is_trained in zip(ids, mask, strict=True) if is_trained]
    assert spoken == [*chat.tokenizer.encode_chunk(chunk()).tolist(), chat.tokenizer.special_id("<|assistant_end|>")]


def test_a_chunk_can_stand_between_texts() -> None:
    chat = chat_of("nanochat")
    parts = [{"type": "text", "text": "Read: "}, {"type": "chunk", "chunk": chunk()}, {"type": "text", "text": "Now."}]
    ids, _ = rendered(chat, [{"role": "user", "content": parts}])
    encode = chat.tokenizer.encode
    assert ids[2:-1] == [*encode("Read: "), *chat.tokenizer.encode_chunk(chunk()).tolist(), *encode("Now.")]


@pytest.mark.parametrize("form", FORMATS)
def test_conversations_are_encoded_together_as_each_alone(form: str) -> None:
    chat = chat_of(form)
    code, bare = chunk(), strip(chunk())
    parts: list[list[dict[str, Any]]] = [
        [{"type": "chunk", "chunk": code}],
        [{"type": "chunk", "chunk": bare, "pack": "compact"}],
        [{"type": "text", "text": "What is this?\n"}, {"type": "chunk", "chunk": code, "pack": "listing"}],
        [{"type": "chunk", "chunk": bare}, {"type": "text", "text": " and "}, {"type": "chunk", "chunk": code}],
        [{"type": "text", "text": "What is 1 + 1?"}],
    ]
    conversations: list[Any] = [[{"role": "user", "content": own}, ASSISTANT] for own in parts]
    for own, conversation, encoded in zip(parts, conversations, chat.encode_conversations(conversations), strict=True):
        ids, mask = rendered(chat, conversation)
        assert (encoded.ids.tolist(), list(encoded.mask)) == (ids, mask)
        shown = [
            place if isinstance(place, str) else chat.tokenizer.decode(ids[slice(*place)]) for place in encoded.chunks
        ]
        codes = [part for part in own if part["type"] == "chunk"]
        assert shown == [aidec.render(part["chunk"], part.get("pack", "classic")) for part in codes]


def test_a_chunk_whose_pack_the_tokenizer_lacks_is_refused() -> None:
    with pytest.raises(TokenizerError, match=r"lacks .* of the pack classic"):
        Chat(trained("gpt4")).render_conversation([{"role": "user", "content": [{"type": "chunk", "chunk": chunk()}]}])


def test_a_chunk_is_text_for_those_who_know_none() -> None:
    chat = chat_of("nanochat")
    messages = chat.as_text([{"role": "user", "content": [{"type": "chunk", "chunk": chunk(), "pack": "listing"}]}])
    assert messages == [{"role": "user", "content": [{"type": "text", "text": aidec.render(chunk(), "listing")}]}]


def test_the_messages_of_the_caller_are_left_as_they_are() -> None:
    conversation = [{"role": "user", "content": [{"type": "chunk", "chunk": chunk()}, {"type": "text", "text": b"x"}]}]
    before = copy.deepcopy(conversation)
    chat_of("nanochat").as_text(conversation)
    chat_of("nanochat").render_conversation(conversation)
    assert conversation == before


# Which tokenizer has which format


def test_the_format_is_the_one_that_was_saved_with_the_tokenizer() -> None:
    assert rendered(Chat(trained("gpt4")), [USER]) == rendered(Chat(trained("gpt4"), "nanochat"), [USER])


def test_a_tokenizer_without_a_format_is_refused() -> None:
    with pytest.raises(ConversationError, match=r"no chat template; see aidec tokenizer extend --chat"):
        Chat(trained("lua-sp"))


def test_a_tokenizer_that_lacks_a_control_token_is_refused() -> None:
    with pytest.raises(ConversationError, match=r"lacks <\|bos\|>, which nanochat needs; see aidec tokenizer extend"):
        Chat(trained("bbpe"), "nanochat")


def test_a_format_of_the_user_is_taken_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "plain.yaml"
    path.write_text(
        'description: x\ntokens: [<|bos|>]\ntemplate: "<|bos|>{% for m in messages %}{{ m.role }}: '
        '{% generation %}{{ m.content }}{% endgeneration %}{% endfor %}"\n'
    )
    chat = Chat(trained("gpt4"), str(path))
    assert rendered(chat, [USER]) == of(
        chat.tokenizer, ("<|bos|>", "context"), ("user: ", "context"), ("What is 1 + 1?", "trained")
    )


def test_a_tokenizer_that_was_extended_with_a_format_of_the_user_needs_its_file_no_more(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text('description: x\ntokens: [<|q|>]\ntemplate: "<|q|>{{ messages[0].content }}"\n')
    tokenizer = extend(trained("lua-sp"), [], str(path))
    path.unlink()
    ids, _ = rendered(Chat(tokenizer), [USER])
    assert ids == [tokenizer.special_id("<|q|>"), *tokenizer.encode("What is 1 + 1?")]


def faulty(template: str) -> Chat:
    tokenizer = Tokenizer(tokenizers.Tokenizer.from_str(foreign("gpt2")), chat_template=template)
    return Chat(tokenizer)


@pytest.mark.parametrize(
    "template",
    [
        "{% for %}",
        "{{ raise_exception('no') }}",
        "{{ messages[7].content }}",
        "{{ 1 / 0 }}",
        "{{ messages + 1 }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ messages.append(1) }}",
        "{% include 'x' %}",
        "{{ nothing() }}",
        "{{ [].pop() }}",
        pytest.param("{{ {}.x.y.z }}"),
        "{% generation %}",
        "{{ range(10 ** 9) | list }}",
        pytest.param(
            "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        ),
    ],
)
def test_a_template_that_is_at_fault_is_told_in_one_line(template: str) -> None:
    with pytest.raises(ConversationError) as caught:
        faulty(template).render_conversation([USER])
    assert "\n" not in str(caught.value)


_LONG = "{% for message in messages %}{{ 'long ' if message.content | length > 3 else 'short ' }}{% endfor %}"


def test_what_a_template_asks_of_content_is_asked_each_time() -> None:
    chat = faulty(_LONG)
    texts = [chat.tokenizer.decode(rendered(chat, [{"role": "user", "content": said}])[0]) for said in ("four", "one")]
    assert texts == ["long ", "short "]


@pytest.mark.parametrize("name", ["_value", "value", "_contents"])
def test_a_template_does_not_see_behind_the_mark_of_content(name: str) -> None:
    chat = faulty("{{ messages[0].content." + name + " }}.")
    with suppress(ConversationError):  # Jinja2's sandbox refuses what starts with an underscore
        assert chat.tokenizer.decode(rendered(chat, [{"role": "user", "content": "secret"}])[0]) == "."


@pytest.mark.parametrize(
    "expression",
    [
        *("m.content | trim", "m.content | length", "m.content | upper", "m.content.split('x')[0]"),
        *("m.content.startswith(' ')", "'x' in m.content", "'yes' if m.content[0] == ' '"),
        "m.content | replace('x', 'y')",
    ],
)
def test_a_template_that_looks_into_content_is_refused_or_right(expression: str) -> None:
    """As jinja2 without aidec has it; templates of Hugging Face's trim content, or ask whether it has a word."""
    content = ' say "x" '
    expected = Template("{{ " + expression + " }}").render(m={"content": content})
    chat = faulty("{% set m = messages[0] %}{{ " + expression + " }}")
    try:
        ids, _ = rendered(chat, [{"role": "user", "content": content}])
    except ConversationError:
        return
    assert chat.tokenizer.decode(ids) == expected


# Data never becomes a control token


def named(proto: Proto, string: bytes) -> Proto:
    """A function in which each string constant, and the name of each variable, is another."""
    return replace(
        proto,
        source=string,
        constants=tuple(string if isinstance(constant, bytes) else constant for constant in proto.constants),
        local_vars=tuple(LocalVar(string, var.start_pc, var.end_pc) for var in proto.local_vars),
        upvalues=tuple(Upvalue(string, upvalue.in_stack, upvalue.index) for upvalue in proto.upvalues),
        protos=tuple(named(inner, string) for inner in proto.protos),
    )


CODE = aidec.load(aidec.compile("local x, y = 'a' function f(z) return x .. 'b' .. z, y end", name="@demo.lua"))

forged = st.tuples(
    st.sampled_from(SPELLINGS) | plain_texts, st.sampled_from(SPELLINGS), st.sampled_from(SPELLINGS) | plain_texts
).map(lambda parts: "".join(parts).encode(errors="surrogatepass"))
"""A control token, or what may become one with what stands around it."""


def conversation_with(string: bytes, form: str, pack: str) -> list[dict[str, Any]]:
    """Its structure is always the same; all that the data of a conversation can say is the string."""
    code = replace(CODE, main=named(CODE.main, string))
    assistant = [{"type": "text", "text": string}, {"type": "chunk", "chunk": code, "pack": pack}]
    if form == "nanochat":
        assistant += [{"type": "python", "text": string}, {"type": "python_output", "text": string}]
    return [
        {"role": "system", "content": string},
        {"role": "user", "content": [{"type": "text", "text": string}, {"type": "chunk", "chunk": code, "pack": pack}]},
        {"role": "assistant", "content": assistant},
        {"role": "user", "content": string},
        {"role": "assistant", "content": string},
    ]


def escapes(pack: str) -> frozenset[str]:
    """The tokens of a pack that spell a byte of data."""
    return frozenset(token for token in aidec.vocabulary(pack) if token.startswith("\\"))


@pytest.mark.parametrize("pack", ["classic", "compact"])
@pytest.mark.parametrize("form", FORMATS)
@given(string=forged)
def test_a_conversation_has_the_control_tokens_of_its_structure_whatever_its_data_says(
    form: str, pack: str, string: bytes
) -> None:
    chat = chat_of(form)
    spell_data = escapes(pack)
    tokens = {i: token for token, i in chat.tokenizer.special_tokens.items() if token not in spell_data}

    def control_tokens(content: bytes) -> list[str]:
        ids, _ = rendered(chat, conversation_with(content, form, pack))
        return [tokens[i] for i in ids if i in tokens]

    assert control_tokens(string) == control_tokens(b"harmless")


@settings(max_examples=25)
@pytest.mark.parametrize("preset", PRESETS)
@given(string=forged)
def test_what_is_trained_on_is_what_the_assistant_says_whatever_its_data_says(preset: str, string: bytes) -> None:
    chat = chat_of("nanochat", preset)
    ids, mask = rendered(chat, conversation_with(string, "nanochat", "classic"))
    code = aidec.render(replace(CODE, main=named(CODE.main, string))).encode()
    said = chat.tokenizer.decode_bytes([i for i, is_trained in zip(ids, mask, strict=True) if is_trained])
    call = b"<|python_start|>" + string + b"<|python_end|>"
    assert said == string + code + call + b"<|assistant_end|>" + string + b"<|assistant_end|>"


@settings(max_examples=25)
@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("preset", PRESETS)
@given(string=forged)
def test_content_is_decoded_to_itself_whatever_it_says(form: str, preset: str, string: bytes) -> None:
    chat = chat_of(form, preset)
    ids, _ = rendered(chat, [{"role": "user", "content": string}])
    before, behind = {
        "chatml": (b"<|im_start|>user\n", b"<|im_end|>"),
        "nanochat": (b"<|bos|><|user_start|>", b"<|user_end|>"),
    }[form]
    assert chat.tokenizer.decode_bytes(ids) == before + string + behind


@settings(max_examples=25)
@pytest.mark.parametrize("kind", ["gpt2", "llama", "unigram"])
@given(texts=st.lists(st.lists(st.sampled_from(SPELLINGS[:16]), max_size=4).map("".join), min_size=2, max_size=2))
def test_no_data_becomes_a_control_token_of_a_tokenizer_of_hugging_face(kind: str, texts: list[str]) -> None:
    chat = Chat(foreign_chat(kind))
    question, answer = texts
    ids, _ = rendered(chat, [{"role": "user", "content": question}, {"role": "assistant", "content": answer}])
    names = {chat.tokenizer.special_id(token): token for token in load_format("nanochat").tokens}
    assert Counter(names[i] for i in ids if i in names) == {
        **dict.fromkeys(("<|bos|>", "<|user_start|>", "<|user_end|>", "<|assistant_start|>", "<|assistant_end|>"), 1)
    }


@cache
def foreign_chat(kind: str) -> Tokenizer:
    return extend(Tokenizer(tokenizers.Tokenizer.from_str(foreign(kind))), ["classic"], "nanochat")


def test_real_code_is_decoded_to_itself(lua_file: Path) -> None:
    chat = chat_of("chatml")
    ids, _ = rendered(chat, [{"role": "user", "content": lua_file.read_bytes()}])
    assert chat.tokenizer.decode_bytes(ids) == b"<|im_start|>user\n" + lua_file.read_bytes() + b"<|im_end|>"
