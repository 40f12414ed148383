"""App configuration of the project: accounts and their roles, commands, and the embedded mode's local user.

What every process loads is kept short here: commands start often, and few of them show a page.
"""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.apps import SimpleAdminConfig
from django.contrib.admin.checks import check_admin_app, check_dependencies
from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage, Tags, register
from django.db.models.signals import post_migrate


def ensure_local_user(using: str, **_: Any) -> None:
    """Make the embedded mode's one real user, who acts for every loopback request."""
    get_user_model()._default_manager.db_manager(using).get_or_create(
        username=settings.LOCAL_USERNAME,
        defaults={"is_staff": True, "is_superuser": True, "password": "!"},
    )


def check_admin(**arguments: Any) -> list[CheckMessage]:
    """Django's own check of the admin's classes, which have to be there first."""
    admin.autodiscover()
    return check_admin_app(**arguments)


class QuietAdminConfig(SimpleAdminConfig):
    """The admin, whose modules are loaded with the addresses (thumper.urls), not by every command."""

    def ready(self) -> None:
        register(check_dependencies, Tags.admin)
        register(check_admin, Tags.admin)


class ThumperConfig(AppConfig):
    name = "thumper"
    verbose_name = "Thumper"

    def ready(self) -> None:
        from thumper import checks  # noqa: F401 - registers what it holds
        from thumper.runtime import rq_clock
        from thumper.runtime.registered_jobs import distrust_redis

        distrust_redis()
        rq_clock.share()
        from thumper.accounts import events  # noqa: F401 - listens to what it logs
        from thumper.accounts.roles import ensure_roles

        post_migrate.connect(ensure_roles, sender=self)
        if settings.EMBEDDED:
            post_migrate.connect(ensure_local_user, sender=self)
