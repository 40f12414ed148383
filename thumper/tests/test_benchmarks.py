"""Benchmarks print their figures and nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks._environment import process

ROOT = Path(__file__).parents[2]
QUIET = """
import logging, subprocess, sys
from benchmarks._environment import process_environment, temporary_installation

LINES = (
    "import django; django.setup(); import logging;"
    "logging.getLogger('exports').info('routine'); logging.getLogger('django.request').warning('refused')"
)
with temporary_installation():
    logging.getLogger("exports").info("routine")
    logging.getLogger("django.request").warning("refused")
    subprocess.run([sys.executable, "-c", LINES], env=process_environment(), check=True)
    print("a figure")
    logging.getLogger("exports").error("a failure")
"""


def test_no_log_line_stands_among_the_figures() -> None:
    """Neither of the benchmark nor of the processes that it starts; what fails is still said."""
    result = subprocess.run(
        [sys.executable, "-c", QUIET],
        cwd=ROOT,
        env={"PATH": "", "PYTHONPATH": f"{ROOT / 'benchmarks'}:{ROOT}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout == "a figure\n"
    (line,) = result.stderr.splitlines()
    assert line.endswith("a failure")


@pytest.mark.django_db
def test_the_memory_of_a_process_is_its_own_and_not_that_of_whoever_started_it() -> None:
    mebibyte, held = 1 << 20, 200
    block = b"x" * held * mebibyte
    idle = process(sys.executable, "-c", "pass")
    busy = process(sys.executable, "-c", f"block = b'x' * {len(block)}")
    assert idle.peak_mib < held < busy.peak_mib


@pytest.mark.django_db
def test_a_process_that_fails_is_no_measurement() -> None:
    with pytest.raises(subprocess.CalledProcessError):
        process(sys.executable, "-c", "raise SystemExit(3)")
