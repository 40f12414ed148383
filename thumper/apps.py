"""The house itself as a Django app: tokens, commands, and the embedded mode's local user."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models.signals import post_migrate


def ensure_local_user(using: str, **_: Any) -> None:
    """Make the embedded mode's one real user, who acts for every loopback request."""
    get_user_model()._default_manager.db_manager(using).get_or_create(
        username=settings.LOCAL_USERNAME,
        defaults={"is_staff": True, "is_superuser": True, "password": "!"},
    )


class ThumperConfig(AppConfig):
    name = "thumper"
    verbose_name = "Thumper"

    def ready(self) -> None:
        from thumper import checks, openapi  # noqa: F401 - registers what they hold
        from thumper.workers import distrust_redis

        distrust_redis()
        if settings.EMBEDDED:
            post_migrate.connect(ensure_local_user, sender=self)
