"""Python to Lua: what is translated does the same, and what is outside the subset is refused with its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from aidec.cli.main import cli
from aidec.lua.printer import to_source
from aidec.sources import Document
from aidec.synthesis.python.refusals import RefusalError
from aidec.synthesis.python.translating import translate
from aidec.synthesis.python.translations import Translating
from aidec.synthesis.python.units import Module


def code_of(text: str) -> str:
    """The Lua of the last function of a module, without the runtime."""
    module = Module.parse(text)
    *_, function = module.functions()
    translation = translate(module.unit(function), {})
    translation.tree.body.statements = translation.tree.body.statements[translation.runtime :]
    return to_source(translation.tree).decode()


def test_code_reads_as_a_person_would_write_it() -> None:
    code = code_of(
        "def evens(xs: list[int], least: int = 0) -> list[int]:\n"
        '    """The squares of even numbers."""\n'
        "    squares = [x * x for x in xs if x % 2 == 0 and x >= least]\n"
        "    for i in range(len(squares)):\n"
        "        squares[i] += 1\n"
        "    return squares\n"
    )
    assert code == (
        "-- The squares of even numbers.\n"
        "local function evens(xs, least)\n"
        "    if least == nil then\n"
        "        least = 0\n"
        "    end\n"
        "    local squares = {}\n"
        "    for _, x in ipairs(xs) do\n"
        "        if x % 2 == 0 and x >= least then\n"
        "            squares[#squares + 1] = x * x\n"
        "        end\n"
        "    end\n"
        "    for i = 1, #squares do\n"
        "        squares[i] = squares[i] + 1\n"
        "    end\n"
        "    return squares\n"
        "end\n"
        "return evens\n"
    )


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("def f(x: int):\n    return 2 ** 3 + 9223372036854775808", 2, "an integer beyond 64 bits"),
        ("def f(x: str):\n    return x + '\\xe9'", 2, "a string that is not ASCII"),
        ("def f(xs: set[int]):\n    for x in xs:\n        return x", 2, "the order of a set"),
        ("def f(x: int):\n    with open(x) as y:\n        return y", 2, "the statement With"),
        ("def f(x: int):\n    return [x, None]", 2, "None inside a container"),
        ("import re\n\ndef f(x: str):\n    return re.sub('a', 'b', x)", 1, "a module that is not known"),
    ],
)
def test_what_is_outside_is_refused_with_its_line(text: str, line: int, reason: str) -> None:
    with pytest.raises(RefusalError) as raised:
        code_of(text)
    assert (raised.value.line, raised.value.reason) == (line, reason)


def test_the_command_writes_functions_that_do_the_same(tmp_path: Path) -> None:
    source = tmp_path / "numbers.py"
    source.write_text(
        "# SPDX-License-Identifier: MIT\n"
        "def gcd(a: int, b: int) -> int:\n    while b:\n        a, b = b, a % b\n    return a\n\n\n"
        "def later(x):\n    yield from x\n"
    )
    output = tmp_path / "items.jsonl"
    result = CliRunner().invoke(cli, ["synth", "python", str(source), "--calls", "8", "--why", "-o", str(output)])
    assert result.exit_code == 0, result.output
    assert "not kept: 1 refused: " in result.output
    assert f"aidec: {source}:9: later: " in result.output
    (row,) = [json.loads(line) for line in output.read_bytes().splitlines()]
    assert (row["kind"], row["function"], row["provenance"]["licence"]) == ("python", "gcd", "MIT")
    assert len(row["calls"]) == 8
    assert row["code"].startswith("local function gcd(a, b)\n")


def test_the_bytes_are_the_same_with_any_number_of_processes(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("def double(text: str) -> str:\n    return text * 2\n")
    (tmp_path / "two.py").write_text("def last(values: list[int]) -> int:\n    return values[-1]\n")
    for jobs in ("1", "2"):
        arguments = ["synth", "python", str(tmp_path), "--calls", "4", "-j", jobs, "-o", str(tmp_path / jobs)]
        assert CliRunner().invoke(cli, arguments).exit_code == 0
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()
    assert b"IndexError" in (tmp_path / "1").read_bytes()


def test_a_difference_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    translating = Translating(0, calls=10)
    document = Document("a.py", b"def f(a: int, b: int) -> int:\n    return a - b\n")
    assert len(translating.made(document).rows) == 1
    wrong = translating.made
    monkeypatch.setattr(
        "aidec.synthesis.python.translations.to_source", lambda _: b"return function(a, b) return b - a end"
    )
    made = wrong(document)
    assert made.rows == []
    assert list(made.rejected) == ["another result: a value in Python, a value in Lua"]


def test_what_is_compared_with_others_by_max_is_a_number() -> None:
    text = "def spread(a, b, c):\n    return max(a, b, c) - min(a, b, c)\n"
    (row,) = Translating(0, calls=5).made(Document("spread.py", text.encode())).rows
    assert row["parameters"] == {"a": "int", "b": "int", "c": "int"}
