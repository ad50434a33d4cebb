"""The proof that transformers reads a tokenizer as aidec does: both encode the same texts and conversations."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aidec.bytecode import load
from aidec.chat.conversation import Chat
from aidec.common.errors import ConversationError, TokenizerError
from aidec.lua import compile_source
from aidec.packs import load_pack, renderer
from aidec.tokenizers import Tokenizer

SOURCE = 'local t = {n = 10}\nfunction t.f(a, ...)\n  return a .. "\\n", 0x1F, 2.5, {...}\nend\n'

PROBES = (
    *(SOURCE, "x", " x", "  x", "x ", "\tx\n", "\n\nx\n\n", " \n ", "", "a  b   c", "A b_C1 123456 --[[ x ]]"),
    *("é ü ñ — “x”", "e\u0301", "日本語 я 🙂", "\u2581x \u2581", "\r\nx\u00a0y", "don't I'll", "0x7fffffff 1e-9"),
)
"""Texts with what tokenizers treat in ways of their own: spaces first and last, numbers, accents, other scripts."""


def prove(tokenizer: Tokenizer) -> bool:
    """Whether transformers is installed; if so, it gives the ids and masks of a tokenizer.

    Raises:
        TokenizerError: it gives others; the text says for what.
    """
    with _quiet():
        try:
            from transformers import AutoTokenizer
        except ImportError:
            return False
        with TemporaryDirectory() as folder:
            tokenizer.save(folder)
            try:
                theirs = AutoTokenizer.from_pretrained(folder)
                found = next(differences(tokenizer, theirs), None)
            except (TokenizerError, ConversationError):
                raise
            except Exception as error:  # whatever a version of transformers raises
                found = f"it raises {type(error).__name__}: {' '.join(str(error).split())}"
    if found is not None:
        raise TokenizerError(f"transformers would read the tokenizer otherwise: {found}")
    return True


def other_reading(base: Tokenizer, folder: Path) -> str | None:
    """How transformers reads the folder of a base otherwise than its ``tokenizer.json`` says, in a line.

    The class that the folder names may build steps of its own. None where nothing was found, and where transformers is
    not installed or can't load the folder.
    """
    with _quiet():
        try:
            from transformers import AutoTokenizer

            theirs = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
            found = next(_other_texts(base, theirs), None)
        except TokenizerError:
            raise
        except Exception:  # whatever a version of transformers raises
            return None
    return found and f"{type(theirs).__name__}: {found}"


def differences(tokenizer: Tokenizer, theirs: Any) -> Iterator[str]:
    """What a tokenizer of transformers gives otherwise, a line each: vocabulary, tokens, texts, chunks, conversations.

    Texts that spell special tokens are left out: there transformers takes them for tokens, and aidec does not.
    """
    if len(theirs) != len(tokenizer.backend.get_vocab()):
        yield f"it has {len(theirs):,} tokens, expected {len(tokenizer.backend.get_vocab()):,}"
    tokens = list(tokenizer.special_tokens)
    for token, i in zip(tokens, theirs.convert_tokens_to_ids(tokens), strict=True):
        if i != tokenizer.special_id(token):
            yield f"{token!r} has the id {i}, expected {tokenizer.special_id(token)}"
    for role, token in tokenizer.roles.items():
        if getattr(theirs, role) != token:
            yield f"{role} is {getattr(theirs, role)!r}, expected {token!r}"
    yield from _other_texts(tokenizer, theirs)
    if tokenizer.chat_template is not None:
        yield from _conversations(tokenizer, theirs)


def _other_texts(tokenizer: Tokenizer, theirs: Any) -> Iterator[str]:
    for text, ids in _texts(tokenizer):
        found = theirs(text, add_special_tokens=False)["input_ids"]
        if found != ids:
            yield _first_difference(repr(text if len(text) < 40 else text[:40]), ids, found)


def _texts(tokenizer: Tokenizer) -> Iterator[tuple[str, list[int]]]:
    """Texts and chunks, each with its ids; a text that has a character without a token is left out."""
    splitter = tokenizer.splitter("all")
    for text in PROBES:
        if len(splitter.parts(text)) == 1:
            try:
                yield text, tokenizer.encode(text)
            except TokenizerError:
                continue
    chunk = load(compile_source(SOURCE.encode()))
    for pack in tokenizer.packs:
        if load_pack(pack).families:
            yield renderer(pack).render(chunk), tokenizer.encode_chunk(chunk, pack).tolist()


def _conversations(tokenizer: Tokenizer, theirs: Any) -> Iterator[str]:
    try:
        chat = Chat(tokenizer)
    except ConversationError:
        return
    for number, text in enumerate(PROBES):
        if len(tokenizer.splitter("all").parts(text)) > 1:
            continue
        talk = [
            {"role": "user", "content": text},
            {"role": "assistant", "content": PROBES[number - 1]},
            {"role": "user", "content": "x"},
            {"role": "assistant", "content": text},
        ]
        try:
            ours = chat.render_conversation(talk)
        except (ConversationError, TokenizerError):
            continue
        has_mask = "endgeneration" in chat.template
        out = theirs.apply_chat_template(talk, return_dict=True, return_assistant_tokens_mask=has_mask)
        if ours is not None and ours[0] != list(out["input_ids"]):
            yield _first_difference(f"a conversation about {text[:40]!r}", ours[0], list(out["input_ids"]))
        elif ours is not None and has_mask and ours[1] != list(out["assistant_masks"]):
            yield f"the loss counts on other tokens of a conversation about {text[:40]!r}"


def _first_difference(name: str, ours: list[int], theirs: list[int]) -> str:
    place = next((i for i, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), min(len(ours), len(theirs)))
    return f"for {name}, token {place} is {theirs[place : place + 1]}, expected {ours[place : place + 1]}"


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep transformers from the network, and from speaking of what a tokenizer does not need."""
    before, level = os.environ.get("HF_HUB_OFFLINE"), logging.root.manager.disable
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), redirect_stderr(StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(level)
        if before is None:
            del os.environ["HF_HUB_OFFLINE"]
