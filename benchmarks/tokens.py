"""How many tokens do packs need on a corpus, with the text between special tokens counted by one and the same BPE?

    python benchmarks/tokens.py [--held-out] [--pack NAME ...] [--decompiled] [--sample N] [--strip] [-j N]
                                [--at-most R] FOLDER

Trains a throw-away byte-level BPE of 32,768 on the .lua files below FOLDER, with the tokenizers library, and runs
``aidec stats`` with it. With --held-out, each folder in FOLDER is a package: in turn, one is counted with a BPE that
was trained on all others, and the sums follow. With --decompiled, decompiled source is counted too, and the sources
themselves; with --sample N, every Nth file is counted. With --at-most R, fails where the last pack takes more than R
of the tokens of the first.
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


def count(tokenizer: Tokenizer, paths: list[Path], options: list[str]) -> str:
    """What ``aidec stats`` prints of files."""
    with tempfile.TemporaryDirectory() as scratch:
        file = str(Path(scratch) / "tokenizer.json")
        tokenizer.save(file)
        command = ["aidec", "stats", "--tokenizer", file, *options, *map(str, paths)]
        return subprocess.run([sys.executable, "-m", *command], stdout=subprocess.PIPE, text=True, check=False).stdout


def totals(table: str) -> dict[str, int]:
    """The tokens in each row of what ``aidec stats`` prints."""
    return {row.split()[0]: int(row.split()[1].replace(",", "")) for row in table.splitlines()[3:]}


def held_out(arguments: argparse.Namespace, packs: list[str], options: list[str]) -> dict[str, int]:
    """The tokens of each pack, each package counted with a BPE of all others; prints a row for each package."""
    sums = dict.fromkeys(packs, 0)
    print(f"| held out | {' | '.join(packs)} | {packs[-1]} / {packs[0]} |\n| --- |" + " ---: |" * (len(packs) + 1))
    for package in sorted(path for path in arguments.folder.iterdir() if path.is_dir()):
        others = [path for path in sources(arguments.folder) if package not in path.parents]
        found = totals(count(train(others), sources(package)[:: arguments.sample], options))
        sums = {pack: sums[pack] + found[pack] for pack in packs}
        print(_row(package.name, [found[pack] for pack in packs]), flush=True)
    print(_row("all", [*sums.values()]))
    return sums


def _row(name: str, tokens: list[int]) -> str:
    return f"| {name} | {' | '.join(f'{n:,}' for n in tokens)} | {tokens[-1] / tokens[0]:.2%} |"


def seen(arguments: argparse.Namespace, options: list[str]) -> dict[str, int]:
    """The tokens of each pack, counted with a BPE that was trained on the same files; prints what is counted."""
    paths = sources(arguments.folder)
    counted = paths[:: arguments.sample]
    tokenizer = train(paths)
    table = count(tokenizer, counted, options)
    print(table, end="")
    if arguments.decompiled:
        number = sum(len(tokenizer.encode(text).ids) for text in texts(counted))
        print(f"\nthe sources themselves: {number:,} tokens")
    return totals(table)


def main() -> int:
    """Train, run ``aidec stats``, and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--held-out", action="store_true")
    parser.add_argument("--pack", action="append", metavar="NAME")
    parser.add_argument("--decompiled", action="store_true")
    parser.add_argument("--sample", type=int, default=1, metavar="N")
    parser.add_argument("--strip", action="store_true")
    parser.add_argument("-j", default="0", metavar="N")
    parser.add_argument("--at-most", type=float, metavar="R")
    arguments = parser.parse_args()
    if arguments.held_out and arguments.decompiled:
        parser.error("--held-out counts packs, not decompiled source")
    packs = arguments.pack or ["classic", "compact"]
    options = ["-j", arguments.j, *[option for pack in packs for option in ("--pack", pack)]]
    options += ["--decompiled", "made", "--decompiled", "plain"] * arguments.decompiled
    options += ["--strip"] * arguments.strip
    found = held_out(arguments, packs, options) if arguments.held_out else seen(arguments, options)
    ratio = found[packs[-1]] / found[packs[0]]
    print(f"\n{packs[-1]} takes {ratio:.4f} of the tokens of {packs[0]}")
    return 0 if arguments.at_most is None or ratio <= arguments.at_most else 1


if __name__ == "__main__":
    sys.exit(main())
