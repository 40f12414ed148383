"""Regions that nobody is shown: boxes of people and vehicles on photographs.

A person's "this is no animal" does not lift one, for it does not say what is there. It is gone when the box is given
another class, or deleted: the rule by which photographs are withheld from packages, too.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from django.conf import settings

from reid.imaging.crops import Box
from reid.models import Detection

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID


def regions_on(images: Iterable[UUID]) -> dict[UUID, tuple[Box, ...]]:
    """Of each of these photographs that has any: its regions, in one order always. Nothing where PEOPLE_BLUR is off."""
    if not settings.PEOPLE_BLUR:
        return {}
    rows = Detection.objects.private().filter(image__in=set(images))
    found: defaultdict[UUID, list[Box]] = defaultdict(list)
    for image, *box in rows.order_by("x", "y", "pk").values_list(
        "image", "x", "y", "width", "height"
    ):
        found[image].append(Box(*box))
    return {image: tuple(boxes) for image, boxes in found.items()}
