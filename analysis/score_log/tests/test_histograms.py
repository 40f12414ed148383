"""Histograms of the score log, and the session that reads it."""

from __future__ import annotations

from contextlib import suppress

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from analysis.score_log.histograms import Stratum, by_sighting, by_stratum
from analysis.score_log.session import (
    NO_SCORER,
    AnalysisError,
    active_threshold,
    find_scorer,
    read_only,
)
from analysis.score_log.sighting_log import read_log
from analysis.tests.herds import UNREVIEWED, herd
from reid.models import Deer, Detection, Threshold
from reid.tests import make

pytestmark = pytest.mark.django_db


class _Undone(Exception):
    """Rolls a block back."""


def counted(histogram) -> dict[int, int]:
    """The occupied bins of a histogram."""
    return {int(score): int(histogram[score]) for score in histogram.nonzero()[0]}


class Log:
    """A scorer, a run, and shorthand for what is compared in it."""

    def __init__(self) -> None:
        self.scorer = make.scorer()
        self.run = make.run(self.scorer)

    def detection(self, **fields) -> Detection:
        detection = make.detection(**fields)
        make.embedding(detection, self.scorer, 1, 0, 0, 0)
        return detection

    def score(self, of: Detection, **against: int) -> None:
        for name, value in against.items():
            make.score(of, Deer.objects.get(name=name), value, self.run)


@pytest.fixture
def log() -> Log:
    for name in ("ada", "bea", "cleo"):
        make.deer(name)
    return Log()


def ada() -> Deer:
    return Deer.objects.get(name="ada")


def test_a_sighting_scores_the_mean_of_its_detections_halves_up(log):
    first = log.detection()
    second = log.detection(sighting=first.sighting)
    log.score(first, ada=8000, bea=9000)
    log.score(second, ada=8001, bea=6000)
    # ada 8000.5 -> 8001; bea 7500: the mean decides, not the one best photograph
    assert counted(by_sighting(log.scorer).best) == {8001: 1}


def test_a_decoy_is_the_best_of_the_other_deer(log):
    known = log.detection(deer=ada())
    log.score(known, ada=9500, bea=7000, cleo=6000)
    stranger = log.detection()
    log.score(stranger, ada=5000, bea=4000)
    sightings = by_sighting(log.scorer)
    assert counted(sightings.best) == {9500: 1, 5000: 1}
    assert counted(sightings.decoys) == {7000: 1}


def test_one_known_detection_labels_its_sighting(log):
    known = log.detection(deer=ada())
    other = log.detection(sighting=known.sighting)
    log.score(known, ada=9000, bea=6000)
    log.score(other, ada=9400, bea=7000)
    assert counted(by_sighting(log.scorer).decoys) == {6500: 1}


def test_an_automatic_match_is_no_label(log):
    matched = log.detection(deer=ada(), identity_source=Detection.IdentitySource.AUTO)
    log.score(matched, ada=9000, bea=6000)
    assert counted(by_sighting(log.scorer).decoys) == {}
    assert counted(by_stratum(log.scorer)[Stratum.UNLABELLED]) == {9000: 1, 6000: 1}


def test_deer_ruled_out_by_sex_are_no_candidates_but_the_sighting_stays_eligible(log):
    Deer.objects.filter(name="bea").update(sex="buck")
    probe = log.detection(deer=ada())
    make.score(probe, Deer.objects.get(name="bea"), 9900, log.run, sex_match=False)
    make.score(probe, Deer.objects.get(name="cleo"), 4000, log.run)
    lonely = log.detection()
    make.score(lonely, Deer.objects.get(name="bea"), 9000, log.run, sex_match=False)
    sightings = by_sighting(log.scorer)
    assert sightings.eligible == 2
    assert counted(sightings.best) == {4000: 1}
    assert counted(sightings.decoys) == {4000: 1}


def test_only_eligible_sightings_count(log):
    log.score(log.detection(is_valid=False), ada=9000)
    log.score(log.detection(classification="raccoon"), ada=9000)
    log.score(log.detection(classification="doe", corrected_classification="cattle"), ada=9000)
    log.score(make.detection(), ada=9000)  # without an embedding in the space
    log.detection()  # compared with nobody
    merged = make.deer("dot", merged_into=ada())
    make.score(log.detection(), merged, 9000, log.run)
    sightings = by_sighting(log.scorer)
    assert (sightings.eligible, counted(sightings.best)) == (0, {})
    assert all(not histogram.any() for histogram in by_stratum(log.scorer).values())


def test_another_space_is_another_world(log):
    log.score(log.detection(), ada=9000)
    other = make.scorer(is_active=False)
    assert by_sighting(other).eligible == 0


def test_each_pair_is_in_one_stratum(log):
    known = log.detection(deer=ada())
    log.score(known, ada=9000, bea=7000)
    make.score(known, Deer.objects.get(name="cleo"), 6000, log.run, sex_match=False)
    log.score(log.detection(), ada=5000, bea=5000)
    strata = by_stratum(log.scorer)
    assert {name: counted(histogram) for name, histogram in strata.items()} == {
        Stratum.GENUINE: {9000: 1},
        Stratum.IMPOSTOR: {7000: 1},
        Stratum.SEX_MISMATCH: {6000: 1},
        Stratum.UNLABELLED: {5000: 2},
    }


def test_queries_do_not_grow_with_the_log(log):
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            by_sighting(log.scorer)
            by_stratum(log.scorer)
        return len(queries)

    log.score(log.detection(), ada=9000)
    log.score(log.detection(), ada=9000, bea=9001)
    before = count()
    for value in range(3000, 3030):
        log.score(log.detection(), ada=value, bea=value + 1)
    assert count() == before


def test_read_only_means_that_the_database_refuses(log):
    with pytest.raises(DatabaseError), read_only(), transaction.atomic():
        make.deer("eve")
    make.deer("eve")  # and afterwards it writes again


@pytest.mark.django_db(transaction=True)
def test_read_only_holds_outside_of_any_transaction():
    with pytest.raises(DatabaseError), read_only():
        make.deer("eve")
    make.deer("eve")
    assert list(Deer.objects.values_list("name", flat=True)) == ["eve"]


def test_reading_is_allowed_when_only_reading(log):
    log.score(log.detection(), ada=9000)
    with read_only():
        assert by_sighting(log.scorer).eligible == 1
    make.deer("eve")


def test_the_active_space_is_the_default_and_others_have_names(log):
    other = make.scorer(is_active=False, name="night")
    assert find_scorer() == log.scorer
    assert find_scorer(space="night") == find_scorer(scorer="night") == other
    assert find_scorer(space=other.fingerprint[:10]) == other
    assert find_scorer(scorer="embedding") == log.scorer  # of several of a kind the active one
    with pytest.raises(AnalysisError, match="not both"):
        find_scorer(scorer="night", space="night")


def test_an_unknown_space_is_an_error():
    with pytest.raises(AnalysisError, match=NO_SCORER):
        find_scorer()
    with pytest.raises(AnalysisError, match="nowhere"):
        find_scorer(space="nowhere")
    with pytest.raises(AnalysisError, match="No scorer is called nowhere"):
        find_scorer(scorer="nowhere")


def test_without_an_approval_the_what_if_threshold_stands_in(log, settings):
    active = active_threshold(log.scorer)
    assert active.units == 5500
    assert (active.origin, active.is_approved) == ("not approved", False)


@pytest.mark.parametrize(
    ("source", "origin"),
    [("analysis", "approved by admin"), ("operator", "approved by admin, unproven")],
)
def test_an_approved_threshold_is_in_force(log, admin_user, source, origin):
    Threshold.objects.create(
        scorer=log.scorer,
        value="0.8123",
        source=source,
        approved_by=admin_user,
        approved_at=make.NOON,
        is_active=True,
    )
    active = active_threshold(log.scorer)
    assert (active.units, active.origin) == (8123, origin)


def test_an_override_is_shown_beside_what_a_person_approved(log, settings):
    settings.REID_THRESHOLD = 0.7
    note = "runs use 0.7000, unproven (REID_THRESHOLD)"
    active = active_threshold(log.scorer)
    assert (active.units, active.origin) == (5500, f"not approved; {note}")
    assert (active.is_approved, active.override) == (False, 7000)
    make.threshold(log.scorer, "0.8")
    active = active_threshold(log.scorer)
    assert (active.units, active.origin) == (8000, f"approved by ranger, unproven; {note}")
    assert (active.is_approved, active.override) == (True, 7000)


def test_an_old_record_of_the_environment_is_not_in_force(log):
    make.threshold(log.scorer, source="env", approved_by=None, is_active=False)
    assert not active_threshold(log.scorer).is_approved


@pytest.mark.skipif(connection.vendor != "postgresql", reason="about PostgreSQL's planner")
def test_statistics_of_an_empty_store_do_not_keep_a_full_one_from_being_read():
    for _ in range(3):
        with suppress(_Undone), transaction.atomic():
            herd()
            raise _Undone
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # pages, and no row that counts: one row expected of every table
    stored = herd()
    with read_only(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '5s'")  # minutes where loops are nested
        assert read_log(stored.scorer).unreviewed == UNREVIEWED
