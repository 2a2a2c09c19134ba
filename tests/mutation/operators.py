"""The small faults that are put in: cosmic-ray's operators, as far as a person would make them, and calls left out.

Strings are left alone: no operator changes a message. Of the many ways to replace an operator only the likely ones
are taken, and annotations are not counted, since nothing runs them.
"""

import ast
import difflib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import cosmic_ray.plugins
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Operator
from parso.python.tree import Name
from parso.tree import BaseNode, NodeOrLeaf

COMPARISONS = {
    "Lt": ("LtE", "Gt"), "LtE": ("Lt", "Gt"), "Gt": ("GtE", "Lt"), "GtE": ("Gt", "Lt"), "Eq": ("NotEq",),
    "NotEq": ("Eq",), "Is": ("IsNot",), "IsNot": ("Is",), "In": ("NotIn",), "NotIn": ("In",),
}  # fmt: skip
ARITHMETIC = {
    "Add": "Sub", "Sub": "Add", "Mul": "Div", "Div": "Mul", "FloorDiv": "Mul", "Mod": "Mul", "Pow": "Mul",
    "BitAnd": "BitOr", "BitOr": "BitAnd",
}  # fmt: skip
OTHERS = (
    "AddNot", "ExceptionReplacer", "NumberReplacer", "RemoveDecorator", "ReplaceAndWithOr", "ReplaceOrWithAnd",
    "ReplaceBreakWithContinue", "ReplaceContinueWithBreak", "ReplaceFalseWithTrue", "ReplaceTrueWithFalse",
    "ReplaceUnaryOperator_Delete_Invert", "ReplaceUnaryOperator_Delete_Not", "ReplaceUnaryOperator_Delete_USub",
    "ZeroIterationForLoop",
)  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """A module's source with one fault; `first` and `last` are the lines of the original that it changes, from 1."""

    source: str = field(repr=False)
    first: int
    last: int
    change: str

    def __str__(self) -> str:
        return f"line {self.first}: {self.change}"


class LeaveOut(Operator):  # type: ignore[misc]
    """Leave out a call whose result nobody takes, or an assignment to an attribute: what a careless edit loses."""

    def mutation_positions(self, node: NodeOrLeaf) -> Iterator[tuple[Any, Any]]:
        if node.type == "simple_stmt" and _is_call_or_state(node.children[0]):
            yield node.start_pos, node.end_pos

    def mutate(self, node: BaseNode, index: int) -> BaseNode:
        first = node.get_first_leaf()
        node.children[0] = Name("pass", node.start_pos, prefix=first.prefix)
        return node

    @classmethod
    def examples(cls) -> tuple[()]:
        return ()


def find_mutants(source: str) -> Iterator[Mutant]:
    """Every fault that is put in, each once, less those that only an annotation, a docstring or a decorator shows."""
    seen = {_without_annotations(source)}
    for operator in _operators():
        occurrence = 0
        while (mutated := mutate_code(source, operator, occurrence)) is not None:
            occurrence += 1
            meaning = _without_annotations(mutated)
            if meaning not in seen:
                seen.add(meaning)
                yield _describe(source, mutated)


def _operators() -> Iterator[Operator]:
    comparisons = (f"ReplaceComparisonOperator_{old}_{new}" for old, several in COMPARISONS.items() for new in several)
    arithmetic = (f"ReplaceBinaryOperator_{old}_{new}" for old, new in ARITHMETIC.items())
    known = set(cosmic_ray.plugins.operator_names())
    for name in (*comparisons, *arithmetic, *OTHERS):
        if f"core/{name}" in known:  # of `is`, `in` and their opposites it has some only
            yield cosmic_ray.plugins.get_operator(f"core/{name}")()
    yield LeaveOut()


def _is_call_or_state(node: NodeOrLeaf) -> bool:
    if node.type == "expr_stmt":
        target, sign = node.children[:2]
        return target.type == "atom_expr" and "." in target.get_code() and sign.type in ("operator", "augassign")
    if node.type not in ("atom_expr", "power"):
        return False
    return bool(node.children[-1].get_first_leaf().value == "(")


def _without_annotations(source: str) -> str | None:
    """The code as it runs, None where it is no code."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
        elif isinstance(node, ast.AnnAssign):
            node.annotation = ast.Constant(None)
        elif isinstance(node, ast.ClassDef):
            node.decorator_list = []  # that a value may not be changed is for the type checker to hold
    return ast.unparse(tree)


def _describe(source: str, mutated: str) -> Mutant:
    old, new = source.splitlines(), mutated.splitlines()
    changes = [
        change for change in difflib.SequenceMatcher(None, old, new, False).get_opcodes() if change[0] != "equal"
    ]
    first, last = changes[0][1], max(changes[-1][2], changes[0][1] + 1)
    before = " ".join(line.strip() for line in old[first:last])
    after = " ".join(line.strip() for line in new[changes[0][3] : changes[-1][4]])
    return Mutant(mutated, first + 1, last, f"{before} -> {after}")
