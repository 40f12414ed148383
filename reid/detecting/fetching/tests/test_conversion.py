"""Conversion: tiny networks of each layout in place of those of others, exported, compared, and written with their cards."""

from __future__ import annotations

import importlib
import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch
from torch import nn

from reid.detecting.cards import Layout, read_folder
from reid.detecting.fetching import conversion, networks
from reid.detecting.fetching.catalogue import DETECTORS, CatalogueDetector, Family
from reid.detecting.fetching.job import Job
from reid.detecting.fetching.tests.tiny import CANDIDATES, Tiny, TinyDetr
from reid.hub.job import ConversionRefused
from reid.networks.exporting import exported
from reid.networks.torch_runner import load_program

if TYPE_CHECKING:
    from pathlib import Path


def small(family: Family) -> CatalogueDetector:
    (first, *_) = [entry for entry in DETECTORS.values() if entry.family is family]
    return replace(first, width=64, height=32)


def job_of(detector: CatalogueDetector, root: Path) -> Job:
    return Job(detector, root / "weights.pt", "0" * 32, "1" * 64, root, root / "answer.json")


def converted(
    monkeypatch: pytest.MonkeyPatch, network: nn.Module, family: Family, root: Path
) -> CatalogueDetector:
    monkeypatch.setattr(conversion, "build", lambda detector, path: network.eval())
    detector = small(family)
    conversion.convert(job_of(detector, root))
    return detector


@pytest.mark.parametrize(
    ("family", "network", "layout"),
    [
        (Family.YOLOV5, Tiny(8), Layout.YOLOV5),
        (Family.YOLOV9, Tiny(7, is_transposed=True), Layout.YOLOV8),
        (Family.ULTRALYTICS, Tiny(7, is_transposed=True), Layout.YOLOV8),
        (Family.RTDETR, TinyDetr(), Layout.DETR),
    ],
)
def test_each_layout_becomes_a_folder_with_its_card(
    monkeypatch, tmp_path, family, network, layout
) -> None:
    detector = converted(monkeypatch, network, family, tmp_path)
    card = read_folder(tmp_path, detector.name)
    assert (card.layout, card.input.width, card.input.height) == (layout, 64, 32)
    assert card.suppression == (None if layout is Layout.DETR else 0.45)
    program = load_program(card.read_weights(tmp_path))
    picture = torch.full((1, 3, 32, 64), 0.5)
    answer = program(picture)
    boxes = answer[0] if layout is Layout.DETR else answer
    assert boxes.numel() == CANDIDATES * {"yolov5": 8, "yolov8": 7, "detr": 4}[layout.value]
    assert boxes.flatten()[0].item() == pytest.approx(0.05)  # 0.5 of the first weight
    origin = json.loads((tmp_path / detector.name / "origin.json").read_text())
    assert (origin["address"], origin["md5"]) == (detector.url, "0" * 32)
    assert origin["made_by"]["torch"] == torch.__version__


def test_a_network_of_another_layout_is_refused(monkeypatch, tmp_path) -> None:
    with pytest.raises(ConversionRefused) as refusal:
        converted(monkeypatch, Tiny(9), Family.YOLOV5, tmp_path)
    assert str(refusal.value) == conversion.OTHER_SHAPE.format(
        name="megadetector-v5a", found=[(2, 6, 9)], wanted=[(2, 6, 8)]
    )
    assert not (tmp_path / "megadetector-v5a").exists()


def test_a_converted_network_that_answers_otherwise_is_refused(monkeypatch, tmp_path) -> None:
    def export_another(network, shape):
        with torch.no_grad():
            network.weight *= 1.1
        content = exported(network, shape)
        with torch.no_grad():
            network.weight /= 1.1
        return content

    monkeypatch.setattr(conversion, "exported", export_another)
    with pytest.raises(ConversionRefused) as refusal:
        converted(monkeypatch, Tiny(8), Family.YOLOV5, tmp_path)
    assert str(refusal.value) == conversion.DISAGREES.format(name="megadetector-v5a")


def test_a_job_goes_to_the_process_and_comes_back_as_it_was(tmp_path) -> None:
    job = job_of(DETECTORS["megadetector-v6-rtdetr-e"], tmp_path)
    assert Job.from_json(job.to_json()) == job


# --- packages of others: a stand-in of yolov5 on the path of modules ---------------------------------


YOLO = """
import torch
from torch import nn

class Detect(nn.Module):
    export = False
    inplace = True
    shape = None
    def forward(self, features):
        rows = features.mean((2, 3))[:, :1, None].expand(-1, 6, 8)
        return (rows,) if self.export else (rows, [features])

class DetectionModel(nn.Module):
    def __init__(self, names):
        super().__init__()
        self.names = names
        self.model = nn.Sequential(nn.Conv2d(3, 3, 1), nn.Upsample(scale_factor=1.0), Detect())
        del self.model[1].recompute_scale_factor
    def fuse(self):
        return self
    def forward(self, pictures):
        return self.model(pictures)
"""


@pytest.fixture
def yolov5(tmp_path, monkeypatch):
    """The package, as far as pickles name it."""
    package = tmp_path / "packages" / "yolov5"
    (package / "models").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "models" / "__init__.py").write_text("")
    (package / "models" / "yolo.py").write_text(YOLO)
    monkeypatch.syspath_prepend(str(package.parent))
    monkeypatch.syspath_prepend(str(package))
    yield importlib.import_module("models.yolo")
    for name in ("yolov5", "models", "models.yolo"):
        sys.modules.pop(name, None)


def save(module, names, path: Path) -> Path:
    torch.save({"model": module.DetectionModel(names).half()}, path)
    return path


@pytest.mark.parametrize("names", [list(networks.NAMES), dict(enumerate(networks.NAMES))])
def test_a_pickled_network_is_read_by_its_package(yolov5, tmp_path, names) -> None:
    path = save(yolov5, names, tmp_path / "weights.pt")
    network = networks.build(small(Family.YOLOV5), path)
    with torch.no_grad():
        assert network(torch.zeros(2, 3, 32, 64)).shape == (2, 6, 8)


def test_a_network_of_other_classes_is_refused(yolov5, tmp_path) -> None:
    path = save(yolov5, ["deer", "person", "vehicle"], tmp_path / "weights.pt")
    with pytest.raises(ConversionRefused) as refusal:
        networks.build(small(Family.YOLOV5), path)
    assert str(refusal.value) == networks.OTHER_CLASSES.format(
        name="megadetector-v5a",
        found="deer, person, vehicle",
        wanted="animal, person, vehicle",
    )


@pytest.mark.parametrize("family", [Family.YOLOV5, Family.YOLOV9, Family.RTDETR])
def test_without_its_package_a_network_is_refused_in_one_sentence(tmp_path, family) -> None:
    path = tmp_path / "weights.pt"
    with pytest.raises(ConversionRefused) as refusal:
        networks.build(small(family), path)
    assert str(refusal.value).startswith(f"{path} cannot be read as weights of megadetector-")
    assert "is not installed)" in str(refusal.value)


def test_a_network_that_answers_much_gives_its_first_tensor() -> None:
    class Wordy(nn.Module):
        def forward(self, pictures: torch.Tensor) -> tuple[list[torch.Tensor], str]:
            return [pictures + 1, pictures], "for training"

    assert networks.First(Wordy())(torch.zeros(2)).tolist() == [1, 1]


def test_a_detr_gives_boxes_before_logits() -> None:
    class Detr(nn.Module):
        def forward(self, pictures: torch.Tensor) -> dict[str, torch.Tensor]:
            return {"pred_logits": pictures + 1, "pred_boxes": pictures}

    boxes, logits = networks.BoxesAndLogits(Detr())(torch.zeros(1))
    assert (boxes.item(), logits.item()) == (0, 1)
