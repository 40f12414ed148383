"""`manage.py export_survey`: a survey's captures and effort as files for a package of R."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.core.management.base import CommandError

from analysis.management.arguments import NOT_WRITABLE
from analysis.surveys import services
from analysis.surveys.collect import SurveyProblem
from analysis.surveys.for_r import NotWritable, Package, files_for
from reid.management.base import CheckedCommand
from reid.models import Survey

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

NO_SURVEY: Final = "There is no survey {name}. There are: {names}."
NONE: Final = "none, make one first"


class Command(CheckedCommand):
    help = (
        "Write the frozen captures and the effort of a survey as files for R, with a script read.R that reads them: secr (traps with "
        "usage, captures), camtrapR (records, stations, detection history) or unmarked (detections and effort by site)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="folder to write into; made where it is none")
        parser.add_argument("--survey", required=True, help="name of the survey")
        parser.add_argument(
            "--to",
            required=True,
            choices=[item.value for item in Package],
            help="package that reads the files",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        name, folder = options["survey"], options["folder"]
        survey = Survey.objects.filter(name__iexact=name).first()
        if survey is None:
            names = ", ".join(Survey.objects.values_list("name", flat=True)) or NONE
            raise CommandError(NO_SURVEY.format(name=name, names=names))
        try:
            files = files_for(
                Package(options["to"]), services.thaw(survey), survey.occasion_days, survey.name
            )
        except (NotWritable, SurveyProblem) as error:
            raise CommandError(str(error)) from error
        for file, text in files.items():
            try:
                folder.mkdir(parents=True, exist_ok=True)
                (folder / file).write_text(text, encoding="utf-8")
            except OSError as error:
                reason = error.strerror or type(error).__name__
                path = folder / file
                raise CommandError(NOT_WRITABLE.format(path=path, reason=reason)) from error
        self.stdout.write(f"Wrote {', '.join(files)} into {folder}.")
