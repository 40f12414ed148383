"""Table statistics, refreshed after many rows came at once.

PostgreSQL's own daemon does so too, a minute or more later; until then it plans over tables that it believes empty,
and a first report of a fresh store was seen to join them row by row. Nobody else does it for SQLite, which without
believes that few detections are of a class of deer, and reads them all for the newest six.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from django.db import DatabaseError, connection, transaction

from reid.models import (
    Camera,
    Decision,
    Deer,
    Detection,
    Embedding,
    Encounter,
    IdentityEvent,
    Image,
    ReidRun,
    Sighting,
    SimilarityScore,
    SkippedEmbedding,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import Model

logger = logging.getLogger(__name__)

IMPORTED: Final = (Camera, Deer, Image, Encounter, Sighting, Detection, IdentityEvent)
"""What an import writes."""
LOGGED: Final = (
    *(Detection, Embedding, SkippedEmbedding),
    *(SimilarityScore, Decision, IdentityEvent, ReidRun),
)
"""What a run writes."""
MANY: Final = 100
"""Detections; after fewer the planner's picture is still right enough: each is logged against every deer."""


_LOOKED_AT: Final = 1000
"""Rows of each index that SQLite looks at; PostgreSQL has its own sample."""


def refresh(models: Iterable[type[Model]]) -> None:
    """Have these tables looked at anew; a second or so, whatever their size. What goes wrong is only logged."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute(f"PRAGMA analysis_limit = {_LOOKED_AT}")
            for model in models:
                cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")
    except DatabaseError:
        logger.warning("the statistics of the tables could not be refreshed", exc_info=True)
