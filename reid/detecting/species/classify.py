"""Classification of boxes: each animal cut out as the classifier wants it, and what the network says of it.

What comes of the answers is `reid.reviewing.take_answers`.
"""

from __future__ import annotations

import io
import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain, groupby, islice
from typing import TYPE_CHECKING, Final

import numpy as np
from django.conf import settings

from reid.detecting.letterbox import Letterbox
from reid.detecting.species import cards
from reid.detecting.species.rollup import Activation, Answer, probabilities, roll_up
from reid.imaging.crops import Box, cut
from reid.imaging.decoding import ImageProblem, open_oriented
from reid.imaging.frame import Frame
from reid.imaging.frames import read_frame
from reid.networks.model_card import ModelRefused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from uuid import UUID

    from numpy.typing import NDArray

    from reid.detecting.species.cards import ClassifierCard, CropRule
    from reid.imaging.crops import Size
    from reid.models import Detection, DetectionQuerySet

NO_CLASSIFIER: Final = "No folder below MODEL_ROOT holds a classifier.json: docs/detecting.md, under Species, says how one is made."
WHICH: Final = "Several classifiers are below MODEL_ROOT: say with --classifier which one: {}."
WRONG_SHAPE: Final = "The classifier {name} answers {found} where its {classes} classes need {needed}: correct classes in classifier.json."
NOT_FINITE: Final = "The classifier {name} answers NaN or infinity: do not use it."
_READERS: Final = 2
_PHOTOGRAPHS: Final = 32  # that are decoded while nobody computes: small, and memory stays flat


def choose(root: Path, name: str = "") -> ClassifierCard:
    """The card of the classifier in the folder `name` below `root`; without a name the only one there is. Raises ModelRefused."""
    if name:
        return cards.read_folder(root, name)
    found = cards.folders(root)
    if len(found) != 1:
        raise ModelRefused(WHICH.format(", ".join(found)) if found else NO_CLASSIFIER)
    return cards.read_folder(root, found[0])


class Classifier:
    """A loaded classifier. `weights` must be verified already. Raises ModelRefused for what cannot be loaded."""

    def __init__(self, card: ClassifierCard, weights: bytes) -> None:
        from reid.detecting.engine import Network  # torch: a second and 200 MB

        self.card = card
        size = (card.input.height, card.input.width)
        self._network = Network(card.name, weights, card.runtime, size, card.normalisation)

    def answers(self, pictures: Sequence[NDArray[np.uint8]]) -> list[Answer | None]:
        """What stands on pictures (height, width, 3), as the card's input has them; None where it is not sure. Raises ModelRefused."""
        card = self.card
        answers: list[Answer | None] = []
        for start in range(0, len(pictures), self._network.batch):
            batch = pictures[start : start + self._network.batch]
            numbers = self._network.forward(np.stack(batch))[0]
            needed = (len(batch), len(card.classes))
            if numbers.shape != needed:
                raise ModelRefused(
                    WRONG_SHAPE.format(
                        name=card.name, found=numbers.shape, classes=needed[1], needed=needed
                    )
                )
            if not np.isfinite(numbers).all():
                raise ModelRefused(NOT_FINITE.format(name=card.name))
            answers += [
                roll_up(
                    row,
                    card.names,
                    card.classifications,
                    card.threshold,
                    exclusive=card.activation is not Activation.SIGMOID,
                )
                for row in probabilities(numbers, card.activation).tolist()
            ]
        return answers


@dataclass(frozen=True, slots=True)
class Looked:
    """A detection that was looked at: what the classifier says (None: it is not sure), or why it could not be shown to it."""

    detection: UUID
    path: str
    answer: Answer | None
    problem: ImageProblem | None = None


def look(detections: DetectionQuerySet, classifier: Classifier, most: int) -> Iterator[Looked]:
    """Show the classifier `most` of these detections, photograph by photograph. Raises ModelRefused and StoreAway."""
    ordered = detections.select_related("image").order_by("image", "pk")[:most]
    rows = ordered.iterator(chunk_size=500)
    photographs = (list(of) for _, of in groupby(rows, key=lambda row: row.image_id))
    with ThreadPoolExecutor(_READERS) as readers:
        while part := list(islice(photographs, _PHOTOGRAPHS)):
            cuts = list(chain.from_iterable(readers.map(partial(_cut, card=classifier.card), part)))
            shown = [pixels for _, pixels in cuts if not isinstance(pixels, ImageProblem)]
            answers = iter(classifier.answers(shown))
            for detection, pixels in cuts:
                if isinstance(pixels, ImageProblem):
                    yield Looked(detection.pk, detection.image.path, None, pixels)
                else:
                    yield Looked(detection.pk, detection.image.path, next(answers))


def region(box: Box, full: Size, rule: CropRule) -> Box:
    """What of a photograph of size `full` is shown of a box. Raises ImageProblem("outside") where there is nothing of it."""
    inner = box.clamped(full)
    width, height = (side * (1 + 2 * rule.margin) for side in (inner.width, inner.height))
    if rule.square:
        width = height = max(width, height)
    left = math.floor(inner.x + (inner.width - width) / 2)
    top = math.floor(inner.y + (inner.height - height) / 2)
    return Box(left, top, math.ceil(width), math.ceil(height)).clamped(full)


def _cut(
    detections: Sequence[Detection], card: ClassifierCard
) -> list[tuple[Detection, NDArray[np.uint8] | ImageProblem]]:
    """Each detection of one photograph as the card's input, or why that cannot be; the photograph is decoded at most once."""
    frame = Frame.of(detections[0].image)
    cuts: list[tuple[Detection, NDArray[np.uint8] | ImageProblem]] = []
    regions: list[tuple[Detection, Box]] = []
    for detection in detections:
        box = Box(detection.x, detection.y, detection.width, detection.height)
        try:
            regions.append((detection, region(box, frame.size, card.crop)))
        except ImageProblem as problem:
            cuts.append((detection, problem))
    if not regions:
        return cuts
    smallest = min(min(box.width, box.height) for _, box in regions)
    share = min(max(card.input.width, card.input.height) / smallest, 1.0)
    try:
        picture = open_oriented(
            io.BytesIO(read_frame(frame)),
            max_pixels=settings.IMAGE_MAX_PIXELS,
            max_bytes=settings.IMAGE_MAX_BYTES,
            at_least=math.ceil(max(frame.size) * share),
        )
    except ImageProblem as problem:
        return cuts + [(detection, problem) for detection, _ in regions]
    for detection, box in regions:
        crop = cut(picture, box, frame.size)
        cuts.append((detection, Letterbox.of(crop.size, card.input).laid(crop, card.input)))
    return cuts
