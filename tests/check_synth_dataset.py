"""Datasets of items of all kinds: mixed by weight, proven, killed, and read by others.

    python tests/check_synth_dataset.py [-n N] [--kills N] [-j N] [FILE ...]

Makes items with each command of ``aidec synth`` that needs nothing from outside, and takes one of each other kind from
made_items.py; or takes the items of FILEs. Builds a dataset of them with all task packs, undisturbed with one process,
and with SIGKILL at random moments with N, and compares the hashes of all files. Proves it (``aidec dataset verify``).
Reads it with datasets, and compares ids and masks of each conversation with those that transformers makes of its texts.
If TRL is installed, its columns are compared too. Then a third of the programs are tasks of an evaluation, and must
be left out. Exits 1 where anything differs.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from check_dataset import build_and_kill, hashes, run
from made_items import ITEMS, item, tokenizer, write_items

from aidec.cli.synth import COMMANDS
from aidec.dataset.items import kind_of, read_items
from aidec.taskpacks import find_task_packs

WEIGHTS = {"generate": 0.5, "break": 1.5}
"""The weights of kinds in the mix; that of the others is 1."""

WHOLE = ("generate", "python", "instruct")
"""The kinds whose ``code`` is a file that compiles."""

LEAST = 200
"""From how many bytes on a program is long enough to be told from others."""


SPELLED = ("user\n", "assistant\n")
"""Tokens of ChatML that are words: transformers takes them for tokens in a text too (docs/explanation/untrusted.md)."""


def made(folder: Path, number: int) -> list[Path]:
    """Files of items of each kind: of the commands that there are, and else of made_items.py."""
    programs = folder / "generate.jsonl"
    (folder / "half.py").write_text("def half(n: int) -> int:\n    return n // 2\n")
    commands = {
        "generate": ["-n", str(number)],
        "break": ["-n", str(max(number // 4, 1))],
        "rewrite": [str(programs), "--field", "code", "--by", "file", "--rewrite", "invert-if"],
        "properties": ["--runs", "20", "--mutants", "2", "--function", "gcd", "--function", "clamp"],
        "python": [str(folder / "half.py")],
    }
    paths = []
    for kind in ITEMS:
        paths.append(folder / f"{kind}.jsonl")
        if kind in commands and kind in COMMANDS:
            run("synth", kind, *commands[kind], "-o", str(paths[-1]))
        else:
            write_items(paths[-1], [item(kind)])
    return paths


def read_by_others(folder: Path, tokenizer_folder: Path) -> bool:
    """Whether datasets reads all rows, and transformers makes the same ids and masks of their texts."""
    import datasets
    from transformers import AutoTokenizer

    loaded = datasets.load_dataset(str(folder), cache_dir=str(folder.parent / "cache"))
    theirs = AutoTokenizer.from_pretrained(str(tokenizer_folder))
    differing = number = spelling = 0
    for row in (row for split in loaded.values() for row in split):
        number += 1
        differing += row["messages"] != [*row["prompt"], *row["completion"]]
        if any(token in message["content"] for message in row["messages"] for token in SPELLED):
            spelling += 1
            continue
        found = theirs.apply_chat_template(
            row["messages"], tokenize=True, return_dict=True, return_assistant_tokens_mask=True
        )
        differing += (list(found["input_ids"]), list(found["assistant_masks"])) != (
            row["input_ids"],
            row["assistant_masks"],
        )
    print(f"datasets reads {number:,} rows of {len(loaded)} splits; transformers differs on {differing:,}")
    print(f"not compared with transformers, since they spell a token of ChatML: {spelling:,}")
    return number > spelling and not differing and formatted_by_trl(loaded["train"], theirs)


def formatted_by_trl(rows: Any, tokenizer: Any) -> bool:
    """Whether TRL takes rows for conversations, and its texts are those of the ids; true if it is not installed."""
    if find_spec("trl") is None:
        print("TRL is not installed: its formatting is not compared")
        return True
    from trl.data_utils import apply_chat_template, is_conversational

    differing = 0
    for row in rows:
        example = {"prompt": row["prompt"], "completion": row["completion"]}
        text = "".join(apply_chat_template(example, tokenizer).values())
        differing += not is_conversational(example)
        differing += tokenizer(text, add_special_tokens=False)["input_ids"] != row["input_ids"]
    print(f"TRL formats {len(rows):,} rows, and differs on {differing:,}")
    return not differing


def decontaminated(recipe: dict[str, Any], paths: list[Path], scratch: Path, options: argparse.Namespace) -> bool:
    """Whether programs that are tasks of an evaluation are left out, and what else is left out is named."""
    read = (json.loads(entry.data) for entry in read_items(map(str, paths), print))
    programs = [each for each in read if kind_of(each) in WHOLE and len(each["code"]) >= LEAST][::3]
    tasks = scratch / "tasks.jsonl"
    tasks.write_text("".join(json.dumps({"id": each["id"], "source": each["code"]}) + "\n" for each in programs))
    path = scratch / "clean.yaml"
    path.write_text(json.dumps({**recipe, "decontaminate": [str(tasks)]}))
    run("dataset", "build", str(path), "-o", str(scratch / "clean"), "-j", str(options.j))
    report = json.loads((scratch / "clean" / "decontamination.json").read_text())
    counts: Counter[str] = Counter()
    for found in report["left_out"].values():
        counts.update(found)
    missed = {each["id"] for each in programs} - set(report["left_out"])
    print(f"{len(programs):,} tasks: left out {dict(counts)}; {len(missed):,} tasks are not found")
    return not missed


def main() -> int:
    """Check what the command line asks for; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    parser.add_argument("-n", type=int, default=200, help="how many programs are made (default: %(default)s)")
    parser.add_argument("--kills", type=int, default=5, metavar="N")
    parser.add_argument("-j", type=int, default=2, metavar="N")
    options = parser.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        paths = [path.resolve() for path in options.files] or made(scratch, options.n)
        extended = tokenizer(scratch)
        packs = list(find_task_packs())
        sources = [{"synth": str(path), "task": packs, "weight": WEIGHTS.get(path.stem, 1)} for path in paths]
        split = {"validation": 0.1, "test": 0.1}
        recipe = {"sources": sources, "tokenizer": str(extended), "split": split, "partition_bytes": 20_000}
        path = scratch / "recipe.yaml"
        path.write_text(json.dumps(recipe))
        build = ["dataset", "build", str(path)]
        start = time.monotonic()
        run(*build, "-o", str(scratch / "undisturbed"))
        seconds = time.monotonic() - start
        kills = build_and_kill([*build, "-o", str(scratch / "killed"), "-j", str(options.j)], seconds, options.kills)
        ours, theirs = hashes(scratch / "killed"), hashes(scratch / "undisturbed")
        differing = sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))
        print(f"built in {seconds:.1f} s; killed {kills} times, {len(theirs)} files, {len(differing)} differ")
        verified = run("dataset", "verify", str(scratch / "undisturbed"), "-j", str(options.j))
        card = (scratch / "undisturbed" / "README.md").read_text()
        print(card[card.index("## Items") : card.index("## What splits")])
        is_good = not differing and verified.endswith(" 0 failed")
        is_good &= read_by_others(scratch / "undisturbed", extended)
        is_good &= decontaminated(recipe, paths, scratch, options)
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
