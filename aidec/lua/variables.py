"""What the names of a source text stand for: local variables, upvalues, globals, and the functions that have them."""

from __future__ import annotations

from dataclasses import dataclass, field

from aidec.lua.node import Node


@dataclass(slots=True, eq=False)
class LocalVariable:
    """A local variable, as ``LocVar`` has it in a chunk's debug information.

    Attributes:
        name: its name; that of a loop's hidden state is no identifier, such as ``(for index)``.
        declaration: the ``Variable`` that declares it; for an implicit ``self`` the function's body, for the hidden
            state of a loop the loop.
        register: the register that it has in its function: the number of variables that are active before it.
        start: the offset in the text from which it can be seen.
        end: the offset behind which it can't be.
        captured: whether a function inside uses it.
    """

    name: str
    declaration: Node = field(repr=False)
    register: int
    start: int = -1
    end: int = -1
    captured: bool = False


@dataclass(slots=True, eq=False)
class Upvalue:
    """A variable of a function around.

    Attributes:
        name: its name.
        index: its number among the upvalues of the function.
        in_stack: whether the function right around has it as a local variable, and not as an upvalue too.
        captured: that variable or upvalue; None for ``_ENV`` of the main function, which no function is around.
    """

    name: str
    index: int
    in_stack: bool
    captured: LocalVariable | Upvalue | None = field(repr=False)

    @property
    def variable(self) -> LocalVariable | None:
        """The local variable in the end; None for the main function's ``_ENV``."""
        captured = self.captured
        while isinstance(captured, Upvalue):
            captured = captured.captured
        return captured


@dataclass(slots=True, eq=False)
class Global:
    """A name that is no variable: a field of ``_ENV`` (Reference Manual, §2.2).

    Attributes:
        name: the key of the field.
        environment: what ``_ENV`` stands for there.
    """

    name: str
    environment: LocalVariable | Upvalue = field(repr=False)


NamedVariable = LocalVariable | Upvalue | Global


def local_variable(found: NamedVariable | None) -> LocalVariable | None:
    """The local variable that a name stands for, of whatever function; None if it stands for none."""
    variable = found.variable if isinstance(found, Upvalue) else found
    return variable if isinstance(variable, LocalVariable) else None


@dataclass(slots=True, eq=False)
class Scope:
    """A function with its variables.

    Attributes:
        node: its ``FunctionBody``, or ``Main``.
        parent: the function around; None for the main function.
        locals: its local variables in the order of their declarations, that of ``LocVar`` in a chunk.
        upvalues: its upvalues in the order of their first use, that of a chunk.
        functions: those right inside, in the order of the text, that of a chunk's protos.
        labels: the ``Label`` that each ``Goto`` jumps to.
    """

    node: Node = field(repr=False)
    parent: Scope | None = field(default=None, repr=False)
    locals: list[LocalVariable] = field(default_factory=list)
    upvalues: list[Upvalue] = field(default_factory=list)
    functions: list[Scope] = field(default_factory=list)
    labels: dict[Node, Node] = field(default_factory=dict, repr=False)
