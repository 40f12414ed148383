"""Rows of metadata.csv, one a detection, with their columns and cells.

The file is opened in spreadsheets by people who did not write its contents, so every text cell that a
spreadsheet would run as a formula is made plain text.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final

from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from reid.models import Decision, Detection, IdentityEvent, Operation, SimilarityScore
from reid.units import SCORE_UNITS
from reid.wording import plain_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import datetime
    from uuid import UUID

COLUMNS: Final = (
    "detection_id",
    "image_id",
    "filename",
    "captured_at",
    "camera",
    "classification",
    "corrected_classification",
    "confidence",
    "bbox_x",
    "bbox_y",
    "bbox_width",
    "bbox_height",
    "deer_id",
    "deer_name",
    "identity_source",
    "similarity_score",
    "threshold_used",
    "embedding_space",
    "scorer",
    "scorer_fingerprint",
    "encounter_id",
    "is_valid",
    "created_at",
)
BYTE_ORDER_MARK: Final = "\ufeff"


def local_time(moment: datetime | None) -> str:
    """ISO 8601 with the offset of settings.TIME_ZONE at that moment; empty where unknown."""
    return "" if moment is None else timezone.localtime(moment).isoformat()


def similarity(units: int | None) -> str:
    """Score units as the four decimals of a similarity in [0, 1]; empty where there is none."""
    return "" if units is None else f"{units / SCORE_UNITS:.4f}"


def read_detections(ids: Collection[UUID]) -> dict[UUID, Detection]:
    """The detections of `ids` that exist, with all that a row and a crop need: one query."""
    rows = Detection.objects.select_related("image__camera", "deer", "sighting")
    return rows.in_bulk(ids)


def given_scores(ids: Collection[UUID]) -> dict[UUID, SimilarityScore]:
    """Of each detection the score against its deer, by the scorer whose run or batch gave it that deer: one query.

    Where a person gave it, that of the scorer of the last decision that the person could see; where an import did, that of
    the latest score. Another scorer that was activated since describes none of them.
    """
    gave = (
        IdentityEvent.objects.filter(detection=OuterRef("detection"), field="deer")
        .filter(operation__undone_by__isnull=True)
        .exclude(operation__kind=Operation.Kind.UNDO)
        .order_by("-pk")
    )
    decided = Decision.objects.filter(
        sighting=OuterRef("detection__sighting"), decided_at__lte=OuterRef("given_at")
    ).order_by("-pk")
    rows = (
        SimilarityScore.objects.filter(detection__in=ids, deer=F("detection__deer"))
        .annotate(given_at=Subquery(gave.values("operation__created_at")[:1]))
        .annotate(
            given_in=Coalesce(
                Subquery(gave.values("operation__run__scorer")[:1]),
                Subquery(gave.values("operation__batch__scorer")[:1]),
                Subquery(decided.values("run__scorer")[:1]),
            )
        )
        .filter(Q(given_in__isnull=True) | Q(scorer=F("given_in")))
    )
    latest = rows.select_related("scorer__space").order_by("calculated_at", "pk")
    return {row.detection_id: row for row in latest}


def table(chunks: Iterable[list[Detection]]) -> Iterator[str]:
    """The whole CSV file part by part: the header, then each chunk's rows with one query for scores.

    It begins with a byte order mark, without which a spreadsheet on Windows takes UTF-8 for another encoding.
    """
    yield BYTE_ORDER_MARK + as_csv([COLUMNS])
    for chunk in chunks:
        scores = given_scores([detection.pk for detection in chunk])
        yield as_csv(_cells(detection, scores.get(detection.pk)) for detection in chunk)


def as_csv(lines: Iterable[Iterable[object]]) -> str:
    """The lines as CSV text, each ended by CR LF."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(lines)
    return buffer.getvalue()


def _cells(detection: Detection, score: SimilarityScore | None) -> tuple[object, ...]:
    image, deer, sighting = detection.image, detection.deer, detection.sighting
    return (
        detection.pk,
        image.pk,
        plain_text(image.path),
        local_time(image.captured_at),
        plain_text(image.camera.name) if image.camera else "",
        detection.classification,
        detection.corrected_classification,
        f"{detection.confidence:.4f}",
        detection.x,
        detection.y,
        detection.width,
        detection.height,
        deer.pk if deer else "",
        plain_text(deer.name) if deer else "",
        detection.identity_words,
        similarity(score.score if score else None),
        similarity(score.threshold_used if score else None),
        score.scorer.space.fingerprint if score and score.scorer.space else "",
        score.scorer.kind if score else "",
        score.scorer.fingerprint if score else "",
        (sighting.encounter_id if sighting else image.encounter_id) or "",
        "true" if detection.is_valid else "false",
        local_time(detection.created_at),
    )
