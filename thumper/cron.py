"""What is done again and again: `manage.py rqcron thumper/cron.py` queues it, `rqworker maintenance` does it.

One scheduler is enough; two only queue the same rounds twice, which does no harm.
"""

from __future__ import annotations

from functools import partial
from typing import Final

import rq.cron
from rq import Queue

from exports import jobs

QUEUE: Final = "maintenance"
RECONCILE_SECONDS: Final = 30
PURGE_SECONDS: Final = 600

# rq.cron builds its queues itself and lets nobody say how they serialize: with pickle, which our workers
# refuse to read. This module is loaded by the scheduler's process alone.
rq.cron.Queue = partial(Queue, serializer="json")

for function, seconds in ((jobs.reconcile, RECONCILE_SECONDS), (jobs.purge, PURGE_SECONDS)):
    rq.cron.register(
        function,
        queue_name=QUEUE,
        interval=seconds,
        ttl=seconds,  # a round that nobody did in time is not made up for
        job_timeout=300,
        result_ttl=60,
        failure_ttl=3600,
    )
