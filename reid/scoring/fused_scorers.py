"""Fused scorers made: from when on patterns count beside embeddings, and with which calibration.

A store with photographs enough gets its background, its pattern matcher and its fused scorer by the first run that
finds them missing; a person who chose a scorer keeps it. Smaller stores are scored by embeddings alone.
"""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from django.conf import settings
from django.db import transaction

from reid.embedding import scorers
from reid.embedding.identities import IDENTITIES
from reid.matching.calibration import (
    SHIPPED,
    Calibration,
    ImpostorScores,
    Weights,
    impostor_scores,
)
from reid.matching.stored_gallery import load_gallery
from reid.models import Detection, Scorer, Training
from reid.patterns.background import FEWEST, NoBackground
from reid.patterns.backgrounds import draw_background, usable
from reid.scoring.compare import compare, encounters_of
from reid.scoring.matchers import matcher
from reid.scoring.pattern_scores import prepare, scores_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from reid.models import EmbeddingSpace

logger = logging.getLogger(__name__)

SHIPPED_SOURCE: Final = "shipped with Thumper"
"""Source of a calibration that no store has learned."""
ENOUGH: Final = 100
"""Detections of deer from which on torsos are looked for: a background needs many animals besides the few compared."""
NOTHING_TO_CALIBRATE: Final = (
    "There is nothing to calibrate: the store has no pattern matcher, or no enrolled deer."
)
_SAMPLE: Final = 500
"""Detections whose embeddings say where impostors lie: some 10,000 pairs even in a small herd."""
_MATCHED: Final = 100
"""Of these the ones whose patterns do: matching takes some tenths of a second each."""


def are_wanted() -> bool:
    """Whether patterns are to be looked for: not switched off, and photographs enough."""
    return bool(settings.REID_PATTERN) and Detection.objects.identifiable().count() >= ENOUGH


def ensure(
    space: EmbeddingSpace, on_progress: Callable[[int], None] = lambda _: None
) -> Scorer | None:
    """The fused scorer of a space with the newest matcher, made where it is missing; None where it cannot be yet.

    `on_progress` as in `pattern_scores.prepare`: with many deer it takes minutes.

    It takes the place of the space's embedding scorer, unless a person put that one in use. A background that the
    store has outgrown stays: only `renew` draws another one.
    """
    pattern = Scorer.objects.newest_matcher()
    if pattern is None:
        if usable().count() < FEWEST:
            return None
        try:
            pattern = matcher(draw_background(), on_progress)
        except NoBackground:
            return None
    return _fused(space, pattern, on_progress)


def renew(space: EmbeddingSpace) -> Scorer | None:
    """A fused scorer with a background of the store as it is now, and with the matcher of this version; None where nobody
    is enrolled yet.

    Raises NoBackground, with the sentence that says what is missing.
    """
    return _fused(space, matcher(draw_background()))


def _fused(
    space: EmbeddingSpace,
    pattern: Scorer,
    on_progress: Callable[[int], None] = lambda _: None,
) -> Scorer | None:
    embedding = Scorer.objects.of(space)
    known = Scorer.objects.filter(
        kind=Scorer.Kind.FUSED, embedding=embedding, pattern=pattern
    ).order_by("-created_at")
    # Weights that were learned, forgotten and learned again are an older scorer: the one in use stays.
    scorer = known.filter(is_active=True).first() or known.first()
    if scorer is None:
        impostors = _impostors(embedding, pattern, on_progress)
        if impostors is None:
            return None  # nobody is enrolled yet
        of_class, source, learned = _weights(embedding)
        scorer = create(embedding, pattern, Calibration(impostors, of_class, source), learned)
    _put_in_use(scorer)
    return scorer


def recalibrate(space: EmbeddingSpace, document: Mapping[str, Any]) -> Scorer:
    """The fused scorer of a space under weights that were learned (`weights_document`), put in use.

    Thresholds and plans of the scorer before are of no use to it, as with any other scorer. Raises LookupError where the
    store has no pattern matcher, or nobody is enrolled.
    """
    embedding = Scorer.objects.of(space)
    pattern = Scorer.objects.newest_matcher()
    impostors = _impostors(embedding, pattern) if pattern else None
    if pattern is None or impostors is None:
        raise LookupError(NOTHING_TO_CALIBRATE)
    of_class, source, learned = _read(document)
    scorer = create(embedding, pattern, Calibration(impostors, of_class, source), learned)
    scorers.activate(scorer)
    return scorer


def weights_document(
    of_class: Mapping[str, Weights], source: str, learned: Sequence[str]
) -> dict[str, Any]:
    """Weights by class of deer as plain values, where they are from, for people to read, and the deer that they were
    learned from (`reid.embedding.identities.identity`).
    """
    return {
        "of_class": {name: asdict(weights) for name, weights in of_class.items()},
        "source": source,
        IDENTITIES: sorted(learned),
    }


_Weights = tuple["Mapping[str, Weights]", str, "list[str] | None"]
"""By class, their source, and the deer that they were learned from; None where nobody wrote them down."""


def _weights(embedding: Scorer) -> _Weights:
    """Weights by class for a new fused scorer: as of the one before, else as its training taught, else as shipped."""
    before = Scorer.objects.filter(kind=Scorer.Kind.FUSED, embedding=embedding)
    if newest := before.order_by("-created_at").first():
        calibration = Calibration.from_json(newest.specification["calibration"])
        if calibration.source == SHIPPED_SOURCE:  # an earlier version's may be others
            return SHIPPED, SHIPPED_SOURCE, None
        return calibration.of_class, calibration.source, newest.specification.get(IDENTITIES)
    trainings = Training.objects.filter(space=embedding.space).order_by("-created_at")
    for judgement in trainings.values_list("judgement", flat=True):
        if document := judgement.get("calibration"):
            return _read(document)
    return SHIPPED, SHIPPED_SOURCE, None


def _read(document: Mapping[str, Any]) -> _Weights:
    of_class = {name: Weights(**weights) for name, weights in document["of_class"].items()}
    return of_class, document["source"], document[IDENTITIES]


def create(
    embedding: Scorer,
    pattern: Scorer,
    calibration: Calibration,
    learned: Sequence[str] | None = None,
) -> Scorer:
    """The fused scorer of two parts under a calibration; the same ones make no second.

    `learned` are the deer that the weights were learned from, None where that is not known.
    """
    facts = [embedding.fingerprint, pattern.fingerprint, calibration.fingerprint]
    scorer, made = Scorer.objects.get_or_create(
        fingerprint=hashlib.sha256(json.dumps(facts).encode()).hexdigest(),
        defaults={
            "kind": Scorer.Kind.FUSED,
            "name": f"{embedding.name} + {pattern.name}",
            "space": embedding.space,
            "embedding": embedding,
            "pattern": pattern,
            "specification": {"calibration": calibration.to_json()}
            | ({} if learned is None else {IDENTITIES: list(learned)}),
        },
    )
    if made:
        logger.info("fused scorer %s is made", scorer)
    return scorer


def _put_in_use(scorer: Scorer) -> None:
    """In place of its own embedding part, or of a fused scorer with an older background; not of a person's choice."""
    with transaction.atomic():
        active = Scorer.objects.active()
        if active is None or active == scorer or active.chosen_at is not None:
            return
        if active.space_id == scorer.space_id:
            scorers.activate(scorer)


def _impostors(
    embedding: Scorer, pattern: Scorer, on_progress: Callable[[int], None] = lambda _: None
) -> ImpostorScores | None:
    """Where impostors lie, by a sample of detections against all deer; None where nothing can be compared.

    Of deer that are known their own is left out. Where there are no known ones with another deer to compare with, all
    scores stand for impostors', as nearly all of them are.
    """
    rows = Detection.objects.identifiable().embedded_in(embedding.vectors)
    rows = rows.filter(sighting__isnull=False).select_related("sighting", "image")
    gallery = load_gallery(embedding)
    for sample in (rows.known().filter(deer__isnull=False), rows):
        detections = list(sample.order_by("image__sha256", "pk")[:_SAMPLE])
        encounters = encounters_of(detections)
        scores = compare(detections, encounters, gallery, embedding).scores
        others = np.array(
            [[item.deer_id != key for key in gallery.deer] for item in detections], bool
        ).reshape(scores.shape)
        if (scores[others] >= 0).any():
            few = detections[:_MATCHED]
            prepare(few, encounters, pattern, on_progress)
            matched = scores_of(few, encounters, pattern, gallery.deer)
            return impostor_scores(scores[others], matched[others[: len(few)]])
    return None
