"""Runtimes: the faster one is taken where it answers alike."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from reid.networks import runtimes
from reid.networks.runtimes import Runtime, measure

if TYPE_CHECKING:
    from numpy.typing import NDArray

PIXELS = np.zeros((2, 32, 32, 3), np.uint8)
ROWS = np.array([[3.0, 4.0], [0.0, 2.0]], np.float32)


class Clock:
    """A clock that only the runners move."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def runner(self, seconds: float, rows: NDArray[np.float32] = ROWS) -> runtimes.Runner:
        def run(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
            self.now += seconds
            return rows

        return run


@pytest.fixture
def clock(monkeypatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "perf_counter", clock)
    return clock


@pytest.mark.parametrize(
    ("by_torch", "by_onnxruntime", "faster"),
    [(0.5, 0.25, Runtime.ONNXRUNTIME), (0.25, 0.5, Runtime.TORCH), (0.5, 0.5, Runtime.TORCH)],
)
def test_the_faster_one_is_taken(clock, by_torch, by_onnxruntime, faster) -> None:
    choice = measure(clock.runner(by_torch), clock.runner(by_onnxruntime), PIXELS)
    assert choice.runtime is faster
    assert (choice.torch_rate, choice.onnxruntime_rate) == (2 / by_torch, 2 / by_onnxruntime)
    assert (
        choice.reason == f"torch {2 / by_torch:.1f} images/s, onnxruntime {2 / by_onnxruntime:.1f}"
    )


def test_three_rounds_are_measured_and_one_where_a_network_is_slow(clock) -> None:
    measure(clock.runner(0.25), clock.runner(0.25), PIXELS)
    assert clock.now == 4 * 0.5  # the first pass, which compares, and three rounds
    clock.now = 0.0
    measure(clock.runner(8.0), clock.runner(8.0), PIXELS)
    assert clock.now == 2 * 16.0


def test_one_that_answers_otherwise_is_not_taken_however_fast(clock) -> None:
    """The second row is turned by 0.01: its cosine is 1 / sqrt(1 + 0.0001), 0.99995."""
    turned = np.array([[3.0, 4.0], [0.02, 2.0]], np.float32)
    choice = measure(clock.runner(0.5), clock.runner(0.25, turned), PIXELS)
    assert choice.runtime is Runtime.TORCH
    assert choice.cosine == pytest.approx(1 / np.sqrt(1.0001))
    assert choice.reason == runtimes.DISAGREES.format(choice.cosine)
    assert choice.onnxruntime_rate is None


@pytest.mark.parametrize(
    "rows", [np.full((2, 2), np.nan, np.float32), np.zeros((2, 2), np.float32), ROWS[:, :1]]
)
def test_rows_without_a_direction_agree_with_nothing(clock, rows) -> None:
    assert measure(clock.runner(0.5), clock.runner(0.25, rows), PIXELS).runtime is Runtime.TORCH


def test_a_long_row_agrees_with_a_short_one_of_its_direction(clock) -> None:
    assert measure(clock.runner(0.5), clock.runner(0.25, 2 * ROWS), PIXELS).cosine == 1.0


def test_onnxruntime_keeps_and_sends_nothing_about_its_use(tmp_path: Path) -> None:
    """It writes a number for the computer, and what it is going to send, as soon as it is imported."""
    env = {name: os.environ[name] for name in ("PATH", "THUMPER_HOME") if name in os.environ}
    subprocess.run(
        [sys.executable, "-c", "from reid.networks import runtimes"],
        cwd=Path(__file__).parents[3],
        env=env | {"HOME": str(tmp_path)},
        check=True,
    )
    assert not list(tmp_path.rglob("*onnxruntime*"))
