"""Table statistics, refreshed after many rows came at once.

PostgreSQL's own daemon does so too, a minute or more later; until then it plans over tables that it believes empty,
and a first report of a fresh store was seen to join them row by row. Nobody else does it for SQLite, which without
believes that few detections are of a class of deer, and reads them all for the newest six.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from django.db import DatabaseError, connection, transaction

if TYPE_CHECKING:
    from collections.abc import Iterable

logger = logging.getLogger(__name__)

IMPORTED: Final = (
    *("reid_camera", "reid_deer", "reid_image", "reid_encounter", "reid_sighting"),
    *("reid_detection", "reid_identityevent"),
)
"""Tables that an import writes; by name, for models lie above."""
LOGGED: Final = (
    *("reid_detection", "reid_embedding", "reid_skippedembedding", "reid_similarityscore"),
    *("reid_decision", "reid_identityevent", "reid_reidrun"),
)
"""Tables that a run writes."""
MANY: Final = 100
"""Detections; after fewer the planner's picture is still right enough: each is logged against every deer."""


_LOOKED_AT: Final = 1000
"""Rows of each index that SQLite looks at; PostgreSQL has its own sample."""


def refresh(tables: Iterable[str]) -> None:
    """Have these tables looked at anew; a second or so, whatever their size. What goes wrong is only logged."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute(f"PRAGMA analysis_limit = {_LOOKED_AT}")
            for table in tables:
                cursor.execute(f"ANALYZE {connection.ops.quote_name(table)}")
    except DatabaseError:
        logger.warning("the statistics of the tables could not be refreshed", exc_info=True)
