"""Answers of an audit as estimates take them: by capture, without what nobody could tell, of the newest closed one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from analysis.population.identification_errors import Capture, Judged, Verdict
from analysis.surveys.audit import findings_of
from reid.models import Survey, SurveyAudit, SurveyAuditItem

if TYPE_CHECKING:
    from analysis.surveys.audit.error_rates import Rates

pytestmark = pytest.mark.django_db

NOON = datetime(2025, 11, 1, 12, tzinfo=UTC)


def survey() -> Survey:
    days = {"start": date(2025, 10, 1), "end": date(2025, 10, 28)}
    return Survey.objects.create(name="Autumn", frozen={}, frozen_sha256="0" * 64, **days)


def audit(of: Survey, *answers: tuple[str, int, str], closed: datetime | None = NOON) -> None:
    """Answers: profile, occasion, and the verdict, which is the other profile's name in capitals where it is another's."""
    made = SurveyAudit.objects.create(
        survey=of, salt="s", status="closed" if closed else "open", closed_at=closed
    )
    often = [profile for profile, _, _ in answers]
    for number, (profile, occasion, answer) in enumerate(answers):
        other = answer.lower() if answer.isupper() else ""
        SurveyAuditItem.objects.create(
            audit=made,
            profile=profile,
            occasion=occasion,
            stratum="once" if often.count(profile) == 1 else "often",
            u=str(number),
            verdict="other" if other else answer,
            other=other,
            answered_at=NOON if answer else None,
        )


def read(one: Survey) -> tuple[Judged, Rates]:
    found = findings_of(one)
    assert found is not None
    return found


def test_a_survey_without_a_closed_audit_has_no_answers() -> None:
    one = survey()
    audit(one, ("ada", 0, "own"), closed=None)
    assert findings_of(one) is None


def test_answers_are_those_of_the_audit_that_was_closed_last() -> None:
    one = survey()
    audit(one, ("bea", 2, "own"), ("bea", 0, "own"), ("ada", 1, "BEA"), ("cid", 1, "cannot_tell"))
    audit(one, ("bea", 2, "nobody"), closed=NOON - timedelta(days=1))
    ghost = Capture(0, 1)
    expected = {Capture(1, 2): Verdict.OWN, Capture(1, 0): Verdict.OWN, ghost: Verdict.OTHER}
    judged, found = read(one)
    assert judged == Judged(expected, {ghost: 1})
    assert (found.judged, found.cannot_tell) == (3, 1)
    # One of the two profiles that were seen once is a ghost, as far as anybody could tell: of two profiles two thirds.
    assert found.ghosts.rate == pytest.approx(2 / 3)


def test_of_two_profiles_that_are_each_called_the_other_one_stays() -> None:
    """Else each would move to the other, and there would be two deer as before."""
    one = survey()
    audit(one, ("ada", 0, "BEA"), ("bea", 1, "ADA"))
    ada, bea = Capture(0, 0), Capture(1, 1)
    judged, found = read(one)
    assert judged == Judged({ada: Verdict.OTHER, bea: Verdict.OWN}, {ada: 1})
    assert found.ghosts.rate == 0.5
