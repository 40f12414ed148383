"""Pattern work of a run: torsos and keypoints of all detections of deer that lack them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from reid.patterns import extract
from reid.torsos import making

if TYPE_CHECKING:
    from collections.abc import Callable


def find_missing(*, is_whole: bool, on_progress: Callable[[int], None]) -> dict[str, int]:
    """Find what is missing or stale, and store it; what was counted, empty where nothing was left to do.

    `is_whole`: what failed before for a reason that may be cured is tried again. `on_progress` gets the number of
    detections done since it was last called; whatever it raises stops the work, and what was written stays.
    Raises ModelRefused and Drifted.
    """
    torsos = making.make_missing(0 if is_whole else sys.maxsize, on_progress)
    found = extract.extract_missing(0, on_progress)
    counts = {
        "torsos": torsos.aligned,
        "without_torso": torsos.refused.total(),
        "with_keypoints": found.found,
        "without_keypoints": found.refused.total(),
    }
    return {name: number for name, number in counts.items() if number}
