"""`manage.py estimate_population`: how many deer the cameras of a period saw, and what that number rests on."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from django.core.management.base import CommandError

from analysis.management.arguments import NOT_A_DAY, add_output, deliver
from analysis.score_log.session import read_only
from analysis.surveys.collect import SurveyProblem, collect
from analysis.surveys.estimating.document import survey_document
from analysis.surveys.estimating.estimates import estimate
from analysis.surveys.estimating.text import as_text
from analysis.surveys.material import Basis
from reid.management.base import CheckedCommand

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

FORMATS: Final = ("table", "json")


class Command(CheckedCommand):
    help = (
        "Estimate how many deer there are from the captures of a period: capture-recapture, spatial density, ratios, Jacobson's "
        "survey, each with its interval. It reads the store and changes nothing. While nobody has measured how "
        "many names are wrong the intervals are naive, and it says so."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--start", required=True, help="first day, YYYY-MM-DD")
        parser.add_argument("--end", required=True, help="last day, YYYY-MM-DD")
        parser.add_argument(
            "--camera", action="append", default=[], help="only this camera; may be given again"
        )
        parser.add_argument(
            "--occasion-days",
            type=int,
            default=7,
            help="days of an occasion (default: %(default)s)",
        )
        parser.add_argument(
            "--basis",
            choices=[item.value for item in Basis],
            default=Basis.BOTH.value,
            help="names that count: given by people (reviewed), by the machine under an approved threshold "
            "(assigned), or both (default: %(default)s)",
        )
        add_output(parser, FORMATS)

    def handle(self, *args: Any, **options: Any) -> None:
        start, end = (self._day(options[name]) for name in ("start", "end"))
        basis = Basis(options["basis"])
        try:
            with read_only():
                material = collect(start, end, basis, options["camera"])
            document = survey_document(estimate(material, options["occasion_days"]), basis)
        except (SurveyProblem, ValueError) as error:
            raise CommandError(str(error)) from error
        text = json.dumps(document, indent=1) if options["format"] == "json" else as_text(document)
        deliver(text, options["output"], self.stdout.write)

    def _day(self, text: str) -> date:
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise CommandError(NOT_A_DAY.format(text=text), returncode=2) from error
