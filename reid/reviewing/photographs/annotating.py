"""Notes, tags and favourites of photographs: what a person wants to find again. Nothing is counted by them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Unpack

from django.core.exceptions import ValidationError
from django.db import transaction

from reid.models import Operation, Tag
from reid.naming import name_key
from reid.reviewing.ledger import How, Ledger
from reid.reviewing.photographs.changes import compared_images, tags_of
from reid.reviewing.problems import ReviewRefused

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from uuid import UUID

NOTE_LENGTH: Final = 4_000
NOTE_TOO_LONG: Final = f"A note has at most {NOTE_LENGTH} characters."


@transaction.atomic
def annotate(
    *,
    versions: Mapping[UUID, int],
    note: str | None = None,
    is_favourite: bool | None = None,
    add_tags: Collection[str] = (),
    remove_tags: Collection[str] = (),
    **how: Unpack[How],
) -> Operation:
    """Write a note, mark as favourite or not, put tags on and take them off; None leaves a thing as it is.

    `versions` names the photographs as the person saw them. Raises StaleReview where somebody was faster, and
    ReviewRefused for a note or a tag that cannot be, or where nothing changes.
    """
    if note is not None and len(note := note.strip()) > NOTE_LENGTH:
        raise ReviewRefused(NOTE_TOO_LONG, "invalid", "note")
    images = compared_images(versions)
    ledger = Ledger(Operation.Kind.ANNOTATE, how)
    fields = {"note": note, "is_favourite": is_favourite}
    for image in images.values():
        ledger.photographs.change(
            image, **{name: value for name, value in fields.items() if value is not None}
        )
    if add_tags or remove_tags:
        _tag(ledger, images.keys(), add_tags, remove_tags)
    return ledger.close()


def _tag(
    ledger: Ledger, images: Collection[UUID], add: Collection[str], remove: Collection[str]
) -> None:
    try:
        added = {tag.name_key: tag.name for tag in Tag.objects.named(add)}
    except ValidationError as error:
        raise ReviewRefused(error.messages[0], "invalid", "add_tags") from error
    removed = {name_key(name) for name in remove}
    before_of = tags_of(images)
    for image in images:
        before = before_of.get(image, [])
        names = {name_key(name): name for name in before} | added
        after = [name for key, name in sorted(names.items()) if key not in removed]
        ledger.photographs.tag(image, before, after)
