"""Threshold page: it waits for a worker, never for the log, and shows what it knows and since when."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import django_rq
import pytest
import redis
from rq import SimpleWorker

from analysis.audit import certificates
from analysis.tests.herds import Herd, herd
from analysis.tests.small_herds import judge, small_herd
from analysis.thresholds import queued_answers
from reid.identifying import approval, thresholds
from reid.identifying.thresholds import NOT_A_THRESHOLD
from reid.models import Detection, Threshold
from reid.tests import make
from reid.tests.reviewing import reviewer
from thumper.pages.health import thresholds as threshold_page

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db(transaction=True)
WAITS = 'hx-trigger="load delay:2s"'


def work() -> None:
    """A worker in this process answers what was asked, then stops."""
    queue = django_rq.get_queue(queued_answers.QUEUE)
    worker = SimpleWorker([queue], connection=queue.connection, serializer=queue.serializer)
    worker.work(burst=True)


@pytest.fixture
def stored(redis_client) -> Herd:
    reviewer("local")
    return herd()


def page(client: Client, query: str = "") -> str:
    answer = client.get(f"/thresholds/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_waits_for_the_worker_and_then_shows_the_report_with_its_time(client, stored):
    asked = page(client)
    assert WAITS in asked
    assert "A worker is reading the log" in asked
    assert WAITS in page(client)
    assert django_rq.get_queue(queued_answers.QUEUE).count == 1  # asked twice, read once
    work()
    html = page(client)
    assert WAITS not in html
    assert "AUDIT NEEDED" in html
    assert "Read on " in html
    assert '<td><a href="?threshold=0.6500">0.6500</a></td><td class="number">70</td>' in html


def test_a_typed_threshold_is_counted_by_the_worker(client, stored):
    page(client, "?threshold=0.7")
    work()
    html = page(client, "?threshold=0.7")
    # 7000, 7010 ... 7190
    assert "20 sightings (20 detections) would be given a deer" in html
    assert "162 sightings (162 detections) would stay as they are" in html
    assert not Detection.objects.filter(identity_source="auto").exists()


def test_a_count_that_is_out_of_date_is_made_again_and_a_report_says_so(client, stored):
    page(client, "?threshold=0.7")
    work()
    Detection.objects.filter(sighting=stored.unreviewed[-1]).update(scores_stale=True)
    html = page(client, "?threshold=0.7")
    assert "The store has changed since." in html
    assert "A worker is counting" in html
    work()
    assert "19 sightings (19 detections) would be given" in page(client, "?threshold=0.7")


def test_the_report_is_read_anew_when_asked_for(client, stored):
    page(client)
    work()
    Detection.objects.filter(sighting__in=stored.unreviewed[:3]).update(scores_stale=True)
    assert client.post("/thresholds/").status_code == 302
    assert WAITS in page(client)
    work()
    html = page(client)
    assert "INVALID DATA" in html
    assert "The store has changed since." not in html


def test_what_is_no_threshold_is_said(client, stored):
    html = page(client, "?threshold=<b>high")
    assert (
        NOT_A_THRESHOLD.format(text="<b>high").replace("<b>", "&lt;b&gt;").replace("'", "&#x27;")
        in html
    )


def test_records_are_shown_with_what_proves_them(client, stored):
    first = thresholds.propose(stored.scorer, Decimal("0.7"), Threshold.Source.OPERATOR)
    approval.approve(first.pk, reviewer("ranger"))
    thresholds.propose(stored.scorer, Decimal("0.8"), Threshold.Source.ANALYSIS)
    html = page(client)
    assert "In figures: 0.7000, unproven" in html
    assert "approved by ranger" in html
    assert "Operator: unproven" in html
    assert "Analysis: proven" in html
    stored.photograph([None] * 30)
    assert "expired: the herd has changed by more than a tenth" in page(client)
    assert "Reason: the herd has changed" in client.get("/").content.decode()


def test_batches_are_listed_by_what_is_certified(client):
    made = small_herd(unreviewed=10)
    judge(made.begin())
    certificates.assign(reviewer("ranger"))
    html = page(client)
    assert (
        "Batch 1, certified for this batch: all 10 names were judged, and these 10 were found right; assigned."
        in html
    )


def test_the_number_of_queries_does_not_grow_with_the_records(
    client, stored, django_assert_max_num_queries
):
    for number in range(15):
        value = Decimal(7000 + number) / 10_000
        thresholds.propose(stored.scorer, value, Threshold.Source.OPERATOR)
    page(client)
    with django_assert_max_num_queries(20):
        page(client)


def test_an_empty_store_says_what_to_do(client, redis_client):
    reviewer("local")
    assert "Nothing has been identified yet" in page(client)


def test_a_job_that_failed_is_said_and_asked_again(client, stored, monkeypatch):
    page(client)

    def broken(*_: object) -> None:
        raise RuntimeError("the log is gone")

    with monkeypatch.context() as patch:
        patch.setattr(queued_answers, "assess", broken)
        work()
    assert queued_answers.FAILED in page(client)
    assert WAITS in page(client)
    work()
    assert "AUDIT NEEDED" in page(client)


def test_without_redis_the_page_still_shows_what_it_knows(client, stored, monkeypatch):
    def away(*_: object, **__: object) -> None:
        raise redis.ConnectionError

    monkeypatch.setattr(django_rq, "get_queue", away)
    assert threshold_page.NO_REDIS in page(client)


def test_nothing_logged_is_a_sentence_too(client, stored):
    Detection.objects.all().update(is_valid=False)
    page(client)
    work()
    assert "name some deer in the review" in page(client)


def test_an_override_and_what_is_approved_are_both_shown(client, stored, settings):
    settings.REID_THRESHOLD = 0.65
    told = page(client)
    assert "a limit that nobody has approved" in told
    assert "In figures: runs use 0.6500, unproven (REID_THRESHOLD)" in told
    make.threshold(stored.scorer, "0.8")
    told = page(client)
    assert "In figures: 0.8000, unproven" in told
    assert "In figures: runs use 0.6500, unproven (REID_THRESHOLD)" in told


def test_what_an_override_once_replaced_is_to_be_approved_again(client, stored):
    make.threshold(stored.scorer, "0.7", approved_at=make.NOON, is_active=False)
    make.threshold(stored.scorer, "0.9", source="env", approved_by=None, is_active=False)
    assert thresholds.to_approve_again(stored.scorer) in page(client)
