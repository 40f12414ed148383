"""Users of commands: the account that a command acts as."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.contrib.auth import get_user_model

if TYPE_CHECKING:
    from django.contrib.auth.models import User

NO_USER: Final = "There is no active user {name!r}: give --user the name of one."
USER_NEEDED: Final = "Say who does it: give --user the name of a user."


class UnknownPerson(LookupError):
    """No such user to write in the name of; the message gives the remedy."""


def person(name: str) -> User:
    """The active user of that name; without one, the embedded mode's own. Raises UnknownPerson."""
    if not name and not settings.EMBEDDED:
        raise UnknownPerson(USER_NEEDED)
    name = name or settings.LOCAL_USERNAME
    user = get_user_model()._default_manager.filter(username=name, is_active=True).first()
    if user is None:
        raise UnknownPerson(NO_USER.format(name=name))
    return user
