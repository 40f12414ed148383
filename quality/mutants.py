"""Mutation testing: small changes to the modules on which truth rests, each of which a test must notice.

`./run mutate [MODULE ...] [--seed N] [--count 20]` draws mutants at random, first the place and then the change, and
judges each by the module's own test file alone, in a copy of the working tree. Of the mutants that change something,
90 % must be killed; those that change nothing are named in `quality.equivalents` with the reason. It takes
minutes: a campaign run by hand, not part of the gate.

Cosmic Ray (https://cosmic-ray.readthedocs.io) makes the mutants. What only types or signatures see is never drawn:
annotations are not evaluated here.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import os
import random
import secrets
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names
from cosmic_ray.testing import run_tests
from cosmic_ray.work_item import TestOutcome

from quality.equivalents import EQUIVALENTS, EVERYWHERE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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
COUNT: Final = 20
ENOUGH: Final = 0.9
"""Least share of killed mutants among those that change something."""
LIMIT: Final = 120.0
"""Seconds after which a test run that a mutant made endless counts as killed."""


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


def mutants_of(code: str) -> list[Mutant]:
    """All that Cosmic Ray makes of a module, without those that run alike, in order of their place."""
    tree = get_ast(code)
    seen = {what_runs(code)}
    mutants = []
    for place, mutated in _mutated(code, tree):
        with contextlib.suppress(SyntaxError):  # an operator that does not fit its operands
            if (runs := what_runs(mutated)) not in seen:
                seen.add(runs)
                mutants.append(Mutant(place, mutated))
    return sorted(mutants, key=lambda mutant: mutant.place)


def _mutated(code: str, tree: object) -> Iterator[tuple[tuple[int, int], str]]:
    for name in operator_names():
        operator = get_operator(name)
        if operator.arguments():
            continue  # made for variables that a configuration names
        places = (
            start for node in ast_nodes(tree) for start, _ in operator().mutation_positions(node)
        )
        for occurrence, place in enumerate(places):
            if mutated := mutate_code(code, operator(), occurrence):
                yield place, mutated


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


def test_of(module: str) -> str:
    """The test file of a module: `a/b.py` -> `a/tests/test_b.py`."""
    path = Path(module)
    return str(path.parent / "tests" / f"test_{path.name}")


def copied(target: Path) -> None:
    """A copy of the working tree, what git ignores left out."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if Path(name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(name, target / name)


def judge(module: str, count: int, seed: int) -> bool:
    """Whether the module's own tests kill enough of its mutants, printed one by one where they do not."""
    path = Path(module)
    code = path.read_text()
    command = f"{sys.executable} -m pytest -x -q -p no:cacheprovider {test_of(module)}"
    if run_tests(command, LIMIT)[0] is not TestOutcome.SURVIVED:
        raise SystemExit(f"{module}: its tests fail as it stands")
    mutants = drawn(mutants_of(code), count, seed)
    survivors, equivalents = 0, 0
    for mutant in mutants:
        path.write_text(mutant.code)
        outcome, _ = run_tests(command, LIMIT)
        path.write_text(code)
        if outcome is TestOutcome.SURVIVED:
            lines = changed_lines(code, mutant.code)
            reason = why_equivalent(module, lines)
            survivors, equivalents = (
                survivors + (reason is None),
                equivalents + (reason is not None),
            )
            said = f"equivalent, {reason}" if reason else "SURVIVED"
            print(f"  {module}:{mutant.place[0]}: {said}\n    " + "\n    ".join(lines), flush=True)
    killed, telling = len(mutants) - survivors - equivalents, len(mutants) - equivalents
    print(
        f"{module}: {len(mutants)} drawn with seed {seed}, {killed} killed, {equivalents} equivalent, "
        f"{survivors} survived",
        flush=True,
    )
    return killed >= ENOUGH * telling


def main(arguments: Sequence[str]) -> int:
    """Judge the modules; 1 where the tests of one kill too few mutants."""
    parser = argparse.ArgumentParser(
        prog="./run mutate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "modules", nargs="*", metavar="MODULE", help="paths; without any: all of them"
    )
    parser.add_argument("--count", type=int, default=COUNT, help="mutants of each module")
    parser.add_argument("--seed", type=int, help="of an earlier draw; else a fresh one")
    options = parser.parse_args(arguments)
    seed = secrets.randbelow(10**6) if options.seed is None else options.seed
    with tempfile.TemporaryDirectory(prefix="thumper-mutants-") as folder:
        copied(Path(folder))
        os.chdir(folder)
        results = [judge(module, options.count, seed) for module in options.modules or MODULES]
        os.chdir("/")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
