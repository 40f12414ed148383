"""Looking at photographs: threads decode the next ones while the network works on these."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings

from reid.detecting.letterbox import laid_of_file
from reid.imaging.crops import ImageProblem
from reid.imaging.frame import Frame
from reid.imaging.frames import read_frame
from reid.networks.read_ahead import read_ahead

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from uuid import UUID

    from numpy.typing import NDArray

    from reid.detecting.engine import DetectorEngine, Found
    from reid.detecting.letterbox import Letterbox
    from reid.models import Image

    Laid = tuple[NDArray[Any], Letterbox]

_AHEAD: Final = 4
"""Photographs in hand besides those that the network has, for each core."""


@dataclass(frozen=True, slots=True)
class Look:
    """What came of one photograph: its boxes, surest first; or, in `failure`, why it could not be looked at."""

    image: UUID
    found: list[Found]
    failure: str = ""


def look(images: Iterable[Image], engine: DetectorEngine) -> Iterator[Look]:
    """The photographs in their order, each with what the detector finds.

    Raises ModelRefused where the network answers nonsense, and StoreAway.
    """
    shape = engine.card.input

    def lay(image: Image) -> tuple[UUID, Laid | ImageProblem]:
        frame = Frame.of(image)
        try:
            return image.pk, laid_of_file(
                io.BytesIO(read_frame(frame)),
                frame.size,
                shape,
                max_pixels=settings.IMAGE_MAX_PIXELS,
                max_bytes=settings.IMAGE_MAX_BYTES,
            )
        except ImageProblem as problem:
            return image.pk, problem

    window = engine.batch + _AHEAD * (os.cpu_count() or 1)
    prepared = read_ahead(lay, images, window)
    while batch := list(islice(prepared, engine.batch)):
        laid = [item for _, item in batch if not isinstance(item, ImageProblem)]
        found = iter(engine.find(laid) if laid else [])
        for key, item in batch:
            if isinstance(item, ImageProblem):
                yield Look(key, [], str(item))
            else:
                yield Look(key, next(found))
