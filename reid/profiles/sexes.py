"""Sex that a deer's sightings tell, where nobody has said it yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db.models import Count

from reid.models import Detection
from reid.taxonomy import Sex

if TYPE_CHECKING:
    from reid.models import Deer

LEAST: Final = 3
"""Sightings of one class that are needed."""
_TELLING: Final = (Sex.BUCK.value, Sex.DOE.value)


@dataclass(frozen=True, slots=True)
class ToldSex:
    """A sex, and the number of sightings that are all classed so."""

    sex: str
    sightings: int


def told_sex(deer: Deer) -> ToldSex | None:
    """The sex of a deer whose own is unknown, by its sightings; None where they are few or disagree. One query.

    Only those count whose name a person or an import gave. A fawn grows up, and tells nothing.
    """
    if deer.sex != Sex.UNKNOWN:
        return None
    rows = Detection.objects.valid().known().filter(deer=deer, effective_class__in=_TELLING)
    counts = list(
        rows.order_by()
        .values_list("effective_class")
        .annotate(sightings=Count("sighting", distinct=True))
    )
    if len(counts) != 1 or counts[0][1] < LEAST:
        return None
    return ToldSex(*counts[0])
