"""Periodic jobs: `manage.py rqcron thumper/cron.py` queues them, workers do them.

One scheduler is enough; two only queue the same rounds twice, which does no harm.
"""

from __future__ import annotations

from functools import partial
from typing import Final

import rq.cron
from rq import Queue

from analysis.jobs import propose_waiting, watch
from exports import jobs as export_jobs
from reid.identifying.run_workers import GPU
from reid.intake.requests import QUEUE as IMPORTS
from reid.jobs import (
    look_for_repeats,
    purge_undone,
    rescore,
    resume_silent,
    sweep_uploads,
    tell_watchers,
    watch_folders,
)
from thumper.accounts.jobs import clear_sessions, delete_people

QUEUE: Final = "maintenance"
RECONCILE_SECONDS: Final = 30
PURGE_SECONDS: Final = 600
SEND_SECONDS: Final = 300
PURGE_UNDONE_SECONDS: Final = 3_600
RESCORE_SECONDS: Final = 30
RESUME_SECONDS: Final = 60
TELL_SECONDS: Final = 60
WATCH_FOLDERS_SECONDS: Final = 60
WATCH_SECONDS: Final = 600  # it looks whether its own, longer period is over

# rq.cron builds its queues itself and lets nobody say how they serialize: with pickle, which our workers
# refuse to read. This module is loaded by the scheduler's process alone.
rq.cron.Queue = partial(Queue, serializer="json")

for function, queue, seconds in (
    (export_jobs.reconcile, QUEUE, RECONCILE_SECONDS),
    (export_jobs.purge, QUEUE, PURGE_SECONDS),
    (export_jobs.send_scheduled, QUEUE, SEND_SECONDS),
    (purge_undone, QUEUE, PURGE_UNDONE_SECONDS),
    (sweep_uploads, QUEUE, PURGE_UNDONE_SECONDS),
    (look_for_repeats, QUEUE, PURGE_UNDONE_SECONDS),
    (delete_people, QUEUE, PURGE_UNDONE_SECONDS),
    (clear_sessions, QUEUE, PURGE_UNDONE_SECONDS),
    (rescore, GPU, RESCORE_SECONDS),
    (resume_silent, QUEUE, RESUME_SECONDS),
    (watch_folders, IMPORTS, WATCH_FOLDERS_SECONDS),  # its worker has the folders of photographs
    (tell_watchers, QUEUE, TELL_SECONDS),
    (propose_waiting, QUEUE, RESUME_SECONDS),
    (watch, QUEUE, WATCH_SECONDS),
):
    rq.cron.register(
        function,
        queue_name=queue,
        interval=seconds,
        ttl=seconds,  # a round that nobody did in time is not made up for
        job_timeout=300,
        result_ttl=60,
        failure_ttl=3600,
    )
