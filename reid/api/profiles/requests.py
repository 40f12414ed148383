"""Shapes of requests about profiles, as they are checked and as the OpenAPI document shows them."""

from __future__ import annotations

from typing import Any, Final

from rest_framework import serializers

from reid.api.query import Query
from reid.api.review_requests import DEER, ReviewRequest, example
from reid.models import FIRST_YEAR, LAST_YEAR, MOST_POINTS, Deer, DeerSeason
from reid.reviewing import NAME_LENGTH, NOTES_LENGTH
from reid.taxonomy import SEX_CHOICES

TAGS_AT_MOST: Final = 50
NO_CHANGE: Final = "Give at least one fact to change."
_NO_FACT: Final = ("deer", "before", "confirm_new", *ReviewRequest().fields)


class NameQuery(Query):
    name = serializers.CharField(max_length=NAME_LENGTH)


class NamedDeer(serializers.Serializer[Any]):
    deer = serializers.UUIDField()
    name = serializers.CharField(help_text="Its name now.")
    found = serializers.CharField(
        help_text="The name of it that is the same or near: its own, a former one, or of a profile merged into it."
    )


class KnownNameAnswer(serializers.Serializer[Any]):
    """What the store knows of a name that somebody types."""

    name = serializers.CharField(help_text="As it would be stored.")
    same = NamedDeer(allow_null=True, help_text="The deer of this name.")
    near = NamedDeer(
        many=True, help_text="Deer of which one may be meant, where none has this name."
    )


@example(deer=DEER, sex="buck", notes="Limps on the left.", before={"sex": "unknown", "notes": ""})
class EditDeerRequest(ReviewRequest):
    """Facts that are left out stay as they are."""

    deer = serializers.UUIDField()
    name = serializers.CharField(required=False, max_length=NAME_LENGTH)
    sex = serializers.ChoiceField(SEX_CHOICES, required=False)
    status = serializers.ChoiceField(Deer.Status.choices, required=False)
    born_on = serializers.DateField(
        required=False, allow_null=True, help_text="1 January where only the year is known."
    )
    died_on = serializers.DateField(required=False, allow_null=True)
    notes = serializers.CharField(required=False, allow_blank=True, max_length=NOTES_LENGTH)
    tags = serializers.ListField(
        child=serializers.CharField(), required=False, max_length=TAGS_AT_MOST
    )
    portrait = serializers.UUIDField(
        required=False,
        allow_null=True,
        help_text="A detection of the deer; null: the best reference stands for it.",
    )
    before = serializers.DictField(
        required=False,
        help_text="Facts as you saw them: refused (409) where one is another by now.",
    )
    confirm_new = serializers.BooleanField(
        default=False, help_text="The name is meant so although it is nearly another deer's."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        changes = {name: attrs.pop(name) for name in [*attrs] if name not in _NO_FACT}
        if not changes:
            raise serializers.ValidationError(NO_CHANGE, "required")
        return attrs | {"changes": changes}


@example(deer=DEER, year=2025, points=8, age_class="3.5")
class NoteSeasonRequest(ReviewRequest):
    """Without points and age class nothing is noted of the year any more."""

    deer = serializers.UUIDField()
    year = serializers.IntegerField(
        min_value=FIRST_YEAR, max_value=LAST_YEAR, help_text="In which its antlers grew."
    )
    points = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, max_value=MOST_POINTS
    )
    age_class = serializers.ChoiceField(
        DeerSeason.AgeClass.choices, required=False, allow_blank=True, help_text="Years."
    )
