"""Reviews from the admin's lists: each action shows what it would do, and calls the verb of `reid.reviewing`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html

from reid import reviewing
from reid.models import Deer, Detection
from reid.reviewing import ReviewError
from reid.wording import Number, counted

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

SELECT_TWO: Final = "Select the two profiles of the same deer."
NO_GUESS: Final = "None of these was given a deer by a run: there is nothing to confirm."
FLANK_SET: Final = "The flank of {count:detection|detections} is set. The operation can be undone."
_GUESSED: Final = (Detection.IdentitySource.AUTO, Detection.IdentitySource.CERTIFIED)
CONFIRMED_AT_ONCE: Final = 100
TOO_MANY: Final = f"Confirm at most {CONFIRMED_AT_ONCE} sightings at once."


def thumbnail(detection: Detection) -> SafeString:
    """The detection's small picture; nothing of people and vehicles, whom the picture's address refuses."""
    return format_html(
        '<img src="{}" alt="" loading="lazy" class="picture">',
        reverse("detection-thumbnail", args=[detection.pk]),
    )


@admin.action(description="Merge two profiles of one deer", permissions=["change"])
def merge(
    model_admin: ModelAdmin[Deer], request: HttpRequest, queryset: QuerySet[Deer]
) -> TemplateResponse | None:
    """Ask which of the two stays, then merge."""
    deer = list(queryset.with_history().order_by("name")[:3])  # type: ignore[attr-defined]
    if len(deer) != 2:
        messages.error(request, SELECT_TWO)
        return None
    if "into" not in request.POST:
        return ask(model_admin, request, "merge", "Which profile stays?", deer=deer)
    into = UUID(request.POST["into"])
    (other,) = (one.pk for one in deer if one.pk != into)
    try:
        reviewing.merge(deer=other, into=into, actor=reviewer(request))
    except ReviewError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Merged. The operation can be undone.")
    return None


@admin.action(description="Confirm the deer that a run gave these", permissions=["review"])
def confirm(
    model_admin: ModelAdmin[Detection], request: HttpRequest, queryset: QuerySet[Detection]
) -> TemplateResponse | None:
    """Show the sightings of the selected detections with their deer, then confirm those."""
    if "confirmed" in request.POST:
        _confirm(request)
        return None
    guessed = Detection.objects.identifiable().filter(
        identity_source__in=_GUESSED, sighting__detections__in=queryset
    )
    sightings = list(guessed.order_by("sighting").values_list("sighting", flat=True).distinct())
    if not sightings or len(sightings) > CONFIRMED_AT_ONCE:
        messages.error(request, TOO_MANY if sightings else NO_GUESS)
        return None
    members: dict[Any, list[Detection]] = {key: [] for key in sightings}
    for detection in (
        Detection.objects.filter(sighting__in=sightings)
        .select_related("deer", "image__camera")
        .order_by("image__captured_at", "pk")
    ):
        members[detection.sighting_id].append(detection)
    rows = [(key, _guess(detections), detections) for key, detections in members.items()]
    return ask(model_admin, request, "confirm", "Are these right?", sightings=rows)


def _guess(detections: list[Detection]) -> Deer | None:
    return next(item.deer for item in detections if item.identity_source in _GUESSED)


def _confirm(request: HttpRequest) -> None:
    """Confirm what was shown, in the versions that were shown; whatever changed since is left and named."""
    done = 0
    for line in request.POST.getlist("confirmed"):
        sighting, deer, *versions = line.split()
        pairs = (version.split(":") for version in versions)
        try:
            reviewing.confirm(
                sighting=UUID(sighting),
                deer=UUID(deer),
                versions={UUID(key): int(version) for key, version in pairs},
                actor=reviewer(request),
            )
        except ReviewError as error:
            messages.error(request, str(error))
        else:
            done += 1
    messages.success(request, f"{counted(done, 'sighting')} confirmed.")


@admin.action(description="Say which flank these show", permissions=["review"])
def set_flank(
    model_admin: ModelAdmin[Detection], request: HttpRequest, queryset: QuerySet[Detection]
) -> TemplateResponse | None:
    """Show the selected detections and ask for their flank, then set it, in the versions shown."""
    if "flank" not in request.POST:
        detections = list(queryset.select_related("image").order_by("image__captured_at", "pk"))
        title, choices = "Which flank do all of these show?", Detection.Flank.choices
        return ask(model_admin, request, "set_flank", title, detections=detections, flanks=choices)
    pairs = (line.split(":") for line in request.POST.getlist("shown"))
    versions = {UUID(key): int(version) for key, version in pairs}
    flank = Detection.Flank(request.POST["flank"])
    flanks = dict.fromkeys(versions, flank.value)
    try:
        reviewing.set_flank(versions=versions, flanks=flanks, actor=reviewer(request))
    except ReviewError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, FLANK_SET.format(count=Number(len(versions))))
    return None


def ask(
    model_admin: ModelAdmin[Any], request: HttpRequest, action: str, title: str, **values: Any
) -> TemplateResponse:
    """The page on which an action asks before it acts; its form comes back to the action."""
    context = {
        **model_admin.admin_site.each_context(request),
        "title": title,
        "opts": model_admin.model._meta,
        "action": action,
        "selected": request.POST.getlist("_selected_action"),
        **values,
    }
    return TemplateResponse(request, f"admin/review_{action}.html", context)


def reviewer(request: HttpRequest) -> User:
    """Who acts. Raises PermissionDenied."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
