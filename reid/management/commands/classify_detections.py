"""`manage.py classify_detections`: a detector's "animal" becomes what lives on the ranch."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from reid.management.base import CheckedCommand
from reid.management.users import UnknownPerson, person
from reid.models import Detection
from reid.reviewing import ReviewRefused, classify
from reid.taxonomy import CHOICES, DEER, Classification
from reid.wording import Number

NEXT = "They are identified with the next run: manage.py identify_detections --stale"


class Command(CheckedCommand):
    help = (
        "Correct the class of all detections of one class at once, as MegaDetector's `animal` on a ranch "
        "where the animals are deer. One operation, which can be undone; a class that was corrected "
        "before to something else is left alone."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        names = [name for name, _ in CHOICES]
        parser.add_argument(
            "classification", choices=names, metavar="CLASS", help=f"one of {', '.join(names)}"
        )
        parser.add_argument(
            "--from",
            dest="source",
            choices=names,
            metavar="CLASS",
            default=Classification.ANIMAL.value,
            help="the class that they have now (default: animal)",
        )
        parser.add_argument(
            "--below", default="", metavar="PATH", help="only photographs whose path begins so"
        )
        parser.add_argument(
            "--user",
            default="",
            help="the account that is recorded as acting (default: the local user)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        among = Detection.objects.filter(image__path__startswith=options["below"])
        try:
            operation = classify(
                options["classification"],
                source=options["source"],
                among=among,
                actor=person(options["user"]),
                reason="classify_detections",
            )
        except (UnknownPerson, ReviewRefused) as error:
            raise CommandError(str(error)) from error
        count = operation.events.filter(field="corrected_classification").count()
        name = options["classification"]
        self.stdout.write(
            f"{Number(count):detection is|detections are} {name} now (operation {operation.pk})."
        )
        if name in DEER:
            self.stdout.write(NEXT)
