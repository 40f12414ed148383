"""Boxes that a person draws, moves or deletes on a photograph.

A box that comes or goes changes which animals its encounter shows, so sightings are grouped anew. A box that is
moved makes everything stale that machines made of it: the next run makes it again. A deleted box is hidden, for
the log names it, and an undo brings it back with its deer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Unpack
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction

from reid.grouping.locks import wait_for_others
from reid.imaging.crops import Box
from reid.models import Detection, Image, Operation
from reid.reviewing.attributes import note_class
from reid.reviewing.ledger import How, Ledger
from reid.reviewing.photographs.changes import lock_images
from reid.reviewing.problems import ReviewRefused
from reid.reviewing.scene import compare, lock_with_deer

if TYPE_CHECKING:
    from collections.abc import Mapping

SMALLEST: Final = 8
"""Pixels of the shorter side of a box that a person draws: less is a slip of the hand."""
UNKNOWN_IMAGE: Final = "There is no photograph {image}."
TOO_SMALL: Final = f"This box is too small: draw one of at least {SMALLEST} by {SMALLEST} pixels."
OUTSIDE: Final = (
    "This box reaches over the edge of the photograph, which has {width} x {height} pixels."
)
BOX_TAKEN: Final = "There is this very box on the photograph already."


@transaction.atomic
def draw_box(*, image: UUID, box: Box, classification: str, **how: Unpack[How]) -> Operation:
    """A person saw an animal here that no detector found: a new detection, of a person's certainty.

    `box` in pixels of the photograph after EXIF turning. Raises ReviewRefused where it is too small, outside, or
    stored already.
    """
    wait_for_others()
    lock_with_deer(Detection.objects.filter(image=image))
    photograph = _locked(image)
    _refuse_impossible(box, photograph)
    ledger = Ledger(Operation.Kind.DRAW_BOX, how)
    # It begins hidden and is shown by the operation: undone, it is hidden again.
    detection = Detection(
        pk=uuid4(),
        image=photograph,
        x=box.x,
        y=box.y,
        width=box.width,
        height=box.height,
        confidence=1.0,
        classification=classification,
        is_valid=False,
        hidden_at=ledger.now,
    )
    _refuse_taken(photograph, box)
    detection.save(force_insert=True)
    ledger.change(detection, hidden_at=None, is_valid=True)
    note_class(ledger, [detection])
    if photograph.looked != Image.Looked.YES:
        ledger.photographs.change(photograph, looked=Image.Looked.YES.value, look_failure="")
    ledger.score_again([detection])
    return ledger.close()


@transaction.atomic
def move_box(
    *, detection: UUID, box: Box, versions: Mapping[UUID, int], **how: Unpack[How]
) -> Operation:
    """The animal is here: its box was elsewhere, or too large or small. Its deer and class stay.

    `versions` names the detection as the person saw it. A reference whose box becomes too small to be compared stands
    for its deer no longer. Raises StaleReview and ReviewRefused.
    """
    wait_for_others()
    scene = lock_with_deer(Detection.objects.filter(pk=detection))
    (item,) = compare(scene, [detection], {detection: versions.get(detection, -1)})
    _refuse_impossible(box, item.image)
    ledger = Ledger(Operation.Kind.MOVE_BOX, how)
    if box != Box(item.x, item.y, item.width, item.height):
        _refuse_taken(item.image, box)
    ledger.change(item, x=box.x, y=box.y, width=box.width, height=box.height)
    if min(box.width, box.height) < settings.REID_MIN_CROP:
        ledger.change(item, is_reference=False)
    ledger.score_again(scene.values())
    return ledger.close()


@transaction.atomic
def delete_boxes(*, versions: Mapping[UUID, int], **how: Unpack[How]) -> Operation:
    """There is no animal here, or it has a better box: these are shown and counted no more until this is undone.

    Raises StaleReview where one is not as the person saw it.
    """
    wait_for_others()
    scene = lock_with_deer(Detection.objects.filter(pk__in=list(versions)))
    detections = compare(scene, versions, versions)
    ledger = Ledger(Operation.Kind.DELETE_BOX, how)
    ledger.reviewed(detections)
    for item in detections:
        ledger.identify(item, None)
        ledger.change(item, is_valid=False, hidden_at=ledger.now)
    ledger.score_again(scene.values())
    return ledger.close()


def _locked(image: UUID) -> Image:
    photograph = lock_images([image]).get(image)
    if photograph is None:
        raise ReviewRefused(UNKNOWN_IMAGE.format(image=image), "not_found", "image")
    return photograph


def _refuse_impossible(box: Box, image: Image) -> None:
    if min(box.width, box.height) < SMALLEST:
        raise ReviewRefused(TOO_SMALL, "invalid", "box")
    is_inside = box.x >= 0 and box.y >= 0
    if not is_inside or box.x + box.width > image.width or box.y + box.height > image.height:
        sentence = OUTSIDE.format(width=image.width, height=image.height)
        raise ReviewRefused(sentence, "invalid", "box")


def _refuse_taken(image: Image, box: Box) -> None:
    place = {"x": box.x, "y": box.y, "width": box.width, "height": box.height}
    if Detection.objects.filter(image=image, **place).exists():
        raise ReviewRefused(BOX_TAKEN, "conflict", "box")
