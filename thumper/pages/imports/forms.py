"""Forms of imports: what a person says of photographs, read from the page and checked for its kind."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from reid.importing.formats.base import DEFAULT_MIN_CONFIDENCE
from reid.intake.answers import Answers
from reid.intake.sources import FIELDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reid.intake.sources import Source
    from reid.models import ImportRequest

ALL_DEER: Final = "unknown_deer"
BAD_MOMENT: Final = _("Write the right time of %(camera)s as a date and a time.")
ZONES: Final = tuple(sorted(name for name in available_timezones() if "/" in name))


class AnswersForm(forms.Form):
    """Everything but a table's columns and the clocks, whose number differs."""

    source = forms.ChoiceField(required=False, widget=forms.RadioSelect)
    folders = forms.ChoiceField(
        choices=(("none", ""), ("cameras", ""), ("deer", "")),
        required=False,
        widget=forms.RadioSelect,
    )
    camera = forms.CharField(max_length=100, required=False)
    animals = forms.ChoiceField(
        choices=(("", ""), (ALL_DEER, "")), required=False, widget=forms.RadioSelect
    )
    time_zone = forms.CharField(max_length=64, required=False)
    time_format = forms.CharField(max_length=64, required=False)
    min_confidence = forms.FloatField(min_value=0.0, max_value=1.0, required=False)
    link = forms.BooleanField(required=False)
    keep_clocks = forms.BooleanField(required=False)

    def __init__(self, data: Any, found: Sequence[Source]) -> None:
        super().__init__(data)
        readable = [(one.path, one.path) for one in found]
        self.fields["source"].choices = [("", ""), *readable]  # type: ignore[attr-defined]

    def answers(self, request: ImportRequest) -> Answers:
        """What was said, with the columns of the page, and the clocks that were corrected before."""
        values = self.cleaned_data
        least = values["min_confidence"]
        return Answers(
            folders=values["folders"] or "none",
            camera=values["camera"].strip(),
            animals=values["animals"],
            time_zone=values["time_zone"].strip(),
            time_format=values["time_format"].strip(),
            clocks=Answers.of(request).clocks if values["keep_clocks"] else {},
            columns=columns_of(self.data) if values["source"] else {},
            min_confidence=DEFAULT_MIN_CONFIDENCE if least is None else least,
            link=values["link"],
        )


def columns_of(data: Mapping[str, Any]) -> dict[str, str]:
    """Headings by field as the page has them: empty where no column is of a field; a page without a table has none."""
    named = {name: str(data[f"column-{name}"]) for name in FIELDS if f"column-{name}" in data}
    return named if any(named.values()) else {}


def clocks_of(request: ImportRequest, data: Mapping[str, Any]) -> dict[str, float]:
    """Seconds to add by camera: of each camera whose newest photograph was taken at another time than is shown.

    Cameras are those of the preview, in its order. Raises ValidationError.
    """
    clocks = dict(Answers.of(request).clocks)
    for number, camera in enumerate(previewed_cameras(request)):
        text = str(data.get(f"clock-{number}", "")).strip()
        if not text or not camera["last"]:
            continue
        shown = datetime.fromisoformat(camera["last"]).replace(tzinfo=None)
        try:
            right = datetime.fromisoformat(text).replace(tzinfo=None)
        except ValueError as error:
            raise forms.ValidationError(BAD_MOMENT, params={"camera": camera["name"]}) from error
        name = camera["name"]
        clocks[name] = clocks.get(name, 0.0) + (right - shown).total_seconds()
    return {name: seconds for name, seconds in clocks.items() if seconds}


def previewed_cameras(request: ImportRequest) -> list[dict[str, Any]]:
    """The cameras of the preview; none without one."""
    return list(request.preview["understood"]["cameras"]) if request.preview else []
