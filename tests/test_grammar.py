"""grammar.yaml: the classes are made of it, and it says what Lua's compiler and tree-sitter say."""

from __future__ import annotations

import re
from itertools import product
from typing import Any

import pytest
import yaml
from aidec.ksy import nodes as make_nodes
from lua_oracle import is_keyword

import aidec
from aidec.lua import nodes
from aidec.lua.builder import Builder
from aidec.lua.nodes import BINARY_PRIORITY, KEYWORDS, NODES, UNARY_OPERATORS, UNARY_PRIORITY
from aidec.lua.structure import node_kinds

GRAMMAR = yaml.safe_load(make_nodes.GRAMMAR.read_text())

# lparser.c of Lua 5.3.6: the comment and the rows of `priority`, in the order of lcode.h: BinOpr
PRIORITY = """
   {10, 10}, {10, 10},           /* '+' '-' */
   {11, 11}, {11, 11},           /* '*' '%' */
   {14, 13},                  /* '^' (right associative) */
   {11, 11}, {11, 11},           /* '/' '//' */
   {6, 6}, {4, 4}, {5, 5},   /* '&' '|' '~' */
   {7, 7}, {7, 7},           /* '<<' '>>' */
   {9, 8},                   /* '..' (right associative) */
   {3, 3}, {3, 3}, {3, 3},   /* ==, <, <= */
   {3, 3}, {3, 3}, {3, 3},   /* ~=, >, >= */
   {2, 2}, {1, 1}            /* and, or */
"""
BIN_OPR = [
    "+",
    "-",
    "*",
    "%",
    "^",
    "/",
    "//",
    "&",
    "|",
    "~",
    "<<",
    ">>",
    "..",
    "==",
    "<",
    "<=",
    "~=",
    ">",
    ">=",
    "and",
    "or",
]


def test_the_classes_are_those_that_the_grammar_makes() -> None:
    assert make_nodes.NODES.read_text() == make_nodes.nodes()


def test_the_priorities_are_those_of_lparser() -> None:
    rows = [(int(left), int(right)) for left, right in re.findall(r"\{(\d+), (\d+)\}", PRIORITY)]
    assert dict(zip(BIN_OPR, rows, strict=True)) == BINARY_PRIORITY
    assert UNARY_PRIORITY == 12


def code(expression: str) -> Any:
    return aidec.load(aidec.compile(f"local a, b, c, d return {expression}")).main.code


@pytest.mark.parametrize("first", BINARY_PRIORITY)
def test_the_compiler_reads_operators_by_their_priorities(first: str) -> None:
    for second in BINARY_PRIORITY:
        takes_second = BINARY_PRIORITY[second][0] > BINARY_PRIORITY[first][1]
        grouped = f"a {first} (b {second} c)" if takes_second else f"(a {first} b) {second} c"
        assert code(f"a {first} b {second} c") == code(grouped)
    for unary in UNARY_OPERATORS:
        grouped = f"{unary} (a {first} b)" if BINARY_PRIORITY[first][0] > UNARY_PRIORITY else f"({unary} a) {first} b"
        assert code(f"{unary} a {first} b") == code(grouped)


def test_the_keywords_are_those_of_the_compiler() -> None:
    assert all(map(is_keyword, KEYWORDS))
    words = {name for name, _ in node_kinds() if name.isalpha() and is_keyword(name)}
    assert words <= set(KEYWORDS)
    assert len(set(KEYWORDS)) == 22


def test_tree_sitter_knows_the_same_operators() -> None:
    signs = {name for name, is_named in node_kinds() if not is_named}
    assert set(BINARY_PRIORITY) | set(UNARY_OPERATORS) | set(KEYWORDS) - {"nil", "true", "false", "break"} <= signs
    others = {";", "=", ",", "::", ".", ":", '"', "'", "(", ")", "[", "]", "{", "}", "--", "[[", "]]"}
    unknown = {sign for sign in signs if not sign.replace("_", "").isalnum()} - others
    assert unknown == {*BINARY_PRIORITY, *UNARY_OPERATORS} - {"and", "or", "not"}


def test_every_kind_of_tree_sitter_is_made_or_known_to_be_none() -> None:
    """Those that are none: what is replaced before tree-sitter reads the text, and what Lua 5.3 does not have."""
    replaced = {"comment", "comment_content", "hash_bang_line", "escape_sequence", "string_content", "empty_statement"}
    of_later_versions = {"implicit_variable_declaration", "attribute"}
    kinds = {name for name, is_named in node_kinds() if is_named}
    made = {name for name in kinds if hasattr(Builder, name)} | {"block"}
    assert kinds - made == replaced | of_later_versions


def test_every_node_of_the_grammar_has_a_class_with_its_fields() -> None:
    declared = {name: node for part in ("statements", "expressions", "parts") for name, node in GRAMMAR[part].items()}
    assert set(declared) == set(NODES)
    for name, node in declared.items():
        assert tuple(node.get("fields", {})) == NODES[name].FIELDS
    types = {kind.rstrip("?*+") for node in declared.values() for kind in node.get("fields", {}).values()}
    values = {"name", "string", "number", "boolean", "unary", "binary", "expression", "statement", "prefix"}
    assert types - values <= {*NODES, *GRAMMAR["unions"]}
    for name, members in {**GRAMMAR["unions"], "PREFIXES": GRAMMAR["prefixes"]}.items():
        union = getattr(nodes, name)
        assert {member.__name__ for member in getattr(union, "__args__", union)} == set(members)


def test_the_operators_are_those_of_the_grammar() -> None:
    assert {name: tuple(pair) for name, pair in GRAMMAR["binary"].items()} == BINARY_PRIORITY
    for left, right in product(BINARY_PRIORITY, BINARY_PRIORITY):
        aidec.compile(f"return a {left} b {right} c")
