"""Words for a verdict: what the evidence says of a limit, and what to do next, for somebody who is no statistician."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analysis.recommendation.types import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class VerdictWords:
    """A verdict in one sentence, and the next step: its words, and the page that it leads to (by address name)."""

    title: str
    text: str
    step: str = ""
    page: str = ""


def in_words(document: Mapping[str, Any]) -> VerdictWords:
    """The verdict of a recommendation's document (`analysis.recommendation.document`)."""
    more = document["more"]
    match Verdict(document["verdict"]):
        case Verdict.INVALID_DATA:
            return VerdictWords(
                _("The scores cannot be trusted as they stand."),
                _(
                    "Something is missing or contradicts itself; the reason is below. Names that people gave are safe."
                ),
                _("See what runs, and what failed"),
                "health",
            )
        case Verdict.INSUFFICIENT_EVIDENCE:
            return VerdictWords(
                _("Too little is known yet to let the machine give names by itself."),
                _missing(more["reviews"], more["deer"]),
                _("Review sightings"),
                "review",
            )
        case Verdict.AUDIT_NEEDED:
            return VerdictWords(
                _("A limit is in sight. It has to be checked by a person first."),
                ngettext(
                    "You judge about {n} name that the machine would give, drawn at random. That proves how many of all its names are wrong at most.",
                    "You judge about {n} names that the machine would give, drawn at random. That proves how many of all its names are wrong at most.",
                    more["audits"],
                ).format(n=more["audits"]),
                _("Begin or go on with the check"),
                "audit",
            )
        case Verdict.RECOMMEND_BATCH:
            return VerdictWords(
                _(
                    "With so few deer no limit can be proven for strangers to come. The names that are due now can be checked together."
                ),
                _(
                    "You judge some of them. If they are right often enough, exactly these sightings get their names, and no other."
                ),
                _("Check these names"),
                "audit",
            )
        case Verdict.NO_USABLE_THRESHOLD:
            return VerdictWords(
                _("No limit would help here: it would name almost nothing, or name strangers."),
                _(
                    "The order of the suggestions still helps in the review, which stays the way to names."
                ),
                _("Review sightings"),
                "review",
            )
        case Verdict.KEEP_CURRENT:
            return VerdictWords(
                _("The limit in force is good: nothing that was tried is clearly better."), ""
            )
        case Verdict.RECOMMEND:
            return VerdictWords(
                _("A limit is proven, and can be approved."),
                _("It stands among the proposals below. Only a person puts it in force."),
            )


def _missing(reviews: int, deer: int) -> str:
    text = ngettext(
        "Say of about {n} more sighting which deer it is.",
        "Say of about {n} more sightings which deer it is.",
        reviews,
    ).format(n=reviews)
    if deer:
        text += " " + ngettext(
            "Among them must be {n} deer that has no such sighting yet.",
            "Among them must be {n} deer that have no such sighting yet.",
            deer,
        ).format(n=deer)
    return f"{text} " + _("Deer with the fewest sightings teach most.")
