"""The levels of a prediction that can be told without running it.

Each is from 0 to 1, and None where it can't be told of any prediction for the task. A prediction that does not compile
has 0 on all levels but ``parses``. ``docs/reference/evaluation.md`` explains each.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field

from aidec.bytecode import Proto
from aidec.common.errors import CompileError
from aidec.common.gc_pause import no_collection
from aidec.evaluation.compiled import Compiled, Path, Syntax, numbers_of
from aidec.evaluation.edits import distance, similarity
from aidec.evaluation.instructions import described, edits_of
from aidec.evaluation.model import LEVELS, FunctionScore, Score, Task
from aidec.evaluation.names import NameCounts, compare_names
from aidec.evaluation.original import Original, compile_prediction, original_of
from aidec.evaluation.readability import Blemishes, blemishes, compare_blemishes, total
from aidec.lua.diagnostics import kind_of

GRADED = ("functions_equal", "instructions_similar")
"""What is graded where ``same_bytecode`` is all or nothing."""

NAMES = ("names_words", "names_parameters", "names_locals", "names_upvalues")
"""What ``names`` is made of: the words of names, and names by the kind of the variable."""

UNREADABLE = {
    "syntax",
    "unfinished string",
    "unfinished long string",
    "unfinished long comment",
    "invalid long string delimiter",
    "malformed number",
    "invalid escape sequence",
    "escape sequence too large",
    "precompiled chunk",
}
"""The kinds of errors (aidec/lua/diagnostics.yaml) for which a text is no Lua; all others concern what it says."""

NO_FUNCTION = "there is no such function"

_NOT_IN_SOURCE = dict.fromkeys(("same_text", "names", "readability"), "the source has no such function")


@dataclass(slots=True)
class _Measured:
    """What is found of one function, or of a file.

    Attributes:
        values, notes: as in a ``Score``; as if it compiled, until ``_refuse``.
        edits, longest: the least number of edits that make its instructions those expected, and the greater of the
            numbers of instructions.
        names: its variables.
    """

    values: dict[str, float | None] = field(default_factory=lambda: {"parses": 1.0, "compiles": 1.0})
    notes: dict[str, str] = field(default_factory=dict)
    edits: int = 0
    longest: int = 0
    names: NameCounts = field(default_factory=NameCounts)


def static_score(task: Task, code: bytes, sample: int = 0) -> Score:
    """What a prediction gets on all levels but ``same_behaviour``, for the whole and for each function.

    Besides the levels, ``functions_equal``, ``instructions_similar`` and the parts of ``names`` are measured.

    Args:
        task: the task.
        code: the prediction, Lua alone; for a task without a chunk the whole program, ``task.completed(...)``.
        sample: the number of the prediction among those for the task.

    Raises:
        ChunkError: the chunk of the task is none.
        EvaluationError: the extra ``eval`` is not installed.
    """
    original = original_of(task)
    error, compiled = None, None
    try:
        compiled = compile_prediction(task, code)
    except CompileError as refused:
        error = refused
    with no_collection():
        texts = _Texts(original, compiled)
        functions = {
            path: _function(path, original, compiled, texts, is_alone=task.is_function and not path)
            for path in original.protos
        }
    whole = _whole(original, compiled, texts, functions) if functions else _Measured(notes=dict(original.unknown))
    if error is not None:
        for found in (whole, *functions.values()):
            _refuse(found, error)
    return Score(
        task.id,
        sample,
        {name: whole.values.get(name) for name in (*LEVELS, *GRADED, *NAMES)},
        whole.notes,
        tuple(FunctionScore(path, found.values, found.notes) for path, found in functions.items()),
    )


class _Texts:
    """The syntax trees of an original and of a prediction, with what is counted of their functions.

    Attributes:
        ours: the tree of the prediction; None if there is none, and problem says why.
        our_numbers: the number of each of its functions in the order of the text, by its path.
        our_blemishes: what is counted of them, in that order.
        are_equal: whether both have the same canonical text.
    """

    def __init__(self, original: Original, compiled: Compiled | None) -> None:
        self.original = original
        self.ours: Syntax | None = None
        self.our_blemishes: list[Blemishes] = []
        self.our_numbers = numbers_of({} if compiled is None else compiled.protos)
        self.problem = "it does not compile"
        if compiled is not None and original.syntax is not None:
            self.problem = ""
            try:
                self.our_blemishes = blemishes(compiled.syntax)
                self.ours = compiled.syntax
            except CompileError as error:
                self.problem = str(error)
        whole = self.whole()
        self.are_equal = whole is not None and whole[0] == whole[1]

    def whole(self) -> tuple[bytes, bytes] | None:
        """The canonical texts of both; None if one can't be had."""
        theirs = self.original.syntax
        return None if self.ours is None or theirs is None else (self.ours.printed, theirs.printed)

    def function(self, path: Path) -> tuple[bytes, bytes] | None:
        """The canonical texts of a function that both have, empty if all texts are equal; None if one can't be had."""
        theirs = self.original.syntax
        if self.ours is None or theirs is None:
            return None
        if self.are_equal:  # no need to print it
            return b"", b""
        numbers = self.our_numbers[path], self.original.numbers[path]
        return self.ours.printed_function(numbers[0]), theirs.printed_function(numbers[1])

    def blemishes(self, path: Path) -> tuple[Blemishes, Blemishes]:
        """What is counted of a function that both have."""
        return self.our_blemishes[self.our_numbers[path]], self.original.blemishes[self.original.numbers[path]]


def _function(path: Path, original: Original, compiled: Compiled | None, texts: _Texts, *, is_alone: bool) -> _Measured:
    """What is found of one function of the original."""
    theirs = original.protos[path]
    ours = None if compiled is None else compiled.protos.get(path)
    named = original.named.get(path)
    found = _Measured()
    if ours is None:
        found.values |= dict.fromkeys(("compiles", "same_bytecode", "instructions_similar"), 0.0)
        found.notes["compiles"] = NO_FUNCTION
        found.edits = found.longest = len(theirs.code)
    else:
        _compare_code(found, ours, theirs, is_alone=is_alone)
    if named is not None:
        found.names = compare_names(ours, named, is_alone=is_alone)
    unknown = original.unknown if named is not None else {**_NOT_IN_SOURCE, **original.unknown}
    _add_names(found, unknown)
    if unknown.get("same_text") or ours is None or named is None or texts.ours is None:
        _add_texts(found, unknown, None, texts.problem or NO_FUNCTION)
        return found
    _add_texts(found, unknown, texts.function(path))
    _add_readability(found, *texts.blemishes(path), (len(ours.code), len(named.code)))
    return found


def _whole(original: Original, compiled: Compiled | None, texts: _Texts, functions: dict[Path, _Measured]) -> _Measured:
    """What is found of the whole, of what was found of each function."""
    found = _Measured()
    equal = [function.values["same_bytecode"] == 1.0 for function in functions.values()]
    found.values["same_bytecode"] = float(all(equal))
    found.values["functions_equal"] = sum(equal) / len(equal)
    ours = {} if compiled is None else compiled.protos
    for path, function in functions.items():
        place = _place(path)
        found.edits += function.edits
        found.longest += function.longest
        for level, note in function.notes.items():
            found.notes.setdefault("same_bytecode" if note is NO_FUNCTION else level, place + note)
    more = sum(len(proto.code) for path, proto in ours.items() if path not in functions)
    found.edits += more
    found.longest += more
    found.values["instructions_similar"] = similarity(found.edits, found.longest)
    for level in ("names", "same_text", "readability"):
        found.notes.pop(level, None)
    for path, named in original.named.items():
        known = functions[path].names if path in functions else compare_names(ours.get(path), named)
        found.names.include(known, _place(path))
    _add_names(found, original.unknown)
    _add_texts(found, original.unknown, texts.whole(), texts.problem)
    if texts.ours is not None:
        sizes = sum(len(proto.code) for proto in ours.values()), original.size
        _add_readability(found, total(texts.our_blemishes), total(original.blemishes), sizes)
    return found


def _place(path: Path) -> str:
    """What a note about a function begins with."""
    return f"function {'.'.join(map(str, path))}: " if path else ""


def _refuse(found: _Measured, error: CompileError) -> None:
    """Say of something that it does not compile, and why."""
    place = "" if error.line is None else f"line {error.line}: "
    is_lua = True
    with suppress(LookupError):  # what is no message of the compiler, such as that it is not one function
        is_lua = kind_of(error.problem) not in UNREADABLE
    found.values |= {"parses": float(is_lua), "compiles": 0.0}
    found.notes = {level: note for level, note in found.notes.items() if found.values.get(level) is None}
    found.notes["compiles" if is_lua else "parses"] = place + error.problem


def _compare_code(found: _Measured, ours: Proto, theirs: Proto, *, is_alone: bool) -> None:
    other = described(ours, theirs, is_alone=is_alone)
    found.values["same_bytecode"] = float(other is None)
    found.longest = max(len(ours.code), len(theirs.code))
    if other is not None:
        found.notes["same_bytecode"] = other
        found.edits, pieces = edits_of(ours, theirs)
        if pieces > 1:
            found.notes["instructions_similar"] = _at_least(pieces)
    found.values["instructions_similar"] = similarity(found.edits, found.longest)


def _add_names(found: _Measured, unknown: dict[str, str]) -> None:
    names = found.names
    number = names.variables.total()
    found.values["names"] = names.right.total() / number if number else None
    found.values["names_words"] = names.words / number if number else None
    for kind in ("parameters", "locals", "upvalues"):
        of_kind = names.variables[kind]
        found.values[f"names_{kind}"] = names.right[kind] / of_kind if of_kind else None
    note = names.wrong if number else unknown.get("names", "it has no variables")
    if note:
        found.notes["names"] = note


def _add_texts(found: _Measured, unknown: dict[str, str], texts: tuple[bytes, bytes] | None, problem: str = "") -> None:
    """Add the level of the text, and if there is none, that of readability too."""
    if "same_text" in unknown:
        found.values |= dict.fromkeys(("same_text", "readability"))
        found.notes |= {level: unknown[level] for level in ("same_text", "readability")}
    elif texts is None:
        found.values |= dict.fromkeys(("same_text", "readability"), 0.0)
        found.notes |= dict.fromkeys(("same_text", "readability"), problem)
    else:
        edits, pieces = distance(*texts)
        found.values["same_text"] = similarity(edits, max(map(len, texts)))
        if pieces > 1:
            found.notes["same_text"] = _at_least(pieces)


def _add_readability(found: _Measured, ours: Blemishes, theirs: Blemishes, instructions: tuple[int, int]) -> None:
    found.values["readability"], note = compare_blemishes(ours, theirs, instructions)
    if note:
        found.notes["readability"] = note


def _at_least(pieces: int) -> str:
    return f"at least: too long to compare at once, compared in {pieces} pieces"
