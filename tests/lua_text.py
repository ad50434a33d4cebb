"""Lua that nobody wrote: as much text as a small tokenizer needs, the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Iterator

from conftest import LUA_FILES

WORDS = (
    *("player", "enemy", "score", "level", "item", "sprite", "sound", "button", "frame", "timer", "value", "index"),
    *("count", "table", "key", "node", "list", "name", "text", "width", "height", "color", "state", "event", "handler"),
    *("config", "user", "data", "file", "path", "line", "buffer", "total", "offset", "angle", "speed", "weight"),
)

STATEMENTS = (
    "local {a} = {b}.{c} or {n}",
    "if {a} ~= nil and {b} >= {n} then {c} = {c} + {n} end",
    "for i = 1, #{a} do {b}[i] = {a}[i] * {x} end",
    "for {a}, {b} in pairs({c}) do print({a}, {b}) end",
    "while {a} < {n} do {a} = {a} + 1; {b}:update({a}) end",
    'local {a} = string.format("%s: %d", {b}, {n}) .. "{s}"',
    "{a}.{b} = function(self, ...) return select('#', ...) // {n} end",
    "table.insert({a}, {{ {b} = {n}, {c} = '{s}', [{n}] = true }})",
    "repeat {a} = ({a} << 1) ~ 0x{h} until not {b} or {a} > {n}",
    "local ok, {a} = pcall({b}.{c}, {b}, setmetatable({{}}, {{ __index = {c} }}))",
    "-- {s} {s} {a}",
    "--[[ {s}\n     {s} ]]",
    "goto {a} ::{a}::",
    "{a} = math.floor({b} / {n} + 0.5) -- {s}",
)

TEXTS = ("hello world", "item not found", "données reçues", "Привет, мир", "你好世界", "don't stop", "100%")


def lua(seed: int, functions: int = 12) -> str:
    """A Lua script that parses."""
    rng = random.Random(seed)  # noqa: S311

    def name() -> str:
        words = rng.sample(WORDS, rng.randint(1, 3))
        return rng.choice(("_".join(words), words[0] + "".join(word.title() for word in words[1:])))

    def statement(depth: int) -> Iterator[str]:
        form = rng.choice(STATEMENTS)
        number, text = rng.choice((rng.randint(0, 9), rng.randint(10, 99_999))), rng.choice(TEXTS)
        filled = form.format(
            a=name() + f"{rng.randint(0, 999)}" * form.startswith("goto"),
            b=name(),
            c=name(),
            n=number,
            x=round(rng.random() * 10, 2),
            s=text.replace("'", "\\'") if "'{s}'" in form else text,
            h=f"{rng.getrandbits(16):X}",
        )
        for line in filled.split("\n"):
            yield ("\t" * depth if seed % 2 else "  " * depth) + line

    lines = []
    for _ in range(functions):
        lines.append(f"local function {name()}({name()}, {name()})")
        for _ in range(rng.randint(2, 8)):
            lines += statement(1)
        lines += ["end", ""]
    return "\n".join(lines)


def training_texts() -> list[bytes]:
    """The sources in tests/lua and some that are made, some 400 kB."""
    return [path.read_bytes() for path in LUA_FILES] + [lua(seed).encode() for seed in range(80)]
