"""Live exports: staff see and cancel everybody's; the exports page and its endpoints."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model

from exports.lifecycle import operations
from exports.lifecycle.status import store
from exports.requests.specs import ArchiveSpec
from thumper.pages.health import live_exports

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_client")]

ADDRESS = "/admin/live-exports/"


@pytest.fixture
def ann():
    return get_user_model().objects.create_user("ann")


@pytest.fixture
def job_id(ann):
    spec = ArchiveSpec((uuid4(),), True, True, 300, title="<b>Bucks</b>")
    return operations.submit(spec, ann.pk).job_id


def test_everybody_s_exports_are_listed_with_their_owners(admin_client, job_id):
    text = admin_client.get(ADDRESS).content.decode()
    assert "&lt;b&gt;Bucks&lt;/b&gt;" in text
    assert "<td>ann</td>" in text
    assert str(job_id) in text
    assert "No export is live" in _after_cancel(admin_client, job_id)


def _after_cancel(client, job_id) -> str:
    text: str = client.post(f"{ADDRESS}{job_id}/cancel", follow=True).content.decode()
    return text


def test_a_cancelled_export_is_gone_and_a_second_time_says_so(admin_client, job_id):
    assert live_exports.CANCELLED in _after_cancel(admin_client, job_id)
    assert store().get(job_id) is None
    assert live_exports.GONE in _after_cancel(admin_client, job_id)


def test_looking_at_the_address_cancels_nothing(admin_client, job_id):
    admin_client.get(f"{ADDRESS}{job_id}/cancel")
    assert store().get(job_id) is not None


@pytest.mark.parametrize("is_staff", [False, True])
def test_who_is_no_administrator_is_kept_out(client, settings, ann, job_id, is_staff):
    settings.EMBEDDED = False
    ann.is_staff = is_staff
    ann.save()
    client.force_login(ann)
    for answer in (client.get(ADDRESS), client.post(f"{ADDRESS}{job_id}/cancel")):
        assert answer.status_code == 403
    assert store().get(job_id) is not None


def test_an_expired_export_leaves_the_list(job_id, redis_client):
    redis_client.zadd("export_jobs:live", {str(job_id): 1})  # expired long ago
    operations.submit(ArchiveSpec((uuid4(),), True, True, 300), 1)
    assert [item.record.owner_id for item in operations.of_everybody()] == [1]


def test_who_has_an_address_can_have_a_report_mailed(client):
    assert 'name="notify"' not in client.get("/exports/").content.decode()
    get_user_model().objects.filter(username="local").update(email="ann@example.org")
    assert 'name="notify"' in client.get("/exports/").content.decode()


def test_the_exports_page_asks_who_is_there(client, settings):
    settings.EMBEDDED = False
    assert client.get("/exports/").status_code == 302
