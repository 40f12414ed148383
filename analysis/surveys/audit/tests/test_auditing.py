"""An audit of a survey from its draw to its rates: blind, taken back, closed when it says something."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import numpy as np
import pytest

from analysis.audit.answers import JudgedMeanwhileError, UnknownItemError
from analysis.audit.lineup import NotAmongThemError
from analysis.audit.plans import NoPlanError
from analysis.score_log.session import AnalysisError
from analysis.surveys import services
from analysis.surveys.audit import answering, findings_of, opening
from analysis.surveys.audit.captures import profiles_of
from analysis.surveys.audit.document import audit_document
from analysis.surveys.audit.lineup import lineup, search
from analysis.surveys.audit.reading import strata
from analysis.surveys.audit.tests.ranches import Ranch, judge, opened, ranch, small_ranch
from reid.models import Deer, Detection, Survey, SurveyAudit, SurveyAuditItem
from reid.tests import make

if TYPE_CHECKING:
    from analysis.surveys.audit.lineup import Lineup

pytestmark = pytest.mark.django_db


def item_of(audit: SurveyAudit, profile: str, occasion: int) -> SurveyAuditItem:
    return audit.items.get(profile=profile, occasion=occasion)


def answer(audit: SurveyAudit, shown: Lineup, choice: str | None) -> SurveyAuditItem:
    return answering.record(audit, shown.item.pk, judge(), version=shown.version, choice=choice)


def test_all_captures_that_the_estimates_rest_on_are_drawn() -> None:
    _, survey = small_ranch()
    audit = opened(survey)
    history = services.thaw(survey).cut(survey.occasion_days)
    seen = history.history().seen
    rows = audit.items.values_list("profile", "occasion", "stratum")
    expected = {
        (name, int(occasion), "once" if seen[row].sum() == 1 else "often")
        for row, name in enumerate(history.deer)
        for occasion in np.flatnonzero(seen[row])
    }
    assert set(rows) == expected
    assert len(expected) == 6


def test_the_line_up_hides_its_own_profile_among_others_and_shows_nothing_of_the_capture_itself() -> (
    None
):
    made, survey = small_ranch()
    audit = opened(survey)
    item = item_of(audit, "Ada", 1)
    shown = lineup(audit, item)
    assert [one.pk for one in shown.detections] == [item.detection_id]
    assert {one.name for one in shown.profiles} == {"Ada", "Bea", "Cid"}
    own = next(one for one in shown.profiles if one.name == "Ada")
    assert len(own.pictures) == 2  # of the occasions 0 and 2
    assert item.detection_id not in {one.pk for one in own.pictures}
    # The ghost has no other picture of its own: it is not among them, and the first deer is.
    ghost = lineup(audit, item_of(audit, "Cid", 2))
    assert {one.name for one in ghost.profiles} == {"Ada", "Bea"}
    assert made.truth(audit, ghost) == "Ada"


def test_the_order_of_a_line_up_is_chance_and_stays_until_it_is_answered() -> None:
    _, survey = small_ranch()
    places = Counter[int]()
    for number in range(12):
        audit = opened(survey)
        shown = lineup(audit, item_of(audit, "Ada", 0))
        assert lineup(audit, shown.item).profiles == shown.profiles
        places[[one.name for one in shown.profiles].index("Ada")] += 1
        opening.abandon(audit)
        assert number < 11 or len(places) > 1


def test_answers_become_verdicts_and_the_ghost_a_rate() -> None:
    made, survey = small_ranch()
    audit = opened(survey)
    made.answer(audit, 10)
    verdicts = {(one.profile, one.occasion): one.verdict for one in audit.items.all()}
    assert verdicts.pop(("Cid", 2)) == "other"
    assert set(verdicts.values()) == {"own"}
    ghost = item_of(audit, "Cid", 2)
    assert (ghost.other, ghost.other_deer) == ("Ada", Deer.objects.get(name="Ada"))
    assert answering.next_item(audit) is None
    assert findings_of(survey) is None  # it is open yet
    opening.close(audit)
    of_closed = findings_of(survey)
    assert of_closed is not None
    judged, found = of_closed
    assert found.ghosts.rate == found.ghosts.high == pytest.approx(1 / 3)
    assert found.missed_matches is not None
    assert found.missed_matches.rate == pytest.approx(1 / 6)
    assert found.false_matches.rate == 0
    assert len(judged.verdicts) == 6
    document = audit_document(survey)
    assert document["audit"]["status"] == "closed"
    assert "of 100 names about 33 are of a deer that has another name" in document["sentences"][2]


def test_an_answer_changes_no_deer() -> None:
    made, survey = small_ranch()
    names = dict(Detection.objects.values_list("pk", "deer__name"))
    audit = opened(survey)
    made.answer(audit, 10)
    assert dict(Detection.objects.values_list("pk", "deer__name")) == names


def test_the_last_answer_is_taken_back_and_comes_again() -> None:
    _, survey = small_ranch()
    audit = opened(survey)
    first = answering.next_item(audit)
    assert first is not None
    shown = lineup(audit, first)
    answer(audit, shown, None)
    second = answering.next_item(audit)
    assert second is not None
    answer(audit, lineup(audit, second), "")
    assert answering.take_back(audit, judge()).pk == second.pk
    assert answering.next_item(audit) == second
    assert answering.take_back(audit, judge()).pk == first.pk
    with pytest.raises(AnalysisError, match="no answer"):
        answering.take_back(audit, judge())
    again = lineup(audit, answering.find(audit, first.pk))
    assert (again.version, again.profiles) == (shown.version, shown.profiles)
    with pytest.raises(AnalysisError, match="no answer"):
        answering.take_back(audit, judge("somebody else"))


def test_the_slower_of_two_judges_is_told_who_was_faster() -> None:
    _, survey = small_ranch()
    audit = opened(survey)
    item = answering.next_item(audit)
    assert item is not None
    shown = lineup(audit, item)
    answer(audit, shown, "")
    with pytest.raises(JudgedMeanwhileError, match="ranger has judged item"):
        answering.record(audit, item.pk, judge("slow"), version=shown.version, choice=None)
    item.refresh_from_db()
    assert item.verdict == "nobody"


def test_what_makes_no_sense_is_refused() -> None:
    _, survey = small_ranch()
    with pytest.raises(NoPlanError, match="No audit of autumn is open"):
        opening.current(survey)
    audit = opened(survey)
    with pytest.raises(AnalysisError, match="is open: go on with it"):
        opened(survey)
    item = answering.next_item(audit)
    assert item is not None
    shown = lineup(audit, item)
    with pytest.raises(NotAmongThemError, match="Oak is no profile"):
        answer(audit, shown, "Oak")
    with pytest.raises(UnknownItemError):
        answering.record(audit, 999_999, judge(), version="x", choice="")
    opening.abandon(audit)
    with pytest.raises(NoPlanError):
        answer(audit, shown, "")
    with pytest.raises(NoPlanError):
        opening.close(audit)


def test_a_survey_without_captures_has_nothing_to_judge() -> None:
    made = ranch()
    with pytest.raises(AnalysisError, match="has no capture"):
        opened(made.survey(2))


def test_too_few_answers_close_nothing_and_it_is_said_how_many_are_missing() -> None:
    """Of 40 deer seen on two occasions 30 captures are needed, of 5 seen once all of them."""
    made = ranch()
    for animal in range(45):
        deer = make.deer(f"deer {animal:02}")
        for occasion in range(1 if animal < 5 else 2):
            made.see(deer, occasion, animal)
    survey = made.survey(2)
    audit = opened(survey)
    assert opening.missing(audit) == (5, 30)
    with pytest.raises(AnalysisError, match="5 more of deer seen once and 30 more of the others"):
        opening.close(audit)
    assert audit_document(survey)["rates"] is None
    # Nobody can tell of those seen once: all were asked, and nothing is known of them.
    for item in audit.items.filter(stratum="once"):
        answer(audit, lineup(audit, item), None)
    assert opening.missing(audit)[0] == 1
    for item in audit.items.filter(stratum="often")[:30]:
        answer(audit, lineup(audit, item), item.profile)
    assert opening.missing(audit) == (1, 0)
    once, often = strata(list(audit.items.all()))
    assert (once.cannot_tell, once.told, often.own) == (5, 0, 30)


def test_captures_whose_photographs_are_gone_are_asked_nobody() -> None:
    made, survey = small_ranch()
    at = Detection.objects.filter(deer__name="Bea").order_by("image__captured_at")
    at[0].delete()
    audit = opened(survey)
    # Bea's other capture has nothing left to be shown beside.
    assert {one.profile for one in audit.items.filter(detection=None)} == {"Bea"}
    made.answer(audit, 10)
    assert answering.answers_of(audit) == 4
    assert audit_document(survey)["without_picture"] == 2
    assert opening.missing(audit) == (0, 0)


def test_the_most_alike_are_shown_and_all_others_are_found() -> None:
    """Vectors point to animals: of twenty deer the ghost's own is among the six, though nothing else says so."""
    made = ranch(make.scorer())
    for animal in range(20):
        deer = make.deer(f"deer {animal:02}")
        made.see(deer, 0, animal)
        made.see(deer, 1, animal)
    made.see(make.deer("ghost"), 2, 7)
    survey = made.survey(3)
    audit = opened(survey)
    shown = lineup(audit, item_of(audit, "ghost", 2))
    assert len(shown.profiles) == 6
    assert "deer 07" in {one.name for one in shown.profiles}
    rows, count = search(audit, shown.item)
    assert (count, len(rows)) == (20, 20)
    rows, count = search(audit, shown.item, "EER 1")
    assert [one.name for one in rows] == [f"deer {number}" for number in range(10, 20)]


def test_as_many_deer_are_shown_of_one_seen_once_as_of_another() -> None:
    """Else whoever judges sees by their number that none of them is right, and finds no ghost."""
    made = ranch()
    for animal in range(9):
        deer = make.deer(f"deer {animal:02}")
        for occasion in range(1 if animal == 8 else 2):
            made.see(deer, occasion, animal)
    audit = opened(made.survey(2))
    counts = {len(lineup(audit, item).profiles) for item in audit.items.all()}
    assert counts == {6}


def test_logged_scores_bring_a_deer_into_the_line_up() -> None:
    made = ranch()
    for animal in range(20):
        deer = make.deer(f"deer {animal:02}")
        made.see(deer, 0, animal)
        made.see(deer, 1, animal)
    made.see(make.deer("ghost"), 2, 7)
    audit = opened(made.survey(3))
    item = item_of(audit, "ghost", 2)
    assert item.detection is not None
    make.score(item.detection, Deer.objects.get(name="deer 07"), 9000, make.run(make.scorer()))
    assert "deer 07" in {one.name for one in lineup(audit, item).profiles}


def test_deer_seen_once_are_asked_about_far_more_often_than_their_share() -> None:
    made = ranch()
    for animal in range(60):
        deer = make.deer(f"deer {animal:02}")
        for occasion in range(1 if animal < 20 else 3):
            made.see(deer, occasion, animal)
    audit = opened(made.survey(3))
    asked = Counter[str]()
    for _ in range(30):
        item = answering.next_item(audit)
        assert item is not None
        asked[item.stratum] += 1
        answer(audit, lineup(audit, item), "")
    assert asked["once"] > 7  # of 140 captures 20 are such: 4 of 30 would be their share


def simulated() -> tuple[Ranch, Survey]:
    """40 animals on 5 occasions: of their captures 5 % are ghosts' and 2 % bear another animal's name."""
    generator = np.random.default_rng(5)
    made = ranch(make.scorer())
    deer: defaultdict[int, Deer] = defaultdict(lambda: make.deer())
    taken = set()
    for animal in range(40):
        for occasion in np.flatnonzero(generator.random(5) < 0.6):
            profile, drawn = animal, generator.random()
            if drawn < 0.05:
                profile = 1000 + len(made.animals)
            elif drawn < 0.07:
                profile = int(generator.integers(40))
            if (profile, occasion) not in taken:
                taken.add((profile, occasion))
                made.see(deer[profile], int(occasion), animal)
    return made, made.survey(5)


def test_the_rates_of_a_judge_who_knows_hold_the_truth() -> None:
    made, survey = simulated()
    part = opened(survey)
    made.answer(part, 60)
    opening.close(part)
    of_sample = findings_of(survey)
    whole = opened(survey)
    made.answer(whole, 1000)
    opening.close(whole)
    of_all = findings_of(survey)
    assert of_sample is not None and of_all is not None
    (_, sample), (_, truth) = of_sample, of_all
    assert truth.judged == sum(len(one.captures) for one in profiles_of(survey).values())
    assert truth.false_matches.low == truth.false_matches.high == truth.false_matches.rate
    assert truth.ghosts.rate > 0.05
    for name in ("false_matches", "missed_matches", "ghosts"):
        one, true = getattr(sample, name), getattr(truth, name)
        assert one.low <= true.rate <= one.high, name
