"""Results that take long to compute, computed by a worker: threshold report, what-if, fitness of a proposal.

No request waits for them. The first request queues a job and gets "waiting"; later ones get the result with its
time, which Redis keeps for a day as the job's return value. Equal requests share one job, whoever sends them.
"""

from __future__ import annotations

import hashlib
import json
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import django_rq
from django.db.models import Max
from django.utils import timezone
from rq.exceptions import DuplicateJobError, InvalidJobOperation, NoSuchJobError
from rq.job import JobStatus

from analysis.recommendation.assess import assess
from analysis.reports.changes import Foresight
from analysis.reports.threshold_formats import as_json
from analysis.reports.threshold_report import build_report
from analysis.score_log.session import AnalysisError, read_only
from analysis.thresholds.propose import refuse_unfit
from reid.identifying.approval import ApprovalRefused
from reid.matching.stored_gallery import load_gallery
from reid.models import (
    AuditItem,
    Detection,
    IdentityEvent,
    ReidRun,
    Scorer,
    SimilarityScore,
    Threshold,
)
from reid.strata import Stratum

if TYPE_CHECKING:
    from collections.abc import Callable

    from rq.job import Job

QUEUE: Final = "maintenance"
REPORT_JOB: Final = "analysis.jobs.threshold_report"
CHANGES_JOB: Final = "analysis.jobs.count_changes"
FITNESS_JOB: Final = "analysis.jobs.check_proposal"
KEPT_SECONDS: Final = 86_400
TIMEOUT_SECONDS: Final = 600
TRIED: Final = (9500, 9000, 8500, 8000, 7500, 7000, 6500, 6000, 5500)
UNDER_WAY: Final = frozenset({"queued", "started", "deferred", "scheduled"})
FAILED: Final = "It could not be computed: see the log of the worker."


class State(StrEnum):
    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Answer:
    """`result` is there when READY; `is_current`: nothing has changed in the store since it was read.

    `refused` is a sentence where the question has no answer, `seconds` what it took to read.
    """

    state: State
    result: dict[str, Any] | None = None
    refused: str = ""
    computed_at: datetime | None = None
    seconds: float = 0.0
    is_current: bool = False


def report(scorer: Scorer, *, anew: bool = False) -> Answer:
    """The threshold report as `analysis.reports.threshold_formats.as_json` has it. Raises redis.RedisError."""
    return _ask(REPORT_JOB, scorer, f"threshold-report-{scorer.pk}", anew=anew)


def what_if(scorer: Scorer, units: int | None, only: Stratum | None = None) -> Answer:
    """The counts of what a threshold (None: none at all) for one stratum or all would change. Raises redis.RedisError."""
    name = "none" if units is None else f"{units}{only or ''}"
    stratum = only.value if only else ""
    return _ask(CHANGES_JOB, scorer, f"what-if-{scorer.pk}-{name}", units, stratum, renew=True)


def fitness(threshold: Threshold) -> Answer:
    """Whether a proposal may still be approved: `refused` says why not. Raises redis.RedisError."""
    key = str(threshold.pk)
    return _ask(FITNESS_JOB, threshold.scorer, f"fitness-{key}", key, renew=True)


def read_report(scorer: str) -> str:
    """What the job of `report` answers."""

    def read(of: Scorer) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(as_json(build_report(assess(of), TRIED)))
        return document

    return _timed(scorer, read)


def read_changes(scorer: str, units: int | None, stratum: str = "") -> str:
    """What the job of `what_if` answers."""
    only = Stratum(stratum) if stratum else None
    return _timed(scorer, lambda of: dict(Foresight(of, units, only).count().counts))


def read_fitness(scorer: str, threshold: str) -> str:
    """What the job of `fitness` answers."""

    def read(of: Scorer) -> dict[str, Any]:
        refuse_unfit(Threshold.objects.select_related("scorer__space").get(scorer=of, pk=threshold))
        return {}

    return _timed(scorer, read)


def mark_of(scorer: Scorer) -> str:
    """Digest of what the answers rest on, by queries that are quick however large the log is."""
    runs = ReidRun.objects.filter(scorer=scorer).aggregate(Max("heartbeat_at"), Max("finished_at"))
    parts = [
        load_gallery(scorer).fingerprint,
        *runs.values(),
        IdentityEvent.objects.aggregate(Max("pk"))["pk__max"],
        SimilarityScore.objects.aggregate(Max("pk"))["pk__max"],
        Detection.objects.count(),
        Detection.objects.filter(scores_stale=True).count(),
        AuditItem.objects.aggregate(Max("judged_at"))["judged_at__max"],
        *Threshold.objects.filter(scorer=scorer, is_active=True).values_list("pk", flat=True),
    ]
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _timed(scorer: str, read: Callable[[Scorer], dict[str, Any]]) -> str:
    """What a job answers, as text: RQ's own JSON knows no times. A refusal is an answer too."""
    of = Scorer.objects.get(pk=scorer)
    started, mark = time.monotonic(), mark_of(of)
    answer: dict[str, Any] = {"result": None, "refused": ""}
    try:
        with read_only():
            answer["result"] = read(of)
    except (AnalysisError, ApprovalRefused) as error:
        answer["refused"] = str(error)
    seconds = time.monotonic() - started
    now = timezone.now().isoformat()
    return json.dumps(answer | {"mark": mark, "seconds": seconds, "computed_at": now})


def _ask(
    job_name: str,
    scorer: Scorer,
    key: str,
    *arguments: Any,
    anew: bool = False,
    renew: bool = False,
) -> Answer:
    """The answer that is kept, else a job that makes one. `renew`: one that is out of date counts as none."""
    queue = django_rq.get_queue(QUEUE)
    job = queue.fetch_job(key)
    status = job.get_status(refresh=False) if job is not None else None  # as it was fetched
    if status in UNDER_WAY:
        return Answer(State.WAITING)
    if job is not None and status == JobStatus.FAILED and not anew:
        forget(job)  # whoever asks next, asks again
        return Answer(State.FAILED, refused=FAILED)
    kept = job.return_value() if job is not None and not anew else None
    if kept is not None:
        found = _answer(kept, mark_of(scorer))
        if found.is_current or not renew:
            return found
    if job is not None:
        forget(job)
    # Somebody else who asked at this moment has queued it: one is enough.
    with suppress(DuplicateJobError):
        queue.enqueue(
            job_name,
            str(scorer.pk),
            *arguments,
            job_id=key,
            unique=True,
            job_timeout=TIMEOUT_SECONDS,
            result_ttl=KEPT_SECONDS,
            failure_ttl=KEPT_SECONDS,
        )
    return Answer(State.WAITING)


def forget(job: Job) -> None:
    """Delete the job, unless somebody else who asked at this moment has done so."""
    with suppress(NoSuchJobError, InvalidJobOperation):
        job.delete()


def _answer(kept: str, mark: str) -> Answer:
    told = json.loads(kept)
    return Answer(
        State.READY,
        result=told["result"],
        refused=told["refused"],
        computed_at=datetime.fromisoformat(told["computed_at"]),
        seconds=told["seconds"],
        is_current=told["mark"] == mark,
    )
