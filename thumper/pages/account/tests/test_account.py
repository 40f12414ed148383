"""Pages of one's own account: what is saved is one's own alone, and a key is shown once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from thumper.models import ApiToken, Preference
from thumper.pages.account.review_keys import REVIEW_KEYS

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def alma(client: Client, settings) -> User:
    settings.EMBEDDED = False
    settings.SECURE_SSL_REDIRECT = False
    user = User.objects.create_user("alma", "alma@example.org", "a long password")
    client.force_login(user)
    return user


def test_name_and_mail_are_saved(client: Client, alma: User) -> None:
    client.post("/account/", {"first_name": "Alma", "last_name": "", "email": "a@example.org"})
    alma.refresh_from_db()
    assert (alma.first_name, alma.email) == ("Alma", "a@example.org")


def test_a_mail_address_that_is_none_is_said_and_nothing_is_saved(
    client: Client, alma: User
) -> None:
    answer = client.post("/account/", {"first_name": "Alma", "email": "nowhere"})
    assert "valid email" in answer.content.decode()
    alma.refresh_from_db()
    assert alma.first_name == ""


def test_only_keys_that_differ_from_the_usual_are_stored(client: Client, alma: User) -> None:
    client.post("/account/keys", REVIEW_KEYS | {"skip": "k", "uses_keys": "on"})
    chosen = Preference.of(alma)
    assert (chosen.keys, chosen.uses_keys) == ({"skip": "k"}, True)


def test_one_key_for_two_actions_is_refused_by_name(client: Client, alma: User) -> None:
    answer = client.post("/account/keys", REVIEW_KEYS | {"skip": "n", "uses_keys": "on"})
    assert "stands for two things" in answer.content.decode()
    assert not Preference.objects.exists()


def test_keys_are_switched_off(client: Client, alma: User) -> None:
    client.post("/account/keys", REVIEW_KEYS)
    assert not Preference.of(alma).uses_keys


def test_a_token_is_shown_once_and_opens_the_api(client: Client, alma: User) -> None:
    made = client.post("/account/tokens", {"name": "script", "scope": "read", "days": "30"})
    token = ApiToken.objects.get()
    key = made.context["key"]
    assert key in made.content.decode()
    assert key not in client.get("/account/tokens").content.decode()
    assert made["Cache-Control"].startswith("max-age=0")
    assert token.user == alma
    assert token.expires_at is not None
    days = token.expires_at - timezone.now()
    assert timedelta(days=29) < days <= timedelta(days=30)
    client.logout()
    header = {"authorization": f"Bearer {key}"}
    assert client.get("/api/deer", headers=header).status_code == 200
    token.refresh_from_db()
    assert token.last_used_at is not None


def test_nobody_revokes_another_one_s_token(client: Client, alma: User) -> None:
    other = User.objects.create_user("otto")
    token = ApiToken(user=other, name="his")
    token.new_key()
    token.save()
    client.post(f"/account/tokens/{token.pk}/revoke")
    assert ApiToken.objects.filter(pk=token.pk).exists()


def test_a_changed_password_is_the_one_that_opens(client: Client, alma: User) -> None:
    new = "another long password"
    client.post(
        "/account/password",
        {"old_password": "a long password", "new_password1": new, "new_password2": new},
    )
    alma.refresh_from_db()
    assert alma.check_password(new)


def test_who_is_nobody_is_sent_to_the_sign_in_and_back(client: Client, alma: User) -> None:
    client.logout()
    answer = client.get("/account/tokens")
    assert answer["Location"] == "/sign-in/?next=/account/tokens"
    entered = client.post(
        "/sign-in/?next=/account/tokens",
        {"username": "alma", "password": "a long password", "next": "/account/tokens"},
    )
    assert entered["Location"] == "/account/tokens"


def test_a_wrong_password_is_said_in_words(client: Client, alma: User) -> None:
    client.logout()
    answer = client.post("/sign-in/", {"username": "alma", "password": "wrong"})
    assert "do not belong together" in answer.content.decode()


def test_signing_out_asks_for_the_sign_in_again(client: Client, alma: User) -> None:
    assert client.post("/sign-out/")["Location"] == "/sign-in/"
    assert client.get("/").status_code == 302
