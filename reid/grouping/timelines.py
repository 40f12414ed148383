"""Timelines of cameras: the images that an import touched, and the encounters they and their neighbours form.

A timeline is what one clock saw: a camera's images or, without a camera, one folder's. A touched day only
says where to look: the stretch is widened until it is bounded by gaps, so midnight cuts nothing, and no video. Images
without a time are looked at by collection, the first part of their path.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django.conf import settings
from django.db.models import Exists, Max, Min, OuterRef, Q

from reid.grouping.encounters import encounters, linked
from reid.models import Detection, Image

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from uuid import UUID

    from django.db.models import QuerySet

PAGE: Final = 500
"""Images read at a time."""


class Timeline(NamedTuple):
    camera: UUID | None
    folder: str  # "" where there is a camera


class Untimed(NamedTuple):
    camera: UUID | None
    collection: str


class PlannedFrame(NamedTuple):
    image: UUID
    encounter: UUID | None


class Plan(NamedTuple):
    """An encounter as it should be."""

    camera: UUID | None
    started_at: datetime | None
    ended_at: datetime | None
    frames: list[PlannedFrame]


@dataclass(slots=True)
class TouchedTimelines:
    """Parts of timelines to be grouped again: days of timelines (UTC dates will do), and untimed collections."""

    days: defaultdict[Timeline, set[date]] = field(default_factory=lambda: defaultdict(set))
    untimed: set[Untimed] = field(default_factory=set)

    def add(self, camera: UUID | None, path: str, captured_at: datetime | None) -> None:
        if captured_at is None:
            self.untimed.add(Untimed(camera, collection_of(path)))
        else:
            folder = "" if camera else folder_of(path)
            self.days[Timeline(camera, folder)].add(captured_at.astimezone(UTC).date())


def folder_of(path: str) -> str:
    return PurePosixPath(path).parent.as_posix()


def collection_of(path: str) -> str:
    head, slash, _ = path.partition("/")
    return head if slash else "."


def runs(days: Iterable[date]) -> Iterator[tuple[date, date]]:
    """Stretches of consecutive days, first and last inclusive."""
    ordered = sorted(days)
    first = ordered[0]
    for day, following in zip(ordered, [*ordered[1:], None], strict=True):
        if following is None or following - day > timedelta(days=1):
            yield first, day
            first = following or day


def _shown(camera: UUID | None) -> QuerySet[Image]:
    """Images of a camera, or of none, on which something was detected: the rest meet nobody."""
    detected = Detection.objects.filter(image=OuterRef("pk"))
    return Image.objects.filter(Exists(detected), camera=camera).order_by()


def timed(timeline: Timeline, first: date, last: date) -> Iterator[Plan]:
    """The encounters of the stretch from `first` to `last`, widened to the gaps around it."""
    images = _shown(timeline.camera).filter(captured_at__isnull=False)
    if timeline.camera is None and timeline.folder != ".":
        images = images.filter(path__below=timeline.folder)
    start = datetime(first.year, first.month, first.day, tzinfo=UTC)
    end = datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=1)
    bounds = images.filter(captured_at__gte=start, captured_at__lt=end).aggregate(
        start=Min("captured_at"), end=Max("captured_at")
    )
    start, end = bounds["start"], bounds["end"]
    if start is None:  # the last images of these days got another time or camera
        return
    while before := _before(images, start, end):
        start = before
    while after := _after(images, start, end):
        end = after
    for group in encounters(
        _frames(images.filter(captured_at__lte=end), timeline, start),
        gap=settings.REID_ENCOUNTER_GAP,
        longest=settings.REID_ENCOUNTER_MAX,
    ):
        yield Plan(timeline.camera, group[0][0], group[-1][0], [frame for _, frame in group])


def _before(images: QuerySet[Image], start: datetime, end: datetime) -> datetime | None:
    """The first of the images that come before the stretch and belong to it: near its start, or of a video that is in it."""
    earlier = images.filter(captured_at__lt=start)
    near = earlier.filter(captured_at__gte=start - _gap())
    of_videos = earlier.filter(video__in=_videos(images, start, end))
    first = Min("captured_at")
    edge: datetime | None = near.aggregate(edge=first)["edge"]
    return edge or of_videos.aggregate(edge=first)["edge"]


def _after(images: QuerySet[Image], start: datetime, end: datetime) -> datetime | None:
    """The last of the images that come after the stretch and belong to it."""
    later = images.filter(captured_at__gt=end)
    near = later.filter(captured_at__lte=end + _gap())
    of_videos = later.filter(video__in=_videos(images, start, end))
    last = Max("captured_at")
    edge: datetime | None = near.aggregate(edge=last)["edge"]
    return edge or of_videos.aggregate(edge=last)["edge"]


def _gap() -> timedelta:
    return timedelta(seconds=settings.REID_ENCOUNTER_GAP)


def _videos(images: QuerySet[Image], start: datetime, end: datetime) -> QuerySet[Image, Any]:
    """The videos of which images of the stretch are frames."""
    frames = images.filter(video__isnull=False, captured_at__gte=start, captured_at__lte=end)
    return frames.values("video")


def _frames(
    images: QuerySet[Image], timeline: Timeline, start: datetime
) -> Iterator[tuple[datetime, datetime, PlannedFrame]]:
    """Frames in order of time, from `start`, each with the end of its video, in pages by key: rows are written between the pages."""
    page = Q(captured_at__gte=start)
    ends: dict[UUID, datetime] = {}
    while rows := list(
        images.filter(page)
        .order_by("captured_at", "pk")
        .values_list("captured_at", "pk", "encounter", "path", "video")[:PAGE]
    ):
        if videos := {row[4] for row in rows if row[4]} - ends.keys():
            of_videos = images.filter(video__in=videos).values_list("video")
            ends |= dict(of_videos.annotate(end=Max("captured_at")))
        for captured_at, image, encounter, path, video in rows:
            # The database also gave what lies in folders of this one.
            if captured_at and (timeline.camera or folder_of(path) == timeline.folder):
                end = ends[video] if video else captured_at
                yield captured_at, end, PlannedFrame(image, encounter)
        captured_at, image = rows[-1][:2]
        page = Q(captured_at__gt=captured_at) | Q(captured_at=captured_at, pk__gt=image)


def by_name(untimed: Untimed, labels: Mapping[UUID, str]) -> Iterator[Plan]:
    """The encounters of a collection's images without a time: by named sighting or video, else by folder.

    Holds the collection's untimed images at once, about half a kilobyte each.
    """
    images = _shown(untimed.camera).filter(captured_at__isnull=True)
    if untimed.collection != ".":
        images = images.filter(path__below=untimed.collection)
    names: defaultdict[UUID, list[str]] = defaultdict(list)
    frames = {}
    rows = images.order_by("path").values_list("pk", "path", "encounter", "video")
    for image, path, encounter, video in rows:
        if collection_of(path) == untimed.collection:
            frames[image] = (path, PlannedFrame(image, encounter))
            if video:
                names[image].append(f"video {video}")
    for detection, image, label in Detection.objects.filter(
        image__in=images.values("pk")
    ).values_list("pk", "image", "sighting__label"):
        if image in frames and (name := labels.get(detection, label)):
            names[image].append(name)
    label_of = linked(
        (image, sorted(image_labels)) for image, image_labels in sorted(names.items())
    )
    groups: defaultdict[tuple[bool, str], list[PlannedFrame]] = defaultdict(list)
    for image, (path, frame) in frames.items():
        groups[(image in label_of, label_of.get(image) or folder_of(path))].append(frame)
    for group in groups.values():
        yield Plan(untimed.camera, None, None, group)
