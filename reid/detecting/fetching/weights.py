"""Weights of a catalogue's detector: its file, downloaded or brought, and compared with its checksum."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reid.detecting.fetching.download import NotToBeHad, download
from reid.networks.model_card import ModelRefused

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reid.detecting.fetching.catalogue import CatalogueDetector
    from reid.detecting.fetching.download import Progress

BRING_IT: Final = (
    "{problem}: get {file} on a computer that has a way there, bring it here, and give "
    "`manage.py detectors fetch {name} --file PATH`."
)
NO_SUCH_FILE: Final = "There is no file {}: give the path of the file that you brought."
OTHER_DOWNLOAD: Final = (
    "What {url} gave is not the file that the catalogue means ({kind} {found}, not {wanted}): it was deleted; give the command "
    "again, and if it says the same, do not use what lies there."
)
OTHER_FILE: Final = (
    "{path} is not the file that the catalogue means ({kind} {found}, not {wanted}): bring {url}."
)
FIRST: Final = "No checksum of {file} was found anywhere: this one's, SHA-256 {sha256}, is kept, and compared from now on."


@dataclass(frozen=True, slots=True)
class Checksums:
    """Of a file, as hexadecimal digits."""

    md5: str
    sha256: str


def obtain(
    detector: CatalogueDetector,
    folder: Path,
    say: Callable[[str], None],
    progress: Progress,
    brought: Path | None = None,
) -> tuple[Path, Checksums]:
    """The file of a detector's weights in `folder`, downloaded where it is not there, or `brought`; its checksums.

    A brought file stays where it is. Raises ModelRefused where the file is not to be had, or is another one.
    """
    path = brought or folder / detector.file
    is_new = brought is None and not path.exists()
    if brought and not brought.is_file():
        raise ModelRefused(NO_SUCH_FILE.format(brought))
    folder.mkdir(parents=True, exist_ok=True)
    if is_new:
        _download(detector, path, progress)
    checksums = _checksums_of(path)
    kept = folder / f"{detector.file}.sha256"
    kind, wanted, found = "MD5", detector.md5, checksums.md5
    if not detector.md5:
        kind, wanted, found = "SHA-256", _read(kept), checksums.sha256
    if wanted and found != wanted:
        facts = {"url": detector.url, "kind": kind, "found": found, "wanted": wanted}
        if brought is None:
            path.unlink()
            raise ModelRefused(OTHER_DOWNLOAD.format(**facts))
        raise ModelRefused(OTHER_FILE.format(path=path, **facts))
    if not wanted:
        kept.write_text(checksums.sha256, encoding="utf-8")
        say(FIRST.format(file=detector.file, sha256=checksums.sha256))
    return path, checksums


def _download(detector: CatalogueDetector, path: Path, progress: Progress) -> None:
    try:
        download(detector.url, path, progress)
    except NotToBeHad as problem:
        raise ModelRefused(
            BRING_IT.format(problem=problem, file=detector.file, name=detector.name)
        ) from problem


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip() if path.exists() else ""


def _checksums_of(path: Path) -> Checksums:
    # MD5 is what the catalogue's makers publish; SHA-256 is what is kept.
    sums = (hashlib.md5(usedforsecurity=False), hashlib.sha256())
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            for one in sums:
                one.update(piece)
    return Checksums(*(one.hexdigest() for one in sums))
