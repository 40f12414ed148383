"""The sighting log: trials, would-be assignments, known impostors, as a run decides."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analysis.score_log.facts import CapturePeriod
from analysis.score_log.known_impostors import ImpostorKind
from analysis.score_log.scan import compared_deer, score_blocks
from analysis.score_log.sighting_log import SightingLog, read_log
from reid.db.query_plans import by_index
from reid.identifying import identify
from reid.models import REJECTED, Decision, Deer, Detection, IdentityEvent, Operation, Threshold
from reid.tests import make

pytestmark = pytest.mark.django_db


class Log:
    """A scorer, a run, and shorthand for what is compared in it."""

    def __init__(self) -> None:
        self.scorer = make.scorer()
        self.run = make.run(self.scorer)

    def detection(self, **fields) -> Detection:
        found = make.detection(**fields)
        make.embedding(found, self.scorer, 1, 0, 0, 0)
        return found

    def score(self, of: Detection, **against: int) -> Detection:
        for name, value in against.items():
            make.score(of, Deer.objects.get(name=name), value, self.run)
        return of

    def read(self, period: CapturePeriod | None = None) -> SightingLog:
        return read_log(self.scorer, period)


@pytest.fixture
def log() -> Log:
    for name in ("ada", "bea", "cleo"):
        make.deer(name)
    return Log()


def named(name: str) -> Deer:
    return Deer.objects.get(name=name)


def assigned(log: Log, threshold: int) -> dict[object, tuple[str, int]]:
    would_be = log.read().would_assign(threshold)
    names = dict(Deer.objects.values_list("pk", "name"))
    return {
        sighting: (names[deer], int(score))
        for (sighting, deer), score in zip(would_be.pairs, would_be.scores, strict=True)
    }


def review(detection: Detection, selection: str, kind: str = "confirm") -> Operation:
    user, _ = get_user_model().objects.get_or_create(username="ranger")
    operation = Operation.objects.create(kind=kind, actor=user, selection=selection)
    IdentityEvent.objects.create(operation=operation, detection=detection, field="deer")
    return operation


def reviewed(log: Log, selection: str) -> Detection:
    found = log.detection(deer=named("ada"), identity_source="reviewed")
    review(found, selection)
    return log.score(found, ada=9000, bea=6000)


def test_a_labelled_sighting_is_a_trial_and_no_candidate_for_assignment(log):
    log.score(log.detection(deer=named("ada")), ada=9500, bea=7000, cleo=6000)
    read = log.read()
    assert read.trials.genuine.tolist() == [9500]
    assert read.trials.decoys.tolist() == [7000]
    assert (read.labelled, read.unreviewed) == (1, 0)
    assert read.would_assign(1).pairs == ()


def test_a_sighting_scores_the_mean_of_its_detections_halves_up(log):
    first = log.detection()
    log.score(first, ada=8000, bea=9000)
    log.score(log.detection(sighting=first.sighting), ada=8001, bea=6000)
    assert assigned(log, 1) == {first.sighting_id: ("ada", 8001)}
    assert assigned(log, 8001) != {}
    assert assigned(log, 8002) == {}


def test_a_labelled_deer_that_is_not_enrolled_is_a_stranger(log):
    log.score(log.detection(deer=make.deer("dot")), ada=6000, bea=5000)
    trials = log.read().trials
    assert trials.own.tolist() == [-1]
    assert trials.decoys.tolist() == [6000]


def test_sex_and_life_span_rule_deer_out(log):
    Deer.objects.filter(name="ada").update(sex="buck")
    Deer.objects.filter(name="bea").update(died_on=make.NOON.date() - timedelta(days=1))
    Deer.objects.filter(name="cleo").update(born_on=date(2020, 1, 1))
    doe = log.score(log.detection(classification="doe"), ada=9000, bea=8000, cleo=7000)
    assert assigned(log, 1) == {doe.sighting_id: ("cleo", 7000)}


def test_one_detection_rules_a_deer_out_for_its_whole_sighting(log):
    Deer.objects.filter(name="ada").update(sex="buck")
    first = log.score(log.detection(classification="unknown_deer"), ada=9000, bea=7000)
    make.detection(sighting=first.sighting, image=make.image(), classification="doe")
    assert assigned(log, 1) == {first.sighting_id: ("bea", 7000)}


def test_a_sighting_for_which_nobody_is_possible_counts_and_is_never_assigned(log):
    Deer.objects.update(sex="buck")
    log.score(log.detection(classification="doe"), ada=9000)
    assert log.read().unreviewed == 1
    assert assigned(log, 1) == {}


def test_a_deer_that_a_person_has_rejected_is_not_foreseen(log):
    found = log.score(log.detection(), ada=9000, bea=8000)
    operation = review(found, "queue", kind="reject")
    IdentityEvent.objects.create(
        operation=operation, detection=found, deer=named("ada"), field=REJECTED, after=True
    )
    assert assigned(log, 1) == {found.sighting_id: ("bea", 8000)}


def test_two_sightings_of_a_frame_are_never_one_deer(log):
    frame = make.image()
    left = log.detection(image=frame, x=10)
    right = log.detection(image=frame, x=200)
    log.score(left, ada=9000, bea=8000)
    log.score(right, ada=9500, bea=4000)
    both = {left.sighting_id: ("bea", 8000), right.sighting_id: ("ada", 9500)}
    assert assigned(log, 7000) == both
    assert assigned(log, 8500) == {right.sighting_id: ("ada", 9500)}


def test_a_labelled_sighting_holds_its_deer_in_the_frame(log):
    frame = make.image()
    make.detection(image=frame, x=10, deer=named("ada"))  # not even embedded
    other = log.score(log.detection(image=frame, x=200), ada=9500, bea=6000)
    assert assigned(log, 1) == {other.sighting_id: ("bea", 6000)}


def test_a_certified_sighting_is_neither_evidence_nor_assigned_and_holds_its_deer_in_the_frame(log):
    ada = named("ada")
    certified = log.detection(deer=ada, identity_source="certified")
    beside = log.detection(image=certified.image, x=200)
    alone = log.detection(deer=ada, identity_source="certified")
    for each in (certified, beside, alone):
        log.score(each, ada=9000, bea=8000)
    read = log.read()
    assert (len(read.trials), read.labelled, read.unreviewed) == (0, 0, 1)
    assert assigned(log, 7000) == {beside.sighting_id: ("bea", 8000)}
    assert set(read.eligible) == {one.sighting_id for one in (certified, beside, alone)}


@pytest.mark.parametrize(
    ("selection", "is_evidence"),
    [("random", True), ("audit", True), ("import", True), ("queue", False), ("search", False)],
)
def test_only_what_was_not_picked_by_its_score_is_evidence(log, selection, is_evidence):
    reviewed(log, selection)
    read = log.read()
    assert (len(read.trials), read.labelled, read.unreviewed) == (int(is_evidence), 1, 0)


def test_the_last_look_counts_unless_it_was_undone_or_a_merge(log):
    found = reviewed(log, "random")
    review(found, "", kind="merge")
    assert len(log.read().trials) == 1
    again = review(found, "search")
    assert len(log.read().trials) == 0
    again.undone_by = review(found, "search", kind="undo")
    again.save()
    IdentityEvent.objects.filter(operation=again.undone_by).delete()
    assert len(log.read().trials) == 1


def test_a_sighting_with_two_labels_is_no_trial(log):
    first = log.score(log.detection(deer=named("ada")), ada=9000, bea=9000)
    log.score(log.detection(sighting=first.sighting, deer=named("bea")), ada=9000, bea=9000)
    read = log.read()
    assert (len(read.trials), read.labelled) == (0, 1)


def test_trials_of_one_deer_are_one_group(log):
    for name in ("ada", "bea", "ada"):
        log.score(log.detection(deer=named(name)), ada=9000, bea=8000)
    codes = log.read().trials.deer
    assert sorted(np.bincount(codes).tolist()) == [1, 2]


def test_merged_deer_and_other_spaces_do_not_count(log):
    found = log.score(log.detection(), ada=9000, bea=8000)
    make.score(found, named("cleo"), 9900, make.run(make.scorer(is_active=False)))
    Deer.objects.filter(name="ada").update(merged_into=named("bea"))
    assert assigned(log, 1) == {found.sighting_id: ("bea", 8000)}


def test_a_period_holds_its_first_moment_and_not_its_last(log):
    for hours in (0, 1, 2):
        image = make.image(captured_at=make.later(hours=hours))
        log.score(log.detection(image=image), ada=9000)
    assert log.read(CapturePeriod(make.NOON, make.later(hours=2))).unreviewed == 2
    assert log.read(CapturePeriod(since=make.later(hours=1))).unreviewed == 2
    assert log.read().unreviewed == 3


def test_reading_takes_the_same_queries_for_many_sightings(log):
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            log.read()
        return len(queries)

    log.score(log.detection(), ada=9000, bea=8000)
    log.score(log.detection(), ada=9000)
    few = count()
    for _ in range(12):
        log.score(log.detection(), ada=9000, bea=8000)
        log.score(log.detection(), bea=8000)
    assert count() == few


def test_sightings_compared_with_different_deer_are_read_alike(log):
    """Of all, of some, of some by one detection only, and of a deer that is merged by now."""
    whole = log.score(log.detection(), ada=9000, bea=8000, cleo=7000)
    part = log.score(log.detection(), bea=6000)
    both = log.score(log.detection(), ada=5000, bea=5001, cleo=5002)
    log.score(log.detection(sighting=both.sighting), ada=6001, cleo=4001)
    gone = log.score(log.detection(), cleo=9999)
    expected = {
        whole.sighting_id: [9000, 8000],
        part.sighting_id: [-1, 6000],
        both.sighting_id: [5501, 5001],  # 5500.5 rounded up; bea is compared once
    }
    Deer.objects.filter(name="cleo").update(merged_into=named("ada"))
    with by_index():
        compared = compared_deer(log.scorer)
        read = list(score_blocks(log.scorer, CapturePeriod(), compared))
    order = [key.pk for key in compared if key.merged_into_id is None]
    assert len(order) == 2
    columns = [order.index(named(name).pk) for name in ("ada", "bea")]
    found = {
        sighting: row[columns].tolist()
        for sightings, scores in read
        for sighting, row in zip(sightings, scores, strict=True)
    }
    assert found == expected
    assert gone.sighting_id not in found


def occupied(log: Log, kind: ImpostorKind) -> dict[int, int]:
    counts = log.read().impostors[kind]
    return {int(score): int(counts[score]) for score in counts.nonzero()[0]}


def test_known_impostors_are_kept_by_what_makes_them_impossible(log):
    Deer.objects.filter(name="ada").update(sex="buck")
    Deer.objects.filter(name="bea").update(died_on=make.NOON.date() - timedelta(days=1))
    frame = make.image()
    known = log.detection(image=frame, x=10, classification="doe", deer=named("cleo"))
    other = log.detection(image=frame, x=200, classification="unknown_deer")
    log.score(known, ada=1100, bea=1200, cleo=1300)
    log.score(other, ada=2100, bea=2200, cleo=2300)
    assert occupied(log, ImpostorKind.SEX) == {1100: 1}
    assert occupied(log, ImpostorKind.LIFE_SPAN) == {1200: 1, 2200: 1}
    assert occupied(log, ImpostorKind.SAME_FRAME) == {2300: 1}


def test_a_deer_that_it_is_known_to_be_is_no_impostor(log):
    Deer.objects.filter(name="ada").update(sex="buck")
    log.score(log.detection(classification="doe", deer=named("ada")), ada=9000, bea=1000)
    assert occupied(log, ImpostorKind.SEX) == {}


def test_an_empty_store_reads_as_empty(log):
    read = log.read()
    assert (len(read.trials), read.unreviewed, read.deer) == (0, 0, ())
    assert len(read.would_assign(1).scores) == 0


def test_it_foresees_exactly_what_a_run_assigns():
    """Random vectors, shared frames and reviewed neighbours: the forecast is the run's own decisions."""
    generator = np.random.default_rng(4)
    scorer, ranger = make.scorer(), get_user_model().objects.create(username="ranger")
    herd = [make.deer(sex=sex) for sex in ("buck", "doe", "doe", "unknown")]
    for deer in herd:
        for _ in range(2):
            enrolled = make.detection(deer=deer, is_reference=True)
            make.embedding(enrolled, scorer, *generator.normal(size=4))
    for _ in range(12):
        frame = make.image()
        for number in range(int(generator.integers(1, 4))):
            known = herd[number] if generator.random() < 0.2 else None
            shown = make.detection(
                image=frame, x=10 + 110 * number, deer=known,
                classification=str(generator.choice(["buck", "doe", "unknown_deer"])),
            )  # fmt: skip
            make.embedding(shown, scorer, *generator.normal(size=4))
    threshold = Threshold.objects.create(scorer=scorer, value=Decimal("0.4"), source="operator")
    identified(scorer)
    forecast = read_log(scorer).would_assign(4000)
    threshold.approve(ranger)
    run = identified(scorer)
    made = Decision.objects.filter(run=run, outcome="assigned")
    assert len(forecast.pairs) >= 5
    assert set(forecast.pairs) == set(made.values_list("sighting", "deer"))


def identified(scorer):
    run = identify.create_run(scorer)
    while identify.advance(run.pk):
        pass
    return run
