"""Form of a new survey."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from reid.models import Camera
from reid.units import ACRES_OF_KM2
from thumper.pages.surveys.words import BASES

MOST_OCCASION_DAYS: Final = 90


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))


class NewForm(forms.Form):
    """A survey that is to be made, as people type it; the rules are those of `services.make`. No camera ticked: all of them."""

    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("Such as: before the season 2026.")
    )
    start = _day(_("First day"))
    end = _day(_("Last day (included)"))
    occasion_days = forms.IntegerField(
        label=_("Days in which a deer counts once (occasion)"),
        min_value=1,
        max_value=MOST_OCCASION_DAYS,
        initial=7,
        help_text=_("A week suits most ranches."),
    )
    basis = forms.ChoiceField(label=_("What counts"), choices=list(BASES.items()))
    area = forms.FloatField(
        label=_("Area that deer can use"),
        required=False,
        min_value=0.001,
        max_value=1_000_000,
        help_text=_("If known."),
    )
    area_unit = forms.ChoiceField(
        label=_("Unit of the area"),
        required=False,
        choices=[("acres", _("acres")), ("km2", _("square kilometres (km2)"))],
        help_text=_("An acre is 0.4047 hectares."),
    )
    one_side = forms.BooleanField(
        label=_("Each place has one camera, so that a deer shows one side alone"),
        required=False,
        help_text=_(
            "Then left and right sides may be of different deer, and only one side counts."
        ),
    )
    cameras = forms.MultipleChoiceField(
        label=_("Cameras"), required=False, widget=forms.CheckboxSelectMultiple
    )
    note = forms.CharField(
        label=_("Note"), required=False, max_length=5_000, widget=forms.Textarea({"rows": 3})
    )

    def __init__(self, data: Any = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial, auto_id="new-%s")
        names = Camera.objects.order_by("name").values_list("name", flat=True)
        field: Any = self.fields["cameras"]
        field.choices = [(name, name) for name in names]

    def clean(self) -> dict[str, Any]:
        """The values as `services.make` takes them: the area in square kilometres."""
        given = dict(super().clean() or self.cleaned_data)
        area, unit = given.pop("area", None), given.pop("area_unit", "")
        return given | {
            "habitat_km2": area / ACRES_OF_KM2 if area is not None and unit != "km2" else area
        }
