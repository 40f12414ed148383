"""Hidden rows: what an undone import had made or a person deleted, and the log still names. Nobody sees them but foreign keys.

A model with `hidden_at` has two managers: `objects`, which leaves hidden rows out, and `everything`, which Django
uses for foreign keys, so that the log stays readable. A hidden row is stripped of what joins would reach it by
(its camera, encounter, sighting, deer), so that queries past the managers do not meet it either.
"""

from __future__ import annotations

from typing import TypeVar

from django.db import models

_Row = TypeVar("_Row", bound=models.Model)


class VisibleManager(models.Manager[_Row]):
    """Rows that are not hidden."""

    def get_queryset(self) -> models.QuerySet[_Row]:
        return super().get_queryset().filter(hidden_at__isnull=True)
