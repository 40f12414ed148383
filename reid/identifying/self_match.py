"""Self-match check before a run: a reference must score 1.0000 against itself, else nothing is written.

The sentinels show that the model still embeds as it did. This shows that the stored vectors are that
model's, and of the crops that are stored now: a database and files from different backups, or vectors that
another model wrote, would fill the log with scores of nothing, and no threshold would tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from reid.embedding import spaces
from reid.embedding.preprocessing import prepare
from reid.embedding.vectors import vectors_of
from reid.embedding.views import stored_picture, with_torsos
from reid.matching.similarity import Gallery, Reference, score
from reid.models import Detection
from reid.networks.model_card import ModelCard, ModelRefused
from reid.units import SCORE_UNITS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from numpy.typing import NDArray

    from reid.models import EmbeddingSpace

SAMPLE: Final = 16
"""References that are embedded anew: all over the gallery, and below a second on two cores."""

FAILED = (
    "{} of {} references do not match themselves in the space {} (lowest score {:.4f}): nothing is written. "
    "Restore database and photographs from the same backup, or register the model anew for a new space."
)


def check(space: EmbeddingSpace) -> int:
    """Embed some references anew and score each against its stored vector; how many were checked.

    References without a stored vector or crop are not among them: there is nothing yet that could be
    wrong. Raises ModelRefused where one scores below 1.0000, and where the space may not embed at all.
    """
    detections = Detection.objects.filter(pk__in=_sample(space)).select_related("image")
    sample = list(detections.order_by("image_id", "pk"))
    if not sample:
        return 0
    card = ModelCard.from_json(space.specification["model"])
    read = (
        (item.pk, stored_picture(item.pk, is_torso=is_torso))
        for item, is_torso in with_torsos(sample, card)
    )
    pixels = {key: prepare(picture, card) for key, picture in read if picture is not None}
    if not pixels:
        return 0
    anew = spaces.embedder_of(space).embed(np.stack(list(pixels.values())))
    stored = vectors_of(Detection.objects.filter(pk__in=pixels), space)
    scores = own_scores([stored[key] for key in pixels], anew)
    if (wrong := int((scores < SCORE_UNITS).sum())) > 0:
        lowest = scores.min() / SCORE_UNITS
        raise ModelRefused(FAILED.format(wrong, len(scores), space, lowest))
    return len(scores)


def own_scores(
    stored: Sequence[NDArray[np.float32]], anew: NDArray[np.float32]
) -> NDArray[np.int32]:
    """Score units (n,) of unit rows (n, d) against the stored vectors, each as a gallery of itself."""
    return np.array(
        [
            score(
                row[None], Gallery.build([Reference("self", "self", None, vector)], "max"), [None]
            )
            for vector, row in zip(stored, anew, strict=True)
        ],
        np.int32,
    ).ravel()


def _sample(space: EmbeddingSpace) -> list[UUID]:
    """Keys of up to SAMPLE references with a vector, evenly spaced in the order of their keys."""
    references = Detection.objects.references().embedded_in(space).order_by("pk")
    keys = list(references.values_list("pk", flat=True))
    step = max(1, -(-len(keys) // SAMPLE))
    return keys[::step]
