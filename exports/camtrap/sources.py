"""Short records of the detections and images of a Camtrap DP package, read from the database.

Each detection asked for becomes an `Observed`, or a reason why it is not in the package. A photograph on
which a person or a vehicle was ever detected is withheld as a whole, also where a reviewer has thrown that
detection out: only a corrected class lets it go.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.utils import timezone

from exports.archive.crops_zip import CHUNK, DELETED, PRIVATE_CLASS
from exports.archive.metadata import given_scores, similarity
from exports.camtrap.deployments import Outage, Run, run_of
from exports.camtrap.records import Classified, Observed, Photo, Sources, Station
from exports.camtrap.terms import life_stage, relative_box, scientific_name, sex
from exports.camtrap.traits import read_traits
from reid import models
from reid.imaging.crops import Box, ImageProblem
from reid.imaging.frame import Frame
from reid.models import Deployment, Detection
from reid.taxonomy import PRIVATE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime
    from decimal import Decimal
    from uuid import UUID

    from exports.camtrap.deployments import Place
    from reid.models import Image, SimilarityScore

INVALID: Final = "invalid"
WITHHELD: Final = "withheld"
UNTIMED: Final = "untimed"
NO_CAMERA: Final = "no_camera"
NO_COORDINATES: Final = "no_coordinates"

DETECTOR: Final = "detector, as imported"
IMPORTED: Final = "imported identity"
REVIEWER: Final = "reviewer"


def read_sources(ids: tuple[UUID, ...], check: Callable[[], None]) -> Sources:
    """Four queries for each CHUNK of `ids`, and one for the traits of the deer on them.

    `check` is called after each chunk; what it raises passes through.
    """
    sources = Sources()
    for start in range(0, len(ids), CHUNK):
        _read_chunk(ids[start : start + CHUNK], sources)
        check()
    traits = read_traits({item.deer for item in sources.observed.values() if item.deer})
    for item in list(sources.observed.values()):
        if item.deer is not None:
            year = sources.photos[item.image].captured_at.year
            sources.observed[item.id] = replace(
                item, sex=traits[item.deer].sex, life_stage=traits[item.deer].life_stage(year)
            )
    return sources


def runs_of(cameras: Iterable[UUID]) -> dict[UUID, list[Run]]:
    """The stored deployments of each camera, with their outages: two queries."""
    runs: defaultdict[UUID, list[Run]] = defaultdict(list)
    cameras = set(cameras)
    outages: defaultdict[UUID, list[Outage]] = defaultdict(list)
    for camera, first, last in models.Outage.objects.filter(camera__in=cameras).values_list(
        "camera", "started_on", "ended_on"
    ):
        outages[camera].append(Outage(first, last))
    for row in Deployment.objects.filter(camera__in=cameras):
        place = _place(row.latitude, row.longitude)
        run = Run(row.pk, row.started_on, row.ended_on, row.started_at, row.ended_at, place)
        within = tuple(item for item in outages[row.camera_id] if run.covers(item.started_on))
        runs[row.camera_id].append(replace(run, outages=within))
    return dict(runs)


def _place(latitude: Decimal | None, longitude: Decimal | None) -> Place | None:
    return None if latitude is None or longitude is None else (latitude, longitude)


def _read_chunk(ids: tuple[UUID, ...], sources: Sources) -> None:
    rows = Detection.objects.select_related(
        "image__camera", "image__encounter", "deer", "sighting__encounter", "reviewed_by"
    ).in_bulk(ids)
    people = Detection.objects.private().filter(image__in={row.image_id for row in rows.values()})
    private = set(people.order_by().values_list("image", flat=True).distinct())
    scores = given_scores(ids)
    cameras = {row.image.camera_id for row in rows.values() if row.image.camera_id}
    sources.runs |= runs_of(cameras - sources.runs.keys())
    for key in ids:
        row = rows.get(key)
        if row is None:
            sources.missing[key] = DELETED
            continue
        if row.image_id in private:
            sources.withheld[row.image_id] = None
        try:
            sources.add(*_examine(row, private, scores.get(key), sources.runs))
        except LeftOut as left_out:
            sources.missing[key] = left_out.reason
        except ImageProblem as problem:
            sources.missing[key] = problem.reason


class LeftOut(Exception):
    """Why a detection or a photograph is not in the package."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def _examine(
    row: Detection,
    private: set[UUID],
    score: SimilarityScore | None,
    runs: Mapping[UUID, list[Run]],
) -> tuple[Observed, Photo]:
    """Raises LeftOut, and ImageProblem where the box is outside the photograph."""
    image = row.image
    if row.effective_class in PRIVATE:
        raise LeftOut(PRIVATE_CLASS)
    if image.pk in private:
        raise LeftOut(WITHHELD)
    if not row.is_valid:
        raise LeftOut(INVALID)
    photo = photo_of(image, runs)
    return _observed(row, photo.captured_at, score), photo


def photo_of(image: Image, runs: Mapping[UUID, list[Run]]) -> Photo:
    """The photograph's record. Raises LeftOut where the format needs what it lacks."""
    if image.captured_at is None:
        raise LeftOut(UNTIMED)
    if image.camera is None:
        raise LeftOut(NO_CAMERA)
    camera, captured_at = image.camera, timezone.localtime(image.captured_at)
    station = Station(camera.pk, camera.name, _place(camera.latitude, camera.longitude))
    run = run_of(captured_at, runs.get(camera.pk, ()))
    if station.place is None and (run is None or run.place is None):
        raise LeftOut(NO_COORDINATES)
    return Photo(image.pk, Frame.of(image), station, captured_at)


def _observed(row: Detection, captured_at: datetime, score: SimilarityScore | None) -> Observed:
    image, deer = row.image, row.deer
    encounter = row.sighting.encounter if row.sighting else image.encounter
    start, end = (encounter.started_at, encounter.ended_at) if encounter else (None, None)
    return Observed(
        id=row.pk,
        image=image.pk,
        sighting=row.sighting_id or row.pk,
        event=encounter.pk if encounter else image.pk,
        event_start=timezone.localtime(start) if start else captured_at,
        event_end=timezone.localtime(end) if end else captured_at,
        box=relative_box(Box(row.x, row.y, row.width, row.height), (image.width, image.height)),
        classification=row.effective_class,
        scientific_name=scientific_name(row.effective_class, settings.TAXON),
        sex=sex(row.effective_class),
        life_stage=life_stage(row.effective_class),
        deer=deer.pk if deer else None,
        individual=deer.name if deer else "",
        confidence=row.confidence,
        classified=_classified(row),
        tags=_tags(row, score),
    )


def _classified(row: Detection) -> Classified:
    source = Detection.IdentitySource(row.identity_source)
    is_reviewed = row.reviewed_at is not None or source is Detection.IdentitySource.REVIEWED
    if is_reviewed or row.corrected_classification:
        reviewer = row.reviewed_by.get_username() if row.reviewed_by else REVIEWER
        return Classified("human", reviewer, row.reviewed_at)
    if source is Detection.IdentitySource.IMPORTED:  # by whom, the import did not say
        return Classified("", IMPORTED)
    return Classified("machine", DETECTOR, probability=row.confidence)


def _tags(row: Detection, score: SimilarityScore | None) -> str:
    """What Camtrap DP has no term for, as `key:value` pairs; a similarity is no probability."""
    tags = {"class": row.effective_class}
    if row.flank != Detection.Flank.UNKNOWN:
        tags["flank"] = row.flank
    if row.deer_id is not None:
        tags["identitySource"] = row.identity_words
    if score is not None:
        tags["similarityScore"] = similarity(score.score)
        tags["threshold"] = similarity(score.threshold_used)
        if score.scorer.space is not None:
            tags["embeddingSpace"] = score.scorer.space.fingerprint
        tags["scorer"] = score.scorer.kind
        tags["scorerFingerprint"] = score.scorer.fingerprint
    return " | ".join(f"{key}:{value}" for key, value in tags.items() if value)
