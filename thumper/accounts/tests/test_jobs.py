"""Retention as operators see it: in the audit log, and on the health page."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from reid.tests import make
from thumper.accounts.jobs import clear_sessions, delete_people
from thumper.models import AccountEvent, Session

if TYPE_CHECKING:
    from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media_root", "redis_client")]


@pytest.fixture(autouse=True)
def two_that_are_due(settings: Any, media_root: object) -> None:
    settings.PEOPLE_KEEP_DAYS = 30
    for _ in range(2):
        image = make.image(captured_at=timezone.now() - timedelta(days=31))
        default_storage.save(image.path, ContentFile(b"bytes"))
        make.detection(image=image, classification="person")


def test_what_was_deleted_is_in_the_audit_log() -> None:
    assert delete_people() == 2
    assert delete_people() == 0
    assert AccountEvent.objects.get(kind="people_deleted").detail == "2 photographs"


def test_the_health_page_says_how_many(client: Client) -> None:
    delete_people()
    page = client.get("/health/").content.decode()
    assert "30 days after they were taken" in page
    assert "2 were deleted so far" in page


def test_sessions_that_are_over_are_deleted() -> None:
    for days in (-1, 1):
        ends = timezone.now() + timedelta(days=days)
        Session.objects.create(session_key=f"key{days}", session_data="", expire_date=ends)
    clear_sessions()
    assert Session.objects.get().session_key == "key1"
