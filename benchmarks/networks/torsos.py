"""Torsos: CPU milliseconds of one photograph, step by step, in one thread; the least of several rounds.

Beside them the network of the embedding on one crop, by which a busy machine can be told from a quiet one.
"""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
from PIL import Image

from benchmarks._environment import arguments, table, temporary_installation

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT = 20.0
"""Milliseconds of a photograph whose crop is stored: what the steps come to on two quiet cores."""


def milliseconds(work: Callable[[], object], count: int) -> float:
    start = time.thread_time()
    work()
    return (time.thread_time() - start) / count * 1000


def main() -> None:
    options = arguments(__doc__)
    rounds, count = (2, 8) if options.quick else (12, 32)
    with temporary_installation():
        import torch

        from reid.embedding import spaces
        from reid.imaging.crops import encode_jpeg
        from reid.torsos import gate, heads
        from reid.torsos.align import align
        from reid.torsos.prepare import prepare
        from reid.torsos.stored import store_torso
        from thumper.herd import torsos

        torch.set_num_threads(1)
        masker = heads.masker_of(heads.active_head())
        embedder = spaces.embedder_of(spaces.active_space())
        crops = [encode_jpeg(drawn.picture) for drawn in torsos.draw(count, seed=1)]
        opened = [Image.open(io.BytesIO(crop)).convert("RGB") for crop in crops]
        arrays = [np.asarray(crop) for crop in opened]
        pixels = np.stack([prepare(crop) for crop in opened])
        batches = [pixels[i : i + masker.batch] for i in range(0, count, masker.batch)]
        masks = np.concatenate([masker.probability(batch) for batch in batches])
        found = [align(crop, mask) for crop, mask in zip(arrays, masks, strict=True)]
        large = np.zeros((count, 320, 320, 3), np.uint8)

        def each(work: Callable[..., Any], *columns: Any) -> Callable[[], None]:
            def run() -> None:
                for row in zip(*columns, strict=True):
                    work(*row)

            return run

        ids = [UUID(int=number) for number in range(count)]
        steps = {
            "crop decoded": each(lambda crop: Image.open(io.BytesIO(crop)).convert("RGB"), crops),
            "squashed to 288 px": each(prepare, opened),
            "network and mask head": each(masker.probability, batches),
            "aligned": each(align, arrays, masks),
            "judged": each(gate.judge, arrays, found),
            "encoded and stored": each(
                lambda key, torso: store_torso(key, torso, "0" * 64, is_aligned=True), ids, found
            ),
        }
        network = "the embedding's network at 320 px"
        works = steps | {network: lambda: embedder.forward(large)}
        least = {
            name: min(milliseconds(work, count) for _ in range(rounds))
            for name, work in works.items()
        }
    total = sum(least[name] for name in steps)
    table(
        f"torsos, {count} crops, CPU ms of one, least of {rounds} rounds",
        [
            *((name, f"{value:.1f}") for name, value in least.items()),
            (f"a photograph in all (target {LIMIT:.0f})", f"{total:.1f}"),
            ("a photograph in all / the embedding's network", f"{total / least[network]:.2f}"),
        ],
    )


if __name__ == "__main__":
    main()
