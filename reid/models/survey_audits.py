"""Audits of surveys: captures drawn at random and judged blind, which say how often a survey's names are wrong."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from reid.models.detections import Deer, Detection
from reid.models.surveys import Survey


class SurveyAudit(models.Model):
    """A random sample of a survey's captures, those of profiles seen once drawn apart from the others."""

    class Status(models.TextChoices):
        """open -> closed | abandoned. A closed one gives the survey its rates of error."""

        OPEN = "open"
        CLOSED = "closed"
        ABANDONED = "abandoned"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="audits")
    salt = models.CharField(max_length=64)
    status = models.CharField(max_length=16, choices=Status, default=Status.OPEN)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)
        constraints = [
            models.UniqueConstraint(
                name="survey_audit_one_open", fields=["survey"], condition=Q(status="open")
            ),
            models.CheckConstraint(
                name="survey_audit_closed_has_time",
                condition=Q(status="open", closed_at__isnull=True)
                | (~Q(status="open") & Q(closed_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"audit of {self.survey}, {self.status}"


class SurveyAuditItem(models.Model):
    """One drawn capture: a deer's profile on an occasion, in the random order `u`."""

    class Stratum(models.TextChoices):
        ONCE = "once", "profile captured once"
        OFTEN = "often", "profile captured on several occasions"

    class Verdict(models.TextChoices):
        OWN = "own", "its profile's"
        OTHER = "other", "another profile's of the survey"
        NOBODY = "nobody", "nobody's of the survey"
        CANNOT_TELL = "cannot_tell", "cannot be told"

    audit = models.ForeignKey(SurveyAudit, on_delete=models.CASCADE, related_name="items")
    profile = models.CharField(max_length=100, help_text="The deer's name in the frozen copy.")
    occasion = models.PositiveSmallIntegerField(help_text="From 0.")
    stratum = models.CharField(max_length=8, choices=Stratum)
    u = models.CharField(max_length=64, help_text="SHA-256 of salt and capture: the draw's order.")
    # The photograph that stands for the capture. Photographs may be deleted; the answer stays.
    detection = models.ForeignKey(
        Detection, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    verdict = models.CharField(max_length=16, choices=Verdict, blank=True)
    other = models.CharField(
        max_length=100, blank=True, help_text="The profile whose it is, where the verdict is other."
    )
    other_deer = models.ForeignKey(
        Deer, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("u",)
        constraints = [
            models.UniqueConstraint(
                name="survey_audit_capture_once", fields=["audit", "profile", "occasion"]
            ),
            models.CheckConstraint(
                name="survey_audit_answer_has_time",
                condition=Q(verdict="", answered_at__isnull=True)
                | (~Q(verdict="") & Q(answered_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="survey_audit_other_is_named",
                condition=~Q(verdict="other") | ~Q(other=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.profile} on occasion {self.occasion + 1}"
