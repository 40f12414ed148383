"""Embedding rate, images a second end to end, beside what the bare model and bare decoding reach.

Stored crops: files -> stored vectors, against the forward rate of the same model on pixels in memory.
First pass: photographs -> canonical crops -> vectors, against the slower of decoding and forward alone.
"""

from __future__ import annotations

import hashlib
import io
import os
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import numpy as np
from PIL import Image as PILImage

from benchmarks._environment import arguments, interleaved, table, temporary_installation

FRAME = (1920, 1080)
BOX = (500, 300, 700, 560)  # x, y, width, height


def photograph(seed: int) -> bytes:
    noise = np.random.default_rng(seed).integers(
        0, 255, (FRAME[1] // 8, FRAME[0] // 8, 3), np.uint8
    )
    buffer = io.BytesIO()
    PILImage.fromarray(noise).resize(FRAME).save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def main() -> None:
    options = arguments(__doc__)
    images, rounds = (64, 1) if options.quick else (256, 5)
    with temporary_installation():
        from django.conf import settings

        from reid.embedding import spaces
        from reid.embedding.embed import embed
        from reid.imaging.decoding import open_oriented
        from reid.models import Detection, Embedding, Image

        print(f"drawing {images} photographs of {FRAME[0]} x {FRAME[1]} ...")
        files = []
        for number in range(images):
            path = settings.MEDIA_ROOT / f"{number}.jpg"
            path.write_bytes(photograph(number))
            files.append(path)
        rows = Image.objects.bulk_create(
            Image(
                path=path.name,
                sha256=hashlib.sha256(path.name.encode()).hexdigest(),
                width=FRAME[0],
                height=FRAME[1],
            )
            for path in files
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
        embedder = spaces.embedder_of(space)
        shape, batch = embedder.card.shape, settings.REID_BATCH_SIZE
        pixels = np.random.default_rng(0).integers(0, 255, (batch, *shape, 3), np.uint8)

        def forward() -> None:
            for _ in range(images // batch):
                embedder.forward(pixels)

        def end_to_end() -> None:
            Embedding.objects.all().delete()
            embed(detections, space, embedder)

        def first_pass() -> None:
            for crop in settings.MEDIA_ROOT.glob("crops/*/*.jpg"):
                crop.unlink()
            end_to_end()

        def decode() -> None:
            def one(content: bytes) -> None:
                open_oriented(io.BytesIO(content), max_pixels=10**8, max_bytes=10**8, at_least=1372)

            with ThreadPoolExecutor(os.cpu_count()) as pool:
                for _ in pool.map(one, (path.read_bytes() for path in islice(files, images))):
                    pass

        forward()  # warm
        first_pass()
        bare, crops, frames, decoding = interleaved(
            rounds, (images, forward), (images, end_to_end), (images, first_pass), (images, decode)
        )
    limit = min(bare, decoding)
    # On a CPU decoding and forward take turns on the same cores, and neither can reach its own rate.
    both = limit if embedder.device.type != "cpu" else 1 / (1 / bare + 1 / decoding)
    table(
        f"embedding on {embedder.device}, {images} images, batch {batch}, median of {rounds}",
        [
            ("bare forward, images/s", f"{bare:.1f}"),
            ("bare decoding, images/s", f"{decoding:.1f}"),
            ("stored crops, images/s", f"{crops:.1f}"),
            ("first pass over frames, images/s", f"{frames:.1f}"),
            ("stored crops / bare forward (target 0.90)", f"{crops / bare:.2f}"),
            ("first pass / slower of the two (target 0.80)", f"{frames / limit:.2f}"),
            ("first pass / both one after the other", f"{frames / both:.2f}"),
        ],
    )


if __name__ == "__main__":
    main()
