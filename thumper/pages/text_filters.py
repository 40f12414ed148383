"""Template filters and tags of the pages: whether a page is offered, days and moments in one style, in the ranch's time zone, and counts in words."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from django import template
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_lazy as _lazy

from thumper.accounts.roles import is_granted
from thumper.pages.imports import hints
from thumper.pages.permissions import PAGES
from thumper.pages.script_texts import TEXTS

if TYPE_CHECKING:
    from django.template import Context
    from django.utils.safestring import SafeString

register = template.Library()

DAY: Final = "j M Y"
MOMENT: Final = "j M Y, H:i"


@register.simple_tag(takes_context=True)
def may_open(context: Context, name: str) -> bool:
    """Whether the page with this name is for whoever reads this one; False for no name."""
    return bool(name) and is_granted(context["request"].user, PAGES[name])


@register.filter
def day(when: date | datetime | None) -> str:
    """The day, such as 3 Oct 2026; a time without one is said in words."""
    if when is None:
        return _("time unknown")
    if isinstance(when, datetime):
        when = timezone.localtime(when)
    return date_format(when, DAY)


@register.filter
def moment(when: datetime | None) -> str:
    """The day and the minute that had begun, such as 3 Oct 2026, 18:05."""
    if when is None:
        return _("time unknown")
    return date_format(timezone.localtime(when), MOMENT)


@register.filter
def iso_moment(text: str) -> str:
    """The same of a moment that is stored as ISO 8601, as previews of imports have it; empty: there is none."""
    return moment(datetime.fromisoformat(text) if text else None)


@register.filter
def time_tag(when: datetime | None) -> SafeString | str:
    """The moment as an HTML element that machines read too."""
    if when is None:
        return _("time unknown")
    return format_html('<time datetime="{}">{}</time>', when.isoformat(), moment(when))


_SIDES: Final = {
    "left": gettext_lazy("left side"),
    "right": gettext_lazy("right side"),
    "front": gettext_lazy("front"),
    "rear": gettext_lazy("rear"),
    "unknown": gettext_lazy("side not known"),
}


@register.filter
def side(flank: str) -> str:
    """The flank in words."""
    return str(_SIDES.get(flank, flank))


register.filter("on_page", hints.on_page)


ALERTS: Final = {
    "rate_fell": _lazy("fewer names than usual"),
    "scores_drifted": _lazy("scores unlike earlier ones"),
    "threshold_expired": _lazy("the proof has expired"),
    "threshold_unproven": _lazy("names without a proof"),
    "threshold_ready": _lazy("a limit can be approved"),
    "scores_stale": _lazy("scores wait to be made"),
    "retraining": _lazy("learning anew is worth it"),
}
"""Kinds of alerts, by their names in the store."""


@register.filter
def alert_name(kind: str) -> str:
    """What an alert is about, in a few words; its name in the store where it has none."""
    return str(ALERTS.get(kind, kind))


@register.filter
def percent(share: float | None) -> str:
    """A share from 0 to 1 as a percentage with one decimal."""
    return "-" if share is None else f"{100 * share:.1f} %"


@register.simple_tag
def script_texts(*scripts: str) -> str:
    """The texts of these scripts, as JSON for an attribute: `page.js` reads them, and its `say` fills their places."""
    merged = {name: text for script in scripts for name, text in TEXTS[script].items()}
    return json.dumps(merged, cls=DjangoJSONEncoder, ensure_ascii=False)
