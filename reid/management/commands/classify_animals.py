"""`manage.py classify_animals`: what a classifier of the user's own says of the animals that a detector has found."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.db.models import Count

from reid.detecting.species import classify
from reid.management.base import CheckedCommand
from reid.management.commands.classify_detections import NEXT
from reid.management.progress import progress_bar
from reid.management.users import UnknownPerson, person
from reid.networks.model_card import ModelRefused
from reid.reviewing import ClassAnswer, ReviewRefused, open_to_classifiers, take_answers
from reid.storage.photo_store import StoreAway
from reid.taxonomy import DEER
from reid.wording import Number

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from django.contrib.auth.models import User

    from reid.detecting.species.classify import Looked

NOTHING = "There is nothing to classify: no animal waits whose class neither a person nor a classifier has said."
ONLY_CHANGED = "People have classified all of them meanwhile: nothing was changed."
NOT_SHOWN = "{count:detection|detections} could not be looked at, and wait for the next time:"
LOOKED_AT = (
    "{count:detection|detections} looked at by {classifier}; {same:,} keep their class "
    "(operation {operation}, which can be undone)."
)
_SHOWN = 20


class Command(CheckedCommand):
    help = (
        "Show a classifier each detection that is an animal or a deer without more, and give it the class that it answers where it is "
        "sure enough. What a person classified or reviewed is left alone. One operation, which can be undone."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--classifier",
            default="",
            metavar="FOLDER",
            help="the classifier's folder below MODEL_ROOT (default: the only one there)",
        )
        parser.add_argument(
            "--again",
            action="store_true",
            help="those too that a classifier has looked at before, this one or another",
        )
        parser.add_argument("--limit", type=int, help="no more than so many detections")
        parser.add_argument(
            "--user",
            default="",
            help="the account that is recorded as acting (default: the local user)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["limit"] is not None and options["limit"] < 1:
            raise CommandError("--limit must be 1 or more.")
        try:
            actor = person(options["user"])
            card = classify.choose(settings.MODEL_ROOT, options["classifier"])
            classifier = classify.Classifier(card, card.read_weights(settings.MODEL_ROOT))
        except (UnknownPerson, ModelRefused) as error:
            raise CommandError(str(error)) from error
        waiting = open_to_classifiers(again=options["again"])
        count = min(waiting.count(), options["limit"] or sys.maxsize)
        if not count:
            self.stdout.write(NOTHING)
            return
        answers: dict[UUID, ClassAnswer] = {}
        try:
            self._look(classify.look(waiting, classifier, count), count, answers)
        except (ModelRefused, StoreAway) as error:
            raise CommandError(str(error)) from error
        finally:  # what was computed before a failure, or before Ctrl-C, is not lost
            if answers:
                self._take(answers, card.words, actor)

    def _look(
        self, looked_at: Iterable[Looked], count: int, answers: dict[UUID, ClassAnswer]
    ) -> None:
        problems: list[str] = []
        with progress_bar() as bar:
            task = bar.add_task("classifying", total=count)
            for looked in looked_at:
                if looked.problem is not None:
                    problems.append(f"{looked.path}: {looked.problem}")
                elif looked.answer is None:
                    answers[looked.detection] = ClassAnswer(None)
                else:
                    answer = looked.answer
                    answers[looked.detection] = ClassAnswer(answer.classification, answer.word)
                bar.advance(task)
        if problems:
            self.stderr.write(NOT_SHOWN.format(count=Number(len(problems))))
            self.stderr.writelines(problems[:_SHOWN])

    def _take(self, answers: dict[UUID, ClassAnswer], classifier: str, actor: User) -> None:
        try:
            operation = take_answers(
                answers, classifier=classifier, actor=actor, reason="classify_animals"
            )
        except ReviewRefused:  # people were quicker
            self.stdout.write(ONLY_CHANGED)
            return
        events = operation.events.filter(field="classification").order_by()
        pairs = events.values_list("before", "after").annotate(count=Count("pk"))
        rows = sorted(pairs, key=lambda row: (-row[2], row[:2]))
        for before, after, count in rows:
            self.stdout.write(f"{count:>10,}  {before} are {after} now")
        self.stdout.write(
            LOOKED_AT.format(
                count=Number(len(answers)),
                classifier=classifier,
                same=len(answers) - sum(row[2] for row in rows),
                operation=operation.pk,
            )
        )
        if any(after in DEER for _, after, _ in rows):
            self.stdout.write(NEXT)
