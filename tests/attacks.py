"""Attacks on the comparison of behaviour: predictions of one task that are wrong, and made to look right.

A file of ``tests/attacks`` begins with comments, ``-- key: value``:

    trick   what it tries
    stop    what stops it: a name that ``docs/explanation/unforgeable.md`` explains
    agrees  how many of the calls it does right; what an attack must not raise
    note    what the note of its score has, which is the first call that it does wrong
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from aidec.evaluation.model import Task, Test

ATTACKS = Path(__file__).parent / "attacks"
PAGE = Path(__file__).parent.parent / "docs" / "explanation" / "unforgeable.md"
MARK = "<!-- the table that tests/attacks.py makes -->\n"

SOURCE = b"""\
function add(a, b) return a + b end
function reversed(list)
    local made = {}
    for index = #list, 1, -1 do made[#made + 1] = list[index] end
    return made
end
function greet(name) print("hello " .. name) return #name end
function fail(x) error("no " .. x) end
"""

TESTS = (
    Test("add", "2, 3", "5"),
    Test("add", "-1, 0.5", "-0.5"),
    Test("reversed", "{1, 2, 3}", "{3, 2, 1}"),
    Test("greet", '"you"', "3"),
    Test("fail", '"luck"'),
)

TASK = Task("victim", b"", SOURCE, tests=TESTS)
"""The task that all attack; what they are compared with is the chunk, and its tests."""


@dataclass(frozen=True)
class Attack:
    """An attack, and what its header says."""

    name: str
    source: bytes
    trick: str
    stop: str
    agrees: int
    note: str


def load(path: Path) -> Attack:
    """The attack of a file."""
    source = path.read_bytes()
    head = source.decode().partition("\n\n")[0].splitlines()
    values = dict(line.removeprefix("-- ").split(": ", 1) for line in head)
    return Attack(path.stem, source, values["trick"], values["stop"], int(values["agrees"]), values["note"])


def all_attacks() -> list[Attack]:
    """All attacks, by their names."""
    return [load(path) for path in sorted(ATTACKS.glob("*.lua"))]


def table() -> str:
    """The table of the page."""
    rows = [f"| `{attack.name}` | {attack.trick} | {attack.stop} |" for attack in all_attacks()]
    return "\n".join(["| attack | what it tries | what stops it |", "| --- | --- | --- |", *rows, ""])


if __name__ == "__main__":
    text = PAGE.read_text("utf-8")
    PAGE.write_text(text.partition(MARK)[0] + MARK + "\n" + table(), "utf-8")
