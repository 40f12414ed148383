"""Identities for tests of access: an account of each role, one without any, and staff whom nobody gave a permission."""

from __future__ import annotations

from typing import Final

from django.contrib.auth.models import User

from thumper.accounts import roles
from thumper.accounts.roles import GRANTED, Permission, Role

NO_ROLE: Final = "no role"
BARE_STAFF: Final = "staff without permission"
SUPERUSER: Final = "superuser"
IDENTITIES: Final = (NO_ROLE, BARE_STAFF, *(role.value for role in Role), SUPERUSER)


def account(identity: str) -> User:
    """An account of this kind, read from the database so that no permission is remembered."""
    user = User.objects.create_user(identity.replace(" ", "-"), password="a long password")
    if identity in (NO_ROLE, BARE_STAFF):
        user.groups.clear()
        User.objects.filter(pk=user.pk).update(is_staff=identity == BARE_STAFF)
    elif identity == SUPERUSER:
        User.objects.filter(pk=user.pk).update(is_staff=True, is_superuser=True)
    else:
        roles.give(user, Role(identity))
    return User.objects.get(pk=user.pk)


def may(identity: str, permission: Permission) -> bool:
    """What the table of roles promises this identity."""
    if permission in (Permission.PUBLIC, Permission.OWN) or identity == SUPERUSER:
        return True
    return any(permission in GRANTED[role] for role in Role if role.value == identity)
