"""The gallery as it stands in the database, in the form that matching wants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.db.models.functions import Coalesce

from reid.embedding.vectors import vectors_of
from reid.matching.similarity import Gallery, Reference
from reid.models import Detection

if TYPE_CHECKING:
    from uuid import UUID

    from reid.matching.similarity import Rule
    from reid.models import Scorer


_last: tuple[Any, Gallery] | None = None  # chunks of one run read the same gallery again and again


def load_gallery(scorer: Scorer) -> Gallery:
    """The references that have an embedding in the space of `scorer`, under the rule REID_PROFILE_SCORE.

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
    key = (scorer.pk, rule, listed)
    if _last is None or _last[0] != key:
        vectors = vectors_of(Detection.objects.references(), scorer.vectors)
        references = [
            Reference(id_, deer, encounter, vectors[id_], flank)
            for id_, deer, encounter, flank in listed
            if deer is not None and id_ in vectors
        ]
        _last = (key, Gallery.build(references, rule))
    return _last[1]
