"""Tables of a report on the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

GROUP_LEVELS = ("compiles", "same_bytecode", "same_behaviour", "same_text", "names", "readability")
"""The levels that stand in the table of groups."""

MOST_FAILURES = 12


def aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows as lines, the first column to the left and the others to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = [
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()


def share(value: float | None) -> str:
    """A number from 0 to 1."""
    return "-" if value is None else f"{value:.3f}"


def within(interval: dict[str, Any]) -> str:
    """The ends of an interval."""
    return "" if interval["low"] is None else f"{interval['low']:.3f} to {interval['high']:.3f}"


def report_lines(report: dict[str, Any], costs: dict[str, Any]) -> Iterator[str]:
    """A report as lines."""
    yield f"{report['system']}: {report['predictions']:,} predictions for {report['tasks']:,} tasks"
    yield ""
    yield from aligned(list(_levels(report)))
    groups = [group for group in report["groups"] if group["by"] != "all"]
    if groups:
        yield ""
        yield from aligned(list(_groups(groups)))
    if report["repair"]:
        yield ""
        yield from aligned(list(_repair(report["repair"])))
    if report["failures"]:
        yield ""
        yield from aligned(list(_failures(report["failures"])))
    paid = [f"{costs[f'{name}_a_task']:,} {name} a task" for name in ("seconds", "tokens") if costs[name] is not None]
    if paid:
        yield ""
        yield ", ".join(paid)


def _levels(report: dict[str, Any]) -> Iterator[list[str]]:
    ks = list(report["pass"])
    yield ["level", "mean", "95 %", "tasks", *(f"pass@{k}" for k in ks), *(f"all@{k}" for k in report["all"])]
    for name, interval in report["groups"][0]["levels"].items():
        passed = [share(report[kind][k].get(name, {}).get("mean")) for kind in ("pass", "all") for k in report[kind]]
        yield [name, share(interval["mean"]), within(interval), f"{interval['tasks']:,}", *passed]


def _groups(groups: Sequence[dict[str, Any]]) -> Iterator[list[str]]:
    yield ["tasks by", "tasks", *GROUP_LEVELS]
    for group in groups:
        means = [share(group["levels"].get(name, {}).get("mean")) for name in GROUP_LEVELS]
        yield [f"{group['by']} {group['value']}", f"{group['tasks']:,}", *means]


def _repair(repair: dict[str, Any]) -> Iterator[list[str]]:
    yield ["repair", repair["goal"], "95 %"]
    for number, interval in enumerate(repair["by_round"]):
        yield [f"after round {number}" if number else "at first", share(interval["mean"]), within(interval)]
    yield ["gain", share(repair["gain"]["mean"]), within(repair["gain"])]
    yield ["FixRate@1", share(repair["fix_rate"]["mean"]), within(repair["fix_rate"])]


def _failures(failures: Sequence[dict[str, Any]]) -> Iterator[list[str]]:
    yield ["failures", "predictions", "such as"]
    for cluster in failures[:MOST_FAILURES]:
        yield [f"{cluster['level']}: {cluster['kind']}"[:70], f"{cluster['predictions']:,}", cluster["tasks"][0]]
    if len(failures) > MOST_FAILURES:
        rest = failures[MOST_FAILURES:]
        number = sum(cluster["predictions"] for cluster in rest)
        yield [f"{len(rest):,} more kinds", f"{number:,}", ""]
