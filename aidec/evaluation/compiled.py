"""A source text, what it compiles to and its syntax tree, function by function."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from aidec.bytecode import Proto, load
from aidec.common.errors import CompileError
from aidec.evaluation.instructions import edits_of
from aidec.lua.compile import compile_source
from aidec.lua.diagnostics import check
from aidec.lua.functions import MAX_BYTES
from aidec.lua.names import resolve
from aidec.lua.nodes import FunctionBody, FunctionStatement, Main, Variable
from aidec.lua.printer import to_source
from aidec.lua.standalone import compile_alone
from aidec.lua.tree import parse
from aidec.lua.upvalues import names_of

Path = tuple[int, ...]
"""The way to a function: an index into the functions inside, from the main function inwards."""


@dataclass(frozen=True)
class Compiled:
    """A text that compiles.

    Attributes:
        text: the text.
        is_function: it is the text of one function.
        main: its main function, or that one function, with debug information.
    """

    text: bytes
    is_function: bool
    main: Proto

    @cached_property
    def protos(self) -> dict[Path, Proto]:
        """The functions, each before those inside it."""
        return protos_of(self.main)

    @cached_property
    def syntax(self) -> Syntax:
        """The syntax tree.

        Raises:
            CompileError: tree-sitter can't read the text, or the text is longer than ``MAX_BYTES``.
        """
        if len(self.text) > MAX_BYTES:
            raise CompileError(f"a text of {len(self.text):,} bytes; a syntax tree is made of at most {MAX_BYTES:,}")
        if not self.is_function:
            return Syntax(self.text, parse(self.text, resolved=False), 0)
        returned = b"return " + self.text
        try:
            return Syntax(returned, parse(returned, resolved=False), 1)
        except CompileError:  # a statement: it has a name
            return Syntax(self.text, parse(self.text, resolved=False), 1)


class Syntax:
    """The syntax tree of a text.

    Attributes:
        text: the text.
        tree: its tree; names are resolved.
        scopes: the functions, in the order of the text, which is that of ``Compiled.protos``.
        outside: how many of all functions stand before the first of these: 1 if the text is that of one function.
    """

    def __init__(self, text: bytes, tree: Main, outside: int) -> None:
        self.text, self.tree, self.outside = text, tree, outside
        self.scopes = list(islice(resolve(tree).walk(), outside, None))
        self._printed: dict[int, bytes] = {}

    @cached_property
    def _methods(self) -> set[FunctionBody]:
        statements = (node for node in self.tree.walk() if isinstance(node, FunctionStatement))
        return {statement.function for statement in statements if statement.method is not None}

    @cached_property
    def printed(self) -> bytes:
        """The text in the canonical layout, without comments; of one function from its parameters on."""
        return to_source(self.tree, comments=False) if self.outside == 0 else self.printed_function(0)

    def printed_function(self, number: int) -> bytes:
        """A function of it in that layout, with those inside; a method has its parameter ``self``."""
        if number not in self._printed:
            body = self.scopes[number].node
            if isinstance(body, FunctionBody) and body in self._methods:
                body = FunctionBody([Variable("self"), *body.parameters], body.body)
            self._printed[number] = to_source(body, comments=False)
        return self._printed[number]


def protos_of(main: Proto) -> dict[Path, Proto]:
    """A function and all inside it, each before those inside it."""
    found: dict[Path, Proto] = {}
    waiting: list[tuple[Path, Proto]] = [((), main)]
    while waiting:
        path, proto = waiting.pop()
        found[path] = proto
        waiting += [((*path, number), inner) for number, inner in enumerate(proto.protos)][::-1]
    return found


def numbers_of(protos: dict[Path, Proto]) -> dict[Path, int]:
    """The number of each function in the order of the text, which is that of ``protos_of``."""
    return {path: number for number, path in enumerate(protos)}


def compile_file(text: bytes) -> Compiled:
    """The text of a file, compiled.

    Raises:
        CompileError: it is not Lua 5.3.
    """
    return Compiled(text, is_function=False, main=load(compile_source(text)).main)


def compile_function(text: bytes, upvalues: Sequence[str], theirs: Proto | None = None) -> Compiled:
    """The text of one function, compiled, such as ``function (a) ... end`` or ``local function f(a) ... end``.

    It may also stand in a program which declares its upvalues, such as ``local n return function () return n end``.

    Args:
        text: the text.
        upvalues: the names of its upvalues.
        theirs: a function that it should be, if its upvalues may have other names in the text. Those are found by where
            the code differs (aidec/lua/upvalues.py), and taken if they make it more alike.

    Raises:
        CompileError: it is not one function in Lua 5.3.
    """
    try:
        main = compile_alone(text, upvalues)
        if theirs is not None and theirs.upvalues and main.code != theirs.code:
            other = compile_alone(text, [*upvalues, *names_of(theirs, text)])
            main = min(main, other, key=lambda ours: edits_of(ours, theirs).edits)
    except CompileError as error:
        if error.line is None:
            raise
        raise _further(text) or error from None
    return Compiled(text, is_function=True, main=main)


def _further(text: bytes) -> CompileError | None:
    """Of what is wrong with a text as an expression, and as a statement, that which stands later in the text."""
    before = b"return "
    wrong = [
        (found.offset - len(start), CompileError(found.message.partition(": ")[2], "", found.line))
        for start in (before, b"")
        if (found := check(start + text)) is not None
    ]
    return max(wrong, key=lambda item: item[0])[1] if len(wrong) == 2 else None
