"""Document of a survey's audit: how far it is, what it takes, and the rates of error in plain sentences."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from analysis.surveys.audit.captures import profiles_of
from analysis.surveys.audit.disagreements import disagreements
from analysis.surveys.audit.error_rates import Often, Once, error_rates, judgements_for
from analysis.surveys.audit.opening import missing
from analysis.surveys.audit.reading import askable, newest_closed, strata
from reid.models import SurveyAudit

if TYPE_CHECKING:
    from analysis.surveys.audit.error_rates import Rate, Rates
    from reid.models import Survey

WIDTHS: Final = (0.20, 0.10, 0.06)
"""Widths of intervals for which the effort is said: 10, 5 and 3 in a hundred either way."""

FALSE_MATCHES: Final = "Wrong names: of 100 captures about {rate} bear the name of another deer (95 % sure: {low} to {high})."
MISSED_MATCHES: Final = (
    "Missed names: of 100 captures of a deer that was captured before or after, about {rate} stand under a second name "
    "(95 % sure: {low} to {high})."
)
NO_MATCHES: Final = "Missed names: no deer is known to have been captured twice, so nothing says how often a second name is given."
GHOSTS: Final = (
    "Second names: of 100 names about {rate} are of a deer that has another name too (95 % sure: {low} to {high}). Each makes one "
    "deer too many."
)
CANNOT_TELL: Final = (
    "Of {count} captures nobody could tell. They are no evidence; had all of them been wrong, it could be up to {false} wrong "
    "names in 100 captures and {ghosts} second names in 100 names."
)


def audit_document(survey: Survey) -> dict[str, Any]:
    """JSON of the survey's audit: of the open one, else of the one that was closed last, else what one would take.

    The rates of an open audit are there as soon as it could be closed: whoever sees them sooner judges by them.
    """
    opened = SurveyAudit.objects.filter(survey=survey, status=SurveyAudit.Status.OPEN).first()
    audit = opened or newest_closed(survey)
    if audit is None:
        once, often = _sizes(survey)
        lacking = None
    else:
        once, often = strata(items := list(audit.items.all()))
        lacking = missing(audit, (once, often))
    is_enough = lacking == (0, 0)
    rates = error_rates(once, often) if is_enough else None
    return {
        "audit": None if audit is None else _head(audit),
        "captures": {"once": once.captures, "often": often.captures},
        "profiles": once.captures + often.profiles,
        "answers": once.told + often.told + once.cannot_tell + often.cannot_tell,
        "cannot_tell": once.cannot_tell + often.cannot_tell,
        "without_picture": 0
        if audit is None
        else sum(not item.verdict for item in items) - askable(audit).count(),
        "missing": None if lacking is None else dict(zip(("once", "often"), lacking, strict=True)),
        "is_enough": is_enough,
        "effort": efforts(once, often),
        "rates": None if rates is None else asdict(rates),
        "sentences": [] if rates is None else sentences(rates),
        "disagreements": [] if audit is None else disagreements(audit),
    }


def _head(audit: SurveyAudit) -> dict[str, Any]:
    return {
        "id": str(audit.pk),
        "status": audit.status,
        "created_at": audit.created_at,
        "closed_at": audit.closed_at,
    }


def _sizes(survey: Survey) -> tuple[Once, Often]:
    profiles = profiles_of(survey).values()
    counts = [len(profile.captures) for profile in profiles]
    once = sum(count == 1 for count in counts)
    return Once(once), Often(sum(counts) - once, len(counts) - once)


def efforts(once: Once, often: Often) -> list[dict[str, Any]]:
    """Judgements of each stratum after which ghosts and wrong names are known within each of WIDTHS, were EXPECTED of them wrong.

    `more` of them are still to come.
    """
    sizes: tuple[tuple[Once | Often, int], ...] = (
        (once, once.captures + often.profiles),
        (often, once.captures + often.captures),
    )
    rows = []
    for width in WIDTHS:
        needed = [
            judgements_for(width, stratum.captures, stratum.captures / whole)
            if stratum.captures
            else 0
            for stratum, whole in sizes
        ]
        more = sum(
            max(0, count - stratum.told) for count, (stratum, _) in zip(needed, sizes, strict=True)
        )
        rows.append({"width": width, "once": needed[0], "often": needed[1], "more": more})
    return rows


def sentences(rates: Rates) -> list[str]:
    """The rates for people."""
    said = [_said(FALSE_MATCHES, rates.false_matches)]
    said.append(
        NO_MATCHES if rates.missed_matches is None else _said(MISSED_MATCHES, rates.missed_matches)
    )
    said.append(_said(GHOSTS, rates.ghosts))
    if rates.cannot_tell:
        worst = {
            "false": _percent(rates.false_matches.worst),
            "ghosts": _percent(rates.ghosts.worst),
        }
        said.append(CANNOT_TELL.format(count=rates.cannot_tell, **worst))
    return said


def _said(text: str, rate: Rate) -> str:
    return text.format(rate=_percent(rate.rate), low=_percent(rate.low), high=_percent(rate.high))


def _percent(share: float) -> str:
    """Of a hundred, with a decimal below ten."""
    return f"{100 * share:.0f}" if share >= 0.0995 or not share else f"{100 * share:.1f}"
