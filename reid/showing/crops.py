"""Pictures of detections for people: the canonical crop, a small one for lists, and the torso.

A crop that no run has made yet is cut out of the photograph when it is first asked for: whoever looks at photographs of
this hour does not wait for a worker. What networks compare is the stored crop, which nobody is shown where a person or a vehicle is on it: a box that is
found or corrected later changes no vector and no score, and what people see follows it at once.
"""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING, Final

from PIL import Image

from reid.imaging.canonical import CropRequest, crop_name, crops_of_image
from reid.imaging.crops import CANONICAL_PADDING, Box, ImageProblem, encode_jpeg
from reid.imaging.derived_files import thumbnail_name, torso_name
from reid.imaging.frame import Frame
from reid.models import Torso
from reid.showing.blurring import blurred, blurred_where, key_of, mask_of
from reid.showing.kept import comment_of
from reid.showing.regions import regions_on
from reid.storage.photo_store import photo_store, read_file

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from uuid import UUID

    from reid.models import Detection

SIDE: Final = 160
"""Pixels of the longest side of a small one."""


def crop(detection: Detection) -> bytes:
    """The JPEG of a detection whose `image` is selected. Raises ImageProblem where its photograph cannot be read."""
    regions = _regions(detection)
    if not regions:
        with contextlib.suppress(FileNotFoundError):
            return read_file(crop_name(detection.pk))
    return encode_jpeg(_without_people(_picture(detection), detection, regions))


def thumbnail(detection: Detection) -> bytes:
    """The JPEG of at most SIDE pixels, made when it is first asked for. Raises ImageProblem as `crop` does."""
    name, key = thumbnail_name(detection.pk), key_of(regions := _regions(detection))
    try:
        content = read_file(name)
        if comment_of(content) == key:
            return content
    except FileNotFoundError:
        pass
    picture = _without_people(_picture(detection), detection, regions)
    picture.thumbnail((SIDE, SIDE))
    content = encode_jpeg(picture, comment=key.encode("ascii"))
    photo_store.replace(name, content)
    return content


def torso(detection: Detection) -> bytes:
    """The JPEG of the upright torso above its mask. Raises FileNotFoundError where there is none that may be shown.

    Raises ImageProblem as `crop` does where somebody is to be blurred on it.
    """
    content = _stored_torso(detection.pk)
    regions = _regions(detection)
    if not regions:
        return content
    row = Torso.objects.select_related("head").filter(detection=detection).first()
    if row is None or not row.to_crop or comment_of(content) != row.head.fingerprint:
        # Being made anew just now: where it lies on the photograph is not known.
        raise FileNotFoundError(torso_name(detection.pk))
    mask = mask_of(regions, _size(detection), _part(detection), _picture(detection).size)
    with Image.open(io.BytesIO(content), formats=("JPEG",)) as both:
        picture = both.convert("RGB")
    upright = picture.crop((0, 0, picture.width, picture.height // 2))
    turned = mask.transform(
        upright.size, Image.Transform.AFFINE, [value for line in row.to_crop for value in line]
    )
    picture.paste(blurred_where(upright, turned), (0, 0))
    return encode_jpeg(picture)


def portraits(
    detections: Collection[Detection], side: int, quality: int
) -> Iterator[tuple[UUID, bytes]]:
    """JPEGs of these detections (`image` selected) of at most `side` pixels, by id; their crops are made where missing.

    Those that cannot be made are left out.
    """
    regions = regions_on(item.image_id for item in detections)
    for item in detections:
        (cut,) = crops_of_image(Frame.of(item.image), [CropRequest.of(item)])
        if not isinstance(cut.crop, ImageProblem):
            picture = _without_people(cut.crop, item, regions.get(item.image_id, ()))
            picture.thumbnail((side, side))
            yield cut.id, encode_jpeg(picture, quality)


def _stored_torso(key: UUID) -> bytes:
    try:
        return read_file(torso_name(key))
    except FileNotFoundError:
        return read_file(torso_name(key, is_aligned=False))


def _regions(detection: Detection) -> tuple[Box, ...]:
    return regions_on([detection.image_id]).get(detection.image_id, ())


def _picture(detection: Detection) -> Image.Image:
    """The canonical crop, made where it is missing, however small its box is. Raises ImageProblem."""
    (cut,) = crops_of_image(Frame.of(detection.image), [CropRequest.of(detection)], min_side=1)
    if isinstance(cut.crop, ImageProblem):
        raise cut.crop
    return cut.crop


def _size(detection: Detection) -> tuple[int, int]:
    return (detection.image.width, detection.image.height)


def _part(detection: Detection) -> Box:
    """What its crop shows of the photograph."""
    box = Box(detection.x, detection.y, detection.width, detection.height)
    return box.padded(CANONICAL_PADDING, _size(detection))


def _without_people(
    picture: Image.Image, detection: Detection, regions: tuple[Box, ...]
) -> Image.Image:
    return blurred(picture, regions, _size(detection), _part(detection)) if regions else picture
