"""One deer for several sightings at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from django.db import transaction

from reid.models import Operation
from reid.reviewing.identity import settle
from reid.reviewing.ledger import How, Ledger
from reid.reviewing.scene import lock_deer

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from uuid import UUID


@transaction.atomic
def assign_group(
    *,
    sightings: Collection[UUID],
    deer: UUID,
    versions: Mapping[UUID, int],
    **how: Unpack[How],
) -> Operation:
    """All of these sightings are this deer: one operation. `versions` names every detection of all of them.

    Raises StaleReview, and ReviewRefused as `assign` does, or where two of them share a photograph or are of two sexes.
    """
    profile = lock_deer([deer])[deer]
    return settle(Ledger(Operation.Kind.ASSIGN, how), profile, sightings, versions, {})
