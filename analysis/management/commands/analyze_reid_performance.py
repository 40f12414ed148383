"""`manage.py analyze_reid_performance`: what is in the score log, and how well it tells deer apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.core.management.base import CommandError

from analysis.antlers.measuring import measure, two_year_bucks
from analysis.antlers.report import antlers_document, hint
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
from reid.management.progress import progress_bar
from reid.management.scorer_arguments import add_scorer
from reid.patterns.keypoints import NoKeypoints

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.core.management.base import CommandParser

    from analysis.score_log.facts import CapturePeriod
    from reid.models import Scorer

NO_SUCH_FORMAT: Final = "--labels is listed as table, csv, json or markdown; the page /review/labels shows the pictures."
NO_ANTLERS: Final = "--antlers is a section of table, json, markdown and html; csv and --labels have no room for it."


class Command(CheckedCommand):
    help = (
        "Show what is in the score log of a scorer: runs, coverage, the distribution of scores by what is known "
        "of the pairs, how well they separate, gates that failed, and the recommendation. It reads the log "
        "and changes nothing. With --labels: which labels and profiles a person should look at first. With "
        "--antlers: whether references of bucks from other antler years help, or harm."
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

        parser.add_argument(
            "--antlers",
            action="store_true",
            help="measure too whether references of bucks with the antlers of other years help or harm, on "
            "the whole store; with patterns it takes some tenths of a second a photograph",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        period = parse_period(options["since"], options["until"])
        if options["labels"] and options["format"] not in label_formats.FORMATS:
            raise CommandError(NO_SUCH_FORMAT, returncode=2)
        if options["antlers"] and (options["labels"] or options["format"] == "csv"):
            raise CommandError(NO_ANTLERS, returncode=2)
        try:
            with read_only():
                if options["labels"]:
                    deliver(self._labels(options, period), options["output"], self.stdout.write)
                    return
                assessment = assess(chosen_scorer(options))
                antlers = self._antlers(assessment.store.scorer, options)
                text: str | bytes
                if options["format"] == "html":
                    # Here, not above: plotly is for this format alone.
                    from analysis.reports.html import Page, html_report

                    report = build_report(assessment, parse_thresholds(DEFAULT_THRESHOLDS), period)
                    text = html_report(
                        assessment,
                        report,
                        period,
                        antlers["says"],
                        page=Page.PERFORMANCE,
                        document=performance_document(assessment, antlers, period),
                    ).encode()
                else:
                    text = FORMATS[options["format"]](
                        performance_document(assessment, antlers, period)
                    )
        except (AnalysisError, NoKeypoints) as error:
            raise CommandError(str(error)) from error
        deliver(text, options["output"], self.stdout.write)

    def _antlers(self, scorer: Scorer, options: Mapping[str, Any]) -> dict[str, Any]:
        if not options["antlers"]:
            return hint(two_year_bucks(scorer))
        with progress_bar(disable=options["verbosity"] < 1) as bar:
            task = bar.add_task("Scores by antler year", total=None)
            found = measure(
                scorer, lambda done, total: bar.update(task, completed=done, total=total)
            )
        return antlers_document(found)

    def _labels(self, options: Mapping[str, Any], period: CapturePeriod) -> str:
        scorer = chosen_scorer(options)
        asked = ask(read_labels(scorer, period), scorer)
        document = label_formats.labels_document(asked, scorer.to_json())
        return label_formats.FORMATS[options["format"]](document)
