"""`manage.py plot_reid_scores`: the picture of the score log."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from analysis.arguments import add_space, deliver, parse_thresholds
from analysis.assessment import assess
from analysis.figures import ENDINGS, score_figure
from analysis.scores import (
    NOTHING_LOGGED,
    AnalysisError,
    active_threshold,
    by_sighting,
    by_stratum,
    find_space,
    read_only,
)
from analysis.threshold_report import DEFAULT_THRESHOLDS, build_report
from reid.models.matching import SCORE_UNITS

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

    from reid.models import EmbeddingSpace

INTERACTIVE = ".html"
UNKNOWN_ENDING = "{name} has no known ending: use one of {endings}."


class Command(BaseCommand):
    help = (
        "Draw the logged scores: compared pairs by what is known of them, sightings by their best score, "
        "and the threshold. It reads the log and changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--output",
            type=Path,
            required=True,
            help="file to write; its ending decides: .png, .svg or .html (interactive)",
        )
        add_space(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        output: Path = options["output"]
        ending = output.suffix.lower()
        if ending not in (*ENDINGS, INTERACTIVE):
            text = UNKNOWN_ENDING.format(
                name=output.name, endings=", ".join((*ENDINGS, INTERACTIVE))
            )
            raise CommandError(text, returncode=2)
        try:
            with read_only():
                space = find_space(options["space"])
                picture = _page(space) if ending == INTERACTIVE else _picture(space, ending)
        except AnalysisError as error:
            raise CommandError(str(error)) from error
        deliver(picture, output, self.stdout.write)


def _page(space: EmbeddingSpace) -> bytes:
    from analysis.html_report import html_report  # plotly, for this ending alone

    assessment = assess(space)
    report = build_report(assessment, parse_thresholds(DEFAULT_THRESHOLDS))
    return html_report(assessment, report).encode()


def _picture(space: EmbeddingSpace, ending: str) -> bytes:
    threshold = active_threshold(space)
    strata, sightings = by_stratum(space), by_sighting(space)
    if not sightings.best.any():
        raise AnalysisError(NOTHING_LOGGED)
    return score_figure(
        {name.value: counts for name, counts in strata.items()},
        sightings.best,
        sightings.decoys,
        title=f"Similarity scores in {space}",
        threshold=threshold.units,
        threshold_label=f"threshold {threshold.units / SCORE_UNITS:.4f} ({threshold.origin})",
        ending=ending,
    )
