"""Peak memory of identification with the default model: 1,000 detections and 20,000, each in its own process.

Eight boxes a photograph of 1280 x 720, twenty deer with five references each. `--quick` does 500 and 2,000. The
whole takes about half an hour on two cores, nearly all of it the network's.
"""

from __future__ import annotations

import hashlib
import io

import numpy as np
from PIL import Image as PILImage

from benchmarks._environment import arguments, command, table, temporary_installation

FRAME, BOXES, DEER, REFERENCES = (1280, 720), 8, 20, 5


def fill(detections: int) -> None:
    """Photographs of `detections` animals beyond those that are there already; few different pictures."""
    from django.conf import settings

    from reid.models import Deer, Detection, Encounter, Image, Sighting

    present = Detection.objects.count()
    herd = list(Deer.objects.order_by("name")) or Deer.objects.bulk_create(
        Deer(name=f"deer {number:02}") for number in range(DEER)
    )
    frames = range(present // BOXES, detections // BOXES)
    for number in frames:
        path = settings.MEDIA_ROOT / f"{number}.jpg"
        if number < 16:
            rng = np.random.default_rng(number)
            noise = rng.integers(0, 255, (FRAME[1] // 8, FRAME[0] // 8, 3), np.uint8)
            buffer = io.BytesIO()
            PILImage.fromarray(noise).resize(FRAME).save(buffer, "JPEG", quality=85)
            path.write_bytes(buffer.getvalue())
        else:
            path.hardlink_to(settings.MEDIA_ROOT / f"{number % 16}.jpg")
    encounters = Encounter.objects.bulk_create([Encounter() for _ in frames], batch_size=1000)
    images = Image.objects.bulk_create(
        (
            Image(
                path=f"{number}.jpg",
                sha256=hashlib.sha256(str(number).encode()).hexdigest(),
                width=FRAME[0],
                height=FRAME[1],
                encounter=encounter,
            )
            for number, encounter in zip(frames, encounters, strict=True)
        ),
        batch_size=1000,
    )
    sightings = Sighting.objects.bulk_create(
        (Sighting(encounter=encounter) for encounter in encounters for _ in range(BOXES)),
        batch_size=1000,
    )
    reference_count = DEER * REFERENCES if present == 0 else 0
    Detection.objects.bulk_create(
        (
            Detection(
                image=images[number // BOXES],
                sighting=sighting,
                x=150 * (number % BOXES),
                y=100,
                width=200,
                height=300,
                confidence=0.9,
                classification="unknown_deer",
                deer=herd[number % DEER] if number < reference_count else None,
                identity_source="imported" if number < reference_count else "none",
                is_reference=number < reference_count,
            )
            for number, sighting in enumerate(sightings)
        ),
        batch_size=1000,
    )


def main() -> None:
    options = arguments(__doc__)
    sizes = (504, 2000) if options.quick else (1000, 20_000)
    rows = []
    with temporary_installation():
        rows.append(
            ("starting alone, MiB", f"{command('identify_detections', '--help').peak_mib:.0f}")
        )
        for size in sizes:
            fill(size)
            usage = command("identify_detections")
            rows.append((f"{size:,} detections, peak MiB", f"{usage.peak_mib:.0f}"))
    table("memory of identify_detections, default model", rows)


if __name__ == "__main__":
    main()
