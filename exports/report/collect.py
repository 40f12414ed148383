"""Collection of a report's data: rows of the database as plain observations, and from them its SeasonSummary.

A constant number of queries for each period, whatever the number of rows or buckets: the arithmetic is
done in exports.report.counting.tally on one flat list.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db.models import Exists, Max, Min, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from exports.report import wording
from exports.report.counting.days import Watch, watched_days
from exports.report.counting.sightings import Observation, of_classes
from exports.report.counting.summary import Filters, SeasonSummary
from exports.report.counting.tally import DeerProfile, summarise_period
from exports.requests.targets import midnight, standing
from reid.cameras.days import DAY
from reid.db.snapshot import one_moment
from reid.models import KNOWN, Camera, Deer, Deployment, Detection, Image, Outage, Threshold
from reid.taxonomy import DEER

if TYPE_CHECKING:
    from datetime import date, datetime
    from uuid import UUID

    from exports.report.counting.summary import PeriodSummary
    from exports.requests.specs import DetectionSelection, ReportPeriod, ReportSpec
    from reid.models import DetectionQuerySet

_DEER: Final = tuple(item.value for item in DEER)
_MACHINE: Final = (Detection.IdentitySource.AUTO, Detection.IdentitySource.CERTIFIED)


@dataclass(frozen=True, slots=True)
class _Background:
    """What the periods of a report share. `chosen` are of the classes asked for, `seen` of all deer too; `runs` the deployments."""

    chosen: DetectionQuerySet
    seen: DetectionQuerySet
    cameras: dict[UUID, str]
    runs: dict[UUID, list[tuple[date, date | None]]]
    outages: dict[UUID, list[tuple[date, date]]]
    deer: dict[UUID, Deer]
    first_seen: dict[UUID, datetime]
    untimed_images: int
    today: date


def summarise(spec: ReportSpec) -> SeasonSummary:
    """Everything that the report `spec` says in numbers, all of one moment."""
    with one_moment():
        return _summarise(spec)


def _summarise(spec: ReportSpec) -> SeasonSummary:
    selection = standing(spec.selection)
    background = _background(selection)
    deer = sorted(background.deer[key].name for key in selection.deer if key in background.deer)
    cameras = background.cameras.values() if selection.cameras else ()
    return SeasonSummary(
        periods=tuple(_period(period, spec, background) for period in spec.periods),
        group_by=spec.group_by,
        time_zone=settings.TIME_ZONE,
        filters=Filters(
            classifications=selection.classifications,
            cameras=wording.with_gone(cameras, len(selection.cameras)),
            deer=wording.with_gone(deer, len(selection.deer)),
        ),
        left_for_review=_left_for_review(),
    )


def photographs(spec: ReportSpec) -> int:
    """How many photographs of its days show what the report counts; one of two periods is counted once."""
    during = Q()
    for period in spec.periods:
        start, end = midnight(period.start), midnight(period.end + DAY)
        during |= Q(image__captured_at__gte=start, image__captured_at__lt=end)
    rows = _chosen(standing(spec.selection)).valid().filter(during)
    return rows.order_by().values("image").distinct().count()


def _left_for_review() -> str:
    """What the threshold in force never assigns, in a sentence; empty where there is none, or it may assign all."""
    threshold = Threshold.objects.filter(is_active=True, scorer__is_active=True).first()
    return threshold.left if threshold else ""


def _chosen(selection: DetectionSelection, also: tuple[str, ...] = ()) -> DetectionQuerySet:
    """What the selection lets through, and these classes, valid or not; never a person or a vehicle."""
    classes = {*(selection.classifications or _DEER), *also}
    rows = Detection.objects.public().filter(effective_class__in=classes)
    if selection.cameras:
        rows = rows.filter(image__camera__in=selection.cameras)
    if selection.deer:
        rows = rows.filter(deer__in=selection.deer)
    return rows


def _background(selection: DetectionSelection) -> _Background:
    """Seven queries."""
    cameras = Camera.objects.order_by("name")
    if selection.cameras:
        cameras = cameras.filter(pk__in=selection.cameras)
    runs: defaultdict[UUID, list[tuple[date, date | None]]] = defaultdict(list)
    for camera, start, end in Deployment.objects.values_list("camera", "started_on", "ended_on"):
        runs[camera].append((start, end))
    outages: defaultdict[UUID, list[tuple[date, date]]] = defaultdict(list)
    for camera, first, last in Outage.objects.values_list("camera", "started_on", "ended_on"):
        outages[camera].append((first, last))
    chosen = _chosen(selection)
    began = Coalesce("sighting__encounter__started_at", "image__captured_at")
    first_seen = (
        Detection.objects.valid()
        .filter(deer__isnull=False, image__captured_at__isnull=False)
        .order_by()
        .values_list("deer")
        .annotate(first=Min(began))
    )
    untimed = Image.objects.filter(
        Exists(chosen.valid().filter(image=OuterRef("pk"))), captured_at__isnull=True
    )
    return _Background(
        chosen=chosen,
        seen=_chosen(selection, also=_DEER),
        cameras=dict(cameras.values_list("pk", "name")),
        runs=dict(runs),
        outages=dict(outages),
        deer=Deer.objects.in_bulk(),
        first_seen=dict(first_seen),
        untimed_images=untimed.count(),
        today=timezone.localdate(),
    )


def _period(period: ReportPeriod, spec: ReportSpec, background: _Background) -> PeriodSummary:
    """Three queries."""
    start, end = midnight(period.start), midnight(period.end + DAY)
    observations = _observations(background.seen, start, end)
    if classes := spec.selection.classifications:
        observations = of_classes(observations, classes)
    # Only with identities from before can anybody be called new.
    has_history = any(first < start for first in background.first_seen.values())
    profiles = {
        key: DeerProfile(
            name=deer.name,
            sex=deer.sex,
            is_deceased=deer.status == Deer.Status.DECEASED or deer.died_on is not None,
            seen_before=background.first_seen[key] < start if has_history else None,
        )
        for key, deer in background.deer.items()
        if key in background.first_seen
    }
    return summarise_period(
        period,
        spec.group_by,
        observations,
        watches=_watches(period, background, start, end),
        profiles=profiles,
        invalid_left_out=background.chosen.filter(is_valid=False)
        .captured_between(start, end)
        .count(),
        untimed_images=background.untimed_images,
    )


def _observations(chosen: DetectionQuerySet, start: datetime, end: datetime) -> list[Observation]:
    """Valid detections of encounters that began at `start` or later and before `end`.

    A sighting whose encounter is just being rebuilt has none: its detections stand for themselves.
    """
    # A day of margin, because an encounter may reach over midnight; the index on capture time serves it.
    rows = (
        chosen.valid()
        .captured_between(start - DAY, end + DAY)
        .order_by()
        .values_list(
            "pk",
            "sighting_id",
            "sighting__encounter_id",
            "sighting__encounter__started_at",
            "image__captured_at",
            "image__camera_id",
            "effective_class",
            "confidence",
            "deer_id",
            "reviewed_at",
            "identity_source",
        )
    )
    zone = timezone.get_default_timezone()
    observations = []
    for row in rows.iterator(chunk_size=5000):
        key, sighting, encounter, started_at, captured_at, camera, *rest = row
        classification, confidence, deer, reviewed_at, source = rest
        began_at = started_at or captured_at
        if began_at is not None and start <= began_at < end:
            observations.append(
                Observation(
                    detection=key,
                    sighting=sighting or key,
                    encounter=encounter or key,
                    began_at=began_at.astimezone(zone),
                    camera=camera,
                    classification=classification,
                    confidence=confidence,
                    deer=deer,
                    is_reviewed=reviewed_at is not None or source in KNOWN,
                    is_machine_identity=source in _MACHINE,
                    is_certified=source == Detection.IdentitySource.CERTIFIED,
                    captured_at=captured_at and captured_at.astimezone(zone),
                )
            )
    return observations


def _watches(
    period: ReportPeriod, background: _Background, start: datetime, end: datetime
) -> dict[UUID, Watch]:
    """Of each camera the days it ran: by its deployments, else from its first to its last image; less its outages."""
    photographed = {
        camera: (timezone.localdate(first), timezone.localdate(last))
        for camera, first, last in Image.objects.filter(
            camera__isnull=False, captured_at__gte=start, captured_at__lt=end
        )
        .order_by()
        .values_list("camera")
        .annotate(Min("captured_at"), Max("captured_at"))
    }
    watches = {}
    for key, name in background.cameras.items():
        is_estimated = key not in background.runs
        runs: list[tuple[date, date | None]]
        if is_estimated:
            runs = [photographed[key]] if key in photographed else []
        else:
            runs = background.runs[key]
        outages = background.outages.get(key, ())
        days = watched_days(runs, period, background.today, outages)
        watches[key] = Watch(name, days, is_estimated)
    return watches
