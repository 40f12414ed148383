"""`manage.py audit_threshold`: judge a random sample of would-be assignments, until a threshold is proven."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from analysis.assessment import assess
from analysis.auditing import begin, current_plan, valid_plan
from analysis.documents import audit_document, status_document
from analysis.handing_out import next_items
from analysis.judging import Outcome, record, state_of
from analysis.recommend import ALPHA_FDP, ALPHAS_FDP
from analysis.scores import AnalysisError, find_space, read_only
from reid.references import load_gallery

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.core.management.base import CommandParser

    from analysis.assessment import Assessment
    from analysis.recommend import Recommendation
    from reid.models import AuditItem, AuditPlan

OUTCOMES = {
    "right": Outcome.RIGHT,
    "wrong": Outcome.WRONG,
    "cannot-tell": Outcome.CANNOT_TELL,
}
NO_USER = "There is no user {name}: name an existing one with --user."
USER_NEEDED = "Say who judges: --user NAME."
NOTHING_LEFT = "Nothing is left to judge: see audit_threshold status."
FROZEN = (
    "Audit {plan} is frozen: {population} would-be assignments, candidates {candidates}. "
    "Judge about {about}: audit_threshold next."
)
PLANTED = "  {missed} of {shown} planted wrong pairs were called right."
NEXT_HINT = "Compare each sighting with the deer's references, then: audit_threshold record ITEM right|wrong|cannot-tell"


class Command(BaseCommand):
    help = (
        "Prove or refute a threshold by judging would-be assignments drawn at random. plan freezes what is "
        "asked; next hands out items; record takes a judgement; status says how far it is. An assignment is "
        "wrong if it shows another deer or none; cannot-tell counts as wrong, and an item called wrong comes "
        "once more. Judgements change no identity."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--space",
            default="",
            help="name or start of the fingerprint (default: the active space)",
        )
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="plan|next|record|status")
        plan = verbs.add_parser("plan", help="freeze the question: candidates, population, order")
        plan.add_argument(
            "--alpha-fdp",
            type=float,
            choices=ALPHAS_FDP,
            default=ALPHA_FDP,
            help="share of wrong assignments to be proven (default: %(default)s)",
        )
        following = verbs.add_parser("next", help="the next assignments to judge")
        following.add_argument(
            "--count", type=int, default=10, help="items at most (default: %(default)s)"
        )
        taking = verbs.add_parser("record", help="take a judgement")
        taking.add_argument("item", type=int, help="number of the item, from next")
        taking.add_argument("outcome", choices=sorted(OUTCOMES))
        taking.add_argument("--user", default="", help="who judges (default: the local user)")
        status = verbs.add_parser("status", help="what has been judged and what it proves")
        for verb in (plan, following, status):
            verb.add_argument(
                "--format", choices=["table", "json"], default="table", help="default: %(default)s"
            )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            space = find_space(options["space"])
            if options["verb"] == "record":
                self._record(current_plan(space, load_gallery(space).fingerprint), options)
                return
            with read_only():
                assessment = assess(space, alpha_fdp=options.get("alpha_fdp", ALPHA_FDP))
            if options["verb"] == "plan":
                self._plan(assessment, options)
                return
            plan = valid_plan(assessment.store)
            if options["verb"] == "next":
                self._next(plan, options)
            else:
                self._status(plan, assessment.recommendation, options)
        except AnalysisError as error:
            raise CommandError(str(error)) from error

    def _plan(self, assessment: Assessment, options: dict[str, Any]) -> None:
        plan = begin(assessment, options["alpha_fdp"])
        if options["format"] == "json":
            self._say(audit_document(plan, state_of(plan)))
            return
        shown = ", ".join(f"{item['threshold'] / 10_000:.4f}" for item in plan.candidates)
        self.stdout.write(
            FROZEN.format(
                plan=plan.pk,
                population=plan.candidates[-1]["population"],
                candidates=shown,
                about=assessment.recommendation.more.audits,
            )
        )

    def _next(self, plan: AuditPlan, options: dict[str, Any]) -> None:
        items = next_items(plan, options["count"])
        if options["format"] == "json":
            self._say({"plan": str(plan.pk), "items": [_item(item) for item in items]})
            return
        if not items:
            self.stdout.write(NOTHING_LEFT)
            return
        for item in items:  # without the score, which would whisper the answer
            self.stdout.write(f"{item.pk:>8}  sighting {item.sighting_id}  deer {item.deer.name}")
        self.stdout.write(NEXT_HINT)

    def _record(self, plan: AuditPlan, options: dict[str, Any]) -> None:
        outcome = OUTCOMES[options["outcome"]]
        item = record(plan, options["item"], outcome, _user(options["user"]))
        plan.refresh_from_db()
        self.stdout.write(f"Item {item.pk}: {options['outcome']}. The audit is {plan.status}.")

    def _status(self, plan: AuditPlan, found: Recommendation, options: dict[str, Any]) -> None:
        document = status_document(plan, found)
        if options["format"] == "json":
            self._say(document)
            return
        self.stdout.write(f"Audit {plan.pk} is {plan.status}: {document['audited']} judged.")
        for item in document["candidates"]:
            self.stdout.write(
                f"  {item['threshold']:.4f}  assigns {item['assigned']}, judged {item['audited']}, "
                f"wrong {item['wrong']}, FDP at most {item['fdp_upper']:.3f}: {item['status']}"
            )
        planted = document["planted"]
        if planted["shown"]:
            self.stdout.write(PLANTED.format(**planted))
        self.stdout.write(found.reason)

    def _say(self, document: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(document, indent=2))


def _item(item: AuditItem) -> dict[str, Any]:
    return {
        "item": item.pk,
        "sighting": str(item.sighting_id),
        "deer": str(item.deer_id),
        "score": item.score / 10_000,
    }


def _user(name: str) -> User:
    if not name and not settings.EMBEDDED:
        raise CommandError(USER_NEEDED)
    name = name or settings.LOCAL_USERNAME
    user = get_user_model().objects.filter(username=name, is_active=True).first()
    if user is None:
        raise CommandError(NO_USER.format(name=name))
    return user
