"""`manage.py plot_reid_scores`: the picture of the score log."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from analysis.arguments import add_space, deliver
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
from reid.models.matching import SCORE_UNITS

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

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
            help="file to write; its ending, .png or .svg, decides",
        )
        add_space(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        output: Path = options["output"]
        ending = output.suffix.lower()
        if ending not in ENDINGS:
            text = UNKNOWN_ENDING.format(name=output.name, endings=" or ".join(ENDINGS))
            raise CommandError(text, returncode=2)
        try:
            with read_only():
                space = find_space(options["space"])
                threshold = active_threshold(space)
                strata, sightings = by_stratum(space), by_sighting(space)
        except AnalysisError as error:
            raise CommandError(str(error)) from error
        if not sightings.best.any():
            raise CommandError(NOTHING_LOGGED)
        picture = score_figure(
            {name.value: counts for name, counts in strata.items()},
            sightings.best,
            sightings.decoys,
            title=f"Similarity scores in {space}",
            threshold=threshold.units,
            threshold_label=f"threshold {threshold.units / SCORE_UNITS:.4f} ({threshold.origin})",
            ending=ending,
        )
        deliver(picture, output, self.stdout.write)
