"""Seasons of deer: what a person says of one deer in one year, its age class and its antler points."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import Q

from reid.models.detections import Deer

FIRST_YEAR: Final = 1980
LAST_YEAR: Final = 2100
MOST_POINTS: Final = 60


class DeerSeason(models.Model):
    """One deer in one antler year, named by the calendar year in which its antlers grew."""

    class AgeClass(models.TextChoices):
        """Years that it has lived at the hunting season, as deer are aged in the field: fawns are born in summer."""

        FAWN = "0.5", "fawn (0.5 years)"
        YEARLING = "1.5", "yearling (1.5 years)"
        TWO = "2.5", "2.5 years"
        THREE = "3.5", "3.5 years"
        FOUR = "4.5", "4.5 years"
        FIVE = "5.5", "5.5 years"
        SIX = "6.5", "6.5 years"
        OLD = "7.5", "7.5 years and older"

    # Without its deer it says nothing.
    deer = models.ForeignKey(Deer, on_delete=models.CASCADE, related_name="seasons")
    year = models.PositiveSmallIntegerField()
    points = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Antler points of both sides together."
    )
    age_class = models.CharField(max_length=4, choices=AgeClass, blank=True)
    # What is known of a deer outlives the account of who noted it.
    noted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ("-year",)
        constraints = [
            models.UniqueConstraint(name="deer_season_unique", fields=["deer", "year"]),
            models.CheckConstraint(
                name="deer_season_year_in_range", condition=Q(year__range=(FIRST_YEAR, LAST_YEAR))
            ),
            models.CheckConstraint(
                name="deer_season_points_in_range",
                condition=Q(points__isnull=True) | Q(points__lte=MOST_POINTS),
            ),
            models.CheckConstraint(
                name="deer_season_says_something",
                condition=Q(points__isnull=False) | ~Q(age_class=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deer_id} in {self.year}"
