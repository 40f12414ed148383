"""Schedule of monitoring: one snapshot a period, a proven threshold proposed, each alert mailed once, old ones deleted.

`watch` may be called as often as one likes: it does nothing where the period has its snapshot, so a round that
failed, or that nobody did, is made up for at the next tick.
"""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from analysis.monitoring import alert_mail
from analysis.monitoring.alerts import AlertState, Standing
from analysis.monitoring.snapshot import observe
from analysis.recommendation.types import Verdict
from analysis.score_log.session import AnalysisError, read_only
from analysis.thresholds.propose import propose
from reid.identifying.run_workers import is_being_scored
from reid.models import PerformanceSnapshot, Scorer

if TYPE_CHECKING:
    from collections.abc import Iterable

logger = logging.getLogger(__name__)

LATE_PERIODS: Final = 2
NO_SNAPSHOT_YET: Final = "no snapshot yet"
LATE: Final = "no snapshot since {day}"
BUSY: Final = "An identification is under way: the snapshot is taken when it has ended."


def watch() -> str | None:
    """The periodic round: the period of the snapshot that it took, or None.

    Raises what went wrong, after it is logged; the next tick tries again.
    """
    try:
        snapshot = _watch_active_space()
    except Exception:
        logger.exception("watching identification failed; it is tried again at the next tick")
        raise
    return snapshot.period.isoformat() if snapshot else None


def _watch_active_space() -> PerformanceSnapshot | None:
    scorer = Scorer.objects.active()
    snapshot = None
    if scorer is not None:
        try:
            snapshot = record(scorer)
        except AnalysisError as reason:
            logger.info("no snapshot of %s: %s", scorer, reason)
    alert_mail.deliver()
    return snapshot


def record(scorer: Scorer, now: datetime | None = None) -> PerformanceSnapshot | None:
    """Take the snapshot of this period, where there is none. Raises AnalysisError where it cannot be taken.

    Two callers at once take one: the database decides whose, and the other gets None.
    """
    now = now or timezone.now()
    period = period_of(now)
    if PerformanceSnapshot.objects.filter(scorer=scorer, period=period).exists():
        return None
    if is_being_scored(scorer, now):
        raise AnalysisError(BUSY)
    with read_only():
        snapshot, assessment = observe(scorer, now, period)
    news = [item for item in map(Standing.from_json, snapshot.alerts) if item.is_news]
    if not news or not settings.REID_WATCH_MAIL:
        snapshot.notified_at = now  # nothing to mail, or nobody to mail it to
    try:
        with transaction.atomic():
            snapshot.save(force_insert=True)
            if assessment.recommendation.verdict is Verdict.RECOMMEND:
                propose(
                    assessment
                )  # a record that waits for a person; the same evidence proposes once
            PerformanceSnapshot.objects.outdated(now, settings.REID_WATCH_KEEP_DAYS).delete()
    except IntegrityError:
        if not PerformanceSnapshot.objects.filter(scorer=scorer, period=period).exists():
            raise
        return None
    _log(snapshot, news)
    return snapshot


def period_of(now: datetime) -> date:
    """The first local day of the period of REID_WATCH_DAYS days that `now` is in."""
    day = timezone.localtime(now).date()
    return day - timedelta(days=day.toordinal() % settings.REID_WATCH_DAYS)


def begin_baseline(scorer: Scorer) -> PerformanceSnapshot | None:
    """Let the newest snapshot begin a new baseline: what is now is what is usual. None without a snapshot."""
    with transaction.atomic():
        newest = PerformanceSnapshot.objects.of(scorer).select_for_update().first()
        if newest is not None:
            newest.starts_baseline = True
            newest.save(update_fields=["starts_baseline"])
    return newest


def summary() -> dict[str, Any]:
    """For the health page: the day of the active scorer's newest snapshot, and the alerts that are on.

    Kinds alone: the page is open to everybody.
    """
    newest = PerformanceSnapshot.objects.filter(scorer__is_active=True).order_by("-period").first()
    if newest is None:
        return {"state": NO_SNAPSHOT_YET, "alerts": []}
    late = period_of(timezone.now()) - timedelta(days=LATE_PERIODS * settings.REID_WATCH_DAYS)
    day = newest.period.isoformat()
    state = LATE.format(day=day) if newest.period < late else f"snapshot of {day}"
    return {"state": state, "alerts": [alert["kind"] for alert in newest.standing]}


def _log(snapshot: PerformanceSnapshot, news: Iterable[Standing]) -> None:
    rate = "-" if snapshot.rate is None else f"{snapshot.rate:.3f}"
    psi = "-" if snapshot.psi is None else f"{snapshot.psi:.3f}"
    logger.info(
        "snapshot of %s: %s of %s sightings new, assignment rate %s, PSI %s, %s",
        *(snapshot, snapshot.new_sightings, snapshot.eligible, rate, psi, snapshot.verdict),
    )
    for item in news:
        level = logging.WARNING if item.state is AlertState.RAISED else logging.INFO
        logger.log(level, "alert %s %s: %s", item.kind, item.state, item.text)
