"""System checks of re-identification's settings."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

SETTINGS: Final = "settings"
"""The tag of checks of what every command works by (see reid.management.base)."""
LEAST = {
    "REID_ENCOUNTER_GAP": 1,
    "REID_MIN_CROP": 1,
    "REID_BATCH_SIZE": 1,
    "IMAGE_MAX_PIXELS": 1_000_000,
    "IMAGE_MAX_BYTES": 1_000_000,
}


@register(SETTINGS)
def check_reid_settings(**_: Any) -> list[CheckMessage]:
    messages: list[CheckMessage] = [
        Error(
            f"{name} is {getattr(settings, name)}.",
            hint=f"Set {name} to {least} or more, or remove it.",
            id="reid.E001",
        )
        for name, least in LEAST.items()
        if getattr(settings, name) < least
    ]
    if settings.REID_ENCOUNTER_MAX < settings.REID_ENCOUNTER_GAP:
        messages.append(
            Error(
                "REID_ENCOUNTER_MAX is shorter than REID_ENCOUNTER_GAP.",
                hint="Let an encounter last at least one gap.",
                id="reid.E002",
            )
        )
    if settings.REID_THRESHOLD is not None:
        messages.append(
            Warning(
                f"REID_THRESHOLD={settings.REID_THRESHOLD} is used although nothing proves it, in place of what a "
                "person approved.",
                hint="Remove it and approve a threshold that analysis recommends.",
                id="reid.W001",
            )
        )
    return messages
