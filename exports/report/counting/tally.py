"""Arithmetic of a report: the numbers of a period from single detections. Pure.

A sighting belongs to the day, hour and bucket in which its encounter began, in local time. Days are
calendar dates, so a day of 23 or 25 hours is one day like any other.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exports.report.counting.days import Watch, effort, spans
from exports.report.counting.sightings import sightings
from exports.report.counting.summary import (
    Bucket,
    CameraActivity,
    ClassCount,
    DeerSeen,
    Effort,
    Moment,
    PeriodSummary,
    Quality,
    ReportCounts,
)
from reid.cameras.days import days_of
from reid.taxonomy import class_rank

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date
    from uuid import UUID

    from exports.report.counting.sightings import Observation, Sighted
    from exports.requests.specs import GroupBy, ReportPeriod


@dataclass(frozen=True, slots=True)
class DeerProfile:
    """A deer as its row says. `seen_before` the period; None where nothing is known from before."""

    name: str
    sex: str
    is_deceased: bool
    seen_before: bool | None


def tally(seen: Iterable[Sighted], watches: Mapping[UUID, Watch]) -> ReportCounts:
    """The counts of some sightings.

    Parameters
    ----------
    seen
        The sightings, in any order.
    watches
        The days on which each camera ran; it has every camera of `seen`.

    Returns
    -------
    ReportCounts
        Sightings by the class of the sighting; detections and confidences under the class of the detection.
    """
    seen = list(seen)
    by_sighting = Counter(item.classification for item in seen)
    watched = Counter(item.classification for item in seen if _is_watched(item, watches))
    confidences: defaultdict[str, list[float]] = defaultdict(list)
    for item in seen:
        for observation in item.observations:
            confidences[observation.classification].append(observation.confidence)
    counts = []
    for name in sorted({*by_sighting, *confidences}, key=class_rank):
        of_class = confidences[name]
        mean = sum(of_class) / len(of_class) if of_class else None
        counts.append(ClassCount(name, by_sighting[name], watched[name], len(of_class), mean))
    deer = {one for item in seen for one in item.deer}
    return ReportCounts(tuple(counts), len(deer), len({item.encounter for item in seen}))


def _is_watched(item: Sighted, watches: Mapping[UUID, Watch]) -> bool:
    return item.camera is not None and item.began_at.date() in watches[item.camera].days


def summarise_period(
    period: ReportPeriod,
    group_by: GroupBy,
    observations: Iterable[Observation],
    *,
    watches: Mapping[UUID, Watch],
    profiles: Mapping[UUID, DeerProfile],
    invalid_left_out: int,
    untimed_images: int,
) -> PeriodSummary:
    """All numbers of a period.

    A camera that ran and saw nothing is counted with zero, and so is an empty bucket.

    Parameters
    ----------
    period, group_by
        The local days of the period, and the unit of its buckets.
    observations
        Detections whose sighting began in the period.
    watches
        The days on which each camera of the report ran.
    profiles
        The deer of the observations.
    invalid_left_out
        Detections of the period that are marked invalid, and so are not among the observations.
    untimed_images
        Photographs whose moment is unknown, of any period.

    Returns
    -------
    PeriodSummary
        Counts in sightings, detections and deer; effort in camera-days.
    """
    seen = sightings(observations)
    return PeriodSummary(
        period=period,
        tally=tally(seen, watches),
        effort=effort(watches.values()),
        buckets=_buckets(period, group_by, seen, watches),
        hours=_hours(seen),
        cameras=_cameras(seen, watches),
        deer=_deer(seen, watches, profiles),
        quality=_quality(seen, watches, invalid_left_out, untimed_images),
    )


def _buckets(
    period: ReportPeriod, group_by: GroupBy, seen: list[Sighted], watches: Mapping[UUID, Watch]
) -> tuple[Bucket, ...]:
    ends = spans(period, group_by)
    bucket_of = {day: start for start, end in ends for day in days_of(start, end)}
    by_bucket: defaultdict[date, list[Sighted]] = defaultdict(list)
    for item in seen:
        by_bucket[bucket_of[item.began_at.date()]].append(item)
    # One pass over the days: asking each watch for each of 366 buckets would be quadratic.
    days = Counter(bucket_of[day] for watch in watches.values() for day in watch.days)
    guessed = {
        bucket_of[day] for watch in watches.values() if watch.estimated for day in watch.days
    }
    return tuple(
        Bucket(start, end, tally(by_bucket[start], watches), Effort(days[start], start in guessed))
        for start, end in ends
    )


def _hours(seen: list[Sighted]) -> tuple[int, ...]:
    by_hour = Counter(item.began_at.hour for item in seen)
    return tuple(by_hour[hour] for hour in range(24))


def _cameras(seen: list[Sighted], watches: Mapping[UUID, Watch]) -> tuple[CameraActivity, ...]:
    by_camera: defaultdict[UUID | None, list[Sighted]] = defaultdict(list)
    for item in seen:
        by_camera[item.camera].append(item)
    rows = [
        CameraActivity(watch.name, tally(by_camera[key], watches), effort([watch]))
        for key, watch in watches.items()
        if watch.days or by_camera[key]
    ]
    if None in by_camera:
        rows.append(CameraActivity("", tally(by_camera[None], watches), Effort(0, estimated=False)))
    return tuple(sorted(rows, key=lambda item: (-item.tally.sightings, item.name)))


def _deer(
    seen: list[Sighted], watches: Mapping[UUID, Watch], profiles: Mapping[UUID, DeerProfile]
) -> tuple[DeerSeen, ...]:
    by_deer: defaultdict[UUID, list[Sighted]] = defaultdict(list)
    for item in seen:
        for key in item.deer:
            by_deer[key].append(item)

    def moment(row: Observation) -> Moment:
        """Of its own photograph: the encounter may have begun a minute before, with another deer."""
        camera = watches[row.camera].name if row.camera else ""
        return Moment(row.captured_at or row.began_at, camera)

    rows = []
    for key, its in by_deer.items():
        profile = profiles[key]
        own = [row for item in its for row in item.observations if row.deer == key]
        own.sort(key=lambda row: (row.captured_at or row.began_at, row.detection))
        best = max(own, key=lambda row: (row.confidence, row.detection))
        rows.append(
            DeerSeen(
                deer_id=key,
                name=profile.name,
                sex=profile.sex,
                is_deceased=profile.is_deceased,
                sightings=len(its),
                first=moment(own[0]),
                last=moment(own[-1]),
                portrait=best.detection,
                is_new=None if profile.seen_before is None else not profile.seen_before,
            )
        )
    return tuple(sorted(rows, key=lambda item: (-item.sightings, item.name)))


def _quality(
    seen: list[Sighted], watches: Mapping[UUID, Watch], invalid: int, untimed: int
) -> Quality:
    rows = [row for item in seen for row in item.observations]
    active = [watch for watch in watches.values() if watch.days]
    return Quality(
        counted=len(rows),
        unreviewed=sum(not row.is_reviewed for row in rows),
        identified_by_machine=sum(row.is_machine_identity for row in rows),
        invalid_left_out=invalid,
        untimed_images=untimed,
        sightings_outside_effort=sum(not _is_watched(item, watches) for item in seen),
        estimated_cameras=sum(watch.estimated for watch in active),
        cameras=len(active),
        certified=sum(row.is_certified for row in rows),
    )
