"""Draws of mutants: which modules are changed, which changes tell something, and which are known to be none. Pure."""

from __future__ import annotations

import ast
import random
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.quality.equivalents import EQUIVALENTS, EVERYWHERE

if TYPE_CHECKING:
    from collections.abc import Sequence

MODULES: Final = (
    "exports/requests/rules.py",
    "reid/matching/similarity.py",
    "reid/matching/decide.py",
    "reid/grouping/encounters.py",
    "analysis/stats/intervals.py",
    "analysis/stats/betting_test.py",
    "analysis/recommendation/fpir_gate.py",
    "analysis/recommendation/fdp_gate.py",
    "analysis/recommendation/verdict.py",
)


@dataclass(frozen=True, slots=True)
class Mutant:
    """`code` is the module with one change, which begins at `place` (line, column)."""

    place: tuple[int, int]
    code: str


class _Bare(ast.NodeTransformer):
    """What runs of a module: without annotations, imports for them, and the kinds of its parameters."""

    def visit_arguments(self, node: ast.arguments) -> ast.arguments:
        self.generic_visit(node)
        node.args = [*node.posonlyargs, *node.args, *node.kwonlyargs]
        node.posonlyargs, node.kwonlyargs = [], []
        node.defaults += [item for item in node.kw_defaults if item is not None]
        node.kw_defaults = []
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        self.generic_visit(node)
        node.returns = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AnnAssign:
        self.generic_visit(node)
        node.annotation = ast.Constant(None)
        return node

    def visit_If(self, node: ast.If) -> ast.AST:
        self.generic_visit(node)
        return ast.Pass() if "TYPE_CHECKING" in ast.dump(node.test) else node


def what_runs(code: str) -> str:
    """A module reduced to what its outcomes can depend on; equal for two that behave alike by their form."""
    return ast.dump(_Bare().visit(ast.parse(code)))


def drawn(mutants: Sequence[Mutant], count: int, seed: int) -> list[Mutant]:
    """`count` places at random, and one mutant of each: an operator with eleven others weighs no more than a number."""
    chance = random.Random(seed)
    at: dict[tuple[int, int], list[Mutant]] = {}
    for mutant in mutants:
        at.setdefault(mutant.place, []).append(mutant)
    places = chance.sample(sorted(at), min(count, len(at)))
    return [chance.choice(at[place]) for place in sorted(places)]


def changed_lines(code: str, mutated: str) -> list[str]:
    """The lines of the mutant that the module has not, or those that it lacks where none is new."""
    before, after = code.splitlines(), mutated.splitlines()
    new = [line.strip() for line in after if line not in before]
    return new or [line.strip() for line in before if line not in after]


def why_equivalent(module: str, lines: Sequence[str]) -> str | None:
    """The reason why this change is none, where one is on record."""
    for line in lines:
        if line in EVERYWHERE:
            return EVERYWHERE[line]
        for item in EQUIVALENTS:
            if (item.module, item.line) == (module, line):
                return item.reason
    return None


def own_tests(module: str) -> str:
    """The test file of a module: `a/b.py` -> `a/tests/test_b.py`."""
    path = Path(module)
    return str(path.parent / "tests" / f"test_{path.name}")
