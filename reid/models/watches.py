"""Watched deer: who wants to know when one is seen, and the sightings that are news to them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from reid.models.capture import Sighting
from reid.models.detections import Deer, Detection
from reid.models.operations import Operation


class WatchedDeer(models.Model):
    """One deer that one person wants to hear of."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="watched_deer"
    )
    deer = models.ForeignKey(Deer, on_delete=models.CASCADE, related_name="watches")
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("since", "pk")
        constraints = [
            models.UniqueConstraint(name="watched_deer_unique", fields=["user", "deer"]),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} watches {self.deer_id}"


class WatchedSightingQuerySet(models.QuerySet["WatchedSighting"]):
    def standing(self) -> WatchedSightingQuerySet:
        """News that still hold: the sighting is of the deer, or of the profile that it was merged into."""
        of_deer = Detection.objects.valid().filter(
            Q(deer=OuterRef("watch__deer")) | Q(deer=OuterRef("watch__deer__merged_into")),
            sighting=OuterRef("sighting"),
        )
        return self.filter(Exists(of_deer))

    def unseen_by(self, user: int) -> WatchedSightingQuerySet:
        """News that this person has not looked at, which still hold."""
        return self.filter(watch__user=user, seen_at__isnull=True).standing()


class WatchedSighting(models.Model):
    """A new sighting of a watched deer: told once, by a notice and by one mail for each act and deer."""

    watch = models.ForeignKey(WatchedDeer, on_delete=models.CASCADE, related_name="news")
    sighting = models.ForeignKey(Sighting, on_delete=models.CASCADE, related_name="+")
    operation = models.ForeignKey(Operation, on_delete=models.CASCADE, related_name="+")
    noted_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(
        null=True, blank=True, help_text="Also where no mail was due: nobody waits for one."
    )

    objects = WatchedSightingQuerySet.as_manager()

    class Meta:
        ordering = ("-noted_at", "-pk")
        constraints = [
            models.UniqueConstraint(name="watched_sighting_once", fields=["watch", "sighting"]),
        ]
        indexes = [
            # what waits for its mail: a few rows of many
            models.Index(
                name="watched_sighting_to_mail",
                fields=["operation"],
                condition=Q(mailed_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.watch}: {self.sighting_id}"
