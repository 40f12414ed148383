"""`manage.py torso_heads`: which mask heads there are, which one is used, and the store's own one trained."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError
from django.db.models import Count

from reid.management.base import ActionCommand
from reid.management.progress import progress_bar
from reid.models import Torso, TorsoHead, TorsoTraining
from reid.networks.model_card import ModelRefused
from reid.torsos import heads, own_head

STALE = "{} torsos of other heads are stale: manage.py find_torsos makes them anew."
TOO_FEW = (
    "Nothing was trained: of {record.looked_at} photographs {record.usable} show an animal that stands out by its "
    f"colours, and {own_head.LEAST} are needed. Import more, and run this again."
)
TRAINED = (
    "Trained on {record.usable} photographs in {record.seconds:.0f} s. On photographs it had not seen its masks agree "
    "with guesses by {record.agreement:.3f}, those of the head used before by {record.agreement_before:.3f}."
)
KEPT = "It is not used: the head used before agrees better. To use it all the same: torso_heads activate {}."


class Command(ActionCommand):
    help = (
        "List the mask heads, which find the torsos of animals; train one on the store's own photographs, without "
        "labels; or choose the one in use."
    )

    refusals = (LookupError, ModelRefused)

    def add_actions(self) -> None:
        self.action("list", self._list, "every head, with its torsos and the active one marked")
        self.action(
            "train",
            self._train,
            "learn a head from this store's photographs, and use it where it is better",
        )
        activate = self.action("activate", self._activate, "use this head from the next pass on")
        activate.add_argument("head", help="`shipped`, or the beginning of the fingerprint")

    def _list(self, options: dict[str, Any]) -> None:
        heads.active_head()  # registers the shipped one, where it is not yet
        for head in TorsoHead.objects.annotate(found=Count("torsos")):
            mark = "*" if head.is_active else " "
            self.stdout.write(
                f"{mark} {head.fingerprint[:12]}  {head.get_origin_display()}, {head.found:,} torsos"
            )
        for record in TorsoTraining.objects.order_by("created_at"):
            self.stdout.write(f"Trained on {record.created_at:%Y-%m-%d}: {record}.")

    def _train(self, options: dict[str, Any]) -> None:
        with progress_bar() as progress:
            task = progress.add_task("photographs", total=None)
            record = own_head.train(lambda done: progress.advance(task, done))
        if record.head is None:
            raise CommandError(TOO_FEW.format(record=record))
        self.stdout.write(TRAINED.format(record=record))
        self.stdout.write(f"{record.head.fingerprint[:12]}: {record.get_outcome_display()}.")
        if record.outcome == TorsoTraining.Outcome.KEPT:
            self.stdout.write(KEPT.format(record.head.fingerprint[:12]))
        self._tell_stale()

    def _activate(self, options: dict[str, Any]) -> None:
        heads.active_head()
        head = heads.activate(heads.find(options["head"]))
        self.stdout.write(f"{head.fingerprint[:12]}  {head.get_origin_display()}: active.")
        self._tell_stale()

    def _tell_stale(self) -> None:
        stale = Torso.objects.exclude(head__is_active=True).count()
        if stale:
            self.stdout.write(STALE.format(f"{stale:,}"))
