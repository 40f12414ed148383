"""Tables of a Camtrap DP 1.0.2 package: their columns and cells.

Every column of the standard is there, in its order; what Thumper does not know is empty. Names are exact, letter
by letter, for they are compared so: what keeps a spreadsheet from running one as a formula is for metadata.csv.
"""

from __future__ import annotations

import itertools
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, TypeAlias

from django.utils import timezone

from exports.archive.metadata import as_csv
from exports.camtrap.terms import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime
    from uuid import UUID

    from exports.camtrap.deployments import Placement
    from exports.camtrap.events import EventObservation
    from exports.camtrap.records import Empty, Observed, Photo
    from exports.camtrap.terms import Position

DEPLOYMENTS: Final = (
    "deploymentID",
    "locationID",
    "locationName",
    "latitude",
    "longitude",
    "coordinateUncertainty",
    "deploymentStart",
    "deploymentEnd",
    "setupBy",
    "cameraID",
    "cameraModel",
    "cameraDelay",
    "cameraHeight",
    "cameraDepth",
    "cameraTilt",
    "cameraHeading",
    "detectionDistance",
    "timestampIssues",
    "baitUse",
    "featureType",
    "habitat",
    "deploymentGroups",
    "deploymentTags",
    "deploymentComments",
)
MEDIA: Final = (
    "mediaID",
    "deploymentID",
    "captureMethod",
    "timestamp",
    "filePath",
    "filePublic",
    "fileName",
    "fileMediatype",
    "exifData",
    "favorite",
    "mediaComments",
)
OBSERVATIONS: Final = (
    "observationID",
    "deploymentID",
    "mediaID",
    "eventID",
    "eventStart",
    "eventEnd",
    "observationLevel",
    "observationType",
    "cameraSetupType",
    "scientificName",
    "count",
    "lifeStage",
    "sex",
    "behavior",
    "individualID",
    "individualPositionRadius",
    "individualPositionAngle",
    "individualSpeed",
    "bboxX",
    "bboxY",
    "bboxWidth",
    "bboxHeight",
    "classificationMethod",
    "classifiedBy",
    "classificationTimestamp",
    "classificationProbability",
    "observationTags",
    "observationComments",
)

Row: TypeAlias = "Mapping[str, object]"


def moment(value: datetime | None) -> str:
    """ISO 8601 in whole seconds with the ranch's offset: the tables' format knows no fractions."""
    return "" if value is None else timezone.localtime(value).isoformat(timespec="seconds")


def probability(value: float | None) -> str:
    """Four decimals; empty where there is none."""
    return "" if value is None else f"{value:.4f}"


def deployments(
    placements: Iterable[Placement],
    names: Mapping[UUID, str],
    positions: Mapping[str, Position],
) -> Iterator[str]:
    """deployments.csv, part by part; `names` by camera and `positions` by deployment."""
    return _table(
        DEPLOYMENTS,
        (_deployment(item, names[item.camera], positions[item.id]) for item in placements),
    )


def media(
    photos: Iterable[Photo], homes: Mapping[UUID, str], files: Mapping[UUID, tuple[str, str]]
) -> Iterator[str]:
    """media.csv, part by part; `homes` are deployment ids and `files` (path, media type), by image."""
    return _table(MEDIA, (_medium(item, homes[item.id], *files[item.id]) for item in photos))


def observations(
    observed: Iterable[Observed],
    empty: Iterable[Empty],
    events: Iterable[EventObservation],
    homes: Mapping[UUID, str],
) -> Iterator[str]:
    """observations.csv, part by part: one row a detection, one a photograph without any, then the rows of events.

    `homes` are deployment ids by image.
    """
    return _table(
        OBSERVATIONS,
        itertools.chain(
            (_observation(item, homes[item.image]) for item in observed),
            (_nothing(item, homes[item.image]) for item in empty),
            (_event(item, homes[item.image]) for item in events),
        ),
    )


def _deployment(item: Placement, name: str, where: Position) -> Row:
    return {
        "deploymentID": item.id,
        "locationID": item.camera,
        "locationName": name,
        "latitude": plain(where.latitude),
        "longitude": plain(where.longitude),
        "coordinateUncertainty": where.uncertainty,
        "deploymentStart": moment(item.start),
        "deploymentEnd": moment(item.end),
        "deploymentComments": item.comments,
    }


def _medium(item: Photo, home: str, path: str, media_type: str) -> Row:
    return {
        "mediaID": item.id,
        "deploymentID": home,
        "timestamp": moment(item.captured_at),
        "filePath": path,
        "filePublic": "false",  # nothing of Thumper is on the public web
        "fileName": PurePosixPath(item.frame.path).name,
        "fileMediatype": media_type,
    }


def _observation(item: Observed, home: str) -> Row:
    return {
        "observationID": item.id,
        "deploymentID": home,
        "mediaID": item.image,
        "eventID": item.event,
        "eventStart": moment(item.event_start),
        "eventEnd": moment(item.event_end),
        "observationLevel": "media",
        "observationType": "animal",
        "scientificName": item.scientific_name,
        "count": 1,
        "lifeStage": item.life_stage,
        "sex": item.sex,
        "individualID": item.individual,
        "bboxX": plain(item.box.x),
        "bboxY": plain(item.box.y),
        "bboxWidth": plain(item.box.width),
        "bboxHeight": plain(item.box.height),
        "classificationMethod": item.classified.method,
        "classifiedBy": item.classified.by,
        "classificationTimestamp": moment(item.classified.at),
        "classificationProbability": probability(item.classified.probability),
        "observationTags": item.tags,
    }


def _nothing(item: Empty, home: str) -> Row:
    return {
        "observationID": f"{item.image}-{item.kind}",
        "deploymentID": home,
        "mediaID": item.image,
        "eventID": item.event,
        "eventStart": moment(item.event_start),
        "eventEnd": moment(item.event_end),
        "observationLevel": "media",
        "observationType": item.kind,
    }


def _event(item: EventObservation, home: str) -> Row:
    return {
        "observationID": item.id,
        "deploymentID": home,
        "eventID": item.event,
        "eventStart": moment(item.event_start),
        "eventEnd": moment(item.event_end),
        "observationLevel": "event",
        "observationType": "animal",
        "scientificName": item.scientific_name,
        "count": item.count,
        "lifeStage": item.life_stage,
        "sex": item.sex,
        "individualID": item.individual,
        "classificationMethod": item.method,
        "classifiedBy": item.by,
        "observationTags": f"class:{item.classification}",
    }


def _table(columns: tuple[str, ...], rows: Iterable[Row]) -> Iterator[str]:
    yield as_csv([columns])
    for row in rows:
        yield as_csv([[row.get(name, "") for name in columns]])
