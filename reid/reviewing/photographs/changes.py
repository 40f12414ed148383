"""Changes of photographs within an operation: their fields and tags, each noted, and written at once for all that are alike."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from django.db.models import F, Field

from reid.models import TAGS, IdentityEvent, Image, Tag
from reid.reviewing.problems import FieldChange, StaleReview

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from uuid import UUID

    from django.db.models import Model

    from reid.models import EventLog

GONE: Final = "a photograph was removed"
_BATCH: Final = 500


def column(model: type[Model], name: str) -> Field[Any, Any]:
    """The model's own column of that name. Raises TypeError for a relation from elsewhere."""
    field = model._meta.get_field(name)
    if not isinstance(field, Field):
        raise TypeError(f"{name} is no column of {model.__name__}")
    return field


def lock_images(keys: Collection[UUID]) -> dict[UUID, Image]:
    """The photographs, locked, by key; those that are gone or hidden are left out.

    After profiles, and before sightings and detections: the order in which everybody locks.
    """
    locked: dict[UUID, Image] = {}
    ordered = sorted(keys)
    for start in range(0, len(ordered), _BATCH):
        rows = Image.objects.select_for_update(no_key=True, of=("self",))
        part = rows.filter(pk__in=ordered[start : start + _BATCH]).select_related(
            "encounter", "camera"
        )
        locked |= {image.pk: image for image in part.order_by("pk")}
    return locked


def compared_images(versions: Mapping[UUID, int]) -> dict[UUID, Image]:
    """The photographs, locked, by key, each as the person saw it. Raises StaleReview where one is not."""
    images = lock_images(versions.keys())
    stale = {
        key
        for key, version in versions.items()
        if key not in images or images[key].version != version
    }
    if stale:
        events = IdentityEvent.objects.filter(image__in=stale).select_related("operation__actor")
        latest = [FieldChange.of(event) for event in events.order_by("-pk")[:1]]
        raise StaleReview(latest, otherwise=GONE)
    return images


def tags_of(keys: Collection[UUID]) -> dict[UUID, list[str]]:
    """Names of the tags of each of these photographs, in order; without an entry where there is none."""
    found: defaultdict[UUID, list[str]] = defaultdict(list)
    ordered = sorted(keys)
    for start in range(0, len(ordered), _BATCH):
        links = Image.tags.through._default_manager.filter(
            image__in=ordered[start : start + _BATCH]
        )
        for image, name in links.order_by("tag__name_key").values_list("image", "tag__name"):
            found[image].append(name)
    return found


class PhotographChanges:
    """Fields and tags of photographs that an operation changes; `write` stores what was set since the last one."""

    def __init__(self, events: EventLog) -> None:
        self._events = events
        self._values: defaultdict[UUID, dict[str, Any]] = defaultdict(dict)
        self._tags: dict[UUID, list[str]] = {}

    def change(self, image: Image, **values: Any) -> None:
        """Set fields of a photograph (`camera` by key) and note each one that differs."""
        for name, value in values.items():
            attribute = column(Image, name).attname
            before = getattr(image, attribute)
            if before != value:
                setattr(image, attribute, value)
                self._events.note(name, before, value, image=image.pk)
                self._values[image.pk][name] = value

    def tag(self, image: UUID, before: list[str], after: list[str]) -> None:
        """Give a photograph these tags and no others; both lists are in order."""
        if before != after:
            self._events.note(TAGS, before, after, image=image)
            self._tags[image] = after

    def write(self) -> None:
        """Write the rows, and count their versions up."""
        alike: defaultdict[tuple[tuple[str, Any], ...], list[UUID]] = defaultdict(list)
        for key in self._values.keys() | self._tags.keys():
            alike[tuple(sorted(self._values.get(key, {}).items()))].append(key)
        for items, keys in alike.items():
            for start in range(0, len(keys), _BATCH):
                rows = Image.everything.filter(pk__in=keys[start : start + _BATCH])
                rows.update(**dict(items), version=F("version") + 1)
        _write_tags(self._tags)
        self._values.clear()
        self._tags.clear()


def _write_tags(wanted: Mapping[UUID, list[str]]) -> None:
    if not wanted:
        return
    tags = {
        tag.name: tag
        for tag in Tag.objects.named({name for names in wanted.values() for name in names})
    }
    link = Image.tags.through
    keys = sorted(wanted)
    for start in range(0, len(keys), _BATCH):
        link._default_manager.filter(image__in=keys[start : start + _BATCH]).delete()
    link._default_manager.bulk_create(
        [link(image_id=key, tag_id=tags[name].pk) for key in keys for name in wanted[key]], _BATCH
    )
