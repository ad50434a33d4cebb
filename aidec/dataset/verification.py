"""The proof of a dataset: each row's tokens and chunk are read back, and compared with what its source compiles to.

A prompt of decompiled source is compiled, and compared with what the answer compiles to in all that Lua runs. The
conversation of an item of synthesis is made of the item once more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from aidec.bytecode import Chunk, Proto, load, strip
from aidec.bytecode.compare import first_difference
from aidec.bytecode.fingerprint import exact_key
from aidec.chat import Chat
from aidec.common.errors import AidecError, DatasetError
from aidec.dataset.items import item_of, kind_of
from aidec.dataset.prompts import shown
from aidec.dataset.reader import Dataset, rows
from aidec.dataset.recipe import ITEM_COLUMNS
from aidec.dataset.sample import instructions
from aidec.dataset.talks import as_chat, as_texts, code_of, conversation, functions_in
from aidec.lua import compile_source
from aidec.lua.standalone import compile_alone, difference_alone
from aidec.lua.upvalues import names_of
from aidec.packs import load_pack, renderer
from aidec.packs.reader import read
from aidec.taskpacks import load_task_pack
from aidec.tokenizers import Tokenizer
from aidec.tokenizers.template import fill

NEEDED = ("origin", "stripped", "n_instructions", "prompt", "completion", "input_ids", "assistant_masks")
_FUNCTION = re.compile(r"#[0-9]+(\.[0-9]+)*\Z")


@dataclass(frozen=True, slots=True)
class Setting:
    """What rows are read back with.

    Attributes:
        tokenizer, pack, chat: the tokenizer, the pack and the chat format.
        has_pairs: whether chunks came beside their sources.
        is_decompiled: whether prompts are decompiled source, and not a pack's text.
        has_code: whether there are samples of code, and not of items alone.
        columns: the columns that are read.
    """

    tokenizer: str
    pack: str
    chat: str | None
    has_pairs: bool
    is_decompiled: bool
    has_code: bool = True
    columns: tuple[str, ...] = NEEDED


def setting(dataset: Dataset, tokenizer: str | None = None) -> Setting:
    """The setting of a dataset.

    Raises:
        DatasetError: it lacks columns that are needed.
        AidecError: the tokenizer is missing, or lacks tokens.
    """
    recipe = dataset.record["recipe"]
    missing = [] if dataset.format != "tokens" else list(NEEDED)
    tasks = [source.get("task") for source in recipe["sources"]]
    needed = (*NEEDED, *ITEM_COLUMNS) if any(tasks) else NEEDED
    missing += [name for name in needed if name not in dataset.columns]
    if missing:
        raise DatasetError(f"{dataset.folder}: to verify it takes the column {missing[0]}, which it was built without")
    path = tokenizer or recipe["tokenizer"]
    pack = Tokenizer.from_pretrained(path).pack_name(recipe["pack"])
    has_pairs = any(source["pairs"] for source in recipe["sources"])
    found = Setting(path, pack, recipe["chat"], has_pairs, recipe.get("prompt") == "decompiled", not all(tasks), needed)
    _reader(found)
    return found


def losses(found: Setting) -> tuple[str, ...]:
    """What the tokenizer loses of texts, in words; see ``Tokenizer.losses`` and ``rare_losses``."""
    tokenizer = _reader(found).tokenizer
    return tokenizer.losses or tokenizer.rare_losses


def verify_shard(found: Setting, path: Path) -> tuple[int, list[str]]:
    """The number of rows of a shard, and a line for each that is wrong."""
    problems = []
    number = 0
    for number, row in enumerate(rows(path, list(found.columns)), 1):
        problem = verify_row(found, row)
        if problem is not None:
            problems.append(f"{path.name}, row {number}, {row['origin']}: {problem}")
    return number, problems


def verify_row(found: Setting, row: dict[str, Any]) -> str | None:
    """What is wrong with a row, or None."""
    chat = _reader(found)
    ids, mask = np.asarray(row["input_ids"]), np.asarray(row["assistant_masks"]) == 1
    if len(ids) != len(mask):
        return f"{len(ids):,} ids, and a mask of {len(mask):,}"
    is_talk = row.get("task") is not None
    try:
        return _talk_problem(chat, row, ids, mask) if is_talk else _code_problem(found, row, ids, mask)
    except AidecError as error:
        return str(error)


def _code_problem(found: Setting, row: dict[str, Any], ids: Any, mask: Any) -> str | None:
    """How a row differs from what its chunk and its source are."""
    chat = _reader(found)
    tokenizer = chat.tokenizer
    special = np.fromiter(tokenizer.special_tokens.values(), dtype=np.int64)
    if tokenizer.is_exact:
        source = tokenizer.decode_bytes(ids[mask & ~np.isin(ids, special)].tolist())
        problem = _text_problem(chat, row, ids, mask, source)
        if problem is None and found.is_decompiled:
            problem = _control_problem(chat, row, ids[np.isin(ids, special)])
        if problem is not None:
            return problem
    else:
        source = row["completion"][0]["content"].encode()
        if (problem := _ids_problem(found, row, ids, mask)) is not None:
            return problem
    if found.is_decompiled:
        return _decompiled_problem(row, source)
    return _chunk_problem(found, row, _chunk_of(found, row), source)


def _talk_problem(chat: Chat, row: dict[str, Any], ids: Any, mask: Any) -> str | None:
    """How a row differs from the conversation that its item gives once more, in which all code must compile."""
    item = item_of(row["item"].encode())
    pack = load_task_pack(row["task"])
    if (problem := pack.problem(item, kind_of(item))) is not None:
        return problem
    messages = conversation(pack, item)
    count = sum(key.own for key in functions_in(code_of(pack, item)))
    (made,) = chat.encode_conversations([as_chat(messages)])
    is_exact = chat.tokenizer.is_exact and not any("\ufffd" in each["content"] for each in as_texts(messages))
    checks = {
        f"kind is {row['kind']}, but the item is of the kind {kind_of(item)}": row["kind"] == kind_of(item),
        f"n_instructions is {row['n_instructions']:,}, but its code has {count:,}": row["n_instructions"] == count,
        "the messages are not those of the item": [*row["prompt"], *row["completion"]] == as_texts(messages),
        "the ids do not decode to the text of the conversation": not is_exact
        or chat.tokenizer.decode_bytes(ids.tolist()) == _filled(chat, as_texts(messages)),
        "the ids are not those of the conversation": made.ids.tolist() == ids.tolist(),
        "the mask covers something other than the completion": list(made.mask) == mask.tolist(),
    }
    return next((problem for problem, is_right in checks.items() if not is_right), None)


def _filled(chat: Chat, messages: list[dict[str, Any]]) -> bytes:
    """The text of a conversation of texts."""
    parts = fill(chat.template, messages, add_generation_prompt=False, **chat.tokenizer.roles)
    return "".join(part.value for part in parts).encode(errors="surrogateescape")


def _text_problem(chat: Chat, row: dict[str, Any], ids: Any, mask: Any, source: bytes) -> str | None:
    """What is wrong with the text of the ids, and with the mask."""
    tokenizer = chat.tokenizer
    if source.decode(errors="replace") != row["completion"][0]["content"]:
        return "the ids under the mask are not those of the completion"
    messages = [*row["prompt"], {"role": "assistant", "content": source.decode(errors="surrogateescape")}]
    parts = fill(chat.template, messages, add_generation_prompt=False, **tokenizer.roles)
    whole = "".join(part.value for part in parts).encode(errors="surrogateescape")
    trained = "".join(part.value for part in parts if part.is_trained).encode(errors="surrogateescape")
    if tokenizer.decode_bytes(ids.tolist()) != whole:
        return "the ids do not decode to the text of the conversation"
    under = tokenizer.decode_bytes(ids[mask].tolist())
    first = len(tokenizer.token(int(ids[mask][0]))) if mask.any() else 0
    # The first token under the mask may reach into what stands before
    if not under.endswith(trained) or len(under) - len(trained) >= max(first, 1):
        return "the mask covers something other than the completion"
    return None


def _ids_problem(found: Setting, row: dict[str, Any], ids: Any, mask: Any) -> str | None:
    """What is wrong with the ids and the mask of a tokenizer whose ids do not give the text back.

    They are made again. Bytes that are not UTF-8 are not in the texts, so nothing can be said of rows that had any.
    """
    if "\ufffd" in row["completion"][0]["content"]:
        return None
    chunk = None if found.is_decompiled else _chunk_of(found, row)
    if chunk is None and not found.is_decompiled and load_pack(found.pack).families:
        return None
    *before, last = row["prompt"]
    shown = last["content"] if chunk is None else [{"type": "chunk", "chunk": chunk, "pack": found.pack}]
    (made,) = _reader(found).encode_conversations([[*before, {**last, "content": shown}, *row["completion"]]])
    if made.ids.tolist() != ids.tolist():
        return "the ids are not those of the texts"
    return None if list(made.mask) == mask.tolist() else "the mask covers something other than the completion"


def _control_problem(chat: Chat, row: dict[str, Any], control: Any) -> str | None:
    """What is wrong with the control tokens of a conversation of texts: those that its template has, and no others."""
    tokenizer = chat.tokenizer
    messages = [*row["prompt"], *row["completion"]]
    parts = fill(chat.template, messages, add_generation_prompt=False, **tokenizer.roles)
    split = tokenizer.splitter("all").split
    own = [
        tokenizer.special_id(text)
        for part in parts
        if not part.is_content
        for text, is_token in split(part.value)
        if is_token
    ]
    return None if control.tolist() == own else "the ids have other control tokens than the template"


def _decompiled_problem(row: dict[str, Any], source: bytes) -> str | None:
    """How what a decompiled prompt compiles to differs from what the source compiles to."""
    is_function = _FUNCTION.search(row["origin"]) is not None
    proto = shown(row["prompt"][-1]["content"].encode(), is_function=is_function)
    if instructions(proto) != row["n_instructions"]:
        return f"n_instructions is {row['n_instructions']:,}, but the prompt has {instructions(proto):,}"
    if is_function:
        stripped = strip(Chunk(load(compile_source(b"")).header, len(proto.upvalues), proto)).main
        expected = compile_alone(source, names_of(stripped, source))
    else:
        expected = load(compile_source(source)).main
    if exact_key(proto) != exact_key(expected) or _takes_global(proto, expected):
        return "the prompt compiles to other code than the completion"
    return None


def _takes_global(proto: Proto, expected: Proto) -> bool:
    """Whether an upvalue that is ``_ENV`` in a prompt is another one in the source."""
    pairs = zip(proto.upvalues, expected.upvalues, strict=True)
    return any(ours.name == b"_ENV" != theirs.name for ours, theirs in pairs)


def _chunk_of(found: Setting, row: dict[str, Any]) -> Chunk | None:
    """The chunk that the prompt shows, or None if the pack can't be read back."""
    if not load_pack(found.pack).is_lossless:
        return None
    return read(row["prompt"][-1]["content"], found.pack)


def _chunk_problem(found: Setting, row: dict[str, Any], chunk: Chunk | None, source: bytes) -> str | None:
    """How the chunk differs from what the source compiles to."""
    is_function = _FUNCTION.search(row["origin"]) is not None
    if chunk is None:
        if is_function:
            return "the pack can't be read back, so a function can't be compared"
        text = renderer(found.pack).render(_compiled(row, source))
        return None if text == row["prompt"][-1]["content"] else "the prompt is not what the completion compiles to"
    problem = _field_problem(row, chunk)
    if problem is None and is_function:
        return difference_alone(chunk, source, names_of(chunk.main, source))
    return problem or _file_problem(found, row, chunk, source)


def _compiled(row: dict[str, Any], source: bytes) -> Chunk:
    chunk = load(compile_source(source, b"@" + row["origin"].encode()))
    return strip(chunk) if row["stripped"] else chunk


def _field_problem(row: dict[str, Any], chunk: Chunk) -> str | None:
    if (chunk == strip(chunk)) != row["stripped"]:
        return f"stripped is {row['stripped']}, but the chunk is not"
    if instructions(chunk.main) != row["n_instructions"]:
        return f"n_instructions is {row['n_instructions']:,}, but the chunk has {instructions(chunk.main):,}"
    return None


def _file_problem(found: Setting, row: dict[str, Any], chunk: Chunk, source: bytes) -> str | None:
    expected = _compiled(row, source)
    if found.has_pairs:
        return None if exact_key(chunk.main) == exact_key(expected.main) else "the chunk has other code than the source"
    return first_difference(expected, chunk)


@lru_cache(maxsize=1)
def _reader(found: Setting) -> Chat:
    tokenizer = Tokenizer.from_pretrained(found.tokenizer)
    if found.has_code and not found.is_decompiled:
        tokenizer.pack_splitter(found.pack)
    return Chat(tokenizer, found.chat)
