"""Acts on shared links and schedules: what a press does, and what it says where it cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model
from django.contrib.messages import get_messages
from django.utils import timezone
from redis import RedisError

from exports.models import ReportSchedule, SharedLink
from exports.scheduling import rounds, schedules
from reid.tests import make
from thumper.pages.reports.exports import AWAY

if TYPE_CHECKING:
    from django.test import Client

WEEKLY = {
    "title": "The week",
    "every": "week",
    "day": 0,
    "covers": "week",
    "recipients": ["bob@example.org"],
}
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("redis_client", "export_root", "local_user"),
]


@pytest.fixture
def local_user() -> Any:
    return get_user_model().objects.get_or_create(username="local")[0]


def press(client: Client, address: str, **values: str) -> list[str]:
    """Post a form; the sentences that it answers with."""
    answer = client.post(address, values)
    assert answer.status_code == 302
    return [str(message) for message in get_messages(answer.wsgi_request)]


def test_a_link_to_a_deer_is_made_revoked_and_opened_again(client: Client) -> None:
    make.deer("Ada")
    press(client, "/exports/links/deer", deer="ada", days="30")
    link = SharedLink.objects.get()
    press(client, f"/exports/links/{link.pk}/revoke")
    assert b"Ada" in client.get(f"/exports/links/?revoked={link.pk}").content
    assert any("works again" in said for said in press(client, f"/exports/links/{link.pk}/reopen"))


@pytest.mark.parametrize(
    ("site", "warns"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://localhost", True),
        ("http://192.168.1.20:8000", False),
        ("https://deer.example.org", False),
    ],
)
def test_a_link_that_leads_nowhere_elsewhere_says_so(
    client: Client, settings: Any, site: str, warns: bool
) -> None:
    make.deer("Ada")
    settings.SITE_URL = site
    said = press(client, "/exports/links/deer", deer="ada", days="30")
    assert any("another computer" in sentence for sentence in said) == warns


def test_a_link_to_no_deer_and_one_that_is_not_there_are_said(client: Client) -> None:
    assert press(client, "/exports/links/deer", deer="") == ["Choose a deer first."]
    assert press(client, "/exports/links/999/revoke")
    assert press(client, f"/exports/{uuid4()}/share", days="30")
    assert not SharedLink.objects.exists()


@pytest.fixture
def weekly(local_user: Any) -> ReportSchedule:
    return schedules.make(WEEKLY, local_user.pk, "", timezone.localdate())


def test_a_schedule_is_paused_resumed_deleted_and_put_back(
    client: Client, weekly: ReportSchedule
) -> None:
    at = f"/exports/schedules/{weekly.pk}"
    assert any("is paused" in said for said in press(client, f"{at}/pause"))
    assert any("goes on" in said for said in press(client, f"{at}/resume"))
    press(client, f"{at}/delete")
    assert any("is back" in said for said in press(client, f"{at}/restore"))
    assert press(client, "/exports/schedules/999/pause")


def test_one_by_hand_is_queued_or_waits_for_the_queue(
    client: Client, weekly: ReportSchedule, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = f"/exports/schedules/{weekly.pk}/send"
    assert any("is being built" in said for said in press(client, at))

    def away(*_: object) -> bool:
        raise RedisError

    monkeypatch.setattr(rounds, "queue", away)
    assert press(client, at)[-1] == str(AWAY)
    monkeypatch.setattr(rounds, "queue", lambda _: False)
    assert "when others have ended" in press(client, at)[-1]
