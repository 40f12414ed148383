"""Jobs of retention: photographs of people, whose deletion is an event in the audit log, and sessions that are over."""

from __future__ import annotations

from reid.retention import people
from reid.wording import counted
from thumper.accounts import events
from thumper.models import AccountEvent
from thumper.sessions import SessionStore


def delete_people() -> int:
    """RQ job, every hour: delete photographs of people that are older than PEOPLE_KEEP_DAYS; how many."""
    deleted = people.delete_old()
    if deleted:
        events.record(AccountEvent.Kind.PEOPLE_DELETED, detail=counted(deleted, "photograph"))
    return deleted


def clear_sessions() -> None:
    """RQ job, every hour: delete sessions that are over."""
    SessionStore.clear_expired()
