"""Photographs of coloured squares in the store, and the tiny detector that finds them, registered and in use."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import get_user_model

from reid.detecting import registry
from reid.detecting.running import detect
from reid.detecting.tests import networks
from reid.models import Image
from reid.tests import make

if TYPE_CHECKING:
    from pathlib import Path

    from django.contrib.auth.models import User

    from reid.models import Detector, ReidRun

SIZE = (192, 117)
"""Shown to the network at a third: squares of multiples of three are found to the pixel."""


def in_use(**fields: Any) -> Detector:
    return registry.activate(registry.register(networks.folder(settings.MODEL_ROOT, **fields)))


def ranger() -> User:
    return get_user_model().objects.get_or_create(username="ranger")[0]


def photograph(number: int, minutes: float = 0.0, *, path: str = "", **squares: Any) -> Image:
    """A photograph that nobody has looked at, so many minutes after noon."""
    name = path or f"north/{number:05}.png"
    content = networks.photograph(SIZE, **squares)
    place: Path = settings.MEDIA_ROOT / name
    place.parent.mkdir(parents=True, exist_ok=True)
    # Files may have the same picture; photographs are told apart by their bytes.
    place.write_bytes(content + str(number).encode())
    return make.image(
        path=name,
        sha256=hashlib.sha256(place.read_bytes()).hexdigest(),
        width=SIZE[0],
        height=SIZE[1],
        captured_at=make.NOON + timedelta(minutes=minutes),
        looked=Image.Looked.NO,
    )


def finish(run: ReidRun) -> ReidRun:
    while detect.advance(run.pk):
        pass
    run.refresh_from_db()
    return run


def detected(**scope: Any) -> ReidRun:
    """A run over what nobody has looked at, done to its end."""
    return finish(detect.create_run(ranger(), scope=detect.scope_of(**scope)))
