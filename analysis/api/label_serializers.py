"""Serializers of the questions about doubtful labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rest_framework import serializers

from reid.api.query import Query
from reid.api.review_pages import ShownDeer, ShownDetection, ShownReference, crop_url
from reid.api.serializers import ScorerSerializer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

QUESTIONS: Final = 20
"""Questions of each kind where no other number is asked for."""
QUESTIONS_AT_MOST: Final = 100


class LabelsRequest(Query):
    count = serializers.IntegerField(
        default=QUESTIONS,
        min_value=1,
        max_value=QUESTIONS_AT_MOST,
        help_text="Of each kind, the most evident first.",
    )


class PictureDocument(serializers.Serializer[Any]):
    detection = serializers.UUIDField()
    crop = serializers.CharField()


class PicturesField(serializers.ListField):
    """Detections with the addresses of their crops."""

    child = PictureDocument()

    def to_representation(self, data: Sequence[UUID]) -> list[Any]:
        return [{"detection": str(key), "crop": crop_url(key)} for key in data]


class LabelQuestionDocument(serializers.Serializer[Any]):
    """Answer with review/assign (`other`), review/reject (`deer`) or review/keep-label."""

    sighting = serializers.UUIDField(source="sighting.pk")
    camera = serializers.CharField(source="sighting.encounter.camera", allow_null=True)
    detections = ShownDetection(many=True)
    deer = ShownDeer(help_text="Whose name it bears.")
    other = ShownDeer(help_text="Whom it looks like.")
    own_score = serializers.FloatField(min_value=0, max_value=1)
    other_score = serializers.FloatField(min_value=0, max_value=1)
    own = ShownReference(allow_null=True, help_text="The most alike reference of `deer`.")
    alike = ShownReference(allow_null=True, help_text="The most alike reference of `other`.")


class TwinQuestionDocument(serializers.Serializer[Any]):
    """Answer with review/merge (`deer`, `into`) or review/keep-apart (`deer`, `other`)."""

    deer = ShownDeer(help_text="The profile of fewer sightings.")
    into = ShownDeer()
    score = serializers.FloatField(
        min_value=0,
        max_value=1,
        help_text="Half of the sightings of each reach it against the other.",
    )
    sightings = serializers.IntegerField(min_value=0, help_text="Labelled ones of `deer`.")
    into_sightings = serializers.IntegerField(min_value=0)
    pictures = PicturesField(help_text="References of `deer`, the most alike one first.")
    into_pictures = PicturesField(help_text="References of `into`.")


class LabelsPage(serializers.Serializer[Any]):
    """Likely twins come first: each of them is many labels. Without an active scorer nothing is asked."""

    twins = TwinQuestionDocument(many=True)
    labels = LabelQuestionDocument(many=True)
    all_twins = serializers.IntegerField(min_value=0)
    all_labels = serializers.IntegerField(min_value=0)
    scorer = ScorerSerializer(allow_null=True)
