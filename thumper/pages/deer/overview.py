"""Page of all deer: cards with filters, a search and an order, one page after another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from reid.models import DeerSeason, Detection, Tag
from reid.profiles import cards
from reid.profiles.cards import Order, Wanted
from reid.taxonomy import Sex
from thumper.pages.deer.base import show

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

SEXES: Final = [
    ("", _("any")),
    (Sex.BUCK.value, _("buck")),
    (Sex.DOE.value, _("doe")),
    (Sex.FAWN.value, _("fawn")),
    (Sex.UNKNOWN.value, _("not known")),
]
ORDERS: Final = [
    (Order.SEEN.value, _("last seen")),
    (Order.NAME.value, _("name")),
    (Order.SIGHTINGS.value, _("most sightings")),
]


class WantedForm(forms.Form):
    """The filters of the page. What is no filter is left out, and its field says why."""

    search = forms.CharField(required=False, max_length=100, label=_("Name or notes"))
    sex = forms.ChoiceField(required=False, choices=SEXES, label=_("Sex"))
    age_class = forms.ChoiceField(required=False, label=_("Age"))
    tag = forms.ChoiceField(required=False, label=_("Tag"))
    seen_since = forms.DateField(
        required=False,
        label=_("Seen since"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    order = forms.ChoiceField(required=False, choices=ORDERS, label=_("Order"))

    def __init__(self, data: Any) -> None:
        super().__init__(data, use_required_attribute=False)
        anything: list[tuple[str, Any]] = [("", _("any"))]
        names = Tag.objects.filter(deer__isnull=False).distinct()
        tags = [(name, name) for name in names.values_list("name", flat=True)]
        for name, choices in (("tag", tags), ("age_class", list(DeerSeason.AgeClass.choices))):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = anything + choices

    def wanted(self) -> Wanted:
        self.is_valid()
        given = {name: value for name, value in self.cleaned_data.items() if value}
        order = Order(given.pop("order", Order.SEEN.value))
        return Wanted(**given, order=order)


def deer(request: HttpRequest) -> HttpResponse:
    """GET: the first cards of what the filters ask for."""
    return _show(request, "pages/deer/overview.html")


def more(request: HttpRequest) -> HttpResponse:
    """GET: the cards after the one that `after` names; htmx puts them behind those that are there."""
    return _show(request, "pages/deer/cards.html")


def _show(request: HttpRequest, template: str) -> HttpResponse:
    form = WantedForm(request.GET)
    wanted = form.wanted()
    found = cards.page(wanted, request.GET.get("after", ""))
    query = request.GET.copy()
    query["after"] = found.after
    context = {
        "form": form,
        "found": found,
        "more": f"{reverse('deer-more')}?{query.urlencode()}",
        "next_page": f"{reverse('deer')}?{query.urlencode()}",
        "is_narrowed": wanted != Wanted(order=wanted.order),
    }
    if template == "pages/deer/cards.html":
        return render(request, template, context)
    nameless = Detection.objects.identifiable().filter(deer=None, sighting__isnull=False)
    context["has_nameless"] = nameless.exists()
    return show(request, template, context)
