"""ZIP archive of crops: metadata.csv, a crop of each detection, and last a manifest that accounts for every one.

Everything is streamed to the given file. What stays in memory is one chunk of rows, one decoded
photograph and a short record of each item, so that memory does not grow with the photographs.
The same rows and files give the same bytes, but for `created_at` in the manifest.
"""

from __future__ import annotations

import json
import zipfile
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.utils import timezone

from exports.archive import metadata
from exports.archive.crop_names import crop_name
from exports.archive.cutouts import Missing, WantedCrop, cut_all
from exports.archive.zip_stream import ZipStream
from reid.showing.regions import regions_on
from reid.taxonomy import PRIVATE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import BinaryIO
    from uuid import UUID

    from exports.archive.zip_stream import Entry
    from exports.requests.specs import ArchiveSpec
    from reid.models import Detection

CHUNK: Final = 500
"""Detections read at a time."""
MANIFEST_VERSION: Final = 1

DELETED: Final = "deleted"
PRIVATE_CLASS: Final = "private"
EVERY_CROP_MISSING: Final = (
    "None of the {total} crops could be made (first reason: {reason}). "
    "Check that the photographs are where they were imported from, then export again."
)


class NothingExported(Exception):
    """Nothing that was asked for could be included; the text says why, `missing` how many items that is."""

    def __init__(self, reason: str, missing: int) -> None:
        super().__init__(reason)
        self.missing = missing


@dataclass(frozen=True, slots=True)
class ArchiveResult:
    """How many of the detections asked for are in the archive, and how many are not."""

    included: int
    missing: int


@dataclass(slots=True)
class _Ledger:
    """What became of each detection asked for."""

    wanted: dict[UUID, WantedCrop] = field(default_factory=dict)
    crops: dict[UUID, Entry] = field(default_factory=dict)
    missing: dict[UUID, str] = field(default_factory=dict)
    names: dict[UUID, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    def admit(self, ids: Iterable[UUID], detections: dict[UUID, Detection]) -> None:
        regions = regions_on(detection.image_id for detection in detections.values())
        for detection_id in ids:
            detection = detections.get(detection_id)
            if detection is None:
                self.missing[detection_id] = DELETED
            elif detection.effective_class in PRIVATE:
                self.missing[detection_id] = PRIVATE_CLASS
            else:
                self.wanted[detection_id] = WantedCrop.of(detection, regions)
                self.names[detection_id] = crop_name(detection, self.taken)
                self.taken.add(self.names[detection_id])

    def account_for(self, detection_id: UUID) -> dict[str, Any]:
        """The manifest's line about `detection_id`."""
        line: dict[str, Any] = {"detection_id": str(detection_id)}
        if detection_id in self.missing:
            return line | {"status": "missing", "reason": self.missing[detection_id]}
        crop = self.crops.get(detection_id)
        return line | {"status": "included"} | (crop.to_json() if crop else {})


def write_archive(
    spec: ArchiveSpec, out: BinaryIO, progress: Callable[[int, int], None]
) -> ArchiveResult:
    """Write the archive that `spec` asks for to `out`, and say what is in it.

    `progress(done, total)` counts the detections dealt with, included or missing; what it raises
    (the export was withdrawn) passes through. A detection that was deleted since, is of a private
    class, or whose crop cannot be made is missing, with its reason in the manifest.

    Raises NothingExported where crops were asked for and every one is missing.
    """
    ledger = _Ledger()
    table: Entry | None = None
    with zipfile.ZipFile(out, "w", allowZip64=True) as file:
        writer = ZipStream(file)
        chunks = _read(spec, ledger, progress)
        if spec.include_metadata_csv:
            table = writer.add_text("metadata.csv", metadata.table(chunks))
        else:
            deque(chunks, maxlen=0)
        if spec.include_crops:
            _add_crops(spec, ledger, writer, progress)
        manifest = json.dumps(_manifest(spec, ledger, table), indent=1).encode()
        writer.add_deflated("manifest.json", manifest)
    total = len(spec.detection_ids)
    return ArchiveResult(included=total - len(ledger.missing), missing=len(ledger.missing))


def _read(
    spec: ArchiveSpec, ledger: _Ledger, progress: Callable[[int, int], None]
) -> Iterator[list[Detection]]:
    """What may be exported, chunk by chunk, in the order asked for; the ledger learns of the rest."""
    total = len(spec.detection_ids)
    for start in range(0, total, CHUNK):
        ids = spec.detection_ids[start : start + CHUNK]
        detections = metadata.read_detections(ids)
        ledger.admit(ids, detections)
        yield [detections[detection_id] for detection_id in ids if detection_id in ledger.wanted]
        # With crops to come nothing is done yet, but a withdrawn export must be noticed here too.
        progress(0 if spec.include_crops else start + len(ids), total)


def _add_crops(
    spec: ArchiveSpec, ledger: _Ledger, writer: ZipStream, progress: Callable[[int, int], None]
) -> None:
    total, done = len(spec.detection_ids), len(ledger.missing)
    for detection_id, crop in cut_all(ledger.wanted.values(), spec.crop_size):
        if isinstance(crop, Missing):
            ledger.missing[detection_id] = crop.reason
        else:
            ledger.crops[detection_id] = writer.add_stored(ledger.names[detection_id], crop)
        done += 1
        progress(done, total)
    if not ledger.crops:
        reason = next(iter(ledger.missing.values()))
        raise NothingExported(
            EVERY_CROP_MISSING.format(total=total, reason=reason), len(ledger.missing)
        )


def _manifest(spec: ArchiveSpec, ledger: _Ledger, table: Entry | None) -> dict[str, Any]:
    total = len(spec.detection_ids)
    return {
        "manifest_version": MANIFEST_VERSION,
        "created_at": timezone.localtime().isoformat(timespec="seconds"),
        "time_zone": settings.TIME_ZONE,
        "asked_for": {
            "detections": total,
            "include_crops": spec.include_crops,
            "include_metadata_csv": spec.include_metadata_csv,
            "crop_size": spec.crop_size,
        },
        "included_count": total - len(ledger.missing),
        "missing_count": len(ledger.missing),
        "metadata": table.to_json() if table else None,
        "items": [ledger.account_for(detection_id) for detection_id in spec.detection_ids],
    }
