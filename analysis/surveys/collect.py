"""Material of a survey, read from the store. It changes nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Case, F, Q, When
from django.db.models.functions import Coalesce, TruncDate

from analysis.surveys.material import (
    SIDES,
    Basis,
    CameraEffort,
    Captured,
    ClassDay,
    LeftOut,
    Material,
)
from reid.cameras import timeline
from reid.cameras.days import days_of, runs_of
from reid.models import Camera, Deer, Detection
from reid.taxonomy import Classification, class_of_animal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date
    from uuid import UUID

    from django.db.models import QuerySet

    from reid.cameras.days import Span
    from reid.cameras.timeline import Timeline

CLASSES: Final = (
    Classification.BUCK,
    Classification.DOE,
    Classification.FAWN,
    Classification.UNKNOWN_DEER,
)
SHOWN: Final = 3
"""Photographs that a capture keeps, to be shown where it is judged."""
COUNTED: Final = ("animals", "photographs", "unnamed", "otherwise")
SOURCES: Final = {
    Basis.REVIEWED: (Detection.IdentitySource.REVIEWED, Detection.IdentitySource.IMPORTED),
    Basis.ASSIGNED: (Detection.IdentitySource.AUTO, Detection.IdentitySource.CERTIFIED),
}
NO_SUCH_CAMERA: Final = "There is no camera {name}: give names as the list of cameras has them."
WRONG_WAY: Final = "The survey ends before it begins: {start} is after {end}."
GAP: Final = "no photograph for {days} days, and no outage is known"
GAP_CUT: Final = (
    "no photograph for {days} days, {outside} of them outside the survey, and no outage is known"
)
OUTAGE: Final = "outage"


class SurveyProblem(ValueError):
    """A survey that cannot be made; the message says what to do."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """A capture, and what shows it: detection and flank, the best first."""

    captured: Captured
    shown: Sequence[tuple[UUID, str]]

    def with_best(self, side: str | None) -> Captured:
        """With its best photographs: of that side alone, where one side alone counts and any of them shows it."""
        of_side = [key for key, flank in self.shown if side in (None, flank)]
        best = of_side or [key for key, _ in self.shown]
        return replace(self.captured, detections=tuple(str(key) for key in best[:SHOWN]))


def collect(
    start: date,
    end: date,
    basis: Basis = Basis.BOTH,
    cameras: Sequence[str] = (),
    *,
    one_side: bool = False,
) -> Material:
    """What the cameras saw from `start` to `end`, both included, in each camera's own days; all cameras where none is named.

    Raises SurveyProblem for an unknown camera or a period that ends before it begins.
    """
    if start > end:
        raise SurveyProblem(WRONG_WAY.format(start=start, end=end))
    chosen = _cameras(cameras)
    efforts: list[CameraEffort] = []
    captures: list[_Shown] = []
    classes: dict[str, list[ClassDay]] = {item.value: [] for item in CLASSES}
    for camera in chosen:
        line = timeline.timeline_of(camera)
        efforts.append(_effort(camera, line, start, end))
        of_camera = _of_days(camera, line, start, end)
        captures += _captures(of_camera, camera.name, basis)
        for name, item in _counted(of_camera, camera.name, basis):
            classes[name].append(item)
    names = {item.captured.deer for item in captures}
    sexes = dict(Deer.objects.filter(name__in=names).values_list("name", "sex"))
    seen = [item.captured for item in captures]
    material = Material(start, end, efforts, seen, sexes, classes, one_side)
    return replace(material, captures=[item.with_best(material.side) for item in captures])


def _cameras(names: Sequence[str]) -> list[Camera]:
    rows = Camera.objects.filter(merged_into__isnull=True).order_by("name")
    if not names:
        return list(rows)
    found = {camera.name: camera for camera in rows.filter(name__in=names)}
    for name in names:
        if name not in found:
            raise SurveyProblem(NO_SUCH_CAMERA.format(name=name))
    return [found[name] for name in dict.fromkeys(names)]


def _effort(camera: Camera, line: Timeline, start: date, end: date) -> CameraEffort:
    spans = [(row.started_on, row.ended_on or line.today) for row in line.deployments]
    is_estimated = not spans
    if is_estimated and line.a_day:
        spans = [(min(line.a_day), max(line.a_day))]
    stood = {
        day
        for first, last in spans
        for day in days_of(max(first, start), min(last, end, line.today))
    }
    reasons = [(row.started_on, row.ended_on, row.reason or OUTAGE, True) for row in line.outages]
    reasons += [(gap.first, gap.last, _gap(gap, start, end), False) for gap in line.gaps]
    left_out = []
    for first, last, reason, is_outage in reasons:
        inside = [day for day in days_of(max(first, start), min(last, end)) if day in stood]
        left_out += [LeftOut(one, other, reason, is_outage) for one, other in runs_of(inside)]
    days = stood - {day for item in left_out for day in days_of(item.first, item.last)}
    place = None
    if camera.latitude is not None and camera.longitude is not None:
        place = float(camera.latitude), float(camera.longitude)
    return CameraEffort(
        camera.name,
        place,
        tuple(sorted(days)),
        tuple(sorted(left_out, key=lambda item: item.first)),
        is_estimated,
    )


def _gap(gap: Span, start: date, end: date) -> str:
    outside = gap.days - ((min(gap.last, end) - max(gap.first, start)).days + 1)
    return (GAP_CUT if outside else GAP).format(days=gap.days, outside=outside)


def _of_days(camera: Camera, line: Timeline, start: date, end: date) -> QuerySet[Detection]:
    """Valid detections of the camera in the period, with their local `day`; photographs with a doubted time are left out.

    An encounter over midnight belongs to the day on which it began: one visit is one capture, and one animal.
    """
    began_at = Coalesce("sighting__encounter__started_at", "image__captured_at")
    day = TruncDate(began_at, tzinfo=line.zone)
    rows = Detection.objects.filter(
        is_valid=True,
        image__camera=camera,
        image__captured_at__isnull=False,
        image__clock_problem="",
    )
    return rows.annotate(day=day).filter(day__gte=start, day__lte=end).order_by()


def _named(basis: Basis) -> Q:
    """Detections with a name that counts."""
    both = [source for sources in SOURCES.values() for source in sources]
    sources = both if basis is Basis.BOTH else SOURCES[basis]
    return Q(deer__isnull=False, identity_source__in=sources)


def _captures(rows: QuerySet[Detection], camera: str, basis: Basis) -> Iterable[_Shown]:
    """Captures by deer and day; of each what shows it, the sharpest and then the largest first."""
    best = (F("torso__sharpness").desc(nulls_last=True), F("area").desc(), "pk")
    named: Any = rows.filter(_named(basis)).annotate(area=F("width") * F("height")).order_by(*best)
    fields = ("deer__name", "deer_id", "day", "image_id", "sighting_id", "flank", "pk")
    groups: dict[tuple[str, UUID, date], list[tuple[Any, ...]]] = defaultdict(list)
    for deer, key, day, *shown in named.values_list(*fields):
        groups[deer, key, day].append(tuple(shown))
    for (deer, key, day), found in sorted(groups.items()):
        images, sightings, flanks, detections = zip(*found, strict=True)
        captured = Captured(
            deer=deer,
            deer_id=str(key),
            camera=camera,
            day=day,
            photographs=len(set(images)),
            sightings=len(set(sightings)),
            flanks=tuple(side for side in SIDES if side in flanks),
            detections=(),
        )
        yield _Shown(captured, list(zip(detections, flanks, strict=True)))


def _counted(
    rows: QuerySet[Detection], camera: str, basis: Basis
) -> Iterable[tuple[str, ClassDay]]:
    """Animals (sightings) and photographs of each class and day.

    Each animal counts once, however many classes its photographs bear; a photograph of three animals is one of each.
    """
    seen: Any = rows.filter(effective_class__in=[item.value for item in CLASSES])
    seen = seen.filter(sighting__isnull=False).annotate(
        is_counting=Case(When(_named(basis), then=True), default=False)
    )
    fields = ("sighting_id", "day", "image_id", "effective_class", "confidence")
    animals: dict[tuple[date, UUID], list[tuple[Any, ...]]] = defaultdict(list)
    for sighting, day, *shown in seen.values_list(*fields, "deer_id", "is_counting"):
        animals[day, sighting].append(tuple(shown))
    counts: dict[tuple[str, date], Counter[str]] = defaultdict(Counter)
    for (day, _), found in animals.items():
        images, classes, confidences, deer, counting = zip(*found, strict=True)
        name = class_of_animal(zip(classes, confidences, strict=True))
        count = counts[name, day]
        count["animals"] += 1
        count["photographs"] += len(set(images))
        count["unnamed"] += not any(deer)
        count["otherwise"] += any(deer) and not any(counting)
    for (name, day), count in sorted(counts.items()):
        yield name, ClassDay(camera, day, **{what: count[what] for what in COUNTED})
