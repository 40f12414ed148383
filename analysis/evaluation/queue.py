"""Trainings in the background, on queue `train`: one work-horse each, which dies with its memory.

The row first, the queue last. A training whose work-horse was killed is queued again by the periodic round, and
goes on at its last checkpoint.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

import django_rq
from django.utils import timezone

from analysis.evaluation import training_run
from reid.models import ReidRun, Training

QUEUE: Final = "train"
TIMEOUT: Final = 14 * 86_400
"""Seconds. A training may take days; silence, not time, is what tells that it is dead."""
SILENCE: Final = timedelta(seconds=300)


def train(training_id: str) -> None:
    """RQ job: a whole training."""
    training_run.adapt(UUID(training_id))


def enqueue(training: Training) -> None:
    """Let the train worker do it. Raises redis.ConnectionError while Redis is away; the training waits then."""
    queue = django_rq.get_queue(QUEUE)
    # The run's own record says what became of it; RQ need not keep the job.
    queue.enqueue(train, str(training.pk), job_timeout=TIMEOUT, result_ttl=0, failure_ttl=86_400)


def resume_silent() -> list[str]:
    """RQ job, every minute: queue the trainings whose worker is taken for dead; which ones."""
    resumed = []
    seen = timezone.now() - SILENCE
    silent = Training.objects.filter(
        run__state__in=[ReidRun.State.PENDING, ReidRun.State.RUNNING], run__heartbeat_at__lte=seen
    )
    for training in silent.select_related("run"):
        before = training.run.heartbeat_at
        taken = ReidRun.objects.filter(pk=training.run_id, heartbeat_at=before)
        if taken.update(heartbeat_at=timezone.now()):
            enqueue(training)
            resumed.append(str(training.pk))
    return resumed
