"""Thresholds in the admin: every act shows what it would change before it is done."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import django_rq
import pytest
import redis
from django.contrib.auth.models import User
from django.urls import reverse
from rq import SimpleWorker

from analysis.admin import thresholds as threshold_admin
from analysis.tests.herds import Herd, herd
from analysis.thresholds import acts, queued_answers
from analysis.thresholds.acts import LOOK_FIRST, Verb
from reid import reviewing
from reid.identifying import approval, run_workers, thresholds
from reid.models import Detection, ReidRun, Sighting, Threshold
from reid.tests import make
from reid.tests.reviewing import everything, reviewer, seen
from reid.wording import Number

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/admin/reid/threshold/"


def work(name: str = queued_answers.QUEUE) -> None:
    queue = django_rq.get_queue(name)
    worker = SimpleWorker([queue], connection=queue.connection, serializer=queue.serializer)
    worker.work(burst=True)


@pytest.fixture
def stored(redis_client) -> Herd:
    User.objects.update_or_create(
        username="local", defaults={"is_staff": True, "is_superuser": True}
    )
    return herd()


@pytest.fixture
def proposal(stored: Herd) -> Threshold:
    return thresholds.propose(stored.scorer, Decimal("0.7"), Threshold.Source.OPERATOR)


def address(threshold: Threshold, verb: Verb) -> str:
    return reverse("admin:reid_threshold_act", args=[threshold.pk, verb.value])


def look(client: Client, threshold: Threshold, verb: Verb) -> str:
    answer = client.get(address(threshold, verb))
    assert answer.status_code == 200
    return answer.content.decode()


def confirm(client: Client, threshold: Threshold, verb: Verb) -> str:
    """Look, let the worker count, confirm; what the list then says."""
    look(client, threshold, verb)
    work()
    return client.post(address(threshold, verb), follow=True).content.decode()


def test_an_action_leads_to_a_page_that_counts_before_it_offers(client, proposal):
    answer = client.post(LIST, {"action": "apply", "_selected_action": [str(proposal.pk)]})
    assert answer.headers["Location"] == address(proposal, Verb.APPLY)
    first_page = look(client, proposal, Verb.APPLY)
    assert 'http-equiv="refresh"' in first_page
    assert 'type="submit"' not in first_page.split("errornote")[0].split('<form method="post">')[-1]
    work()
    page = look(client, proposal, Verb.APPLY)
    assert "20 sightings (20 detections) would be given a deer" in page
    assert 'value="Apply"' in page
    assert not Threshold.objects.filter(is_active=True).exists()


def test_an_act_is_for_one_threshold(client, proposal, stored):
    other = thresholds.propose(stored.scorer, Decimal("0.8"), Threshold.Source.OPERATOR)
    form = {"action": "approve", "_selected_action": [str(proposal.pk), str(other.pk)]}
    page = client.post(LIST, form, follow=True).content.decode()
    assert threshold_admin.SELECT_ONE in page


def test_applying_queues_a_run_and_undoing_takes_it_back(client, proposal):
    begin = everything()
    told = confirm(client, proposal, Verb.APPLY)
    run = ReidRun.objects.get(kind="apply")
    assert acts.QUEUED.format(value="0.7000", run=run.pk) in told
    work(run_workers.GPU)
    run.refresh_from_db()
    assert (run.state, run.counts["assigned_detections"]) == ("completed", 20)
    proposal.refresh_from_db()
    assert str(proposal.approved_by) == "local"
    assert "already" in confirm(client, proposal, Verb.APPLY)
    told = confirm(client, proposal, Verb.UNDO)
    assert acts.UNDONE.format(value="0.7000", detections=Number(20)) in told
    assert everything() == begin
    assert "is left to undo" in confirm(client, proposal, Verb.UNDO)


def test_approving_leaves_the_rest_to_the_next_run(client, proposal):
    page = confirm(client, proposal, Verb.APPROVE)
    assert acts.APPROVED.format(value="0.7000") in page
    assert Threshold.objects.get().is_active
    assert not Detection.objects.filter(identity_source="auto").exists()


def test_withdrawing_shows_what_the_next_run_would_take(client, proposal):
    confirm(client, proposal, Verb.APPLY)
    work(run_workers.GPU)
    look(client, proposal, Verb.WITHDRAW)
    work()
    page = look(client, proposal, Verb.WITHDRAW)
    assert "20 sightings (20 detections) would lose the deer" in page
    page = confirm(client, proposal, Verb.WITHDRAW)
    assert acts.WITHDRAWN.format(value="0.7000") in page
    assert "is not in force" in confirm(client, proposal, Verb.WITHDRAW)


def test_what_has_not_been_looked_at_is_not_done(client, proposal, stored):
    page = client.post(address(proposal, Verb.APPLY), follow=True).content.decode()
    assert str(LOOK_FIRST) in page
    work()
    Detection.objects.filter(sighting=stored.unreviewed[-1]).update(scores_stale=True)
    page = client.post(address(proposal, Verb.APPLY), follow=True).content.decode()
    assert str(LOOK_FIRST) in page
    assert not ReidRun.objects.filter(kind="apply").exists()


def test_a_proposal_that_has_expired_says_why_and_cannot_be_confirmed(client, proposal, stored):
    stored.photograph([None] * 30)
    look(client, proposal, Verb.APPLY)
    work()
    page = look(client, proposal, Verb.APPLY)
    assert "The proposal 0.7000 has expired, because the herd has changed" in page
    assert 'value="Apply"' not in page
    client.post(address(proposal, Verb.APPLY))
    assert not Threshold.objects.filter(is_active=True).exists()


def test_a_conflict_is_named(client, proposal, stored):
    confirm(client, proposal, Verb.APPLY)
    work(run_workers.GPU)
    of = Sighting.objects.get(pk=stored.unreviewed[-1])
    reviewing.confirm(sighting=of.pk, deer=stored.ada.pk, versions=seen(of), actor=reviewer("ben"))
    assert "was changed by ben" in confirm(client, proposal, Verb.UNDO)


def test_only_the_newest_application_is_undone(client, proposal, stored):
    confirm(client, proposal, Verb.APPLY)
    work(run_workers.GPU)
    other = thresholds.propose(stored.scorer, Decimal("0.71"), Threshold.Source.OPERATOR)
    confirm(client, other, Verb.APPLY)
    page = confirm(client, proposal, Verb.UNDO)
    assert approval.NOT_NEWEST.format(value="0.7100") in page


def test_a_new_one_is_an_operator_s_proposal_for_this_herd(client, stored):
    client.post(f"{LIST}add/", {"scorer": str(stored.scorer.pk), "value": "0.8123"})
    (row,) = Threshold.objects.all()
    assert (row.source, row.is_active, row.units) == ("operator", False, 8123)
    assert row.evidence["herd"] == {"deer": 2, "references": 2, "sightings": 182}
    list_page = client.get(LIST).content.decode()
    assert "unproven" in list_page
    assert address(row, Verb.APPLY) in list_page
    page = client.get(f"{LIST}{row.pk}/change/").content.decode()
    assert "profile_score" in page


def test_a_stranger_and_a_reader_are_refused(client, proposal, settings):
    assert client.get(f"{LIST}{proposal.pk}/act/burn/").status_code == 403
    User.objects.update(is_superuser=False)
    assert client.get(address(proposal, Verb.APPLY)).status_code == 403


def test_without_redis_nothing_can_be_confirmed(client, proposal, monkeypatch):
    def away(*_: object, **__: object) -> None:
        raise redis.ConnectionError

    monkeypatch.setattr(django_rq, "get_queue", away)
    assert acts.NO_REDIS in look(client, proposal, Verb.APPLY)


def test_an_application_that_cannot_be_queued_waits(proposal, monkeypatch):
    def away(*_: object) -> None:
        raise redis.ConnectionError

    monkeypatch.setattr(run_workers, "start", away)
    approval.approve(proposal.pk, User.objects.get())
    proposal.refresh_from_db()
    told = acts.do(Verb.APPLY, proposal, User.objects.get(), acts.ByWorkers()).message
    run = ReidRun.objects.get(kind="apply")
    assert told == acts.WAITS.format(value="0.7000", run=run.pk)
    assert run.state == "pending"


def test_an_override_is_named_in_the_list_and_on_every_page_of_an_act(client, proposal, settings):
    settings.REID_THRESHOLD = 0.65
    note = thresholds.override_note()
    confirm(client, proposal, Verb.APPROVE)
    assert f"unproven; but {note}" in client.get(LIST).content.decode()
    assert note in look(client, proposal, Verb.WITHDRAW)
    assert approval.ENVIRONMENT.format(value="0.7000") in confirm(client, proposal, Verb.APPLY)


def test_what_an_override_once_replaced_is_named_above_the_list(client, stored):
    make.threshold(stored.scorer, "0.7", approved_at=make.NOON, is_active=False)
    make.threshold(stored.scorer, "0.9", source="env", approved_by=None, is_active=False)
    assert thresholds.to_approve_again(stored.scorer) in client.get(LIST).content.decode()
