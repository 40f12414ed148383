"""Words of the pages of cameras: states, and what a change changed."""

from __future__ import annotations

from datetime import date, time
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from reid.cameras.states import StateKind
from reid.models import CameraChange, Image
from thumper.pages.histories import difference
from thumper.pages.text_filters import day

if TYPE_CHECKING:
    from decimal import Decimal

    from django.utils.functional import _StrPromise

    from reid.cameras.states import CameraState

STATES: Final[dict[StateKind, _StrPromise]] = {
    StateKind.RUNNING: gettext_lazy("running"),
    StateKind.SILENT: gettext_lazy("silent"),
    StateKind.OUT: gettext_lazy("out of order"),
    StateKind.DOWN: gettext_lazy("taken down"),
    StateKind.NEW: gettext_lazy("no photograph yet"),
}
CLOCKS: Final[dict[str, _StrPromise]] = {
    Image.ClockProblem.NOT_DEPLOYED: gettext_lazy(
        "taken on a day on which the camera was not in the field, by its deployments"
    ),
    Image.ClockProblem.FUTURE: gettext_lazy("taken in the future"),
    Image.ClockProblem.FACTORY: gettext_lazy("by a clock that was reset"),
}
_FIELDS: Final[dict[str, _StrPromise]] = {
    "name": gettext_lazy("name"),
    "notes": gettext_lazy("notes"),
    "latitude": gettext_lazy("latitude"),
    "longitude": gettext_lazy("longitude"),
    "started_on": gettext_lazy("first day"),
    "started_at": gettext_lazy("time of the first day"),
    "ended_on": gettext_lazy("last day"),
    "ended_at": gettext_lazy("time of the last day"),
    "reason": gettext_lazy("reason"),
}


def state_words(state: CameraState) -> str:
    """The state of a camera, such as "silent for 12 days"."""
    if state.kind is StateKind.SILENT and state.days is not None:
        text = ngettext("silent for {n} day", "silent for {n} days", state.days)
        return text.format(n=state.days)
    return str(STATES[state.kind])


def place_words(latitude: Decimal | float | None, longitude: Decimal | float | None) -> str:
    """Degrees with five decimals, a metre; empty where the place is not known."""
    if latitude is None or longitude is None:
        return ""
    return f"{latitude:.5f}, {longitude:.5f}"


def days_words(first: date, last: date | None) -> str:
    """Days from one to another, or to now."""
    if last is None:
        return _("{first} until now").format(first=day(first))
    if first == last:
        return day(first)
    return _("{first} to {last}").format(first=day(first), last=day(last))


def change_words(change: CameraChange) -> str:
    """What a change of a camera changed, as one sentence without its full stop."""
    kind = kind_words(change)
    return f"{kind}: {'; '.join(lines)}" if (lines := change_lines(change)) else kind


def kind_words(change: CameraChange) -> str:
    """What kind of change it was."""
    if change.subject == CameraChange.Subject.CAMERA:
        return _("Camera edited")
    is_outage = change.subject == CameraChange.Subject.OUTAGE
    if change.before is None:
        return _("Outage entered") if is_outage else _("Deployment entered")
    if change.after is None:
        return _("Outage removed") if is_outage else _("Deployment removed")
    return _("Outage changed") if is_outage else _("Deployment changed")


def change_lines(change: CameraChange) -> list[str]:
    """The fields that it changed; of a row that came or went its days."""
    before, after = change.before or {}, change.after or {}
    if change.subject != CameraChange.Subject.CAMERA and not (before and after):
        return [_days(before or after)]
    return [
        difference(str(label), _value(before.get(name)), _value(after[name]))
        for name, label in _FIELDS.items()
        if name in after
    ]


def _days(values: dict[str, Any]) -> str:
    last = values["ended_on"]
    return days_words(
        date.fromisoformat(values["started_on"]), date.fromisoformat(last) if last else None
    )


def _value(value: Any) -> str:
    if value in (None, ""):
        return _("nothing")
    for read in (date.fromisoformat, time.fromisoformat):
        try:
            found = read(str(value))
        except ValueError:
            continue
        return day(found) if isinstance(found, date) else f"{found:%H:%M}"
    return str(value)
