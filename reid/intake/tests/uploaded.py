"""Uploads of tests: real photographs, sent as a browser sends them."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image as PILImage

from reid.intake import uploads
from reid.intake.uploads import Announced

if TYPE_CHECKING:
    from reid.models import ImportRequest, UploadedFile

MODIFIED_MS = 1_760_000_000_000
EVENING = datetime(2025, 10, 1, 18, tzinfo=UTC)


def jpeg(seed: int = 0, at: datetime | None = None) -> bytes:
    """A noisy photograph of 320 x 240 pixels; `at`: what its camera's clock showed."""
    pixels = np.random.default_rng(seed).integers(0, 255, (30, 40, 3), np.uint8)
    picture = PILImage.fromarray(pixels).resize((320, 240))
    exif = PILImage.Exif()
    if at is not None:
        exif.get_ifd(0x8769)[0x9003] = at.strftime("%Y:%m:%d %H:%M:%S")
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


def put(request: ImportRequest, path: str, content: bytes, **fields: Any) -> UploadedFile:
    """One file, announced and sent whole."""
    announced = Announced(path, len(content), **{"modified_ms": MODIFIED_MS} | fields)
    file, _ = uploads.begin(request, announced)
    uploads.append(file, 0, io.BytesIO(content), len(content))
    return file


def card(request: ImportRequest, count: int = 3, folder: str = "100RECNX") -> list[str]:
    """Photographs of a card, a minute apart; their paths."""
    paths = [f"{folder}/RCNX{number:04}.JPG" for number in range(1, count + 1)]
    for number, path in enumerate(paths):
        put(request, path, jpeg(number, EVENING + timedelta(minutes=number)))
    return paths


def megadetector(paths: list[str], **extra: Any) -> bytes:
    """A file of MegaDetector with one animal on each photograph."""
    box = {"category": "1", "conf": 0.9, "bbox": [0.1, 0.1, 0.5, 0.5]}
    images = [{"file": path, "detections": [box]} for path in paths]
    document = {
        "images": images,
        "detection_categories": {"1": "animal"},
        "info": {"format_version": "1.4"},
    }
    return json.dumps(document | extra).encode()
