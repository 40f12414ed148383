"""Roles: viewer, reviewer, manager, administrator. Groups of Django with permissions of Django, made on every migrate.

Everything that asks whether somebody may asks `is_granted`: pages, API, uploads, the admin's own views. What
an account may do beyond its role is a permission that an administrator gave it by hand.
"""

from __future__ import annotations

from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Any, Final, cast

from django.apps import apps as live_apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser, User


class Permission(Enum):
    """What a page, an operation of the API or an act asks of who comes."""

    PUBLIC = "nothing: signing in itself, and links that are their own key"
    OWN = "to be signed in: one's own password, settings, tokens, sessions"
    VIEW = "to look at the store"
    REQUEST = "to have reports, archives, links and mails made"
    REVIEW = "to say which deer it is, and to correct photographs"
    MANAGE = "to bring in and take away photographs, cameras, thresholds"
    ADMINISTER = "to look after the server: accounts, queues, everybody's exports"


_CODENAMES: Final = {
    Permission.VIEW: "view_store",
    Permission.REQUEST: "request_exports",
    Permission.REVIEW: "review_store",
    Permission.MANAGE: "manage_store",
    Permission.ADMINISTER: "administer_server",
}


class Role(StrEnum):
    """What an account is for; each may all that the one before may."""

    VIEWER = "viewer"
    REVIEWER = "reviewer"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"


IN_WORDS: Final = {
    Role.VIEWER: _("Viewer: looks, and has reports made"),
    Role.REVIEWER: _("Reviewer: says which deer it is, too"),
    Role.MANAGER: _("Manager: imports, cameras and thresholds, too"),
    Role.ADMINISTRATOR: _("Administrator: accounts and the server, too"),
}
GRANTED: Final = {
    Role.VIEWER: {Permission.VIEW, Permission.REQUEST},
    Role.REVIEWER: {Permission.VIEW, Permission.REQUEST, Permission.REVIEW},
    Role.MANAGER: {Permission.VIEW, Permission.REQUEST, Permission.REVIEW, Permission.MANAGE},
    Role.ADMINISTRATOR: set(_CODENAMES),
}
"""What each role may."""
OF_STAFF: Final = (Role.MANAGER, Role.ADMINISTRATOR)
"""Roles that open the admin."""
_DELETED_BY_MANAGERS: Final = ("camera", "deployment", "outage", "classlabel")


class LastAdministrator(Exception):
    """Nobody would be left who may look after accounts."""


def is_granted(user: AbstractBaseUser | AnonymousUser, permission: Permission) -> bool:
    """Whether this account may. One without a role may only change what is its own."""
    if permission is Permission.PUBLIC:
        return True
    if not (user.is_authenticated and user.is_active):
        return False
    if permission is Permission.OWN:
        return True
    return cast("User", user).has_perm(f"thumper.{_CODENAMES[permission]}")


def role_of(user: User) -> Role | None:
    """The highest role of the account; None for none. A superuser is an administrator."""
    if user.is_superuser:
        return Role.ADMINISTRATOR
    names = {group.name for group in user.groups.all()}
    return next((role for role in reversed(Role) if role.value in names), None)


def administrators() -> Any:
    """Active accounts that may look after the others."""
    is_one = Q(is_superuser=True) | Q(groups__name=Role.ADMINISTRATOR)
    return get_user_model()._default_manager.filter(is_one, is_active=True).distinct()


@transaction.atomic
def give(user: User, role: Role) -> None:
    """The account has this role and no other, and opens the admin where the role does. Raises LastAdministrator."""
    if role is not Role.ADMINISTRATOR:
        keep_one_administrator(user)
    user.groups.remove(*Group.objects.filter(name__in=list(Role)))
    user.groups.add(Group.objects.get(name=role))
    user.is_staff = role in OF_STAFF
    user.is_superuser = user.is_superuser and role is Role.ADMINISTRATOR
    user.save(update_fields=["is_staff", "is_superuser"])


def keep_one_administrator(besides: User) -> None:
    """Raises LastAdministrator where nobody but this account looks after the others."""
    locked = get_user_model()._default_manager.select_for_update().order_by("pk")
    others = administrators().exclude(pk=besides.pk).values("pk")
    if not list(locked.filter(pk__in=others)) and administrators().filter(pk=besides.pk).exists():
        raise LastAdministrator


def ensure_roles(using: str = "default", apps: Any = live_apps, **_signal: Any) -> None:
    """Make the groups, and give each what its role may; what an administrator gave a group besides stays."""
    group_of = apps.get_model("auth", "Group")._base_manager.using(using)
    for role in Role:
        group, _made = group_of.get_or_create(name=role.value)
        wanted = set(_permissions_of(role, using, apps).values_list("pk", flat=True))
        missing = wanted - set(group.permissions.using(using).values_list("pk", flat=True))
        if missing:
            group.permissions.add(*missing)


def _permissions_of(role: Role, using: str, apps: Any) -> Any:
    """What the role's group holds: its capabilities, and what its holders may in the admin."""
    every = apps.get_model("auth", "Permission")._base_manager.using(using)
    if role is Role.ADMINISTRATOR:
        return every.all()
    held = Q(content_type__app_label="thumper", codename__in=_codenames(GRANTED[role]))
    if role is Role.MANAGER:
        of_store = Q(content_type__app_label="reid")
        deletes = Q(content_type__model__in=_DELETED_BY_MANAGERS)
        held |= of_store & (~Q(codename__startswith="delete_") | deletes)
    return every.filter(held)


def _codenames(permissions: Iterable[Permission]) -> list[str]:
    return [_CODENAMES[permission] for permission in permissions]
