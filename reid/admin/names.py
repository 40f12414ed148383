"""Admin of names: the former ones, and a filter for those that are much alike."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from django.contrib import admin

from reid import models
from reid.naming import alike_key

if TYPE_CHECKING:
    from uuid import UUID

    from django.contrib.admin import ModelAdmin
    from django.db.models import QuerySet
    from django.http import HttpRequest


class AlikeFilter(admin.SimpleListFilter):
    """Rows whose name is much like another one's: what a person may have meant as one, to look at and merge."""

    title = "name"
    parameter_name = "alike"

    def lookups(
        self, request: HttpRequest, model_admin: ModelAdmin[Any]
    ) -> tuple[tuple[str, str], ...]:
        return (("yes", "much like another one"),)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(pk__in=alike_rows(queryset)) if self.value() == "yes" else queryset


def alike_rows(rows: QuerySet[Any]) -> list[UUID]:
    """Keys of the rows that share what makes names alike with another row; merged profiles are left out."""
    if rows.model is models.Deer:
        rows = rows.filter(merged_into__isnull=True)
    by_key: defaultdict[str, list[UUID]] = defaultdict(list)
    for pk, name in rows.order_by().values_list("pk", "name"):
        by_key[alike_key(name)].append(pk)
    return [pk for key, group in by_key.items() if key and len(group) > 1 for pk in group]


@admin.register(models.FormerName)
class FormerNameAdmin(admin.ModelAdmin[models.FormerName]):
    """Names that lead to a deer: written where one is renamed, and added by hand for names that tables use."""

    list_display = ("name", "deer", "created_at")
    list_select_related = ("deer",)
    search_fields = ("name", "deer__name")
    autocomplete_fields = ("deer",)
