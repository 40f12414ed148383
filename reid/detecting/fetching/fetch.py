"""Fetching of a detector of the catalogue: download, environment, conversion and check, each once; a folder with a card."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from reid.detecting.cards import read_folder
from reid.detecting.fetching import weights
from reid.detecting.fetching.job import Job
from reid.hub import environment, process
from reid.hub.fetching import DOWNLOADS

if TYPE_CHECKING:
    from collections.abc import Callable

    from reid.detecting.cards import DetectorCard
    from reid.detecting.fetching.catalogue import CatalogueDetector
    from reid.detecting.fetching.download import Progress
    from reid.detecting.fetching.weights import Checksums

PACKAGES: Final = environment.Packages(
    Path(__file__).with_name("requirements.txt"),
    ".detectors",
    "run and convert detectors of others",
    Path(__file__).with_name("requirements-sources.txt"),
)
"""The package megadetector, and what reads the weights of the catalogue: of code under GPL and AGPL, only here."""

CONVERTING: Final = "Converting {} (once; a few minutes, and some 3 GB of memory) ..."


def fetch(
    detector: CatalogueDetector,
    root: Path,
    say: Callable[[str], None],
    progress: Progress,
    brought: Path | None = None,
) -> DetectorCard:
    """The detector's card, once its folder lies below `root`, which is MODEL_ROOT. Raises ModelRefused with one sentence.

    Whoever calls has said the licence, and heard that it is accepted. Harmless to repeat: what is there is not fetched again,
    and a download that was cut off goes on. `brought` is the file of weights that somebody brought.
    """
    if (root / detector.name).is_dir():
        return read_folder(root, detector.name)
    path, checksums = obtain(detector, root, say, progress, brought)
    python = environment.prepare(root, say, PACKAGES)
    say(CONVERTING.format(detector.name))
    process.convert(
        *(python, "reid.detecting.fetching.conversion", detector.name),
        lambda answer: Job.of(detector, path.absolute(), checksums, root, answer).to_json(),
    )
    return read_folder(root, detector.name)


def obtain(
    detector: CatalogueDetector,
    root: Path,
    say: Callable[[str], None],
    progress: Progress,
    brought: Path | None = None,
) -> tuple[Path, Checksums]:
    """The detector's file of weights as its makers publish it, and its checksums. Raises ModelRefused."""
    return weights.obtain(detector, _downloads(root), say, progress, brought)


def has_file(detector: CatalogueDetector, root: Path) -> bool:
    """Whether the detector's file of weights was fetched already."""
    return (_downloads(root) / detector.file).exists()


def _downloads(root: Path) -> Path:
    return root / DOWNLOADS / "detectors"
