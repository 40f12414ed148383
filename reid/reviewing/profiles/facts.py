"""Facts of a deer, edited by a person: name, sex, life, notes, tags and portrait, each one with its event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Unpack
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from reid.imaging.capture_time import day_begins, day_ends
from reid.models import Deer, Detection, EventLog, Operation, Tag
from reid.naming import name_key
from reid.reviewing.ledger import How, Ledger
from reid.reviewing.problems import ReviewRefused, StaleReview
from reid.reviewing.profiles import fields
from reid.reviewing.profiles.beginning import checked_name, refuse_near
from reid.reviewing.scene import latest_profile_changes, lock_deer
from reid.scoring import stale_marks
from reid.taxonomy import SEX_CHOICES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

FIELDS: Final = ("name", "sex", "status", "born_on", "died_on", "notes", "tags", "portrait")
"""What may be edited of a deer."""
LIFE: Final = frozenset({"sex", "born_on", "died_on"})
"""What decides which sightings a deer can be: scores rest on it."""
NOTES_LENGTH: Final = 20_000

NO_FIELD: Final = "{field} is no fact of a deer that can be edited."
NO_VALUE: Final = "{value} is no {field}: use one of {choices}."
NOTES_TOO_LONG: Final = f"Notes have at most {NOTES_LENGTH:,} characters: shorten them."
FUTURE: Final = "{day} has not come yet: give a day up to today."
BEFORE_BIRTH: Final = "A deer cannot die before it is born: correct one of the two days."
SEEN_OUTSIDE: Final = (
    "{deer} was photographed on {day}, says a person or an import: first correct that sighting, "
    "or give another day."
)
NO_PICTURE_OF_IT: Final = "A portrait shows the deer itself: choose one of its own pictures."


@transaction.atomic
def edit_deer(
    *,
    deer: UUID,
    changes: Mapping[str, Any],
    before: Mapping[str, Any] | None = None,
    confirm_new: bool = False,
    **how: Unpack[How],
) -> Operation:
    """Set these facts (FIELDS; `portrait` the id of a detection, `tags` a list of names) of a deer.

    `before` has values as the person saw them, as JSON; where one is another by now, StaleReview is raised. A name
    that is nearly another deer's raises NearNames unless `confirm_new` says that it is meant so. ReviewRefused says
    what else is wrong. What was compared with the deer is scored again where its sex or life span changes.
    """
    profile = lock_deer([deer])[deer]
    for field in changes:
        if field not in FIELDS:
            raise ReviewRefused(NO_FIELD.format(field=field), "unknown_field", field)
    for field, seen in (before or {}).items():
        if field in changes and fields.read(profile, field) != EventLog.plain(seen):
            raise StaleReview(latest_profile_changes(deer, field), subject="deer")
    ledger = Ledger(Operation.Kind.EDIT_DEER, how)
    values = _checked(profile, dict(changes))
    if "name" in values:
        _rename(ledger, profile, values.pop("name"), confirm_new=confirm_new)
    for field, value in values.items():
        old = fields.read(profile, field)
        fields.write(profile, field, value)
        ledger.note_deer_change(profile, field, old, fields.read(profile, field))
    done = ledger.close()
    if LIFE & values.keys():
        stale_marks.mark_compared_with(profile)
    return done


def _checked(deer: Deer, values: dict[str, Any]) -> dict[str, Any]:
    """The values as they are written. Raises ReviewRefused."""
    for field, choices in (("sex", SEX_CHOICES), ("status", Deer.Status.choices)):
        known = [value for value, _ in choices]
        if field in values and values[field] not in known:
            sentence = NO_VALUE.format(value=values[field], field=field, choices=", ".join(known))
            raise ReviewRefused(sentence, "invalid_choice", field)
    if len(values.get("notes", "")) > NOTES_LENGTH:
        raise ReviewRefused(NOTES_TOO_LONG, "invalid", "notes")
    if "tags" in values:
        values["tags"] = _checked_tags(values["tags"])
    if values.get("portrait") is not None:
        key = values["portrait"] = UUID(str(values["portrait"]))
        if not Detection.objects.valid().filter(pk=key, deer=deer).exists():
            raise ReviewRefused(NO_PICTURE_OF_IT, "invalid", "portrait")
    if values.get("died_on") is not None:
        values["status"] = Deer.Status.DECEASED.value
    if values.keys() & {"born_on", "died_on"}:
        refuse_life(deer, values.get("born_on", deer.born_on), values.get("died_on", deer.died_on))
    return values


def _checked_tags(names: Any) -> list[str]:
    try:
        tags = [Tag(name=name) for name in names]
        for tag in tags:
            tag.clean()
        return list({name_key(tag.name): tag.name for tag in tags}.values())
    except ValidationError as error:
        raise ReviewRefused(error.messages[0], "invalid", "tags") from error


def refuse_life(deer: Deer, born: date | None, died: date | None) -> None:
    """Raises ReviewRefused where the days contradict each other, the calendar, or a sighting that is known."""
    today = timezone.localdate()
    for field, day in (("born_on", born), ("died_on", died)):
        if day is not None and day > today:
            raise ReviewRefused(FUTURE.format(day=day), "invalid", field)
    if born is not None and died is not None and died < born:
        raise ReviewRefused(BEFORE_BIRTH, "invalid", "died_on")
    known = Detection.objects.valid().known().filter(deer=deer).select_related("image")
    zone = timezone.get_default_timezone()
    if born is not None:
        before = known.filter(image__captured_at__lt=day_begins(born, zone))
        _refuse_seen(deer, before.order_by("image__captured_at").first(), "born_on")
    if died is not None:
        after = known.filter(image__captured_at__gte=day_ends(died, zone))
        _refuse_seen(deer, after.order_by("-image__captured_at").first(), "died_on")


def _refuse_seen(deer: Deer, detection: Detection | None, field: str) -> None:
    if detection is not None:
        sentence = SEEN_OUTSIDE.format(deer=deer.name, day=detection.image.local_day)
        raise ReviewRefused(sentence, "conflict", field)


def _rename(ledger: Ledger, deer: Deer, name: str, *, confirm_new: bool) -> None:
    name = checked_name(name)
    old, old_former = deer.name, fields.read(deer, fields.FORMER_NAMES)
    if name_key(name) != name_key(old):
        deer.name = name
        if problem := deer.name_problem():
            raise ReviewRefused(problem, "conflict", "name")
        if not confirm_new:
            refuse_near(name, but=deer.pk)
    deer.name = name
    try:
        with transaction.atomic():
            deer.save(update_fields=["name"])
    except IntegrityError as error:  # somebody chose the same name this very moment
        deer.name = name
        raise ReviewRefused(deer.name_problem(), "conflict", "name") from error
    ledger.note_deer_change(deer, fields.NAME, old, deer.name)
    former = fields.read(deer, fields.FORMER_NAMES)
    ledger.note_deer_change(deer, fields.FORMER_NAMES, old_former, former)
