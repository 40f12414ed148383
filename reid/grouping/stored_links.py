"""Detections that `reid.grouping.frame_links` links, read from the store: what joins a sighting where several animals met."""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby
from typing import TYPE_CHECKING

from django.conf import settings

from reid.embedding.vectors import vectors_of
from reid.grouping.frame_links import FrameDeer, TimedFrame, chains
from reid.models import Detection, EmbeddingSpace

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID


def linked(encounters: Sequence[Sequence[UUID]], excluded: Collection[UUID]) -> list[list[UUID]]:
    """Chains of two and more detections, each of one encounter, by the embeddings of the active space.

    `encounters` are those of which a photograph shows two deer: the keys of their deer. The `excluded` ones, which
    an import or a person named, stand between the others and end a chain: who they are is for people to say.
    Photographs without a time are in no chain, nor is anything where REID_LINK_FRAMES is off.
    """
    space = EmbeddingSpace.objects.active()
    if not encounters or space is None or not settings.REID_LINK_FRAMES:
        return []
    detections = Detection.objects.filter(pk__in=[key for keys in encounters for key in keys])
    rows = {
        row[0]: row
        for row in detections.filter(image__captured_at__isnull=False).values_list(
            *("pk", "image", "image__captured_at", "x", "y", "width", "height"),
            *("effective_class", "image__path"),
        )
    }
    vectors = vectors_of(detections, space)
    linked_parts: list[list[UUID]] = []
    for keys in encounters:
        by_image: defaultdict[tuple[datetime, str], list[FrameDeer[UUID]]] = defaultdict(list)
        for key in keys:
            if key in rows:
                _, _, at, x, y, width, height, name, path = rows[key]
                by_image[at, path].append(
                    FrameDeer(key, (x, y, width, height), name, vectors.get(key))
                )
        frames = [TimedFrame(at.timestamp(), deer) for (at, _), deer in sorted(by_image.items())]
        for chain in chains(frames):
            parts = groupby(chain, key=lambda key: key in excluded)
            free = [list(part) for is_named, part in parts if not is_named]
            linked_parts += [part for part in free if len(part) > 1]
    return linked_parts


def numbered(chains: Sequence[Sequence[UUID]]) -> Mapping[UUID, int]:
    """Each detection's chain, as its number."""
    return {key: number for number, chain in enumerate(chains) for key in chain}
