"""Engines: real networks of each layout in each form of weights, kept loaded, and refused when their file changes."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, Any

import pytest

from reid.detecting import engine, registry
from reid.detecting.letterbox import laid_of_file
from reid.detecting.tests import detectors, networks
from reid.imaging.crops import Box
from reid.networks.model_card import ModelRefused

if TYPE_CHECKING:
    from pathlib import Path

    from reid.models import Detector

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _models(tmp_path: Path, settings: Any) -> None:
    settings.MODEL_ROOT = tmp_path


def found_by(detector: Detector, size: tuple[int, int], **squares: networks.Rectangle) -> list[Any]:
    kept = engine.engine_of(detector)
    content = io.BytesIO(networks.photograph(size, **squares))
    laid = laid_of_file(content, size, kept.card.input, max_pixels=10**8, max_bytes=10**8)
    (found,) = kept.find([laid])
    return [(item.box, item.confidence, item.label) for item in found]


@pytest.mark.parametrize("runtime", ["torchscript", "torch_export", "onnx"])
@pytest.mark.parametrize("layout", list(networks.LAYOUTS))
def test_boxes_are_exact_to_the_pixel(tmp_path: Path, layout: str, runtime: str) -> None:
    detector = registry.register(networks.folder(tmp_path, layout=layout, runtime=runtime))
    # 192 x 117 is shown at a third, 21 of 33 rows at their own size times 64/33.
    found = found_by(detector, (192, 117), animal=(30, 30, 60, 30), person=(120, 0, 72, 117))
    assert found == [(Box(30, 30, 60, 30), 0.9, "animal"), (Box(120, 0, 72, 117), 0.9, "person")]
    assert found_by(detector, (96, 57)) == []


def test_odd_sizes_that_are_not_enlarged_are_exact(tmp_path: Path) -> None:
    shape = {"width": 64, "height": 64, "upscale": False}
    detector = registry.register(networks.folder(tmp_path, input=shape))
    assert found_by(detector, (21, 33), vehicle=(5, 7, 3, 11)) == [
        (Box(5, 7, 3, 11), 0.9, "vehicle")
    ]


def test_a_network_is_kept_loaded_until_its_file_is_touched(tmp_path: Path) -> None:
    place = networks.folder(tmp_path)
    detector = registry.register(place)
    first = engine.engine_of(detector)
    assert engine.engine_of(detector) is first
    os.utime(place / "weights.bin", (1, 1))  # the same bytes: read again, and the same
    second = engine.engine_of(detector)
    assert second is not first
    (place / "weights.bin").write_bytes(networks.weights("yolov8", "torchscript"))
    with pytest.raises(ModelRefused, match="are not the ones that were registered"):
        engine.engine_of(detector)
    (place / "weights.bin").unlink()
    with pytest.raises(ModelRefused, match=r"weights\.bin are missing"):
        engine.engine_of(detector)


def test_weights_that_are_no_network_are_refused(tmp_path: Path) -> None:
    for runtime in ("torchscript", "torch_export", "onnx"):
        detector = registry.register(detectors.folder(tmp_path, runtime, b"none", runtime=runtime))
        with pytest.raises(ModelRefused, match=f"cannot be loaded as {runtime}: export"):
            engine.engine_of(detector)


def test_a_network_for_another_size_is_refused(tmp_path: Path) -> None:
    shape = {"width": 96, "height": 64}
    for runtime in ("torch_export", "onnx"):
        place = networks.folder(tmp_path, runtime, runtime=runtime, input=shape)
        with pytest.raises(ModelRefused, match="does not run on pictures of 64 x 96"):
            found_by(registry.register(place), (10, 10))


def test_a_layout_that_is_not_the_networks_is_refused(tmp_path: Path) -> None:
    weights = networks.weights("yolov5", "torchscript")
    detector = registry.register(detectors.folder(tmp_path, "one", weights, layout="detr"))
    with pytest.raises(ModelRefused, match="where its layout detr with 3 classes needs"):
        found_by(detector, (10, 10))
