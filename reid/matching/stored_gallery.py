"""The gallery as it stands in the database, in the form that matching wants."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.db.models.functions import Coalesce

from reid.antlers import ANY_SEASON
from reid.embedding.vectors import vectors_of
from reid.matching.similarity import Gallery, Reference
from reid.models import Detection, PatternBackground, Scorer
from reid.models.antlers import reference_season, season_of, seasons_count
from reid.patterns.card import MatcherCard
from reid.patterns.gallery import Listing
from reid.patterns.spreads.measured import NOTHING

if TYPE_CHECKING:
    from uuid import UUID

    from reid.matching.similarity import Key, Rule


_Row = tuple["UUID", "UUID", "UUID | None", str, int, int]
"""Detection, deer, encounter, flank and antler season of a reference, and the key of its vector: a moved box has another."""

_last: tuple[Any, Gallery] | None = None  # chunks of one run read the same gallery again and again


def load_gallery(scorer: Scorer) -> Gallery:
    """The references that scores of `scorer` are made with, under REID_PROFILE_SCORE and REID_ANTLER_SEASONS.

    They are those that have an embedding in its space. Where patterns count too, the fingerprints cover both, and those
    of each part are there: read once, they are of the same deer whatever is enrolled meanwhile.
    """
    gallery = _of_vectors(scorer)
    if scorer.kind == Scorer.Kind.EMBEDDING:
        return gallery
    pattern = scorer if scorer.kind == Scorer.Kind.PATTERN else scorer.pattern
    if pattern is None:
        raise RuntimeError(f"the fused scorer {scorer} has no pattern matcher")
    of_patterns = pattern_listing(pattern).deer_fingerprints.items()
    pattern_prints: dict[Key, str] = dict(of_patterns)
    of_vectors, is_fused = gallery.deer_fingerprints, scorer.kind == Scorer.Kind.FUSED
    prints = tuple(
        _joined(scorer, own if is_fused else "", pattern_prints.get(deer))
        for deer, own in zip(gallery.deer, of_vectors, strict=True)
    )
    parts: dict[Key, tuple[str, ...]] = {}
    if is_fused:
        alone = tuple(_joined(pattern, "", pattern_prints.get(deer)) for deer in gallery.deer)
        parts = {scorer.part("embedding").pk: of_vectors, pattern.pk: alone}
    whole = json.dumps([scorer.fingerprint, list(map(str, gallery.deer)), prints])
    fingerprint = hashlib.sha256(whole.encode()).hexdigest()
    return replace(gallery, deer_fingerprints=prints, fingerprint=fingerprint, parts=parts)


def probe_season(detection: Detection) -> int:
    """The antler season that a detection is compared in; ANY_SEASON where REID_ANTLER_SEASONS counts all references.

    Its `image` should be selected.
    """
    return season_of(detection.image.captured_at) if seasons_count() else ANY_SEASON


def pattern_listing(pattern: Scorer) -> Listing:
    """The references and the background of a pattern scorer, as the database has them."""
    specification = pattern.specification
    background = PatternBackground.objects.get(fingerprint=specification["background"])
    card = MatcherCard.from_json(specification["card"])
    return Listing.read(background, card, specification.get("base", NOTHING))


def stored_references(scorer: Scorer) -> list[Reference]:
    """The references with an embedding in the scorer's space, each with its antler season, whether that counts or not."""
    return _with_vectors(_listed(scorer, with_seasons=True), scorer)


def _joined(scorer: Scorer, of_vectors: str, of_pattern: str | None) -> str:
    """One deer's fingerprint of both parts: 16 hex digits."""
    content = json.dumps([scorer.fingerprint, of_vectors, of_pattern])
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def _of_vectors(scorer: Scorer) -> Gallery:
    """The gallery of the scorer's vectors.

    A vector never changes, so the last gallery is kept and only the list of its references is
    read again; at most 20 references a deer and antler year make it small.
    """
    global _last
    listed = _listed(scorer, with_seasons=seasons_count())
    rule = cast("Rule", settings.REID_PROFILE_SCORE)  # settings refuse any other word at boot
    key = (scorer.vectors.pk, rule, listed)
    if _last is None or _last[0] != key:
        _last = (key, Gallery.build(_with_vectors(listed, scorer), rule))
    return _last[1]


def _listed(scorer: Scorer, *, with_seasons: bool) -> list[_Row]:
    rows = (
        Detection.objects.references()
        .embedded_in(scorer.vectors)
        .annotate(encounter=Coalesce("sighting__encounter_id", "image__encounter_id"))
        .order_by("pk")
        .values_list(
            *("pk", "deer_id", "encounter", "flank"),
            *("embeddings__pk", "image__captured_at", "deer__sex", "effective_class"),
        )
    )
    return [
        (
            *(id_, deer, encounter, flank),
            reference_season(*shown) if with_seasons else ANY_SEASON,
            vector,
        )
        for id_, deer, encounter, flank, vector, *shown in rows
        if deer is not None
    ]


def _with_vectors(listed: list[_Row], scorer: Scorer) -> list[Reference]:
    vectors = vectors_of(Detection.objects.references(), scorer.vectors)
    return [
        Reference(id_, deer, encounter, vectors[id_], flank, season)
        for id_, deer, encounter, flank, season, _ in listed
        if id_ in vectors
    ]
