"""Sign-in: paused after wrong passwords, logged, and seen as sessions that can be ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from thumper.accounts.tests.identities import account
from thumper.models import AccountEvent, Session

if TYPE_CHECKING:
    from django.http import HttpResponse

pytestmark = pytest.mark.django_db

PASSWORD = "a long password"
Kind = AccountEvent.Kind


@pytest.fixture(autouse=True)
def production(settings: Any) -> None:
    settings.EMBEDDED = False
    settings.SECURE_SSL_REDIRECT = False


def sign_in(client: Client, name: str, password: str = PASSWORD, **meta: str) -> HttpResponse:
    form = {"username": name, "password": password}
    return client.post("/sign-in/", form, **meta)  # type: ignore[arg-type,return-value]


def kinds(**found_by: Any) -> list[str]:
    return list(
        AccountEvent.objects.filter(**found_by).order_by("pk").values_list("kind", flat=True)
    )


def test_the_right_password_opens_nothing_after_five_wrong_ones(client: Client) -> None:
    account("viewer")
    for _ in range(4):
        assert sign_in(client, "viewer", "wrong").status_code == 200
    paused = sign_in(client, "viewer", "wrong")
    assert paused.status_code == 429
    assert "For 15 minutes" in paused.content.decode()
    assert int(paused["Retry-After"]) == 900
    assert sign_in(client, "viewer").status_code == 429
    assert "_auth_user_id" not in client.session


def test_a_pause_ends(client: Client, settings: Any) -> None:
    from axes.models import AccessAttempt

    account("viewer")
    for _ in range(5):
        sign_in(client, "viewer", "wrong")
    AccessAttempt.objects.update(attempt_time="2026-01-01T00:00:00Z")
    assert sign_in(client, "viewer").status_code == 302


def test_a_pause_is_of_one_name_from_one_address(client: Client) -> None:
    account("viewer")
    account("manager")
    for _ in range(5):
        sign_in(client, "viewer", "wrong", REMOTE_ADDR="192.0.2.7")
    assert sign_in(client, "manager", REMOTE_ADDR="192.0.2.7").status_code == 302
    assert sign_in(Client(), "viewer", REMOTE_ADDR="192.0.2.8").status_code == 302


def test_the_admin_s_own_sign_in_is_paused_too(client: Client) -> None:
    account("manager")
    form = {"username": "manager", "password": "wrong"}
    statuses = [client.post("/admin/login/", form).status_code for _ in range(6)]
    assert statuses == [200, 200, 200, 200, 429, 429]


def test_failures_are_logged_and_a_flood_of_them_is_stored_once(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    account("viewer")
    for _ in range(12):
        sign_in(client, "viewer", "wrong", REMOTE_ADDR="192.0.2.7")
    stored = kinds(about__username="viewer", address="192.0.2.7")
    assert stored.count(Kind.SIGN_IN_FAILED) <= 5
    assert stored.count(Kind.LOCKED_OUT) == 1
    lines = [row.getMessage() for row in caplog.records if "sign-in failed" in row.getMessage()]
    assert len(lines) == 12
    assert "192.0.2.7" in lines[0]


def test_a_name_that_nobody_has_is_not_stored(client: Client) -> None:
    """It may be a password that was typed into the wrong field."""
    sign_in(client, "my secret password")
    assert not AccountEvent.objects.filter(detail__contains="secret").exists()
    sign_in(client, "another name")
    assert kinds(detail="a name that no account has") == [Kind.SIGN_IN_FAILED]


def test_behind_a_proxy_the_client_is_whom_the_proxy_names(client: Client, settings: Any) -> None:
    settings.BEHIND_PROXY = True
    account("viewer")
    client.post(
        "/sign-in/",
        {"username": "viewer", "password": PASSWORD},
        headers={"X-Forwarded-For": "203.0.113.9, 192.0.2.7"},
    )
    assert Session.objects.get().address == "192.0.2.7"


def test_signing_in_and_out_is_in_the_audit_log(client: Client) -> None:
    user = account("viewer")
    sign_in(client, "viewer")
    client.post("/sign-out/")
    assert kinds(actor=user) == [Kind.SIGNED_IN, Kind.SIGNED_OUT]


def test_sessions_are_listed_and_one_is_ended_elsewhere(client: Client) -> None:
    account("viewer")
    other = Client()
    sign_in(client, "viewer")
    other.post(
        "/sign-in/",
        {"username": "viewer", "password": PASSWORD},
        headers={"User-Agent": "Telephone"},
        REMOTE_ADDR="192.0.2.7",
    )
    page = client.get("/account/sessions")
    body = page.content.decode()
    assert "Telephone" in body
    assert "192.0.2.7" in body
    assert str(other.session.session_key) not in body
    (row,) = Session.objects.filter(browser="Telephone")
    client.post("/account/sessions/end", {"session": row.handle})
    assert other.get("/account/").status_code == 302
    assert client.get("/account/").status_code == 200


def test_nobody_ends_another_one_s_session(client: Client) -> None:
    for name in ("viewer", "manager"):
        account(name)
    other = Client()
    sign_in(other, "manager")
    sign_in(client, "viewer")
    row = Session.objects.get(user__username="manager")
    client.post("/account/sessions/end", {"session": row.handle})
    assert other.get("/account/").status_code == 200


def test_a_session_keeps_when_it_began_and_who_it_is_of(client: Client) -> None:
    user = account("viewer")
    sign_in(client, "viewer")
    began = Session.objects.get().created_at
    session = client.session
    session["something"] = 1
    session.save()
    again = Session.objects.get()
    assert (again.created_at, again.user) == (began, user)


def test_a_short_password_is_refused(client: Client) -> None:
    user = account("viewer")
    client.force_login(user)
    form = {"old_password": PASSWORD, "new_password1": "Xy7-qq", "new_password2": "Xy7-qq"}
    answer = client.post("/account/password", form)
    assert "at least 10 characters" in answer.content.decode()
    assert User.objects.get(pk=user.pk).check_password(PASSWORD)
