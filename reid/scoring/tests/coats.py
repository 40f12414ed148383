"""A store with coats that can be compared: Ada twice, strangers enough for a background, and a matcher of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from PIL import Image

from reid.models import Torso
from reid.patterns import extract
from reid.patterns.background import FEWEST
from reid.patterns.backgrounds import draw_background
from reid.patterns.tests.photographs import spotted
from reid.patterns.tests.stores import give_torso, torso_head, with_torso
from reid.scoring import matchers
from reid.tests import make

if TYPE_CHECKING:
    from reid.models import Detection


class Coats:
    """Ada on a photograph that is a reference, and, ten pixels to the right, on one without a name."""

    def __init__(self) -> None:
        self.ada = make.deer("Ada")
        self.reference = with_torso(1, flank="left", deer=self.ada, is_reference=True)
        self.probe = with_torso(1, flank="left")
        give_torso(self.probe, *spotted(1, shift=10), torso_head())
        for seed in range(10, 10 + FEWEST):
            with_torso(seed, flank="left", is_valid=True)
        for item, shift in ((self.reference, 0), (self.probe, 10)):
            self.crop(item, shift)
        extract.extract_missing()
        self.matcher = matchers.matcher(draw_background())

    @staticmethod
    def crop(item: Detection, shift: int = 0) -> None:
        """The torso is the crop's middle: half as wide and as high, a quarter in from the left and the top."""
        torso, _ = spotted(1, shift=shift)
        picture = Image.new("RGB", (864, 576), (70, 90, 60))
        picture.paste(Image.fromarray(torso), (216, 144))
        target = Path(settings.MEDIA_ROOT) / f"crops/{item.pk.hex[:2]}/{item.pk}.jpg"
        target.parent.mkdir(parents=True, exist_ok=True)
        picture.save(target, "JPEG")
        Torso.objects.filter(pk=item.pk).update(to_crop=[[1, 0, 216], [0, 1, 144]])
