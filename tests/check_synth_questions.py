"""Questions on the manual: every anchor is there, and every example and answer is what lua5.3 does.

    python tests/check_synth_questions.py [-n 4] [--sample RULES] [--seed S] [-j 2] [MANUAL]

Makes the questions of all rules that ship (``aidec synth questions``), with 1 process and with several, whose files
must be the same. What is said in each item is then proven by what has no part in its making: anchors are looked for in
the HTML itself, those in the answer too, and lua5.3 runs the code of each question, example and counterexample. Prints
counts, and how many of the manual's own blocks of code compile. MANUAL is by default the file that
``tests/oracles/fetch_manual.sh`` fetches. Exits 1 if anything was not kept, or is not so.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

from aidec.lua.diagnostics import check
from aidec.synthesis.items import write_items
from aidec.synthesis.manual import read_manual
from aidec.synthesis.questions import NAME, Asking
from aidec.synthesis.rules import shipped

MANUAL = os.environ.get("AIDEC_MANUAL") or Path.home() / ".cache" / "aidec" / "manual.html"
CITED = re.compile(r"§([0-9.]*[0-9])|`(pdf-[^`]+)`")


@cache
def seen_by_lua(code: str) -> tuple[str, str, str]:
    """What lua5.3 does with code, as an item says it: the deed, the output, the message."""
    if refused := ran("luac5.3", "-p", "-", code=code).stderr:
        return "refused", "", named(refused.removeprefix(b"luac5.3: ").removesuffix(b"\n"))
    done = ran("lua5.3", "-", code=code)
    message = done.stderr.removeprefix(b"lua5.3: ").partition(b"\nstack traceback:")[0]
    return "fails" if done.returncode else "prints", named(done.stdout), named(message.removesuffix(b"\n"))


def ran(*command: str, code: str) -> subprocess.CompletedProcess[bytes]:
    """A program that read code."""
    return subprocess.run(command, input=code.encode(), capture_output=True, check=False)


def named(text: bytes) -> str:
    """A text in which the code has the name that it has in items."""
    return re.sub(r"\bstdin:(?=[0-9])", f"{NAME}:", text.decode())


def problems(row: dict[str, Any], html: str) -> list[str]:
    """What an item says, and is not so."""
    found = []
    names = [anchor.removeprefix("§") for anchor in row["anchors"]]
    cited = [number or name for number, name in CITED.findall(row["answer"].rpartition("\n\n")[2])]
    found += [f"there is no anchor {name}" for name in {*names, *cited} if f'name="{name}"' not in html]
    found += [f"the answer does not cite {name}" for name in set(names) - set(cited)]
    for what, said in (
        ("question", {"code": row["code"], **row["outcome"]}),
        *((key, row[key]) for key in ("example", "counterexample")),
    ):
        deed = (said["deed"], said["output"], said["message"])
        seen = seen_by_lua(said["code"])
        if deed != seen:
            found.append(f"{what}: {deed}, but lua5.3: {seen}")
    return found


def main() -> int:
    """Check the questions; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=4, help="values of each question (default: %(default)s)")
    parser.add_argument("-j", type=int, default=2, help="processes (default: %(default)s)")
    parser.add_argument("--sample", type=int, metavar="RULES", help="how many rules, drawn by the seed (default: all)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("manual", nargs="?", type=Path, default=Path(MANUAL), metavar="MANUAL")
    options = parser.parse_args()
    manual, html = read_manual(options.manual), options.manual.read_text("iso-8859-1")
    rules = shipped()
    if options.sample is not None:
        rules = tuple(random.Random(options.seed).sample(rules, options.sample))  # noqa: S311 -- nothing is secret
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / "one.jsonl", Path(folder) / "several.jsonl"]
        for path, jobs in zip(files, (1, options.j), strict=True):
            start = time.monotonic()
            tally = write_items(path, rules, Asking(options.seed, options.n, manual), jobs=jobs)
            seconds = time.monotonic() - start
            print(f"{tally.kept:,} questions of {len(rules)} rules with {jobs} processes: {seconds:.1f} s")
        is_same = files[0].read_bytes() == files[1].read_bytes()
        rows = [json.loads(line) for line in files[0].read_bytes().splitlines()]
    print(f"not kept: {dict(tally.rejected)}; the same file: {is_same}")
    found = [f"{row['id']}: {problem}" for row in rows for problem in problems(row, html)]
    deeds = Counter(row["outcome"]["deed"] for row in rows)
    anchors = Counter(anchor for row in rows for anchor in row["anchors"])
    print(f"deeds: {dict(deeds)}; topics: {dict(Counter(rule.topic for rule in rules))}")
    different = [len({row[key] for row in rows}) for key in ("question", "code", "answer")]
    print("different questions, code, answers: {:,}, {:,}, {:,}".format(*different))
    print(f"anchors: {len(anchors)} cited, of {len(manual.sections)} in the manual")
    examples = [code for section in manual.sections.values() for code in section.examples]
    print(
        f"blocks of code in the manual: {len(examples)}, {sum(check(code) is None for code in examples)} compile alone"
    )
    print("\n".join([f"{len(found):,} of what {len(rows):,} items say is not so", *found]))
    return 0 if is_same and not tally.rejected and not found else 1


if __name__ == "__main__":
    sys.exit(main())
