"""Catalogue of detectors of others: where their weights lie, under which licence, and how they want pictures.

Facts were looked up in November 2026, in these places:

- PACKAGE: `detection/run_detector.py` of the package megadetector 10.0.28 (addresses, MD5s, thresholds, sides)
- NOTES: github.com/agentmorris/MegaDetector, docs/release-notes/mdv1000-release.md (architectures, sides, licences, thresholds,
  accuracy against MegaDetector v5a; its author publishes no absolute figures on purpose)
- ZOO: microsoft.github.io/MegaDetector/model_zoo and microsoft.github.io/CameraTraps/model_zoo/megadetector (recall of animals, licences)
- WILDLIFE: PytorchWildlife/models/detection/rtdetr_apache of github.com/microsoft/CameraTraps (addresses, side, preparation, threshold)
- CARD: huggingface.co/agentmorris/megadetector, README.md (licence of the weights)
- ADDAX: github.com/PetervanLunteren/AddaxAI, page on downloading weights by hand (sizes)

What was not found is said in `unverified`, and shown before anything is fetched.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from reid.detecting.cards import Fit
from reid.hub.catalogue import APACHE

UNKNOWN: Final = "No detector in the catalogue is called {}: there are {}."

_RELEASES: Final = "https://github.com/agentmorris/MegaDetector/releases/download"
_ZENODO: Final = "https://zenodo.org/records/15398270/files"


class Family(StrEnum):
    """How weights become a network; all but the last are pickled networks, which run code of their package."""

    YOLOV5 = "yolov5"  # the package yolov5 (GPL-3.0)
    YOLOV9 = "yolov9"  # the package yolov9pip (GPL-3.0)
    ULTRALYTICS = "ultralytics"  # the package ultralytics (AGPL-3.0)
    RTDETR = "rtdetr"  # RT-DETRv2 (Apache-2.0) in the package PytorchWildlife (MIT), weights as tensors alone


@dataclass(frozen=True, slots=True)
class CatalogueDetector:
    """A detector of the catalogue. `width` and `height` in pixels, `size` in bytes, about; 0 where it is published nowhere.

    `md5` is empty where none was found: then the SHA-256 of the first download is kept, and compared from then on. `recall` is
    what its makers publish of it, with the place. `settings` names the file of RT-DETR's settings.
    """

    name: str
    title: str
    version: str
    licence: str
    terms: str
    url: str
    family: Family
    width: int
    height: int
    threshold: float
    recall: str
    md5: str = ""
    size: int = 0
    settings: str = ""
    unverified: str = ""

    @property
    def file(self) -> str:
        """Name of its file of weights."""
        return self.url.rpartition("/")[2].partition("?")[0]

    @property
    def fit(self) -> Fit:
        return Fit.STRETCH if self.family is Family.RTDETR else Fit.LETTERBOX

    @property
    def is_free(self) -> bool:
        """Whether the licence asks nothing of its user that needs to be confirmed."""
        return self.licence == APACHE

    @property
    def shape(self) -> str:
        """What it is shown, in pixels, in words."""
        return f"{self.width} x {self.height}"

    @property
    def facts(self) -> tuple[str, ...]:
        """What else is to be known of it, a line each."""
        return (f"{self.recall}; recommended threshold {self.threshold}",)

    @property
    def runs_code(self) -> bool:
        """Whether reading its weights runs code that stands in them: only a file with the published checksum may."""
        return self.family is not Family.RTDETR

    @property
    def megadetector_takes_it(self) -> bool:
        """Whether the package megadetector runs these weights."""
        return self.runs_code


_FREE_WEIGHTS: Final = "no restriction by its makers"
_GPL: Final = (
    "its makers put no restriction on the weights; they were trained with code under GPL-3.0, which is run once, apart, to "
    "convert them: https://github.com/agentmorris/MegaDetector"
)
_AGPL: Final = (
    "its makers name the licence of the usual program for it, AGPL-3.0, and leave open what holds for converted weights: ask "
    "before you offer it to others as a service: https://github.com/agentmorris/MegaDetector"
)
_APACHE: Final = (
    "free for any use, its makers must be named: https://www.apache.org/licenses/LICENSE-2.0"
)
# A photograph of a camera lies, 4 to 3 or wider: a square would be grey for a quarter, and take a quarter longer.
_LYING_1280: Final = (1280, 960)
_LYING_960: Final = (960, 736)  # a multiple of 32, the network's coarsest step, above 720
_LYING_640: Final = (640, 480)

_RELATIVE: Final = "no recall published; average precision for animals {} times that of MegaDetector v5a (release notes of MDv1000)"
_OF_ZOO: Final = "recall of animals {} (Microsoft's model zoo)"


def _yolov5(
    name: str,
    title: str,
    version: str,
    url: str,
    md5: str,
    recall: str,
    *,
    threshold: float = 0.2,
    unverified: str = "",
) -> CatalogueDetector:
    return CatalogueDetector(
        name=name,
        title=title,
        version=version,
        licence=_FREE_WEIGHTS,
        terms=_GPL,
        url=url,
        family=Family.YOLOV5,
        width=_LYING_1280[0],
        height=_LYING_1280[1],
        threshold=threshold,
        recall=recall,
        md5=md5,
        size=281_000_000,  # ADDAX; of one architecture, all four are alike
        unverified=unverified,
    )


# PACKAGE has the checksum, ZOO the recall (it calls these weights AGPL-3.0, by the code that runs them), CARD the licence.
_V5A: Final = (f"{_RELEASES}/v5.0/md_v5a.0.1.pt", "60f8e7ec1308554df258ed1f4040bc4f")
_THE_SAME: Final = "its makers name MegaDetector v5a's file: where that is in use already, this one finds nothing else"


def _rtdetr(letter: str, title: str, settings: str, recall: str) -> CatalogueDetector:
    return CatalogueDetector(
        name=f"megadetector-v6-rtdetr-{letter}",
        title=title,
        version="6.0",
        licence=APACHE,
        terms=_APACHE,
        url=f"{_ZENODO}/MDV6-apa-rtdetr-{letter}.pth?download=1",  # WILDLIFE
        family=Family.RTDETR,
        width=640,
        height=640,
        threshold=0.2,  # WILDLIFE: det_conf_thres
        recall=_OF_ZOO.format(recall),
        settings=settings,
        unverified="its checksum and size could not be looked up: the first download's checksum is kept",
    )


DETECTORS: Final = {
    detector.name: detector
    for detector in (
        _yolov5(
            "megadetector-v5a",
            "MegaDetector v5a, the one that most others are compared with (YOLOv5x6)",
            "5.0.1",
            *_V5A,
            _OF_ZOO.format("81.7 %"),
        ),
        _yolov5(
            "megadetector-v5b",
            "MegaDetector v5b, learned from camera traps alone (YOLOv5x6)",
            "5.0.1",
            f"{_RELEASES}/v5.0/md_v5b.0.1.pt",
            "f17ed6fedfac2e403606a08c89984905",
            _OF_ZOO.format("80.9 %"),
        ),
        _yolov5(
            "megadetector-redwood",
            "MegaDetector v1000 redwood, the most accurate of its family (YOLOv5x6)",
            "1000.0.0",
            f"{_RELEASES}/v1000.0/md_v1000.0.0-redwood.pt",
            "74474b3aec9cf1a990da38b37ddf9197",
            _RELATIVE.format("1.009"),
            threshold=0.3,
        ),
        CatalogueDetector(
            name="megadetector-cedar",
            title="MegaDetector v1000 cedar, twice as fast as v5a (YOLOv9c)",
            version="1000.0.0",
            licence=_FREE_WEIGHTS,
            terms=_GPL,
            url=f"{_RELEASES}/v1000.0/md_v1000.0.0-cedar.pt",
            family=Family.YOLOV9,
            width=_LYING_640[0],
            height=_LYING_640[1],
            threshold=0.3,  # NOTES: "more like 0.3 or even 0.4"
            recall=_RELATIVE.format("0.991"),
            md5="3d6472c9b95ba687b59ebe255f7c576b",
            unverified="its size could not be looked up",
        ),
        CatalogueDetector(
            name="megadetector-sorrel",
            title="MegaDetector v1000 sorrel, seven times as fast as v5a (YOLO11s)",
            version="1000.0.0",
            licence="AGPL-3.0, by the program that runs it",
            terms=_AGPL,
            url=f"{_RELEASES}/v1000.0/md_v1000.0.0-sorrel.pt",
            family=Family.ULTRALYTICS,
            width=_LYING_960[0],
            height=_LYING_960[1],
            threshold=0.3,
            recall=_RELATIVE.format("0.967"),
            md5="4339a2c8af7a381f18ded7ac2a4df03e",
            unverified="its size could not be looked up",
        ),
        _rtdetr(
            "c",
            "MegaDetector v6 compact, free of GPL and AGPL (RT-DETRv2, 20 million weights)",
            "rtdetrv2_r18vd_120e_megadetector.yml",
            "81.1 %",
        ),
        _rtdetr(
            "e",
            "MegaDetector v6 extra, free of GPL and AGPL (RT-DETRv2, 76 million weights)",
            "rtdetrv2_r101vd_6x_megadetector.yml",
            "82.9 %",
        ),
        _yolov5(
            # README.md and model_cards/v4.0.1a.md of github.com/google/cameratrapai
            "speciesnet-detector",
            "SpeciesNet's detector, which is MegaDetector v5a",
            "5.0.1",
            *_V5A,
            _OF_ZOO.format("81.7 %"),
            unverified=_THE_SAME,
        ),
    )
}
"""The catalogue, by name."""


def find(name: str) -> CatalogueDetector:
    """The detector of this name. Raises LookupError."""
    if name not in DETECTORS:
        raise LookupError(UNKNOWN.format(name, ", ".join(DETECTORS)))
    return DETECTORS[name]
