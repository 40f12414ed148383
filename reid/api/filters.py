"""Filters, search and orders of each list of the store.

A field's source is the lookup that it stands for; the name of a parameter is the lookup's too.
"""

from __future__ import annotations

import operator
from functools import reduce
from typing import TYPE_CHECKING, Any, Final, TypeVar

from django.db.models import Model, Q
from rest_framework import serializers
from rest_framework.filters import search_smart_split

from reid import models
from reid.api.query import FlagField, MomentField, OneOfField, Query, SomeOfField
from reid.taxonomy import CHOICES, SEX_CHOICES
from reid.units import SCORE_UNITS

if TYPE_CHECKING:
    from django.db.models import QuerySet

MOST_ROWS: Final = 1000
LONGEST: Final = 200
"""Characters of a search: a name is shorter, and databases give up on far longer patterns."""

LONGEST_CURSOR: Final = 3000
"""Characters: of the longest path that can be stored, were it all of four bytes each."""

_ROWS = TypeVar("_ROWS", bound=Model)


class SearchField(serializers.CharField):
    """Words that must all be somewhere in these columns, in any case."""

    def __init__(self, *columns: str) -> None:
        self.columns = columns
        super().__init__(
            max_length=LONGEST, allow_blank=True, help_text="Words that must all occur."
        )

    def found_by(self, text: str) -> Q:
        words = (
            reduce(operator.or_, (Q(**{f"{column}__icontains": word}) for column in self.columns))
            for word in search_smart_split(text)  # type: ignore[arg-type]  # it takes a text
        )
        return reduce(operator.and_, words, Q())


class OrderingField(OneOfField):
    """One of the columns that an index serves; with a minus the other way."""

    def __init__(self, *columns: str) -> None:
        both = [sign + column for column in columns for sign in ("", "-")]
        super().__init__(both, help_text="With a minus from the last to the first.")


class ListQuery(Query):
    """Parameters of every list."""

    page_size = serializers.IntegerField(min_value=1, max_value=MOST_ROWS, help_text="Rows a page.")
    cursor = serializers.RegexField(
        "^[A-Za-z0-9_=-]*$",
        max_length=LONGEST_CURSOR,
        allow_blank=True,
        help_text="As next and previous of a page give it.",
    )

    _OF_PAGES = frozenset({"page_size", "cursor", "ordering", "search"})

    def narrowed(self, rows: QuerySet[_ROWS], params: dict[str, Any]) -> QuerySet[_ROWS]:
        """The rows that the parameters select."""
        lookups = {name: value for name, value in params.items() if name not in self._OF_PAGES}
        search = self.fields.get("search")
        if isinstance(search, SearchField) and params.get("search"):
            rows = rows.filter(search.found_by(params["search"]))
        return rows.filter(**lookups) if lookups else rows


class CameraQuery(ListQuery):
    search = SearchField("name")
    ordering = OrderingField("name")


class DeploymentQuery(ListQuery):
    camera = serializers.UUIDField()
    started_on__gte = serializers.DateField()
    started_on__lte = serializers.DateField()
    ordering = OrderingField("started_on")


class ImageQuery(ListQuery):
    camera = serializers.UUIDField()
    encounter = serializers.UUIDField()
    video = serializers.UUIDField()
    captured_at__gte = MomentField()
    captured_at__lt = MomentField()
    captured_at__isnull = FlagField()
    search = SearchField("path")
    ordering = OrderingField("captured_at", "path")


class DetectionQuery(ListQuery):
    image = serializers.UUIDField()
    image__camera = serializers.UUIDField()
    image__captured_at__gte = MomentField()
    image__captured_at__lt = MomentField()
    image__captured_at__isnull = FlagField()
    sighting = serializers.UUIDField()
    deer = serializers.UUIDField()
    deer__isnull = FlagField()
    identity_source = OneOfField(models.Detection.IdentitySource.choices)
    is_valid = FlagField()  # type: ignore[assignment]  # a field, not the method
    is_reference = FlagField()
    torso__is_aligned = FlagField()
    torso__reason = OneOfField(models.Torso.Reason.choices)
    flank = OneOfField(models.Detection.Flank.choices)
    effective_class = SomeOfField(
        choices=CHOICES, source="effective_class__in", help_text="Several times for any of them."
    )
    search = SearchField("deer__name")
    ordering = OrderingField("created_at")


class DeerQuery(ListQuery):
    sex = OneOfField(SEX_CHOICES)
    status = OneOfField(models.Deer.Status.choices)
    merged_into = serializers.UUIDField()
    merged_into__isnull = FlagField()
    tag = serializers.CharField(source="tags__name", max_length=LONGEST)
    search = SearchField("name", "notes")
    ordering = OrderingField("name")


class SimilarityScoreQuery(ListQuery):
    detection = serializers.UUIDField()
    deer = serializers.UUIDField()
    space = serializers.UUIDField(source="scorer__space", help_text="Of the scorer.")
    scorer = serializers.UUIDField()
    run = serializers.UUIDField()
    matched = FlagField()
    score__gte = serializers.IntegerField(
        min_value=0, max_value=SCORE_UNITS, help_text="Ten-thousandths."
    )
    score__lte = serializers.IntegerField(
        min_value=0, max_value=SCORE_UNITS, help_text="Ten-thousandths."
    )
    ordering = OrderingField("score", "calculated_at")


class ReidRunQuery(ListQuery):
    kind = OneOfField(models.ReidRun.Kind.choices)
    state = OneOfField(models.ReidRun.State.choices)
    space = serializers.UUIDField(source="scorer__space", help_text="Of the scorer.")
    scorer = serializers.UUIDField()


class OperationQuery(ListQuery):
    kind = OneOfField(models.Operation.Kind.choices)
    run = serializers.UUIDField()
    selection = OneOfField(models.Operation.Selection.choices)
