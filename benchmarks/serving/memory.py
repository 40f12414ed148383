"""Peak memory of identification with the default model: 1,000 detections and 20,000, each in its own process.

Eight boxes a photograph of 1280 x 720, twenty deer with five references each. `--quick` does 500 and 2,000. The
whole takes about half an hour on two cores, nearly all of it the network's. `--detection` measures detection alone, with a
tiny network: 1,000 photographs of 320 x 180 and 100,000 more, `--quick` 500 and 2,000; some minutes.
"""

from __future__ import annotations

import hashlib
import io
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image as PILImage

from benchmarks._environment import arguments, command, table, temporary_installation

if TYPE_CHECKING:
    from pathlib import Path

FRAME, BOXES, DEER, REFERENCES = (1280, 720), 8, 20, 5


UNLOOKED = (320, 180)


def picture(number: int, size: tuple[int, int]) -> bytes:
    rng = np.random.default_rng(number)
    noise = rng.integers(0, 255, (size[1] // 8, size[0] // 8, 3), np.uint8)
    buffer = io.BytesIO()
    PILImage.fromarray(noise).resize(size).save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def place(root: Path, name: str, number: int, size: tuple[int, int]) -> None:
    """One of few different pictures under a name of its own: the first 16 are files, the others links to them."""
    path, kind = root / f"{name}{number}.jpg", number % 16
    if number < 16:
        path.write_bytes(picture(number, size))
    else:
        path.hardlink_to(root / f"{name}{kind}.jpg")


def fill_unlooked(first: int, last: int) -> None:
    """Photographs that no detector has looked at, of which one in a minute was taken."""
    from django.conf import settings

    from reid.models import Image

    began = datetime(2025, 9, 1, tzinfo=UTC)
    for number in range(first, last):
        place(settings.MEDIA_ROOT, "u", number, UNLOOKED)
    Image.objects.bulk_create(
        (
            Image(
                path=f"u{number}.jpg",
                sha256=hashlib.sha256(f"u{number}".encode()).hexdigest(),
                width=UNLOOKED[0],
                height=UNLOOKED[1],
                captured_at=began + timedelta(minutes=number),
                looked=Image.Looked.NO,
            )
            for number in range(first, last)
        ),
        batch_size=1000,
    )


def detection(sizes: tuple[int, int]) -> list[tuple[str, str]]:
    from django.conf import settings
    from django.contrib.auth import get_user_model

    from benchmarks.networks.detecting import folder, network
    from reid.detecting import registry

    get_user_model()._default_manager.create_superuser("bench")
    registry.activate(registry.register(folder(settings.MODEL_ROOT, "tiny", network([(4, 0)]), 64)))
    rows, there = [], 0
    for size in sizes:
        fill_unlooked(there, there + size)
        there += size
        usage = command("detect_animals", "--user", "bench", "--no-progress")
        rows.append((f"{size:,} photographs, peak MiB", f"{usage.peak_mib:.0f}"))
        rows.append((f"{size:,} photographs, photographs/s", f"{size / usage.seconds:.0f}"))
    return rows


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
        place(settings.MEDIA_ROOT, "", number, FRAME)
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
    options = arguments(__doc__, detection="of detection, with a tiny network")
    if options.detection:
        with temporary_installation():
            rows = detection((500, 2000) if options.quick else (1000, 100_000))
        table("memory of detect_animals, a tiny network", rows)
        return
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
