"""Floor of coverage: packages added up, and held to it."""

from __future__ import annotations

import pytest

from benchmarks.quality.coverage_floor import Covered, by_package


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
        (Covered(80, 72, 20, 18), True),
        (Covered(80, 71, 20, 18), False),
        (Covered(80, 72, 20, 17), False),
        (Covered(80, 80, 20, 10), True),
        (Covered(10, 9), True),
        (Covered(), True),
    ],
)
def test_lines_and_branches_together_must_reach_90_percent(
    covered: Covered, is_enough: bool
) -> None:
    assert covered.is_enough is is_enough
