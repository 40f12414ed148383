"""Embedding spaces: registered once, pinned by fingerprint, loaded only where nothing has changed.

Two spaces never meet, and one space never drifts: its weights are verified at each load, and before a
process first writes it embeds the sentinel crops and compares them with what the space recorded.
"""

from __future__ import annotations

import hashlib
import json
import logging
import socket
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from reid.embedding import scorers
from reid.embedding.identities import IDENTITIES, identities_of_folder
from reid.embedding.preprocessing import resampling_of, sentinels
from reid.imaging.crops import CANONICAL_SPECIFICATION
from reid.models import EmbeddingSpace, Scorer
from reid.networks.model_card import DEFAULT, Crop, ModelCard, ModelRefused, read_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reid.embedding.embedder import Embedder

logger = logging.getLogger(__name__)
SENTINEL_COSINE: Final = 0.9999
ALIKE: Final = 0.99999

UNKNOWN_SPACE = "No embedding space is called {}: see manage.py embedding_spaces list."
AMBIGUOUS_SPACE = "Several embedding spaces are called {}: give more digits of the fingerprint."
ONE_OF_BOTH = "Name a scorer or an embedding space, not both."
CONSTANT_MODEL = "The model {} answers the same for different pictures: do not use it."
DRIFTED = (
    "The space {} no longer embeds as it did (lowest sentinel cosine {:.5f}): nothing is written. "
    "Use the device and library versions it was registered with, or register a new space."
)
CHANGED_PREPARATION = (
    "This version prepares crops differently from the one that registered the space {}: "
    "register the model again to get a new space."
)

NO_BFLOAT16 = (
    "This processor does not reckon in bfloat16, which would be slower here than float32: add the model without "
    "--precision, or on a machine that has AVX-512 BF16, AMX or a GPU."
)

_loaded: dict[str, Embedder] = {}  # the one space this process works in: models are large


def preprocessing_of(card: ModelCard) -> dict[str, Any]:
    """The exact specification from canonical crop or torso to unit row."""
    statistics = {"mean": list(card.mean), "std": list(card.std), "pooling": card.pooling.value}
    if card.crop is Crop.TORSO:
        torso = {"crop": card.crop.value, "dimming": card.dimming, "torso_head": card.torso_head}
        return (
            {"resampling": resampling_of(card), "input_size": list(card.shape)} | torso | statistics
        )
    height, width = card.shape
    # One number of a square, as the spaces of earlier versions have it.
    size = height if height == width else [height, width]
    return {"resampling": resampling_of(card), "input_size": size} | statistics


def fingerprint_of(
    card: ModelCard, precision: str, centre: NDArray[np.float32] | None = None
) -> str:
    """SHA-256, as 64 hex digits, of everything that moves an embedding."""
    facts = {
        "weights": card.sha256,
        "preprocessing": preprocessing_of(card),
        "canonical_crop": CANONICAL_SPECIFICATION,
        "precision": precision,
        "centre": None if centre is None else hashlib.sha256(centre.tobytes()).hexdigest(),
    }
    canonical = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def register(
    card: ModelCard,
    *,
    precision: str = EmbeddingSpace.Precision.FLOAT32,
    centre: NDArray[np.float32] | None = None,
    parent: EmbeddingSpace | None = None,
    name: str = "",
) -> EmbeddingSpace:
    """The space of a model, made where it is new. Loads the model; raises ModelRefused.

    A `name` other than the model's distinguishes a derived space from its parent.
    """
    fingerprint = fingerprint_of(card, precision, centre)
    existing = EmbeddingSpace.objects.filter(fingerprint=fingerprint).first()
    if existing is not None:
        return existing
    from reid.networks.devices import reckons_in  # torch

    if not reckons_in(precision, settings.REID_DEVICE):
        raise ModelRefused(NO_BFLOAT16)
    answers = _embed_sentinels(_load(card, precision, centre))
    cosines = answers @ answers.T
    if cosines[~np.eye(len(cosines), dtype=bool)].max() > ALIKE:
        raise ModelRefused(CONSTANT_MODEL.format(card.name))
    with transaction.atomic():
        space, _ = EmbeddingSpace.objects.get_or_create(
            fingerprint=fingerprint,
            defaults={
                "name": name or card.name,
                "dimension": card.dimension,
                "precision": precision,
                "specification": {
                    "model": card.to_json(),
                    "preprocessing": preprocessing_of(card),
                    "canonical_crop": CANONICAL_SPECIFICATION,
                    IDENTITIES: identities_of_folder(card.folder) or [],
                },
                "sentinels": answers.ravel(),
                "centre": centre,
                "parent": parent,
            },
        )
        Scorer.objects.register(space)
    return space


def active_space() -> EmbeddingSpace:
    """The active space; on first use the default model's, registered and activated.

    May load the model: for workers and commands. A page asks the database instead.
    """
    space = EmbeddingSpace.objects.active()
    return space or activate(register(DEFAULT), only_if_none=True)


def active_scorer() -> Scorer:
    """The active scorer; on first use that of the active space, as `active_space` has it."""
    return Scorer.objects.active() or Scorer.objects.of(active_space())


def activate(space: EmbeddingSpace, *, only_if_none: bool = False) -> EmbeddingSpace:
    """Make `space` the one active space, and its embedding scorer the active one; the space that is active then.

    A scorer of this very space that is active already stays. With `only_if_none`, so does whichever space is active.
    """
    active = Scorer.objects.active()
    if active is None or active.space_id != space.pk:
        scorers.activate(Scorer.objects.of(space), only_if_none=only_if_none)
    return EmbeddingSpace.objects.get(is_active=True)


def find(text: str) -> EmbeddingSpace:
    """The space with this name or beginning of a fingerprint. Raises LookupError."""
    spaces_of_name = EmbeddingSpace.objects.filter(name=text)
    matches = list(
        spaces_of_name or EmbeddingSpace.objects.filter(fingerprint__startswith=text.lower())
    )
    if len(matches) != 1 or not text:
        raise LookupError((AMBIGUOUS_SPACE if matches else UNKNOWN_SPACE).format(text))
    return matches[0]


def find_scorer(*, scorer: str = "", space: str = "") -> Scorer | None:
    """The scorer that somebody names (`scorers.find`), or the embedding scorer of the space; None where none is named.

    Raises LookupError, also where both are named.
    """
    if scorer and space:
        raise LookupError(ONE_OF_BOTH)
    if scorer:
        return scorers.find(scorer)
    return Scorer.objects.of(find(space)) if space else None


def embedder_of(space: EmbeddingSpace) -> Embedder:
    """The space's embedder by the faster runtime, loaded, verified and checked once a process. Raises ModelRefused."""
    from reid.embedding import runtimes  # torch and onnxruntime

    if space.fingerprint not in _loaded:
        embedder = load(space)
        choice = runtimes.choose(embedder, settings.REID_RUNTIME, settings.MODEL_ROOT)
        lowest = sentinel_cosine(space, embedder)
        if not lowest >= SENTINEL_COSINE:
            raise ModelRefused(DRIFTED.format(space, lowest))
        logger.info("%s is %s", space, choice)
        where = {"host": socket.gethostname(), "measured_at": timezone.now().isoformat()}
        EmbeddingSpace.objects.filter(pk=space.pk).update(runtime=choice.to_json() | where)
        _loaded.clear()
        _loaded[space.fingerprint] = embedder
    return _loaded[space.fingerprint]


def load(space: EmbeddingSpace) -> Embedder:
    """The space's embedder from the weights it was registered with. Raises ModelRefused."""
    card = ModelCard.from_json(space.specification["model"])
    if fingerprint_of(card, space.precision, space.centre) != space.fingerprint:
        raise ModelRefused(CHANGED_PREPARATION.format(space))
    return _load(card, space.precision, space.centre)


def sentinel_cosine(space: EmbeddingSpace, embedder: Embedder) -> float:
    """The lowest cosine between the sentinels' embeddings now and as the space recorded them."""
    recorded = space.sentinels.reshape(-1, space.dimension)
    recorded = recorded / np.linalg.norm(recorded, axis=1, keepdims=True)
    return float((_embed_sentinels(embedder) * recorded).sum(axis=1).min())


def _load(card: ModelCard, precision: str, centre: NDArray[np.float32] | None) -> Embedder:
    from reid.embedding.embedder import (
        Embedder,  # torch: a second and 200 MB, for processes that embed
    )

    weights = read_weights(card, settings.MODEL_ROOT)
    return Embedder(card, weights, device=settings.REID_DEVICE, precision=precision, centre=centre)


def _embed_sentinels(embedder: Embedder) -> NDArray[np.float32]:
    return embedder.embed(sentinels(embedder.card))
