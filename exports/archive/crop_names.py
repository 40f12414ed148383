"""Names of crops in an archive: whom they show, where and when, for people who look through a folder."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from django.utils import timezone

if TYPE_CHECKING:
    from collections.abc import Container

    from reid.models import Detection

UNNAMED: Final = "unnamed"
NOWHERE: Final = "no-camera"
UNTIMED: Final = "no-time"
LONGEST: Final = 40
"""Characters of a deer's or a camera's name."""
_NOT_IN_NAMES: Final = re.compile(
    r"[^\w.-]+"
)  # letters of any language stay, blanks and slashes go


def crop_name(detection: Detection, taken: Container[str]) -> str:
    """Deer, camera, local time and the beginning of the id; the whole id where `taken` has that name already.

    Reads `deer` and `image.camera`, which the caller has selected with it.
    """
    image = detection.image
    moment = image.captured_at and timezone.localtime(image.captured_at)
    parts = (
        _part(detection.deer.name if detection.deer else "") or UNNAMED,
        _part(image.camera.name if image.camera else "") or NOWHERE,
        moment.strftime("%Y-%m-%d_%H%M%S") if moment else UNTIMED,
    )
    stem = "crops/" + "_".join(parts)
    name = f"{stem}_{detection.pk.hex[:8]}.jpg"
    return f"{stem}_{detection.pk}.jpg" if name in taken else name


def _part(text: str) -> str:
    return _NOT_IN_NAMES.sub("-", text)[:LONGEST].strip("-.")
