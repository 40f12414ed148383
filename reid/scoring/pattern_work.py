"""Pattern work of a run: torsos and keypoints of all detections of deer that lack them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from django.db.models import Q

from reid.models import Detection, TorsoHead
from reid.patterns import extract
from reid.torsos import making

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


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


def find_of(detections: Sequence[Detection], on_progress: Callable[[int], None]) -> None:
    """Find what these lack: a photograph that came in since the run began, or whose box was moved, has no torso yet.

    `on_progress` is called with 0 while that goes on, and may raise to stop it. Raises ModelRefused and Drifted.
    """
    these = Q(pk__in=[item.pk for item in detections])
    head = TorsoHead.objects.active()
    unseen = Detection.objects.identifiable().filter(these, torso__isnull=True)
    missing = list(unseen.select_related("image").order_by("image_id", "pk")) if head else []
    if head and missing:
        making.make_torsos(missing, head, lambda _: on_progress(0))
    if found := list(extract.without_keypoints().filter(these)):
        extract.extract(found, lambda _: on_progress(0))
