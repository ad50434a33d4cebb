"""How well do the presets compress Lua that they have not seen?

    python benchmarks/held_out.py [--vocab-size N ...] [--preset NAME ...] [--json FILE] [--plot FILE] CORPUS

Each folder in CORPUS is a package. In turn, one is held out: every preset is trained on all others and measured on it.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from statistics import fmean
from typing import Any

from aidec.sources import documents
from aidec.tokenizers.measurement import measure, split_words
from aidec.tokenizers.preset import load_preset
from aidec.tokenizers.trainer import Corpus, train

PRESETS = ["lua", "gpt4", "bbpe", "lua-sp"]
COLUMNS = ("bytes_per_token", "tokens_per_line", "keywords_whole", "operators_whole", "tokens_per_identifier", "unused")


def held_out(corpus: Path, preset: str, vocab_size: int) -> dict[str, dict[str, Any]]:
    """The measures on each package, by its name, of a tokenizer trained on the others."""
    packages = sorted(str(path) for path in corpus.iterdir() if path.is_dir())
    found = {}
    for package in packages:
        others = [path for path in packages if path != package]
        tokenizer = train(
            Corpus(document.data for document in documents(others, _report)), load_preset(preset), vocab_size
        )
        measures = measure(tokenizer, (document.data for document in documents([package], _report)))
        found[Path(package).name] = {**measures.as_dict(), "split_words": len(split_words(tokenizer))}
        print(f"{preset} {vocab_size:,} without {Path(package).name}: {measures.bytes_per_token:.3f}", file=sys.stderr)
    return found


def _report(problem: str) -> None:
    print(problem, file=sys.stderr)


def tables(results: dict[int, dict[str, dict[str, dict[str, Any]]]]) -> str:
    """Markdown: for each size bytes a token for each package, then the means of the other measures."""
    lines = []
    for size, presets in results.items():
        packages = list(next(iter(presets.values())))
        lines += [
            f"Bytes a token at {size:,}:",
            "",
            f"| held out | {' | '.join(presets)} |",
            "| --- |" + " ---: |" * len(presets),
        ]
        for package in packages:
            row = [f"{found[package]['bytes_per_token']:.3f}" for found in presets.values()]
            lines.append(f"| {package} | {' | '.join(row)} |")
        mean = [f"{fmean(m['bytes_per_token'] for m in found.values()):.3f}" for found in presets.values()]
        total = [
            f"{sum(m['bytes'] for m in found.values()) / sum(m['tokens'] for m in found.values()):.3f}"
            for found in presets.values()
        ]
        lines += [f"| mean | {' | '.join(mean)} |", f"| all bytes / all tokens | {' | '.join(total)} |", ""]
        lines += [f"Means at {size:,}:", "", f"| | {' | '.join(presets)} |", "| --- |" + " ---: |" * len(presets)]
        for key in (*COLUMNS[1:], "split_words"):
            row = [f"{fmean(m[key] for m in found.values()):.4g}" for found in presets.values()]
            lines.append(f"| {key.replace('_', ' ')} | {' | '.join(row)} |")
        lines.append("")
    return "\n".join(lines)


def plot(results: dict[int, dict[str, dict[str, dict[str, Any]]]], path: Path) -> None:
    """Bytes a token, each package a group of bars, each size a picture."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 3.6 * len(results)), layout="constrained")
    for axes, (size, presets) in zip(
        figure.subplots(len(results), 1, squeeze=False)[:, 0], results.items(), strict=True
    ):
        width = 0.8 / len(presets)
        for number, (preset, found) in enumerate(presets.items()):
            places = [i + (number - (len(presets) - 1) / 2) * width for i in range(len(found))]
            bars = axes.bar(places, [m["bytes_per_token"] for m in found.values()], width, label=preset)
            axes.bar_label(bars, fmt="%.2f", fontsize=6)
        axes.set_xticks(range(len(found)), list(found))
        axes.set(ylabel="bytes a token", title=f"held out by package, {size:,} tokens")
        axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
    figure.savefig(path, dpi=130)


def main() -> None:
    """Train and measure all, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path, metavar="CORPUS")
    parser.add_argument("--vocab-size", action="append", type=int, metavar="N")
    parser.add_argument("--preset", action="append", metavar="NAME")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--plot", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    results = {
        size: {preset: held_out(arguments.corpus, preset, size) for preset in arguments.preset or PRESETS}
        for size in arguments.vocab_size or [32_768, 49_152]
    }
    print(tables(results))
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1) + "\n")
    if arguments.plot:
        plot(results, arguments.plot)


if __name__ == "__main__":
    main()
