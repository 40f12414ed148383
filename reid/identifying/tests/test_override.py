"""REID_THRESHOLD: an override of the runs made under it, which approves nothing and loses nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reid.identifying import backfill, identify
from reid.identifying.backfill import Part
from reid.identifying.tests.test_identify import Herd, decision, identity
from reid.models import Deer, ReidRun, SimilarityScore, Threshold
from reid.tests.test_jobs import work

if TYPE_CHECKING:
    from decimal import Decimal

    from reid.models import Detection

pytestmark = pytest.mark.django_db


@pytest.fixture
def herd() -> Herd:
    return Herd()


def finish(run: ReidRun) -> ReidRun:
    while identify.advance(run.pk):
        pass
    run.refresh_from_db()
    return run


def approved() -> list[tuple[Decimal, str, bool]]:
    return list(Threshold.objects.values_list("value", "source", "is_active"))


def thresholds_used(of: Detection) -> set[int | None]:
    rows = SimilarityScore.objects.filter(detection=of)
    return set(rows.values_list("threshold_used", flat=True))


def test_a_run_under_it_assigns_by_it_and_says_so(herd, settings) -> None:
    sure, unsure = herd.seen(0.8, 0.6), herd.seen(0.6, -0.8)
    settings.REID_THRESHOLD = 0.8
    run = herd.run()
    assert (run.threshold_used, run.threshold_source, run.threshold) == (8000, "env", None)
    assert identity(sure) == ("auto", "east")
    assert (decision(sure, run).threshold, decision(unsure, run).outcome) == (
        8000,
        "below_threshold",
    )
    assert thresholds_used(sure) == {8000}
    assert not Threshold.objects.exists()


@pytest.mark.parametrize("value", [0.55, 0.95])
def test_what_was_approved_decides_again_when_it_is_gone(herd, settings, value) -> None:
    herd.approve("0.7")
    probes = [herd.seen(0.8, 0.6), herd.seen(0.6, -0.8)]
    herd.run()
    before, records = [identity(probe) for probe in probes], approved()
    settings.REID_THRESHOLD = value
    herd.run()
    assert [identity(probe) for probe in probes] != before
    settings.REID_THRESHOLD = None
    run = herd.run()
    assert [identity(probe) for probe in probes] == before == [("auto", "east"), ("none", None)]
    assert (run.threshold_used, run.threshold_source) == (7000, "operator")
    assert approved() == records


def test_a_worker_without_the_setting_uses_what_the_row_says(herd, settings) -> None:
    herd.approve("0.95")
    probe = herd.seen(0.8, 0.6)
    settings.REID_THRESHOLD = 0.7
    run = identify.create_run(herd.scorer)
    settings.REID_THRESHOLD = None
    assert finish(run).threshold_used == 7000
    assert identity(probe) == ("auto", "east")


def test_a_worker_with_the_setting_of_its_own_uses_what_the_row_says(herd, settings) -> None:
    row = herd.approve("0.95")
    probe = herd.seen(0.8, 0.6)
    run = identify.create_run(herd.scorer)
    settings.REID_THRESHOLD = 0.7
    run = finish(run)
    assert (run.threshold_used, run.threshold) == (9500, row)
    assert identity(probe) == ("none", None)


def test_a_run_that_goes_on_keeps_the_threshold_that_it_began_with(herd, settings, monkeypatch):
    monkeypatch.setattr(identify, "CHUNK", 1)
    herd.approve("0.7")
    probes = [herd.seen(0.8, 0.6) for _ in range(4)]
    run = identify.create_run(herd.scorer)
    assert identify.advance(run.pk)
    settings.REID_THRESHOLD = 0.95
    herd.approve("0.9")
    run = finish(run)
    assert run.threshold_used == 7000
    assert {identity(probe) for probe in probes} == {("auto", "east")}


@pytest.mark.django_db(transaction=True)
def test_a_queued_run_has_the_setting_of_whoever_queued_it(redis_client, settings) -> None:
    herd = Herd()
    probe = herd.seen(0.8, 0.6)
    settings.REID_THRESHOLD = 0.7
    run = identify.start(herd.scorer)
    filled = backfill.start(herd.scorer, Part())
    settings.REID_THRESHOLD = None
    work()
    for row in (run, filled):
        row.refresh_from_db()
        assert (row.state, row.threshold_used, row.threshold_source) == ("completed", 7000, "env")
    assert identity(probe) == ("auto", "east")


def test_a_backfill_logs_the_threshold_of_its_row(herd, settings) -> None:
    probe = herd.seen(0.8, 0.6)
    settings.REID_THRESHOLD = 0.7
    backfill.rehearse(herd.scorer, Part())
    assert thresholds_used(probe) == set()
    run = backfill.create_run(herd.scorer, Part())
    settings.REID_THRESHOLD = None
    while backfill.advance(run.pk):
        pass
    assert thresholds_used(probe) == {7000}
    assert identity(probe) == ("none", None)


def test_nobody_approved_it_so_no_profile_is_made_by_it(herd, settings) -> None:
    settings.REID_AUTO_ENROL = True
    for _ in range(4):
        herd.seen(-1, 0)
    settings.REID_THRESHOLD = 0.9
    run = herd.run()
    assert "enrolled" not in run.counts
    assert Deer.objects.count() == 2
    settings.REID_THRESHOLD = None
    herd.approve("0.9")
    assert herd.run().counts["enrolled"] == 1
