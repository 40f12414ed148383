"""The threshold of a trained scorer after it is taken into use: its backfill, then the verdict, once."""

from __future__ import annotations

import logging
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from typing import TYPE_CHECKING, Any

import django_rq
import pytest
import redis
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from analysis.evaluation import new_threshold, training_run
from analysis.recommendation.types import Verdict
from analysis.tests.herds import Herd, fused_herd, herd
from reid.identifying import run_lifecycle
from reid.models import (
    AuditItem,
    AuditPlan,
    EmbeddingSpace,
    ReidRun,
    Scorer,
    Threshold,
    Training,
)
from reid.tests import make
from reid.tests.reviewing import reviewer

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db

AN_HOUR = timedelta(hours=1)
WHOLE = {"scope": {"limit": 0, "offset": 0, "batch": 100}}


@pytest.fixture
def stored() -> Herd:
    return herd()


def training(of: Herd, **fields: Any) -> Training:
    """One that made the herd's scorer, which is in use since just now."""
    run = make.run(of.scorer, kind="train", state="completed")
    defaults = {"applied_at": timezone.now(), "verdict": "BETTER"}
    return Training.objects.create(
        run=run,
        method="head",
        parent=of.scorer.vectors,
        space=of.scorer.vectors,
        options={},
        **defaults | fields,
    )


def backfilled(of: Herd, counts: Any = WHOLE, **fields: Any) -> ReidRun:
    defaults = {"state": "completed", "finished_at": timezone.now()}
    return make.run(of.scorer, kind="backfill", counts=counts, **defaults | fields)


def prove(of: Herd) -> None:
    """An audit in which everything was right: 0.4060 is recommended."""
    call_command("audit_threshold", "plan", stdout=StringIO())
    plan = AuditPlan.objects.get()
    right, wrong = AuditItem.Outcome.RIGHT, AuditItem.Outcome.WRONG
    plan.items.filter(is_planted=False).update(outcome=right, reviewer=reviewer("judge"))
    plan.items.filter(is_planted=True).update(outcome=wrong, reviewer=reviewer("judge"))


def test_what_is_missing_is_written_down_and_nothing_is_approved(stored: Herd) -> None:
    used = training(stored)
    backfilled(stored)
    assert new_threshold.propose_waiting() == [str(used.pk)]
    used.refresh_from_db()
    assert used.assessment["verdict"] == Verdict.AUDIT_NEEDED
    assert used.assessment["reason"] in new_threshold.standing(used)
    assert (used.threshold, Threshold.objects.count()) == (None, 0)


def test_a_proven_threshold_is_proposed_once_with_its_evidence(
    stored: Herd, client: Client
) -> None:
    used = training(stored)
    prove(stored)
    backfilled(stored)
    assert new_threshold.propose_waiting() == [str(used.pk)]
    assert new_threshold.propose_waiting() == []
    used.refresh_from_db()
    proposal = Threshold.objects.get()
    assert used.threshold == proposal
    assert (proposal.value, proposal.source) == (Decimal("0.406"), "analysis")
    assert (proposal.is_active, proposal.approved_at) == (False, None)
    assert proposal.evidence["fpir"] == used.assessment["fpir"]
    client.force_login(get_user_model().objects.create_superuser("keeper"))
    page = client.get(reverse("admin:reid_training_change", args=[used.pk])).content.decode()
    assert reverse("admin:reid_threshold_change", args=[proposal.pk]) in page
    assert "Proposed: 0.4060" in page


def test_taken_into_use_again_it_is_judged_again(stored: Herd, redis_client: redis.Redis) -> None:
    used = training(stored)
    prove(stored)
    backfilled(stored)
    new_threshold.propose_waiting()
    first = Threshold.objects.get()
    training_run.apply(used)
    used.refresh_from_db()
    assert (used.assessment, used.threshold) == ({}, None)
    assert new_threshold.standing(used) == new_threshold.WAITS
    assert new_threshold.propose_waiting() == []
    ReidRun.objects.filter(kind="backfill", state="pending").update(
        scorer=stored.scorer, state="completed", finished_at=timezone.now()
    )
    assert new_threshold.propose_waiting() == [str(used.pk)]
    used.refresh_from_db()
    assert used.threshold == first  # the same evidence proposes once


@pytest.mark.parametrize(
    "before",
    [
        {"state": "running", "finished_at": None},
        {"state": "failed"},
        {"finished_at": make.NOON},  # of an earlier use
        {"counts": {"scope": {"limit": 10, "offset": 0, "batch": 100}}},
        {"counts": {"scope": {"limit": 0, "offset": 10, "batch": 100}}},
    ],
)
def test_it_waits_for_a_whole_backfill(stored: Herd, before: dict[str, Any]) -> None:
    training(stored)
    backfilled(stored, **before)
    assert new_threshold.propose_waiting() == []


def test_it_waits_for_whatever_scores_in_the_space(stored: Herd) -> None:
    training(stored)
    backfilled(stored)
    busy = make.run(stored.scorer, state="running", heartbeat_at=timezone.now())
    assert new_threshold.propose_waiting() == []
    run_lifecycle.finish(busy, ReidRun.State.COMPLETED)
    assert len(new_threshold.propose_waiting()) == 1


def test_a_space_that_is_not_in_use_is_left(stored: Herd) -> None:
    unused = training(stored, applied_at=None)
    backfilled(stored)
    assert new_threshold.standing(unused) == ""
    Training.objects.update(applied_at=timezone.now() - AN_HOUR)
    make.scorer(is_active=False)
    EmbeddingSpace.objects.update(is_active=False)
    assert new_threshold.propose_waiting() == []


def test_the_end_of_a_run_queues_it_where_one_waits(
    stored: Herd, redis_client: redis.Redis
) -> None:
    queue = django_rq.get_queue(new_threshold.QUEUE)
    run = backfilled(stored)
    new_threshold.on_run_done(run)
    assert queue.count == 0
    used = training(stored, applied_at=timezone.now() - AN_HOUR)
    new_threshold.on_run_done(make.run(stored.scorer, kind="flanks"))
    assert queue.count == 0
    new_threshold.on_run_done(run)
    (job,) = queue.jobs
    assert job.func_name == "analysis.jobs.propose_waiting"
    assert job.perform() == [str(used.pk)]


def test_a_log_that_could_not_be_trusted_is_judged_again_after_the_next_run(
    stored: Herd, redis_client: redis.Redis
) -> None:
    used = training(stored, assessment={"verdict": "INVALID_DATA", "reason": "stale"})
    run = backfilled(stored)
    assert new_threshold.propose_waiting() == []
    new_threshold.on_run_done(run)
    assert new_threshold.propose_waiting() == [str(used.pk)]


def test_without_redis_the_run_ends_and_the_round_does_it(
    stored: Herd, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise redis.ConnectionError("away")

    monkeypatch.setattr("rq.Queue.enqueue", away)
    used = training(stored)
    run = make.run(stored.scorer, kind="backfill", state="running", counts=WHOLE)

    def last_step(of: ReidRun, _: Scorer) -> bool:
        run_lifecycle.finish(of, ReidRun.State.COMPLETED)
        return False

    with caplog.at_level(logging.WARNING):
        assert not run_lifecycle.advance(run.pk, last_step)
    assert "waits until Redis answers" in caplog.text
    assert new_threshold.propose_waiting() == [str(used.pk)]


def test_the_fused_scorer_is_judged_where_that_is_in_use() -> None:
    """Scores of the embedding alone do not settle it, a run over everything by the fused scorer does."""
    stored = fused_herd(range(180))
    embedding = stored.scorer.part("embedding")
    used = training(stored)
    whole = {"state": "completed", "finished_at": timezone.now(), "counts": WHOLE}
    make.run(embedding, kind="backfill", **whole)
    assert new_threshold.propose_waiting() == []
    make.run(stored.scorer, kind="identify", **whole)
    prove(stored)
    assert new_threshold.propose_waiting() == [str(used.pk)]
    used.refresh_from_db()
    assert used.threshold is not None
    assert (used.threshold.scorer, used.threshold.stratum) == (stored.scorer, "with_pattern")
