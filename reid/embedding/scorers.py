"""Scorers chosen: found by what a person types, and put in use together with their embedding space."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from reid.models import EmbeddingSpace, Scorer

if TYPE_CHECKING:
    from uuid import UUID

logger = logging.getLogger(__name__)

UNKNOWN_SCORER = "No scorer is called {}: see manage.py scorers list."
AMBIGUOUS_SCORER = "Several scorers are called {}: give more digits of the fingerprint."


def activate(scorer: Scorer, *, only_if_none: bool = False) -> None:
    """Make `scorer` the one that runs use, and its space, where it has one, the active space: both or neither.

    With `only_if_none`, whichever scorer and whichever space are active by now stay.
    """
    with transaction.atomic():
        # Locking every scorer makes two activations take turns.
        list(Scorer.objects.select_for_update(of=("self",)).order_by("pk"))
        if scorer.space_id is not None and not (only_if_none and EmbeddingSpace.objects.active()):
            _mark(EmbeddingSpace, scorer.space_id)
        if not (only_if_none and Scorer.objects.active()):
            _mark(Scorer, scorer.pk)
    logger.info("scorer %s is active", Scorer.objects.active())


def choose(scorer: Scorer) -> None:
    """Put `scorer` in use in a person's name: no run puts another one in its place."""
    with transaction.atomic():
        activate(scorer)
        Scorer.objects.exclude(pk=scorer.pk).update(chosen_at=None)
        Scorer.objects.filter(pk=scorer.pk).update(chosen_at=timezone.now())


def find(text: str) -> Scorer:
    """The scorer with this name, of this kind, or with this beginning of a fingerprint. Raises LookupError.

    Of several of one kind the active one is meant, else the only one of the active space.
    """
    scorers = Scorer.objects.select_related("space")
    matches = list(
        scorers.filter(name=text)
        or scorers.filter(kind=text.lower())
        or scorers.filter(fingerprint__startswith=text.lower())
    )
    if len(matches) > 1 and text.lower() in Scorer.Kind.values:
        of_space = [item for item in matches if item.space and item.space.is_active]
        matches = [item for item in matches if item.is_active] or of_space or matches
    if len(matches) != 1 or not text:
        raise LookupError((AMBIGUOUS_SCORER if matches else UNKNOWN_SCORER).format(text))
    return matches[0]


def _mark(model: type[EmbeddingSpace | Scorer], key: UUID) -> None:
    """Make the row of this key the active one, in an order that the constraint on one bears."""
    model._default_manager.filter(is_active=True).exclude(pk=key).update(is_active=False)
    model._default_manager.filter(pk=key).update(is_active=True)
