"""Makers of boxes at one place of a camera's view, over days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reid.tests import make

if TYPE_CHECKING:
    from reid.models import Camera, Detection


def stump(
    camera: Camera,
    count: int = 10,
    *,
    first_hour: float = 0,
    with_files: bool = False,
    **given: Any,
) -> list[Detection]:
    """A box of 60 x 54 pixels at 100, 120, six hours apart, each on a photograph and in an encounter of its own."""
    fields = {
        "classification": "animal",
        "detector": "tiny 1",
        "x": 100,
        "y": 120,
        "width": 60,
        "height": 54,
    }
    return [
        make.detection(
            **fields | given,
            image=make.image(
                with_file=with_files,
                camera=camera,
                captured_at=make.later(hours=first_hour + 6 * number),
            ),
        )
        for number in range(count)
    ]
