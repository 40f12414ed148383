"""`manage.py analyze_reid_performance`: what is in the score log, and how well it tells deer apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.core.management.base import CommandError

from analysis.labels.questions import ask
from analysis.management.arguments import (
    add_output,
    add_period,
    chosen_scorer,
    deliver,
    parse_period,
    parse_thresholds,
)
from analysis.recommendation.assess import assess
from analysis.reports import label_formats
from analysis.reports.performance import performance_document
from analysis.reports.performance_formats import FORMATS
from analysis.reports.threshold_report import DEFAULT_THRESHOLDS, build_report
from analysis.score_log.session import AnalysisError, read_only
from analysis.score_log.sighting_log import read_labels
from reid.management.base import CheckedCommand
from reid.management.scorer_arguments import add_scorer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.core.management.base import CommandParser

    from analysis.score_log.facts import CapturePeriod

NO_SUCH_FORMAT: Final = "--labels is listed as table, csv, json or markdown; the page /review/labels shows the pictures."


class Command(CheckedCommand):
    help = (
        "Show what is in the score log of a scorer: runs, coverage, the distribution of scores by what is known "
        "of the pairs, how well they separate, gates that failed, and the recommendation. It reads the log "
        "and changes nothing. With --labels: which labels and profiles a person should look at first."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_scorer(parser)
        add_period(parser)
        add_output(parser, [*FORMATS, "html"])
        parser.add_argument(
            "--labels",
            action="store_true",
            help="list labels that are likely wrong, and deer that are likely one, instead",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        period = parse_period(options["since"], options["until"])
        if options["labels"] and options["format"] not in label_formats.FORMATS:
            raise CommandError(NO_SUCH_FORMAT, returncode=2)
        try:
            with read_only():
                if options["labels"]:
                    deliver(self._labels(options, period), options["output"], self.stdout.write)
                    return
                assessment = assess(chosen_scorer(options))
                text: str | bytes
                if options["format"] == "html":
                    from analysis.reports.html import (
                        Page,
                        html_report,
                    )  # plotly, for this format alone

                    report = build_report(assessment, parse_thresholds(DEFAULT_THRESHOLDS), period)
                    text = html_report(assessment, report, period, page=Page.PERFORMANCE).encode()
                else:
                    text = FORMATS[options["format"]](performance_document(assessment, period))
        except AnalysisError as error:
            raise CommandError(str(error)) from error
        deliver(text, options["output"], self.stdout.write)

    def _labels(self, options: Mapping[str, Any], period: CapturePeriod) -> str:
        scorer = chosen_scorer(options)
        asked = ask(read_labels(scorer, period), scorer)
        document = label_formats.labels_document(asked, scorer.to_json())
        return label_formats.FORMATS[options["format"]](document)
