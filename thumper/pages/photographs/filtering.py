"""Filters of the gallery as a form: what a person chose, checked, and kept in the addresses that lead on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from reid.browsing.filters import Shows, Wanted
from reid.models import Camera, Deer, Import, Tag, Video
from reid.suggesting.near_names import find_deer
from reid.taxonomy import CHOICES

if TYPE_CHECKING:
    from django.http import QueryDict

NO_SUCH_DEER: Final = _("There is no deer of this name: choose one of the list.")
IMPORTS: Final = 50
"""Imports to choose from, the newest."""
_DATE: Final = {"type": "date"}


class FilterForm(forms.Form):
    """What the gallery shows. Nothing is required."""

    camera = forms.ModelChoiceField(
        Camera.objects.all(), label=_("Camera"), empty_label=_("any camera"), required=False
    )
    first = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(_DATE, "%Y-%m-%d")
    )
    last = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(_DATE, "%Y-%m-%d"))
    deer = forms.CharField(
        label=_("Deer"),
        required=False,
        max_length=100,
    )
    unnamed = forms.BooleanField(label=_("deer without a name"), required=False)
    classification = forms.ChoiceField(
        label=_("Class"), required=False, choices=[("", _("any class")), *CHOICES]
    )
    reviewed = forms.ChoiceField(
        label=_("Reviewed"),
        required=False,
        choices=[("", _("or not")), ("yes", _("by a person")), ("no", _("not yet"))],
    )
    confidence = forms.IntegerField(
        label=_("Detector at least (%)"), required=False, min_value=0, max_value=100
    )
    shows = forms.ChoiceField(
        label=_("Shows"),
        required=False,
        choices=[
            ("", _("anything")),
            (Shows.ANIMALS.value, _("animals")),
            (Shows.BLANK.value, _("nothing (blank)")),
            (Shows.UNLOOKED.value, _("nobody has looked yet")),
        ],
    )
    tag = forms.ModelChoiceField(
        Tag.objects.all(),
        label=_("Tag"),
        empty_label=_("any tag"),
        required=False,
        to_field_name="name",
    )
    made_by = forms.ModelChoiceField(
        Import.objects.none(), label=_("Import"), empty_label=_("any import"), required=False
    )
    video = forms.ModelChoiceField(
        Video.objects.all(), label=_("Video"), required=False, widget=forms.HiddenInput
    )
    favourite = forms.BooleanField(label=_("favourites"), required=False)

    def __init__(self, given: QueryDict) -> None:
        super().__init__(given, auto_id="filter-%s", label_suffix="")
        newest = Import.objects.order_by("-started_at").values_list("pk", flat=True)[:IMPORTS]
        keys = [str(key) for key in newest]
        if by_link := given.get("made_by"):  # an older one
            keys.append(str(by_link))
        choice = self.fields["made_by"]
        if isinstance(choice, forms.ModelChoiceField):
            choice.queryset = Import.objects.filter(pk__in=[key for key in keys if _is_key(key)])

    def clean_deer(self) -> Deer | None:
        """The deer of this name, or of this key where a link names it."""
        text = self.cleaned_data["deer"].strip()
        if not text:
            return None
        deer = find_deer(text)
        if deer is None:
            raise forms.ValidationError(NO_SUCH_DEER)
        return deer

    @property
    def wanted(self) -> Wanted:
        """What was chosen; a part that cannot be understood filters nothing, and its field says so."""
        self.is_valid()
        given: dict[str, Any] = self.cleaned_data
        percent = given.get("confidence")
        reviewed = given.get("reviewed")
        return Wanted(
            camera=given["camera"].pk if given.get("camera") else None,
            first=given.get("first"),
            last=given.get("last"),
            deer=given["deer"].pk if given.get("deer") else None,
            is_unnamed=given.get("unnamed", False),
            classification=given.get("classification", ""),
            is_reviewed=reviewed == "yes" if reviewed else None,
            confidence=None if percent is None else percent / 100,
            shows=Shows(given["shows"]) if given.get("shows") else None,
            is_favourite=given.get("favourite", False),
            tag=given["tag"].name if given.get("tag") else "",
            made_by_import=given["made_by"].pk if given.get("made_by") else None,
            video=given["video"].pk if given.get("video") else None,
        )

    @property
    def named(self) -> str:
        """The name of the deer that was chosen, or what was typed."""
        deer = (
            self.cleaned_data.get("deer")
            if self.is_bound and hasattr(self, "cleaned_data")
            else None
        )
        return str(deer or self.data.get("deer", ""))

    @property
    def query(self) -> str:
        """The filters as the query of an address, with its question mark; empty where nothing is filtered."""
        chosen = [(name, self.data.get(name, "")) for name in self.fields]
        text = urlencode([(name, value) for name, value in chosen if value])
        return f"?{text}" if text else ""

    @property
    def chosen(self) -> list[tuple[str, str, str]]:
        """Label and value of each filter that is on, with the query that takes it away."""
        found = []
        for name, field in self.fields.items():
            if not (value := self.data.get(name, "")):
                continue
            others = [
                (other, self.data[other])
                for other in self.fields
                if other != name and self.data.get(other)
            ]
            given = (
                self.cleaned_data.get(name)
                if self.is_valid() or name in self.cleaned_data
                else value
            )
            words = _words(field, given, value)
            found.append((str(field.label), words, f"?{urlencode(others)}"))
        return found


def _words(field: forms.Field, given: Any, value: str) -> str:
    """How a chosen value is said."""
    if isinstance(field, forms.BooleanField):
        return ""
    if isinstance(field, forms.ModelChoiceField):
        return str(given or value)
    if isinstance(field, forms.ChoiceField):
        labels = {str(key): str(label) for key, label in field.choices}  # type: ignore[union-attr, misc]
        return labels.get(value, value)
    return str(given or value)


def _is_key(text: object) -> bool:
    try:
        UUID(str(text))
    except ValueError:
        return False
    return True
