"""`manage.py test_reid_thresholds`: what each threshold would assign, how wrongly, and which one is proven."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from analysis.arguments import add_period, add_space, deliver, parse_period, parse_thresholds
from analysis.assessment import ALPHA_FPIR, assess
from analysis.documents import recommendation_document
from analysis.error_rates import ErrorRates
from analysis.metrics import what_if
from analysis.recommend import ALPHA_FDP, ALPHAS_FDP
from analysis.report import FORMATS, ThresholdReport
from analysis.scores import (
    NOTHING_LOGGED,
    AnalysisError,
    find_space,
    read_only,
    score_histograms,
)
from analysis.sighting_log import read_log
from analysis.sightings import Period

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.core.management.base import CommandParser

NO_SHARE = "--max-fpir must be above 0 and below 1."


class Command(BaseCommand):
    help = (
        "Show what thresholds would do to the eligible sightings: how many would be assigned, the change "
        "against the active threshold, the error rates of labelled sightings with 95 % intervals, and the "
        "recommendation with what is still missing. It reads the logged scores and changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--thresholds",
            default="0.70,0.65,0.60,0.55",
            help="scores to try, separated by commas (default: %(default)s)",
        )
        parser.add_argument(
            "--max-fpir",
            type=float,
            default=ALPHA_FPIR,
            help="share of strangers that may be taken for an enrolled deer (default: %(default)s)",
        )
        parser.add_argument(
            "--alpha-fdp",
            type=float,
            choices=ALPHAS_FDP,
            default=ALPHA_FDP,
            help="share of wrong assignments that a new audit should prove (default: %(default)s)",
        )
        add_space(parser)
        add_period(parser)
        parser.add_argument(
            "--format", choices=sorted(FORMATS), default="table", help="default: %(default)s"
        )
        parser.add_argument("--output", type=Path, help="write to this file instead of the screen")

    def handle(self, *args: Any, **options: Any) -> None:
        thresholds = parse_thresholds(options["thresholds"])
        period = parse_period(options["since"], options["until"])
        if not 0 < options["max_fpir"] < 1:
            raise CommandError(NO_SHARE, returncode=2)
        try:
            with read_only():
                report = build_report(
                    options["space"],
                    thresholds,
                    period,
                    alpha_fpir=options["max_fpir"],
                    alpha_fdp=options["alpha_fdp"],
                )
        except AnalysisError as error:
            raise CommandError(str(error)) from error
        deliver(FORMATS[options["format"]](report), options["output"], self.stdout.write)


def build_report(
    space_name: str,
    thresholds: Sequence[int],
    period: Period | None = None,
    *,
    alpha_fpir: float = ALPHA_FPIR,
    alpha_fdp: float = ALPHA_FDP,
) -> ThresholdReport:
    """The figures, from the log. Raises AnalysisError where there is no space or no score.

    A period narrows the table; the recommendation always rests on the whole store.
    """
    space = find_space(space_name)
    assessment = assess(space, alpha_fpir=alpha_fpir, alpha_fdp=alpha_fdp)
    log, rates = assessment.log, assessment.rates
    if period is not None and period != Period():
        log = read_log(space, period)
        rates = ErrorRates(log.trials)
    sightings, active = score_histograms(log), assessment.active
    if not sightings.eligible:
        raise AnalysisError(NOTHING_LOGGED)
    at_active, *rows = what_if(
        sightings.eligible,
        sightings.best,
        rates,
        [active.units, *thresholds],
        active.units,
        assessment.recommendation.situation.fdp_forecast,
    )
    return ThresholdReport(
        space=space.name,
        fingerprint=space.fingerprint,
        active=at_active,
        origin=active.origin,
        eligible=sightings.eligible,
        rows=tuple(rows),
        recommendation=recommendation_document(assessment),
    )
