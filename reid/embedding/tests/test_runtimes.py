"""Runtime of embedders: the default network and those of others, and what has no choice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reid.embedding import spaces
from reid.embedding.embedder import Embedder
from reid.embedding.runtimes import TORCHSCRIPT, choose
from reid.networks import runtimes
from reid.networks.model_card import DEFAULT, read_weights
from reid.networks.runtimes import OnnxRunner, Runtime
from reid.tests import tiny_models


@pytest.fixture(autouse=True)
def loaded_anew(monkeypatch) -> None:
    monkeypatch.setattr(spaces, "_loaded", {})


def exported(tmp_path: Path, **options) -> Embedder:
    weights = tiny_models.exported(tiny_models.Colours())
    card = tiny_models.folder(tmp_path, "tiny", weights, format="torch.export")
    return Embedder(card, weights, device="cpu", **options)


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
    assert choose(script, "auto", tmp_path).reason == TORCHSCRIPT
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
