"""Matchers: the pattern scorers of backgrounds, and when another one should be proposed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reid.models import PatternBackground, Scorer
from reid.patterns.backgrounds import is_due
from reid.patterns.card import MatcherCard
from reid.patterns.gallery import background_of
from reid.patterns.spreads.measured import of_background

if TYPE_CHECKING:
    from collections.abc import Callable


def is_outgrown(scorer: Scorer) -> bool:
    """Whether a new background should be proposed: the store has doubled since the scorer's was drawn."""
    pattern = _pattern_of(scorer)
    if pattern is None:
        return False
    fingerprint = pattern.specification["background"]
    return is_due(PatternBackground.objects.get(fingerprint=fingerprint))


def is_earlier(scorer: Scorer) -> bool:
    """Whether its patterns are matched as an earlier version did, which `renew` ends: until then it scores as it did."""
    pattern = _pattern_of(scorer)
    return pattern is not None and pattern.specification["card"]["version"] != MatcherCard().version


def _pattern_of(scorer: Scorer) -> Scorer | None:
    return scorer if scorer.kind == Scorer.Kind.PATTERN else scorer.pattern


def matcher(
    background: PatternBackground, on_progress: Callable[[int], None] = lambda _: None
) -> Scorer:
    """The pattern scorer with this background, whose spread is measured for it, once: half a minute.

    `on_progress` as in `pattern_scores.prepare`. Raises NoKeypoints where the background's file is lost or damaged.
    """
    card = MatcherCard()
    fingerprint = card.fingerprint(background.fingerprint)
    if known := Scorer.objects.filter(fingerprint=fingerprint).first():
        return known
    specification = {
        "card": card.to_json(),
        "background": background.fingerprint,
        "base": of_background(background_of(background), card, on_progress),
    }
    scorer, _ = Scorer.objects.get_or_create(
        fingerprint=fingerprint,
        defaults={
            "kind": Scorer.Kind.PATTERN,
            "name": card.name,
            "specification": specification,
        },
    )
    return scorer
