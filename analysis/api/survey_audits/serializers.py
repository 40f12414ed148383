"""Serializers of a survey audit's requests and responses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from analysis.api.audit_serializers import VERSION_LENGTH, SeenDetection
from reid.api.query import Query, StrictBody
from reid.models import SurveyAudit
from reid.taxonomy import SEX_CHOICES

if TYPE_CHECKING:
    from uuid import UUID

    from analysis.surveys.audit.disagreements import Disagreement
    from analysis.surveys.audit.lineup import Lineup

LONGEST_NAME: Final = 100
MOST: Final = 2**63 - 1
PROFILE_NEEDED: Final = "Name the profile that was chosen."
NO_PROFILE_WANTED: Final = "Only the answer profile names one."


class AnswerChoice:
    PROFILE = "profile"
    NONE = "none"
    CANNOT_TELL = "cannot_tell"
    ALL = (PROFILE, NONE, CANNOT_TELL)


class ItemQuery(Query):
    item = serializers.IntegerField(
        min_value=1,
        max_value=MOST,
        help_text="An item that waits, to be shown again; left out: the next one.",
    )


class ProfilesQuery(Query):
    item = serializers.IntegerField(
        min_value=1, max_value=MOST, help_text="The item that is judged: needed."
    )
    search = serializers.CharField(
        max_length=LONGEST_NAME, allow_blank=True, help_text="A part of the name; left out: all."
    )
    start = serializers.IntegerField(
        min_value=0, max_value=100_000, help_text="Profiles before this place are left out."
    )


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "It is Oak",
            value={
                "item": 17,
                "version": "9f2c0b6f4a1d7e30",
                "answer": "profile",
                "profile": "Oak",
            },
            request_only=True,
        ),
        OpenApiExample(
            "It is none of the survey's deer",
            value={"item": 17, "version": "9f2c0b6f4a1d7e30", "answer": "none"},
            request_only=True,
        ),
    ]
)
class CaptureAnswerRequest(StrictBody):
    item = serializers.IntegerField(min_value=1, max_value=MOST)
    version = serializers.CharField(
        max_length=VERSION_LENGTH, help_text="As the item was shown with; it ends when judged."
    )
    answer = serializers.ChoiceField(choices=AnswerChoice.ALL)
    profile = serializers.CharField(
        required=False, max_length=LONGEST_NAME, help_text="For the answer profile: its name."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        needs_profile = attrs["answer"] == AnswerChoice.PROFILE
        if needs_profile != ("profile" in attrs):
            text = PROFILE_NEEDED if needs_profile else NO_PROFILE_WANTED
            code = "required" if needs_profile else "invalid"
            raise serializers.ValidationError({"profile": serializers.ErrorDetail(text, code)})
        return attrs


class SeenProfile(serializers.Serializer[Any]):
    name = serializers.CharField(help_text="In the survey's frozen copy.")
    sex = serializers.ChoiceField(SEX_CHOICES)
    pictures = SeenDetection(many=True)


class SurveyAuditItemShown(serializers.Serializer[Any]):
    """A capture without its name. Its own profile may be among `profiles`; which one it is, is not said."""

    item = serializers.IntegerField(source="item.pk")
    version = serializers.CharField(help_text="Send it back with the answer.")
    camera = serializers.SerializerMethodField()
    detections = SeenDetection(many=True)
    profiles = SeenProfile(many=True)

    @extend_schema_field({"type": "string", "nullable": True})
    def get_camera(self, lineup: Lineup) -> str | None:
        camera = lineup.detections[0].image.camera if lineup.detections else None
        return camera.name if camera else None


class ProfilesAnswer(serializers.Serializer[Any]):
    count = serializers.IntegerField(min_value=0, help_text="All that fit the search.")
    profiles = SeenProfile(many=True)


class SurveyAuditItemNumber(serializers.Serializer[Any]):
    item = serializers.IntegerField()


class RateDocument(serializers.Serializer[Any]):
    """A share of 1 with the ends of its 95 % interval."""

    rate = serializers.FloatField(min_value=0, max_value=1)
    low = serializers.FloatField(min_value=0, max_value=1)
    high = serializers.FloatField(min_value=0, max_value=1)
    worst = serializers.FloatField(
        min_value=0,
        max_value=1,
        help_text="The upper end, had all captures been wrong of which nobody could tell.",
    )


class RatesDocument(serializers.Serializer[Any]):
    judged = serializers.IntegerField(min_value=0)
    cannot_tell = serializers.IntegerField(min_value=0)
    false_matches = RateDocument(help_text="Of all captures.")
    missed_matches = RateDocument(
        allow_null=True,
        help_text="Of captures whose deer has another one; null where none is known to have.",
    )
    ghosts = RateDocument(help_text="Of all profiles.")


class StrataDocument(serializers.Serializer[Any]):
    """Of profiles that were captured once, and of the others."""

    once = serializers.IntegerField(min_value=0)
    often = serializers.IntegerField(min_value=0)


class EffortDocument(StrataDocument):
    """Judgements after which ghosts and wrong names are known within `width`, were 5 % wrong."""

    width = serializers.FloatField(min_value=0, max_value=1)
    more = serializers.IntegerField(min_value=0, help_text="Of both, still to come.")


class AuditHead(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    status = serializers.ChoiceField(SurveyAudit.Status.choices)
    created_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)


class DisagreementDocument(serializers.Serializer[Any]):
    """A capture that was judged to be another deer than the one whose name it bears."""

    item = serializers.IntegerField(source="item.pk")
    profile = serializers.CharField(source="item.profile", help_text="The name that it bears.")
    other = serializers.CharField(
        source="item.other", help_text="The profile whose it is; empty for none of the survey's."
    )
    camera = serializers.SerializerMethodField()
    detection = SeenDetection(allow_null=True, help_text="Null where it is gone.")
    sighting = serializers.SerializerMethodField(help_text="To be looked at in the review.")
    named = SeenDetection(allow_null=True, help_text="Another photograph of the profile.")
    chosen = SeenDetection(allow_null=True, help_text="A photograph of the other one.")

    @extend_schema_field({"type": "string", "nullable": True})
    def get_camera(self, row: Disagreement) -> str | None:
        camera = row.detection.image.camera if row.detection else None
        return camera.name if camera else None

    @extend_schema_field({"type": "string", "format": "uuid", "nullable": True})
    def get_sighting(self, row: Disagreement) -> UUID | None:
        return row.detection.sighting_id if row.detection else None


class SurveyAuditDocument(serializers.Serializer[Any]):
    """The open audit, else the one that was closed last, else what one would take."""

    audit = AuditHead(allow_null=True)
    captures = StrataDocument()
    profiles = serializers.IntegerField(min_value=0)
    answers = serializers.IntegerField(min_value=0)
    cannot_tell = serializers.IntegerField(min_value=0)
    without_picture = serializers.IntegerField(
        min_value=0, help_text="Captures that cannot be asked: their photographs are gone."
    )
    missing = StrataDocument(allow_null=True, help_text="Answers wanting before it can be closed.")
    is_enough = serializers.BooleanField()
    effort = EffortDocument(many=True)
    rates = RatesDocument(allow_null=True)
    sentences = serializers.ListField(child=serializers.CharField())
    disagreements = DisagreementDocument(
        many=True, help_text="Of a closed audit; none before, so that its judges are blind."
    )


class SurveyAuditNext(SurveyAuditDocument):
    """The state with the next item; it is null where nothing is left to judge."""

    item = SurveyAuditItemShown(allow_null=True)
