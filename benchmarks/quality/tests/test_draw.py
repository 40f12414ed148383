"""Draws of mutants: what is a change, which places are drawn, what is on record as none."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.quality.draw import (
    MODULES,
    Mutant,
    changed_lines,
    drawn,
    own_tests,
    what_runs,
    why_equivalent,
)
from benchmarks.quality.equivalents import EQUIVALENTS

MODULE = """
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from pathlib import Path
LIMIT: int = 3
def double(x: int | None, *, y: int = 1) -> int | None:
    return x if x is None else 2 * x * y
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("if TYPE_CHECKING", "if not TYPE_CHECKING"),
        ("LIMIT: int", "LIMIT: str"),
        ("x: int | None, *", "x: int & None, *"),
        ("-> int | None", "-> int ^ None"),
        (", *, y", ", /, y"),
    ],
)
def test_what_only_types_and_signatures_see_is_no_change(old: str, new: str) -> None:
    assert old in MODULE
    assert what_runs(MODULE.replace(old, new)) == what_runs(MODULE)


@pytest.mark.parametrize(
    ("old", "new"), [("= 3", "= 4"), ("y: int = 1", "y: int = 0"), ("is None", "is not None"), ("2 *", "2 +")]
)  # fmt: skip
def test_what_an_outcome_hangs_on_is_a_change(old: str, new: str) -> None:
    assert old in MODULE
    assert what_runs(MODULE.replace(old, new)) != what_runs(MODULE)


def test_places_are_drawn_and_then_one_of_the_mutants_of_each() -> None:
    mutants = [Mutant((line, 0), f"{line} {kind}") for line in range(10) for kind in "abc"]
    draws = [drawn(mutants, 4, seed) for seed in range(30)]
    for draw in draws:
        assert len({mutant.place for mutant in draw}) == len(draw) == 4
    assert drawn(mutants, 4, 7) == draws[7]
    assert {mutant.code for draw in draws for mutant in draw} == {item.code for item in mutants}
    assert len(drawn(mutants, 99, 1)) == 10
    assert drawn([], 20, 1) == []


def test_a_change_is_the_lines_that_are_new_or_those_that_are_gone() -> None:
    assert changed_lines("a\n  b\nc", "a\n  x\nc") == ["x"]
    assert changed_lines("a\n  b\nc", "a\nc") == ["b"]


def test_an_equivalent_is_known_by_its_module_and_its_line() -> None:
    item = EQUIVALENTS[0]
    assert why_equivalent(item.module, [item.line]) == item.reason
    assert why_equivalent("reid/units.py", [item.line]) is None
    assert why_equivalent(item.module, ["x = 1"]) is None
    assert why_equivalent("reid/units.py", ["@dataclass(frozen=True, slots=False)"])


@pytest.mark.parametrize("module", MODULES)
def test_every_module_is_there_with_tests_of_its_own(module: str) -> None:
    root = Path(__file__).parents[3]
    assert (root / module).is_file()
    assert (root / own_tests(module)).is_file()


def test_every_equivalent_is_of_such_a_module() -> None:
    assert {item.module for item in EQUIVALENTS} <= set(MODULES)
