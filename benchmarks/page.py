"""Results as JSON and as tables of Markdown, and these tables in a page, between two marks."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from growth import Point, slopes
from machine import describe
from timing import Round, Spread

BEGIN = "<!-- make bench writes from here -->"
END = "<!-- to here -->"


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a comparison: its rounds, and what its inputs were."""

    name: str
    against: str
    rounds: list[Round]
    chunks: int
    instructions: int

    @property
    def spread(self) -> Spread:
        """The ratios of the rounds."""
        return Spread.of(self.rounds)


def as_json(machine: dict[str, str], corpus: str, results: list[Result], growth: dict[str, list[Point]]) -> str:
    """All that was measured."""
    document: dict[str, Any] = {
        "machine": machine,
        "corpus": corpus,
        "ratios": [{**asdict(result), "ratio": asdict(result.spread)} for result in results],
        "growth": {
            step: {"points": [asdict(point) for point in points], "slopes": slopes(points)}
            for step, points in growth.items()
        },
    }
    return json.dumps(document, indent=1) + "\n"


def as_markdown(machine: dict[str, str], corpus: str, results: list[Result], growth: dict[str, list[Point]]) -> str:
    """The machine, the ratios and the slopes."""
    lines = ["| | |", "| --- | --- |"]
    lines += [f"| {name} | {value} |" for name, value in {**machine, "corpus": corpus}.items()]
    lines += ["", "| what | against | median ratio | least | greatest | rounds | chunks | instructions |"]
    lines += ["| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"]
    for result in results:
        ratios = [number(ratio) for ratio in asdict(result.spread).values()]
        cells = [result.name, result.against, *ratios, str(len(result.rounds))]
        lines.append(f"| {' | '.join([*cells, f'{result.chunks:,}', f'{result.instructions:,}'])} |")
    lines += [
        "",
        "| growth of | up to instructions | slope of time | slope of memory |",
        "| --- | ---: | ---: | ---: |",
    ]
    for step, points in growth.items():
        found = slopes(points)
        cells = [f"{found[name]:.2f}" if name in found else "" for name in ("time", "memory")]
        lines.append(f"| {step} | {points[-1].instructions:,} | {' | '.join(cells)} |")
    return "\n".join(lines)


def number(ratio: float) -> str:
    """A ratio with three digits that count."""
    return f"{ratio:.0f}" if ratio >= 99.95 else f"{ratio:.3g}" if ratio < 0.995 else f"{ratio:#.3g}"


def put(page: str, tables: str) -> str:
    """A page with other tables between its marks.

    Raises:
        ValueError: the page does not have the marks, once each.
    """
    before, _, rest = page.partition(BEGIN)
    _, mark, behind = rest.partition(END)
    if not mark or BEGIN in rest or END in behind:
        raise ValueError(f"expected {BEGIN} and {END} once each")
    return f"{before}{BEGIN}\n\n{tables}\n\n{END}{behind}"


def measure(parts: Mapping[str, Callable[[], Iterable[str]]], only: Collection[str] | None, page: Path | None) -> None:
    """Print the machine, and the lines of each part as they come; then put them into a page.

    Args:
        parts: what is measured, by its name.
        only: the names of the parts that are; None for all.
        page: the page that has the tables; None for none.
    """
    lines = [f"- {key}: {value}" for key, value in describe().items()]
    print("\n".join(lines))
    for name, part in parts.items():
        if only is None or name in only:
            lines.append("")
            for line in part():
                print(line, flush=True)
                lines.append(line)
    if page:
        page.write_text(put(page.read_text("utf-8"), "\n".join(lines)), "utf-8")
