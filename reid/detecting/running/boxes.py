"""Boxes written: what a detector found on photographs goes the way of an import, so that what people did stays.

A box in the place of a stored one is that one; what a person moved, deleted or corrected stays (`reid.importing.writing`).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from reid.grouping.locks import wait_for_others
from reid.importing.reading.readings import Reading
from reid.importing.report import ReportBuilder
from reid.importing.rows import Area, Row
from reid.importing.writing import records
from reid.importing.writing.writer import ImportWriter
from reid.models import Image
from reid.taxonomy import Classification

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.contrib.auth.models import AbstractBaseUser

    from reid.detecting.engine import Found
    from reid.detecting.running.looking import Look
    from reid.imaging.crops import Box
    from reid.models import Detector, Import

REASON: Final = "detection by {detector}"
_KIND: Final = {Classification.PERSON: "people", Classification.VEHICLE: "vehicles"}


def write(
    looks: Iterable[Look], detector: Detector, record: Import, actor: AbstractBaseUser
) -> Counter[str]:
    """Write what was found, within the caller's transaction; counts by name.

    `photographs`, of which `blank` or `failed`; `boxes` that are new and `known` ones; of all found `animals`, `people` and
    `vehicles`. A photograph that is gone by now is counted as nothing.
    """
    of_image = {item.image: item for item in looks}
    wait_for_others()  # an undo of an import, whose photographs they are
    images = Image.objects.select_related("camera").in_bulk(list(of_image))
    counts = Counter(photographs=len(of_image))
    readings = []
    found_here = 0
    for key, image in images.items():
        item = of_image[key]
        found_here += len(item.found)
        counts.update(_KIND.get(found.classification, "animals") for found in item.found)
        counts["failed"] += bool(item.failure)
        counts["blank"] += not (item.failure or item.found)
        readings.append(_reading(image, item, detector))
    tally = ReportBuilder()
    writer = ImportWriter(
        tally, actor=actor, record=record, time_zone="", reason=REASON.format(detector=detector)
    )
    writer.write(readings)
    writer.flush()
    records.beat(record, tally.unlisted)
    counts["boxes"] = tally.detections
    counts["known"] = found_here - tally.detections
    return +counts


def _reading(image: Image, item: Look, detector: Detector) -> Reading:
    reading = Reading(sha256=image.sha256, image=image, size=(image.width, image.height))
    rows: list[tuple[Row, Box | None]] = [
        (_row(image, detector, found), found.box) for found in item.found
    ]
    nothing = Row(
        line=0,
        path=image.source_path or image.path,
        area=None,
        failure=item.failure,
        detected_by=detector.pk,
    )
    reading.rows = rows or [(nothing, None)]
    return reading


def _row(image: Image, detector: Detector, found: Found) -> Row:
    box = found.box
    return Row(
        line=0,
        path=image.source_path or image.path,
        area=Area(box.x, box.y, box.width, box.height),
        classification=found.classification,
        confidence=found.confidence,
        label=found.label,
        detector=str(detector),
        detected_by=detector.pk,
    )
