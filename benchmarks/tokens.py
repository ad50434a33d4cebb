"""How many tokens do packs need on a corpus, with the text between special tokens counted by one and the same BPE?

    python benchmarks/tokens.py [--pack NAME ...] [--decompiled] [--sample N] [--strip] [-j N] [--at-most R] FOLDER

Trains a throw-away byte-level BPE of 32,768 on the .lua files below FOLDER, with the tokenizers library, and runs
``aidec stats`` with it. With --decompiled, decompiled source is counted too, and the sources themselves; with --sample
N, every Nth file is. With --at-most R, fails where the last pack takes more than R of the tokens of the first.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

VOCABULARY = 32_768


def sources(folder: Path) -> list[Path]:
    """The files of sources, in an order that does not change."""
    return [path for path in sorted(folder.rglob("*.lua")) if path.is_file()]


def texts(paths: list[Path]) -> Iterator[str]:
    """The texts of files."""
    for path in paths:
        yield path.read_text("utf-8", "replace")


def train(paths: list[Path]) -> Tokenizer:
    """The BPE."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=VOCABULARY, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(texts(paths), trainer)
    return tokenizer


def main() -> int:
    """Train, run ``aidec stats``, and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--pack", action="append", metavar="NAME")
    parser.add_argument("--decompiled", action="store_true")
    parser.add_argument("--sample", type=int, default=1, metavar="N")
    parser.add_argument("--strip", action="store_true")
    parser.add_argument("-j", default="0", metavar="N")
    parser.add_argument("--at-most", type=float, metavar="R")
    arguments = parser.parse_args()
    packs = arguments.pack or ["classic", "compact"]
    paths = sources(arguments.folder)
    counted = paths[:: arguments.sample]
    with tempfile.TemporaryDirectory() as scratch:
        file = str(Path(scratch) / "tokenizer.json")
        tokenizer = train(paths)
        tokenizer.save(file)
        options = [option for pack in packs for option in ("--pack", pack)]
        options += ["--decompiled", "made", "--decompiled", "plain"] * arguments.decompiled
        options += ["--strip"] * arguments.strip
        command = ["aidec", "stats", "--tokenizer", file, "-j", arguments.j, *options, *map(str, counted)]
        done = subprocess.run([sys.executable, "-m", *command], stdout=subprocess.PIPE, text=True, check=False)
    print(done.stdout, end="")
    if arguments.decompiled:
        number = sum(len(tokenizer.encode(text).ids) for text in texts(counted))
        print(f"\nthe sources themselves: {number:,} tokens")
    totals = {row.split()[0]: int(row.split()[1].replace(",", "")) for row in done.stdout.splitlines()[3:]}
    ratio = totals[packs[-1]] / totals[packs[0]]
    print(f"\n{packs[-1]} takes {ratio:.4f} of the tokens of {packs[0]}")
    return 0 if arguments.at_most is None or ratio <= arguments.at_most else 1


if __name__ == "__main__":
    sys.exit(main())
