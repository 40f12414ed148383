"""Threshold report of an assessed scorer, ready for any of its formats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from analysis.recommendation.assess import rates_of
from analysis.recommendation.document import recommendation_document
from analysis.reports.figures.threshold_figures import ComparedThreshold, Rate
from analysis.reports.threshold_formats import ThresholdReport
from analysis.reports.threshold_table import what_if
from analysis.score_log.facts import CapturePeriod
from analysis.score_log.histograms import score_histograms
from analysis.score_log.session import NOTHING_LOGGED, AnalysisError
from analysis.score_log.sighting_log import read_log
from reid.units import as_score

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.recommendation.assess import Assessment
    from analysis.score_log.error_rates import ErrorRates
    from analysis.score_log.sighting_log import SightingLog
    from analysis.stats.intervals import Share

DEFAULT_THRESHOLDS: Final = "0.70,0.65,0.60,0.55"


def within(assessment: Assessment, period: CapturePeriod | None) -> tuple[SightingLog, ErrorRates]:
    """The log and its error rates in a period; of the whole store where there is none."""
    if period in (None, CapturePeriod()):
        return assessment.log, assessment.rates
    log = read_log(assessment.store.scorer, period)
    return log, rates_of(log)


def compared(report: ThresholdReport) -> list[ComparedThreshold]:
    """The thresholds of a report for a figure, lowest first."""
    active = report.active.threshold
    return [
        ComparedThreshold(
            label=as_score(row.threshold),
            assigned=row.assigned,
            fpir=_rate(row.errors["fpir"]),
            fdp=_rate(row.errors["fdp"]),
            is_active=row.threshold == active,
        )
        for row in sorted(report.rows, key=lambda row: row.threshold)
    ]


def _rate(share: Share | None) -> Rate | None:
    return None if share is None else Rate(share.estimate, share.low, share.high)


def build_report(
    assessment: Assessment, thresholds: Sequence[int], period: CapturePeriod | None = None
) -> ThresholdReport:
    """The figures, from the log. Raises AnalysisError where there is no score.

    A period narrows the table; the recommendation always rests on the whole store. Where strangers are bounded in one
    stratum alone, the rows are about its sightings, which are those that such a threshold would assign.
    """
    scorer, space = assessment.store.scorer, assessment.store.scorer.space
    situation, active = assessment.recommendation.situation, assessment.active
    log, _ = within(assessment, period)
    sightings = score_histograms(log, situation.stratum)
    if not sightings.eligible:
        raise AnalysisError(NOTHING_LOGGED)
    (at_active,) = what_if(
        sightings.eligible,
        score_histograms(log, active.only).best,
        rates_of(log, active.only),
        [active.units],
        active.units,
        situation.fdp_forecast if active.only is situation.stratum else lambda _: None,
    )
    rows = what_if(
        sightings.eligible,
        sightings.best,
        rates_of(log, situation.stratum),
        thresholds,
        active.units,
        situation.fdp_forecast,
        assigned_by_active=at_active.assigned,
    )
    return ThresholdReport(
        scorer=scorer.to_json(),
        space={"name": space.name, "fingerprint": space.fingerprint} if space else None,
        active=at_active,
        origin=active.origin,
        override=active.override,
        eligible=sightings.eligible,
        rows=tuple(rows),
        recommendation=recommendation_document(assessment),
    )
