"""Merge and confirm from the admin's lists, and lists that never look at a whole log."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reid import reviewing
from reid.admin import logs
from reid.admin import review as admin_review
from reid.models import Deer, Detection, Operation
from reid.reviewing.problems import GROUPED_ANEW
from reid.tests import make
from reid.tests.reviewing import reviewer, seen, sighting, state

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


def act(client: Client, model: str, action: str, *rows: Any, **fields: Any) -> str:
    """Run an action on these rows; the page that it ends on."""
    answer = client.post(
        reverse(f"admin:reid_{model}_changelist"),
        {"action": action, "_selected_action": [str(row.pk) for row in rows], **fields},
        follow=True,
    )
    assert answer.status_code == 200
    return answer.content.decode()


def shown(page: str) -> list[str]:
    return re.findall(r'name="confirmed" checked\s+value="([^"]+)"', page)


def test_a_merge_asks_who_stays_and_is_an_operation(client: Client) -> None:
    oak, elm = make.deer("Oak"), make.deer("Elm")
    of = sighting(deer=elm)
    page = act(client, "deer", "merge", oak, elm)
    assert page.index("<strong>Elm</strong>: unknown, 1 sighting,") < page.index(
        "<strong>Oak</strong>: unknown, 0 sightings,"
    )
    assert not Operation.objects.exists()
    assert "Merged." in act(client, "deer", "merge", oak, elm, into=str(oak.pk))
    done = Operation.objects.get()
    assert (done.kind, done.actor and done.actor.get_username()) == ("merge", "local")
    assert state(of) == [("Oak", "imported", False)]


def test_a_merge_takes_two_and_says_why_it_was_refused(client: Client) -> None:
    buck, doe, other = (make.deer(f"{name} deer", sex=name) for name in ("buck", "doe", "fawn"))
    assert admin_review.SELECT_TWO in act(client, "deer", "merge", buck)
    assert admin_review.SELECT_TWO in act(client, "deer", "merge", buck, doe, other)
    page = act(client, "deer", "merge", buck, doe, into=str(doe.pk))
    assert "correct one of the profiles first" in page
    assert not Deer.objects.filter(merged_into__isnull=False).exists()


def test_guesses_are_shown_and_then_confirmed_as_shown(client: Client) -> None:
    oak, elm = make.deer("Oak"), make.deer("Elm")
    right = sighting(frames=2, deer=oak, identity_source="certified")
    wrong = sighting(deer=elm, identity_source="auto")
    known = sighting(deer=oak)
    rows = Detection.objects.all()
    page = act(client, "detection", "confirm", *rows)
    lines = shown(page)
    assert len(lines) == 2
    assert page.count(reverse("detection-thumbnail", args=[right.detections.all()[0].pk])) == 1
    chosen = [line for line in lines if str(right.pk) in line]
    page = act(client, "detection", "confirm", *rows, confirmed=chosen)
    assert "1 sighting confirmed." in page
    assert sorted(state(right)) == [("Oak", "reviewed", False), ("Oak", "reviewed", True)]
    assert state(wrong) == [("Elm", "auto", False)]
    assert state(known) == [("Oak", "imported", False)]


def test_a_guess_that_changed_since_it_was_shown_is_not_confirmed(client: Client) -> None:
    of = sighting(deer=make.deer("Oak"), identity_source="auto")
    detection = of.detections.get()
    lines = shown(act(client, "detection", "confirm", detection))
    reviewing.reject(sighting=of.pk, versions=seen(of), actor=reviewer("ben"))
    page = act(client, "detection", "confirm", detection, confirmed=lines)
    assert "0 sightings confirmed." in page
    assert "was changed by ben" in page
    assert GROUPED_ANEW not in page
    assert state(of) == [(None, "none", False)]


def test_without_a_guess_there_is_nothing_to_confirm(client: Client, monkeypatch) -> None:
    of = sighting()
    assert admin_review.NO_GUESS in act(client, "detection", "confirm", of.detections.get())
    monkeypatch.setattr(admin_review, "CONFIRMED_AT_ONCE", 0)
    of = sighting(deer=make.deer(), identity_source="auto")
    assert admin_review.TOO_MANY in act(client, "detection", "confirm", of.detections.get())


def test_the_question_takes_no_query_per_sighting(client: Client) -> None:
    def queries(count: int) -> int:
        rows = [
            sighting(deer=make.deer(), identity_source="auto").detections.get()
            for _ in range(count)
        ]
        with CaptureQueriesContext(connection) as captured:
            assert len(shown(act(client, "detection", "confirm", *rows))) == count
        return len(captured)

    queries(1)  # the session's own first-time queries
    assert queries(4) == queries(1)


def test_a_detection_is_seen_and_not_edited(client: Client) -> None:
    detection = make.detection()
    url = reverse("admin:reid_detection_change", args=[detection.pk])
    page = client.get(url).content.decode()
    assert reverse("detection-thumbnail", args=[detection.pk]) in page
    assert f"?detection={detection.pk}" in page
    for name in ("deer", "is_valid", "corrected_classification", "flank", "x"):
        assert f'name="{name}"' not in page


def test_a_profile_s_sex_changes_what_its_scores_mean(client: Client) -> None:
    oak, run, detection = make.deer("Oak"), make.run(make.scorer()), make.detection()
    make.score(detection, oak, 5000, run)
    url = reverse("admin:reid_deer_change", args=[oak.pk])
    body = {"name": "Oak", "sex": "unknown", "status": "alive", "notes": "", "merged_into": oak.pk}
    client.post(url, body)
    detection.refresh_from_db()
    oak.refresh_from_db()
    assert (detection.scores_stale, oak.merged_into, oak.status) == (False, None, "alive")
    client.post(url, body | {"sex": "doe"})
    detection.refresh_from_db()
    assert detection.scores_stale


def test_the_score_log_counts_and_sorts_no_further_than_an_index_goes(
    client: Client, monkeypatch
) -> None:
    monkeypatch.setattr(logs, "LISTED", 60)
    run, detection = make.run(make.scorer()), make.detection()
    for number in range(70):
        make.score(detection, make.deer(), number, run)
    url = reverse("admin:reid_similarityscore_changelist")
    client.get(url)
    for query in ("", "?o=2", "?detection=" + str(detection.pk), "?matched__exact=0"):
        with CaptureQueriesContext(connection) as captured:
            page = client.get(url + query).content.decode()
        assert "60 similarity scores" in page
        about = [row["sql"] for row in captured if "reid_similarityscore" in row["sql"]]
        assert len(about) == 2
        for sql in about:
            assert "LIMIT" in sql
            # One term: with a tie-break every row of the highest score would be sorted.
            assert "COUNT" in sql or 'ORDER BY "reid_similarityscore"."score" DESC LIMIT' in sql
    assert client.get(f"{url}?threshold_used=5").status_code == 400
