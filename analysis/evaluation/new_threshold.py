"""Threshold assessment of a space that a training made, as soon as all its scores are there.

A threshold belongs to its scorer, so a space that is taken into use has none. Once everything is scored by the scorer
that is in use with it, of embeddings or fused with patterns, that scorer is assessed, and the result is stored with the
training: a proposal where the verdict is RECOMMEND, else the verdict, which says what is missing. Nothing is approved.

`propose_waiting` may be called as often as one likes. The end of a run queues it; where that was lost, because a
worker died or Redis was away, the periodic round makes up for it.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

import django_rq
import redis
from django.db import transaction
from django.utils import timezone

from analysis.recommendation.assess import assess
from analysis.recommendation.document import recommendation_document
from analysis.recommendation.types import Verdict
from analysis.score_log.session import read_only
from analysis.thresholds.propose import propose
from reid.db import shared_clock
from reid.identifying.run_workers import is_being_scored
from reid.models import ReidRun, Scorer, Training

if TYPE_CHECKING:
    from django.db.models import QuerySet

logger = logging.getLogger(__name__)

QUEUE: Final = "maintenance"
JOB: Final = "analysis.jobs.propose_waiting"
TIMEOUT_SECONDS: Final = 600
_SCORING: Final = (ReidRun.Kind.BACKFILL, ReidRun.Kind.IDENTIFY)

WAITS: Final = "It is judged when the scores of its space are there; where no run makes them: backfill_similarity_scores."
PROPOSED: Final = "Proposed: {value}. {reason}"
FOUND: Final = "{verdict}: {reason}"


def waiting() -> QuerySet[Training]:
    """Trainings whose space is in use, and whose threshold has not been judged since."""
    used = Training.objects.filter(applied_at__isnull=False, space__is_active=True)
    return used.filter(assessment={}).select_related("space")


def propose_waiting() -> list[str]:
    """Judge the thresholds that can be; of which trainings."""
    scorer = Scorer.objects.active()
    if scorer is None:
        return []
    return [
        str(training.pk)
        for training in waiting()
        if _is_scored(training, scorer) and _judge(training, scorer)
    ]


def on_run_done(run: ReidRun) -> None:
    """At the end of a run (`reid.signals.run_done`): have the threshold judged soon, where one waits for this run."""
    if run.scorer is None or run.kind not in _SCORING or not run.scorer.is_active:
        return
    # What could not be judged for want of scores can be now.
    lacking = Training.objects.filter(
        space__is_active=True, assessment__verdict=Verdict.INVALID_DATA.value
    )
    lacking.update(assessment={})
    if waiting().exists():
        try:
            queue = django_rq.get_queue(QUEUE)
            queue.enqueue(JOB, job_timeout=TIMEOUT_SECONDS, result_ttl=60, failure_ttl=3600)
        except redis.RedisError:
            logger.warning("the threshold of %s waits until Redis answers", run.scorer)


def standing(training: Training) -> str:
    """What became of its threshold, in a sentence; empty where its space was never taken into use."""
    if training.applied_at is None:
        return ""
    found = training.assessment
    if not found:
        return WAITS
    if training.threshold is not None:
        return PROPOSED.format(value=training.threshold.value, reason=found["reason"])
    return FOUND.format(verdict=found["verdict"].replace("_", " "), reason=found["reason"])


def _is_scored(training: Training, scorer: Scorer) -> bool:
    """Whether a run over everything has ended since the space was taken into use, and nothing scores just now."""
    ended = ReidRun.objects.filter(
        kind__in=_SCORING,
        scorer=scorer,
        state=ReidRun.State.COMPLETED,
        finished_at__gte=training.applied_at,
    )
    scopes = [counts.get("scope", {}) for counts in ended.values_list("counts", flat=True)]
    is_whole = any(not any(map(scope.get, ("limit", "offset", "stale"))) for scope in scopes)
    return is_whole and not is_being_scored(scorer, shared_clock.now())


def _judge(training: Training, scorer: Scorer) -> bool:
    """Write down what the rules say now; whether it was this caller who did."""
    with read_only():
        found = assess(scorer)
    with transaction.atomic():
        same = Training.objects.select_for_update().filter(
            pk=training.pk, applied_at=training.applied_at, assessment={}
        )
        if same.first() is None:
            return False  # another one did, or the space was taken into use once more
        threshold = None
        if found.recommendation.verdict is Verdict.RECOMMEND:
            threshold, _ = propose(found)
        document = recommendation_document(found) | {"assessed_at": timezone.now().isoformat()}
        same.update(assessment=document, threshold=threshold)
    verdict, reason = found.recommendation.verdict.value, found.recommendation.reason
    logger.info("the threshold of %s: %s. %s", scorer, verdict, reason)
    return True
