"""Application of analysis: its name for Django, and the threshold assessment at the end of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import AppConfig

if TYPE_CHECKING:
    from reid.models import ReidRun


class AnalysisConfig(AppConfig):
    name = "analysis"

    def ready(self) -> None:
        from reid.signals import run_done

        run_done.connect(_judge_threshold)


def _judge_threshold(run: ReidRun, **_: Any) -> None:
    # Numpy and all of analysis: for processes that end a run.
    from analysis.evaluation import new_threshold

    new_threshold.on_run_done(run)
