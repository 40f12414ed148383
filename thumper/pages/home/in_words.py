"""Words for how identification stands, for somebody who is no statistician: what it does, how sure, what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _

from reid.identifying import thresholds
from reid.identifying.thresholds import Proof
from reid.models import PerformanceSnapshot, Threshold, threshold_override

if TYPE_CHECKING:
    from reid.models import Scorer

OVERRIDDEN: Final = "overridden"
DEMONSTRATION: Final = "demonstration"


@dataclass(frozen=True, slots=True)
class Standing:
    """How identification stands. `title` is one short sentence; `next_step` names a page by its address."""

    title: str
    text: str
    next_step: str = ""
    next_page: str = ""
    is_warning: bool = False


def standing(scorer: Scorer | None) -> Standing:
    """How the machine gives names as the store stands."""
    if scorer is None:
        return Standing(
            _("Thumper has told no deer apart yet."),
            _(
                "Thumper looks at photographs once they are imported, and compares each deer with those that have a name."
            ),
        )
    if threshold_override() is not None:
        return Standing(
            _("Deer get names by a limit that nobody has approved."),
            _(
                "Whoever runs this server has set REID_THRESHOLD. It takes the place of what is approved here, and nothing says how many of these names are wrong."
            ),
            _("What is approved"),
            "thresholds",
            is_warning=True,
        )
    threshold = Threshold.objects.in_force(scorer)
    if threshold is None:
        return _ranking_only(scorer)
    return _in_force(threshold)


def alerts(scorer: Scorer | None) -> list[str]:
    """The alerts that are on, as sentences."""
    newest = PerformanceSnapshot.objects.of(scorer).first() if scorer else None
    return [alert["text"] for alert in newest.standing] if newest else []


def _ranking_only(scorer: Scorer) -> Standing:
    again = thresholds.to_approve_again(scorer)
    return Standing(
        _("Thumper suggests names; you decide every one."),
        again
        or _(
            "It names deer by itself once it has been shown how seldom it is wrong here. Until then the order of its suggestions is a help, no identification."
        ),
        _("What is missing for that"),
        "thresholds",
        is_warning=bool(again),
    )


def _in_force(threshold: Threshold) -> Standing:
    validity = thresholds.validity(threshold)
    match validity.proof:
        case Proof.PROVEN:
            return Standing(
                _("Thumper names clear sightings by itself, and that is proven here."),
                _(
                    "People have checked a random sample of its names. What is less clear waits for you in the review."
                ),
                _("The proof"),
                "thresholds",
            )
        case Proof.EXPIRED:
            return Standing(
                _("Thumper names clear sightings by itself, but the proof no longer holds."),
                _(
                    "Reason: {why}. The names stay; whether new ones are right is not known until it is checked again."
                ).format(why=validity.why),
                _("Check it again"),
                "thresholds",
                is_warning=True,
            )
        case _:
            if threshold.evidence.get(DEMONSTRATION):
                text = _(
                    "This is the sample herd's own limit, for demonstration: it says nothing about real deer."
                )
            else:
                text = _(
                    "Somebody has approved the limit, but nobody has checked how often its names are wrong."
                )
            return Standing(
                _("Thumper names clear sightings by itself, unchecked."),
                text,
                _("Check it: judge a random sample"),
                "audit",
                is_warning=True,
            )
