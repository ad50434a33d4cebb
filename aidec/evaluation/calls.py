"""Calls that tell what a chunk does: arguments drawn for each function that it returns or defines.

They are drawn from a seed, out of common values, values at the borders, and the constants of the chunk.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

from aidec.bytecode import Chunk
from aidec.common.settings import load_yaml
from aidec.decompiler.values import is_identifier
from aidec.evaluation.deeds import Deed
from aidec.evaluation.frames import Frame, Ref, Thing, Value
from aidec.evaluation.observation import Call

SETTINGS = load_yaml(Path(__file__).with_name("calls.yaml"))

MOST_FUNCTIONS = 40
"""How many functions of a chunk are called at most."""

MOST_PARAMETERS = 6
"""How many arguments a call has at most."""

MOST_DEPTH = 3
"""How many names of fields lead to a function at most."""


@dataclass(frozen=True, slots=True)
class Callee:
    """A function that can be called.

    Attributes:
        target: as in ``Call``.
        num_params: how many parameters it has.
        is_vararg: whether it takes more.
    """

    target: str
    num_params: int
    is_vararg: bool


def callees(frame: Frame, root: str | None = None) -> list[Callee]:
    """The functions that a call made reachable, in an order that is always the same.

    Args:
        frame: what the call did.
        root: the name of its result, such as ``#3``; None for the chunk, whose globals are looked through as well.
    """
    places: list[tuple[str, Value, int]] = []
    if frame.is_ok and frame.results:
        places.append((root or "return", frame.results[0], 0))
    if root is None:
        places += [(f"@{number}", value, 0) for number, value in enumerate(frame.passed, 1)]
        new = [(key, value) for library, key, value in frame.changes or () if library == "_G"]
        places += [(name, value, 0) for name, value in _named(new)]
    found: dict[int, Callee] = {}
    seen: set[int] = set()
    for target, value, depth in places:  # it grows
        if not isinstance(value, Ref) or value.place in seen:
            continue
        seen.add(value.place)
        thing = frame.objects[value.place]
        if thing.kind == "function":
            found[value.place] = Callee(target, thing.num_params, thing.is_vararg)
        elif depth < MOST_DEPTH:
            places += [(f"{target}.{name}", inner, depth + 1) for name, inner in _fields(frame, thing)]
    return list(found.values())[:MOST_FUNCTIONS]


def _fields(frame: Frame, thing: Thing) -> Iterator[tuple[str, Value]]:
    """The fields of a table that have a name, also those of the table that its metatable names ``__index``."""
    yield from _named(thing.entries)
    if isinstance(thing.metatable, Ref):
        for name, value in _named(frame.objects[thing.metatable.place].entries):
            if name == "__index" and isinstance(value, Ref):
                yield from _named(frame.objects[value.place].entries)


def _named(entries: Sequence[tuple[Value, Value]]) -> list[tuple[str, Value]]:
    """Entries whose key is a name, sorted."""
    names = [(key.decode("latin-1"), value) for key, value in entries if isinstance(key, bytes)]
    return sorted(((name, value) for name, value in names if name.isascii() and name.isidentifier()), key=itemgetter(0))


class Drawing:
    """Draws calls.

    Args:
        chunk: the chunk, whose constants are used.
        seed: what decides.
    """

    def __init__(self, chunk: Chunk, seed: str) -> None:
        self._rng = random.Random(seed)  # noqa: S311 -- nothing here is secret
        constants = {constant for proto in chunk.main.walk() for constant in proto.constants if constant is not None}
        texts = sorted(constant for constant in constants if isinstance(constant, bytes) and len(constant) < 40)
        numbers = sorted({constant for constant in constants if isinstance(constant, int) and abs(constant) < 1 << 53})
        near = {number + step for number in numbers for step in (-1, 0, 1)}
        self._values = {kind: list(values) for kind, values in SETTINGS["values"].items()}
        self._values["constant"] = [literal(text) for text in texts] + [str(number) for number in sorted(near)]
        self._names = [text.decode() for text in texts if is_identifier(text)]
        self._arguments: dict[Call, list[str]] = {}
        self._kinds = {kind: often for kind, often in SETTINGS["kinds"].items() if self._values.get(kind, [""])}

    def calls(self, functions: Sequence[Callee], number: int) -> list[Call]:
        """So many calls, each function in its turn; a function that is a field is called as a method, too."""
        made = []
        for index in range(number if functions else 0):
            callee = functions[index % len(functions)]
            target, size = callee.target, self._size(callee)
            if "." in target and callee.num_params and self._rng.random() < SETTINGS["methods"]:
                before, _, name = target.rpartition(".")
                target, size = f"{before}:{name}", max(size - 1, 0)
            made.append(self._call(target, [self.value() for _ in range(size)]))
        return made

    def variants(self, calls: Sequence[Call], number: int) -> list[Call]:
        """So many calls that are as those, each in its turn, but for one argument, or the world of stand-ins."""
        made = []
        for index in range(number if calls else 0):
            call = calls[index % len(calls)]
            arguments = list(self._arguments[call])
            if arguments:
                arguments[self._rng.randrange(len(arguments))] = self.value()
            made.append(self._call(call.target, arguments))
        return made

    def _call(self, target: str, arguments: list[str]) -> Call:
        call = Call(target, ", ".join(arguments), str(self._rng.randrange(SETTINGS["worlds"])))
        self._arguments[call] = arguments
        return call

    def _size(self, callee: Callee) -> int:
        """How many arguments a call has: most often as many as there are parameters."""
        size = callee.num_params
        if callee.is_vararg:
            size += self._rng.randint(0, 3)
        elif size and self._rng.random() < SETTINGS["fewer"]:
            size -= 1
        return min(size, MOST_PARAMETERS)

    def value(self, depth: int = 0) -> str:
        """An expression."""
        kinds = [kind for kind in self._kinds if kind != "made" or depth < 2]
        (kind,) = self._rng.choices(kinds, [self._kinds[kind] for kind in kinds])
        return self._table(depth) if kind == "made" else self._rng.choice(self._values[kind])

    def _table(self, depth: int) -> str:
        """A table of the fields that the chunk names, or of items of one kind."""
        if self._names and self._rng.random() < SETTINGS["fields"]:
            names = self._rng.sample(self._names, min(len(self._names), self._rng.randint(1, 8)))
            return "{" + ", ".join(f"{name} = {self.value(depth + 1)}" for name in names) + "}"
        kind = self._rng.choice([kind for kind in ("integer", "string", "constant") if self._values[kind]])
        return "{" + ", ".join(self._rng.choice(self._values[kind]) for _ in range(self._rng.randint(0, 6))) + "}"


def literal(text: bytes) -> str:
    r"""A string literal of Lua.

    >>> print(literal(b'a"\n'))
    "a\"\010"
    """
    plain = (chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\{byte:03d}" for byte in text)
    return '"' + "".join(plain).replace("\\034", '\\"') + '"'


def telling(calls: Sequence[Call], deeds: Sequence[Deed], most: int) -> list[Call]:
    """Those calls that tell most of what a chunk does.

    Each target comes in its turn, with calls that do what none before did first. Those that raise errors come last, and
    are a quarter if there are enough others.

    Args:
        calls: calls.
        deeds: what each did.
        most: how many are chosen at most.
    """
    queues: dict[bool, dict[str, tuple[list[Call], list[Call]]]] = {False: {}, True: {}}
    forms: set[tuple[str, str]] = set()
    for call, deed in zip(calls, deeds, strict=True):
        if not deed.is_cut and not deed.seen.ending:
            target = call.target.replace(":", ".")
            # Errors on two lines are two, although their forms are equal
            outcome = deed.frame.results if deed.frame and deed.is_error else deed.forms["outcome"]
            form = target, repr([outcome, deed.forms["output"], deed.forms["effects"]])
            new, known = queues[deed.is_error].setdefault(target, ([], []))
            (known if form in forms else new).append(call)
            forms.add(form)
    ended, raised = ([*_in_turn([new + known for new, known in queues[kind].values()])] for kind in (False, True))
    num_raised = min(len(raised), max(most // 4, most - len(ended)))
    chosen = {*map(id, ended[: most - num_raised]), *map(id, raised[:num_raised])}
    return [call for call in calls if id(call) in chosen]


def _in_turn(queues: list[list[Call]]) -> Iterator[Call]:
    """The first of each queue, then the second of each, and so on."""
    for place in range(max(map(len, queues), default=0)):
        yield from (queue[place] for queue in queues if place < len(queue))
