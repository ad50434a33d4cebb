"""Single functions of a decompiled program as programs of their own, which return the function.

    local count
    return function(step)
        count = count + step
    end

What a function captures is declared before it. So the text says by itself which names are upvalues and which are
global, and Lua compiles it to the very function.
"""

from __future__ import annotations

from collections.abc import Sequence

from aidec.decompiler.decompiled import Decompiled, DecompiledFunction
from aidec.lua.names import resolve
from aidec.lua.nodes import Block, Function, FunctionBody, Local, Main, Return, Variable
from aidec.lua.printer import to_source


def captured_names(program: Decompiled) -> dict[Block, list[str]]:
    """The names of the local variables around each function that it captures, by its block, in the order of first use.

    ``_ENV`` of the main function is not among them.
    """
    found: dict[Block, list[str]] = {}
    waiting = [resolve(program.tree)]
    while waiting:
        scope = waiting.pop()
        if isinstance(scope.node, Main | FunctionBody):
            found[scope.node.body] = [upvalue.name for upvalue in scope.upvalues if upvalue.variable is not None]
        waiting += scope.functions
    return found


def text_alone(function: DecompiledFunction, captured: Sequence[str]) -> bytes:
    """The text of a program that returns a function.

    Args:
        function: a function of a program, but for its main function.
        captured: the names of what it captures, as ``captured_names`` finds them.
    """
    body = function.tree
    variables = [parameter for parameter in body.parameters if isinstance(parameter, Variable)]
    if len(variables) < function.proto.num_params:  # the text has it as a method
        body = FunctionBody([Variable("self"), *body.parameters], body.body)
    declared = [Local([Variable(name) for name in captured], [])] if captured else []
    return to_source(Main(Block([*declared, Return([Function(body)])])))
