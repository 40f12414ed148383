"""The package megadetector, run in a process: progress, going on, its file, and what it finds in the store."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from django.core.management import CommandError, call_command
from PIL import Image

from reid.detecting.fetching import megadetector
from reid.detecting.fetching.megadetector_process import suppress
from reid.hub import environment
from reid.management.commands import run_megadetector
from reid.models import Detection
from reid.networks.model_card import ModelRefused

STAND_IN = Path(__file__).with_name("stand_in_megadetector.py")


@pytest.fixture
def python(tmp_path: Path, monkeypatch, settings) -> Path:
    """A stand-in for the environment's Python."""
    script = tmp_path / "python"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} {STAND_IN} "$@"\n')
    script.chmod(0o755)
    settings.MODEL_ROOT = tmp_path / "models"
    monkeypatch.setattr(environment, "prepare", lambda root, say, packages: script)
    return script


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "own.pt"
    path.write_bytes(b"weights")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "card"
    place.mkdir()
    for number, name in enumerate(("a.jpg", "b.jpg", "c.jpg")):
        Image.new("RGB", (64, 48), (40 * number, 90, 60)).save(place / name)
    return place


def run(python: Path, weights: Path, folder: Path, output: Path) -> list[tuple[int, int]]:
    told: list[tuple[int, int]] = []
    megadetector.run(python, weights, folder, output, lambda *numbers: told.append(numbers))
    return told


def test_its_bar_is_told_and_its_file_written(python, weights, folder, tmp_path) -> None:
    output = tmp_path / "out" / "found.json"
    assert run(python, weights, folder, output) == [(1, 3), (2, 3), (3, 3)]
    assert [image["file"] for image in json.loads(output.read_text())["images"]] == [
        *("a.jpg", "b.jpg", "c.jpg")
    ]


def test_after_a_break_it_goes_on_with_what_it_had(python, weights, folder, tmp_path) -> None:
    output = tmp_path / "found.json"
    (folder / "b.jpg").rename(folder / "break.jpg")
    with pytest.raises(ModelRefused) as refusal:
        run(python, weights, folder, output)
    line = "reid.detecting.fetching.megadetector_process of own.pt ran out of memory."
    assert str(refusal.value) == megadetector.BROKE_OFF.format(status=1, line=line)
    assert not output.exists()
    run(python, weights, folder, output)
    assert json.loads(output.read_text())["resumed"] == ["a.jpg"]
    assert not list(tmp_path.glob("*unfinished*"))


def test_a_folder_without_photographs_is_said(python, weights, tmp_path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    output = tmp_path / "found.json"
    output.write_text("of another time")
    with pytest.raises(ModelRefused) as refusal:
        run(python, weights, empty, output)
    assert str(refusal.value) == megadetector.NO_PHOTOGRAPHS.format(empty)


def test_who_ends_it_ends_the_process_too(python, weights, folder, tmp_path) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        megadetector.run(python, weights, folder, tmp_path / "found.json", stop)


def test_suppression_is_worked_by_hand() -> None:
    """The second shares 80 of 120 with the first, 0.67; the third nothing."""
    boxes = torch.tensor([[0.0, 0, 10, 10], [2, 0, 12, 10], [50, 50, 60, 60]])
    scores = torch.tensor([0.6, 0.9, 0.3])
    assert suppress(boxes, scores, 0.45).tolist() == [1, 2]
    assert suppress(boxes, scores, 0.7).tolist() == [1, 0, 2]


# --- the command ------------------------------------------------------------------------------------


def output_of(*words: Any) -> str:
    out = io.StringIO()
    call_command("run_megadetector", *words, "--no-progress", stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_what_it_finds_is_imported_and_its_file_deleted(
    python, weights, folder, settings, media_root
) -> None:
    said = output_of(folder, "--weights", weights)
    assert "         3  detections imported\n" in said
    assert {detection.detector for detection in Detection.objects.all()} == {"stand-in"}
    assert not list((settings.MODEL_ROOT / ".megadetector").iterdir())


@pytest.mark.django_db
def test_its_file_alone_is_written_where_one_is_named(python, weights, folder, tmp_path) -> None:
    output = tmp_path / "found.json"
    said = output_of(folder, "--weights", weights, "--output", output)
    assert said == run_megadetector.WRITTEN.format(output) + "\n"
    assert not Detection.objects.exists()


def refusal_of(*words: Any) -> str:
    with pytest.raises(CommandError) as refusal:
        output_of(*words)
    return str(refusal.value)


def test_what_cannot_be_run_is_said(python, folder, tmp_path) -> None:
    missing = tmp_path / "none"
    assert refusal_of(missing) == run_megadetector.NO_FOLDER.format(missing)
    assert refusal_of(folder, "--weights", missing) == run_megadetector.NO_WEIGHTS.format(missing)
    assert refusal_of(folder, "--detector", "x").startswith(
        "No detector in the catalogue is called x"
    )
    said = refusal_of(folder, "--detector", "megadetector-v6-rtdetr-c", "--accept-licence")
    assert said.startswith("The package megadetector does not run megadetector-v6-rtdetr-c: take")
    assert "megadetector-v5a was not fetched" in refusal_of(folder)


def test_ended_by_a_person_it_says_how_it_goes_on(python, weights, folder, monkeypatch) -> None:
    def stop(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(megadetector, "run", stop)
    assert refusal_of(folder, "--weights", weights) == run_megadetector.STOPPED
