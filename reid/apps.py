"""App configuration of re-identification."""

from __future__ import annotations

from django.apps import AppConfig


class ReidConfig(AppConfig):
    name = "reid"
    verbose_name = "Re-identification"

    def ready(self) -> None:
        from reid import checks  # noqa: F401 - registers the checks
