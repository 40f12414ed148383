"""Views: the picture of a detection that a network is shown, its canonical crop or its aligned torso, as they are stored.

Whether a detection has an aligned torso is what its row says, not what lies on the disk: a file that vanished is made
again, and never is the crop taken for the torso that was embedded before.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from reid.embedding.preprocessing import torso_view
from reid.imaging.canonical import crops_of_image, stored_crop
from reid.imaging.crops import ImageProblem
from reid.imaging.derived_files import torso_name
from reid.models import Torso
from reid.networks.model_card import Crop, ModelRefused
from reid.storage.photo_store import photo_store
from reid.torsos.heads import active_head
from reid.torsos.making import CHUNK, make_torsos
from reid.torsos.stored import stored_torso

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from uuid import UUID

    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    from reid.imaging.canonical import CropRequest
    from reid.imaging.frame import Frame
    from reid.models import Detection, TorsoHead
    from reid.networks.model_card import ModelCard

OTHER_HEAD: Final = (
    "The model {model} is shown torsos as the mask head {wanted} finds them, and the active one is {active}: take the "
    "other into use again (torso_heads activate {wanted}), or train anew."
)


def with_torsos(
    detections: Iterable[Detection], card: ModelCard
) -> Iterator[tuple[Detection, bool]]:
    """Each detection, and whether the card's network is shown its torso; torsos that are missing are made first.

    `detections` come with their `image` selected, those of one image one after the other; a chunk is read ahead. Raises
    ModelRefused where the card's mask head is not the active one.
    """
    if card.crop is Crop.BOX:
        yield from ((detection, False) for detection in detections)
        return
    head = _head_of(card)
    left = iter(detections)
    while chunk := list(islice(left, CHUNK)):
        made = _made(chunk, head)
        missing = [item for item in chunk if item.pk not in made]
        if missing:
            make_torsos(missing, head)
            made |= _made(missing, head)
        yield from ((item, made.get(item.pk, False)) for item in chunk)


def _head_of(card: ModelCard) -> TorsoHead:
    head = active_head()
    if head.fingerprint != card.torso_head:
        raise ModelRefused(
            OTHER_HEAD.format(
                model=card.name, wanted=card.torso_head[:12], active=head.fingerprint[:12]
            )
        )
    return head


def _made(detections: Sequence[Detection], head: TorsoHead) -> dict[UUID, bool]:
    """Whether it is aligned, of each detection whose torso this head looked for, and whose file is where it should be."""
    rows = Torso.objects.filter(detection__in=detections, head=head)
    made = dict(rows.values_list("detection_id", "is_aligned"))
    there = photo_store.existing(torso_name(id_) for id_, is_aligned in made.items() if is_aligned)
    return {
        id_: is_aligned
        for id_, is_aligned in made.items()
        if not is_aligned or torso_name(id_) in there
    }


def pictures_of_image(
    frame: Frame, requests: Sequence[tuple[CropRequest, bool]]
) -> list[tuple[UUID, Image.Image | NDArray[np.uint8] | ImageProblem]]:
    """For each detection of a photograph what `preprocessing.prepare` takes, or why there is nothing.

    `requests` say of each whether it is shown as a torso (`with_torsos`); of the others the canonical crop is made where it
    is missing. No database: this runs in threads.
    """
    found: dict[UUID, Image.Image | NDArray[np.uint8] | ImageProblem] = {}
    crops = [item for item, is_torso in requests if not is_torso]
    if crops:
        found |= {cut.id: cut.crop for cut in crops_of_image(frame, crops)}
    for item, is_torso in requests:
        if is_torso:
            view = _view(item.id)
            found[item.id] = ImageProblem("missing", torso_name(item.id)) if view is None else view
    return [(item.id, found[item.id]) for item, _ in requests]


def stored_picture(detection_id: UUID, *, is_torso: bool) -> Image.Image | NDArray[np.uint8] | None:
    """The same for one detection, from what is stored alone; None where that cannot be read."""
    return _view(detection_id) if is_torso else stored_crop(detection_id)


def _view(detection_id: UUID) -> NDArray[np.uint8] | None:
    torso = stored_torso(detection_id)
    return None if torso is None else torso_view(torso.crop, torso.mask)
