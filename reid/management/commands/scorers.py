"""`manage.py scorers`: what scores are made by, and which of it is used."""

from __future__ import annotations

from typing import Any, Final

from reid.embedding import scorers
from reid.identifying import thresholds
from reid.management.base import ActionCommand
from reid.models import Scorer, Threshold
from reid.scoring import matchers

OUTGROWN: Final = (
    "  The store has doubled since the background of its pattern matcher was drawn: draw a new one with manage.py "
    "backfill_similarity_scores --renew-background, which makes a new scorer."
)
EARLIER: Final = (
    "  Its pattern matcher is of an earlier version of Thumper, and scores as it did. The new one measures how far chance "
    "scores against each deer: manage.py backfill_similarity_scores --renew-background makes a new scorer with it."
)


class Command(ActionCommand):
    help = (
        "List the scorers, or choose the active one. A scorer is what gives a detection and a deer their score; its "
        "log, thresholds and audits are its own, so another one needs its own backfill and its own threshold."
    )

    refusals = (LookupError,)

    def add_actions(self) -> None:
        self.action(
            "list", self._list, "every scorer, with its threshold and the active one marked"
        )
        activate = self.action(
            "activate",
            self._activate,
            "use this scorer, and its embedding space, from the next run on",
        )
        activate.add_argument("scorer", help="name, kind or beginning of the fingerprint")

    def _activate(self, options: dict[str, Any]) -> None:
        scorer = scorers.find(options["scorer"])
        scorers.choose(scorer)
        self.stdout.write(f"{_line(scorer)}: active.")

    def _list(self, options: dict[str, Any]) -> None:
        known = Scorer.objects.select_related("space")
        for scorer in known:
            mark = "*" if scorer.is_active else " "
            self.stdout.write(f"{mark} {_line(scorer)}, {_about(scorer)}")
            if scorer.is_active and matchers.is_earlier(scorer):
                self.stdout.write(EARLIER)
            elif scorer.is_active and matchers.is_outgrown(scorer):
                self.stdout.write(OUTGROWN)
            if again := thresholds.to_approve_again(scorer):
                self.stdout.write(again)
        if override := thresholds.override_note():
            self.stdout.write(f"Whatever is approved, {override}.")
        if not known:
            self.stdout.write("No scorer yet: the first identification registers the default one.")


def _line(scorer: Scorer) -> str:
    return f"{scorer.fingerprint[:12]}  {scorer.name}  {scorer.kind}"


def _about(scorer: Scorer) -> str:
    """Its space and its threshold."""
    approved = Threshold.objects.in_force(scorer)
    threshold = f"threshold {approved.value} approved" if approved else "no threshold approved"
    return f"space {scorer.space}, {threshold}" if scorer.space else f"no space, {threshold}"
