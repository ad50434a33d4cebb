"""Sizes and tags of generated programs beside those of functions and files of a real corpus, as a table and a picture.

    python benchmarks/synthesis.py [-n 2000] [--aimed 400] [--files 300] [--seed S] [-j N] [--plot FILE] CORPUS

Draws .lua files of the corpus by the seed, and takes their functions, and the files as wholes. Makes programs with the
usual knobs, and programs whose target is the tags of the files (``aidec synth generate --target``).
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from aidec.bytecode import load
from aidec.common.json_values import bytes_from_json
from aidec.evaluation.building import build_tasks
from aidec.lua.compile import compile_source
from aidec.sources import Document
from aidec.synthesis.bringing import CLASSES, makeable
from aidec.synthesis.generating import Generating
from aidec.synthesis.items import write_items
from aidec.synthesis.targets import read_rows, read_target, shares_of

MOST_BYTES = 200_000
"""Files of the corpus that are larger are not drawn."""


@dataclass(frozen=True, slots=True)
class Code:
    """A program or a function: how many instructions it has, and its tags."""

    instructions: int
    tags: Sequence[str]


def documents(corpus: Path, files: int, seed: int) -> Iterator[Document]:
    """Some files of a corpus."""
    paths = sorted(path for path in corpus.rglob("*.lua") if path.is_file() and path.stat().st_size <= MOST_BYTES)
    for path in random.Random(seed).sample(paths, min(files, len(paths))):  # noqa: S311 -- nothing here is secret
        yield Document(str(path), path.read_bytes())


def real(corpus: Path, files: int, seed: int, by: str) -> list[Code]:
    """The functions, or the files as wholes, of some files of a corpus; what is no Lua 5.3 is left out."""
    left_out: list[str] = []
    tasks = (task for each in documents(corpus, files, seed) for task in build_tasks(each, left_out.append, by=by))
    return [Code(size(task.chunk), task.tags) for task in tasks]


def size(chunk: bytes) -> int:
    """The instructions of a chunk."""
    return sum(len(proto.code) for proto in load(chunk).main.walk())


def made(number: int, seed: int, jobs: int, path: Path, target: dict[str, float]) -> list[Code]:
    """Programs that are generated; prints how many there are a second."""
    start = time.monotonic()
    tally = write_items(path, range(number), Generating(seed, target=target), jobs=jobs)
    seconds = time.monotonic() - start
    print(
        f"{tally.kept:,} of {tally.tried:,} programs{' with a target' if target else ''}: {tally.tried / seconds:.1f}/s"
    )
    return [Code(size(compile_source(bytes_from_json(row["code"]))), row["tags"]) for row in read_rows(path)]


def rows(groups: dict[str, list[Code]]) -> list[tuple[str, list[float]]]:
    """Each tag with its share in each group, the most frequent in the first group first."""
    shares = [shares_of(each.tags for each in group) for group in groups.values()]
    tags = [tag for tag in sorted({tag for found in shares for tag in found}) if not tag.startswith(CLASSES)]
    return [
        (tag, [found.get(tag, 0.0) for found in shares]) for tag in sorted(tags, key=lambda tag: -shares[0].get(tag, 0))
    ]


def table(groups: dict[str, list[Code]]) -> Iterator[str]:
    """The lines of a table: sizes, then the share of each tag."""
    yield f"| | {' | '.join(groups)} |"
    yield "| --- |" + " ---: |" * len(groups)
    yield f"| number | {' | '.join(f'{len(group):,}' for group in groups.values())} |"
    sizes = [sorted(each.instructions for each in group) for group in groups.values()]
    for name, share in (("tenth", 0.1), ("median", 0.5), ("nine tenths", 0.9)):
        yield f"| instructions, {name} | {' | '.join(f'{each[int(share * len(each))]:,}' for each in sizes)} |"
    for tag, shares in rows(groups):
        name = f"`{tag}`{'' if tag in makeable() else ', no target'}"
        yield f"| {name} | {' | '.join(f'{each:.1%}' for each in shares)} |"


def plot(groups: dict[str, list[Code]], path: Path) -> None:
    """The sizes, and the share of each tag, each group a curve and a bar."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 9), layout="constrained")
    above, below = figure.subplots(2, 1)
    for name, group in groups.items():
        sizes = sorted(each.instructions for each in group)
        above.plot(sizes, [(number + 1) / len(sizes) for number in range(len(sizes))], label=name)
    above.set(xscale="log", xlabel="instructions", ylabel="share that has as many or fewer", title="sizes")
    above.legend()
    found = rows(groups)
    width = 0.8 / len(groups)
    for number, name in enumerate(groups):
        places = [place + (number - (len(groups) - 1) / 2) * width for place in range(len(found))]
        below.bar(places, [shares[number] for _, shares in found], width, label=name)
    below.set_xticks(range(len(found)), [tag for tag, _ in found], rotation=60, ha="right")
    below.set(ylabel="share that has the tag", title="tags")
    figure.savefig(path, dpi=110)


def main() -> None:
    """Measure, print the table, and draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path, metavar="CORPUS")
    parser.add_argument("-n", type=int, default=2000, help="how many programs (default: %(default)s)")
    parser.add_argument("--aimed", type=int, default=400, help="how many with a target (default: %(default)s)")
    parser.add_argument("--files", type=int, default=300, help="how many files of the corpus (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-j", type=int, default=1, help="processes (default: %(default)s)")
    parser.add_argument("--plot", type=Path, metavar="FILE")
    options = parser.parse_args()
    files, functions = (real(options.corpus, options.files, options.seed, by) for by in ("file", "function"))
    with tempfile.TemporaryDirectory() as work:
        tagged, usual, aimed = (Path(work) / name for name in ("tags.jsonl", "usual.jsonl", "aimed.jsonl"))
        tagged.write_text("".join(json.dumps({"tags": list(each.tags)}) + "\n" for each in files))
        target, _ = read_target(tagged)
        groups = {
            "files": files,
            "functions": functions,
            "programs": made(options.n, options.seed, options.j, usual, {}),
            "programs, files as target": made(options.aimed, options.seed, options.j, aimed, target),
        }
    print("\n".join(table(groups)))
    if options.plot is not None:
        plot(groups, options.plot)


if __name__ == "__main__":
    main()
