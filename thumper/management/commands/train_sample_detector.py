"""`manage.py train_sample_detector`: the detector that ships with the sample herd, learned anew from drawings."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from django.core.management.base import CommandError, CommandParser
from PIL import Image

from reid.detecting.cards import DetectorCard
from reid.management.base import CheckedCommand
from reid.management.progress import progress_bar
from thumper.herd.detector import judging, pictures, shipped

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from thumper.herd.detector.fit import Targets

PICTURES: Final = 2000
LEARNED: Final = 31
"""Seed of the drawings that are learned from; the herd's own is another one (`album.SEED`)."""
UNSEEN: Final = 47
_JUDGED: Final = 200
_FILTERS: Final = (
    Image.Resampling.BOX,
    Image.Resampling.BILINEAR,
    Image.Resampling.BICUBIC,
)
WRITTEN: Final = (
    "{path}: {size:,} bytes, sha256 {sha256}. Of {drawn} animals and people on {count} drawings of a season of other deer it "
    "finds {recall:.1%} (overlap 0.5 or more, {overlap:.2f} on average), and {precision:.1%} of what it finds was drawn. For "
    "this version to ship it, put the hash into thumper/herd/detector/shipped.py."
)


class Command(CheckedCommand):
    help = (
        "For developers: draw photographs whose animals are known to the pixel, and learn from them the detector that comes with "
        "the sample herd. Some minutes on two cores. On one machine the same drawings give the same detector, byte for byte."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file",
            type=Path,
            help=f"where to write it (it ships as thumper/herd/detector/{shipped.SHIPPED_FILE})",
        )
        parser.add_argument(
            "--pictures", type=int, default=PICTURES, help="drawings (default: %(default)s)"
        )
        parser.add_argument(
            "--epochs", type=int, help="how often each is learned from (default: as it ships)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        count, epochs = options["pictures"], options["epochs"]
        if count < 1 or (epochs is not None and epochs < 1):
            raise CommandError("--pictures and --epochs must be 1 or more.")
        from thumper.herd.detector import exporting, fit  # torch: a second and 200 MB

        pixels, targets = self._draw(count)
        with progress_bar() as bar:
            task = bar.add_task("learning", total=fit.steps(count, epochs or fit.EPOCHS))
            network = fit.learn(
                pixels, targets, epochs=epochs or fit.EPOCHS, progress=lambda: bar.advance(task)
            )
        weights = exporting.as_onnx(network)
        options["file"].write_bytes(weights)
        self._say(options["file"], weights)

    def _draw(self, count: int) -> tuple[NDArray[np.uint8], list[Targets]]:
        from thumper.herd.detector import fit

        pixels = np.empty((count, 3, shipped.HEIGHT, shipped.WIDTH), np.uint8)
        targets = []
        with progress_bar() as bar:
            task = bar.add_task("drawings", total=count)
            for number, drawn in enumerate(pictures.draw(count, LEARNED)):
                # Halved first, as a JPEG is that is decoded no larger than needed.
                small = drawn.picture.reduce(2).resize(
                    (shipped.WIDTH, shipped.HEIGHT), _FILTERS[number % len(_FILTERS)]
                )
                pixels[number] = np.asarray(small).transpose(2, 0, 1)
                targets.append(fit.targets(drawn))
                bar.advance(task)
        return pixels, targets

    def _say(self, path: Path, weights: bytes) -> None:
        from reid.detecting.engine import DetectorEngine

        engine = DetectorEngine(DetectorCard.from_json(shipped.card_of(weights)), weights)
        judged = judging.judge(engine, pictures.of_season(_JUDGED, UNSEEN))
        self.stdout.write(
            WRITTEN.format(
                path=path,
                size=len(weights),
                sha256=hashlib.sha256(weights).hexdigest(),
                drawn=judged.drawn,
                count=_JUDGED,
                recall=judged.recall,
                overlap=judged.overlap,
                precision=judged.precision,
            )
        )
