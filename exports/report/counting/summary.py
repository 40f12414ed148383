"""Data model of a report: its numbers as frozen dataclasses that know nothing of databases or pages.

Counts are of sightings (one animal in one encounter) and of deer (identified individuals); detections
are counted where they are named. Photographs are never counted as animals. A rate is sightings for
each 100 camera-days. What is undefined (a ratio to no does, a rate without effort) is None.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reid.taxonomy import CLASS_ORDER, class_rank

if TYPE_CHECKING:
    from datetime import date, datetime
    from uuid import UUID

    from exports.requests.specs import GroupBy, ReportPeriod

RATE_DAYS: Final = 100


def ratio(part: int, whole: int) -> float | None:
    """part / whole, and None where there is no whole.

    Examples
    --------
    >>> ratio(3, 4), ratio(3, 0)
    (0.75, None)
    """
    return part / whole if whole else None


def relative_change(before: float | None, after: float | None) -> float | None:
    """(after - before) / before; None where either is unknown or there is nothing to compare with.

    Examples
    --------
    >>> relative_change(2.0, 3.0), relative_change(0.0, 3.0), relative_change(None, 3.0)
    (0.5, None, None)
    """
    if before is None or after is None or before == 0:
        return None
    return (after - before) / before


@dataclass(frozen=True, slots=True)
class ClassCount:
    """Sightings and detections of one class.

    `watched` are the sightings made on days on which the camera is known to have run: rates count no
    others. `mean_confidence` is the detector's, over detections.
    """

    classification: str
    sightings: int
    watched: int
    detections: int
    mean_confidence: float | None


@dataclass(frozen=True, slots=True)
class ReportCounts:
    """The counts of some stretch of time or place; `deer` counts identified individuals."""

    by_class: tuple[ClassCount, ...]
    deer: int
    encounters: int

    def of(self, classification: str) -> ClassCount:
        """The count of `classification`, zero where it was not seen."""
        none = ClassCount(classification, 0, 0, 0, None)
        return next((item for item in self.by_class if item.classification == classification), none)

    @property
    def sightings(self) -> int:
        return sum(item.sightings for item in self.by_class)

    @property
    def watched(self) -> int:
        return sum(item.watched for item in self.by_class)

    @property
    def detections(self) -> int:
        return sum(item.detections for item in self.by_class)

    @property
    def mean_confidence(self) -> float | None:
        """The detector's confidence over all detections, each weighing the same."""
        weighted = sum((item.mean_confidence or 0.0) * item.detections for item in self.by_class)
        return weighted / self.detections if self.detections else None

    @property
    def bucks_per_doe(self) -> float | None:
        return ratio(self.of("buck").sightings, self.of("doe").sightings)

    @property
    def fawns_per_doe(self) -> float | None:
        return ratio(self.of("fawn").sightings, self.of("doe").sightings)


@dataclass(frozen=True, slots=True)
class Effort:
    """How long cameras watched. `estimated` where a camera's days come from its photographs."""

    camera_days: int
    estimated: bool

    def rate(self, watched: int) -> float | None:
        """Sightings for each 100 camera-days; None without effort."""
        return RATE_DAYS * watched / self.camera_days if self.camera_days else None


@dataclass(frozen=True, slots=True)
class Bucket:
    """A day, week or month of the period, clipped to it; both days inclusive."""

    start: date
    end: date
    tally: ReportCounts
    effort: Effort

    @property
    def rate(self) -> float | None:
        return self.effort.rate(self.tally.watched)


@dataclass(frozen=True, slots=True)
class CameraActivity:
    """One camera, or the photographs that name none (`name` is empty, no effort)."""

    name: str
    tally: ReportCounts
    effort: Effort

    @property
    def rate(self) -> float | None:
        return self.effort.rate(self.tally.watched)


@dataclass(frozen=True, slots=True)
class Moment:
    """When, in local time, and at which camera (empty where unknown)."""

    at: datetime
    camera: str


@dataclass(frozen=True, slots=True)
class DeerSeen:
    """An identified deer of the period. `portrait` is the detection to show of it.

    `is_new`: never sighted before the period; None where nothing at all is known from before it.
    """

    deer_id: UUID
    name: str
    sex: str
    is_deceased: bool
    sightings: int
    first: Moment
    last: Moment
    portrait: UUID
    is_new: bool | None


@dataclass(frozen=True, slots=True)
class Quality:
    """What a reader must know about the data. Counts are of detections where nothing else is said."""

    counted: int
    unreviewed: int
    identified_by_machine: int
    invalid_left_out: int
    untimed_images: int
    sightings_outside_effort: int
    estimated_cameras: int
    cameras: int
    certified: int = 0


@dataclass(frozen=True, slots=True)
class PeriodSummary:
    """Everything about one period. `hours` has 24 counts of sightings by the local hour they began."""

    period: ReportPeriod
    tally: ReportCounts
    effort: Effort
    buckets: tuple[Bucket, ...]
    hours: tuple[int, ...]
    cameras: tuple[CameraActivity, ...]
    deer: tuple[DeerSeen, ...]
    quality: Quality

    @property
    def rate(self) -> float | None:
        return self.effort.rate(self.tally.watched)

    def class_rate(self, classification: str) -> float | None:
        return self.effort.rate(self.tally.of(classification).watched)

    def deer_of_sex(self, sex: str) -> int:
        return sum(deer.sex == sex for deer in self.deer)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the report was restricted to, as names; empty means no restriction."""

    classifications: tuple[str, ...]
    cameras: tuple[str, ...]
    deer: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SeasonSummary:
    """A whole report: one period, or the two to five of a comparison, in the order asked for.

    `left_for_review` is the sentence on the sightings that the threshold in force never assigns; empty where it may
    assign all.
    """

    periods: tuple[PeriodSummary, ...]
    group_by: GroupBy
    time_zone: str
    filters: Filters
    left_for_review: str = ""

    @property
    def in_order_of_time(self) -> tuple[PeriodSummary, ...]:
        """The earliest first: what changed is said forwards, however the periods were entered."""
        return tuple(sorted(self.periods, key=lambda one: (one.period.start, one.period.end)))

    @property
    def is_empty(self) -> bool:
        return all(period.tally.sightings == 0 for period in self.periods)

    @property
    def classes(self) -> tuple[str, ...]:
        """Classes to show: the deer classes that the filters let through, and any others seen."""
        chosen = self.filters.classifications
        seen = {
            item.classification
            for period in self.periods
            for item in period.tally.by_class
            if item.detections
        }
        shown = seen | set(chosen or CLASS_ORDER)
        return tuple(sorted(shown, key=class_rank))
