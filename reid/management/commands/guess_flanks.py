"""`manage.py guess_flanks`: unknown flanks, guessed from those that are known."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from reid.embedding import spaces
from reid.flanks import guessing
from reid.management.base import CheckedCommand
from reid.management.users import UnknownPerson, person

NEXT = "They are scored again with the next run: manage.py identify_detections --stale"


class Command(CheckedCommand):
    help = (
        "Learn from the flanks that were imported or set in review, and guess the others from their "
        "embeddings. How well that works is measured first on deer that the guess has not seen; where it "
        "does not suffice, nothing is guessed. A guess is marked as one, gives way to every import and "
        "review, and all of them are one operation, which can be undone."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="measure and count, write nothing"
        )
        parser.add_argument("--user", default="", help="who asks for it (default: the local user)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            actor = person(options["user"])
        except UnknownPerson as error:
            raise CommandError(str(error)) from error
        result = guessing.guess(spaces.active_space(), actor=actor, rehearse=options["dry_run"])
        if measured := result.measured:
            nameless = (
                f" and of {result.encounters:,} encounters without a name"
                if result.encounters
                else ""
            )
            self.stdout.write(
                f"On deer not seen before: {measured.guessed:,} of {measured.known:,} photographs of "
                f"{result.deer:,} deer{nameless} guessed, {measured.right:,} rightly, "
                f"balanced accuracy {measured.balanced_accuracy:.1%}."
            )
        if result.reason:
            self.stdout.write(result.reason)
        would = "would be" if options["dry_run"] else "are"
        self.stdout.write(
            f"{result.guesses:,} of {result.looked_at:,} unknown flanks {would} guessed, {result.changed:,} changed."
        )
        if result.operation:
            self.stdout.write(f"Operation {result.operation.pk}. {NEXT}")
