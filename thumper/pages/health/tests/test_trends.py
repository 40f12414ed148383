"""Trends page: the history of performance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analysis.monitoring.alerts import Alert
from analysis.monitoring.tests.test_history import history, snapshot
from reid.tests import make
from thumper.pages.text_filters import ALERTS

if TYPE_CHECKING:
    from django.test import Client

__all__ = ["history"]

pytestmark = pytest.mark.django_db


def page(client: Client) -> str:
    answer = client.get("/trends/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_is_linked_from_the_health_page(client, redis_client):
    assert 'href="/trends/"' in client.get("/health/").content.decode()


def test_an_empty_store_says_what_to_do(client):
    assert "watch_reid --record" in page(client)
    make.scorer()
    assert "watch_reid --record" in page(client)


def test_alerts_figures_chart_and_table_are_there(client, history):
    text = page(client)
    assert "<strong>New:</strong> The assignment rate" in text
    assert "<strong>Since 2025-10-02:</strong>" in text
    assert "<strong>Cleared:</strong>" in text
    assert "2025-10-03: 24.3% of 12345, limits 53.7% and 56.3%" in text
    assert "1 Oct 2025 (baseline)" in text
    assert "54 % to 56 %" in text
    assert "fewer names than usual, scores unlike earlier ones" in text
    assert "In figures: keep current." in text


def test_one_snapshot_without_a_threshold_is_drawn_too(client):
    snapshot(make.scorer(), 0, threshold=None, assigned=None, threshold_state="none")
    text = page(client)
    assert "No alert is on." in text
    assert "no limit is approved" in text
    assert "<svg" in text
    assert "the first 100, with which they are compared" in text


def test_the_queries_do_not_grow_with_the_history(client, history, django_assert_max_num_queries):
    for day in range(3, 40):
        snapshot(history, day)
    page(client)
    with django_assert_max_num_queries(6):
        page(client)


def test_production_asks_who_is_there(client, settings):
    settings.EMBEDDED = False
    assert client.get("/trends/").status_code == 302


def test_an_override_is_shown(client, history, settings):
    assert "REID_THRESHOLD" not in page(client)
    settings.REID_THRESHOLD = 0.65
    assert "runs use 0.6500, unproven (REID_THRESHOLD)" in page(client)


def test_every_kind_of_alert_has_a_name_for_people() -> None:
    assert {kind.value for kind in Alert} <= set(ALERTS)
