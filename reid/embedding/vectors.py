"""Stored embeddings, read as one matrix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from reid.models import Detection, Embedding

if TYPE_CHECKING:
    from uuid import UUID

    import numpy as np
    from numpy.typing import NDArray

    from reid.models import DetectionQuerySet, EmbeddingSpace

Rows = Mapping["UUID", "NDArray[np.float32]"]


def vectors_of(
    detections: DetectionQuerySet | list[Detection] | list[UUID], space: EmbeddingSpace
) -> Rows:
    """Detection id -> unit row (d,), for those that have one in `space`."""
    rows = Embedding.objects.filter(space=space, detection__in=detections)
    return {row.detection_id: row.vector for row in rows.only("detection_id", "vector")}
