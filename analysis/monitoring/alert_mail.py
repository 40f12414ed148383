"""Mail about alerts: sent when one is raised and when it is cleared, not while it goes on."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone

from analysis.monitoring.alerts import Alert, AlertState, Standing
from reid.models import PerformanceSnapshot

if TYPE_CHECKING:
    from collections.abc import Sequence

logger = logging.getLogger(__name__)

SUBJECT: Final = "{ranch}: {what}"
ENDING: Final = "\nThe history is on the page /trends/. An alert is mailed once when it is raised and once when it is cleared.\n"
CLEARED: Final = "an alert is cleared"
TITLES: Final = {
    Alert.RATE_FELL: "fewer sightings are assigned",
    Alert.SCORES_DRIFTED: "scores have drifted",
    Alert.THRESHOLD_EXPIRED: "the threshold has expired",
    Alert.THRESHOLD_UNPROVEN: "the threshold is not proven",
    Alert.THRESHOLD_READY: "a threshold can be approved",
    Alert.SCORES_STALE: "scores are out of date",
    Alert.RETRAINING: "training again is worth it",
}


def deliver() -> int:
    """Mail the news that wait, oldest first; how many mails were sent.

    Whoever claims a snapshot's news sends them, so two workers send one mail. A mail server that is away
    is logged, and the news wait for the next call.
    """
    count = 0
    waiting = PerformanceSnapshot.objects.filter(notified_at__isnull=True)
    for snapshot in waiting.select_related("scorer").order_by("taken_at"):
        of_snapshot = PerformanceSnapshot.objects.filter(pk=snapshot.pk)
        if not of_snapshot.filter(notified_at__isnull=True).update(notified_at=timezone.now()):
            continue
        try:
            count += _mail(snapshot).send()
        except OSError:  # SMTPException is one too
            logger.exception("the mail about %s was not sent; it is tried again", snapshot)
            of_snapshot.update(notified_at=None)
            break
    return count


def _mail(snapshot: PerformanceSnapshot) -> EmailMessage:
    news = [item for item in map(Standing.from_json, snapshot.alerts) if item.is_news]
    raised = [item for item in news if item.state is AlertState.RAISED]
    # A ranch's name may hold a line break, which no mail header does.
    ranch = " ".join(settings.RANCH_NAME.split())
    subject = SUBJECT.format(ranch=ranch, what=_headline(raised))
    return EmailMessage(subject, _text(snapshot, news), None, settings.REID_WATCH_MAIL)


def _headline(raised: Sequence[Standing]) -> str:
    if not raised:
        return CLEARED
    more = f" (and {len(raised) - 1} more)" if len(raised) > 1 else ""
    return TITLES[raised[0].kind] + more


def _text(snapshot: PerformanceSnapshot, news: Sequence[Standing]) -> str:
    lines = [f"{snapshot.scorer}, {snapshot.period}:", ""]
    lines += [f"- {item.state.value}: {item.text}" for item in news]
    return "\n".join(lines) + "\n" + ENDING
