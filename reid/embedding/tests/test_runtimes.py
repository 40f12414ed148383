"""Runtimes: the faster one is taken where it answers alike, and nothing that is stored depends on which it was."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from reid.embedding import runtimes, spaces
from reid.embedding.embedder import Embedder
from reid.embedding.runtimes import OnnxRunner, Runtime, choose, measure
from reid.networks.model_card import DEFAULT, read_weights
from reid.tests import tiny_models

if TYPE_CHECKING:
    from numpy.typing import NDArray

PIXELS = np.zeros((2, 32, 32, 3), np.uint8)
ROWS = np.array([[3.0, 4.0], [0.0, 2.0]], np.float32)


@pytest.fixture(autouse=True)
def loaded_anew(monkeypatch) -> None:
    monkeypatch.setattr(spaces, "_loaded", {})


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


def exported(tmp_path: Path, **options) -> Embedder:
    weights = tiny_models.exported(tiny_models.Colours())
    card = tiny_models.folder(tmp_path, "tiny", weights, format="torch.export")
    return Embedder(card, weights, device="cpu", **options)


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


def test_the_default_network_answers_alike_by_both(tmp_path) -> None:
    embedder = Embedder(DEFAULT, read_weights(DEFAULT, Path()), device="cpu")
    by_torch = embedder.runner
    choice = choose(embedder, "auto", tmp_path)
    assert choice.cosine is not None
    assert choice.cosine > 0.999999
    (path,) = (tmp_path / ".onnx").iterdir()
    rival = OnnxRunner(path)
    for count in (1, 5):
        pixels = np.random.default_rng(count).integers(0, 256, (count, 320, 320, 3), np.uint8)
        one, other = by_torch(pixels), rival(pixels)
        cosines = (one * other).sum(1) / np.linalg.norm(one, axis=1) / np.linalg.norm(other, axis=1)
        assert one.shape == other.shape == (count, 1280)
        assert cosines.min() > 0.999999


def test_a_network_is_written_as_onnx_once(tmp_path) -> None:
    assert choose(exported(tmp_path / "a"), "auto", tmp_path).cosine == pytest.approx(1.0)
    (path,) = (tmp_path / ".onnx").iterdir()
    before = path.stat().st_mtime_ns
    choose(exported(tmp_path / "b"), "auto", tmp_path)
    assert [item.stat().st_mtime_ns for item in (tmp_path / ".onnx").iterdir()] == [before]


def test_a_damaged_file_is_written_anew(tmp_path) -> None:
    choose(exported(tmp_path / "a"), "auto", tmp_path)
    (path,) = (tmp_path / ".onnx").iterdir()
    whole = path.read_bytes()
    path.write_bytes(whole[:100])
    assert choose(exported(tmp_path / "b"), "auto", tmp_path).cosine == pytest.approx(1.0)
    # The exporter numbers what it names, so another file of the same network may be some bytes longer.
    assert len(path.read_bytes()) == pytest.approx(len(whole), rel=0.01)


def test_where_there_is_no_choice_torch_runs_and_why_is_said(tmp_path) -> None:
    weights = tiny_models.torchscript(tiny_models.Colours())
    script = Embedder(tiny_models.folder(tmp_path, "old", weights), weights, device="cpu")
    assert choose(script, "auto", tmp_path).reason == runtimes.TORCHSCRIPT
    half = exported(tmp_path, precision="bfloat16")
    assert choose(half, "auto", tmp_path).reason == "bfloat16 on cpu is run by torch alone"
    assert choose(exported(tmp_path / "b"), "torch", tmp_path).reason == runtimes.NOT_ASKED
    assert not (tmp_path / ".onnx").exists()


def test_a_network_that_cannot_be_written_as_onnx_is_run_by_torch(tmp_path, monkeypatch) -> None:
    def refuse(*args: object) -> None:
        raise runtimes.CannotRun(RuntimeError("no such operator\nand much more"))

    monkeypatch.setattr(runtimes, "write_onnx", refuse)
    choice = choose(exported(tmp_path), "auto", tmp_path)
    assert str(choice) == (
        "run by torch (the network cannot be written as ONNX (no such operator))"
    )


@pytest.mark.django_db
def test_a_space_made_by_torch_is_written_by_onnxruntime_without_a_new_fingerprint(
    tmp_path, settings, monkeypatch, caplog
) -> None:
    settings.MODEL_ROOT = tmp_path
    weights = tiny_models.exported(tiny_models.Colours())
    card = tiny_models.folder(tmp_path, "tiny", weights, format="torch.export")
    space = spaces.register(card)
    settings.REID_RUNTIME = "auto"
    fast = runtimes.RuntimeChoice(Runtime.ONNXRUNTIME, "made faster by the test")

    def always_onnx(by_torch, by_onnxruntime, pixels) -> runtimes.RuntimeChoice:
        return fast

    monkeypatch.setattr(runtimes, "measure", always_onnx)
    embedder = spaces.embedder_of(space)
    assert isinstance(embedder.runner, OnnxRunner)
    assert spaces.sentinel_cosine(space, embedder) > 0.999999
    before = space.fingerprint
    space.refresh_from_db()
    assert space.fingerprint == before
    assert space.run_by.startswith("run by onnxruntime (")
    assert "made faster by the test" in caplog.text
