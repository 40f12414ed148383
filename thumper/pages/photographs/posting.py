"""Fields that acts of these pages are posted with: keys, numbers, and the versions that were seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.utils.translation import gettext as _

from reid.reviewing import ReviewRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

UNREADABLE: Final = "What was sent cannot be read: load the page again."


def key_of(given: Mapping[str, str], name: str) -> UUID:
    """The id in this field. Raises ReviewRefused."""
    try:
        return UUID(given.get(name, ""))
    except ValueError as error:
        raise ReviewRefused(UNREADABLE, "invalid", name) from error


def camera_of(given: Mapping[str, str]) -> UUID:
    """The camera that was chosen. Raises ReviewRefused, also where none was."""
    if not given.get("camera"):
        raise ReviewRefused(_("Choose a camera first."), "invalid", "camera")
    return key_of(given, "camera")


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
