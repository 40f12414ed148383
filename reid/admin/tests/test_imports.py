"""Imports in the admin: listed with their state, shown with problems, undone after a look at what would go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from reid.admin import imports
from reid.models import SILENT_AFTER, Deer, Detection, Import, ImportProblem
from reid.tests import make

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def record() -> Import:
    made = Import.objects.create(
        kind="detections",
        source="card.json",
        state="completed",
        actor=User.objects.create(username="ranger"),
    )
    make.detection(image=make.image(made_by_import=made), made_by_import=made)
    ImportProblem.objects.create(record=made, line=7, reason="missing", text="no such file")
    return made


def act(client: Client, *records: Import, **fields: str) -> str:
    answer = client.post(
        reverse("admin:reid_import_changelist"),
        {
            "action": "undo_import",
            "_selected_action": [str(record.pk) for record in records],
            **fields,
        },
        follow=True,
    )
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_import_is_listed_and_shown_with_its_problems(client: Client, record: Import) -> None:
    Import.objects.update(state="running", heartbeat_at=timezone.now() - 2 * SILENT_AFTER)
    assert "broken off" in client.get(reverse("admin:reid_import_changelist")).content.decode()
    page = client.get(reverse("admin:reid_import_change", args=[record.pk])).content.decode()
    assert "no such file" in page


def test_an_undo_shows_what_would_go_and_then_does_it(client: Client, record: Import) -> None:
    page = act(client, record)
    assert "<li>detections: 1</li>" in page
    assert Detection.objects.exists()
    assert "1 detection and 1 photograph are gone" in act(client, record, confirmed="yes")
    assert not Detection.objects.exists()
    record.refresh_from_db()
    assert record.undone_by
    assert record.undone_by.get_username() == "local"


def test_what_was_used_since_is_shown_and_kept_on_demand(client: Client, record: Import) -> None:
    deer = Deer.objects.create(name="Ada", notes="limps", made_by_import=record)
    assert "<li>deer Ada has notes" in act(client, record)
    assert "cannot be undone: deer Ada" in act(client, record, confirmed="yes")
    assert Detection.objects.exists()
    act(client, record, confirmed="yes", keep_used="on")
    assert not Detection.objects.exists()
    assert Deer.objects.get() == deer


def test_one_import_is_undone_at_a_time(client: Client, record: Import) -> None:
    other = Import.objects.create(kind="detections", source="b.json", state="completed")
    assert imports.ONE_AT_A_TIME in act(client, record, other, confirmed="yes")
    assert Detection.objects.exists()
