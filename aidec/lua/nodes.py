"""The nodes of a syntax tree; made by ksy/nodes.py of grammar.yaml, never edited."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from aidec.lua.node import Node, Option, Piece, Slot
from aidec.lua.variables import NamedVariable


class Statement(Node):
    """A statement."""

    __slots__ = ()


class Expression(Node):
    """An expression."""

    __slots__ = ()



@dataclass(slots=True, eq=False)
class Assign(Statement):
    """An assignment.

    Spelled ``{targets} = {values}``.
    """

    FIELDS: ClassVar[tuple[str, ...]] = ("targets", "values")
    SPELLED: ClassVar[tuple[Piece, ...]] = (
        Slot("targets", "Target", ", "),
        " = ",
        Slot("values", "expression", ", "),
    )

    targets: list[Target]
    values: list[Expression]


@dataclass(slots=True, eq=False)
class Local(Statement):
    """A declaration of local variables.

    Spelled ``local {variables}?[ = {values}]``.
    """

    FIELDS: ClassVar[tuple[str, ...]] = ("variables", "values")
    SPELLED: ClassVar[tuple[Piece, ...]] = (
        "local ",
        Slot("variables", "Variable", ", "),
        Option("values", (" = ", Slot("values", "expression", ", "))),
    )

    variables: list[Variable]
    values: list[Expression]


@dataclass(slots=True, eq=False)
class CallStatement(Statement):
    """A call whose results are dropped.

    Spelled ``{call}``.
    """

    FIELDS: ClassVar[tuple[str, ...]] = ("call",)
    SPELLED: ClassVar[tuple[Piece, ...]] = (
        Slot("call", "AnyCall"),
    )

    call: AnyCall


@dataclass(slots=True, eq=False)
class Do(Statement):
    """A block of its own.

    Spelled ``do {body} end``.
    """

    FIELDS: ClassVar[tuple[str, ...]] = ("body",)
    SPELLED: ClassVar[tuple[Piece, ...]] = (
        "do ",
        Slot("body", "Block"),
        " end",
    )

    body: Block


@dataclass(slots=True, eq=False)
class While(Statement):
    """A loop that tests before each turn.

    Spelled ``while {test} do {body} end``.
    """

    FIELDS: ClassVar[tuple[str, ...]] = ("test", "body")
    SPELLED: ClassVar[tuple[Piece, ...]] = (
        "while ",
        Slot("test", "expression"),
        " do ",
        Slot("body", "Block"),
        " end",
    )

    test: Expression
    body: Block


@dataclass(slots=True, eq=False)
class Repeat(Statement):
    """A loop that tests after each turn; the test sees the local variables of the body.

    Spelled ``repeat {body} until {test}``.
    """

    FIELDS: ClassVar[tuple[str, ...]] = ("body", "test")
    SPELLED: ClassVar[tuple[Piece, ...]] = (
        "repeat ",
        Slot("body", "Block"),
        " until ",
        Slot("test", "expression"),
    )

    body: Block
    test: Expression


@dataclass(slots=True, eq=False)
class If(Statement):
    """A choice.

    Spelled ``if {test} then {body} {alternatives} ?[else {otherwise} ]end``.
    """

    FIELDS: ClassVar[tuple[str, ...]] = ("test", "body", "alternatives", "otherwise")
    SPELLED: ClassVar[tuple[Piece, ...]] = (
        "if ",
        Slot("test", "expression"),
        " then ",
        Slot("body", "Block"),
        " ",
        Slot("alternatives", "ElseIf", " "),
        " ",
        Option("otherwise", ("else ", Slot("otherwise", "Block"), " ")),
        "end",
    )

    test: Expression
    body: Block
    alternatives: list[ElseIf]
    otherwise: Block | None


@dataclass(slots=True, eq=False)
class NumericFor(Statement):
    """A loop over numbers.

    Spelled ``for {variable} = {start}, {limit}?[, {step}] do {body} end``.
    """

    FIELDS: ClassVar[tuple[str, ...]] = ("variable", "start", "limit", "step", "body")
    SPELLED: ClassVar[tuple[Piece, ...]] = (
        "for ",
        Slot("variable", "Variable"),
        " = ",
        Slot("start", "expression"),
        ", ",
        Slot("limit", "expression"),
        Option("step", (", ", Slot("step", "expression"))),
        " do ",
        Slot("body", "Block"),
        " end",
    )

    variable: Variable
    start: Expression
    limit: Expression
    step: Expression | None
    body: Block


@dataclass(slots=True, eq=False)
class GenericFor(Statement):
    """A loop over what an iterator returns.

    Spelled ``for {variables} in {values} do {body} end``.
    """

    FIELDS: ClassVar[tuple[str, ...]] = ("variables", "values", "body")
    SPELLED: ClassVar[tuple[Piece, ...]] = (
        "for ",
        Slot("variables", "Variable", ", "),
        " in ",
        Slot("values", "expression", ", "),
        " do ",
        Slot("body", "Block"),
        " end",
    )

    variables: list[Variable]
    values: list[Expression]
    body: Block


@dataclass(slots=True, eq=False)
class FunctionStatement(Statement):
    """A function that is assigned to a variable or a field; with a method's name it has a first parameter ``self``.

    Spelled ``function {target}?[:{method}]{function}``.
    """

    FIELDS: ClassVar[tuple[str, ...]] = ("target", "method", "function")
    SPELLED: ClassVar[tuple[Piece, ...]] = (
        "function ",
        Slot("target", "Target"),
        Option("method", (":", Slot("method", "name"))),
        Slot("function", "FunctionBody"),
    )

    target: Target
    method: str | None
    function: FunctionBody


@dataclass(slots=True, eq=False)
class LocalFunction(Statement):
    """A function in a local variable that its body sees.

    Spelled ``local function {variable}{function}``.
    """

    FIELDS: ClassVar[tuple[str, ...]] = ("variable", "function")
    SPELLED: ClassVar[tuple[Piece, ...]] = (
        "local function ",
        Slot("variable", "Variable"),
        Slot("function", "FunctionBody"),
    )

    variable: Variable
    function: FunctionBody


@dataclass(slots=True, eq=False)
class Return(Statement):
    """The end of a function; only the last statement of a block.

    Spelled ``return?[ {values}]``.
    """

    FIELDS: ClassVar[tuple[str, ...]] = ("values",)
    SPELLED: ClassVar[tuple[Piece, ...]] = (
        "return",
        Option("values", (" ", Slot("values", "expression", ", "))),
    )

    values: list[Expression]


@dataclass(slots=True, eq=False)
class Break(Statement):
    """The end of the loop around.

    Spelled ``break``.
    """

    FIELDS: ClassVar[tuple[str, ...]] = ()
    SPELLED: ClassVar[tuple[Piece, ...]] = (
        "break",
    )


@dataclass(slots=True, eq=False)
class Goto(Statement):
    """A jump to a label.

    Spelled ``goto {label}``.
    """

    FIELDS: ClassVar[tuple[str, ...]] = ("label",)
    SPELLED: ClassVar[tuple[Piece, ...]] = (
        "goto ",
        Slot("label", "name"),
    )

    label: str


@dataclass(slots=True, eq=False)
class Label(Statement):
    """A place to jump to.

    Spelled ``::{name}::``.
    """

    FIELDS: ClassVar[tuple[str, ...]] = ("name",)
    SPELLED: ClassVar[tuple[Piece, ...]] = (
        "::",
        Slot("name", "name"),
        "::",
    )

    name: str


@dataclass(slots=True, eq=False)
class Nil(Expression):
    """The value nil.

    Spelled ``nil``.
    """

    FIELDS: ClassVar[tuple[str, ...]] = ()
    SPELLED: ClassVar[tuple[Piece, ...]] = (
        "nil",
    )


@dataclass(slots=True, eq=False)
class Boolean(Expression):
    """true or false.

    Spelled ``{value}``.
    """

    FIELDS: ClassVar[tuple[str, ...]] = ("value",)
    SPELLED: ClassVar[tuple[Piece, ...]] = (
        Slot("value", "boolean"),
    )

    value: bool


@dataclass(slots=True, eq=False)
class Number(Expression):
    """A literal: an integer of 64 bits with a sign, or a float.

    Spelled ``{value}``.
    """

    FIELDS: ClassVar[tuple[str, ...]] = ("value",)
    SPELLED: ClassVar[tuple[Piece, ...]] = (
        Slot("value", "number"),
    )

    value: int | float


@dataclass(slots=True, eq=False)
class String(Expression):
    """A literal in quotes or long brackets: its bytes.

    Spelled ``{value}``.
    """

    FIELDS: ClassVar[tuple[str, ...]] = ("value",)
    SPELLED: ClassVar[tuple[Piece, ...]] = (
        Slot("value", "string"),
    )

    value: bytes


@dataclass(slots=True, eq=False)
class Vararg(Expression):
    """The extra arguments of the function; as a parameter, that it takes them.

    Spelled ``...``.
    """

    FIELDS: ClassVar[tuple[str, ...]] = ()
    SPELLED: ClassVar[tuple[Piece, ...]] = (
        "...",
    )


@dataclass(slots=True, eq=False)
class Function(Expression):
    """A function without a name.

    Spelled ``function{function}``.
    """

    FIELDS: ClassVar[tuple[str, ...]] = ("function",)
    SPELLED: ClassVar[tuple[Piece, ...]] = (
        "function",
        Slot("function", "FunctionBody"),
    )

    function: FunctionBody


@dataclass(slots=True, eq=False)
class Name(Expression):
    """A variable where it is used.

    Spelled ``{name}``.
    """

    FIELDS: ClassVar[tuple[str, ...]] = ("name",)
    SPELLED: ClassVar[tuple[Piece, ...]] = (
        Slot("name", "name"),
    )

    name: str
    variable: NamedVariable | None = field(default=None, kw_only=True, repr=False)


@dataclass(slots=True, eq=False)
class Index(Expression):
    """A field of a value, ``object[key]`` or ``object.key``.

    Spelled ``{object}[{key}]``.
    """

    FIELDS: ClassVar[tuple[str, ...]] = ("object", "key")
    SPELLED: ClassVar[tuple[Piece, ...]] = (
        Slot("object", "prefix"),
        "[",
        Slot("key", "expression"),
        "]",
    )

    object: Expression
    key: Expression


@dataclass(slots=True, eq=False)
class Call(Expression):
    """A call.

    Spelled ``{function}({arguments})``.
    """

    FIELDS: ClassVar[tuple[str, ...]] = ("function", "arguments")
    SPELLED: ClassVar[tuple[Piece, ...]] = (
        Slot("function", "prefix"),
        "(",
        Slot("arguments", "expression", ", "),
        ")",
    )

    function: Expression
    arguments: list[Expression]


@dataclass(slots=True, eq=False)
class MethodCall(Expression):
    """A call of a method.

    Spelled ``{object}:{method}({arguments})``.
    """

    FIELDS: ClassVar[tuple[str, ...]] = ("object", "method", "arguments")
    SPELLED: ClassVar[tuple[Piece, ...]] = (
        Slot("object", "prefix"),
        ":",
        Slot("method", "name"),
        "(",
        Slot("arguments", "expression", ", "),
        ")",
    )

    object: Expression
    method: str
    arguments: list[Expression]


@dataclass(slots=True, eq=False)
class Table(Expression):
    """A table constructor.

    Spelled ``{{fields}}``.
    """

    FIELDS: ClassVar[tuple[str, ...]] = ("fields",)
    SPELLED: ClassVar[tuple[Piece, ...]] = (
        "{",
        Slot("fields", "Field", ", "),
        "}",
    )

    fields: list[Field]


@dataclass(slots=True, eq=False)
class Binary(Expression):
    """A binary operation.

    Spelled ``{left} {operator} {right}``.
    """

    FIELDS: ClassVar[tuple[str, ...]] = ("left", "operator", "right")
    SPELLED: ClassVar[tuple[Piece, ...]] = (
        Slot("left", "expression"),
        " ",
        Slot("operator", "binary"),
        " ",
        Slot("right", "expression"),
    )

    left: Expression
    operator: str
    right: Expression


@dataclass(slots=True, eq=False)
class Unary(Expression):
    """A unary operation.

    Spelled ``{operator}{operand}``.
    """

    FIELDS: ClassVar[tuple[str, ...]] = ("operator", "operand")
    SPELLED: ClassVar[tuple[Piece, ...]] = (
        Slot("operator", "unary"),
        Slot("operand", "expression"),
    )

    operator: str
    operand: Expression


@dataclass(slots=True, eq=False)
class Parenthesized(Expression):
    """What can have many values, cut to one. Other parentheses have no node: the printer sets them where needed.

    Spelled ``({expression})``.
    """

    FIELDS: ClassVar[tuple[str, ...]] = ("expression",)
    SPELLED: ClassVar[tuple[Piece, ...]] = (
        "(",
        Slot("expression", "Multiple"),
        ")",
    )

    expression: Multiple


@dataclass(slots=True, eq=False)
class Main(Node):
    """A whole file: the body of a vararg function, which luac calls main.

    Spelled ``{body}``.
    """

    FIELDS: ClassVar[tuple[str, ...]] = ("body",)
    SPELLED: ClassVar[tuple[Piece, ...]] = (
        Slot("body", "Block"),
    )

    body: Block


@dataclass(slots=True, eq=False)
class Block(Node):
    """The statements of a block.

    Spelled ``{statements}``.
    """

    FIELDS: ClassVar[tuple[str, ...]] = ("statements",)
    SPELLED: ClassVar[tuple[Piece, ...]] = (
        Slot("statements", "statement", " "),
    )

    statements: list[Statement]


@dataclass(slots=True, eq=False)
class ElseIf(Node):
    """One more condition of a choice.

    Spelled ``elseif {test} then {body} ``.
    """

    FIELDS: ClassVar[tuple[str, ...]] = ("test", "body")
    SPELLED: ClassVar[tuple[Piece, ...]] = (
        "elseif ",
        Slot("test", "expression"),
        " then ",
        Slot("body", "Block"),
        " ",
    )

    test: Expression
    body: Block


@dataclass(slots=True, eq=False)
class FunctionBody(Node):
    """The parameters of a function, without an implicit ``self``, and its block.

    Spelled ``({parameters}) {body} end``.
    """

    FIELDS: ClassVar[tuple[str, ...]] = ("parameters", "body")
    SPELLED: ClassVar[tuple[Piece, ...]] = (
        "(",
        Slot("parameters", "Parameter", ", "),
        ") ",
        Slot("body", "Block"),
        " end",
    )

    parameters: list[Parameter]
    body: Block


@dataclass(slots=True, eq=False)
class Variable(Node):
    """A local variable where it is declared.

    Spelled ``{name}``.
    """

    FIELDS: ClassVar[tuple[str, ...]] = ("name",)
    SPELLED: ClassVar[tuple[Piece, ...]] = (
        Slot("name", "name"),
    )

    name: str


@dataclass(slots=True, eq=False)
class Item(Node):
    """A field of a table constructor with the next number.

    Spelled ``{value}``.
    """

    FIELDS: ClassVar[tuple[str, ...]] = ("value",)
    SPELLED: ClassVar[tuple[Piece, ...]] = (
        Slot("value", "expression"),
    )

    value: Expression


@dataclass(slots=True, eq=False)
class Pair(Node):
    """A field of a table constructor with a key, ``[key] = value`` or ``key = value``.

    Spelled ``[{key}] = {value}``.
    """

    FIELDS: ClassVar[tuple[str, ...]] = ("key", "value")
    SPELLED: ClassVar[tuple[Piece, ...]] = (
        "[",
        Slot("key", "expression"),
        "] = ",
        Slot("value", "expression"),
    )

    key: Expression
    value: Expression

Target = Name | Index
AnyCall = Call | MethodCall
Multiple = Call | MethodCall | Vararg
Parameter = Variable | Vararg
Field = Item | Pair

NODES: dict[str, type[Node]] = {
    "Assign": Assign,
    "Local": Local,
    "CallStatement": CallStatement,
    "Do": Do,
    "While": While,
    "Repeat": Repeat,
    "If": If,
    "NumericFor": NumericFor,
    "GenericFor": GenericFor,
    "FunctionStatement": FunctionStatement,
    "LocalFunction": LocalFunction,
    "Return": Return,
    "Break": Break,
    "Goto": Goto,
    "Label": Label,
    "Nil": Nil,
    "Boolean": Boolean,
    "Number": Number,
    "String": String,
    "Vararg": Vararg,
    "Function": Function,
    "Name": Name,
    "Index": Index,
    "Call": Call,
    "MethodCall": MethodCall,
    "Table": Table,
    "Binary": Binary,
    "Unary": Unary,
    "Parenthesized": Parenthesized,
    "Main": Main,
    "Block": Block,
    "ElseIf": ElseIf,
    "FunctionBody": FunctionBody,
    "Variable": Variable,
    "Item": Item,
    "Pair": Pair,
}
"""The classes of nodes, by name."""

PREFIXES = (Name, Index, Call, MethodCall, Parenthesized)
"""What can be called and indexed as it stands."""

KEYWORDS = ("and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil", "not", "or", "repeat", "return", "then", "true", "until", "while")

UNARY_OPERATORS = ("-", "not", "#", "~")
UNARY_PRIORITY = 12

BINARY_PRIORITY = {
    "or": (1, 1),
    "and": (2, 2),
    "<": (3, 3),
    ">": (3, 3),
    "<=": (3, 3),
    ">=": (3, 3),
    "~=": (3, 3),
    "==": (3, 3),
    "|": (4, 4),
    "~": (5, 5),
    "&": (6, 6),
    "<<": (7, 7),
    ">>": (7, 7),
    "..": (9, 8),
    "+": (10, 10),
    "-": (10, 10),
    "*": (11, 11),
    "/": (11, 11),
    "//": (11, 11),
    "%": (11, 11),
    "^": (14, 13),
}
"""The priorities of a binary operator, to its left and to its right (lparser.c)."""
