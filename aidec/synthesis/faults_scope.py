"""Faults of scope: variables, labels and jumps that are not where they are used."""

from __future__ import annotations

from collections.abc import Iterator

from aidec.lua.node import Node
from aidec.lua.nodes import (
    Assign,
    Binary,
    Block,
    Break,
    FunctionBody,
    GenericFor,
    Goto,
    If,
    Label,
    Local,
    LocalFunction,
    Name,
    NumericFor,
    Repeat,
    Return,
    Statement,
    Unary,
    Vararg,
    While,
)
from aidec.lua.variables import local_variable
from aidec.synthesis.faults import (
    Flaw,
    changed,
    fault,
    indentation,
    lines_of,
    misspelt,
    place_of,
    replaced,
    uses,
)
from aidec.synthesis.rewriting import Edit, Unit, names_in, spots_in

LOOPS = (While, Repeat, NumericFor, GenericFor)

LABELS = ("done", "skip", "continue", "next")
"""Names of labels that are put in."""


@fault("undefined-variable")
def undefined_variable(unit: Unit) -> Iterator[Flaw]:
    """Use a variable by a name that nothing has."""
    for spot in unit.spots(Name):
        node, around = spot.node, spot.around
        is_computed = isinstance(around, Binary) and around.operator in ("+", "-", "*", "//", "..", "&", "|")
        is_used = is_computed or isinstance(around, Unary) or spot.field in ("function", "object")
        if is_used and local_variable(node.variable) is not None and len(node.name) > 1 and node.name != "self":
            yield replaced(unit, node, misspelt(unit, node.name).encode(), name=node.name)


@fault("shadowed-variable")
def shadowed_variable(unit: Unit) -> Iterator[Flaw]:
    """Declare a variable anew in a block where the one around is meant."""
    declared = {id(each): block for block, node in unit.statements(Local) for each in node.variables}
    for block, node in unit.statements(Assign):
        target = node.targets[0]
        variable = local_variable(target.variable) if isinstance(target, Name) else None
        if len(node.targets) == 1 and variable is not None:
            outer = declared.get(id(variable.declaration))
            if outer is not None and outer is not block:
                start = place_of(node).start
                line = str(place_of(variable.declaration).line)
                yield changed(unit, start, start, b"local ", node, name=target.name, declared=line)


@fault("used-before-declaration")
def used_before_declaration(unit: Unit) -> Iterator[Flaw]:
    """Use a variable in the statement before the one that declares it."""
    for block in unit.nodes(Block):
        for one, two in zip(block.statements, block.statements[1:], strict=False):
            if isinstance(one, Local) and len(one.variables) == 1 and one.variables[0].name in names_in(two):
                before, after = lines_of(unit, one), lines_of(unit, two)
                if before[1] == after[0] and not isinstance(two, Return | Break):
                    swapped = unit.text[slice(*after)] + unit.text[slice(*before)]
                    yield changed(unit, before[0], after[1], swapped, name=one.variables[0].name)


@fault("declared-in-block")
def declared_in_block(unit: Unit) -> Iterator[Flaw]:
    """Declare a variable in a block that ends before it is used."""
    found = uses(unit)
    for _, node in unit.statements(Local):
        if len(node.variables) == 1 and node.values and found.get(id(node.variables[0])):
            start, end = lines_of(unit, node)
            blanks = indentation(unit, node)
            lines = unit.text[start:end].split(b"\n")[:-1]
            inside = b"".join(b"    " + line + b"\n" for line in lines)
            yield changed(
                unit, start, end, blanks + b"do\n" + inside + blanks + b"end\n", node, name=node.variables[0].name
            )


@fault("recursion-of-local")
def recursion_of_local(unit: Unit) -> Iterator[Flaw]:
    """Declare a function that calls itself as ``local f = function``, in which ``f`` is a global variable."""
    for node in unit.nodes(LocalFunction):
        name = node.variable.name
        if any(isinstance(each, Name) and each.name == name for each in node.function.body.walk()):
            start, end = place_of(node).start, place_of(node.variable).end
            yield changed(unit, start, end, f"local {name} = function".encode(), node, name=name)


@fault("goto-into-scope")
def goto_into_scope(unit: Unit) -> Iterator[Flaw]:
    """Jump over the declaration of a local variable that the label sees."""
    for block in unit.nodes(Block):
        for index, node in enumerate(block.statements[:-1]):
            last = block.statements[-1]
            if (
                not isinstance(node, Local)
                or isinstance(last, Label | Break)
                or block.statements[index + 1 :] == [last]
            ):
                continue
            name, blanks = _label(unit), indentation(unit, node)
            start, end = lines_of(unit, node)[0], lines_of(unit, last)[0]
            jump, label = blanks + f"goto {name}\n".encode(), blanks + f"::{name}::\n".encode()
            edits = (Edit(start, start, jump), Edit(end, end, label))
            yield Flaw(edits, start, {"label": name, "name": node.variables[0].name})


@fault("goto-without-label")
def goto_without_label(unit: Unit) -> Iterator[Flaw]:
    """Jump to a label of a name that no label has."""
    for node in unit.nodes(Goto):
        new = misspelt(unit, node.label)
        yield replaced(unit, node, f"goto {new}".encode(), label=node.label, now=new)


@fault("continue-without-label")
def continue_without_label(unit: Unit) -> Iterator[Flaw]:
    """Write ``goto continue`` for ``break``, where no label has that name."""
    labels = {node.name for node in unit.nodes(Label)}
    for node in unit.nodes(Break):
        if "continue" not in labels:
            yield replaced(unit, node, b"goto continue", now="continue")


@fault("break-outside-loop")
def break_outside_loop(unit: Unit) -> Iterator[Flaw]:
    """Break where no loop is around."""
    for block, node in _outside_loops(unit):
        last = block.statements[-1] if block.statements else None
        if isinstance(last, Return):
            yield replaced(unit, last, b"break")
        elif last is not None and not isinstance(last, Goto | Break) and isinstance(node, If):
            end = lines_of(unit, last)[1]
            yield changed(unit, end, end, indentation(unit, last) + b"break\n")


def _outside_loops(unit: Unit) -> Iterator[tuple[Block, Statement]]:
    """The blocks that stand in no loop of their function, each with the statement that it is of."""
    waiting: list[Node] = [unit.tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, LOOPS):
            waiting += [body for body in node.walk() if isinstance(body, FunctionBody)]
            continue
        if isinstance(node, If | FunctionBody):
            yield node.body, node  # type: ignore[misc]  # a function is of some statement
        waiting += reversed(list(node.children()))


@fault("repeated-label")
def repeated_label(unit: Unit) -> Iterator[Flaw]:
    """Write a label twice in a block."""
    for block, node in unit.statements(Label):
        last = block.statements[-1]
        end = lines_of(unit, node if isinstance(last, Return | Break | Goto) else last)[1]
        label = indentation(unit, node) + unit.bytes_of(node) + b"\n"
        yield changed(unit, end, end, label, label=node.name, first=str(place_of(node).line))


@fault("vararg-outside")
def vararg_outside(unit: Unit) -> Iterator[Flaw]:
    """Use ``...`` in a function that has no such parameter."""
    for function in unit.nodes(FunctionBody):
        if function.parameters and isinstance(function.parameters[-1], Vararg) and any(spots_in(function.body, Vararg)):
            start, end, *_ = place_of(function.parameters[-1])
            if len(function.parameters) > 1:
                start = place_of(function.parameters[-2]).end
            yield changed(unit, start, end, b"", opened=str(place_of(function).line))


def _label(unit: Unit) -> str:
    """A name for a label that no label has."""
    taken = {node.name for node in unit.nodes(Label)}
    return unit.rng.choice([name for name in LABELS if name not in taken] or [f"label{len(taken)}"])
