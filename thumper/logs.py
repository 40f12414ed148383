"""Log filter that puts the job's id on every line, wherever the line is written."""

from __future__ import annotations

import logging

from rq import get_current_job


class JobFilter(logging.Filter):
    """Add `job_id` to a record: what the caller passed in `extra`, else the RQ job that runs."""

    def filter(self, record: logging.LogRecord) -> bool:
        if not hasattr(record, "job_id"):
            job = get_current_job()
            record.job_id = job.id if job else "-"
        return True
