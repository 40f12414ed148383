"""The history as a command, over HTTP and in the admin."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, timedelta
from io import StringIO

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from analysis.management.commands.watch_reid import NO_LIMIT, RECORDED, RECORDED_ALREADY
from analysis.monitoring.alerts import Alert
from analysis.monitoring.formats import LETTERS, NOTHING_YET
from analysis.monitoring.schedule import period_of
from analysis.reports.threshold_formats import WIDTH
from analysis.score_log.session import NO_SCORER, NOTHING_LOGGED
from analysis.tests.herds import herd
from reid.models import PerformanceSnapshot, Scorer
from reid.tests import make

pytestmark = pytest.mark.django_db

FIRST = date(2025, 10, 1)
LONG = "The assignment rate of the last sightings is far below what it was before. " * 2


def snapshot(scorer: Scorer, day: int, **fields: object) -> PerformanceSnapshot:
    values: dict[str, object] = {
        "scorer": scorer,
        "period": FIRST + timedelta(days=day),
        "taken_at": timezone.now() + timedelta(days=day),
        "gallery_fingerprint": "0" * 64,
        "deer": 20,
        "references": 140,
        "threshold": 8123,
        "threshold_state": "proven",
        "eligible": 123_456,
        "assigned": 61_728,
        "best_scores": {"all": [0] * 20},
        "new_sightings": 12_345,
        "reviewed_sightings": 4,
        "stale_detections": 0,
        "trainable_deer": 25,
        "new_trainable_deer": 5,
        "verdict": "KEEP_CURRENT",
        "reason": "The threshold in force is proven.",
    }
    return PerformanceSnapshot.objects.create(**values | fields)


@pytest.fixture
def history() -> Scorer:
    """Three days: a baseline, a quiet one, and one with two alerts on and one cleared."""
    scorer = make.scorer()
    snapshot(scorer, 0, starts_baseline=True, threshold=None, assigned=None, threshold_state="none")
    judged = {
        "baseline_trials": 100_000, "baseline_assigned": 55_000, "sample_trials": 12_345,
        "rate_centre": 0.55, "rate_lower": 0.5366, "rate_upper": 0.5634, "psi_bound": 0.1234,
    }  # fmt: skip
    snapshot(scorer, 1, sample_assigned=6800, psi=0.05, **judged)
    alerts = [
        {"kind": kind, "state": state, "since": "2025-10-02", "text": LONG}
        for kind, state in (
            ("rate_fell", "raised"),
            ("scores_drifted", "on"),
            ("retraining", "cleared"),
        )
    ]
    snapshot(scorer, 2, sample_assigned=3000, psi=0.45, alerts=alerts, **judged)
    return scorer


def run(*arguments: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("watch_reid", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_the_table_fits_a_terminal_and_names_the_alerts(history):
    text, _ = run()
    lines = text.splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert text.isascii()
    rows = [line for line in lines if line.startswith("|2025")]
    assert [row[1:12].strip() for row in rows] == ["2025-10-03", "2025-10-02", "2025-10-01*"]
    assert "|12345: 24.3|53.7..56.3| 0.45 (0.12)|RD " in rows[0]
    assert rows[1].rstrip("| ").endswith("-")
    assert "Alert raised, since 2025-10-02:" in text
    assert "Alert cleared, since 2025-10-02:" in text
    newest = f"On 2025-10-03, {history.name} (embedding): KEEP CURRENT. The threshold in force is proven."
    assert newest in " ".join(text.split())


def test_an_override_is_named_beside_the_table(history, settings):
    assert run()[1] == ""
    settings.REID_THRESHOLD = 0.65
    assert "runs use 0.6500, unproven (REID_THRESHOLD)" in run()[1]


def test_every_alert_has_its_letter():
    assert set(LETTERS) == {item.value for item in Alert}
    assert len(set(LETTERS.values())) == len(LETTERS)


def test_json_is_what_http_answers(history, client):
    by_command = json.loads(run("--format", "json")[0])["snapshots"]
    by_http = client.get("/api/watch").json()["results"]
    assert by_command == by_http
    newest = by_command[0]
    assert (newest["period"], newest["threshold"]) == ("2025-10-03", 0.8123)
    assert newest["assignment_rate"] == 0.5
    assert newest["sample_rate"] == pytest.approx(3000 / 12_345)
    assert newest["alerts"][0]["kind"] == "rate_fell"
    assert by_command[2]["threshold"] is None
    assert by_command[2]["sample_rate"] is None


def test_csv_has_a_line_a_snapshot(history):
    rows = list(csv.DictReader(io.StringIO(run("--format", "csv")[0])))
    assert [row["period"] for row in rows] == ["2025-10-03", "2025-10-02", "2025-10-01"]
    assert rows[0]["alerts"] == "rate_fell scores_drifted"
    assert rows[2]["assigned"] == ""


def test_the_newest_are_shown(history):
    assert len(json.loads(run("--format", "json", "--limit", "2")[0])["snapshots"]) == 2
    with pytest.raises(CommandError, match=NO_LIMIT):
        run("--limit", "0")


def test_without_a_snapshot_it_says_what_to_do():
    make.scorer()
    assert run()[0].strip() == NOTHING_YET
    assert json.loads(run("--format", "json")[0]) == {"snapshots": []}
    assert run("--format", "csv")[0].strip() == ""
    with pytest.raises(CommandError, match=NOTHING_YET):
        run("--new-baseline")
    with pytest.raises(CommandError, match=NOTHING_LOGGED):
        run("--record")


def test_without_a_space_it_says_what_to_do():
    with pytest.raises(CommandError, match=NO_SCORER):
        run()


def test_a_snapshot_is_recorded_once():
    herd()
    text, message = run("--record")
    assert message.strip() == RECORDED.format(period=period_of(timezone.now()))
    assert "182" in text
    assert run("--record")[1].strip() == RECORDED_ALREADY
    assert PerformanceSnapshot.objects.count() == 1


def test_reading_writes_nothing(history):
    before = list(PerformanceSnapshot.objects.values())
    run()
    assert list(PerformanceSnapshot.objects.values()) == before


def test_a_new_baseline_begins_with_the_newest(history):
    assert "until 2025-10-03" in run("--new-baseline")[1]
    baselines = PerformanceSnapshot.objects.filter(starts_baseline=True).order_by("period")
    assert [item.period.day for item in baselines] == [1, 3]
    baseline = PerformanceSnapshot.objects.baseline(history)
    assert baseline is not None
    assert baseline.period.day == 3


def test_the_file_is_written(history, tmp_path):
    target = tmp_path / "history.csv"
    run("--format", "csv", "--output", str(target))
    assert len(target.read_text().splitlines()) == 4


def test_http_filters_by_space_and_day(history, client):
    other = make.scorer(is_active=False)
    snapshot(other, 5)
    assert len(client.get("/api/watch").json()["results"]) == 4
    active = client.get("/api/watch?space__is_active=true").json()["results"]
    assert {item["space"] for item in active} == {str(history.space_id)}
    since = client.get("/api/watch?period__gte=2025-10-03&period__lte=2025-10-03").json()
    assert [item["period"] for item in since["results"]] == ["2025-10-03"]
    one = since["results"][0]["id"]
    assert client.get(f"/api/watch/{one}").json()["period"] == "2025-10-03"
    for unknown in ("999999", "9" * 30, "x"):
        assert client.get(f"/api/watch/{unknown}").status_code == 404
    assert client.get("/api/watch?space=x").status_code == 400
    oldest_first = client.get("/api/watch?ordering=period").json()["results"]
    assert oldest_first[0]["period"] == "2025-10-01"
    assert client.get("/api/watch?ordering=rate").status_code == 400


def test_http_only_reads(history, client):
    for method in (client.post, client.put, client.patch, client.delete):
        assert method("/api/watch", content_type="application/json").status_code == 405


def test_strangers_may_not_read(history, client, settings):
    settings.EMBEDDED = False
    assert client.get("/api/watch").status_code == 401


def test_the_admin_lists_and_changes_nothing(history, client):
    staff = get_user_model()._default_manager.create_superuser("boss")
    client.force_login(staff)
    page = client.get(reverse("admin:reid_performancesnapshot_changelist"))
    text = page.content.decode()
    assert "24.3%: 53.7% to 56.3%" in text
    assert "rate_fell, scores_drifted" in text
    one = PerformanceSnapshot.objects.first()
    assert one is not None
    change = reverse("admin:reid_performancesnapshot_change", args=[one.pk])
    assert client.get(change).status_code == 200
    assert client.post(change, {}).status_code == 403
