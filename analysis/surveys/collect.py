"""Material of a survey, read from the store. It changes nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Count
from django.db.models.functions import TruncDate

from analysis.population.occasions import Sighted
from analysis.surveys.material import Basis, CameraEffort, ClassDay, LeftOut, Material
from reid.cameras import timeline
from reid.models import Camera, Deer, Detection
from reid.taxonomy import Classification

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.db.models import QuerySet

    from reid.cameras.timeline import Timeline

CLASSES: Final = (Classification.BUCK, Classification.DOE, Classification.FAWN)
SOURCES: Final = {
    Basis.REVIEWED: (Detection.IdentitySource.REVIEWED, Detection.IdentitySource.IMPORTED),
    Basis.ASSIGNED: (Detection.IdentitySource.AUTO, Detection.IdentitySource.CERTIFIED),
}
NO_SUCH_CAMERA: Final = "There is no camera {name}: give names as the list of cameras has them."
WRONG_WAY: Final = "The survey ends before it begins: {start} is after {end}."
GAP: Final = "no photograph for {days} days, and no outage is known"
OUTAGE: Final = "outage"


class SurveyProblem(ValueError):
    """A survey that cannot be made; the message says what to do."""


def collect(
    start: date, end: date, basis: Basis = Basis.BOTH, cameras: Sequence[str] = ()
) -> Material:
    """What the cameras saw from `start` to `end`, both included, in each camera's own days; all cameras where none is named.

    Raises SurveyProblem for an unknown camera or a period that ends before it begins.
    """
    if start > end:
        raise SurveyProblem(WRONG_WAY.format(start=start, end=end))
    chosen = _cameras(cameras)
    efforts, captures, photographs = [], [], Counter[tuple[str, str]]()
    classes: dict[str, list[ClassDay]] = {item.value: [] for item in CLASSES}
    for camera in chosen:
        line = timeline.timeline_of(camera)
        efforts.append(_effort(camera, line, start, end))
        of_camera = _of_days(camera, line, start, end)
        for deer, day, count in _identified(of_camera, basis):
            captures.append(Sighted(deer, camera.name, day))
            photographs[deer, camera.name] += count
        for name, item in _counted(of_camera, camera.name):
            classes[name].append(item)
    names = {item.deer for item in captures}
    sexes = dict(Deer.objects.filter(name__in=names).values_list("name", "sex"))
    return Material(start, end, efforts, captures, photographs, sexes, classes)


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
        day for first, last in spans for day in _days(max(first, start), min(last, end, line.today))
    }
    reasons = [(row.started_on, row.ended_on, row.reason or OUTAGE) for row in line.outages]
    reasons += [(gap.first, gap.last, GAP.format(days=gap.days)) for gap in line.gaps]
    left_out = [
        LeftOut(max(first, start), min(last, end), reason)
        for first, last, reason in reasons
        if any(day in stood for day in _days(max(first, start), min(last, end)))
    ]
    days = stood - {day for item in left_out for day in _days(item.first, item.last)}
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


def _of_days(camera: Camera, line: Timeline, start: date, end: date) -> QuerySet[Detection]:
    """Valid detections of the camera in the period, with their local `day`; photographs with a doubted time are left out."""
    day = TruncDate("image__captured_at", tzinfo=line.zone)
    rows = Detection.objects.filter(
        is_valid=True,
        image__camera=camera,
        image__captured_at__isnull=False,
        image__clock_problem="",
    )
    return rows.annotate(day=day).filter(day__gte=start, day__lte=end).order_by()


def _identified(rows: QuerySet[Detection], basis: Basis) -> Iterable[tuple[str, date, int]]:
    """Deer, day and photographs."""
    both = [source for sources in SOURCES.values() for source in sources]
    sources = both if basis is Basis.BOTH else SOURCES[basis]
    named: Any = rows.filter(deer__isnull=False, identity_source__in=sources)
    found: Iterable[tuple[str, date, int]] = named.values_list("deer__name", "day").annotate(
        n=Count("image", distinct=True)
    )
    return found


def _counted(rows: QuerySet[Detection], camera: str) -> Iterable[tuple[str, ClassDay]]:
    """Animals (sightings) and photographs of each class and day."""
    counted: Any = rows.filter(effective_class__in=[item.value for item in CLASSES])
    groups: dict[tuple[str, date], list[int]] = defaultdict(list)
    for name, day, animals, photographs in counted.values_list("effective_class", "day").annotate(
        animals=Count("sighting", distinct=True), photographs=Count("image", distinct=True)
    ):
        groups[name, day] = [animals, photographs]
    for (name, day), (animals, photographs) in groups.items():
        yield name, ClassDay(camera, day, animals, photographs)


def _days(first: date, last: date) -> Iterable[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)
