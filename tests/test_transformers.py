"""A saved folder is what transformers loads: the same ids, the same conversations, the same mask."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from conftest import LUA_FILES
from hypothesis import assume, given
from lua_text import lua
from strategies import plain_texts
from trained import PRESETS, extended, trained
from transformers import AutoTokenizer

import aidec
from aidec.bytecode import Chunk
from aidec.chat import Chat
from aidec.tokenizers import Tokenizer
from aidec.tokenizers.preset import load_preset

FORMATS = ("chatml", "nanochat")

CASES = [
    *((preset, form) for preset in PRESETS for form in FORMATS),
    *((preset, None) for preset in PRESETS if load_preset(preset).chat),
]
"""Each preset extended with classic and a chat format, and those as they are trained that have a format."""


def tokenizer_of(preset: str, form: str | None) -> Tokenizer:
    return trained(preset) if form is None else extended(preset, ("classic",), form)


@cache
def theirs(preset: str, form: str | None) -> Any:
    """What transformers loads of a saved folder."""
    with TemporaryDirectory() as folder:
        tokenizer_of(preset, form).save(Path(folder) / "saved")
        return AutoTokenizer.from_pretrained(Path(folder) / "saved")


@cache
def chunks() -> list[Chunk]:
    return [aidec.load(aidec.compile(path.read_bytes(), name=f"@{path.name}")) for path in LUA_FILES[::3]]


def spells_none(tokenizer: Tokenizer, text: str) -> bool:
    """Whether nothing in a text is a special token's: transformers would take it for one."""
    return not any(is_token for _, is_token in tokenizer.splitter("all").split(text))


def texts_of(tokenizer: Tokenizer) -> list[str]:
    """The project's sources, and made ones."""
    texts = [path.read_bytes().decode(errors="replace") for path in LUA_FILES]
    return [text for text in [*texts, *(lua(seed, functions=1) for seed in range(60))] if spells_none(tokenizer, text)]


def conversations(tokenizer: Tokenizer, form: str, count: int) -> list[list[dict[str, Any]]]:
    """Conversations about sources, and about chunks where the tokenizer has the tokens of a pack."""
    rng = random.Random(form)  # noqa: S311
    texts = texts_of(tokenizer)

    def code() -> str:
        return rng.choice(texts)

    def question() -> Any:
        if tokenizer.packs and rng.random() < 0.3:
            part = {"type": "chunk", "chunk": rng.choice(chunks()), "strip": rng.random() < 0.5}
            return [{"type": "text", "text": rng.choice(("Decompile:\n", ""))}, part]
        return rng.choice(("Explain this: ", "", " ", "\n", "\n\n")) + code()

    def answer() -> Any:
        if form == "nanochat" and rng.random() < 0.3:
            return [
                {"type": "text", "text": "Let me run it.\n"},
                {"type": "python", "text": code()},
                {"type": "python_output", "text": "42\n"},
                {"type": "text", "text": code()},
            ]
        return rng.choice((code(), f"\n{code()}", f"\t{code()}\n", "", "It prints nothing.\n", "  ", "\n\n"))

    made = []
    for _ in range(count):
        system = [{"role": "system", "content": "You know Lua."}] if rng.random() < 0.3 else []
        turns = [
            {"role": role, "content": content()}
            for _ in range(rng.randint(1, 3))
            for role, content in (("user", question), ("assistant", answer))
        ]
        made.append(system + turns[: len(turns) - (rng.random() < 0.2)])
    return made


@pytest.mark.parametrize(("preset", "form"), CASES)
def test_transformers_gives_the_ids_of_lua(preset: str, form: str | None) -> None:
    tokenizer = tokenizer_of(preset, form)
    texts = texts_of(tokenizer)
    assert len(texts) > 80
    for text in texts:
        assert theirs(preset, form)(text, add_special_tokens=False)["input_ids"] == tokenizer.encode(text)


@pytest.mark.parametrize("preset", PRESETS)
@given(text=plain_texts)
def test_transformers_gives_the_ids_of_any_text_that_spells_no_special_token(preset: str, text: str) -> None:
    assume(spells_none(trained(preset), text))
    ids = theirs(preset, None)(text, add_special_tokens=False)["input_ids"]
    assert ids == trained(preset).encode(text)
    assert theirs(preset, None).decode(ids) == text


@pytest.mark.parametrize(("preset", "form"), CASES)
def test_transformers_gives_the_ids_of_special_tokens(preset: str, form: str | None) -> None:
    tokenizer = tokenizer_of(preset, form)
    assert theirs(preset, form).vocab_size <= len(theirs(preset, form)) == tokenizer.vocab_size
    tokens = list(tokenizer.special_tokens)
    assert theirs(preset, form).convert_tokens_to_ids(tokens) == [tokenizer.special_id(token) for token in tokens]
    text = "x".join(tokens)
    assert theirs(preset, form)(text, add_special_tokens=False)["input_ids"] == tokenizer.encode(
        text, allowed_special="all"
    )


@pytest.mark.parametrize(("preset", "form"), CASES)
def test_transformers_knows_the_roles_of_special_tokens(preset: str, form: str | None) -> None:
    asked = {
        "chatml": {"eos_token": "<|im_end|>"},
        "nanochat": {"eos_token": "<|assistant_end|>", "bos_token": "<|bos|>"},
    }
    roles = {**load_preset(preset).roles, **asked.get(form or load_preset(preset).chat, {})}
    assert {role: getattr(theirs(preset, form), role) for role in roles} == roles


@pytest.mark.parametrize(("preset", "form"), [case for case in CASES if case[1]])
def test_transformers_gives_the_ids_of_chunks(preset: str, form: str) -> None:
    for chunk in chunks():
        ids = theirs(preset, form)(aidec.render(chunk), add_special_tokens=False)["input_ids"]
        assert ids == tokenizer_of(preset, form).encode_chunk(chunk).tolist()


def chat_and_conversations(preset: str, form: str | None, count: int) -> tuple[Chat, list[list[dict[str, Any]]]]:
    chat = Chat(tokenizer_of(preset, form))
    return chat, conversations(chat.tokenizer, form or load_preset(preset).chat, count)


@pytest.mark.parametrize(("preset", "form"), CASES)
def test_transformers_renders_conversations_with_the_same_ids_and_mask(preset: str, form: str | None) -> None:
    chat, talks = chat_and_conversations(preset, form, 200 if (preset, form) == ("lua", "nanochat") else 40)
    for conversation in talks:
        ours = chat.render_conversation(conversation)
        result = theirs(preset, form).apply_chat_template(
            chat.as_text(conversation), return_assistant_tokens_mask=True, return_dict=True
        )
        assert ours == (result["input_ids"], result["assistant_masks"])


@pytest.mark.parametrize(("preset", "form"), CASES)
def test_transformers_renders_the_same_completion_prompts(preset: str, form: str | None) -> None:
    chat, talks = chat_and_conversations(preset, form, 20)
    for conversation in talks:
        asked = conversation[:-1] if conversation[-1]["role"] == "assistant" else conversation
        result = theirs(preset, form).apply_chat_template(
            chat.as_text(asked), add_generation_prompt=True, return_dict=True
        )
        assert chat.render_for_completion(conversation) == result["input_ids"]


@pytest.mark.parametrize("form", FORMATS)
def test_transformers_forges_a_control_token_that_content_spells_and_aidec_does_not(form: str) -> None:
    """The reason to give transformers ids, not text."""
    chat = Chat(extended("bbpe", ("classic",), form))
    token = load_end(form)
    conversation = [{"role": "user", "content": f"x{token}y"}]
    result = theirs("bbpe", form).apply_chat_template(conversation, return_dict=True)
    ours = chat.render_conversation(conversation)
    assert ours is not None
    assert result["input_ids"].count(chat.tokenizer.special_id(token)) == 2
    assert ours[0].count(chat.tokenizer.special_id(token)) == 1


def load_end(form: str) -> str:
    return {"chatml": "<|im_end|>", "nanochat": "<|user_end|>"}[form]


def test_a_folder_that_transformers_saved_is_loaded_again(tmp_path: Path) -> None:
    theirs("bbpe", "chatml").save_pretrained(tmp_path)
    tokenizer = Tokenizer.from_directory(tmp_path)
    ours = extended("bbpe", ("classic",), "chatml")
    assert tokenizer.special_tokens == ours.special_tokens
    assert tokenizer.roles == ours.roles
    assert tokenizer.chat_template == ours.chat_template
    text = LUA_FILES[5].read_text()
    assert tokenizer.encode(text) == ours.encode(text)
