"""A worker whose host's clock is two hours behind: the project's own in all else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine

from thumper.runtime.workers import ForkingWorker

BEHIND = timedelta(hours=2)


class LateWorker(ForkingWorker):
    def work(self, *args: Any, **kwargs: Any) -> bool:
        with time_machine.travel(datetime.now(UTC) - BEHIND, tick=True):
            return super().work(*args, **kwargs)
