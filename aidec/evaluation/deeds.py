"""What calls did, in a form in which two that did the same are equal, whatever their names, lines and addresses are.

Tables, threads and files have a name for a whole run: by the call that they are found in first, and the order in which
they are found from its results, its arguments and the globals, entry by entry, keys in their order. So the same shape
with the same sharing has the same form. Functions have a name within one value only, since Lua itself gives one
function, or two, for one that is made twice.
"""

from __future__ import annotations

import hashlib
import math
import re
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from aidec.evaluation.frames import Frame, Named, Ref, Thing, Value, read_frame
from aidec.evaluation.observation import Seen

ASPECTS = ("outcome", "output", "arguments", "effects", "globals")
"""What is compared of a call. Effects are what it did with functions among its arguments, with stand-ins and with the
upvalues of a task's function."""

TOO_LARGE = "too large to be told"
"""The form of what the harness leaves out for its size."""

MOST_SHOWN = 60
"""How many characters of a value a note shows."""

MOST_ITEMS = 16
"""How many entries of a table it shows."""

_PLACE = re.compile(rb"\bchunk:\d+")
_TRACE = re.compile(rb"stack traceback:(?:\n\t[^\n]*)*")
_VARIABLE = re.compile(rb"(attempt to [^\n(]*) \((?:local|upvalue|global|field|method|constant) '[^'\n]*'\)")
_BLAMED = re.compile(rb" \((?:global|field|method) '([^'\n]*)'\)$")
_FUNCTION = re.compile(rb"(bad argument #\d+ to|calling) '[^'\n]*'(?= \(| on bad self)")


def plain(text: bytes) -> bytes:
    """A text without what a source of the same behaviour may have otherwise: lines, tracebacks, names of variables.

    >>> plain(b"chunk:12: attempt to index a nil value (local 't')")
    b'chunk:?: attempt to index a nil value'
    """
    if b"chunk:" not in text and b"'" not in text:
        return text
    text = _PLACE.sub(b"chunk:?", _TRACE.sub(b"stack traceback:", text))
    return _FUNCTION.sub(rb"\1 a function", _VARIABLE.sub(rb"\1", text))


@dataclass(frozen=True, slots=True)
class Deed:
    """What one call did.

    Attributes:
        forms: for each of ``ASPECTS``, a form that is equal for what is the same.
        seen: what was seen of it.
        frame: what the harness reported, or None where the call ended the run, or its values are too large.
        blamed: in the message of an error, the name of the global variable, the field or the method that is not as it
            must be; None where it is another variable, or there is none.
        changed: the entries of the library's tables that are not as they were before it: table, key and value.
    """

    forms: dict[str, object]
    seen: Seen
    frame: Frame | None = None
    blamed: bytes | None = None
    changed: tuple[tuple[str, Value, Value], ...] = ()

    @property
    def is_cut(self) -> bool:
        """Whether what it did can't be told, as a limit ended it, or its values are too large."""
        is_out = self.frame is not None and not self.frame.is_ok and self.frame.results == [b"not enough memory"]
        return self.seen.is_cut or is_out

    @property
    def is_error(self) -> bool:
        """Whether it raised an error."""
        return self.frame is not None and not self.frame.is_ok

    def told(self, aspect: str) -> str:
        """What it did, in words."""
        if aspect == "output":
            output = self.seen.stdout + self.seen.stderr
            return f"printed {shown_bytes(output)}" if output else "printed nothing"
        frame = self.frame
        if frame is None:
            return f"ended by {self.seen.ending or 'values that are too large to be compared'}"
        if aspect == "outcome":
            return f"{'returned' if frame.is_ok else 'raised'} {_list(frame, frame.results)}"
        if aspect == "arguments":
            return f"left the arguments {told_values(frame)}"
        if aspect == "effects":
            return f"had the effects {_list(frame, frame.noted)}"
        return f"left the globals {self._told_globals(frame)}"

    def _told_globals(self, frame: Frame) -> str:
        """What it changed in the library's tables, in words."""
        if frame.changes is None:
            return TOO_LARGE
        changes = ", ".join(f"{_entry(library, key)} = {show(frame, value)}" for library, key, value in self.changed)
        return cut(changes) or "as they were"


def deeds_of(seen: Sequence[Seen]) -> list[Deed]:
    """What the calls of a run did.

    Raises:
        ValueError: what was seen makes no sense.
    """
    names: dict[int, str] = {}
    done = []
    before: dict[tuple[str, object], object] = {}
    for number, each in enumerate(seen):
        deed, now = _deed(each, number, names, before)
        done.append(deed)
        before = now
    return done


def _deed(
    seen: Seen, number: int, names: dict[int, str], before: dict[tuple[str, object], object]
) -> tuple[Deed, dict[tuple[str, object], object]]:
    """What a call did, and the forms of all entries of the library's tables after it, by table and key.

    Args:
        seen: what was seen of it.
        number: its number.
        names: the names of objects in forms, by their numbers in the run; more are added.
        before: the forms of entries before it.
    """
    output = plain(seen.stdout), plain(seen.stderr)
    if not seen.frame:
        ending = seen.ending or TOO_LARGE
        return Deed({**dict.fromkeys(ASPECTS), "outcome": ending, "output": output}, seen), before
    frame = read_frame(seen.frame)
    forms = Forms(frame, number, names)
    outcome, arguments, effects = (forms.of(part) for part in (frame.results, frame.arguments, frame.noted))
    changes = sorted(frame.changes or (), key=lambda change: (change[0], forms.rank(change[1])))
    entries = [(library, tuple(forms.of((key,)))) for library, key, _ in changes]
    now: dict[tuple[str, object], object] = {
        entry: forms.of((value,)) for entry, (_, _, value) in zip(entries, changes, strict=True)
    }
    changed = {entry: form for entry, form in now.items() if before.get(entry) != form}
    told = [change for entry, change in zip(entries, changes, strict=True) if entry in changed]
    gone = [entry for entry in before if entry not in now]
    globals_form: object = TOO_LARGE if frame.changes is None else (changed, gone)
    message = frame.results[0] if not frame.is_ok and frame.results else None
    found = _BLAMED.search(message) if isinstance(message, bytes) else None
    deed = Deed(
        dict(zip(ASPECTS, ((frame.is_ok, outcome), output, arguments, effects, globals_form), strict=True)),
        seen,
        frame,
        found[1] if found else None,
        tuple(told),
    )
    return deed, before if frame.changes is None else now


def difference(ours: Deed, theirs: Deed, aspects: Iterable[str] = ASPECTS) -> str | None:
    """The first aspect in which two calls differ, or None.

    Args:
        ours: what one did.
        theirs: what the other did.
        aspects: what is compared.
    """
    for aspect in aspects:
        blames_other = aspect == "outcome" and ours.blamed and theirs.blamed and ours.blamed != theirs.blamed
        if blames_other or ours.forms[aspect] != theirs.forms[aspect]:
            return aspect
    return None


class Forms:
    """Gives equal forms to equal values of a frame.

    Args:
        frame: the frame.
        number: the number of its call.
        names: the names of objects that were given so far in the run, by their numbers in it; more are added.
    """

    def __init__(self, frame: Frame, number: int, names: dict[int, str]) -> None:
        self._objects, self._number, self._names = frame.objects, number, names
        self._new = 0
        self._shapes: dict[tuple[int, int], bytes] = {}

    def of(self, values: Iterable[Value]) -> list[tuple[object, ...]]:
        """The form of values: all of them, and then each object that is found from them, with what it holds."""
        found: dict[int, str] = {}
        waiting: list[int] = []

        def atom(value: Value) -> object:
            if not isinstance(value, Ref):
                return exact(value)
            if value.place not in found:
                thing = self._objects[value.place]
                found[value.place] = f"function {len(found)}" if thing.kind == "function" else self._name(thing)
                waiting.append(value.place)
            return found[value.place]

        form = [tuple(map(atom, values))]
        for place in waiting:  # it grows
            thing = self._objects[place]
            if thing.kind == "table":
                entries = sorted(thing.entries, key=lambda entry: self.rank(entry[0], entry[1]))
                inside = (atom(value) for entry in entries for value in entry)
                form.append((found[place], atom(thing.metatable), *inside))
        return form

    def _name(self, thing: Thing) -> str:
        """A name by the call that an object was found in first, and its place among those that were."""
        if thing.number not in self._names:
            self._new += 1
            self._names[thing.number] = f"{thing.kind} {self._number}.{self._new}"
        return self._names[thing.number]

    def rank(self, key: Value, value: Value = None) -> tuple[object, ...]:
        """What keys are sorted by: numbers, strings, booleans, what is the library's, and objects by what they hold."""
        if isinstance(key, bool):
            return 2, key
        if isinstance(key, int | float):
            return 0, key
        if isinstance(key, bytes):
            return 1, key
        if isinstance(key, Named):
            return 3, key.name
        return 4, self._shape(key, 3), self._shape(value, 3)

    def _shape(self, value: Value, depth: int) -> bytes:
        """A digest of what an object holds, so deep, without its identity. Each is made once, whoever holds it."""
        if not isinstance(value, Ref):
            return repr(exact(value)).encode()
        if (value.place, depth) not in self._shapes:
            thing = self._objects[value.place]
            inner = [b"".join(self._shape(part, depth - 1) for part in entry) for entry in thing.entries if depth]
            content = thing.kind.encode() + b"".join(sorted(inner))
            self._shapes[value.place, depth] = hashlib.blake2b(content, digest_size=16).digest()
        return self._shapes[value.place, depth]


def exact(value: Value) -> object:
    """A value that is no object, so that equal ones have the same type and bits."""
    if isinstance(value, float):
        return struct.pack("<d", value)
    if isinstance(value, bytes):
        return "s", plain(value)
    return type(value).__name__, value


# In words


def cut(text: str) -> str:
    """A text that is not longer than what a note shows."""
    return text if len(text) <= MOST_SHOWN else text[: MOST_SHOWN - 3] + "..."


def shown_bytes(text: bytes) -> str:
    """A string as Lua would have it, cut."""
    inside = text[:MOST_SHOWN].decode("utf-8", "backslashreplace")
    return '"' + cut("".join(_escapes(inside)) + ("..." if len(text) > MOST_SHOWN else "")) + '"'


def _escapes(text: str) -> Iterator[str]:
    names = {"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
    for letter in text:
        yield names.get(letter) or (letter if letter.isprintable() else f"\\{ord(letter)}")


def show(frame: Frame, value: Value, depth: int = 3) -> str:
    """A value in words; tables with what they hold, so deep."""
    if not isinstance(value, Ref):
        return _shown(value)
    thing = frame.objects[value.place]
    if thing.kind != "table" or not depth:
        return f"a {thing.kind}"
    forms = Forms(frame, 0, {})
    entries = sorted(thing.entries, key=lambda entry: forms.rank(entry[0], entry[1]))[:MOST_ITEMS]
    inside = []
    for number, (key, item) in enumerate(entries, 1):
        text = show(frame, item, depth - 1)
        inside.append(text if key == number else f"{_key(frame, key)} = {text}")
    return "{" + ", ".join(inside) + "}" + (" with a metatable" if thing.metatable is not None else "")


def _shown(value: Value) -> str:
    """A value that is not an object of the run, in words."""
    if isinstance(value, bytes):
        return shown_bytes(value)
    if isinstance(value, Named):
        return value.name
    if isinstance(value, float) and not math.isfinite(value):
        return {math.inf: "1/0", -math.inf: "-1/0"}.get(value, "0/0")
    return "nil" if value is None else str(value).lower() if isinstance(value, bool) else repr(value)


def told_values(frame: Frame) -> str:
    """The arguments of a call, in words."""
    return _list(frame, frame.arguments)


def _key(frame: Frame, key: Value) -> str:
    name = key.decode("latin-1") if isinstance(key, bytes) else ""
    return name if name.isidentifier() and name.isascii() else f"[{show(frame, key, 0)}]"


def _list(frame: Frame, values: list[Value]) -> str:
    return cut(", ".join(show(frame, value) for value in values)) if values else "nothing"


def _entry(library: str, key: Value) -> str:
    if key is None:
        return f"the metatable of {library}"
    name = key.decode("latin-1") if isinstance(key, bytes) else str(key)
    return name if library == "_G" else f"{library}.{name}"
