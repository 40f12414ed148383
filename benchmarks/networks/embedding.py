"""Embedding rate, images a second end to end, beside what the bare model and bare decoding reach.

Stored crops: files -> stored vectors, against the forward rate of the same model, by its fastest runtime, on pixels in memory.
First pass: photographs -> canonical crops -> vectors, against decoding and forward one after the other, each at its best.
Ratios are of one round, in which all take turns, and their median is shown: a busy machine is busy for all of them. Beside each
ratio of rates stands that of CPU time, which other work on the machine disturbs less, and which sees no waiting.
"""

from __future__ import annotations

import hashlib
import io
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image as PILImage

from benchmarks._environment import arguments, table, temporary_installation

if TYPE_CHECKING:
    from collections.abc import Callable

    from reid.networks.runtimes import Runner

STORED_CROPS = 0.90  # of the bare forward
FIRST_PASS = 0.75  # of decoding and forward, one after the other
HALF = "bfloat16 (a space of its own)"
STORED = f"stored crops / fastest bare forward (target {STORED_CROPS:.2f})"
FRAMES = f"first pass / decoding and forward one after the other (target {FIRST_PASS:.2f})"
FRAME = (1920, 1080)
BOX = (500, 300, 700, 560)  # x, y, width, height


def photograph(seed: int) -> bytes:
    noise = np.random.default_rng(seed).integers(
        0, 255, (FRAME[1] // 8, FRAME[0] // 8, 3), np.uint8
    )
    buffer = io.BytesIO()
    PILImage.fromarray(noise).resize(FRAME).save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


@dataclass(frozen=True)
class Turn:
    """Turn of one work: images done, seconds of wall time, seconds of CPU time of this process."""

    images: int
    seconds: float
    cpu: float

    @classmethod
    def of(cls, images: int, work: Callable[[], object]) -> Turn:
        start, cpu = time.perf_counter(), time.process_time()
        work()
        return cls(images, time.perf_counter() - start, time.process_time() - cpu)

    @property
    def rate(self) -> float:
        """Images a second."""
        return self.images / self.seconds


def main() -> None:
    options = arguments(__doc__)
    images, rounds = (64, 2) if options.quick else (64, 15)
    with temporary_installation():
        from django.conf import settings

        from reid.embedding import spaces
        from reid.embedding.embed import embed
        from reid.imaging.decoding import open_oriented
        from reid.models import Detection, Embedding, EmbeddingSpace, Image

        print(f"drawing {images} photographs of {FRAME[0]} x {FRAME[1]} ...")
        contents = [photograph(number) for number in range(images)]
        for number, content in enumerate(contents):
            (settings.MEDIA_ROOT / f"{number}.jpg").write_bytes(content)
        rows = Image.objects.bulk_create(
            Image(
                path=f"{number}.jpg",
                sha256=hashlib.sha256(content).hexdigest(),
                width=FRAME[0],
                height=FRAME[1],
            )
            for number, content in enumerate(contents)
        )
        x, y, width, height = BOX
        Detection.objects.bulk_create(
            Detection(
                image=image,
                x=x,
                y=y,
                width=width,
                height=height,
                confidence=0.9,
                classification="doe",
            )
            for image in rows
        )
        detections = list(Detection.objects.select_related("image").order_by("image_id"))
        space = spaces.active_space()
        by_torch = spaces.load(space)
        on_cpu = by_torch.device.type == "cpu"
        half = EmbeddingSpace(
            fingerprint=spaces.fingerprint_of(by_torch.card, "bfloat16"),
            precision="bfloat16",
            specification=space.specification,
        )
        by_half = spaces.load(half)
        embedder = spaces.embedder_of(space)  # by the runtime that was found faster
        space.refresh_from_db()
        batch = settings.REID_BATCH_SIZE
        pixels = np.random.default_rng(0).integers(
            0, 255, (batch, *embedder.card.shape, 3), np.uint8
        )

        def forward(runner: Runner) -> Turn:
            def work() -> None:
                for _ in range(images // batch):
                    runner(pixels)

            return Turn.of(images, work)

        def end_to_end() -> None:
            Embedding.objects.all().delete()
            counts = embed(detections, space, embedder)
            if counts.embedded != images:
                raise RuntimeError(f"not all were embedded: {counts}")

        def first_pass() -> None:
            for crop in settings.MEDIA_ROOT.glob("crops/*/*.jpg"):
                crop.unlink()
            end_to_end()

        def decode() -> None:
            def one(content: bytes) -> None:
                open_oriented(io.BytesIO(content), max_pixels=10**8, max_bytes=10**8, at_least=1372)

            with ThreadPoolExecutor(os.cpu_count()) as pool:
                for _ in pool.map(one, contents):
                    pass

        runners = {
            "torch": by_torch.runner,
            space.runtime["runtime"]: embedder.runner,
            HALF: by_half.runner,
        }
        for runner in runners.values():
            runner(pixels)  # warm
        first_pass()
        taken: dict[str, list[float]] = {}
        for _ in range(rounds):
            bare = {name: forward(runner) for name, runner in runners.items()}
            full = [turn for name, turn in bare.items() if name != HALF]
            fastest = min(full, key=lambda turn: turn.seconds)
            least = min(full, key=lambda turn: turn.cpu)
            crops, frames = Turn.of(images, end_to_end), Turn.of(images, first_pass)
            decoding = Turn.of(images, decode)
            # On a CPU decoding and forward take turns on the same cores, and neither can reach its own rate.
            both = (
                fastest.seconds + decoding.seconds
                if on_cpu
                else max(fastest.seconds, decoding.seconds)
            )
            figures = {f"bare forward, {name}, images/s": turn.rate for name, turn in bare.items()}
            figures |= {
                "bare decoding, images/s": decoding.rate,
                "stored crops, images/s": crops.rate,
                "first pass over frames, images/s": frames.rate,
                STORED: fastest.seconds / crops.seconds,
                f"{STORED}, of CPU time": least.cpu / crops.cpu,
                FRAMES: both / frames.seconds,
                f"{FRAMES}, of CPU time": (least.cpu + decoding.cpu) / frames.cpu,
            }
            for name, value in figures.items():
                taken.setdefault(name, []).append(value)
    table(
        f"embedding on {embedder.device}, {images} images, batch {batch}, median of {rounds}; {space.run_by}",
        [
            (name, f"{median(values):.{1 if 'images/s' in name else 2}f}")
            for name, values in taken.items()
        ],
    )


if __name__ == "__main__":
    main()
