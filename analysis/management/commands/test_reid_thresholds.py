"""`manage.py test_reid_thresholds`: what each threshold would assign, how wrongly, and which one is proven."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from analysis.arguments import (
    add_output,
    add_period,
    add_space,
    deliver,
    parse_period,
    parse_thresholds,
)
from analysis.assessment import ALPHA_FPIR, assess
from analysis.recommend import ALPHA_FDP, ALPHAS_FDP
from analysis.report import FORMATS
from analysis.scores import AnalysisError, find_space, read_only
from analysis.threshold_report import DEFAULT_THRESHOLDS, build_report

if TYPE_CHECKING:
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
            default=DEFAULT_THRESHOLDS,
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
        add_output(parser, [*FORMATS, "html"])

    def handle(self, *args: Any, **options: Any) -> None:
        thresholds = parse_thresholds(options["thresholds"])
        period = parse_period(options["since"], options["until"])
        if not 0 < options["max_fpir"] < 1:
            raise CommandError(NO_SHARE, returncode=2)
        try:
            with read_only():
                assessment = assess(
                    find_space(options["space"]),
                    alpha_fpir=options["max_fpir"],
                    alpha_fdp=options["alpha_fdp"],
                )
                report = build_report(assessment, thresholds, period)
                text: str | bytes
                if options["format"] == "html":
                    from analysis.html_report import html_report  # plotly, for this format alone

                    text = html_report(assessment, report).encode()  # the library is not all ASCII
                else:
                    text = FORMATS[options["format"]](report)
        except AnalysisError as error:
            raise CommandError(str(error)) from error
        deliver(text, options["output"], self.stdout.write)
