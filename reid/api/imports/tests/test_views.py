"""Imports over HTTP: lists, problems, undo and its conflicts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from reid.models import SILENT_AFTER, Deer, Detection, Import, ImportProblem
from reid.tests import make

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


def imported(source: str = "card.json", **fields: Any) -> Import:
    """An import that brought one photograph with one detection and refused one line."""
    user = User.objects.get_or_create(username="ranger")[0]
    given = {"kind": "detections", "state": "completed", "actor": user} | fields
    record = Import.objects.create(source=source, **given)
    image = make.image(made_by_import=record)
    make.detection(image=image, made_by_import=record)
    ImportProblem.objects.create(record=record, line=7, reason="missing", text="no such file")
    return record


def get(client: Client, path: str) -> Any:
    answer = client.get(f"/api/{path}", headers={"Accept": "application/json"})
    assert answer.status_code == 200, answer.content
    return answer.json()


def undo(client: Client, record: Import, **body: Any) -> Any:
    return client.post(f"/api/imports/{record.pk}/undo", body, content_type="application/json")


def test_the_list_is_newest_first_and_narrowed(client: Client) -> None:
    imported("first.json")
    imported("second.csv", state="failed")
    assert [row["source"] for row in get(client, "imports")["results"]] == [
        "second.csv",
        "first.json",
    ]
    assert [row["actor"] for row in get(client, "imports?state=failed")["results"]] == ["ranger"]
    assert [row["source"] for row in get(client, "imports?search=FIRST")["results"]] == [
        "first.json"
    ]
    assert get(client, "imports?kind=deployments")["results"] == []


def test_a_list_takes_the_same_queries_for_any_number_of_rows(client: Client) -> None:
    counts = []
    for _ in range(2):
        imported()
        with CaptureQueriesContext(connection) as captured:
            get(client, "imports")
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_one_import_is_shown_with_its_problems(client: Client) -> None:
    record = imported()
    (problem,) = get(client, f"imports/{record.pk}")["problems"]
    assert (problem["line"], problem["reason"], problem["text"]) == (7, "missing", "no such file")
    assert get(client, f"imports/{record.pk}/problems")["results"] == [problem]


def test_an_import_whose_process_was_killed_is_called_broken_off(client: Client) -> None:
    record = imported(state="running", heartbeat_at=timezone.now())
    assert not get(client, f"imports/{record.pk}")["broken_off"]
    Import.objects.update(heartbeat_at=timezone.now() - 2 * SILENT_AFTER)
    assert get(client, f"imports/{record.pk}")["broken_off"]


def test_an_undo_reports_what_went(client: Client) -> None:
    record = imported()
    tried = undo(client, record, dry_run=True)
    assert (tried.status_code, tried.json()["detections"]) == (200, 1)
    assert Detection.objects.exists()
    done = undo(client, record)
    assert done.json() == tried.json() | {"dry_run": False}
    assert not Detection.objects.exists()
    shown = get(client, f"imports/{record.pk}")
    assert (shown["state"], shown["undone_by"]) == ("undone", "local")


def test_a_conflict_names_who_and_what(client: Client) -> None:
    record = imported()
    deer = Deer.objects.create(name="Ada", notes="limps", made_by_import=record)
    answer = undo(client, record)
    assert answer.status_code == 409
    (error,) = answer.json()["errors"]
    assert error["field"] == f"deer.{deer.pk}"
    assert "deer Ada has notes" in error["message"]
    assert undo(client, record, keep_used=True).status_code == 200
    assert Deer.objects.get() == deer


def test_what_is_no_import_or_no_request_is_refused(client: Client) -> None:
    record = imported()
    assert undo(client, record, keep=True).status_code == 400
    record.pk = deer = make.deer().pk
    assert undo(client, record).status_code == 404
    assert deer
