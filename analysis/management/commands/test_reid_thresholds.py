"""`manage.py test_reid_thresholds`: what each threshold would assign, by the scores that are logged."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from analysis.metrics import what_if
from analysis.report import FORMATS, ThresholdReport
from analysis.scores import (
    NOTHING_LOGGED,
    AnalysisError,
    active_threshold,
    by_sighting,
    find_space,
    read_only,
)
from reid.models.matching import SCORE_UNITS

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

NOT_A_THRESHOLD = (
    "{text!r} is no threshold: give numbers above 0 and at most 1 with up to 4 decimals."
)
NOT_WRITABLE = "{path} cannot be written: {reason}."


class Command(BaseCommand):
    help = (
        "Show what thresholds would do to the eligible sightings: how many would be assigned, the change "
        "against the active threshold, and how many labelled sightings another deer would have won (FPIR). "
        "It reads the logged scores and changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--thresholds",
            default="0.70,0.65,0.60,0.55",
            help="scores to try, separated by commas (default: %(default)s)",
        )
        parser.add_argument(
            "--space",
            default="",
            help="name or start of the fingerprint (default: the active space)",
        )
        parser.add_argument(
            "--format", choices=sorted(FORMATS), default="table", help="default: %(default)s"
        )
        parser.add_argument("--output", type=Path, help="write to this file instead of the screen")

    def handle(self, *args: Any, **options: Any) -> None:
        thresholds = parse_thresholds(options["thresholds"])
        try:
            with read_only():
                report = build_report(options["space"], thresholds)
        except AnalysisError as error:
            raise CommandError(str(error)) from error
        text = FORMATS[options["format"]](report)
        output: Path | None = options["output"]
        if output is None:
            self.stdout.write(text)
            return
        try:
            output.write_text(text + "\n", encoding="ascii", errors="backslashreplace")
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise CommandError(NOT_WRITABLE.format(path=output, reason=reason)) from error
        self.stdout.write(f"Wrote {output}.")


def parse_thresholds(text: str) -> list[int]:
    """Score units of a list such as 0.70,0.65, each once, in its order. Raises CommandError."""
    units: dict[int, None] = {}
    for part in text.split(","):
        try:
            value = Decimal(part.strip()) * SCORE_UNITS
            is_threshold = value.is_finite() and 0 < value <= SCORE_UNITS and value == int(value)
        except InvalidOperation:
            is_threshold = False
        if not is_threshold:
            raise CommandError(NOT_A_THRESHOLD.format(text=part.strip()), returncode=2)
        units[int(value)] = None
    return list(units)


def build_report(space_name: str, thresholds: list[int]) -> ThresholdReport:
    """The figures, from the log. Raises AnalysisError where there is no space or no score."""
    space = find_space(space_name)
    active = active_threshold(space)
    sightings = by_sighting(space)
    if not sightings.eligible:
        raise AnalysisError(NOTHING_LOGGED)
    at_active, *rows = what_if(
        sightings.eligible,
        sightings.best,
        sightings.decoys,
        [active.units, *thresholds],
        active.units,
    )
    return ThresholdReport(
        space=space.name,
        fingerprint=space.fingerprint,
        active=at_active,
        origin=active.origin,
        eligible=sightings.eligible,
        rows=tuple(rows),
    )
