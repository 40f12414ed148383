"""`manage.py train_shipped_torso_head`: the mask head that ships with the project, learned anew from drawings."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from PIL import Image

from reid.management.base import CheckedCommand
from reid.management.progress import progress_bar
from reid.torsos.prepare import GRID, prepare
from thumper.herd import torsos

if TYPE_CHECKING:
    from numpy.typing import NDArray

PICTURES = 1500
SEED = 20
_COMPARED = 10  # one drawing of so many is not learned from
WRITTEN = (
    "{path}: {size:,} bytes, sha256 {sha256}. On {count} drawings that it did not learn from, its masks agree with the "
    "true ones by {agreement:.3f}. For this version to ship it, put the hash into reid/torsos/heads.py."
)


class Command(CheckedCommand):
    help = (
        "For developers: draw deer whose torsos are known to the pixel, and learn the mask head from them that ships with "
        "the project. On one machine the same drawings give the same head, byte for byte."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file", type=Path, help="where to write it (it ships as reid/torsos/shipped_head.f16)"
        )
        parser.add_argument(
            "--pictures", type=int, default=PICTURES, help="drawings (default: %(default)s)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        count: int = options["pictures"]
        if count < _COMPARED:
            raise CommandError(f"--pictures must be {_COMPARED} or more.")
        pixels, masks = self._draw(count)
        compared = np.arange(count) % _COMPARED == 0
        weights, agreement = learned(pixels, masks, compared)
        options["file"].write_bytes(weights)
        self.stdout.write(
            WRITTEN.format(
                path=options["file"],
                size=len(weights),
                sha256=hashlib.sha256(weights).hexdigest(),
                count=int(compared.sum()),
                agreement=agreement,
            )
        )

    def _draw(self, count: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        pixels = np.empty((count, *prepare(Image.new("RGB", (9, 9))).shape), np.uint8)
        masks = np.empty((count, GRID, GRID), np.float32)
        with progress_bar() as progress:
            task = progress.add_task("drawings", total=count)
            for number, drawn in enumerate(torsos.draw(count, SEED)):
                pixels[number] = prepare(drawn.picture)
                small = drawn.torso.resize((GRID, GRID), Image.Resampling.BOX)
                masks[number] = np.asarray(small, np.float32) / 255
                progress.advance(task)
        return pixels, masks


def learned(
    pixels: NDArray[np.uint8], masks: NDArray[np.float32], compared: NDArray[np.bool_]
) -> tuple[bytes, float]:
    """The head of all but the `compared` pictures, and how well it agrees with those."""
    from reid.networks.devices import choose_device  # torch: a second and 200 MB
    from reid.networks.model_card import DEFAULT, read_weights
    from reid.torsos.features import Trunk
    from reid.torsos.fit import agreements, learn

    trunk = Trunk(read_weights(DEFAULT, settings.MODEL_ROOT), choose_device("cpu"))
    weights = learn(trunk, pixels[~compared], masks[~compared], mirrored=False)
    (agreement,) = agreements(trunk, [weights], pixels[compared], masks[compared])
    return weights, agreement
