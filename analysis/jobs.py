"""RQ jobs of analysis: trainings on queue `train`, the rest on queue `maintenance`.

All are named in RQ_REGISTERED_FUNCTIONS. What queues them names them by text, since it stands below.
"""

from __future__ import annotations

from uuid import UUID

from analysis.evaluation import new_threshold, training_run
from analysis.monitoring import schedule
from analysis.surveys import services
from analysis.thresholds import queued_answers
from reid.identifying import run_workers
from reid.models import ReidRun, Survey


def train(key: str) -> None:
    """RQ job: a whole training, by its run; the release before queued trainings by their own key."""

    def adapted(of: UUID) -> bool:
        training_run.adapt(training_run.find(of).pk)
        return False  # there is one step, and nothing left after it

    run_workers.work(UUID(key), ReidRun.Kind.TRAIN, adapted)


def threshold_report(scorer: str) -> str:
    """RQ job: the threshold report of a scorer."""
    return queued_answers.read_report(scorer)


def count_changes(scorer: str, units: int | None, stratum: str = "") -> str:
    """RQ job: what a threshold for one stratum or all, or none, would change."""
    return queued_answers.read_changes(scorer, units, stratum)


def check_proposal(scorer: str, threshold: str) -> str:
    """RQ job: whether a proposal may still be approved."""
    return queued_answers.read_fitness(scorer, threshold)


def propose_waiting() -> list[str]:
    """RQ job, at the end of a run and every minute: judge the thresholds that can be; of which trainings."""
    return new_threshold.propose_waiting()


def watch() -> str | None:
    """RQ job, every ten minutes: the period of the snapshot that it took, or None."""
    return schedule.watch()


def estimate_survey(survey: str) -> None:
    """RQ job: the estimates of a survey; one that was deleted meanwhile needs none."""
    row = Survey.objects.filter(pk=survey).first()
    if row is not None:
        services.estimate_now(row)
