"""Photographs that a person marked, as they were seen, and what is done to all of them at once: each act one operation."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self, Unpack
from uuid import UUID

from reid.models import Detection
from reid.reviewing import (
    ReviewRefused,
    annotate,
    assign_group,
    correct_class,
    invalidate,
    make_valid,
    name_group,
    set_camera,
)
from reid.suggesting.near_names import look_up
from reid.taxonomy import PRIVATE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reid.models import Image, Operation
    from reid.reviewing.ledger import How

NOTHING_MARKED: Final = "Mark at least one photograph first."
UNREADABLE_MARK: Final = "What was marked cannot be read: load the page again."
NO_ANIMAL: Final = "There is no box of an animal on these photographs."
NO_DEER: Final = "There is no box of a deer on these photographs: correct their class first."
MOST: Final = 2_000
TOO_MANY: Final = f"Mark at most {MOST} photographs at once."


def stamp(image: Image) -> str:
    """What a mark of this photograph says: its key and version, then those of its detections, as they are shown."""
    rows = [
        (image.pk, image.version),
        *((item.pk, item.version) for item in image.detections.all()),
    ]
    return " ".join(f"{key.hex}:{version}" for key, version in rows)


@dataclass(slots=True)
class Marked:
    """Marked photographs and their detections, each with the version that the person saw."""

    images: dict[UUID, int] = field(default_factory=dict)
    detections: dict[UUID, int] = field(default_factory=dict)

    @classmethod
    def parsed(cls, stamps: Iterable[str]) -> Self:
        """Raises ReviewRefused for what no `stamp` is, for none, and for too many."""
        marked = cls()
        for text in stamps:
            try:
                pairs = [part.split(":") for part in text.split()]
                (first, *others) = [(UUID(key), int(version)) for key, version in pairs]
            except ValueError as error:
                raise ReviewRefused(UNREADABLE_MARK, "invalid") from error
            marked.images[first[0]] = first[1]
            marked.detections |= dict(others)
        if not marked.images:
            raise ReviewRefused(NOTHING_MARKED, "required")
        if len(marked.images) > MOST:
            raise ReviewRefused(TOO_MANY, "invalid")
        return marked

    def annotate(
        self,
        *,
        is_favourite: bool | None = None,
        add_tags: Iterable[str] = (),
        remove_tags: Iterable[str] = (),
        **how: Unpack[How],
    ) -> Operation:
        """Favourites or not, and tags. Raises as `reid.reviewing.annotate` does."""
        return annotate(
            versions=self.images,
            is_favourite=is_favourite,
            add_tags=list(add_tags),
            remove_tags=list(remove_tags),
            **how,
        )

    def set_camera(self, camera: UUID, **how: Unpack[How]) -> Operation:
        """They are all this camera's. Raises as `reid.reviewing.set_camera` does."""
        return set_camera(versions=self.images, camera=camera, **how)

    def classify(self, classification: str, **how: Unpack[How]) -> Operation:
        """Correct the class of all their valid boxes but those of people and vehicles."""
        return correct_class(
            versions=self._animals(is_valid=True), classification=classification, **how
        )

    def invalidate(self, **how: Unpack[How]) -> Operation:
        """Throw out all their boxes of animals."""
        return invalidate(versions=self._animals(is_valid=True), **how)

    def make_valid(self, **how: Unpack[How]) -> Operation:
        """Take their boxes back that were thrown out."""
        return make_valid(versions=self._animals(is_valid=False), **how)

    def assign(self, name: str, *, confirm_new: bool, **how: Unpack[How]) -> Operation:
        """All deer on them are the one of this name, or a new one; a sighting is named as a whole.

        Raises ReviewRefused, also where two deer are on one of the photographs, and NearNames where the name is nearly
        another deer's and nobody has said (`confirm_new`) that this is a new one.
        """
        sightings = self._sightings()
        versions = self._versions(sightings)
        if (same := look_up(name).same) is not None:
            return assign_group(sightings=sightings, deer=same.deer, versions=versions, **how)
        return name_group(
            sightings=sightings, name=name, versions=versions, confirm_new=confirm_new, **how
        )

    def _animals(self, *, is_valid: bool) -> dict[UUID, int]:
        rows = Detection.objects.filter(pk__in=self.detections, is_valid=is_valid).exclude(
            effective_class__in=[item.value for item in PRIVATE]
        )
        versions = {key: self.detections[key] for key in rows.values_list("pk", flat=True)}
        if not versions:
            raise ReviewRefused(NO_ANIMAL, "conflict")
        return versions

    def _sightings(self) -> list[UUID]:
        rows = Detection.objects.identifiable().filter(pk__in=self.detections)
        keys = {key for key in rows.values_list("sighting", flat=True) if key}
        if not keys:
            raise ReviewRefused(NO_DEER, "conflict")
        return sorted(keys)

    def _versions(self, sightings: list[UUID]) -> Mapping[UUID, int]:
        """Versions of every detection of these sightings: as they were seen, of the others as they are now."""
        versions: defaultdict[UUID, int] = defaultdict(int)
        rows = Detection.objects.filter(sighting__in=sightings).values_list("pk", "version")
        for key, version in rows:
            versions[key] = self.detections.get(key, version)
        return dict(versions)
