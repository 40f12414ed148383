"""Rules of scores: the settings that they are made by, as a threshold remembers them, and what changed since."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.conf import settings

from reid.models.antlers import ALL, seasons_rule

if TYPE_CHECKING:
    from collections.abc import Mapping

OTHER_RULE: Final = "scores are made by the rule {now} now, and were made by {then}"
OTHER_SEASONS: Final = (
    "references of bucks count by REID_ANTLER_SEASONS={now} now, and counted by {then}"
)
_RULE: Final = "profile_score"
_SEASONS: Final = "antler_seasons"


def rules_now() -> dict[str, str]:
    """The rules by name, for the evidence of a threshold."""
    return {_RULE: settings.REID_PROFILE_SCORE, _SEASONS: seasons_rule()}


def what_changed(evidence: Mapping[str, Any]) -> str:
    """Which rule is another one since some evidence was written down, in words; empty where none is."""
    now, then = rules_now(), evidence.get(_RULE)
    if then is None:
        return ""
    if then != now[_RULE]:
        return OTHER_RULE.format(now=now[_RULE], then=then)
    # Evidence from before antler seasons rests on all references.
    counted = evidence.get(_SEASONS, ALL)
    if counted != now[_SEASONS]:
        return OTHER_SEASONS.format(now=now[_SEASONS], then=counted)
    return ""
