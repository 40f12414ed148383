"""`manage.py estimate_population`: how many deer the cameras of a period saw, and what that number rests on."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from django.core.management.base import CommandError

from analysis.management.arguments import NOT_A_DAY, add_output, deliver
from analysis.surveys import services
from analysis.surveys.collect import SurveyProblem
from analysis.surveys.estimating.document import survey_document
from analysis.surveys.estimating.estimates import estimate
from analysis.surveys.estimating.text import as_text
from analysis.surveys.material import Basis
from reid.management.base import CheckedCommand
from reid.models import Survey

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.core.management.base import CommandParser

FORMATS: Final = ("table", "json")
NO_PERIOD: Final = "Give --start and --end, or --survey with the name of a survey that was made."
BOTH: Final = (
    "--survey names a survey that was made, with a period of its own: leave out {options}."
)
NO_SUCH_SURVEY: Final = "There is no survey {name}: make it with --save, or on the page of surveys."


class Command(CheckedCommand):
    help = (
        "Estimate how many deer there are from the captures of a period: capture-recapture, spatial density, mark-resight, "
        "ratios, Jacobson's survey, each with its interval. With a period it reads the store and changes nothing; with --save it freezes "
        "what it read as a survey, and with --survey it estimates one that was made. While nobody has audited how "
        "many names are wrong the intervals are naive, and it says so."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--survey", default="", help="estimate the survey of this name anew")
        parser.add_argument("--start", help="first day, YYYY-MM-DD")
        parser.add_argument("--end", help="last day, YYYY-MM-DD")
        parser.add_argument(
            "--camera", action="append", default=[], help="only this camera; may be given again"
        )
        parser.add_argument("--occasion-days", type=int, help="days of an occasion (default: 7)")
        parser.add_argument(
            "--basis",
            choices=[item.value for item in Basis],
            help="names that count: given by people (reviewed), by the machine under an approved threshold "
            "(assigned), or both (default: both)",
        )
        parser.add_argument(
            "--one-side",
            action="store_true",
            help="captures of left and right flanks cannot be joined: count those of one flank",
        )
        parser.add_argument(
            "--habitat-km2", type=float, help="area that deer can use, in square kilometres"
        )
        parser.add_argument(
            "--save", default="", metavar="NAME", help="make a survey of this name of it"
        )
        add_output(parser, FORMATS)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            document = _of_survey(options) if options["survey"] else _of_period(options)
        except SurveyProblem as error:
            raise CommandError(str(error)) from error
        text = json.dumps(document, indent=1) if options["format"] == "json" else as_text(document)
        deliver(text, options["output"], self.stdout.write)


def _of_survey(options: Mapping[str, Any]) -> dict[str, Any]:
    own = ("start", "end", "camera", "occasion_days", "basis", "one_side", "habitat_km2", "save")
    given = [f"--{name.replace('_', '-')}" for name in own if options[name]]
    if given:
        raise CommandError(BOTH.format(options=", ".join(given)), returncode=2)
    survey = Survey.objects.filter(name=options["survey"]).first()
    if survey is None:
        raise CommandError(NO_SUCH_SURVEY.format(name=options["survey"]))
    return services.estimate_now(survey)


def _of_period(options: Mapping[str, Any]) -> dict[str, Any]:
    if not options["start"] or not options["end"]:
        raise CommandError(NO_PERIOD, returncode=2)
    start, end = _day(options["start"]), _day(options["end"])
    days = 7 if options["occasion_days"] is None else options["occasion_days"]
    basis = Basis(options["basis"] or Basis.BOTH)
    habitat, one_side = options["habitat_km2"], options["one_side"]
    if options["save"]:
        survey = services.make(
            name=options["save"],
            start=start,
            end=end,
            cameras=options["camera"],
            occasion_days=days,
            basis=basis,
            habitat_km2=habitat,
            one_side=one_side,
        )
        return services.estimate_now(survey)
    services.check_habitat(habitat)
    material = services.gather(start, end, days, basis, options["camera"], one_side=one_side)
    return survey_document(estimate(material, days), basis, habitat_km2=habitat)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(NOT_A_DAY.format(text=text), returncode=2) from error
