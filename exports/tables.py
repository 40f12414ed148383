"""The report's tables as text cells: SeasonSummary in, Table out. Pure; the template only draws them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from exports import wording
from exports.season import relative_change

if TYPE_CHECKING:
    from collections.abc import Callable

    from exports.season import PeriodSummary, SeasonSummary, Tally

SHORT: Final = 14


@dataclass(frozen=True, slots=True)
class Table:
    """Cells as they are shown; the first of each row is its heading. `total` may be empty."""

    note: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...] = ()

    @property
    def is_short(self) -> bool:
        """Whether it should stay on one page."""
        return len(self.rows) <= SHORT


def by_class(summary: SeasonSummary, period: PeriodSummary) -> Table:
    """Sightings, detections and the detector's confidence of each class."""
    tally = period.tally
    rows = tuple(_class_row(tally, name) for name in summary.classes)
    return Table(
        note="A sighting is one animal in one encounter; a detection is one animal on one photograph.",
        head=(
            "Class",
            "Sightings",
            "Share",
            "Per 100 camera-days",
            "Detections",
            "Mean detector confidence",
        ),
        rows=tuple(
            (*row[:3], wording.decimal(period.class_rate(name), 1), *row[3:])
            for name, row in zip(summary.classes, rows, strict=True)
        ),
        total=(
            "All",
            wording.count(tally.sightings),
            wording.share(tally.sightings, tally.sightings),
            wording.decimal(period.rate, 1),
            wording.count(tally.detections),
            wording.decimal(tally.mean_confidence),
        ),
    )


def _class_row(tally: Tally, name: str) -> tuple[str, ...]:
    count = tally.of(name)
    return (
        wording.class_name(name),
        wording.count(count.sightings),
        wording.share(count.sightings, tally.sightings),
        wording.count(count.detections),
        wording.decimal(count.mean_confidence),
    )


def by_bucket(summary: SeasonSummary, period: PeriodSummary) -> Table:
    """A row a day, week or month: sightings by class, deer, effort, rate, detector confidence."""
    classes = summary.classes

    def cells(tally: Tally) -> tuple[str, ...]:
        return (
            *(wording.count(tally.of(name).sightings) for name in classes),
            wording.count(tally.sightings),
            wording.count(tally.deer),
        )

    return Table(
        note=(
            "Class columns and All count sightings; Deer counts identified individuals; "
            "Confidence is the detector's mean over detections."
        ),
        head=(
            summary.group_by.value.capitalize(),
            *(wording.class_name(name) for name in classes),
            "All",
            "Deer",
            "Camera-days",
            "Per 100 camera-days",
            "Confidence",
        ),
        rows=tuple(
            (
                wording.bucket(bucket, summary.group_by),
                *cells(bucket.tally),
                wording.camera_days(bucket.effort),
                wording.decimal(bucket.rate, 1),
                wording.decimal(bucket.tally.mean_confidence),
            )
            for bucket in period.buckets
        ),
        total=(
            "Whole period",
            *cells(period.tally),
            wording.camera_days(period.effort),
            wording.decimal(period.rate, 1),
            wording.decimal(period.tally.mean_confidence),
        ),
    )


def by_camera(period: PeriodSummary) -> Table:
    """A row a camera that ran or saw something."""
    return Table(
        note="A rate counts the sightings of days on which the camera is known to have run.",
        head=(
            "Camera",
            "Sightings",
            "Deer",
            "Encounters",
            "Camera-days",
            "Per 100 camera-days",
        ),
        rows=tuple(
            (
                camera.name or "No camera named",
                wording.count(camera.tally.sightings),
                wording.count(camera.tally.deer),
                wording.count(camera.tally.encounters),
                wording.camera_days(camera.effort),
                wording.decimal(camera.rate, 1),
            )
            for camera in period.cameras
        ),
    )


def side_by_side(summary: SeasonSummary) -> Table:
    """The periods of a comparison as columns, and each later one's change against the first."""
    base, *others = summary.periods

    def row(label: str, value: Callable[[PeriodSummary], str]) -> tuple[str, ...]:
        return (label, *map(value, summary.periods), *("" for _ in others))

    def rate(label: str, value: Callable[[PeriodSummary], float | None]) -> tuple[str, ...]:
        first = value(base)
        return (
            label,
            *(wording.decimal(value(period), 1) for period in summary.periods),
            *(wording.change(relative_change(first, value(period))) for period in others),
        )

    def class_rate(name: str) -> tuple[str, ...]:
        label = f"{wording.class_name(name)} per 100 camera-days"
        return rate(label, lambda period: period.class_rate(name))

    return Table(
        note=(
            f"Changes are against {base.period.label}, and of rates only: "
            "the same number of sightings means less where cameras watched longer."
        ),
        head=(
            "",
            *(period.period.label for period in summary.periods),
            *(f"Change, {period.period.label}" for period in others),
        ),
        rows=(
            row("Days", lambda one: wording.days(one.period.start, one.period.end)),
            row("Camera-days", lambda one: wording.camera_days(one.effort)),
            row("Deer identified", lambda one: wording.count(one.tally.deer)),
            row("Sightings", lambda one: wording.count(one.tally.sightings)),
            row("Encounters", lambda one: wording.count(one.tally.encounters)),
            row("Detections", lambda one: wording.count(one.tally.detections)),
            row("Mean detector confidence", lambda one: wording.decimal(one.tally.mean_confidence)),
            row("Bucks per doe", lambda one: wording.decimal(one.tally.bucks_per_doe)),
            row("Fawns per doe", lambda one: wording.decimal(one.tally.fawns_per_doe)),
            rate("Sightings per 100 camera-days", lambda one: one.rate),
            *map(class_rate, summary.classes),
        ),
    )


def deer_by_period(summary: SeasonSummary) -> Table:
    """Sightings of each identified deer in each period of a comparison, most often seen first."""
    names = {deer.deer_id: deer for period in summary.periods for deer in period.deer}
    seen = [{deer.deer_id: deer.sightings for deer in period.deer} for period in summary.periods]
    order = sorted(
        names, key=lambda key: (-sum(counts.get(key, 0) for counts in seen), names[key].name)
    )
    return Table(
        note="Sightings of each identified deer.",
        head=("Deer", "Sex", *(period.period.label for period in summary.periods)),
        rows=tuple(
            (
                names[key].name,
                names[key].sex,
                *(wording.count(counts.get(key, 0)) for counts in seen),
            )
            for key in order
        ),
    )
