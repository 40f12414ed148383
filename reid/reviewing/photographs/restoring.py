"""Undo of what a person did to photographs and their boxes: the parts of `reid.reviewing.undoing` that are about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reid.models import CAMERA, TAGS, Camera, Detection, EventLog, Image
from reid.reviewing.photographs.changes import column, tags_of
from reid.reviewing.photographs.derived import BOX
from reid.reviewing.problems import NOT_LOGGED, UNDO_CONFLICT, UndoConflict

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from uuid import UUID

    from reid.models import IdentityEvent
    from reid.reviewing.ledger import Ledger

    Subject = tuple[UUID | None, UUID | None, UUID | None, str]
    """Of an event: its detection, deer and photograph, and the field."""
    Changes = Mapping[Subject, IdentityEvent]

IMAGE_GONE: Final = "its photograph was removed with its import"
BOX_DRAWN_AGAIN: Final = "there is another box of the same place by now"


def restore_images(ledger: Ledger, changes: Changes, images: Mapping[UUID, Image]) -> None:
    """Give photographs their fields and tags back. Raises UndoConflict where they are not as the operation left them."""
    tags = tags_of(images.keys())
    for (*_, key, field), event in changes.items():
        if key is None:
            continue
        if key not in images:
            raise UndoConflict(sentence=UNDO_CONFLICT.format(change=IMAGE_GONE))
        now = tags.get(key, []) if field == TAGS else getattr(images[key], _attribute(field))
        if EventLog.plain(now) != event.after:
            raise UndoConflict(sentence=UNDO_CONFLICT.format(change=NOT_LOGGED))
        if field == TAGS:
            ledger.photographs.tag(key, event.after or [], event.before or [])
        elif field == CAMERA:
            ledger.place(images[key], _standing(event.before))
        else:
            ledger.photographs.change(images[key], **{field: event.before})


def _attribute(field: str) -> str:
    return column(Image, field).attname


def _standing(camera: str | None) -> Camera | None:
    """The camera of this key, or the one that it was merged into since."""
    return Camera.everything.get(pk=camera).survivor if camera else None


def refuse_taken_boxes(changes: Changes, restored: Collection[Detection]) -> None:
    """A box comes back only where its photograph is shown, and no other box has its very place. Raises UndoConflict."""
    drawn = {key for key, *_, field in changes if field == "hidden_at" or field in BOX}
    shown = [item for item in restored if item.pk in drawn and item.hidden_at is None]
    if any(item.image.hidden_at is not None for item in shown):
        raise UndoConflict(sentence=UNDO_CONFLICT.format(change=IMAGE_GONE))
    if not shown:
        return
    others = Detection.objects.filter(image__in={item.image_id for item in shown}).exclude(
        pk__in=[item.pk for item in shown]
    )
    taken = set(others.values_list("image", "x", "y", "width", "height"))
    if any((item.image_id, item.x, item.y, item.width, item.height) in taken for item in shown):
        raise UndoConflict(sentence=UNDO_CONFLICT.format(change=BOX_DRAWN_AGAIN))
