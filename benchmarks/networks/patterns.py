"""Patterns: CPU time of keypoints a photograph, of a pair, and of 10,000 photographs against 100 deer, and the memory of it.

The last is extrapolated from the probes that were measured: each costs the same. Photographs are noise of the size of a
torso, which has as many keypoints as are ever kept; real ones have fewer. CPU time of one thread: a machine that is busy
with other things does not count, and cores share the work evenly. `--quick` takes a tenth of everything.
"""

from __future__ import annotations

import resource
import statistics
import sys
import time
from typing import TYPE_CHECKING

import cv2
import numpy as np

from benchmarks._environment import arguments, table
from reid.patterns import lnbnn
from reid.patterns.background import A_SIDE
from reid.patterns.blocks import Block, nearest
from reid.patterns.card import MatcherCard
from reid.patterns.keypoints import LENGTH, MOST, UNIT, Keypoints, find
from reid.patterns.lnbnn import NO_ENCOUNTER, NOBODY, Photographs, Probe

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

PROBES, DEER, REFERENCES = 10_000, 100, 20
"""Of the task; half of a deer's references show the probe's flank."""
CORES, HOURS, GIBIBYTES, MILLISECONDS = 2, 2.0, 2.0, 120.0


def main() -> int:
    options = arguments(__doc__)
    turns, deer = (2, DEER // 10) if options.quick else (8, DEER)
    rng = np.random.default_rng(0)
    cv2.setNumThreads(1)
    pictures = [_noise(rng) for _ in range(turns)]
    of_keypoints = _median([lambda item=item: find(*item) for item in pictures])  # type: ignore[misc]
    owners = np.arange(deer * REFERENCES) // REFERENCES
    references = _photographs(rng, owners, np.arange(len(owners)) % 2 * 2 - 1)
    # A background as large as one ever is: each flank, and as much of no known one. Every second one is a known deer's.
    sides = np.arange(3 * A_SIDE) % 3 - 1
    behind = _photographs(
        rng,
        np.where(rng.random(len(sides)) < 0.5, rng.integers(0, deer, len(sides)), NOBODY),
        sides,
    )
    probes = [Probe(_keypoints(rng), side=1) for _ in range(turns)]
    part = np.arange(min(200, len(references.block)))
    of_pair = _median(
        [lambda item=item: nearest(item.keypoints, references.block, part) for item in probes]  # type: ignore[misc]
    ) / len(part)
    card = MatcherCard()
    ones = np.ones(deer)
    of_probe = _median(
        [
            lambda item=item: lnbnn.score(item, references, behind, deer, card, ones)  # type: ignore[misc]
            for item in probes
        ]
    )
    # What it costs with these deer, and by pairs with those that a quick run leaves out.
    seconds = of_probe + (DEER - deer) * REFERENCES / 2 * of_pair
    hours = PROBES * seconds / CORES / 3600
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        1024**2 if sys.platform == "linux" else 1024**3
    )
    table(
        f"patterns, {MOST} keypoints a photograph, {REFERENCES} references a deer, background {A_SIDE} a flank",
        [
            (
                f"keypoints of a photograph, ms (limit {MILLISECONDS:.0f})",
                f"{1000 * of_keypoints:.0f}",
            ),
            ("a pair of photographs, ms", f"{1000 * of_pair:.2f}"),
            (f"a photograph against {DEER} deer, s", f"{seconds:.2f}"),
            (f"{PROBES:,} photographs on {CORES} cores, h (limit {HOURS:.0f})", f"{hours:.2f}"),
            (f"peak memory, GiB (limit {GIBIBYTES:.0f})", f"{peak:.2f}"),
        ],
    )
    is_missed = 1000 * of_keypoints > MILLISECONDS or hours > HOURS or peak > GIBIBYTES
    if options.check and not options.quick and is_missed:
        print("A limit is missed.")
        return 1
    return 0


def _median(works: list[Callable[[], object]]) -> float:
    """Median CPU seconds of these."""
    seconds = []
    for work in works:
        start = time.thread_time()
        work()
        seconds.append(time.thread_time() - start)
    return statistics.median(seconds)


def _noise(rng: np.random.Generator) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A torso crop of noise and its mask."""
    coarse = rng.normal(128, 60, (72, 108)).astype(np.float32)
    grey = cv2.resize(coarse, (432, 288), interpolation=cv2.INTER_CUBIC).clip(0, 255)
    mask = np.zeros((288, 432), np.uint8)
    mask[20:268, 20:412] = 255
    return np.repeat(grey[..., None], 3, axis=2).astype(np.uint8), mask


def _keypoints(rng: np.random.Generator) -> Keypoints:
    shares = rng.gamma(0.5, size=(MOST, LENGTH))
    roots = np.sqrt(shares / shares.sum(axis=1, keepdims=True))
    return Keypoints(
        rng.random((MOST, 2)).astype(np.float16),
        rng.uniform(0.01, 0.1, MOST).astype(np.float16),
        np.minimum(np.rint(UNIT * roots), 255).astype(np.uint8),
    )


def _photographs(
    rng: np.random.Generator, owners: NDArray[np.intp], sides: NDArray[np.intp]
) -> Photographs:
    count = len(owners)
    return Photographs(
        Block.of([_keypoints(rng) for _ in range(count)]),
        owners,
        sides.astype(np.int8),
        np.full(count, NO_ENCOUNTER, np.int64),
    )


if __name__ == "__main__":
    sys.exit(main())
