"""Code of Python that is watched as it runs: it counts steps, and looks at each number that it makes."""

from __future__ import annotations

import ast


class _Watched(ast.NodeTransformer):
    """Puts the calls of ``harness.py`` into code."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        operands = [ast.Constant(type(node.op).__name__), node.left, node.right]
        return _call("__operation__", *operands)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        return _call("__seen__", node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        return _call("__seen__", node)

    def visit_AugAssign(self, node: ast.AugAssign) -> list[ast.stmt]:
        self.generic_visit(node)
        target = ast.parse(ast.unparse(node.target), mode="eval").body
        if any(isinstance(each, ast.Call) for each in ast.walk(target)):
            return [node]
        node.value = _call("__before__", ast.Constant(type(node.op).__name__), target, node.value)
        return [node, ast.Expr(_call("__seen__", target))]

    def visit_For(self, node: ast.For) -> ast.AST:
        return self._counted(node)

    def visit_While(self, node: ast.While) -> ast.AST:
        return self._counted(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        decorators, node.decorator_list = node.decorator_list, []
        self._counted(node)
        node.decorator_list = decorators
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.body = [each for part in node.body for each in _many(self.visit(part))]
        return node

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        self.generic_visit(node)
        node.ifs.insert(0, ast.UnaryOp(ast.Not(), _call("__tick__")))
        return node

    def _counted(self, node: ast.For | ast.While | ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        node.body.insert(0, ast.Expr(_call("__tick__")))
        return node


def _many(node: ast.AST | list[ast.stmt]) -> list[ast.stmt]:
    return node if isinstance(node, list) else [node]  # type: ignore[list-item]  # a statement stays one


def _call(name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


def watched(source: str) -> str:
    """The text of code that does the same and is watched."""
    tree = _Watched().visit(ast.parse(source))
    return ast.unparse(ast.fix_missing_locations(tree))
