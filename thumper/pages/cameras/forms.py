"""Forms of the pages of cameras: what people type, read as the services take it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from reid.importing.stations.places import degrees
from reid.models import Camera


class DegreesField(forms.Field):
    """Degrees as people and programs write them: 30.1, 30,1 or 30 06 00 N."""

    widget = forms.TextInput

    def __init__(self, axis: str, *, required: bool = False, **options: Any) -> None:
        super().__init__(required=required, **options)
        self.axis = axis
        self.widget.attrs |= {"autocomplete": "off", "maxlength": "40"}

    def to_python(self, value: Any) -> Decimal | None:
        text = str(value or "").strip()
        if not text:
            return None
        try:
            return degrees(self.axis, text)
        except ValueError as error:
            raise ValidationError(f"{error}.") from error

    def prepare_value(self, value: Any) -> Any:
        return f"{value:.6f}" if isinstance(value, Decimal) else value


def _day(label: Any, **options: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), **options
    )


def _time(label: Any) -> forms.TimeField:
    return forms.TimeField(
        label=label, required=False, widget=forms.TimeInput({"type": "time"}, format="%H:%M")
    )


class Seen(forms.Form):
    """Base: what was typed of a row, and the state of the row that the person looked at (see `rules.fingerprint`)."""

    fingerprint = forms.CharField(required=False, max_length=16, widget=forms.HiddenInput)

    @property
    def values(self) -> dict[str, Any]:
        """What was typed, as the services take it."""
        return {name: value for name, value in self.cleaned_data.items() if name != "fingerprint"}

    @property
    def seen(self) -> str:
        return str(self.cleaned_data["fingerprint"])


class FactsForm(Seen):
    """Name, place and notes of a camera."""

    name = forms.CharField(label=_("Name"), max_length=120)
    latitude = DegreesField("latitude", label=_("Latitude of where it stands now"))
    longitude = DegreesField("longitude", label=_("Longitude of where it stands now"))
    notes = forms.CharField(
        label=_("Notes"), required=False, max_length=5_000, widget=forms.Textarea({"rows": 3})
    )


class DeploymentForm(Seen):
    """Days, times and place of a deployment."""

    started_on = _day(_("First day"))
    started_at = _time(_("Time, if known"))
    ended_on = _day(_("Last day (empty: still there)"), required=False)
    ended_at = _time(_("Time, if known"))
    latitude = DegreesField("latitude", label=_("Latitude (empty: the camera's)"))
    longitude = DegreesField("longitude", label=_("Longitude"))


class OutageForm(Seen):
    """Days and reason of an outage."""

    started_on = _day(_("First day"))
    ended_on = _day(_("Last day"))
    reason = forms.CharField(label=_("Reason"), required=False, max_length=200)


class ClockForm(forms.Form):
    """How far a clock was wrong, and on which days."""

    set_from = forms.CharField(
        label=_("The clock showed"),
        required=False,
        max_length=40,
        help_text=_("Such as 2026-01-01 00:12, on any one photograph."),
    )
    to = forms.CharField(
        label=_("The true time was then"),
        required=False,
        max_length=40,
        help_text=_("Such as 2026-10-03 17:45."),
    )
    shift = forms.CharField(
        label=_("Or: time to add"),
        required=False,
        max_length=40,
        help_text=_("Such as +1h for summer time, or -1d6h30m."),
    )
    first_day = _day(_("From this day on, as the wrong clock had it"), required=False)
    last_day = _day(_("To this day"), required=False)
    reason = forms.CharField(label=_("Why (for the history)"), required=False, max_length=500)


class MergeForm(forms.Form):
    """The camera that goes on, and why."""

    into = forms.ModelChoiceField(
        label=_("It is the same camera as"), queryset=Camera.objects.order_by("name")
    )
    reason = forms.CharField(label=_("Why (for the history)"), required=False, max_length=500)

    def __init__(self, camera: Camera, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["into"]
        field.queryset = field.queryset.exclude(pk=camera.pk)


class EdgesForm(forms.Form):
    """Degrees of the four edges of a picture."""

    north = DegreesField("latitude", label=_("North edge (latitude)"), required=True)
    south = DegreesField("latitude", label=_("South edge (latitude)"), required=True)
    west = DegreesField("longitude", label=_("West edge (longitude)"), required=True)
    east = DegreesField("longitude", label=_("East edge (longitude)"), required=True)


class PictureForm(EdgesForm):
    """A picture and its edges."""

    picture = forms.FileField(
        label=_("Picture, north at the top"),
        widget=forms.FileInput({"accept": "image/jpeg,image/png,image/tiff,image/webp"}),
    )
    field_order = ("picture", "north", "south", "west", "east")
