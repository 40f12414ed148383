"""Base R, which reads what is written for its packages; the gate installs it."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

# Where CI is set R must be there: a test that is skipped for ever proves nothing.
with_r = pytest.mark.skipif(
    shutil.which("Rscript") is None and not os.environ.get("CI"), reason="R is not installed"
)


def run_r(program: str, *arguments: str | Path) -> str:
    """What R prints."""
    done = subprocess.run(
        ["Rscript", "--vanilla", "-e", program, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def read_by_r(path: Path, reader: str, expression: str) -> str:
    """The expression of `x`, which `reader` has read from the file."""
    return run_r(f"x <- {reader}; cat({expression})", path)
