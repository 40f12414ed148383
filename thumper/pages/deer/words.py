"""Words for what was done to a deer: operations and changed fields, as its history and its notices say them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from reid.models import DeerSeason
from thumper.pages.histories import difference

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import _StrPromise

    from reid.profiles.history import FieldChanged, HistoryEntry

_FIELDS: Final[Mapping[str, _StrPromise]] = {
    "name": gettext_lazy("name"),
    "sex": gettext_lazy("sex"),
    "status": gettext_lazy("alive or dead"),
    "born_on": gettext_lazy("born"),
    "died_on": gettext_lazy("died"),
    "notes": gettext_lazy("notes"),
    "tags": gettext_lazy("tags"),
    "former_names": gettext_lazy("former names"),
}
_SEASON: Final = "season:"
_LONGEST: Final = 80
"""Characters of a value that are shown."""


def sentences(entry: HistoryEntry, names: Mapping[str, str]) -> list[str]:
    """What an operation did to the deer. `names` are those of other deer, by key."""
    lines = [text for change in entry.changes if (text := _change(change, names))]
    if entry.gained:
        lines.append(
            ngettext(
                "%(n)s photograph got its name", "%(n)s photographs got its name", entry.gained
            )
            % {"n": entry.gained}
        )
    if entry.lost:
        lines.append(
            ngettext(
                "%(n)s photograph lost its name", "%(n)s photographs lost its name", entry.lost
            )
            % {"n": entry.lost}
        )
    if entry.rejected:
        lines.append(
            ngettext(
                "%(n)s photograph does not show it",
                "%(n)s photographs do not show it",
                entry.rejected,
            )
            % {"n": entry.rejected}
        )
    return lines


def fact_words(facts: Mapping[str, Any]) -> str:
    """Facts by field, as the log has them, in words: sex: doe, alive or dead: alive."""
    return ", ".join(f"{_field(field)}: {_fact(field, value)}" for field, value in facts.items())


def season_words(season: Mapping[str, Any] | None) -> str:
    """What is noted of a year: 8 points, 3.5 years."""
    if season is None:
        return _("nothing")
    parts = []
    if season["points"] is not None:
        points = season["points"]
        parts.append(ngettext("%(n)s point", "%(n)s points", points) % {"n": points})
    if season["age_class"]:
        parts.append(str(DeerSeason.AgeClass(season["age_class"]).label))
    return ", ".join(parts)


def _change(change: FieldChanged, names: Mapping[str, str]) -> str:
    field, before, after = change.field, change.before, change.after
    if field == "created":
        return _("profile taken away") if after is None else _("profile made")
    if field == "portrait":
        return _("portrait chosen") if after else _("portrait no longer chosen")
    if field == "merged_into":
        if after is None:
            return _("a profile of its own again")
        return _("merged into %(deer)s") % {"deer": names.get(after, _("another deer"))}
    if field == "kept_apart":
        other = names.get(after or before, _("another deer"))
        if after is None:
            return _("no longer kept apart from %(deer)s") % {"deer": other}
        return _("kept apart from %(deer)s") % {"deer": other}
    if field.startswith(_SEASON):
        words = {"year": _field(field), "noted": season_words(after)}
        return _("%(year)s: %(noted)s") % words
    return difference(_field(field), _value(before), _value(after))


def _field(field: str) -> str:
    return str(_FIELDS.get(field, field.removeprefix(_SEASON)))


def _fact(field: str, value: Any) -> str:
    return season_words(value) if field.startswith(_SEASON) else _value(value)


def _value(value: Any) -> str:
    if isinstance(value, list):
        value = ", ".join(value)
    text = str(value) if value not in (None, "") else _("nothing")
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ..."
