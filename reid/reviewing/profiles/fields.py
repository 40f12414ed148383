"""Fields of a profile as the log has them: each one read as a JSON value, and written from one.

Beside the columns there are three that are kept in rows of their own: its tags and its former names, each a sorted
list of names, and `season:YEAR`, what is noted of one year.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from reid.models import Deer, DeerSeason, EventLog, FormerName, Tag
from reid.naming import name_key
from reid.reviewing.photographs.changes import column

if TYPE_CHECKING:
    from collections.abc import Collection

NAME: Final = "name"
TAGS: Final = "tags"
FORMER_NAMES: Final = "former_names"
SEASON: Final = "season:"


def season_field(year: int) -> str:
    """Field of the events that tell of this year."""
    return f"{SEASON}{year}"


def read(deer: Deer, field: str) -> Any:
    """The field's value as the log has it."""
    if field == TAGS:
        return list(deer.tags.order_by("name_key").values_list("name", flat=True))
    if field == FORMER_NAMES:
        return list(deer.former_names.order_by("name_key").values_list("name", flat=True))
    if field.startswith(SEASON):
        return _season(deer, int(field.removeprefix(SEASON)))
    return EventLog.plain(getattr(deer, column(Deer, field).attname))


def write(deer: Deer, field: str, value: Any) -> None:
    """Store the field's value as the log has it. A name is written without a trace of the one before."""
    if field == TAGS:
        deer.tags.set(Tag.objects.named(value))
    elif field == FORMER_NAMES:
        _set_former_names(deer, value)
    elif field.startswith(SEASON):
        year = int(field.removeprefix(SEASON))
        if value is None:
            deer.seasons.filter(year=year).delete()
        else:
            DeerSeason.objects.update_or_create(deer=deer, year=year, defaults=value)
    elif field == NAME:
        Deer.objects.filter(pk=deer.pk).update(name=value, name_key=name_key(value))
        deer.name = value
    else:
        own = column(Deer, field)
        setattr(deer, own.attname, own.to_python(value))
        deer.save(update_fields=[field])


def _season(deer: Deer, year: int) -> dict[str, Any] | None:
    rows = deer.seasons.filter(year=year).values("points", "age_class", "noted_by_id")
    found = rows.first()
    return dict(found) if found else None


def _set_former_names(deer: Deer, names: Collection[str]) -> None:
    wanted = {name_key(name): name for name in names}
    deer.former_names.exclude(name_key__in=wanted.keys()).delete()
    standing = set(deer.former_names.values_list("name_key", flat=True))
    FormerName.objects.bulk_create(
        FormerName(deer=deer, name=name) for key, name in wanted.items() if key not in standing
    )
