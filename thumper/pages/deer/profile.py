"""Page of one deer, and the parts of it that come when they are looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.urls import reverse

from reid.models import Deer, Detection, Operation, Scorer
from reid.profiles import activity, portraits
from reid.profiles import look_alikes as alike
from reid.profiles import pictures as photographs
from reid.profiles.history import history_of
from thumper.accounts.roles import Permission, is_granted
from thumper.pages import histories
from thumper.pages.deer import charts, words
from thumper.pages.deer.base import deer_of, show, told
from thumper.pages.deer.edits import facts_context
from thumper.pages.deer.places import placed
from thumper.pages.permissions import signed_in

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse


_OF_MANY_DEER: Final = (Operation.Kind.RUN, Operation.Kind.IMPORT, Operation.Kind.CERTIFY)
"""Acts that are undone as a whole, with all other deer: not from the page of one."""


def profile(request: HttpRequest, key: UUID) -> HttpResponse:
    """GET: the whole page of one deer."""
    deer = deer_of(key)
    moves = activity.activity_of(deer)
    years = moves.years
    context: dict[str, Any] = facts_context(deer) | {
        "told": told(request),
        "portrait": portraits.portraits([deer.pk]).get(deer.pk),
        "history": Deer.objects.with_history().get(pk=deer.pk),
        "activity": moves,
        "is_placed": bool(placed(moves)),
        "bars": charts.bars(moves.hours),
        "references": photographs.references(deer),
        "is_watched": deer.watches.filter(user=signed_in(request)).exists(),
        "merged": list(deer.merged.all()),
        **_calendar(moves, years[0] if years else None),
        **_pictures(request, deer, years),
    }
    return show(request, "pages/deer/profile.html", context)


def pictures(request: HttpRequest, key: UUID) -> HttpResponse:
    """GET: pictures of one flank or year, or those after the one that `after` names."""
    deer = deer_of(key)
    template = (
        "pages/deer/more_pictures.html" if "after" in request.GET else "pages/deer/pictures.html"
    )
    years = [] if "after" in request.GET else activity.activity_of(deer).years
    return show(request, template, {"deer": deer, **_pictures(request, deer, years)})


def calendar(request: HttpRequest, key: UUID) -> HttpResponse:
    """GET: the calendar of one `year`."""
    deer = deer_of(key)
    moves = activity.activity_of(deer)
    year = _number(request.GET.get("year", ""))
    chosen = year if year in moves.years else next(iter(moves.years), None)
    return show(request, "pages/deer/calendar.html", {"deer": deer, **_calendar(moves, chosen)})


def look_alikes(request: HttpRequest, key: UUID) -> HttpResponse:
    """GET: the deer that are most alike, with their scores."""
    deer = deer_of(key)
    scorer = Scorer.objects.active()
    found = alike.look_alikes(deer, scorer)
    context = {"deer": deer, "look_alikes": found, "scorer": scorer}
    return show(request, "pages/deer/look_alikes.html", context)


def history(request: HttpRequest, key: UUID) -> HttpResponse:
    """GET: what was decided about the deer, by whom and when; `before` asks for what is older."""
    deer = deer_of(key)
    found = history_of(deer, request.GET.get("before", ""))
    others = {
        value
        for entry in found.entries
        for change in entry.changes
        if change.field in ("merged_into", "kept_apart")
        for value in (change.before, change.after)
        if value
    }
    rows = Deer.everything.filter(pk__in=others).values_list("pk", "name")
    names = {str(key): name for key, name in rows}
    undo = reverse("deer-undo", args=[key])
    acts = (
        histories.of_operation(
            one.operation,
            tuple(words.sentences(one, names)),
            "" if one.operation.kind in _OF_MANY_DEER else undo,
        )
        for one in found.entries
    )
    older = f"{reverse('deer-history', args=[key])}?before={found.before}" if found.before else ""
    return histories.show(
        request,
        deer.name,
        reverse("deer-profile", args=[key]),
        histories.History(tuple(acts), older),
        may_undo=is_granted(request.user, Permission.REVIEW),
        is_later="before" in request.GET,
    )


def _calendar(moves: activity.Activity, year: int | None) -> dict[str, Any]:
    chart = charts.year_chart(moves.days, year) if year is not None else None
    return {"chart": chart, "years": moves.years, "weekdays": charts.weekdays()}


def _pictures(request: HttpRequest, deer: Deer, years: list[int]) -> dict[str, Any]:
    flank = request.GET.get("flank", "")
    flank = flank if flank in Detection.Flank.values else ""
    year = _number(request.GET.get("year", ""))
    found = photographs.page(deer, flank=flank, year=year, after=request.GET.get("after", ""))
    numbers = photographs.by_flank(deer)
    address = reverse("deer-pictures", args=[deer.pk])
    chosen = f"flank={flank}&year={year or ''}"
    return {
        "pictures": found.pictures,
        "more": f"{address}?{chosen}&after={found.after}" if found.after else "",
        "flank": flank,
        "picture_year": year,
        "picture_years": years,
        "flanks": [(one, numbers[one]) for one in Detection.Flank.values if one in numbers],
    }


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and 1980 <= int(text) <= 2100 else None
