"""Motion between frames, told from small grey pictures of them. Pure numpy.

A frame is taken where it differs from the median of its stretch of the video, which is the scene without what passes
through it, or from the frame that was taken before it: so an animal that stands still and then leaves is seen before and after. The
first frame is always taken, for something has set the camera off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Grey = npt.NDArray[np.uint8]

WIDTH: Final = 96
HEIGHT: Final = 54
"""Cells of a small grey picture: of a frame of 1920 by 1080, each is the mean of 20 by 20 pixels."""

STRIP: Final = 4
"""Rows at the upper and at the lower edge that are not compared: cameras write the running time there."""

LEVELS: Final = 16
"""Grey levels of 255 by which a cell must differ, beyond what the whole picture brightened or darkened."""

CELLS: Final = 4
"""Cells that must differ: less is noise, and a deer at 30 metres covers more."""


def differs(one: Grey, other: Grey) -> bool:
    """Whether something is elsewhere on two small grey pictures of shape (HEIGHT, WIDTH).

    >>> scene = np.full((HEIGHT, WIDTH), 100, np.uint8)
    >>> moved = scene.copy(); moved[20:22, 40:42] = 140
    >>> differs(scene, scene + np.uint8(30)), differs(scene, moved)
    (False, True)
    """
    change = one[STRIP:-STRIP].astype(np.int16) - other[STRIP:-STRIP]
    change -= np.int16(np.median(change))
    return int(np.count_nonzero(np.abs(change) > LEVELS)) >= CELLS


class Motion:
    """One video's choice of frames, a stretch after the other."""

    def __init__(self) -> None:
        self._taken: Grey | None = None

    def chosen(self, greys: Sequence[Grey]) -> list[bool]:
        """Which frames of the next stretch are taken, in their order."""
        if not greys:
            return []
        scene = np.median(np.stack(greys), axis=0).astype(np.uint8)
        choice = []
        for grey in greys:
            before = self._taken
            is_taken = before is None or differs(grey, scene) or differs(grey, before)
            if is_taken:
                self._taken = grey
            choice.append(is_taken)
        return choice
