"""Insights of a report: plain sentences about a season. Pure; every number in them stands in the report's tables too.

A difference is only called one where chance alone would rarely make it (see `is_clear`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from exports.report import wording
from exports.report.counting.summary import RATE_DAYS, relative_change
from reid.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from exports.report.counting.summary import Bucket, PeriodSummary, SeasonSummary
    from exports.requests.specs import GroupBy

CLEAR: Final = 2.0  # standard errors
QUIET_DAYS: Final = 30
QUIET_NEEDS_DAYS: Final = 60


@dataclass(frozen=True, slots=True)
class Activity:
    """Sightings on watched days, the encounters they come from, and the camera-days behind them."""

    watched: int
    encounters: int
    camera_days: int

    @classmethod
    def of_buckets(cls, buckets: Iterable[Bucket]) -> Activity:
        buckets = list(buckets)
        return cls(
            sum(bucket.tally.watched for bucket in buckets),
            sum(bucket.tally.encounters for bucket in buckets),
            sum(bucket.effort.camera_days for bucket in buckets),
        )

    @property
    def rate(self) -> float | None:
        return RATE_DAYS * self.watched / self.camera_days if self.camera_days else None


def is_clear(before: Activity, after: Activity) -> bool:
    """Whether two rates differ by more than CLEAR standard errors.

    Given both counts together, each falls on one side or the other in proportion to effort (the exact
    conditional test of two Poisson rates, here by its normal approximation). Animals come in groups, so
    the variance is enlarged by the mean number of sightings an encounter.
    """
    total = before.watched + after.watched
    effort = before.camera_days + after.camera_days
    if not (total and before.camera_days and after.camera_days):
        return False
    share = after.camera_days / effort
    group = max(1.0, total / max(before.encounters + after.encounters, 1))
    error = math.sqrt(total * share * (1 - share) * group)
    return abs(after.watched - total * share) > CLEAR * error


def insights(summary: SeasonSummary) -> tuple[str, ...]:
    """What stands out; nothing where nothing was seen."""
    if len(summary.periods) > 1:
        return tuple(_compared(summary))
    (period,) = summary.periods
    if period.tally.sightings == 0:
        return ()
    sentences = (
        _peak(period, summary.group_by),
        _trend(period, summary.group_by),
        _hour(period),
        _sexes(period),
        _busiest_camera(period),
        _newcomers(period),
        _not_seen_since(period),
    )
    return tuple(sentence for sentence in sentences if sentence)


def _peak(period: PeriodSummary, group_by: GroupBy) -> str:
    """The bucket with most sightings, and the one with the highest rate where that is another."""
    if len(period.buckets) < 2:
        return ""
    most = max(bucket.tally.sightings for bucket in period.buckets)
    peaks = [bucket for bucket in period.buckets if bucket.tally.sightings == most]
    names = wording.listed([wording.bucket(bucket, group_by) for bucket in peaks], most=3)
    each = " each" if len(peaks) > 1 else ""
    text = (
        f"Most sightings fell in {names}: {wording.count(most)}{each} of "
        f"{wording.count(period.tally.sightings)}."
    )
    return text + _peak_of_rate(period, group_by, peaks)


def _peak_of_rate(period: PeriodSummary, group_by: GroupBy, known: list[Bucket]) -> str:
    """The buckets with the highest rate, as it is shown, where these are others than the `known` ones; a tie once."""
    rates = [
        (wording.decimal(bucket.rate, 1), bucket.rate, bucket)
        for bucket in period.buckets
        if bucket.rate is not None
    ]
    if not rates:
        return ""
    shown = max(rates, key=lambda item: item[1])[0]
    peaks = [bucket for text, _, bucket in rates if text == shown]
    if all(bucket in known for bucket in peaks):
        return ""
    names = wording.listed([wording.bucket(bucket, group_by) for bucket in peaks], most=3)
    if len(peaks) == 1:
        return f" For the time that cameras watched, the peak was {names} ({shown} per 100 camera-days)."
    return f" For the time that cameras watched, there are equal peaks: {names} ({shown} per 100 camera-days each)."


def _trend(period: PeriodSummary, group_by: GroupBy) -> str:
    """First half against second half, by whole buckets; a middle bucket belongs to neither."""
    half = len(period.buckets) // 2
    if half == 0:
        return ""
    before = Activity.of_buckets(period.buckets[:half])
    after = Activity.of_buckets(period.buckets[-half:])
    if before.rate is None or after.rate is None:
        return ""
    rates = (
        f"{wording.decimal(before.rate, 1)} per 100 camera-days in the first "
        f"{group_by.value if half == 1 else counted(half, group_by.value)}, {wording.decimal(after.rate, 1)} in the last"
    )
    if not is_clear(before, after):
        return f"No clear trend: {rates}."
    return f"Sightings {'rose' if after.rate > before.rate else 'fell'}: {rates}."


def _hour(period: PeriodSummary) -> str:
    most = max(period.hours)
    peaks = [hour for hour, number in enumerate(period.hours) if number == most]
    if len(peaks) > 1:
        return ""
    start = peaks[0]
    return (
        f"The busiest hour of the day was {start:02d}:00 to {start + 1:02d}:00, with "
        f"{counted(most, 'sighting')} ({wording.share(most, period.tally.sightings)})."
    )


def _sexes(period: PeriodSummary) -> str:
    tally = period.tally
    bucks, does = tally.of("buck").sightings, tally.of("doe").sightings
    if not bucks and not does:
        return ""
    if tally.bucks_per_doe is None:
        return f"{counted(bucks, 'buck sighting')} and no does: a ratio is not defined."
    text = (
        f"{wording.decimal(tally.bucks_per_doe)} bucks per doe by sightings "
        f"({wording.count(bucks)} to {wording.count(does)})"
    )
    if period.deer:
        known = (period.deer_of_sex("buck"), period.deer_of_sex("doe"))
        text += (
            f"; among the identified deer {counted(known[0], 'buck')} "
            f"and {counted(known[1], 'doe')}"
        )
        if unknown := period.deer_of_sex("unknown"):
            text += f", and {wording.count(unknown)} of unknown sex"
    return f"{text}."


def _busiest_camera(period: PeriodSummary) -> str:
    """The camera with the highest rate, where it clearly stands out from the others together."""
    rates = [(camera.rate, camera) for camera in period.cameras if camera.rate is not None]
    if not rates:
        return ""
    rate, camera = max(rates, key=lambda item: (item[0], item[1].name))
    own = Activity(camera.tally.watched, camera.tally.encounters, camera.effort.camera_days)
    whole = _activity(period)
    others = Activity(
        whole.watched - own.watched,
        whole.encounters - own.encounters,
        whole.camera_days - own.camera_days,
    )
    if not is_clear(others, own):
        return ""
    return (
        f"{camera.name} was the busiest camera for its time: {wording.decimal(rate, 1)} sightings "
        f"per 100 camera-days ({wording.count(camera.tally.watched)} in "
        f"{counted(camera.effort.camera_days, 'day')})."
    )


def _newcomers(period: PeriodSummary) -> str:
    names = [deer.name for deer in period.deer if deer.is_new]
    if not names:
        return ""
    verb = "was" if len(names) == 1 else "were"
    number = counted(len(names), "deer", "deer")
    return f"{number} {verb} sighted for the first time (new): {wording.listed(names)}."


def _not_seen_since(period: PeriodSummary) -> str:
    """Deer whose last sighting lies QUIET_DAYS and more before the end of a period long enough for it."""
    start, end = period.period.start, period.period.end
    if (end - start).days + 1 < QUIET_NEEDS_DAYS:
        return ""
    since = end - timedelta(days=QUIET_DAYS)
    quiet = [deer for deer in period.deer if deer.last.at.date() <= since and not deer.is_deceased]
    if not quiet:
        return ""
    quiet.sort(key=lambda deer: deer.last.at)
    names = [f"{deer.name} ({wording.day(deer.last.at.date())})" for deer in quiet]
    return (
        f"Not seen in the last {QUIET_DAYS} days of the period, with the day of the last sighting: "
        f"{wording.listed(names)}."
    )


def _compared(summary: SeasonSummary) -> list[str]:
    """Each later period against the earliest, in the order of time, corrected for effort."""
    base, *others = summary.in_order_of_time
    return [_against(base, other) for other in others]


def _against(base: PeriodSummary, other: PeriodSummary) -> str:
    names = (other.period.label, base.period.label)
    if base.rate is None or other.rate is None:
        without = names[1] if base.rate is None else names[0]
        return (
            f"{names[0]} and {names[1]} cannot be compared: no camera-days are known for {without}."
        )
    rates = (
        f"{wording.decimal(other.rate, 1)} sightings per 100 camera-days in {names[0]}, "
        f"{wording.decimal(base.rate, 1)} in {names[1]}"
    )
    before, after = _activity(base), _activity(other)
    if not is_clear(before, after):
        return f"No clear difference: {rates}."
    difference = relative_change(base.rate, other.rate)
    suffix = "" if difference is None else f" ({wording.change(difference)})"
    return f"{'More' if other.rate > base.rate else 'Fewer'}: {rates}{suffix}."


def _activity(period: PeriodSummary) -> Activity:
    return Activity(period.tally.watched, period.tally.encounters, period.effort.camera_days)
