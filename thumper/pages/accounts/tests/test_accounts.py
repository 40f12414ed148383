"""Pages of accounts: an administrator makes, changes, closes and signs out; each act is in the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from thumper.accounts import roles
from thumper.accounts.roles import Role
from thumper.accounts.tests.identities import account
from thumper.models import AccountEvent, ApiToken

if TYPE_CHECKING:
    from thumper.pages.tests.looking import Looker

pytestmark = pytest.mark.django_db

PASSWORD = "a long password"


@pytest.fixture
def boss(client: Client, settings: Any) -> User:
    settings.EMBEDDED = False
    settings.SECURE_SSL_REDIRECT = False
    user = account("administrator")
    client.force_login(user)
    return user


def kinds_about(user: User) -> set[str]:
    return set(AccountEvent.objects.filter(about=user).values_list("kind", flat=True))


def test_an_account_is_made_with_its_role_and_signs_in(client: Client, boss: User) -> None:
    form = {"username": "ann", "email": "", "role": "reviewer"}
    client.post("/accounts/make", form | {"password1": PASSWORD, "password2": PASSWORD})
    ann = User.objects.get(username="ann")
    assert roles.role_of(ann) is Role.REVIEWER
    signed_in = Client().post("/sign-in/", {"username": "ann", "password": PASSWORD})
    assert signed_in.status_code == 302
    (made,) = AccountEvent.objects.filter(kind="account_made", about=ann)
    assert made.actor == boss


def test_a_weak_password_makes_no_account(client: Client, boss: User) -> None:
    form = {"username": "ann", "role": "viewer", "password1": "12345", "password2": "12345"}
    answer = client.post("/accounts/make", form)
    assert answer.status_code == 400
    assert "at least 10 characters" in answer.content.decode()
    assert not User.objects.filter(username="ann").exists()


def test_a_role_is_changed(client: Client, boss: User) -> None:
    ann = account("viewer")
    client.post(f"/accounts/{ann.pk}/role", {"role": "manager"})
    assert roles.role_of(User.objects.get(pk=ann.pk)) is Role.MANAGER
    assert "roles_changed" in kinds_about(ann)


@pytest.mark.parametrize("act", ["role", "active"])
def test_the_last_administrator_cannot_lock_himself_out(
    client: Client, boss: User, act: str
) -> None:
    User.objects.filter(is_superuser=True).delete()
    answer = client.post(f"/accounts/{boss.pk}/{act}", {"role": "viewer"}, follow=True)
    assert "Nobody else looks after accounts" in answer.content.decode()
    boss.refresh_from_db()
    assert boss.is_active
    assert roles.role_of(boss) is Role.ADMINISTRATOR


def test_a_closed_account_is_out_at_once_and_its_token_opens_nothing(
    client: Client, boss: User
) -> None:
    ann = account("viewer")
    hers = Client()
    hers.force_login(ann)
    token = ApiToken(user=ann, name="t")
    key = token.new_key()
    token.save()
    client.post(f"/accounts/{ann.pk}/active")
    assert hers.get("/account/").status_code == 302
    assert ApiToken.for_key(key) is None
    assert "deactivated" in kinds_about(ann)
    client.post(f"/accounts/{ann.pk}/active")  # twice, or by two people
    assert ApiToken.for_key(key) is None
    client.post(f"/accounts/{ann.pk}/active", {"do": "open"})
    assert ApiToken.for_key(key) is not None


def test_a_forgotten_password_is_set_and_ends_what_was_signed_in(
    client: Client, boss: User
) -> None:
    ann = account("viewer")
    hers = Client()
    hers.force_login(ann)
    form = {"new_password1": "quite another one", "new_password2": "quite another one"}
    client.post(f"/accounts/{ann.pk}/password", form)
    assert User.objects.get(pk=ann.pk).check_password("quite another one")
    assert hers.get("/account/").status_code == 302
    assert "password_changed" in kinds_about(ann)


def test_somebody_is_signed_out_everywhere(client: Client, boss: User) -> None:
    ann = account("viewer")
    hers = Client()
    hers.force_login(ann)
    client.post(f"/accounts/{ann.pk}/end-sessions")
    assert hers.get("/account/").status_code == 302
    assert client.get("/accounts/").status_code == 200
    assert "sessions_ended" in kinds_about(ann)


def test_the_list_and_the_log_show_what_there_is(client: Client, boss: User) -> None:
    account("viewer")
    listed = client.get("/accounts/").content.decode()
    assert "Viewer: looks" in listed
    told = client.get("/accounts/events").content.decode()
    assert "account made" in told
    assert client.get("/accounts/events?before=nonsense").status_code == 200


def test_events_go_on_page_by_page(client: Client, boss: User) -> None:
    for number in range(60):
        AccountEvent.objects.create(kind="signed_in", detail=f"number {number}")
    first = client.get("/accounts/events")
    second = client.get(f"/accounts/events?before={first.context['next']}")
    assert "number 59" in first.content.decode()
    assert "number 5<" in second.content.decode()


def test_others_do_not_come_here(client: Client, boss: User) -> None:
    ann = account("manager")
    client.force_login(ann)
    for address in ("/accounts/", "/accounts/events", f"/accounts/{ann.pk}/"):
        assert client.get(address).status_code == 403
    assert client.post(f"/accounts/{ann.pk}/role", {"role": "administrator"}).status_code == 403
    assert roles.role_of(User.objects.get(pk=ann.pk)) is Role.MANAGER


@pytest.mark.service
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("address", ["/accounts/", "/accounts/events", "/accounts/{key}/"])
def test_they_are_in_order_in_a_browser(looker: Looker, address: str) -> None:
    address = address.format(key=User.objects.get(username="local").pk)
    assert looker.at(address, f"accounts{address.replace('/', '-')}") == []
