"""`manage.py test_reid_thresholds`: what each threshold would assign, how wrongly, and which one is proven."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError

from analysis.management.arguments import (
    add_output,
    add_period,
    chosen_scorer,
    deliver,
    deliver_lines,
    parse_period,
    parse_thresholds,
)
from analysis.recommendation.assess import ALPHA_FPIR, assess
from analysis.recommendation.types import ALPHA_FDP, ALPHAS_FDP
from analysis.reports import changes
from analysis.reports.threshold_formats import FORMATS
from analysis.reports.threshold_report import DEFAULT_THRESHOLDS, build_report
from analysis.score_log.session import AnalysisError, active_threshold, read_only
from analysis.thresholds import acts
from analysis.thresholds.acts import Verb
from analysis.thresholds.queued_answers import State
from reid.identifying import apply_threshold, approval, identify, thresholds
from reid.identifying.approval import ApprovalRefused
from reid.management.base import CheckedCommand
from reid.management.progress import progress_bar
from reid.management.scorer_arguments import add_scorer
from reid.management.users import UnknownPerson, person
from reid.models import Threshold
from reid.reviewing import ReviewError
from reid.units import SCORE_UNITS

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

    from reid.models import Scorer
    from reid.strata import Stratum

NO_SHARE = "--max-fpir must be above 0 and below 1."
NO_CHANGES_AS = "--what-if is shown as {formats}, not as {name}."
NO_PROPOSAL = "There is no proposal for the scorer {scorer}: see test_reid_thresholds --propose."
HOW_TO_APPLY = "Approve and apply it: test_reid_thresholds --apply"
HOW_TO_UNDO = "To take it back: test_reid_thresholds --undo"
UNPROVEN = "Nothing proves this threshold: it is an operator's own number."
ACTIVE, NONE = "active", "none"


class Command(CheckedCommand):
    help = (
        "Show what thresholds would do to the eligible sightings: how many would be assigned, the change "
        "against the active threshold, the error rates of labelled sightings with 95 % intervals, and the "
        "recommendation with what is still missing. That, and --what-if, read the logged scores and change "
        "nothing. --propose writes a recommended threshold down; --apply approves it in a person's name and "
        "gives the sightings their deer, in a run that --undo takes back."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--thresholds",
            default=DEFAULT_THRESHOLDS,
            help="scores to try, separated by commas (default: %(default)s)",
        )
        parser.add_argument(
            "--max-fpir",
            type=float,
            default=ALPHA_FPIR,
            help="share of strangers that may be taken for an enrolled deer (default: %(default)s)",
        )
        parser.add_argument(
            "--alpha-fdp",
            type=float,
            choices=ALPHAS_FDP,
            default=ALPHA_FDP,
            help="share of wrong assignments that a new audit should prove (default: %(default)s)",
        )
        acts = parser.add_mutually_exclusive_group()
        acts.add_argument(
            "--what-if",
            metavar="SCORE",
            help=f"list every detection that this threshold would change ({ACTIVE}: the one in force; {NONE}: "
            "none at all), as table, csv or json",
        )
        acts.add_argument(
            "--propose",
            nargs="?",
            const="",
            metavar="SCORE",
            help="propose the threshold that is recommended; with a SCORE that one, as an operator's, unproven",
        )
        acts.add_argument(
            "--apply",
            action="store_true",
            help="approve the newest proposal and apply it; goes on where it was interrupted",
        )
        acts.add_argument(
            "--undo",
            action="store_true",
            help="undo the newest application: identities and the threshold before",
        )
        parser.add_argument(
            "--user", default="", help="who approves or undoes (default: the local user)"
        )
        add_scorer(parser)
        add_period(parser)
        add_output(parser, [*FORMATS, "html"])

    def handle(self, *args: Any, **options: Any) -> None:
        if not 0 < options["max_fpir"] < 1:
            raise CommandError(NO_SHARE, returncode=2)
        try:
            if options["apply"]:
                self._apply(chosen_scorer(options), options["user"])
            elif options["undo"]:
                self._undo(chosen_scorer(options), options["user"])
            elif options["propose"] is not None:
                self._propose(options)
            elif options["what_if"] is not None:
                self._foretell(options)
            else:
                self._report(options)
        except (AnalysisError, ApprovalRefused, ReviewError, UnknownPerson) as error:
            raise CommandError(str(error)) from error

    def _report(self, options: dict[str, Any]) -> None:
        units = parse_thresholds(options["thresholds"])
        period = parse_period(options["since"], options["until"])
        with read_only():
            assessment = assess(
                chosen_scorer(options),
                alpha_fpir=options["max_fpir"],
                alpha_fdp=options["alpha_fdp"],
            )
            report = build_report(assessment, units, period)
            text: str | bytes
            if options["format"] == "html":
                from analysis.reports.html import html_report  # plotly, for this format alone

                text = html_report(assessment, report).encode()  # the library is not all ASCII
            else:
                text = FORMATS[options["format"]](report)
        deliver(text, options["output"], self.stdout.write)

    def _foretell(self, options: dict[str, Any]) -> None:
        if options["format"] not in changes.FORMATS:
            formats = ", ".join(changes.FORMATS)
            problem = NO_CHANGES_AS.format(formats=formats, name=options["format"])
            raise CommandError(problem, returncode=2)
        scorer = chosen_scorer(options)
        with read_only():
            foresight = changes.Foresight(scorer, *_asked(options["what_if"], scorer))
            lines = changes.FORMATS[options["format"]](foresight)
            deliver_lines(lines, options["output"], self.stdout.write)

    def _propose(self, options: dict[str, Any]) -> None:
        scorer = chosen_scorer(options)
        if options["propose"]:
            value = Decimal(_one(options["propose"])) / SCORE_UNITS
            row, is_new = acts.propose_value(scorer, value), True
        else:
            row, is_new = acts.propose_recommended(
                scorer, alpha_fpir=options["max_fpir"], alpha_fdp=options["alpha_fdp"]
            )
        self.stdout.write(f"{acts.proposed(row, is_new=is_new)} {HOW_TO_APPLY}")

    def _apply(self, scorer: Scorer, user: str) -> None:
        by = person(user)
        threshold = approval.newest_proposal(scorer)
        if threshold is None:
            raise CommandError(NO_PROPOSAL.format(scorer=scorer))
        with progress_bar() as progress:
            task = progress.add_task("sightings", total=identify.candidates(apply_threshold.WHOLE))
            executor = acts.InProcess(lambda done: progress.advance(task, done))
            outcome = acts.do(Verb.APPLY, threshold, by, executor)
        if outcome.state is State.FAILED:
            raise CommandError(outcome.message)
        self._write(f"{outcome.message} {HOW_TO_UNDO}", *acts.changes_of(outcome))
        self._write(*acts.in_force(scorer))
        if threshold.source == Threshold.Source.OPERATOR:
            self._write(UNPROVEN)

    def _undo(self, scorer: Scorer, user: str) -> None:
        outcome = acts.do(
            Verb.UNDO, approval.newest_applied(scorer), person(user), acts.InProcess()
        )
        self._write(outcome.message, *acts.in_force(scorer))

    def _write(self, *lines: str) -> None:
        for line in lines:
            self.stdout.write(line)


def _asked(text: str, scorer: Scorer) -> tuple[int | None, Stratum | None]:
    """Score units of a typed threshold, of the approved one, or None for none; and what it assigns, None for all."""
    if text == ACTIVE:
        active = active_threshold(scorer)
        return (active.units, active.only) if active.is_approved else (None, None)
    return (None, None) if text == NONE else (_one(text), None)


def _one(text: str) -> int:
    units = parse_thresholds(text)
    if len(units) != 1:
        raise CommandError(thresholds.NOT_A_THRESHOLD.format(text=text), returncode=2)
    return units[0]
