"""Profiles put back by an undo: their fields as they were, and a profile that an undo had taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db.models import Q

from reid.models import CREATED, KEPT_APART, Deer, EventLog
from reid.naming import name_key
from reid.reviewing.problems import NOT_LOGGED, UNDO_CONFLICT, UndoConflict
from reid.reviewing.profiles import fields
from reid.reviewing.profiles.facts import LIFE
from reid.scoring import stale_marks

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from reid.models import IdentityEvent
    from reid.reviewing.ledger import Ledger

NAME_GONE: Final = "another deer is called {name} by now"


def lock_profiles(keys: Collection[UUID], ended: Collection[UUID]) -> dict[UUID, Deer]:
    """These profiles, locked, by key; of the hidden ones those alone that an undo `ended`."""
    rows = Deer.everything.filter(Q(hidden_at__isnull=True) | Q(pk__in=ended), pk__in=keys)
    return {deer.pk: deer for deer in rows.select_for_update(no_key=True).order_by("pk")}


def restore(ledger: Ledger, deer: Deer, field: str, event: IdentityEvent) -> None:
    """Put one field back as it was before the event, and note it. Raises UndoConflict."""
    if field == CREATED:
        if event.before is None:
            return  # that it ends is decided when all the rest is back
        _begin_again(deer, event.before["name"])
    elif field != KEPT_APART:
        if EventLog.plain(fields.read(deer, field)) != event.after:
            raise UndoConflict(sentence=UNDO_CONFLICT.format(change=NOT_LOGGED))
        if field == fields.NAME and name_key(event.before) != name_key(event.after):
            _refuse_name(deer, str(event.before))
        fields.write(deer, field, event.before)
        if field in LIFE:
            stale_marks.mark_compared_with(deer)
    ledger.note_deer(deer, field, event.after, event.before)


def _begin_again(deer: Deer, name: str) -> None:
    _refuse_name(deer, name)
    back = {"name": name, "name_key": name_key(name), "hidden_at": None}
    Deer.everything.filter(pk=deer.pk).update(**back)
    deer.name, deer.hidden_at = name, None


def _refuse_name(deer: Deer, name: str) -> None:
    if Deer(pk=deer.pk, name=name).name_problem():
        sentence = UNDO_CONFLICT.format(change=NAME_GONE.format(name=name))
        raise UndoConflict(sentence=sentence)
