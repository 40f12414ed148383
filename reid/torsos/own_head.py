"""The store's own mask head, learned from its photographs without labels.

Colours alone guess where the animal is (`guess`). The head goes on from the one that is in use and learns the mean of
the guesses and of what that one says: colours know the outline of this animal, the head in use knows what a torso is. The
new head is used only where it agrees better with guesses for photographs that it has not learned from. Every attempt is
recorded.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from reid.imaging.canonical import CropRequest, crops_of_image
from reid.imaging.crops import ImageProblem
from reid.imaging.frame import Frame
from reid.models import Detection, EmbeddingSpace, TorsoHead, TorsoTraining
from reid.torsos import heads
from reid.torsos.guess import guess
from reid.torsos.prepare import GRID, prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator

    from numpy.typing import NDArray
    from PIL import Image

    from reid.models import DetectionQuerySet
    from reid.torsos.masker import Masker

logger = logging.getLogger(__name__)

LEAST: Final = 150
"""Photographs with a guess, below which nothing is learned."""
MOST: Final = 300
"""Photographs that are learned from at most: more cost time and change little."""
_LOOKED_AT: Final = 600
_SMALLEST: Final = 96  # pixels of a box's shorter side: of less, colours show little
_EVERY: Final = 5  # one photograph of so many is kept for the comparison
DRAWINGS: Final = "thumper-sample-herd"
"""Folder of the sample herd: the shipped head has learned its drawings from their true masks, which beat any guess."""
GROWN: Final = 2
"""After an attempt with too few, the next one waits until there are so many times as many photographs."""


@dataclass(frozen=True, slots=True, eq=False)
class _Guesses:
    looked_at: int
    pixels: NDArray[np.uint8]  # (n, 288, 288, 3)
    masks: NDArray[np.float32]  # (n, 36, 36)


def train_if_due() -> TorsoTraining | None:
    """Train the store's first own head, where there are photographs enough and nobody has; the record, if so.

    Not while the active space embeds torsos: it is bound to the head that it learned with. Some 50 seconds of CPU, once.
    Raises ModelRefused where the head in use cannot be used.
    """
    if TorsoHead.objects.filter(origin=TorsoHead.Origin.OWN).exists():
        return None
    space = EmbeddingSpace.objects.active()
    if space is not None and space.specification.get("model", {}).get("torso_head"):
        return None
    there = _candidates().count()
    last = TorsoTraining.objects.first()
    needed = LEAST
    if last is not None:  # it may have looked at a part of what there was
        before = _candidates().filter(created_at__lte=last.created_at).count()
        needed = GROWN * max(before, last.looked_at)
    if there < needed:
        return None
    return train()


def train(on_progress: Callable[[int], None] = lambda _: None) -> TorsoTraining:
    """Train a head, register it, and use it where it is better; the record.

    `on_progress` gets the number of photographs looked at since it was last called. Raises ModelRefused.
    """
    from reid.torsos.fit import agreements, learn  # torch

    begun = time.monotonic()
    before = heads.active_head()
    masker = heads.masker_of(before)
    guesses = _guesses(on_progress)
    record = TorsoTraining(before=before, looked_at=guesses.looked_at, usable=len(guesses.masks))
    if record.usable < LEAST:
        record.outcome = TorsoTraining.Outcome.TOO_FEW
    else:
        kept = np.arange(record.usable) % _EVERY == 0
        weights = learn(
            masker.trunk,
            guesses.pixels[~kept],
            _lessons(masker, guesses.pixels[~kept], guesses.masks[~kept]),
            start=bytes(before.weights),
        )
        record.agreement_before, record.agreement = agreements(
            masker.trunk,
            (bytes(before.weights), weights),
            guesses.pixels[kept],
            guesses.masks[kept],
        )
        record.head = heads.register(weights, TorsoHead.Origin.OWN)
        is_better = record.agreement > record.agreement_before
        record.outcome = (
            TorsoTraining.Outcome.ACTIVATED if is_better else TorsoTraining.Outcome.KEPT
        )
        if is_better:
            heads.activate(record.head, only_instead_of=before)
    record.seconds = time.monotonic() - begun
    record.save()
    logger.info("a mask head was trained: %s", record)
    return record


def _lessons(
    masker: Masker, pixels: NDArray[np.uint8], guesses: NDArray[np.float32]
) -> NDArray[np.float32]:
    """What is to be learned of each picture; the guess alone, where the head in use finds no torso."""
    starts = range(0, len(pixels), masker.batch)
    said = np.concatenate([masker.probability(pixels[i : i + masker.batch]) for i in starts])
    has_torso = (said > 0.5).any(axis=(1, 2), keepdims=True)
    return np.where(has_torso, (guesses + said) / 2, guesses)


def _candidates() -> DetectionQuerySet:
    large = Detection.objects.identifiable().filter(width__gte=_SMALLEST, height__gte=_SMALLEST)
    return large.exclude(image__path__below=DRAWINGS)


def _guesses(on_progress: Callable[[int], None]) -> _Guesses:
    """Photographs with a guess, as good as drawn at random: in the order of their check sums."""
    pixels, masks, looked_at = [], [], 0
    for crop in _crops():
        looked_at += 1
        on_progress(1)
        found = guess(np.asarray(crop), GRID)
        if found is not None:
            pixels.append(prepare(crop))
            masks.append(found)
        if len(masks) == MOST:
            break
    empty = np.zeros((0, GRID, GRID), np.float32)
    return _Guesses(looked_at, np.array(pixels), np.array(masks) if masks else empty)


def _crops() -> Iterator[Image.Image]:
    ordered = _candidates().order_by("image__sha256", "x", "y", "pk")
    order = spread(ordered.values_list("pk", "sighting"))
    for key in order[:_LOOKED_AT]:
        detection = Detection.objects.select_related("image").filter(pk=key).first()
        if detection is None:  # deleted since they were listed
            continue
        (cut,) = crops_of_image(Frame.of(detection.image), [CropRequest.of(detection)])
        if not isinstance(cut.crop, ImageProblem):
            yield cut.crop


def spread(keys: Iterable[tuple[Hashable, Hashable | None]]) -> list[Any]:
    """Keys of (key, sighting): the first one of each sighting, then the others, both in order.

    Photographs of one burst teach the same. Without a sighting each is by itself.
    """
    seen: set[Hashable] = set()
    first: list[Hashable] = []
    others: list[Hashable] = []
    for key, sighting in keys:
        of = key if sighting is None else sighting
        (others if of in seen else first).append(key)
        seen.add(of)
    return first + others
