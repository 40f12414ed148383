"""ZIP archive of format camtrap-dp: a Camtrap DP 1.0.2 package with its photographs, and last a manifest.

https://camtrap-dp.tdwg.org. Photographs come first, because only what could be read stands in the tables.
In memory is one photograph and a short record of each detection and image. The same rows and files give
the same bytes, but for `created` in datapackage.json and `created_at` in the manifest.
"""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.utils import timezone

from exports.archive.crops_zip import (
    MANIFEST_VERSION,
    PRIVATE_CLASS,
    ArchiveResult,
    NothingExported,
)
from exports.archive.zip_stream import ZipStream
from exports.camtrap import tables
from exports.camtrap.deployments import Shot, place
from exports.camtrap.descriptor import Project, descriptor
from exports.camtrap.empty import read_empty
from exports.camtrap.events import event_observations
from exports.camtrap.media import read_picture
from exports.camtrap.sources import read_sources
from exports.camtrap.terms import position
from reid.imaging.crops import ImageProblem

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from typing import BinaryIO
    from uuid import UUID

    from exports.archive.zip_stream import Entry
    from exports.camtrap.records import Sources
    from exports.requests.specs import ArchiveSpec

NOTHING_LEFT: Final = (
    "None of the {total} detections can be in a Camtrap DP package (first reason: {reason}). "
    "Each needs a photograph with a time, a camera with coordinates, and nobody else in the picture."
)


def write_camtrap(
    spec: ArchiveSpec, out: BinaryIO, progress: Callable[[int, int], None]
) -> ArchiveResult:
    """Write the package that `spec` asks for to `out`, and say what is in it.

    `progress(done, total)` counts the detections dealt with, included or missing; what it raises (the
    export was withdrawn) passes through. Raises NothingExported where no detection can be included.
    """
    total = len(spec.detection_ids)
    sources = read_sources(spec.detection_ids, lambda: progress(0, total))
    read_empty(spec.empty_image_ids, sources, lambda: progress(0, total))
    with zipfile.ZipFile(out, "w", allowZip64=True) as file:
        stream = ZipStream(file)
        media = _add_photographs(spec, sources, stream, progress)
        if not sources.observed:
            reason = sources.missing[spec.detection_ids[0]]
            raise NothingExported(
                NOTHING_LEFT.format(total=total, reason=reason), len(sources.missing)
            )
        entries = _add_tables(spec, sources, media, stream)
        manifest = json.dumps(_manifest(spec, sources, media, entries), indent=1)
        stream.add_deflated("manifest.json", manifest.encode())
    missing = len(sources.missing)
    return ArchiveResult(included=total - missing, missing=missing)


def _add_photographs(
    spec: ArchiveSpec,
    sources: Sources,
    stream: ZipStream,
    progress: Callable[[int, int], None],
) -> dict[UUID, tuple[Entry, str]]:
    """Of each photograph its entry and media type; one that cannot be read leaves the sources."""
    media: dict[UUID, tuple[Entry, str]] = {}
    total, done = len(spec.detection_ids), len(sources.missing)
    for photo in list(sources.photos.values()):
        done += sources.on_image(photo.id)
        try:
            # With a coarse position the exact one must not leave in the photograph's EXIF.
            is_coarse = spec.coordinate_precision is not None
            picture = read_picture(photo.frame, without_metadata=is_coarse)
        except ImageProblem as problem:
            sources.drop(photo.id, problem.reason)
        else:
            entry = stream.add_stored(f"media/{photo.id}.{picture.ending}", picture.data)
            media[photo.id] = entry, picture.media_type
        progress(done, total)
    return media


def _add_tables(
    spec: ArchiveSpec, sources: Sources, media: dict[UUID, tuple[Entry, str]], stream: ZipStream
) -> list[Entry]:
    photos = list(sources.photos.values())
    shots = [Shot(photo.id, photo.station.camera, photo.captured_at) for photo in photos]
    stations = {photo.station.camera: photo.station for photo in photos}
    placements, homes = place(shots, sources.runs, timezone.get_default_timezone())
    names = {key: station.name for key, station in stations.items()}
    places = {item.id: item.place or stations[item.camera].place for item in placements}
    positions = {
        key: position(*exact, spec.coordinate_precision)
        for key, exact in places.items()
        if exact is not None  # photographs without any place were left out before
    }
    files = {key: (entry.file, media_type) for key, (entry, media_type) in media.items()}
    observed = sources.observed.values()
    entries = [
        stream.add_text("deployments.csv", tables.deployments(placements, names, positions)),
        stream.add_text("media.csv", tables.media(photos, homes, files)),
        stream.add_text(
            "observations.csv",
            tables.observations(
                observed, sources.empty.values(), event_observations(observed), homes
            ),
        ),
    ]
    package = descriptor(
        spec.title,
        Project(
            settings.RANCH_NAME,
            settings.SAMPLING_DESIGN,
            settings.CAMTRAP_CONTRIBUTORS,
            settings.CAMTRAP_LICENSES,
        ),
        _now(),
        placements,
        positions.values(),
        (item.scientific_name for item in observed),
        spec.coordinate_precision,
    )
    text = json.dumps(package, indent=1)
    return [*entries, stream.add_deflated("datapackage.json", text.encode())]


def _manifest(
    spec: ArchiveSpec,
    sources: Sources,
    media: dict[UUID, tuple[Entry, str]],
    entries: list[Entry],
) -> dict[str, Any]:
    return {
        "manifest_version": MANIFEST_VERSION,
        "created_at": _now().isoformat(timespec="seconds"),
        "time_zone": settings.TIME_ZONE,
        "asked_for": {
            "detections": len(spec.detection_ids),
            "format": spec.format.value,
            "coordinate_precision": spec.coordinate_precision,
        },
        "included_count": len(sources.observed),
        "missing_count": len(sources.missing),
        "files": [entry.to_json() for entry in entries],
        "media": [
            {"image_id": str(key)} | entry.to_json() for key, (entry, _type) in media.items()
        ],
        "withheld": [{"image_id": str(key), "reason": PRIVATE_CLASS} for key in sources.withheld],
        "empty": [_account_for_empty(sources, key) for key in spec.empty_image_ids],
        "items": [_account_for(sources, key) for key in spec.detection_ids],
    }


def _account_for(sources: Sources, detection: UUID) -> dict[str, str]:
    line = {"detection_id": str(detection)}
    if detection in sources.missing:
        return line | {"status": "missing", "reason": sources.missing[detection]}
    return line | {"status": "included", "image_id": str(sources.observed[detection].image)}


def _account_for_empty(sources: Sources, image: UUID) -> dict[str, str]:
    line = {"image_id": str(image)}
    if image in sources.empty_missing:
        return line | {"status": "missing", "reason": sources.empty_missing[image]}
    return line | {"status": "included", "kind": sources.empty[image].kind}


def _now() -> datetime:
    return timezone.localtime()
