"""Requests that name a scorer, by itself or by its embedding space: shared by audits and thresholds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework import serializers

from analysis.score_log.session import find_scorer
from reid.api.query import Query, StrictBody

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reid.models import Scorer


class ScorerRequest(serializers.Serializer[Any]):
    """Which scorer is meant, by itself or by its embedding space."""

    scorer = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=200,
        help_text="Name, kind or start of the fingerprint; left out: the active scorer.",
    )
    space = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=200,
        help_text="Name or start of the fingerprint of an embedding space: its scorer is meant.",
    )


class ScorerQuery(Query, ScorerRequest):
    """The same, behind an address."""


class StrictScorerRequest(StrictBody, ScorerRequest):
    """A body. Fields that are not known are refused."""


def asked_scorer(parameters: Mapping[str, Any]) -> Scorer:
    """The scorer of a request; the active one where it names none. Raises AnalysisError."""
    return find_scorer(scorer=parameters.get("scorer", ""), space=parameters.get("space", ""))
