"""`manage.py audit_threshold`: judge a random sample of would-be assignments, until a threshold or a batch is proven."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError

from analysis.audit.answers import Outcome, record, state_of
from analysis.audit.document import audit_document
from analysis.audit.order import next_items
from analysis.audit.plans import current_plan, valid_plan
from analysis.management import batch_verbs
from analysis.management.arguments import add_output, chosen_scorer, deliver
from analysis.recommendation.assess import assess, begin, begin_batch
from analysis.recommendation.document import status_document
from analysis.recommendation.types import ALPHA_FDP, ALPHAS_FDP
from analysis.score_log.session import AnalysisError, read_only
from reid.management.base import CheckedCommand
from reid.management.scorer_arguments import add_scorer
from reid.management.users import UnknownPerson, person
from reid.matching.stored_gallery import load_gallery
from reid.reviewing import ReviewError
from reid.units import SCORE_UNITS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.core.management.base import CommandParser

    from analysis.recommendation.assess import Assessment
    from analysis.recommendation.types import Recommendation
    from reid.models import AuditItem, AuditPlan

OUTCOMES = {
    "right": Outcome.RIGHT,
    "wrong": Outcome.WRONG,
    "cannot-tell": Outcome.CANNOT_TELL,
}
NOTHING_LEFT = "Nothing is left to judge: see audit_threshold status."
FROZEN = (
    "Audit {plan} is frozen: {population} would-be assignments, candidates {candidates}. "
    "Judge about {about}: audit_threshold next."
)
VERBS = ("plan", "next", "record", "status", *batch_verbs.VERBS, "batches")
PLANTED = "  {missed} of {shown} planted wrong pairs were called right."
NEXT_HINT = "Compare each sighting with the deer's references, then: audit_threshold record ITEM right|wrong|cannot-tell"


class Command(CheckedCommand):
    help = (
        "Prove or refute a threshold by judging would-be assignments drawn at random. plan freezes the "
        "question; next lists items to judge; record takes a judgement; status shows the progress. An assignment is "
        "wrong if it shows another deer or none; cannot-tell counts as wrong, and an item called wrong comes "
        "once more. Judgements change no identity. Where deer are too few for a threshold, plan --batch asks about the "
        "sightings that are there; assign then gives exactly the certified ones their deer, which undo takes back."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_scorer(parser)
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="|".join(VERBS))
        plan = verbs.add_parser("plan", help="freeze the question: candidates, population, order")
        plan.add_argument(
            "--alpha-fdp",
            type=float,
            choices=ALPHAS_FDP,
            default=ALPHA_FDP,
            help="share of wrong assignments to be proven (default: %(default)s)",
        )
        plan.add_argument(
            "--batch",
            action="store_true",
            help="ask about the sightings that are there, where no threshold can be proven",
        )
        plan.add_argument(
            "--shares",
            default="",
            help="of a batch: one or two shares of its sightings, best scores first, such as 0.3,0.6 (default: those "
            "that labelled sightings make likely)",
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
        for name, text in batch_verbs.VERBS.items():
            verb = verbs.add_parser(name, help=text)
            if name != "abandon":
                verb.add_argument(
                    "--user", default="", help="who does it (default: the local user)"
                )
        listing = verbs.add_parser(
            "batches", help="every batch that was opened, and what it certifies"
        )
        for verb in (plan, following, status, listing):
            add_output(verb, ["table", "json"])

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            scorer = chosen_scorer(options)
            if options["verb"] == "record":
                self._record(current_plan(scorer, load_gallery(scorer).fingerprint), options)
                return
            if options["verb"] in batch_verbs.VERBS:
                self.stdout.write(batch_verbs.act(options["verb"], options.get("user", "")))
                return
            if options["verb"] == "batches":
                text = batch_verbs.listing(is_json=options["format"] == "json")
                deliver(text, options["output"], self.stdout.write)
                return
            with read_only():
                assessment = assess(scorer, alpha_fdp=options.get("alpha_fdp", ALPHA_FDP))
            is_json = options["format"] == "json"
            if options["verb"] == "plan":
                shares = batch_verbs.shares(options["shares"], is_batch=options["batch"])
                text = _plan(assessment, options["alpha_fdp"], shares, is_json=is_json)
            else:
                plan = valid_plan(assessment.store)
                if options["verb"] == "next":
                    text = _next(plan, options["count"], is_json=is_json)
                else:
                    text = _status(plan, assessment.recommendation, is_json=is_json)
        except (AnalysisError, ReviewError, UnknownPerson) as error:
            raise CommandError(str(error)) from error
        deliver(text, options["output"], self.stdout.write)

    def _record(self, plan: AuditPlan, options: dict[str, Any]) -> None:
        outcome = OUTCOMES[options["outcome"]]
        item = record(plan, options["item"], outcome, person(options["user"]))
        plan.refresh_from_db()
        self.stdout.write(f"Item {item.pk}: {options['outcome']}. The audit is {plan.status}.")


def _plan(
    assessment: Assessment, alpha_fdp: float, shares: Sequence[float] | None, *, is_json: bool
) -> str:
    """Freeze the question; `shares` are those of a batch, None for a threshold."""
    if shares is None:
        plan = begin(assessment, alpha_fdp)
    else:
        plan = begin_batch(assessment, alpha_fdp, shares)
    if is_json:
        return _json(audit_document(plan, state_of(plan)))
    if plan.number is not None:
        return batch_verbs.frozen(plan)
    return FROZEN.format(
        plan=plan.pk,
        population=plan.candidates[-1]["population"],
        candidates=", ".join(f"{item['threshold'] / SCORE_UNITS:.4f}" for item in plan.candidates),
        about=assessment.recommendation.more.audits,
    )


def _next(plan: AuditPlan, count: int, *, is_json: bool) -> str:
    items = next_items(plan, count)
    if is_json:
        return _json({"plan": str(plan.pk), "items": [_item(item) for item in items]})
    if not items:
        return NOTHING_LEFT
    # Without the score, which would give the answer away.
    lines = [f"{item.pk:>8}  sighting {item.sighting_id}  deer {item.deer.name}" for item in items]
    return "\n".join([*lines, NEXT_HINT])


def _status(plan: AuditPlan, recommendation: Recommendation, *, is_json: bool) -> str:
    document = status_document(plan, recommendation)
    if is_json:
        return _json(document)
    what = f"Audit {plan.pk}" if plan.number is None else f"Batch {plan.number}"
    lines = [f"{what} is {plan.status}: {document['audited']} judged."]
    lines += [
        f"  {item['threshold']:.4f}  assigns {item['assigned']}, judged {item['audited']}, "
        f"wrong {item['wrong']}, FDP at most {item['fdp_upper']:.3f}: {item['status']}"
        for item in document["candidates"]
    ]
    if document["planted"]["shown"]:
        lines.append(PLANTED.format(**document["planted"]))
    return "\n".join([*lines, recommendation.reason])


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2)


def _item(item: AuditItem) -> dict[str, Any]:
    return {
        "item": item.pk,
        "sighting": str(item.sighting_id),
        "deer": str(item.deer_id),
        "score": item.score / SCORE_UNITS,
    }
