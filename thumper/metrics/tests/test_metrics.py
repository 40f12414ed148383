"""Metrics: who may read them, what they say of the store, and that a part that is away takes its own ones alone."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import django_rq
import pytest
from django.urls import reverse
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from exports import counters
from exports.lifecycle import status
from exports.lifecycle.records import ExportRecord, Failure
from exports.requests.specs import ExportKind
from reid.models import ReidRun
from reid.tests import make
from thumper.models import ApiToken

if TYPE_CHECKING:
    from pathlib import Path

    import redis
    from django.test import Client

pytestmark = pytest.mark.django_db

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture(autouse=True)
def empty(redis_client: redis.Redis, media_root: object) -> None:
    """Nothing is counted yet."""


@pytest.fixture
def production(settings: Any) -> None:
    settings.EMBEDDED = False
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.SECURE_SSL_REDIRECT = False


def read(client: Client, **headers: str) -> Samples:
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200, answer.content
    families = text_string_to_metric_families(answer.content.decode())
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def value(samples: Samples, name: str, **labels: str) -> float:
    return samples[name, frozenset(labels.items())]


def token(user: Any, scope: str) -> dict[str, str]:
    row = ApiToken(user=user, name=scope, scope=scope)
    key = row.new_key()
    row.save()
    return {"Authorization": f"Bearer {key}"}


def test_a_token_of_the_scope_metrics_reads_them_and_nothing_else(
    client: Client, production: None, django_user_model: Any
) -> None:
    user = django_user_model.objects.create(username="monitor", is_staff=True, is_superuser=True)
    headers = token(user, "metrics")
    assert value(read(client, **headers), "thumper_ready", part="database") == 1
    for path in ("/api/deer", "/api/"):
        assert client.get(path, headers=headers).status_code == 403


def test_a_token_may_no_more_than_its_owner(
    client: Client, production: None, django_user_model: Any
) -> None:
    user = django_user_model.objects.create(username="hand")
    assert client.get("/metrics", headers=token(user, "metrics")).status_code == 403
    client.force_login(user)
    form = {"name": "for me", "scope": "metrics", "days": 90}
    client.post(reverse("tokens"), form)
    assert not user.api_tokens.filter(name="for me").exists()


@pytest.mark.parametrize("scope", ["read", "write"])
def test_other_tokens_do_not_read_them(
    client: Client, production: None, admin_user: Any, scope: str
) -> None:
    assert client.get("/metrics", headers=token(admin_user, scope)).status_code == 403


def test_people_read_them_who_look_after_the_server(
    client: Client, production: None, admin_client: Client, django_user_model: Any
) -> None:
    assert client.get("/metrics").status_code in (401, 403)
    client.force_login(django_user_model.objects.create(username="hand"))
    assert client.get("/metrics").status_code == 403
    assert read(admin_client)


def test_the_format_is_the_one_that_is_asked_for(admin_client: Client) -> None:
    plain = admin_client.get("/metrics")
    assert plain["Content-Type"].startswith("text/plain")
    accept = "application/openmetrics-text; version=1.0.0"
    asked = admin_client.get("/metrics", headers={"Accept": accept})
    assert asked["Content-Type"].startswith("application/openmetrics-text")
    assert asked.content.endswith(b"# EOF\n")


def test_queues_say_what_waits_and_for_how_long(
    admin_client: Client, redis_client: redis.Redis
) -> None:
    job = django_rq.get_queue("gpu").enqueue("reid.jobs.resume_silent")
    job.enqueued_at = timezone.now() - timedelta(seconds=100)
    job.save()
    samples = read(admin_client)
    assert value(samples, "thumper_queue_jobs", queue="gpu", state="waiting") == 1
    assert value(samples, "thumper_queue_oldest_job_seconds", queue="gpu") >= 100
    assert value(samples, "thumper_queue_oldest_job_seconds", queue="exports") == 0
    assert value(samples, "thumper_workers", queue="gpu") == 0


def ended(kind: ExportKind, failure: Failure | None = None) -> None:
    store = status.store()
    record = ExportRecord.new(uuid4(), kind, 1, "Herd", 0, store.now())
    with store.client.pipeline() as pipe:
        store.add(pipe, record)
        pipe.execute()
    claimed = store.claim(record.job_id)
    assert claimed
    if failure:
        assert store.fail(record.job_id, claimed.attempt, failure)
    else:
        assert store.complete(record.job_id, str(claimed.attempt), size=1, sha256="0", missing=0)


def test_exports_are_counted_as_they_end(admin_client: Client) -> None:
    ended(ExportKind.PDF)
    ended(ExportKind.PDF)
    ended(ExportKind.ZIP, Failure.TIMEOUT)
    samples = read(admin_client)
    assert value(samples, "thumper_exports_ended_total", kind="pdf", outcome="completed") == 2
    assert value(samples, "thumper_exports_ended_total", kind="zip", outcome="timeout") == 1
    assert value(samples, "thumper_exports_ended_total", kind="zip", outcome="completed") == 0
    assert value(samples, "thumper_export_duration_seconds_count", kind="pdf") == 2
    assert value(samples, "thumper_export_duration_seconds_bucket", kind="pdf", le="1800.0") == 2
    assert value(samples, "thumper_export_duration_seconds_count", kind="zip") == 0


def test_durations_fall_into_buckets_that_add_up(
    admin_client: Client, redis_client: redis.Redis
) -> None:
    with redis_client.pipeline() as pipe:
        for seconds in (0.5, 1.0, 1.5, 45, 4000):
            counters.took(pipe, ExportKind.ZIP, seconds)
        pipe.execute()
    samples = read(admin_client)
    counts = [
        value(samples, "thumper_export_duration_seconds_bucket", kind="zip", le=bound)
        for bound in ("1.0", "2.0", "30.0", "60.0", "1800.0", "+Inf")
    ]
    assert counts == [2, 3, 3, 4, 4, 5]
    assert value(samples, "thumper_export_duration_seconds_sum", kind="zip") == 4048


def test_refusals_are_counted_by_their_rules(admin_client: Client) -> None:
    body = {"start_date": "2026-02-01", "end_date": "2026-01-01", "group_by": "moon"}
    for _ in range(2):
        answer = admin_client.post("/api/exports/pdf", body, content_type="application/json")
        assert answer.status_code == 400, answer.content
    samples = read(admin_client)
    counts = {
        rule: value(samples, "thumper_export_requests_refused_total", rule=rule)
        for rule in ("VR-001", "VR-002", "VR-003")
    }
    assert counts == {"VR-001": 2, "VR-002": 0, "VR-003": 2}


def test_runs_are_counted_with_what_they_did(admin_client: Client) -> None:
    done: list[dict[str, Any]] = [{"embedded": 5, "scores": 40}, {"embedded": 2}, {"scope": {}}]
    for counts in done:
        ReidRun.objects.create(kind="identify", state="completed", counts=counts)
    beat = timezone.now() - timedelta(seconds=500)
    ReidRun.objects.create(kind="backfill", state="running", heartbeat_at=beat)
    samples = read(admin_client)
    assert value(samples, "thumper_runs", kind="identify", state="completed") == 3
    assert value(samples, "thumper_runs", kind="backfill", state="running") == 1
    assert value(samples, "thumper_embeddings_total") == 7
    assert value(samples, "thumper_scores_total") == 40
    assert 500 <= value(samples, "thumper_run_silence_seconds") < 900


def test_the_store_is_measured(admin_client: Client) -> None:
    make.image(size=1_000)
    make.image(size=234)
    samples = read(admin_client)
    assert value(samples, "thumper_rows", of="photographs") == 2
    assert value(samples, "thumper_photographs_bytes") == 1_234
    for folder in ("photographs", "exports", "models", "uploads"):
        free = value(samples, "thumper_disk_free_bytes", folder=folder)
        assert 0 < free <= value(samples, "thumper_disk_size_bytes", folder=folder)


def test_a_disk_that_is_gone_takes_its_own_metrics_alone(
    admin_client: Client, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = settings.EXPORT_ROOT = tmp_path / "unplugged"
    samples = read(admin_client)
    assert value(samples, "thumper_ready", part="disk") == 0
    assert value(samples, "thumper_ready", part="photographs") == 0
    assert value(samples, "thumper_disk_free_bytes", folder="models") > 0
    for folder in ("photographs", "exports"):
        assert ("thumper_disk_free_bytes", frozenset({("folder", folder)})) not in samples


def test_redis_that_is_away_takes_its_own_metrics_alone(
    admin_client: Client, settings: Any
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    samples = read(admin_client)
    assert value(samples, "thumper_ready", part="redis") == 0
    assert value(samples, "thumper_ready", part="database") == 1
    assert value(samples, "thumper_rows", of="deer") == 0
    assert not [name for name, _ in samples if name.startswith("thumper_queue")]


def test_a_refusal_is_one_while_redis_is_away(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    counters.refused(status.store().client, ["VR-001"])
