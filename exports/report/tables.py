"""Tables of a report: text cells from a SeasonSummary. Pure; the template only draws them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from exports.report import wording
from exports.report.counting.summary import relative_change

if TYPE_CHECKING:
    from collections.abc import Callable

    from exports.report.counting.summary import PeriodSummary, ReportCounts, SeasonSummary

SHORT: Final = 16
SHORT_WORDED: Final = 8
"""Rows with words may be several lines high."""
LONG: Final = 60
FEW_COLUMNS: Final = 6
NUMBER, WORDS, MARKS = "number", "words", "marks"
"""Styles of columns: numbers stand right, words left, marks one below the other."""
Cells = tuple[tuple[str, str], ...]
"""Cells of a row, each with its style."""


@dataclass(frozen=True, slots=True)
class Table:
    """Cells as they are shown; the first of each row is its heading. `total` may be empty.

    `styles` names of each column what is in it: NUMBER, WORDS or MARKS. Without them all but the first are numbers.
    """

    note: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()

    @property
    def headings(self) -> Cells:
        return self._styled(self.head)

    @property
    def lines(self) -> tuple[Cells, ...]:
        return tuple(map(self._styled, self.rows))

    @property
    def sums(self) -> Cells:
        return self._styled(self.total)

    def _styled(self, cells: tuple[str, ...]) -> Cells:
        """Each cell with the style of its column."""
        styles = self.styles or (WORDS, *(NUMBER for _ in self.head[1:]))
        return tuple(zip(cells, styles, strict=False))

    @property
    def look(self) -> str:
        """Style names: `short` stays on one page, `dense` saves pages, `few` has room for headings, `worded` for words."""
        short = SHORT_WORDED if self.styles else SHORT
        length = "short" if len(self.rows) <= short else "dense" if len(self.rows) > LONG else ""
        few = "few" if len(self.head) <= FEW_COLUMNS else ""
        return f"{length} {'worded' if self.styles else few}".strip()


def by_class(summary: SeasonSummary, period: PeriodSummary) -> Table:
    """Sightings, detections and the detector's confidence of each class."""
    tally = period.tally
    rows = tuple(_class_row(tally, name) for name in summary.classes)
    return Table(
        note="A sighting is one animal in one encounter, a detection one animal on one photograph. "
        "Rate: sightings per 100 camera-days.",
        head=(
            "Class",
            "Sightings",
            "Share",
            "Rate",
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


def _class_row(tally: ReportCounts, name: str) -> tuple[str, ...]:
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

    def cells(tally: ReportCounts) -> tuple[str, ...]:
        return (
            *(wording.count(tally.of(name).sightings) for name in classes),
            wording.count(tally.sightings),
            wording.count(tally.deer),
        )

    return Table(
        note=(
            "Class columns and All count sightings, Deer identified individuals. Rate: sightings per 100 "
            "camera-days (~ estimated). Confidence: the detector's mean over detections."
        ),
        head=(
            summary.group_by.value.capitalize(),
            *(wording.class_name(name) for name in classes),
            "All",
            "Deer",
            "Camera-days",
            "Rate",
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
        note=(
            "Rate: sightings per 100 camera-days (~ estimated), of the days on which the camera is "
            "known to have run."
        ),
        head=(
            "Camera",
            "Sightings",
            "Deer",
            "Encounters",
            "Camera-days",
            "Rate",
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
    """The periods of a comparison as columns; rates bear their change against the earliest period."""
    base = summary.in_order_of_time[0]

    def row(label: str, value: Callable[[PeriodSummary], str]) -> tuple[str, ...]:
        return (label, *map(value, summary.periods))

    def rate(label: str, value: Callable[[PeriodSummary], float | None]) -> tuple[str, ...]:
        def cell(period: PeriodSummary) -> str:
            text = wording.decimal(value(period), 1)
            change = relative_change(value(base), value(period))
            has_change = period is not base and change is not None
            return f"{text} ({wording.change(change)})" if has_change else text

        return row(f"{label} per 100 camera-days", cell)

    def class_rate(name: str) -> tuple[str, ...]:
        return rate(wording.class_name(name), lambda period: period.class_rate(name))

    return Table(
        note=(
            f"In brackets: the change against {base.period.label}, where it is defined, and of rates "
            "only, since the same number of sightings means less where cameras watched longer."
        ),
        head=("Count", *(period.period.label for period in summary.periods)),
        rows=(
            row("Camera-days", lambda one: wording.camera_days(one.effort)),
            row("Deer identified", lambda one: wording.count(one.tally.deer)),
            row("Sightings", lambda one: wording.count(one.tally.sightings)),
            row("Encounters", lambda one: wording.count(one.tally.encounters)),
            row("Detections", lambda one: wording.count(one.tally.detections)),
            row("Mean detector confidence", lambda one: wording.decimal(one.tally.mean_confidence)),
            row("Bucks per doe", lambda one: wording.decimal(one.tally.bucks_per_doe)),
            row("Fawns per doe", lambda one: wording.decimal(one.tally.fawns_per_doe)),
            rate("Sightings", lambda one: one.rate),
            *map(class_rate, summary.classes),
        ),
    )


def deer_by_period(summary: SeasonSummary) -> Table:
    """Sightings of each identified deer in each period of a comparison, most often seen first."""
    deer = {one.deer_id: one for period in summary.periods for one in period.deer}
    seen = [{one.deer_id: one.sightings for one in period.deer} for period in summary.periods]
    order = sorted(
        deer, key=lambda key: (-sum(counts.get(key, 0) for counts in seen), deer[key].name)
    )
    return Table(
        note="Sightings of each identified deer in each period.",
        head=("Deer", *(period.period.label for period in summary.periods)),
        rows=tuple(
            (
                f"{deer[key].name} ({deer[key].sex})",
                *(wording.count(counts.get(key, 0)) for counts in seen),
            )
            for key in order
        ),
    )
