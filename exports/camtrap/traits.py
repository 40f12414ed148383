"""Traits of deer: one sex a deer, and one life stage a deer and year, however its photographs were classed.

Readers of packages take rows that differ in sex or life stage for different individuals.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import Count
from django.db.models.functions import ExtractYear

from exports.camtrap.terms import life_stage, sex
from reid.models import Deer, Detection

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID


@dataclass(slots=True)
class Traits:
    """What all photographs of one deer say; `known_sex` is what its own row says, and goes before."""

    known_sex: str = ""
    sexes: Counter[str] = field(default_factory=Counter)
    stages: defaultdict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    @property
    def sex(self) -> str:
        """male, female or empty: also where as many photographs say one as the other."""
        return self.known_sex or most_said(self.sexes)

    def life_stage(self, year: int) -> str:
        """adult, juvenile or empty, in a calendar year of the ranch."""
        return most_said(self.stages[year])


def most_said(votes: Counter[str]) -> str:
    """The text with most votes; empty where there is none, or no single one.

    Examples
    --------
    >>> most_said(Counter({"male": 3, "female": 1})), most_said(Counter({"male": 1, "female": 1}))
    ('male', '')
    """
    ranked = votes.most_common(2)
    if not ranked or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
        return ""
    return ranked[0][0]


def read_traits(deer: Collection[UUID]) -> dict[UUID, Traits]:
    """The traits of some deer, by all their valid photographs, exported or not: two queries.

    Nothing is known of one whose profile is gone meanwhile.
    """
    traits = {key: Traits() for key in deer}
    for key, known in Deer.objects.filter(pk__in=deer).values_list("pk", "sex"):
        traits[key].known_sex = sex(known)
    classed = (
        Detection.objects.valid()
        .filter(deer__in=deer, image__captured_at__isnull=False)
        .order_by()
        .annotate(year=ExtractYear("image__captured_at"))
        .values_list("deer", "effective_class", "year")
        .annotate(votes=Count("pk"))
    )
    for key, classification, year, votes in classed:
        if text := sex(classification):
            traits[key].sexes[text] += votes
        if text := life_stage(classification):
            traits[key].stages[year][text] += votes
    return traits
