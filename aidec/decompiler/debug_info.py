"""What the debug information of a function says: where local variables begin and end, and what lines tell."""

from __future__ import annotations

import sys
from bisect import bisect_right
from dataclasses import dataclass, field
from operator import itemgetter

from aidec.bytecode import Proto
from aidec.decompiler.code import Code


@dataclass(slots=True)
class Scopes:
    """The scopes of a function's local variables.

    Attributes:
        starts: for a pc the registers of the variables that begin there, each with the pc where it ends.
        ends: for a pc the lowest register whose variable ends there.
        of_register: for a register its variables in their order: the pcs where each begins and ends.
    """

    starts: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    ends: dict[int, int] = field(default_factory=dict)
    of_register: dict[int, list[tuple[int, int]]] = field(default_factory=dict)

    def end(self, register: int, pc: int) -> int:
        """The pc where the variable ends that a register has at ``pc``; the greatest there is if it has none."""
        variables = self.of_register.get(register, [])
        place = bisect_right(variables, pc, key=itemgetter(0)) - 1
        return variables[place][1] if place >= 0 and pc <= variables[place][1] else sys.maxsize

    def starting(self, pc: int, active: int) -> list[int]:
        """The registers of the variables that one declaration begins at ``pc``, above those that are active.

        Variables of one declaration end together. Those that do not are several declarations that luac made one
        instruction of (lcode.c: luaK_nil).
        """
        found = [(register, end) for register, end in self.starts.get(pc, ()) if register >= active]
        return [register for register, end in found if end == found[0][1]]


def scopes_of(proto: Proto) -> Scopes | None:
    """The scopes of the variables of a function; None if it has no debug information.

    The hidden state of a loop has registers as well, but is declared by the loop.
    """
    if not proto.local_vars and not proto.line_info:
        return None
    scopes = Scopes()
    for number, (variable, register) in enumerate(zip(proto.local_vars, registers_of(proto), strict=True)):
        start, end = variable.start_pc, variable.end_pc
        scopes.of_register.setdefault(register, []).append((start, end))
        if number >= proto.num_params and not (variable.name or b"(").startswith(b"("):
            scopes.starts.setdefault(start, []).append((register, end))
        scopes.ends[end] = min(register, scopes.ends.get(end, register))
    return scopes


def registers_of(proto: Proto) -> list[int]:
    """The register of each of the local variables of a function, in the order of ``Proto.local_vars``.

    It is the number of variables that are active where a variable begins. The variables stand in the order of their
    declarations (lparser.c: registerlocalvar; lobject.h: LocVar).
    """
    registers: list[int] = []
    ends: list[int] = []
    for variable in proto.local_vars:
        start, end = variable.start_pc, variable.end_pc
        while ends and (ends[-1] < end or ends[-1] <= start < end):
            ends.pop()
        registers.append(len(ends))
        ends.append(end)
    return registers


def assigned_functions(proto: Proto) -> set[int]:
    """The functions inside, by index, that an assignment stores, and no function statement.

    A function statement stores on the line where it begins, an assignment on that where the function ends (lparser.c:
    funcstat).
    """
    if not proto.protos or not proto.line_info:
        return set()
    code = Code(proto)
    return {
        code.bx[pc]
        for pc in range(min(code.size, len(proto.line_info)) - 1)
        if code.op[pc] == "CLOSURE"
        and code.op[pc + 1] in ("SETTABLE", "SETTABUP", "SETUPVAL", "MOVE")
        and code.bx[pc] < len(proto.protos)
        and proto.line_info[pc + 1] != proto.protos[code.bx[pc]].line_defined
    }
