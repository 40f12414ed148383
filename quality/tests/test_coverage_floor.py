"""Floor of coverage: packages added up, and both shares held to it."""

from __future__ import annotations

import pytest

from quality.coverage_floor import Covered, by_package


def summary(lines: int, run: int, branches: int = 0, branches_run: int = 0) -> dict[str, object]:
    return {
        "summary": {
            "num_statements": lines,
            "covered_lines": run,
            "num_branches": branches,
            "covered_branches": branches_run,
        }
    }


def test_modules_of_one_folder_count_together_and_those_below_it_do_not() -> None:
    packages = by_package(
        {
            "files": {
                "reid/imaging/crops.py": summary(10, 10, 4, 2),
                "reid/imaging/decoding.py": summary(30, 20),
                "reid/units.py": summary(5, 5),
            }
        }
    )
    assert packages == {"reid": Covered(5, 5), "reid/imaging": Covered(40, 30, 4, 2)}
    assert (packages["reid/imaging"].of_lines, packages["reid/imaging"].of_branches) == (75, 50)


@pytest.mark.parametrize(
    ("covered", "is_enough"),
    [
        (Covered(10, 9, 10, 9), True),
        (Covered(1000, 899, 10, 10), False),
        (Covered(10, 10, 1000, 899), False),
        (Covered(10, 10), True),
        (Covered(), True),
    ],
)
def test_lines_and_branches_must_both_reach_90_percent(covered: Covered, is_enough: bool) -> None:
    assert covered.is_enough is is_enough
