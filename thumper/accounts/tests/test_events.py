"""Events that are noticed where a change is stored, whoever stores it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission, User

from thumper.accounts.tests.identities import account
from thumper.api.tests.tokens import issue
from thumper.models import AccountEvent, ApiToken

pytestmark = pytest.mark.django_db


def told(kind: str) -> list[tuple[str, str]]:
    """Whom events of this kind are about, and their details."""
    rows = AccountEvent.objects.filter(kind=kind).order_by("pk")
    return list(rows.values_list("about_name", "detail"))


def test_a_role_given_from_the_side_of_the_group_is_told_too() -> None:
    ann = account("no role")
    Group.objects.get(name="manager").user_set.add(ann)
    assert told("roles_changed")[-1] == ("", "manager: +no-role")


def test_a_right_given_by_hand_is_told() -> None:
    ann = account("viewer")
    ann.user_permissions.add(Permission.objects.get(codename="manage_store"))
    ((about, detail),) = told("rights_changed")
    assert about == "viewer"
    assert "photographs, cameras, thresholds" in detail


def test_becoming_a_superuser_is_told() -> None:
    ann = account("viewer")
    ann.is_superuser = True
    ann.save()
    assert told("rights_changed") == [("viewer", "is_superuser: True")]


def test_tokens_are_told_without_their_keys() -> None:
    key = issue(user=account("viewer"), name="script")
    ApiToken.objects.all().delete()
    assert told("token_made") == told("token_revoked") == [("viewer", "script (read)")]
    assert key not in str(AccountEvent.objects.values())


def test_the_log_outlives_the_account() -> None:
    ann = account("viewer")
    issue(user=ann, name="script")
    ann.delete()
    assert told("account_deleted") == [("viewer", "")]
    assert told("token_revoked") == []
    assert ("viewer", "") in told("account_made")


def test_a_saved_name_is_no_event() -> None:
    ann = account("viewer")
    before = AccountEvent.objects.count()
    ann.first_name = "Ann"
    ann.save()
    assert AccountEvent.objects.count() == before
    assert User.objects.get(pk=ann.pk).first_name == "Ann"
