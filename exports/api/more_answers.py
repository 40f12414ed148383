"""Serializers of what the API answers about remembered requests, previews, schedules and links."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from exports.api.answers import KINDS
from exports.models import ExportRequest
from exports.requests.fields import AddressListField
from exports.requests.schedule_requests import COVERS, EVERY
from exports.sharing.links import LONGEST, SHORTEST, USUAL

STATES = ExportRequest.State.choices


class RequestAnswer(serializers.Serializer[Any]):
    """A request that is remembered, whether its file is there or not."""

    job_id = serializers.UUIDField()
    kind = serializers.ChoiceField(KINDS)
    title = serializers.CharField()
    state = serializers.ChoiceField(STATES)
    created_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    file_until = serializers.DateTimeField(allow_null=True)
    has_file = serializers.BooleanField()
    file_size_bytes = serializers.IntegerField(allow_null=True)
    missing_count = serializers.IntegerField()
    error_code = serializers.CharField(allow_blank=True)
    error_message = serializers.CharField(source="error", allow_blank=True)
    recipients = AddressListField()
    mailed_at = serializers.DateTimeField(allow_null=True)
    mail_error = serializers.CharField(allow_blank=True)


class HistoryAnswer(serializers.Serializer[Any]):
    results = RequestAnswer(many=True)


class PreviewAnswer(serializers.Serializer[Any]):
    """What an export would hold; size and time are estimates.

    A report on a survey counts captures; photographs, detections and sightings are null there, and captures elsewhere.
    """

    title = serializers.CharField()
    photographs = serializers.IntegerField(allow_null=True)
    detections = serializers.IntegerField(allow_null=True)
    sightings = serializers.IntegerField(allow_null=True)
    captures = serializers.IntegerField(allow_null=True)
    deer = serializers.IntegerField(help_text="Deer with a name.")
    cameras = serializers.IntegerField()
    size_bytes = serializers.IntegerField()
    seconds = serializers.FloatField()
    warnings = serializers.ListField(child=serializers.CharField())


class RunAnswer(serializers.Serializer[Any]):
    """One time that a scheduled report was due, or sent by hand (due_on is null)."""

    id = serializers.IntegerField(source="pk")
    due_on = serializers.DateField(allow_null=True)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    created_at = serializers.DateTimeField()
    job_id = serializers.UUIDField(source="request_id", allow_null=True)
    state = serializers.CharField(source="request.state", default=None, allow_null=True)
    mailed_at = serializers.DateTimeField(source="request.mailed_at", default=None, allow_null=True)
    error = serializers.CharField(allow_blank=True)


class ScheduleAnswer(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="pk")
    title = serializers.CharField()
    every = serializers.ChoiceField(EVERY)
    day = serializers.IntegerField()
    covers = serializers.ChoiceField(COVERS)
    recipients = AddressListField()
    next_due_on = serializers.DateField()
    is_paused = serializers.BooleanField()
    runs = RunAnswer(many=True, source="last_runs", help_text="The newest first, ten at most.")


class SchedulesAnswer(serializers.Serializer[Any]):
    results = ScheduleAnswer(many=True)


class LinkRequest(serializers.Serializer[Any]):
    """A link to a report that was asked for, or to a deer: one of both."""

    job_id = serializers.UUIDField(required=False)
    deer = serializers.UUIDField(required=False)
    days = serializers.IntegerField(
        min_value=SHORTEST, max_value=LONGEST, default=USUAL, help_text="How long it is open."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("job_id" in attrs) == ("deer" in attrs):
            raise serializers.ValidationError("Name a job_id or a deer, not both.")
        return attrs


class LinkAnswer(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="pk")
    title = serializers.CharField()
    deer = serializers.UUIDField(source="deer_id", allow_null=True)
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    revoked_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True)
    uses = serializers.IntegerField()


class NewLinkAnswer(LinkAnswer):
    """A link that was just made, with its address, which cannot be asked for again."""

    address = serializers.CharField()


class SharedLinksAnswer(serializers.Serializer[Any]):
    results = LinkAnswer(many=True)
