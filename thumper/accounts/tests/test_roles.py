"""Roles: what an account begins with, what it is given, and that nobody is locked out."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from thumper.accounts import roles
from thumper.accounts.roles import Role
from thumper.accounts.tests.identities import account

BEFORE = [("thumper", "0002_preferences_and_last_use")]
AFTER = [("thumper", "0010_roles")]


@pytest.mark.django_db
def test_a_new_account_is_a_viewer_and_a_superuser_is_an_administrator() -> None:
    assert roles.role_of(User.objects.create_user("ann")) is Role.VIEWER
    assert roles.role_of(User.objects.create_superuser("root")) is Role.ADMINISTRATOR


@pytest.mark.django_db
def test_a_role_is_given_in_place_of_the_one_before() -> None:
    user = account("manager")
    assert user.is_staff
    roles.give(user, Role.REVIEWER)
    again = User.objects.get(pk=user.pk)
    assert [group.name for group in again.groups.all()] == ["reviewer"]
    assert not again.is_staff


@pytest.mark.django_db
def test_the_last_administrator_stays_one() -> None:
    User.objects.filter(is_superuser=True).delete()
    only = account("administrator")
    with pytest.raises(roles.LastAdministrator):
        roles.give(only, Role.VIEWER)
    other = User.objects.create_superuser("root")
    roles.give(only, Role.VIEWER)
    assert list(roles.administrators()) == [other]


@pytest.mark.django_db
def test_a_closed_account_may_nothing() -> None:
    user = account("administrator")
    user.is_active = False
    assert not any(
        roles.is_granted(user, asked) for asked in roles.Permission if asked.name != "PUBLIC"
    )


@pytest.mark.django_db
def test_what_an_administrator_took_from_nobody_comes_back_and_what_he_added_stays() -> None:
    group = Group.objects.get(name="viewer")
    added = Permission.objects.get(codename="manage_store")
    group.permissions.set([added])
    roles.ensure_roles()
    names = set(group.permissions.values_list("codename", flat=True))
    assert names == {"manage_store", "view_store", "request_exports"}


@pytest.mark.django_db(transaction=True)
def test_whoever_had_an_account_keeps_what_he_could_do() -> None:
    executor = MigrationExecutor(connection)
    executor.migrate(BEFORE)
    users = executor.loader.project_state(BEFORE).apps.get_model("auth", "User").objects
    users.create(username="boss", is_superuser=True, is_staff=True)
    users.create(username="ranger", is_staff=True)
    users.create(username="guest")
    try:
        MigrationExecutor(connection).migrate(AFTER)
    finally:
        call_command("migrate", verbosity=0)
    found = {user.username: roles.role_of(user) for user in User.objects.exclude(username="local")}
    assert found == {
        "boss": Role.ADMINISTRATOR,
        "ranger": Role.MANAGER,
        "guest": Role.MANAGER,
    }
    assert roles.is_granted(User.objects.get(username="guest"), roles.Permission.MANAGE)
