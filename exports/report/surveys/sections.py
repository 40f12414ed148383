"""Sections of a report on a survey in their order: sentences first, then numbers, then what they rest on. No Django."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from exports.report import wording
from exports.report.sections import KeyFigure, ReportPage, Section, address
from exports.report.surveys import charts, tables
from reid.cameras.days import LEFT_OUT
from reid.units import ACRES_OF_KM2
from reid.wording import Number, counted

if TYPE_CHECKING:
    from exports.report.surveys.numbers import SurveyNumbers
    from exports.requests.specs import ReportSpec

BASES: Final = {
    "reviewed": "by people and imports",
    "assigned": "under a proven threshold",
    "both": "by people, imports and proven thresholds",
}
CLASSES: Final = {"all": "all deer", "buck": "bucks", "doe": "does", "fawn": "fawns"}
NOT_JUDGED: Final = (
    "Nobody has judged a sample of this survey's captures, so nobody knows how many bear a wrong name, or none. "
    "A missed match makes two deer of one: numbers that take every name for right come out too high, and their intervals too narrow."
)
NO_PLACES: Final = "No camera has a place, so there is no map. Set latitude and longitude of the cameras, and make the survey again."
RATIOS: Final = "Counted in encounters, whether the animals have a name or not: wrong names change nothing here."
NOTES: Final = (
    "A capture is one deer on one occasion, however many photographs show it.",
    "Numbers and intervals without the word naive carry the errors of identification. Naive ones take every name for right.",
    "A dash stands where there is no number.",
)


def compose(numbers: SurveyNumbers, spec: ReportSpec) -> ReportPage:
    """The parts that `spec` asks for. Assumptions, errors of identification and methods stay in every report."""
    sections = [*_estimates(numbers), *_effort(numbers, spec), *_histories(numbers)]
    if not spec.include_tables:
        sections = [replace(section, table=None) for section in sections if section.chart]
    return ReportPage(
        title=spec.title,
        facts=_facts(numbers, spec),
        notice=numbers.refused,
        figures=_figures(numbers),
        insights=(),
        sections=(*sections, *_grounds(numbers)),
        deer=(),
        notes=_notes(numbers),
        lead=_lead(numbers) if spec.include_insights else (),
    )


def _lead(numbers: SurveyNumbers) -> tuple[str, ...]:
    """The sentences but for the refusal, which stands above them in every report."""
    return tuple(sentence for sentence in numbers.sentences if sentence != numbers.refused)


def _facts(numbers: SurveyNumbers, spec: ReportSpec) -> tuple[tuple[str, str], ...]:
    copy, (period,) = spec.survey, spec.periods
    area = numbers.habitat_km2
    return (
        ("Period", wording.days(period.start, period.end)),
        *(
            (("Survey", copy.name), ("Estimated on", wording.day(copy.estimated_at)))
            if copy
            else ()
        ),
        ("Occasions", f"{len(numbers.starts)} of {counted(numbers.occasion_days, 'day')}"),
        ("Names", BASES.get(numbers.basis, numbers.basis)),
        *((("Flank", f"{numbers.side} alone"),) if numbers.side else ()),
        *(
            (("Habitat", f"{area:,.2f} km2 ({area * ACRES_OF_KM2:,.0f} acres)"),)
            if area is not None
            else ()
        ),
    )


def _figures(numbers: SurveyNumbers) -> tuple[KeyFigure, ...]:
    classes = [
        counted(count, name)
        for name in ("buck", "doe", "fawn")
        if (count := sum(one.of == name for one in numbers.histories))
    ]
    lost = sum((one.last - one.first).days + 1 for row in numbers.cameras for one in row.left_out)
    guessed = sum(one.is_estimated for one in numbers.cameras)
    idle = sum(not one.days for one in numbers.cameras)
    return (
        KeyFigure(wording.count(numbers.deer), "deer told apart", wording.listed(classes)),
        KeyFigure(
            wording.count(numbers.captures),
            "captures",
            f"on {counted(len(numbers.starts), 'occasion')}",
        ),
        KeyFigure(
            wording.count(numbers.camera_days),
            "camera-days",
            f"of {counted(guessed, 'camera')} estimated" if guessed else "from deployments",
        ),
        KeyFigure(
            wording.count(len(numbers.cameras)),
            "cameras",
            f"{idle} of them never ran" if idle else "all of them ran",
        ),
        KeyFigure(wording.count(lost), "days left out", "see why below" if lost else ""),
        *(
            KeyFigure(
                wording.decimal(one.n), one.estimator, tables.ends(one, tables.interval_of(one))
            )
            for one in numbers.estimates
            if one.unit == tables.RATIO
        ),
    )


def _estimates(numbers: SurveyNumbers) -> list[Section]:
    sections = []
    for name, words in CLASSES.items():
        table = tables.of_class(numbers, name)
        why_not = tables.reasons(numbers, name)
        sections.append(
            Section(f"How many: {words}", table=table if table.rows else None, text=why_not)
        )
    return [*sections, Section("Sex and fawn ratios", table=tables.ratios(numbers), text=RATIOS)]


def _effort(numbers: SurveyNumbers, spec: ReportSpec) -> list[Section]:
    has_places = any(one.place for one in numbers.cameras)
    drawn = curve = ""
    if spec.include_charts:
        drawn = _drawing(charts.effort_map(numbers.cameras)) if has_places else ""
        curve = _drawing(charts.accumulation(numbers))
    longest = max((one.days for one in numbers.cameras), default=0)
    about = (
        f"A circle for each camera: its area is its camera-days, the largest {longest}; a cross never ran. "
        "Numbers are those of the table. North is up."
    )
    lost = [one.name for one in numbers.cameras if not one.place]
    if drawn and lost:
        about += f" Without a place: {wording.listed(lost)}."
    return [
        Section(
            "Effort: where the cameras stood",
            drawn,
            "Map: a circle for each camera, its area by its camera-days.",
            tables.effort(numbers),
            about if drawn else "" if has_places else NO_PLACES,
        ),
        Section(
            "New deer against effort",
            curve,
            "Line: different deer so far against camera-days so far.",
            tables.accumulation(numbers),
            "Where the line goes flat, few deer are left that no camera has seen.",
        ),
    ]


def _histories(numbers: SurveyNumbers) -> list[Section]:
    return (
        [Section("Capture histories", table=tables.histories(numbers))] if numbers.histories else []
    )


def _grounds(numbers: SurveyNumbers) -> list[Section]:
    """What the numbers rest on."""
    found = numbers.identification
    return [
        Section(
            "How often names are wrong",
            table=tables.identification(found) if found else None,
            text="" if found else NOT_JUDGED,
        ),
        Section("What the numbers take for granted", table=tables.assumptions(numbers)),
        Section("How the estimators work", table=tables.methods(numbers)),
    ]


def _notes(numbers: SurveyNumbers) -> tuple[str, ...]:
    count = numbers.left_out_captures
    if not count:
        return NOTES
    return (LEFT_OUT.format(count=Number(count)), *NOTES)


def _drawing(svg: str) -> str:
    return address("image/svg+xml", svg.encode())
