"""Logs: the request and the job that a line belongs to, wherever the line is written.

The id of a request goes with the jobs that it queues, so that what a worker writes is found by it too.
"""

from __future__ import annotations

import logging
import re
import secrets
from contextvars import ContextVar
from typing import Final

from rq import get_current_job

SANE_ID: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")
"""Ids of requests that are taken from a header: what else stands there could forge lines of the log."""
IN_META: Final = "request_id"
"""Name of the id in what a job carries."""


_request_id: ContextVar[str] = ContextVar("request_id", default="")


def request_id() -> str:
    """The id of the request that is answered here, or that queued the job that runs here; empty for neither."""
    if answered := _request_id.get():
        return answered
    job = get_current_job()
    return str(job.meta.get(IN_META, "")) if job else ""


def answering(request: str) -> None:
    """From now on this thread answers the request with this id; empty: none."""
    _request_id.set(request)


def sane_id(said: str | None) -> str:
    """The id that the sender gave, if it is one, else a new one."""
    return said if said and SANE_ID.fullmatch(said) else secrets.token_hex(8)


class JobFilter(logging.Filter):
    """Add `job_id` and `request_id` to a record: what the caller passed in `extra`, else those of what runs."""

    def filter(self, record: logging.LogRecord) -> bool:
        if not hasattr(record, "job_id"):
            job = get_current_job()
            record.job_id = job.id if job else "-"
        if not hasattr(record, "request_id"):
            record.request_id = request_id() or "-"
        return True
