"""App configuration of re-identification."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import AppConfig

if TYPE_CHECKING:
    from reid.models import ReidRun


class ReidConfig(AppConfig):
    name = "reid"
    verbose_name = "Re-identification"

    def ready(self) -> None:
        from reid import checks  # noqa: F401 - registers the checks
        from reid.signals import run_done

        run_done.connect(_go_on_with_imports)


def _go_on_with_imports(run: ReidRun, **_: Any) -> None:
    from reid.intake.working import waiting  # commands that never see a run do not load it

    waiting.on_run_done(run)
