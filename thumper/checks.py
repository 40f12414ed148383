"""System checks of the project: what would fail later, reported now with its fix."""

from __future__ import annotations

import ctypes
import os
import re
import sys
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from reid.checks import SETTINGS

PANGO_LIBRARIES = ("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0")
FOLDERS = ("MEDIA_ROOT", "EXPORT_ROOT", "MODEL_ROOT", "UPLOAD_ROOT")
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
        for name in FOLDERS
        if not (name == "MEDIA_ROOT" and settings.PHOTO_STORAGE == "s3")
        and not os.access(getattr(settings, name), os.W_OK | os.X_OK)
    ]


@register(SETTINGS)
def check_photo_storage(**_: Any) -> list[CheckMessage]:
    """A bucket needs its name, and both halves of a key or none."""
    if "s3" not in (settings.PHOTO_STORAGE, settings.EXPORT_STORAGE):
        return []
    messages: list[CheckMessage] = []
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", settings.S3_BUCKET):
        messages.append(
            Error(
                f"S3_BUCKET={settings.S3_BUCKET} is no name of a bucket.",
                hint="Set S3_BUCKET to 3 to 63 small letters, digits, dots and hyphens, or PHOTO_STORAGE and EXPORT_STORAGE to folder.",
                id="thumper.E010",
            )
        )
    if bool(settings.S3_ACCESS_KEY_ID) != bool(settings.S3_SECRET_ACCESS_KEY):
        messages.append(
            Error(
                "One of S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY is set, and the other is not.",
                hint="Set both, or neither where this machine has a role that may use the bucket.",
                id="thumper.E011",
            )
        )
    endpoint = urlsplit(settings.S3_ENDPOINT)
    if settings.S3_ENDPOINT and (
        endpoint.scheme not in ("http", "https") or not endpoint.hostname or endpoint.query
    ):
        messages.append(
            Error(
                f"S3_ENDPOINT={settings.S3_ENDPOINT} is no address of a server.",
                hint="Set S3_ENDPOINT to scheme and host, such as https://s3.example.org, or remove it for Amazon's.",
                id="thumper.E012",
            )
        )
    if settings.S3_PREFIX.startswith("/") or ".." in settings.S3_PREFIX.split("/"):
        messages.append(
            Error(
                f"S3_PREFIX={settings.S3_PREFIX} begins with a slash or climbs out.",
                hint="Set S3_PREFIX to names divided by slashes, such as ranch/photographs.",
                id="thumper.E013",
            )
        )
    return messages


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
