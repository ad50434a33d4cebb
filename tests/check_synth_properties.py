"""Properties in bulk: what is claimed holds, and mutants are caught with a counterexample that is minimal.

    python tests/check_synth_properties.py [-n 10000] [--mutants 1000] [--runs 100] [-j N] [--seed S] [--library PATH]

Makes items of all functions of the library (``aidec synth properties``), with so many mutants of each that there are
enough. Each item is then proven once more from its own fields, by runs of their own, which the lab has no part in:

- each example gives the output that stands there;
- for a counterexample the claim holds for the code and fails for the mutant, whose call gives ``got``;
- the mutant fails for no input that is one step simpler, in the order of ``aidec.synthesis.inputs.simpler``.

Prints the counts. Exits 1 if a claim does not hold, if an exception is declared that never occurs, if an item is not
what it says, or if there are fewer than N runs or mutants.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from aidec.common.json_values import bytes_from_json
from aidec.lua.nodes import Boolean, Expression, Number, Pair, String, Table, Unary
from aidec.lua.printer import to_source
from aidec.lua.runner import Job, Limits, Runner
from aidec.lua.tree import parse
from aidec.synthesis.claims import Function
from aidec.synthesis.inputs import Code, Type, simpler_inputs, spelled
from aidec.synthesis.items import write_items
from aidec.synthesis.library import Library, load_library
from aidec.synthesis.proving import Proving

PRELUDE = b"""
local function copy(v)
  if type(v) ~= "table" then return v end
  local t = {}
  for k, x in next, v do t[copy(k)] = copy(x) end
  return setmetatable(t, getmetatable(v))
end
local function same(a, b)
  if a ~= a and b ~= b then return true end
  if type(a) ~= "table" or type(b) ~= "table" then return a == b end
  for k in next, a do if not same(a[k], b[k]) then return false end end
  for k in next, b do if a[k] == nil then return false end end
  return true
end
local function alike(a, b) return same(a, b) and math.type(a) == math.type(b) end
local function copying(f)
  return function(...)
    local given = table.pack(...)
    for i = 1, given.n do given[i] = copy(given[i]) end
    return f(table.unpack(given, 1, given.n))
  end
end
local function all_alike(a, b)
  if a.n ~= b.n then return false end
  for i = 1, a.n do if not alike(a[i], b[i]) then return false end end
  return true
end
local failed = {}
local function expect(name, ok) if not ok then failed[#failed + 1] = name end end
"""
NAMED = {
    "nil": None,
    "0 / 0": math.nan,
    "math.huge": math.inf,
    "-math.huge": -math.inf,
    "math.mininteger": -(2**63),
}
"""The values of expressions that are no literals."""

LIMITS = Limits(cpu=60.0, wall=600.0, memory=256 << 20)


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The items of a file."""
    with path.open("rb") as file:
        yield from map(json.loads, file)


def function_of(row: dict[str, Any], code: bytes, body: bytes, inputs: str = "inputs") -> bytes:
    """The expression of a function of an item's inputs, in which the names stand for what they do in its claim."""
    name, brings, names = (each.encode() for each in (row["function"], row["with"] or "", ", ".join(row[inputs])))
    return (
        b"(function() " + code + b"\nlocal raw = " + name + b"\nlocal " + name + b" = copying(raw)\n" + brings
        + b"\nreturn function(" + names + b")\n" + body + b"\nend end)()"
    )  # fmt: skip


def claimed(row: dict[str, Any]) -> bytes:
    """The body that tells whether the claim of an item fails."""
    where, excepted, claim = (
        each.encode() for each in (row["where"] or "true", row["except"] or "false", row["claim"])
    )
    return (
        b"local ok, fails = pcall(function() return (" + where + b") and not (" + excepted + b") and not (" + claim
        + b") end)\nreturn not ok or fails"
    )  # fmt: skip


def example_checks(row: dict[str, Any]) -> Iterator[bytes]:
    """Lua that checks the examples of an item."""
    body = b"return table.pack(" + row["call"].encode() + b")"
    call = function_of(row, bytes_from_json(row["code"]), body, "parameters")
    yield b"do local call = " + call
    for example in row["examples"]:
        given, output = bytes_from_json(example["input"]), bytes_from_json(example["output"])
        if output.startswith(b"error: "):
            yield b"expect(name, not pcall(call, " + given + b"))"
        else:
            yield b"expect(name, all_alike(call(" + given + b"), table.pack(" + output + b")))"
    yield b"end"


def mutant_checks(row: dict[str, Any], simpler: Sequence[bytes]) -> Iterator[bytes]:
    """Lua that checks a counterexample, and that no simpler inputs fail."""
    code, mutant = bytes_from_json(row["code"]), bytes_from_json(row["mutant"])
    given = bytes_from_json(row["counterexample"])
    yield b"do local fails = " + function_of(row, code, claimed(row))
    yield b"expect(name .. ', the code', not fails(" + given + b"))"
    yield b"fails = " + function_of(row, mutant, claimed(row))
    yield b"expect(name .. ', the mutant', fails(" + given + b"))"
    for each in simpler:
        yield b"expect(name .. ', a simpler one', not fails(" + each + b"))"
    for text, field in ((code, "expected"), (mutant, "got")):
        result = bytes_from_json(row[field])
        call = function_of(row, text, b"return table.pack(" + row["call"].encode() + b")")
        yield b"local results = table.pack(pcall(" + call + b", " + given + b"))"
        if result.startswith(b"error: "):
            yield b"expect(name .. ', " + field.encode() + b"', not results[1])"
        else:
            yield (
                b"expect(name .. ', " + field.encode() + b"', results[1] and all_alike(results[2], table.pack("
                + result + b")))"
            )  # fmt: skip
    yield b"end"


def values_of(text: bytes) -> list[Any]:
    """The values that expressions stand for; a function is its text."""
    statement: Any = parse(b"return " + text, resolved=False).body.statements[0]
    return [value_of(each) for each in statement.values]


def value_of(node: Expression) -> Any:
    """The value that an expression stands for."""
    text = to_source(node).decode().strip()
    value: Any = NAMED.get(text, Code(text))
    match node:
        case Number() | Boolean() | String():
            value = node.value
        case Unary(operator="-", operand=Number(value=number)):
            value = -number
        case Table(fields=fields) if any(isinstance(each, Pair) for each in fields):
            value = {value_of(each.key): value_of(each.value) for each in fields if isinstance(each, Pair)}
        case Table(fields=fields):
            value = [value_of(each.value) for each in fields]
    return value


def typed(value: Any, declared: Type) -> Any:
    """A value that was read as one of a type: an expression as it is declared, and the empty table of its kind."""
    if declared.kind == "any":
        text = canonical(spelled(value))
        return next(each for each in declared.choices if canonical(each.encode()) == text)
    if declared.kind == "list":
        return [typed(each, declared.of[0]) for each in value]
    if declared.kind == "map":
        return {typed(key, declared.of[0]): typed(each, declared.of[1]) for key, each in dict(value).items()}
    return value


def canonical(expression: bytes) -> bytes:
    """The text of an expression in the canonical layout."""
    return to_source(parse(b"return " + expression, resolved=False))


def simpler_than(row: dict[str, Any], function: Function) -> list[bytes]:
    """The inputs that are one step simpler than those of a counterexample."""
    item = next(each for each in function.properties if each.name == row["property"])
    types = list(item.inputs.values())
    plain = values_of(bytes_from_json(row["counterexample"]))
    values = [typed(value, declared) for value, declared in zip(plain, types, strict=True)]
    assert spelled(*values) == bytes_from_json(row["counterexample"]), row["id"]
    return [spelled(*each) for each in simpler_inputs(values, types)]


def wrong(items: Sequence[dict[str, Any]], library: Library) -> Iterator[str]:
    """How items are not what they say."""
    with Runner(1, deterministic=True, limits=LIMITS) as runner:
        for row in items:
            if row["mutant"] is None:
                lines = list(example_checks(row))
            else:
                simpler = simpler_than(row, library.functions[row["function"]])
                if len(simpler) != row["simpler"]:
                    yield f"{row['id']}: {len(simpler)} inputs are simpler, and not {row['simpler']}"
                lines = list(mutant_checks(row, simpler))
            script = PRELUDE + b"local name = ...\n" + b"\n".join(lines) + b"\nprint(table.concat(failed, '\\n'))"
            result = runner.run_job(Job(script, args=[row["id"]]))
            if result.error or result.stdout != b"\n":
                yield f"{row['id']}: {result.error.message if result.error else result.stdout.decode().strip()}"


def is_in_vain(row: dict[str, Any], library: Library) -> bool:
    """Whether the exception of a property never occurs, with thirty other seeds either."""
    function = library.functions[row["function"]]
    item = next(each for each in function.properties if each.name == row["property"])
    alone = replace(function, properties=(item,))
    others = (made for seed in range(1, 31) for made in Proving(seed, mutants=0)([alone]))
    return not any(each["exceptions"] for made in others for each in made.rows)


def main() -> int:
    """Check what the command line asks for; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=10_000, help="at least so many runs (default: %(default)s)")
    parser.add_argument("--mutants", type=int, default=1000, help="at least so many mutants (default: %(default)s)")
    parser.add_argument("--each", type=int, default=30, help="most mutants of a function (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=100, help="runs of a property (default: %(default)s)")
    parser.add_argument("--most", type=int, help="check only so many functions, at even distances in the library")
    parser.add_argument("-j", type=int, default=1, help="processes (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--library", type=Path, nargs="*", default=[])
    options = parser.parse_args()
    library = load_library(tuple(options.library))
    functions = list(library.functions.values())
    functions = functions[:: max(len(functions) // (options.most or len(functions)), 1)]
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "items.jsonl"
        tally = write_items(path, functions, Proving(options.seed, options.runs, 8, options.each), jobs=options.j)
        items = list(rows(path))
    made = time.monotonic() - start
    claims = [row for row in items if row["mutant"] is None]
    caught = [row for row in items if row["mutant"] is not None]
    runs, exceptions = (sum(row[field] for row in claims) for field in ("runs", "exceptions"))
    lost = Counter(reason.rpartition(": ")[2] for reason in tally.rejected if ", mutant with " in reason)
    disagreements = [reason for reason in tally.rejected if ", mutant with " not in reason]
    vain = [row["id"] for row in claims if row["except"] and not row["exceptions"] and is_in_vain(row, library)]
    print(f"{len(functions):,} functions, {len(claims):,} properties, {made:.0f} s")
    print(f"runs: {runs + exceptions:,}; disagreements: {len(disagreements):,}, and {exceptions:,} that are declared")
    tried = len(caught) + lost.total()
    print(f"mutants: {tried:,} tried, {len(caught):,} caught, {', '.join(f'{n:,} {why}' for why, n in lost.items())}")
    laws = Counter(row["law"] for row in caught)
    print(f"caught by: {', '.join(f'{name} {number:,}' for name, number in laws.most_common(12))}")
    print(f"inputs one step simpler, none of which fails: {sum(row['simpler'] for row in caught):,}")
    start = time.monotonic()
    problems = [*disagreements, *(f"{each}: declared in vain" for each in vain), *wrong(items, library)]
    seconds = time.monotonic() - start
    print(f"{len(items):,} items were proven once more in {seconds:.0f} s, with {len(problems):,} problems")
    for problem in problems:
        print(f"  {problem}")
    for reason in sorted(reason for reason in tally.rejected if reason.endswith("survives")):
        print(f"  survivor: {reason.removesuffix(': survives')}")
    return 1 if problems or runs < options.n or len(caught) < options.mutants else 0


if __name__ == "__main__":
    sys.exit(main())
