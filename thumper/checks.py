"""System checks of the project: what would fail later, reported now with its fix."""

from __future__ import annotations

import ctypes
import os
import sys
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from reid.checks import SETTINGS

PANGO_LIBRARIES = ("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0")
PANGO_PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"


@register()
def check_pango(**_: Any) -> list[CheckMessage]:
    """WeasyPrint draws text with Pango, which comes from the system."""
    if sys.platform != "linux":
        return []
    missing = []
    for library in PANGO_LIBRARIES:
        try:
            ctypes.CDLL(library)
        except OSError:
            missing.append(library)
    if not missing:
        return []
    return [
        Warning(
            f"PDF reports will fail: {', '.join(missing)} cannot be loaded.",
            hint=f"Install Pango: apt-get install {PANGO_PACKAGES}",
            id="thumper.W001",
        )
    ]


@register(SETTINGS)
def check_folders(**_: Any) -> list[CheckMessage]:
    """Exports and photographs need folders that this user may write to."""
    return [
        Error(
            f"{name} is not a folder that this user may write to.",
            hint=f"Set {name} to another folder, or give this user the right to write there.",
            id="thumper.E001",
        )
        for name in ("MEDIA_ROOT", "EXPORT_ROOT", "MODEL_ROOT", "UPLOAD_ROOT")
        if not os.access(getattr(settings, name), os.W_OK | os.X_OK)
    ]


@register(Tags.security, deploy=True)
def check_production(**_: Any) -> list[CheckMessage]:
    """What production can live with, but should not."""
    messages: list[CheckMessage] = []
    if settings.EMBEDDED:
        return messages
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        messages.append(
            Warning(
                "Production runs on SQLite, which one host alone can use.",
                hint="Set DATABASE_URL=postgres://user:password@host:5432/name.",
                id="thumper.W002",
            )
        )
    redis = urlsplit(settings.REDIS_URL)
    if redis.scheme != "unix" and not redis.password:
        messages.append(
            Warning(
                "Redis is used without a password: who reaches it can queue jobs.",
                hint="Set REDIS_URL=redis://:password@host:6379/0.",
                id="thumper.W003",
            )
        )
    return messages
