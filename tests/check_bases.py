"""Hold bases of many families equal with transformers, and print a table: texts, chunks, conversations, round trip.

    python tests/check_bases.py [--number N] [--only FAMILY]

Each base is extended with compact, and with ChatML or with its own chat template kept. For N texts, chunks and
conversations each, transformers, which loads the saved folder, must give the same ids, and the same loss masks.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import random
import sys
import tempfile
import unicodedata
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bases import FAMILIES, LOSSY, write
from conftest import LUA_FILES

import aidec
from aidec.chat import Chat
from aidec.chat.proof import differences
from aidec.common.errors import AidecError
from aidec.tokenizers import Tokenizer
from aidec.tokenizers.extension import extend

SPELLED = (
    "",
    " ",
    "  x",
    "\n\n x \n",
    "\t",
    "e\u0301",
    "日本語",
    "🙂",
    "\u2581",
    "ÀÉ",
    "12345",
    "x  ",
    "\r\n",
    "ab_C1",
    "\n",
)


def texts(number: int) -> Iterator[str]:
    """Pieces of Lua and of what is treated in special ways, joined at random."""
    dice = random.Random(22)  # noqa: S311 (the same texts each time)
    sources = [path.read_bytes().decode(errors="replace") for path in LUA_FILES]
    for _ in range(number):
        source = dice.choice(sources)
        start = dice.randrange(max(len(source) - 200, 1))
        yield "".join((dice.choice(SPELLED), source[start : start + dice.randrange(200)], dice.choice(SPELLED)))


def is_rare(text: str) -> bool:
    """Whether a text has what bases that lose nothing else lose: see ``aidec.tokenizers.loss``."""
    return text.startswith(" ") or "\u2581" in text or not unicodedata.is_normalized("NFC", text)


def compare(family: str, chat: str | None, number: int) -> dict[str, Any]:
    """How many texts, chunks and conversations were the same, of how many; and what else a table says."""
    from transformers import AutoTokenizer

    with tempfile.TemporaryDirectory() as scratch:
        base = Tokenizer.from_directory(write(family, Path(scratch) / "base"))
        tokenizer = extend(base, ["compact"], chat)
        tokenizer.save(f"{scratch}/new")
        theirs = AutoTokenizer.from_pretrained(f"{scratch}/new")
        tokenizer = Tokenizer.from_directory(f"{scratch}/new")
        stop = json.loads(Path(scratch, "new", "generation_config.json").read_bytes()) if tokenizer.generation else {}
    found: dict[str, Any] = dict.fromkeys(("texts", "chunks", "conversations", "masks", "round trip", "base ids"), 0)
    some = [text for text in texts(number) if len(tokenizer.splitter("all").parts(text)) == 1]
    for text in some:
        ids = tokenizer.encode(text)
        found["texts"] += ids == theirs(text, add_special_tokens=False)["input_ids"]
        found["round trip"] += tokenizer.decode(ids) == text or is_rare(text)
        found["base ids"] += ids == base.encode(text)
    chunks = [aidec.load(aidec.compile(path.read_bytes(), name="@x.lua")) for path in LUA_FILES]
    for place in range(number):
        ids = tokenizer.encode_chunk(chunks[place % len(chunks)]).tolist()
        text = aidec.render(chunks[place % len(chunks)], "compact")
        found["chunks"] += ids == theirs(text, add_special_tokens=False)["input_ids"]
    if tokenizer.chat_template:
        renders = Chat(tokenizer)
        dice = random.Random(5)  # noqa: S311
        for _ in range(number):
            roles = ["user", "assistant"] * dice.randint(1, 2)
            talk = [{"role": role, "content": dice.choice(some)} for role in roles]
            has_mask = "endgeneration" in renders.template
            out = theirs.apply_chat_template(talk, return_dict=True, return_assistant_tokens_mask=has_mask)
            ids, mask = renders.render_conversation(talk) or ([], [])
            found["conversations"] += ids == list(out["input_ids"])
            found["masks"] += has_mask and mask == list(out["assistant_masks"])
        found["has masks"] = has_mask
    eos = theirs.eos_token
    found |= {"number": number, "some": len(some), "eos": eos, "stops": stop.get("eos_token_id") == theirs.eos_token_id}
    found["problem"] = next(differences(tokenizer, theirs), "")
    return found


def main() -> int:
    """Compare all families."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--number", type=int, default=200, metavar="N")
    parser.add_argument("--only", metavar="FAMILY")
    arguments = parser.parse_args()
    print("| base | chat | texts | chunks | conversations | masks | round trip | base's ids | eos |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |")
    is_wrong = False
    for family in [arguments.only] if arguments.only else FAMILIES:
        for chat in ("chatml", None):
            try:
                row = compare(family, chat, arguments.number)
            except AidecError as error:
                print(f"{family}, {chat}: {error}", file=sys.stderr)
                is_wrong = True
                continue
            has_chat = bool(chat or row["conversations"])
            parts = [f"{row['texts']}/{row['some']}", f"{row['chunks']}/{row['number']}"]
            parts += [f"{row[name]}/{row['number']}" if has_chat else "-" for name in ("conversations", "masks")]
            if not row.get("has masks"):  # a template without {% generation %} says nothing of the loss
                parts[-1] = "-"
            parts += [f"{row[name]}/{row['some']}" for name in ("round trip", "base ids")]
            print(f"| {family} | {chat or 'its own'} | {' | '.join(parts)} | `{row['eos']}` |", flush=True)
            if row["problem"]:
                print(f"{family}, {chat}: {row['problem']}", file=sys.stderr)
            wrong = row["texts"] < row["some"] or row["chunks"] < row["number"]
            wrong |= has_chat and row["conversations"] < row["number"]
            wrong |= bool(row.get("has masks")) and row["masks"] < row["number"]
            is_wrong |= wrong or bool(row["problem"]) or (has_chat and not row["stops"] and row["eos"] is not None)
            is_wrong |= family not in LOSSY and bool(row["round trip"] < row["some"])
    return int(is_wrong)


if __name__ == "__main__":
    sys.exit(main())
