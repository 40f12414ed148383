"""Access in both modes: who may send a request, and as whom."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from thumper.api.access import FOREIGN_REQUEST, FORWARDED_HEADERS, NOT_LOOPBACK
from thumper.api.tests.tokens import issue
from thumper.models import ApiToken

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db

SCHEMA = "/api/schema/"  # the plainest page behind the API's permission


@pytest.fixture
def production(settings) -> None:
    settings.EMBEDDED = False


def test_this_machine_acts_as_the_local_user(client: Client) -> None:
    assert client.get("/admin/").status_code == 200
    assert client.get(SCHEMA).status_code == 200


def test_another_machine_is_refused_in_embedded_mode(client: Client) -> None:
    answer = client.get(SCHEMA, REMOTE_ADDR="192.0.2.7")
    assert (answer.status_code, answer.text) == (403, NOT_LOOPBACK)


@pytest.mark.parametrize("header", FORWARDED_HEADERS)
def test_forwarded_requests_are_refused_in_embedded_mode(client: Client, header: str) -> None:
    assert client.get(SCHEMA, headers={header: "127.0.0.1"}).status_code == 403


def test_an_unknown_host_name_is_refused(client: Client) -> None:
    assert client.get(SCHEMA, headers={"Host": "evil.example"}).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
    ],
)
def test_a_foreign_site_cannot_write_through_the_browser(client: Client, headers) -> None:
    answer = client.post("/api/exports/pdf", {}, content_type="application/json", headers=headers)
    assert (answer.status_code, answer.text) == (403, FOREIGN_REQUEST)


def test_a_link_from_another_site_may_be_followed(client: Client) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert client.get("/admin/", headers=headers).status_code == 200


def test_a_form_is_no_json(client: Client) -> None:
    """A cross-site form can only send form encodings, so the API reads none of them."""
    assert client.post("/api/exports/pdf", {"start_date": "2025-10-01"}).status_code == 415


@pytest.mark.usefixtures("production")
class TestProduction:
    def test_loopback_is_nobody(self, client: Client) -> None:
        assert client.get("/api/exports/").status_code == 401
        assert client.get("/admin/").status_code == 302

    def test_a_read_token_reads_and_does_not_write(self, client: Client) -> None:
        headers = {"Authorization": f"Bearer {self._token(ApiToken.Scope.READ)}"}
        assert client.get("/api/exports/", headers=headers).status_code == 200
        answer = client.post(
            "/api/exports/pdf", {}, content_type="application/json", headers=headers
        )
        assert answer.status_code == 403

    def test_a_write_token_writes(self, client: Client) -> None:
        headers = {"Authorization": f"Bearer {self._token(ApiToken.Scope.WRITE)}"}
        answer = client.post(
            "/api/exports/pdf", {}, content_type="application/json", headers=headers
        )
        assert answer.status_code == 400  # let in, and told that start_date is missing

    def test_an_expired_or_unknown_token_is_refused(self, client: Client) -> None:
        key = self._token(ApiToken.Scope.READ, expires_at=timezone.now() - timedelta(seconds=1))
        for wrong in (key, "made up"):
            answer = client.get("/api/exports/", headers={"Authorization": f"Bearer {wrong}"})
            assert answer.status_code == 401

    def test_only_the_digest_of_a_key_is_stored(self) -> None:
        key = self._token(ApiToken.Scope.READ)
        assert key not in str(ApiToken.objects.values())

    def _token(self, scope: ApiToken.Scope, **fields) -> str:
        user, _ = get_user_model().objects.get_or_create(username="ann")
        return issue(user=user, name="test", scope=scope, **fields)


def test_the_admin_makes_no_token_for_anybody(client: Client) -> None:
    """Its owner makes it, on his account page, which shows the key in its one answer."""
    user = get_user_model().objects.get(username="local")
    form = {"user": user.pk, "name": "sync", "scope": "read"}
    assert client.post("/admin/thumper/apitoken/add/", form).status_code == 403
    assert not ApiToken.objects.exists()


def test_a_refused_token_is_logged_with_where_it_came_from(
    client: Client, production: None, caplog: pytest.LogCaptureFixture
) -> None:
    client.get("/api/deer", headers={"Authorization": "Bearer made-up"}, REMOTE_ADDR="192.0.2.7")
    (line,) = [row.getMessage() for row in caplog.records if row.name == "thumper.api.access"]
    assert "192.0.2.7" in line
    assert "made-up" not in line


def test_a_token_ends_by_itself(settings) -> None:
    settings.TOKEN_DAYS = 7
    user = get_user_model().objects.create(username="ann")
    issue(user=user, name="t")
    ends = ApiToken.objects.get().expires_at
    assert ends is not None
    assert timedelta(days=6) < ends - timezone.now() <= timedelta(days=7)
