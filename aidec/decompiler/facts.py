"""What is found out about the local variables of a function without debug information."""

from __future__ import annotations

from dataclasses import dataclass, field


class Unreadable(Exception):  # noqa: N818
    """Instructions that can't be read in the way that was tried."""


@dataclass
class Fact(Exception):  # noqa: N818
    """A contradiction, which a fact explains: reading begins again with it.

    Attributes:
        kind: ``local``: the value made at ``pc`` in ``register`` is a local variable; ``end``: the local variables from
            ``register`` on end before the statement at ``pc``; ``split``: as ``local``, and another declaration follows
            in the same statement; ``table``: the constructor of the table made at ``pc`` reaches to ``register``,
            a pc; ``earlier``: the end noted at ``moved`` is at ``pc``; ``end of block``: as ``end``, below the block.
        sure: whether it holds however the value is read.
        instead_of: a fact of this kind that it replaces.
    """

    kind: str
    pc: float
    register: int
    why: str = ""
    sure: bool = False
    instead_of: tuple[float, int] | None = None
    moved: int = -1


@dataclass(slots=True)
class Facts:
    """The facts so far.

    Attributes:
        locals: values that are local variables, by pc and register.
        splits: those behind which another declaration follows.
        ends: the register from which on local variables end, by the pc of the statement.
        tables: the last instruction of a constructor, by the pc of its NEWTABLE.
        num_moved: how many ends were found to be earlier.
        newest: the greatest pc of a value that was found to be a local variable.
        last_end: the greatest pc in ``ends`` so far.
    """

    locals: set[tuple[float, int]] = field(default_factory=set)
    splits: set[tuple[float, int]] = field(default_factory=set)
    ends: dict[int, int] = field(default_factory=dict)
    tables: dict[int, int] = field(default_factory=dict)
    num_moved: int = 0
    newest: float = -1
    last_end: int = -1

    def add(self, fact: Fact) -> None:
        """Note a fact.

        Raises:
            Unreadable: it was noted before, so that it explains nothing.
        """
        pc, register = fact.pc, fact.register
        if fact.kind in ("local", "split"):
            self.newest = max(self.newest, pc)
        if fact.kind == "local":
            if pc < 0 or (pc, register) in self.locals:
                raise Unreadable(f"register {register} is a local variable already: {fact.why}")
            self.locals.add((pc, register))
            if fact.instead_of is not None:
                self.locals.discard(fact.instead_of)
        elif fact.kind == "split":
            self.splits.add((pc, register))
            self.locals.add((pc, register))
        elif fact.kind == "table":
            self.tables[int(pc)] = register
        elif fact.kind == "earlier":
            self.num_moved += 1
            end = min(register, self.ends.pop(fact.moved, register))
            self.end(int(pc), min(end, self.ends.get(int(pc), end)))
        else:
            if self.ends.get(int(pc), 999) <= register:
                raise Unreadable(f"register {register} ended already: {fact.why}")
            self.end(int(pc), register)

    def end(self, pc: int, register: int) -> None:
        """Note that local variables from a register on end before a statement."""
        self.ends[pc] = register
        self.last_end = max(self.last_end, pc)
