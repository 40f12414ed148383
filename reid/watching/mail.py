"""Mail about watched deer: one for each run, or act of a person, and deer, to who has an address.

Nobody is mailed about what they did themselves, nor about what does not hold any more.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from datetime import timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Q
from django.utils import timezone

from reid.models import ReidRun, WatchedSighting
from reid.wording import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reid.models import WatchedDeer

logger = logging.getLogger(__name__)

QUIET: Final = timedelta(minutes=1)
"""What people did is told when it is so old: what they take back at once is told to nobody."""
SUBJECT: Final = "{ranch}: {deer} was seen"
TEXT: Final = """\
{deer} is on {count} that {who} named:

{lines}

Its page: {site}/deer/{key}

You watch this deer: its page has a button that ends this.
"""
LISTED: Final = 20
MORE: Final = "- and {number} more"


def deliver() -> int:
    """Mail the news that wait; how many mails were sent.

    Whoever claims news sends them, so two workers send one mail. A mail server that is away is logged, and they wait
    for the next call; so they do where the time of the job is over, which is raised. A mail that it refuses waits alone.
    """
    count = 0
    for news in _waiting().values():
        now = timezone.now()
        mine = WatchedSighting.objects.filter(pk__in=[one.pk for one in news])
        mine.filter(mailed_at__isnull=True).update(mailed_at=now)
        claimed = mine.filter(mailed_at=now)
        standing = set(claimed.standing().values_list("pk", flat=True))
        if not standing or not _is_due(news[0]):
            continue
        is_sent = False
        try:
            count += _mail(news[0].watch, [one for one in news if one.pk in standing]).send()
            is_sent = True
        except (SMTPRecipientsRefused, SMTPDataError) as refusal:  # of this mail alone
            logger.warning("the mail about %s is refused: %s", news[0].watch, refusal)
        except OSError:  # SMTPException is one too
            logger.exception("the mail about %s was not sent; it is tried again", news[0].watch)
            break
        finally:
            if not is_sent:
                claimed.update(mailed_at=None)
    return count


def _waiting() -> dict[tuple[int, object], list[WatchedSighting]]:
    """News whose run is over, or whose act is old enough, by watch and operation."""
    is_over = Q(operation__run__state__in=ReidRun.TERMINAL) | Q(
        operation__run__isnull=True, operation__created_at__lt=timezone.now() - QUIET
    )
    rows = (
        WatchedSighting.objects.filter(is_over, mailed_at__isnull=True)
        .select_related(
            *("watch__user", "watch__deer__merged_into", "operation__actor"),
            "sighting__encounter__camera",
        )
        .order_by("sighting__encounter__started_at", "pk")
    )
    waiting: defaultdict[tuple[int, object], list[WatchedSighting]] = defaultdict(list)
    for row in rows:
        waiting[row.watch_id, row.operation_id].append(row)
    return dict(waiting)


def _is_due(one: WatchedSighting) -> bool:
    """Whether the watcher has an address, an account in use, and has not done it."""
    user = one.watch.user
    is_own = one.operation.run_id is None and one.operation.actor_id == user.pk
    return bool(user.email) and user.is_active and not is_own


def _mail(watch: WatchedDeer, news: Sequence[WatchedSighting]) -> EmailMessage:
    deer = watch.deer.merged_into or watch.deer
    # A name may hold a line break, which no mail header does.
    ranch, name = (" ".join(text.split()) for text in (settings.RANCH_NAME, deer.name))
    operation = news[0].operation
    who = operation.actor.get_username() if operation.actor and not operation.run_id else "a run"
    lines = [_line(one) for one in news[:LISTED]]
    if len(news) > LISTED:
        lines.append(MORE.format(number=len(news) - LISTED))
    text = TEXT.format(
        deer=name,
        count=counted(len(news), "new sighting"),
        who=who,
        lines="\n".join(lines),
        site=settings.SITE_URL,
        key=deer.pk,
    )
    return EmailMessage(SUBJECT.format(ranch=ranch, deer=name), text, None, [watch.user.email])


def _line(one: WatchedSighting) -> str:
    encounter = one.sighting.encounter
    at = encounter.started_at
    when = f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else "time unknown"
    return f"- {when}, {encounter.camera or 'no camera'}"
