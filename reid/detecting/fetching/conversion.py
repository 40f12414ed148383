"""Conversion of one detector of others: run by the Python of its own environment, `python -m reid.detecting.fetching.conversion`.

A job comes as JSON on the standard input; what came of it is written as JSON to the file that the job names: the folder is
there, or one sentence says why not. Beside the card lies `origin.json`: which file it was made of, and by what.
"""

from __future__ import annotations

import io
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Final

import torch

from reid.detecting.card_parts import Runtime
from reid.detecting.cards import DETECTOR_FILE, DetectorCard, Layout
from reid.detecting.fetching.catalogue import Family
from reid.detecting.fetching.job import Job
from reid.detecting.fetching.networks import NAMES, build
from reid.hub import process
from reid.hub.job import ConversionRefused
from reid.networks.exporting import WEIGHTS, as_file, exported, facts_of, place_folder

if TYPE_CHECKING:
    from torch import nn

    from reid.detecting.fetching.catalogue import CatalogueDetector

ORIGIN: Final = "origin.json"

_LAYOUTS: Final = {
    Family.YOLOV5: Layout.YOLOV5,
    Family.YOLOV9: Layout.YOLOV8,
    Family.ULTRALYTICS: Layout.YOLOV8,
    Family.RTDETR: Layout.DETR,
}
_PACKAGES: Final = {
    Family.YOLOV5: "yolov5",
    Family.YOLOV9: "yolov9pip",
    Family.ULTRALYTICS: "ultralytics",
    Family.RTDETR: "PytorchWildlife",
}
SUPPRESSION: Final = 0.45  # what the package megadetector uses for all of its YOLOs
AGREEMENT: Final = 1e-3
"""Most by which a number of the converted network's answer may differ, absolutely or in proportion."""

OTHER_SHAPE: Final = "The network of {name} answers {found} and not {wanted}: this version of Thumper cannot convert it."
DISAGREES: Final = "The converted {name} answers otherwise than the original: it is not used."


def main() -> None:
    job = Job.from_json(sys.stdin.read())
    process.answer(job.answer, lambda: convert(job))


def convert(job: Job) -> None:
    """The folder of the job's detector below its root, made anew. Raises ConversionRefused."""
    detector = job.detector
    network = build(detector, job.weights)
    layout = _LAYOUTS[detector.family]
    pictures = torch.rand(
        (2, 3, detector.height, detector.width), generator=torch.Generator().manual_seed(0)
    )
    answers = _answers(network, pictures)
    _check_shapes(detector, layout, answers)
    content = exported(network, (detector.height, detector.width))
    converted = torch.export.load(io.BytesIO(content)).module()
    for ours, theirs in zip(_answers(converted, pictures), answers, strict=True):
        if not torch.allclose(ours, theirs, rtol=AGREEMENT, atol=AGREEMENT):
            raise ConversionRefused(DISAGREES.format(name=detector.name))
    card = card_of(detector, layout, facts_of(content)["sha256"])
    files = {WEIGHTS: content, DETECTOR_FILE: as_file(card), ORIGIN: as_file(_origin(job))}
    place_folder(job.root, detector.name, files)


def card_of(detector: CatalogueDetector, layout: Layout, sha256: str) -> dict[str, Any]:
    """detector.json of a converted detector, whose weights have this SHA-256."""
    facts = {
        "name": detector.name,
        "version": detector.version,
        "licence": detector.licence,
        "source": detector.url,
        "weights": WEIGHTS,
        "sha256": sha256,
        "runtime": Runtime.TORCH_EXPORT.value,
        "input": {"width": detector.width, "height": detector.height, "fit": detector.fit.value},
        "layout": layout.value,
        "suppression": None if layout is Layout.DETR else SUPPRESSION,
        "classes": [{"name": name, "classification": name} for name in NAMES],
        "threshold": detector.threshold,
    }
    card = DetectorCard.from_json(facts).to_json()
    del card["folder"]
    return card


def _answers(network: nn.Module, pictures: torch.Tensor) -> tuple[torch.Tensor, ...]:
    with torch.inference_mode():
        answer = network(pictures)
    return answer if isinstance(answer, tuple) else (answer,)


def _check_shapes(
    detector: CatalogueDetector, layout: Layout, answers: tuple[torch.Tensor, ...]
) -> None:
    """Raises ConversionRefused where the answer is not what the layout says."""
    found = [tuple(answer.shape) for answer in answers]
    # How many candidates there are is the network's own matter.
    count = found[0][2 if layout is Layout.YOLOV8 else 1] if len(found[0]) == 3 else 0
    classes = len(NAMES)
    wanted = {
        Layout.YOLOV5: [(2, count, 5 + classes)],
        Layout.YOLOV8: [(2, 4 + classes, count)],
        Layout.DETR: [(2, count, 4), (2, count, classes)],
    }[layout]
    if found != wanted:
        raise ConversionRefused(OTHER_SHAPE.format(name=detector.name, found=found, wanted=wanted))


def _origin(job: Job) -> dict[str, Any]:
    """Where the weights are from, and what they were converted by."""
    names = ("torch", "torchvision", _PACKAGES[job.detector.family])
    return {
        "address": job.detector.url,
        "file": job.detector.file,
        "md5": job.md5,
        "sha256": job.sha256,
        "made_by": {name: found for name in names if (found := _version(name))},
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


if __name__ == "__main__":
    main()
