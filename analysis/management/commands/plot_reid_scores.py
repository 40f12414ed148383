"""`manage.py plot_reid_scores`: the picture of the score log."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError

from analysis.management.arguments import (
    add_period,
    chosen_scorer,
    deliver,
    parse_period,
    parse_thresholds,
)
from analysis.recommendation.assess import assess
from analysis.reports.figures.print_figures import score_figure
from analysis.reports.figures.threshold_figures import ENDINGS, print_comparison
from analysis.reports.performance import fitted
from analysis.reports.threshold_report import DEFAULT_THRESHOLDS, build_report, compared
from analysis.score_log.histograms import by_sighting, by_stratum
from analysis.score_log.session import (
    NOTHING_LOGGED,
    AnalysisError,
    active_threshold,
    read_only,
)
from reid.management.base import CheckedCommand
from reid.management.scorer_arguments import add_scorer
from reid.units import SCORE_UNITS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.core.management.base import CommandParser

    from analysis.score_log.facts import CapturePeriod
    from reid.models import Scorer

INTERACTIVE = ".html"
UNKNOWN_ENDING = "{name} has no known ending: use one of {endings}, or name a --format."
NO_MIXTURE = "No mixture is drawn: {why}."


class Command(CheckedCommand):
    help = (
        "Draw the logged scores: compared pairs by what is known of them, sightings by their best score, "
        "and the threshold; or with --thresholds what several thresholds assign, and how wrongly. It reads the log "
        "and changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--output",
            type=Path,
            required=True,
            help="file to write; its ending decides: .png, .svg or .html (interactive)",
        )
        parser.add_argument(
            "--format",
            choices=[ending[1:] for ending in (*ENDINGS, INTERACTIVE)],
            help="what to write, whatever the file is called",
        )
        parser.add_argument(
            "--thresholds",
            nargs="?",
            const=DEFAULT_THRESHOLDS,
            metavar="SCORES",
            help="compare thresholds instead: sightings assigned as bars, FPIR and FDP with their intervals as lines "
            f"(separated by commas; without any: {DEFAULT_THRESHOLDS})",
        )
        add_scorer(parser)
        add_period(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        output: Path = options["output"]
        ending = f".{options['format']}" if options["format"] else output.suffix.lower()
        if ending not in (*ENDINGS, INTERACTIVE):
            text = UNKNOWN_ENDING.format(
                name=output.name, endings=", ".join((*ENDINGS, INTERACTIVE))
            )
            raise CommandError(text, returncode=2)
        period = parse_period(options["since"], options["until"])
        compares = options["thresholds"] is not None
        units = parse_thresholds(options["thresholds"] if compares else DEFAULT_THRESHOLDS)
        try:
            with read_only():
                scorer = chosen_scorer(options)
                if ending == INTERACTIVE:
                    picture = _page(scorer, units, period, compares=compares)
                elif compares:
                    picture = _comparison(scorer, units, period, ending)
                else:
                    picture, why_not = _picture(scorer, period, ending)
                    if why_not:
                        self.stderr.write(NO_MIXTURE.format(why=why_not))
        except AnalysisError as error:
            raise CommandError(str(error)) from error
        deliver(picture, output, self.stdout.write)


def _comparison(scorer: Scorer, units: Sequence[int], period: CapturePeriod, ending: str) -> bytes:
    report = build_report(assess(scorer), units, period)
    return print_comparison(
        compared(report),
        eligible=report.eligible,
        title=f"Thresholds of {scorer}",
        ending=ending,
    )


def _page(scorer: Scorer, units: Sequence[int], period: CapturePeriod, *, compares: bool) -> bytes:
    from analysis.reports.html import Page, html_report  # plotly, for this ending alone

    assessment = assess(scorer)
    report = build_report(assessment, units, period)
    page = Page.COMPARISON if compares else Page.SCORES
    return html_report(assessment, report, period, page=page).encode()


def _picture(scorer: Scorer, period: CapturePeriod, ending: str) -> tuple[bytes, str]:
    """The picture, and why no mixture is in it, if so."""
    threshold = active_threshold(scorer)
    strata, sightings = by_stratum(scorer, period), by_sighting(scorer, period)
    if not sightings.best.any():
        raise AnalysisError(NOTHING_LOGGED)
    mixture, why_not = fitted(sightings.best)
    picture = score_figure(
        {name.value: counts for name, counts in strata.items()},
        sightings.best,
        sightings.decoys,
        title=f"Similarity scores by {scorer}",
        threshold=threshold.units,
        threshold_label=f"threshold {threshold.units / SCORE_UNITS:.4f} ({threshold.origin})",
        ending=ending,
        mixture=mixture,
    )
    return picture, why_not
