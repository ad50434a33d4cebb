"""Compare the tokenizers of all presets with transformers and tiktoken, on real files.

    python tests/check_tokenizers.py [--vocab-size N] [--conversations N] FOLDER

Trains every preset on the .lua files below FOLDER, extends it with classic, and with ChatML where it has no chat,
and checks: both engines give the same ids for every file, which decode to the file; the ids of a chunk are those of its
text; and transformers, which loads the saved folder, gives the ids and the loss masks that aidec gives for
conversations about these files.
"""

from __future__ import annotations

import argparse
import logging
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from typing import Any

import aidec
from aidec.chat import Chat
from aidec.sources import documents
from aidec.tokenizers import Tokenizer
from aidec.tokenizers.extension import extend
from aidec.tokenizers.preset import load_preset, preset_names
from aidec.tokenizers.trainer import Corpus, train

LONGEST = 8_000
"""How many bytes the sources of conversations may have: classic makes some 50 tokens of each instruction."""


COUNTS: Counter[str] = Counter()
"""What was compared."""


def check(preset: str, folder: str, vocab_size: int, conversations: int) -> Iterator[str]:
    """What differs for a preset."""
    sources = [document.data for document in documents([folder], _fail)]
    with tempfile.TemporaryDirectory() as scratch:
        base = train(Corpus(sources), load_preset(preset), vocab_size)
        base.save(f"{scratch}/base")
        extended = extend(base, ["classic"], None if base.chat_template else "chatml")
        extended.save(f"{scratch}/extended")
        for name in ("base", "extended"):
            loaded = [Tokenizer.from_directory(f"{scratch}/{name}", engine) for engine in ("tokenizers", "tiktoken")]
            for number, source in enumerate(sources):
                first, second = [tokenizer.encode(source) for tokenizer in loaded]
                COUNTS[f"{preset}: files encoded, tokenizers and tiktoken, {name}"] += 1
                if second != first:
                    yield f"{preset}, {name}: the engines differ on file {number}"
                if loaded[0].decode_bytes(first) != source:
                    yield f"{preset}, {name}: file {number} is not decoded to what it was"
            if loaded[0].chat_template:
                yield from _compare(loaded[-1], f"{scratch}/{name}", sources, conversations, f"{preset}, {name}")


def _compare(tokenizer: Tokenizer, folder: str, sources: list[bytes], number: int, name: str) -> Iterator[str]:
    from transformers import AutoTokenizer

    theirs = AutoTokenizer.from_pretrained(folder)
    chat = Chat(tokenizer)
    for i, (chunk, conversation) in enumerate(_conversations(tokenizer, sources, number)):
        if tokenizer.packs:
            text = aidec.render(chunk)
            if tokenizer.encode_chunk(chunk).tolist() != tokenizer.encode(text, allowed_special=aidec.vocabulary()):
                yield f"{name}: the ids of chunk {i} are not those of its text"
        rendered = chat.render_conversation(conversation)
        as_text = chat.as_text(conversation)
        out = theirs.apply_chat_template(as_text, return_assistant_tokens_mask=True, return_dict=True)
        if rendered != (out["input_ids"], out["assistant_masks"]):
            yield f"{name}: transformers differs on conversation {i}"
        prompt = theirs.apply_chat_template(as_text[:-1], add_generation_prompt=True, return_dict=True)["input_ids"]
        if chat.render_for_completion(conversation) != prompt:
            yield f"{name}: transformers differs on the prompt of conversation {i}"
        COUNTS[f"{name}: conversations compared with transformers"] += 1


def _conversations(
    tokenizer: Tokenizer, sources: list[bytes], number: int
) -> Iterator[tuple[aidec.bytecode.Chunk, list[dict[str, Any]]]]:
    """Chunks and what one may say of them, in which no content spells a control token."""
    dice = random.Random(53)  # noqa: S311 (the same conversations each time)
    pack = next(iter(tokenizer.packs), "listing")
    made = 0
    while made < number:
        source = dice.choice(sources)
        try:
            text = source.decode()
            chunk = aidec.load(aidec.compile(source, name="@source.lua"))
        except (UnicodeDecodeError, aidec.CompileError):
            continue
        if len(source) > LONGEST or any(token in text for token in tokenizer.special_tokens):
            continue
        made += 1
        question = {"type": "chunk", "chunk": chunk, "pack": pack, "strip": dice.random() < 0.5}
        answer: Any = text
        if tokenizer.metadata["chat"] == "nanochat" and dice.random() < 0.5:
            half = len(text) // 2
            answer = [
                {"type": "text", "text": text[:half]},
                {"type": "python", "text": "6 * 7"},
                {"type": "python_output", "text": "42"},
                {"type": "text", "text": text[half:]},
            ]
        messages: list[dict[str, Any]] = [
            {"role": "system", "content": "Decompile."},
            {"role": "user", "content": [question]},
            {"role": "assistant", "content": answer},
            {"role": "user", "content": [{"type": "text", "text": "And stripped? "}, {**question, "strip": True}]},
            {"role": "assistant", "content": text},
        ]
        yield chunk, messages[dice.choice((0, 1)) :]


def _fail(problem: str) -> None:
    raise SystemExit(problem)


def main() -> int:
    """Check all presets."""
    logging.disable(logging.WARNING)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", metavar="FOLDER")
    parser.add_argument("--vocab-size", type=int, default=32_768, metavar="N")
    parser.add_argument("--conversations", type=int, default=200, metavar="N")
    arguments = parser.parse_args()
    differences = 0
    for preset in preset_names():
        for difference in check(preset, arguments.folder, arguments.vocab_size, arguments.conversations):
            differences += 1
            print(difference, file=sys.stderr)
    for what, count in COUNTS.items():
        print(f"{count:>12,} {what}")
    print(f"{differences:>12,} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
