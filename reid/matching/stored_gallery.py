"""The gallery as it stands in the database, in the form that matching wants."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.db.models.functions import Coalesce

from reid.embedding.vectors import vectors_of
from reid.matching.similarity import Gallery, Reference
from reid.models import Detection, PatternBackground, Scorer
from reid.patterns.card import MatcherCard
from reid.patterns.gallery import Listing
from reid.patterns.spreads.measured import NOTHING

if TYPE_CHECKING:
    from uuid import UUID

    from reid.matching.similarity import Key, Rule


_last: tuple[Any, Gallery] | None = None  # chunks of one run read the same gallery again and again


def load_gallery(scorer: Scorer) -> Gallery:
    """The references that scores of `scorer` are made with, under the rule REID_PROFILE_SCORE.

    They are those that have an embedding in its space. Where patterns count too, the fingerprints cover both.
    """
    gallery = _of_vectors(scorer)
    if scorer.kind == Scorer.Kind.EMBEDDING:
        return gallery
    pattern = scorer if scorer.kind == Scorer.Kind.PATTERN else scorer.pattern
    if pattern is None:
        raise RuntimeError(f"the fused scorer {scorer} has no pattern matcher")
    of_patterns = pattern_listing(pattern).deer_fingerprints.items()
    pattern_prints: dict[Key, str] = dict(of_patterns)
    prints = tuple(
        _joined(scorer, own if scorer.kind == Scorer.Kind.FUSED else "", pattern_prints.get(deer))
        for deer, own in zip(gallery.deer, gallery.deer_fingerprints, strict=True)
    )
    whole = json.dumps([scorer.fingerprint, list(map(str, gallery.deer)), prints])
    fingerprint = hashlib.sha256(whole.encode()).hexdigest()
    return replace(gallery, deer_fingerprints=prints, fingerprint=fingerprint)


def pattern_listing(pattern: Scorer) -> Listing:
    """The references and the background of a pattern scorer, as the database has them."""
    specification = pattern.specification
    background = PatternBackground.objects.get(fingerprint=specification["background"])
    card = MatcherCard.from_json(specification["card"])
    return Listing.read(background, card, specification.get("base", NOTHING))


def _joined(scorer: Scorer, of_vectors: str, of_pattern: str | None) -> str:
    """One deer's fingerprint of both parts: 16 hex digits."""
    content = json.dumps([scorer.fingerprint, of_vectors, of_pattern])
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def _of_vectors(scorer: Scorer) -> Gallery:
    """The gallery of the scorer's vectors.

    Vectors never change in a space, so the last gallery is kept and only the list of its references is
    read again; at most 20 references a deer make it small.
    """
    global _last
    listed: list[tuple[UUID, UUID | None, UUID | None, str]] = list(
        Detection.objects.references()
        .embedded_in(scorer.vectors)
        .annotate(encounter=Coalesce("sighting__encounter_id", "image__encounter_id"))
        .order_by("pk")
        .values_list("pk", "deer_id", "encounter", "flank")
    )
    rule = cast("Rule", settings.REID_PROFILE_SCORE)  # settings refuse any other word at boot
    key = (scorer.vectors.pk, rule, listed)
    if _last is None or _last[0] != key:
        vectors = vectors_of(Detection.objects.references(), scorer.vectors)
        references = [
            Reference(id_, deer, encounter, vectors[id_], flank)
            for id_, deer, encounter, flank in listed
            if deer is not None and id_ in vectors
        ]
        _last = (key, Gallery.build(references, rule))
    return _last[1]
