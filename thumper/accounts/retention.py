"""Retention as a job: what a rule deleted is an event in the audit log."""

from __future__ import annotations

from reid.retention import people
from reid.wording import counted
from thumper.accounts import events
from thumper.models import AccountEvent


def delete_people() -> int:
    """RQ job, every hour: delete photographs of people that are older than PEOPLE_KEEP_DAYS; how many."""
    deleted = people.delete_old()
    if deleted:
        events.record(AccountEvent.Kind.PEOPLE_DELETED, detail=counted(deleted, "photograph"))
    return deleted
