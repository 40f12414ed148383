"""The floor of coverage: lines and branches of every package, from one or several measurements.

`./run test --coverage` and the gate end with it. The gate puts together what the suite runs on PostgreSQL and without a
database; on SQLite alone `reid/db` and `thumper/postgres` stay below the floor, being about PostgreSQL. A package is a folder of modules; tests and
migrations do not count (.coveragerc).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from coverage import Coverage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FLOOR: Final = 90.0
"""Percent of lines and branches together, as coverage counts them, that tests must run of each package."""


@dataclass(slots=True)
class Covered:
    """What of a package was run."""

    lines: int = 0
    lines_run: int = 0
    branches: int = 0
    branches_run: int = 0

    def add(self, summary: Mapping[str, Any]) -> None:
        self.lines += summary["num_statements"]
        self.lines_run += summary["covered_lines"]
        self.branches += summary["num_branches"]
        self.branches_run += summary["covered_branches"]

    @property
    def of_lines(self) -> float:
        return 100 * self.lines_run / self.lines if self.lines else 100.0

    @property
    def of_branches(self) -> float:
        return 100 * self.branches_run / self.branches if self.branches else 100.0

    @property
    def of_both(self) -> float:
        whole = self.lines + self.branches
        return 100 * (self.lines_run + self.branches_run) / whole if whole else 100.0

    @property
    def is_enough(self) -> bool:
        return self.of_both >= FLOOR


def by_package(report: Mapping[str, Any]) -> dict[str, Covered]:
    """Folder -> what of its modules was run, of a report that `coverage json` writes."""
    packages: defaultdict[str, Covered] = defaultdict(Covered)
    for name, measured in report["files"].items():
        packages[str(PurePosixPath(name).parent)].add(measured["summary"])
    return dict(sorted(packages.items()))


def measured(data: Sequence[str]) -> dict[str, Any]:
    """The report of these data files together, of `.coverage` where none is named."""
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "coverage"
        coverage = Coverage(data_file=str(whole))
        coverage.combine(data or [".coverage"], keep=True)
        written = Path(folder) / "report.json"
        coverage.json_report(outfile=str(written))
        report: dict[str, Any] = json.loads(written.read_text())
        return report


def main(arguments: Sequence[str]) -> int:
    """Print every package with its shares; 1 where one is below the floor."""
    parser = argparse.ArgumentParser(prog="benchmarks.quality.coverage_floor", description=__doc__)
    parser.add_argument(
        "data", nargs="*", help="data files of coverage; .coverage where none is named"
    )
    packages = by_package(measured(parser.parse_args(arguments).data))
    print(f"{'package':<32} {'lines':>7} {'branches':>9} {'both':>7}")
    for name, covered in packages.items():
        mark = "" if covered.is_enough else f"  below {FLOOR:.0f} %"
        print(
            f"{name:<32} {covered.of_lines:6.1f}% {covered.of_branches:8.1f}% {covered.of_both:6.1f}%{mark}"
        )
    return 0 if all(covered.is_enough for covered in packages.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
