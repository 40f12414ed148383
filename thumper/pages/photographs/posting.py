"""Parts that acts of these pages have in common: who acts, how it was asked, and the versions that were seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from reid.reviewing import ReviewRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest

UNREADABLE: Final = "What was sent cannot be read: load the page again."


def person(request: HttpRequest) -> User:
    """Who acts. Raises PermissionDenied where nobody is signed in."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def is_htmx(request: HttpRequest) -> bool:
    """Whether a part of the page is asked for, and no whole one."""
    return request.headers.get("HX-Request") == "true"


def key_of(given: Mapping[str, str], name: str) -> UUID:
    """The id in this field. Raises ReviewRefused."""
    try:
        return UUID(given.get(name, ""))
    except ValueError as error:
        raise ReviewRefused(UNREADABLE, "invalid", name) from error


def number_of(given: Mapping[str, str], name: str) -> int:
    """The whole number in this field. Raises ReviewRefused."""
    try:
        return round(float(given.get(name, "")))
    except (ValueError, OverflowError) as error:
        sentence = _("Draw the box, or type four numbers for it.")
        raise ReviewRefused(sentence, "invalid", name) from error


def written(versions: Mapping[UUID, int]) -> str:
    """Versions as a form carries them: `versions_of` reads them again."""
    return " ".join(f"{key.hex}:{version}" for key, version in versions.items())


def versions_of(given: Mapping[str, str], name: str = "versions") -> dict[UUID, int]:
    """The versions in this field. Raises ReviewRefused."""
    try:
        pairs = [part.split(":") for part in given.get(name, "").split()]
        return {UUID(key): int(version) for key, version in pairs}
    except ValueError as error:
        raise ReviewRefused(UNREADABLE, "invalid", name) from error
