"""Transformations of one source, each with the row of levels that it must have: the table of the page.

    python tests/transformations.py

writes it into ``docs/reference/evaluation.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from aidec.evaluation.model import Test

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "evaluation.md"
MARKS = ("<!-- the table that tests/transformations.py makes -->\n", "<!-- to here -->\n")

SOURCE = """local function sum_of(items, first)
    local total = first + 1
    for place, item in ipairs(items) do
        if item > 0 and place then
            total = total - item * 2
        else
            print("none", total)
        end
    end
    return total, #items
end

return sum_of
"""

CALLS = (
    Test("return", "{}, 0"),
    Test("return", "{3, 1, 2}, 1"),
    Test("return", "{0, 5}, 2.5"),
    Test("return", "{-1, 0.5, -2}, 4"),
)

LEVELS = (
    *("parses", "compiles", "same_bytecode", "functions_equal", "instructions_similar"),
    *("same_behaviour", "same_text", "names", "readability"),
)


@dataclass(frozen=True)
class Transformation:
    """What is changed, each part by another, and the values of ``LEVELS``, in which + is between 0 and 1."""

    changes: tuple[tuple[str, str], ...]
    row: str

    def code(self) -> str:
        """The source that was changed."""
        code = SOURCE
        for old, new in self.changes:
            assert code.count(old) == 1 or old in ("    ", "total")
            code = code.replace(old, new)
        return code


def _to(row: str, *changes: tuple[str, str]) -> Transformation:
    return Transformation(changes, row)


TRANSFORMATIONS = {
    "nothing": _to("1 1 1 1 1 1 1 1 1"),
    "other layout": _to("1 1 1 1 1 1 1 1 1", ("    ", " "), ("return total", "-- done\n return total")),
    "parentheses that change nothing": _to("1 1 1 1 1 1 1 1 +", ("item * 2", "(item * 2)")),
    "another name": _to("1 1 1 1 1 1 + + 1", ("total", "sum")),
    "a comparison turned around": _to("1 1 1 1 1 1 + 1 1", ("item > 0", "0 < item")),
    "a variable for a value": _to(
        "1 1 1 1 1 1 + 1 +", ("total = total - item * 2", "local two = item * 2 total = total - two")
    ),
    "a block": _to("1 1 1 1 1 1 + 1 +", ("total = total - item * 2", "do total = total - item * 2 end")),
    "a goto": _to(
        "1 1 1 1 1 1 + 1 +",
        ("        else\n", "            goto done\n        end\n"),
        ("total)\n        end", "total) ::done::"),
    ),
    "a function as a value": _to("1 1 1 1 1 1 + 1 1", ("local function sum_of(", "local sum_of = function(")),
    "operands of `+` that changed places": _to("1 1 0 + + 1 + 1 1", ("first + 1", "1 + first")),
    "conditions that changed places": _to("1 1 0 + + 1 + 1 1", ("item > 0 and place", "place and item > 0")),
    "branches that changed places": _to(
        "1 1 0 + + 1 + 1 1",
        (
            "if item > 0 and place then\n            total = total - item * 2",
            "if not (item > 0 and place) then\n            ()",
        ),
        ('print("none", total)', "total = total - item * 2"),
        ("()\n", 'print("none", total)\n'),
    ),
    "a comparison denied": _to("1 1 0 + + 1 + 1 1", ("item > 0", "not (item <= 0)")),
    "nested ifs": _to(
        "1 1 0 + + 1 + 1 +",
        ("item > 0 and place then", "item > 0 then if place then"),
        ("        else", "        end else"),
    ),
    "a loop of another kind": _to(
        "1 1 0 + + 1 + 1 1",
        ("for place, item in ipairs(items) do", "for place = 1, #items do local item = items[place]"),
    ),
    "a result through a variable": _to(
        "1 1 0 + + 1 + 1 +", ("return total, #items", "local number = #items return total, number")
    ),
    "one more function": _to("1 1 0 + + 1 + 1 1", ("return sum_of", "local function f() end return sum_of")),
    "parentheses that change something": _to("1 1 0 + + + + 1 1", ("total - item * 2", "(total - item) * 2")),
    "another operator": _to("1 1 0 + + + + 1 1", ("- item", "+ item")),
    "another number": _to("1 1 0 + + + + 1 1", ("* 2", "* 3")),
    "a float": _to("1 1 0 + + + + 1 1", ("* 2", "* 2.0")),
    "another string": _to("1 1 0 + + + + 1 1", ('"none"', '"all"')),
    "another global": _to("1 1 0 + + + + 1 1", ("print", "error")),
    "without a statement": _to("1 1 0 + + + + 1 +", ('            print("none", total)\n', "")),
    "results that changed places": _to("1 1 0 + + + + 1 1", ("return total, #items", "return #items, total")),
    "without a parameter": _to("1 1 0 + + + + + 1", ("(items, first)", "(items)")),
    "nothing of it": _to("1 1 0 0 + 0 0 0 +", (SOURCE, "")),
    "a syntax error": _to("0 0 0 0 0 0 0 0 0", ("return total,", "return total,,")),
    "a string that is not finished": _to("0 0 0 0 0 0 0 0 0", ('"none"', '"none')),
    "a label that is not there": _to("1 0 0 0 0 0 0 0 0", ("return total", "do goto nowhere end return total")),
    "a `break` outside of loops": _to("1 0 0 0 0 0 0 0 0", ("return total", "do break end return total")),
    "too many variables": _to("1 0 0 0 0 0 0 0 0", ("return total", "local a" + ", a" * 200 + " return total")),
    "bytecode": _to("0 0 0 0 0 0 0 0 0", (SOURCE, "\x1bLua")),
}


def shown(value: float | None) -> str:
    """A value as rows have it."""
    return "-" if value is None else "+" if 0 < value < 1 else f"{value:.0f}"


def table() -> str:
    """The table of the page."""
    head = ["change", *(f"`{level}`" for level in LEVELS)]
    rows = [[name, *change.row.split()] for name, change in TRANSFORMATIONS.items()]
    lines = [f"| {' | '.join(row)} |" for row in (head, ["---", *([":-:"] * len(LEVELS))], *rows)]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    before, _, rest = PAGE.read_text("utf-8").partition(MARKS[0])
    PAGE.write_text(f"{before}{MARKS[0]}\n{table()}\n{MARKS[1]}{rest.partition(MARKS[1])[2]}", "utf-8")
