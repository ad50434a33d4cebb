"""The proof of what was read: it is compiled again, and each function is compared."""

from __future__ import annotations

from collections.abc import Sequence

from aidec.bytecode import OPCODES, Proto, load
from aidec.bytecode.model import exact
from aidec.common.errors import CompileError, DatasetError
from aidec.decompiler.code import JUMPS
from aidec.decompiler.decompiled import DecompiledFunction
from aidec.lua.compile import compile_source
from aidec.lua.nodes import FunctionBody, Main
from aidec.lua.printer import to_source
from aidec.lua.standalone import compile_alone


def difference(ours: Proto, theirs: Proto, *, is_alone: bool = False) -> str | None:
    """How two functions differ in what a stripped chunk has, without what is inside the functions inside them.

    Compared are the instructions, the constants in order, to the bit, the parameters, the stack size, the upvalues, and
    what the functions inside capture. None if nothing differs.

    Args:
        ours: the function that was compiled.
        theirs: the function that was decompiled.
        is_alone: ours was compiled by itself, so that its upvalues come from elsewhere.
    """
    if ours.code != theirs.code:
        return f"instruction {first_other(ours.code, theirs.code)}"
    if list(map(exact, ours.constants)) != list(map(exact, theirs.constants)):
        return "constants"
    for name in ("num_params", "is_vararg", "max_stack_size"):
        if getattr(ours, name) != getattr(theirs, name):
            return name
    if len(ours.upvalues) != len(theirs.upvalues) or (not is_alone and _captures(ours) != _captures(theirs)):
        return "upvalues"
    inside = [[_captures(proto) for proto in function.protos] for function in (ours, theirs)]
    return "captures of a function inside" if inside[0] != inside[1] else None


def first_other(ours: Sequence[object], theirs: Sequence[object]) -> int:
    """The first place where two sequences differ: the length of the shorter one if it is how the other begins."""
    pairs = enumerate(zip(ours, theirs, strict=False))
    return next((place for place, (one, two) in pairs if one != two), min(len(ours), len(theirs)))


def first_difference(ours: Proto, theirs: Proto) -> int | None:
    """The pc of the first instruction of two functions that differs; None if none does.

    Where a jump goes counts only if nothing else differs: what it passes over is longer or shorter then.
    """
    size = min(len(ours.code), len(theirs.code))
    differing = [pc for pc in range(size) if ours.code[pc] != theirs.code[pc]]
    if len(ours.code) != len(theirs.code):
        differing.append(size)
    others = (pc for pc in differing if pc == size or not _is_same_jump(ours.code[pc], theirs.code[pc]))
    return next(others, differing[0] if differing else None)


def _is_same_jump(one: int, two: int) -> bool:
    """Whether two instructions are the same jump but for where they go."""
    return one & 0x3FFF == two & 0x3FFF and OPCODES[one & 63].name in JUMPS


def _captures(proto: Proto) -> list[tuple[int, int]]:
    return [(upvalue.in_stack, upvalue.index) for upvalue in proto.upvalues]


def compared_alone(function: DecompiledFunction) -> tuple[Proto | None, str | None]:
    """What a function compiles to by itself, None if it does not compile; and how that differs, None if it does not."""
    is_main = not function.path
    for inner in function.inside:
        if inner.text is None:
            inner.text = to_source(inner.tree, printed=_texts_inside(inner))
            for each in inner.inside:
                each.text = None
    printed = _texts_inside(function)
    try:
        if is_main:
            ours = load(compile_source(to_source(Main(function.tree.body), printed=printed))).main
        else:
            ours = compile_alone(b"function" + to_source(function.tree, printed=printed), function.upvalues)
    except (CompileError, DatasetError) as error:
        return None, f"it does not compile: {error}"
    return ours, difference(ours, function.proto, is_alone=not is_main)


def _texts_inside(function: DecompiledFunction) -> dict[FunctionBody, bytes]:
    """The texts of the functions inside a function that were printed before, without those inside them."""
    found: dict[FunctionBody, bytes] = {}
    waiting = list(function.inside)
    while waiting:
        inner = waiting.pop()
        if inner.text is None:
            waiting += inner.inside
        else:
            found[inner.tree] = inner.text
    return found
