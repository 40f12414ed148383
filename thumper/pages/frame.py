"""Frame of every page: what its navigation shows, and what waits, as numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from reid.suggesting import queue
from thumper.accounts.roles import Permission, is_granted
from thumper.pages.permissions import PAGES

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.functional import _StrPromise


@dataclass(frozen=True, slots=True)
class Section:
    """One entry of the navigation. Pages whose addresses begin with one of `prefixes` belong to it."""

    name: str
    label: _StrPromise
    prefixes: tuple[str, ...]


SECTIONS: Final = (
    Section("home", _("Home"), ()),
    Section("photographs", _("Photographs"), ("/photographs/", "/imports/")),
    Section("deer", _("Deer"), ("/deer/", "/surveys/")),
    Section("cameras", _("Cameras"), ("/cameras/",)),
    Section("review", _("Review"), ("/review/",)),
    Section("exports", _("Reports"), ("/exports/",)),
    Section("health", _("Health"), ("/health/", "/trends/", "/thresholds/")),
)

GRANTS: Final = {"may_review": Permission.REVIEW, "may_manage": Permission.MANAGE}
"""Names by which templates ask whether to offer what others may not do."""

MOST_COUNTED: Final = 999
"""How far what waits is counted; of more a page only says that there are."""


def frame(request: HttpRequest) -> dict[str, Any]:
    """What every template of a page may use: the ranch, its zone, the navigation, and what waits for review."""
    return {
        "ranch": settings.RANCH_NAME,
        "zone": settings.TIME_ZONE,
        "is_embedded": settings.EMBEDDED,
        # Asked only where a template shows them: answers of the API and of htmx show neither.
        **{name: _grant(request, asked) for name, asked in GRANTS.items()},
        "waiting": (waiting := SimpleLazyObject(lambda: counted(queue.waiting()))),
        "most_counted": MOST_COUNTED,
        "sections": SimpleLazyObject(lambda: _sections(request, waiting)),
    }


def _grant(request: HttpRequest, asked: Permission) -> Any:
    user = getattr(request, "user", None)
    return SimpleLazyObject(lambda: user is not None and is_granted(user, asked))


def is_part(request: HttpRequest) -> bool:
    """Whether htmx asks, for a part of the page that it has already."""
    return request.headers.get("HX-Request") == "true"


def counted(rows: QuerySet[Any]) -> str:
    """How many there are; empty for none. Counted no further than is shown: every page asks."""
    count = rows.order_by()[: MOST_COUNTED + 1].count()
    return f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count or "")


def _sections(request: HttpRequest, waiting: SimpleLazyObject[str]) -> list[dict[str, Any]]:
    user = getattr(request, "user", None)  # an error page may come before anybody is known
    if user is None or not user.is_authenticated:
        return []
    path = request.path_info
    return [
        {
            "label": section.label,
            "address": reverse(section.name),
            "is_here": path.startswith(section.prefixes) if section.prefixes else path == "/",
            "counts": section.name == "review",
            "waiting": waiting if section.name == "review" else "",
        }
        for section in SECTIONS
        if is_granted(user, PAGES[section.name])
    ]
