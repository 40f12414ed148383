"""Schedules of reports: what is built and mailed each week or month, and each time that it was."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import Q

from exports.models.requests import ExportRequest

RUNS_SHOWN: Final = 10


class ReportScheduleQuerySet(models.QuerySet["ReportSchedule"]):
    def of(self, owner_id: int) -> ReportScheduleQuerySet:
        return self.filter(owner_id=owner_id, removed_at__isnull=True).order_by("title", "pk")

    def running(self) -> ReportScheduleQuerySet:
        """Those that send: neither paused nor deleted, of users who may sign in."""
        return self.filter(paused_at__isnull=True, removed_at__isnull=True, owner__is_active=True)


class ReportSchedule(models.Model):
    """A report that is sent again and again. `day` is a weekday (0: Monday) of a weekly one, else a day of the month.

    `next_due_on` is the local day on which it is sent next, and moves on with each run. `template` has the fields of a
    report's request but its days, which follow from `covers` and, of a season, from the day on which that begins.
    """

    class Every(models.TextChoices):
        WEEK = "week", "weekly"
        MONTH = "month", "monthly"

    class Covers(models.TextChoices):
        WEEK = "week", "the last whole week"
        MONTH = "month", "the last whole month"
        SEASON = "season", "the season so far"

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="report_schedules"
    )
    title = models.CharField(max_length=80)
    every = models.CharField(max_length=8, choices=Every)
    day = models.PositiveSmallIntegerField()
    covers = models.CharField(max_length=8, choices=Covers)
    season_month = models.PositiveSmallIntegerField(default=9)
    season_day = models.PositiveSmallIntegerField(default=1)
    template = models.JSONField(default=dict)
    recipients = models.JSONField(default=list)
    next_due_on = models.DateField()
    created_at = models.DateTimeField(auto_now_add=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = ReportScheduleQuerySet.as_manager()

    class Meta:
        ordering = ("title",)

    def __str__(self) -> str:
        return self.title

    @property
    def is_paused(self) -> bool:
        return self.paused_at is not None

    @property
    def last_runs(self) -> list[ScheduledRun]:
        """Its newest runs; read them with their requests beforehand, so that no row asks anew."""
        return list(self.runs.all())[:RUNS_SHOWN]


class ScheduledRun(models.Model):
    """One time that a schedule was due, or sent by hand (`due_on` is empty). Each due day is there once.

    `request` is empty until its export could be queued; `error` says why it could not.
    """

    schedule = models.ForeignKey(ReportSchedule, on_delete=models.CASCADE, related_name="runs")
    due_on = models.DateField(null=True, blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField()
    created_at = models.DateTimeField(auto_now_add=True)
    request = models.ForeignKey(
        ExportRequest, on_delete=models.SET_NULL, null=True, blank=True, related_name="runs"
    )
    is_queued = models.BooleanField(default=False)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("-created_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=["schedule", "due_on"],
                condition=Q(due_on__isnull=False),
                name="scheduled_run_once_a_due_day",
            )
        ]

    def __str__(self) -> str:
        return f"{self.schedule}, {self.starts_on} to {self.ends_on}"
