"""Mutation testing: small changes to the modules on which truth rests, each of which a test must notice.

`./run mutate [MODULE ...] [--seed N] [--count 20]` draws mutants at random, first the place and then the change, and
judges each by the module's own test file alone, in a copy of the working tree. Of the mutants that change something,
90 % must be killed; those that change nothing are named in `benchmarks.quality.equivalents` with the reason. It takes
minutes: a campaign run by hand, not part of the gate.

Cosmic Ray (https://cosmic-ray.readthedocs.io) makes the mutants. What only types or signatures see is never drawn:
annotations are not evaluated here.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names
from cosmic_ray.testing import run_tests
from cosmic_ray.work_item import TestOutcome

from benchmarks.quality.draw import (
    MODULES,
    Mutant,
    changed_lines,
    drawn,
    own_tests,
    what_runs,
    why_equivalent,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

COUNT: Final = 20
ENOUGH: Final = 0.9
"""Least share of killed mutants among those that change something."""
LIMIT: Final = 120.0
"""Seconds after which a test run that a mutant made endless counts as killed."""


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
    command = f"{sys.executable} -m pytest -x -q -p no:cacheprovider {own_tests(module)}"
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
