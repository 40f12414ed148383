"""`manage.py analyze_reid_performance`: what is in the score log, and how well it tells deer apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError

from analysis.management.arguments import (
    add_output,
    add_period,
    chosen_scorer,
    deliver,
    parse_period,
    parse_thresholds,
)
from analysis.recommendation.assess import assess
from analysis.reports.performance import performance_document
from analysis.reports.performance_formats import FORMATS
from analysis.reports.threshold_report import DEFAULT_THRESHOLDS, build_report
from analysis.score_log.session import AnalysisError, read_only
from reid.management.base import CheckedCommand
from reid.management.scorer_arguments import add_scorer

if TYPE_CHECKING:
    from django.core.management.base import CommandParser


class Command(CheckedCommand):
    help = (
        "Show what is in the score log of a scorer: runs, coverage, the distribution of scores by what is known "
        "of the pairs, how well they separate, gates that failed, and the recommendation. It reads the log "
        "and changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_scorer(parser)
        add_period(parser)
        add_output(parser, [*FORMATS, "html"])

    def handle(self, *args: Any, **options: Any) -> None:
        period = parse_period(options["since"], options["until"])
        try:
            with read_only():
                assessment = assess(chosen_scorer(options))
                text: str | bytes
                if options["format"] == "html":
                    from analysis.reports.html import html_report  # plotly, for this format alone

                    report = build_report(assessment, parse_thresholds(DEFAULT_THRESHOLDS), period)
                    text = html_report(assessment, report, period).encode()
                else:
                    text = FORMATS[options["format"]](performance_document(assessment, period))
        except AnalysisError as error:
            raise CommandError(str(error)) from error
        deliver(text, options["output"], self.stdout.write)
