"""Helpers for tests of reviews: reviewers, sightings with candidates, and what a reviewer saw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import Group, User

from reid.models import Deer, Detection, Encounter, IdentityEvent, Image, Operation, Sighting
from reid.tests import make

if TYPE_CHECKING:
    from uuid import UUID


def reviewer(name: str = "alma") -> User:
    """An account with the role of a reviewer."""
    user, is_new = User.objects.get_or_create(username=name)
    if is_new:
        user.groups.add(Group.objects.get(name="reviewer"))
    return user


def sighting(frames: int = 1, *, image: Image | None = None, **fields: Any) -> Sighting:
    """A sighting on so many photographs of an encounter of its own, or on `image` in that one's."""
    encounter = image.encounter if image else None
    if encounter is None:
        encounter = Encounter.objects.create(started_at=make.NOON, ended_at=make.NOON)
    if image is not None:
        image.encounter = encounter
        image.save()
    of = make.sighting(encounter)
    for _ in range(frames):
        make.detection(sighting=of, image=image or make.image(encounter=encounter), **fields)
    return of


def seen(*sightings: Sighting) -> dict[UUID, int]:
    """The versions of all detections of these sightings, as a reviewer sees them now."""
    rows = Detection.objects.filter(sighting__in=sightings)
    return dict(rows.values_list("pk", "version"))


def state(of: Sighting) -> list[tuple[str | None, str, bool]]:
    """Deer, source and reference of the sighting's detections."""
    rows = Detection.objects.filter(sighting=of).order_by("image__path", "x")
    return list(rows.values_list("deer__name", "identity_source", "is_reference"))


def everything() -> list[Any]:
    """All that reviews may change, but for versions and stale marks, in one order."""
    detections = Detection.objects.order_by("pk").values_list(
        *("pk", "deer", "identity_source", "is_reference", "reviewed_by", "reviewed_at"),
        *("is_valid", "corrected_classification", "flank", "sighting"),
    )
    deer = Deer.objects.order_by("pk").values_list("pk", "sex", "merged_into")
    kept = sorted(IdentityEvent.objects.kept_labels())
    apart = sorted(tuple(sorted(pair)) for pair in IdentityEvent.objects.kept_apart())
    return [*detections, *deer, *kept, *apart]


def events(of: Operation) -> list[tuple[str, Any, Any]]:
    rows = IdentityEvent.objects.filter(operation=of).order_by("pk")
    return list(rows.values_list("field", "before", "after"))
