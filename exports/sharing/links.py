"""Acts on shared links: made, found by their key, revoked, opened again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.db.models import F
from django.utils import timezone
from rest_framework import status
from rest_framework.exceptions import APIException

from exports.models import SharedLink
from reid.models import Deer

if TYPE_CHECKING:
    from exports.requests.specs import ReportSpec

SHORTEST, LONGEST, USUAL = 1, 366, 30
"""Days for which a link may be open."""
MOST_OPEN: Final = 200
"""Open links of one user."""
NOT_FOUND: Final = "There is no such link."
TOO_MANY: Final = f"You have {MOST_OPEN} open links: revoke those that nobody needs."
KEPT: Final = timedelta(days=30)
"""How long a link is listed after its end."""
_KEY_LENGTH: Final = 64  # no key of ours is as long


class LinkNotFound(APIException):
    """404: never was, or somebody else's."""

    status_code = status.HTTP_404_NOT_FOUND
    default_code = "not_found"
    default_detail = NOT_FOUND


class TooManyLinks(APIException):
    """409: MOST_OPEN links of the user are open."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"
    default_detail = TOO_MANY


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link that was just made, and its key, which nothing can show again."""

    link: SharedLink
    key: str


def of_report(spec: ReportSpec, owner_id: int, days: int = USUAL) -> NewLink:
    """A link to a report. It shows nothing until `frozen.freeze` has run. Raises TooManyLinks."""
    return _made(SharedLink(owner_id=owner_id, title=spec.title, spec=spec.to_json()), days)


def of_deer(deer: Deer, owner_id: int, days: int = USUAL) -> NewLink:
    """A link to a deer. Raises TooManyLinks."""
    return _made(SharedLink(owner_id=owner_id, title=deer.name, deer=deer), days)


def opened_by(key: str) -> SharedLink | None:
    """The open link of this key, with its use counted; None for any other key.

    The search is for the key's SHA-256: how long it takes says nothing of how near a guess was.
    """
    if not key or len(key) >= _KEY_LENGTH:
        return None
    link = (
        SharedLink.objects.open()
        .select_related("deer")
        .filter(key_sha256=SharedLink.digest(key))
        .first()
    )
    if link:
        SharedLink.objects.filter(pk=link.pk).update(
            uses=F("uses") + 1, last_used_at=timezone.now()
        )
    return link


def revoke(pk: int, owner_id: int) -> SharedLink:
    """Close the link at once. Raises LinkNotFound."""
    link = of_owner(pk, owner_id)
    link.revoked_at = link.revoked_at or timezone.now()
    link.save(update_fields=["revoked_at"])
    return link


def reopen(pk: int, owner_id: int) -> SharedLink:
    """Take a revocation back: the same address works again until its end. Raises LinkNotFound."""
    link = of_owner(pk, owner_id)
    link.revoked_at = None
    link.save(update_fields=["revoked_at"])
    return link


def of_owner(pk: int, owner_id: int) -> SharedLink:
    """The owner's link. Raises LinkNotFound."""
    link = SharedLink.objects.of(owner_id).filter(pk=pk).first()
    if link is None:
        raise LinkNotFound
    return link


def purge() -> int:
    """Delete links that ended KEPT ago, with what they showed; return how many rows."""
    before = timezone.now() - KEPT
    return SharedLink.objects.filter(expires_at__lt=before).delete()[0]


def deer_named(text: str) -> Deer | None:
    """The deer of this id that may be shared: visible, and not merged away; None where there is none."""
    try:
        deer_id = UUID(text)
    except ValueError:
        return None
    return Deer.objects.filter(pk=deer_id, merged_into__isnull=True).first()


def _made(link: SharedLink, days: int) -> NewLink:
    if SharedLink.objects.of(link.owner_id).open().count() >= MOST_OPEN:
        raise TooManyLinks
    days = min(max(days, SHORTEST), LONGEST)
    link.expires_at = timezone.now() + timedelta(days=days)
    key = link.new_key()
    link.save()
    return NewLink(link, key)
