"""Edits of a deer in place: its facts, its name, and what is noted of its seasons. Each one can be undone."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from reid import reviewing
from reid.antlers import antler_season, antler_year
from reid.models import FIRST_YEAR, LAST_YEAR, MOST_POINTS, Deer, DeerSeason
from reid.profiles.sexes import told_sex
from reid.reviewing import NAME_LENGTH, NearNames, ReviewError, ReviewRefused
from thumper.pages.deer.base import back, deer_of, show, telling
from thumper.pages.frame import is_part
from thumper.pages.permissions import signed_in
from thumper.pages.search import day_of

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

SEXES: Final = [
    ("unknown", gettext_lazy("not known")),
    ("buck", gettext_lazy("buck")),
    ("doe", gettext_lazy("doe")),
    ("fawn", gettext_lazy("fawn")),
]
STATUSES: Final = [
    (Deer.Status.UNKNOWN.value, gettext_lazy("not known")),
    (Deer.Status.ALIVE.value, gettext_lazy("alive")),
    (Deer.Status.DECEASED.value, gettext_lazy("dead")),
]
NO_DAY: Final = gettext_lazy("Write a year such as 2021, or a day such as 3 Oct 2021.")


class BirthField(forms.CharField):
    """A year, kept as its first day, or a day; empty for none."""

    def to_python(self, value: Any) -> Any:
        text = str(value or "").strip()
        if not text:
            return None
        if text.isdecimal() and FIRST_YEAR <= int(text) <= LAST_YEAR:
            return date(int(text), 1, 1)
        if (day := day_of(text)) is None:
            raise forms.ValidationError(NO_DAY)
        return day


class FactsForm(forms.Form):
    """The facts of a deer, all of them at once."""

    sex = forms.ChoiceField(choices=SEXES, label=gettext_lazy("Sex"))
    status = forms.ChoiceField(choices=STATUSES, label=gettext_lazy("Alive"))
    born_on = BirthField(
        required=False,
        label=gettext_lazy("Born"),
        help_text=gettext_lazy("A year is enough, such as 2021."),
    )
    died_on = forms.DateField(
        required=False,
        label=gettext_lazy("Died"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    tags = forms.CharField(
        required=False,
        max_length=1000,
        label=gettext_lazy("Tags"),
        help_text=gettext_lazy("Words of your own, with commas between them."),
    )
    notes = forms.CharField(
        required=False, label=gettext_lazy("Notes"), widget=forms.Textarea(attrs={"rows": 4})
    )

    def changes(self) -> dict[str, Any]:
        values = dict(self.cleaned_data)
        words = (word.strip() for word in values["tags"].split(","))
        return values | {"tags": [word for word in words if word]}


class SeasonForm(forms.Form):
    """What is noted of one year; nothing at all takes the year away."""

    year = forms.IntegerField(min_value=FIRST_YEAR, max_value=LAST_YEAR, label=gettext_lazy("Year"))
    points = forms.IntegerField(
        required=False, min_value=0, max_value=MOST_POINTS, label=gettext_lazy("Antler points")
    )
    age_class = forms.ChoiceField(
        required=False,
        choices=[("", gettext_lazy("not known")), *DeerSeason.AgeClass.choices],
        label=gettext_lazy("Age"),
    )


def facts_context(deer: Deer) -> dict[str, Any]:
    """What the panels of facts, seasons and the name show."""
    return {
        "deer": deer,
        "told_sex": told_sex(deer),
        "tags": list(deer.tags.all()),
        "former_names": list(deer.former_names.all()),
        "seasons": list(deer.seasons.select_related("noted_by")),
        "season_form": SeasonForm(initial={"year": _antler_year()}),
        "name_length": NAME_LENGTH,
    }


@require_http_methods(["GET", "POST"])
def facts(request: HttpRequest, key: UUID) -> HttpResponse:
    """GET: the facts as a form; POST: they are set, and shown."""
    deer = deer_of(key)
    seen = _as_seen(deer)
    if request.method != "POST":
        initial = seen | {"born_on": born_words(deer), "tags": ", ".join(seen["tags"])}
        return _facts_form(request, deer, FactsForm(initial=initial), json.dumps(seen))
    form = FactsForm(request.POST)
    before = request.POST.get("before", "")
    if form.is_valid():
        try:
            done = reviewing.edit_deer(
                deer=deer.pk, changes=form.changes(), before=_seen(before), actor=signed_in(request)
            )
        except ReviewError as error:
            field = error.field if isinstance(error, ReviewRefused) else ""
            form.add_error(field if field in form.fields else None, str(error))
        else:
            if not is_part(request):
                return back(deer, done)
            context = facts_context(deer_of(key)) | {"told": telling(done.pk)}
            return show(request, "pages/deer/facts.html", context)
    return _facts_form(request, deer, form, before)


def born_words(deer: Deer) -> str:
    """The year alone where no more is known, which the first day of a year stands for."""
    born = deer.born_on
    if born is None:
        return ""
    return str(born.year) if (born.month, born.day) == (1, 1) else born.isoformat()


@require_POST
def rename(request: HttpRequest, key: UUID) -> HttpResponse:
    """POST `name`: renamed; a name that is nearly another deer's is asked about first, and `confirm_new` answers."""
    deer = deer_of(key)
    name = request.POST.get("name", "")
    try:
        done = reviewing.edit_deer(
            deer=deer.pk,
            changes={"name": name},
            confirm_new="confirm_new" in request.POST,
            actor=signed_in(request),
        )
    except NearNames as asked:
        context = {"deer": deer, "name": name, "near": asked.near}
        return show(request, "pages/deer/near_name.html", context, status=409)
    except ReviewError as error:
        return refused(request, deer, str(error))
    return back(deer, done)


@require_POST
def sex(request: HttpRequest, key: UUID) -> HttpResponse:
    """POST `sex`: set, and nothing else."""
    deer = deer_of(key)
    try:
        changes = {"sex": request.POST.get("sex", "")}
        done = reviewing.edit_deer(deer=deer.pk, changes=changes, actor=signed_in(request))
    except ReviewError as error:
        return refused(request, deer, str(error))
    return back(deer, done)


@require_POST
def season(request: HttpRequest, key: UUID) -> HttpResponse:
    """POST `year`, `points`, `age_class`: noted; without points and age the year is taken away."""
    deer = deer_of(key)
    form = SeasonForm(request.POST)
    if not form.is_valid():
        first = next(iter(form.errors.values()))[0]
        return refused(request, deer, str(first))
    values = form.cleaned_data
    try:
        done = reviewing.note_season(deer=deer.pk, actor=signed_in(request), **values)
    except ReviewError as error:
        return refused(request, deer, str(error))
    return back(deer, done, "#seasons")


def refused(request: HttpRequest, deer: Deer, sentence: str) -> HttpResponse:
    """A page that says why it was not done, with the way back."""
    context = {"deer": deer, "sentence": sentence, "title": _("Not done")}
    return show(request, "pages/deer/refused.html", context, status=409)


def _antler_year() -> int | None:
    return antler_year(antler_season(timezone.localdate(), settings.REID_ANTLER_MONTH))


def _facts_form(request: HttpRequest, deer: Deer, form: FactsForm, before: str) -> HttpResponse:
    context = {"deer": deer, "form": form, "before": before}
    return show(request, "pages/deer/facts_form.html", context)


def _as_seen(deer: Deer) -> dict[str, Any]:
    return {
        "sex": deer.sex,
        "status": deer.status,
        "born_on": deer.born_on.isoformat() if deer.born_on else None,
        "died_on": deer.died_on.isoformat() if deer.died_on else None,
        "notes": deer.notes,
        "tags": [tag.name for tag in deer.tags.all()],
    }


def _seen(before: str) -> dict[str, Any] | None:
    try:
        seen = json.loads(before)
    except ValueError:
        return None
    return seen if isinstance(seen, dict) else None
