"""Antler seasons of stored photographs, by the settings REID_ANTLER_MONTH and REID_ANTLER_SEASONS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.utils import timezone

from reid.antlers import ANY_SEASON, antler_season
from reid.taxonomy import carries_antlers

if TYPE_CHECKING:
    from datetime import datetime

SAME: Final = "same"
"""REID_ANTLER_SEASONS under which references of other antler years are left out."""
ALL: Final = "all"
"""REID_ANTLER_SEASONS under which every reference counts."""


def season_of(captured_at: datetime | None) -> int:
    """The antler season of a photograph by the ranch's clock; ANY_SEASON where its time is not known."""
    day = None if captured_at is None else timezone.localtime(captured_at).date()
    return antler_season(day, settings.REID_ANTLER_MONTH)


def reference_season(captured_at: datetime | None, sex: str, classification: str) -> int:
    """The season of a reference of a deer of this sex; ANY_SEASON where it shows no antlers."""
    return season_of(captured_at) if carries_antlers(sex, classification) else ANY_SEASON


def seasons_count() -> bool:
    """Whether references of other antler years are left out of comparisons."""
    return str(settings.REID_ANTLER_SEASONS) == SAME


def seasons_rule() -> str:
    """What scores depend on of the two settings, in words: all, or same with its first month."""
    return f"{SAME} from month {settings.REID_ANTLER_MONTH}" if seasons_count() else ALL
