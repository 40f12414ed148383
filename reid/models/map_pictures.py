"""Map pictures: aerial pictures of the ranch, which lie under the cameras on the map."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class MapPicture(models.Model):
    """One picture, north up, with the degrees of its edges. At most one is in use; others can be taken again."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120, help_text="The file's name as it was uploaded.")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    north = models.DecimalField(max_digits=9, decimal_places=6)
    south = models.DecimalField(max_digits=9, decimal_places=6)
    west = models.DecimalField(max_digits=9, decimal_places=6)
    east = models.DecimalField(max_digits=9, decimal_places=6)
    is_used = models.BooleanField(default=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at",)
        constraints = [
            models.UniqueConstraint(
                name="map_picture_used_once", fields=["is_used"], condition=Q(is_used=True)
            ),
            models.CheckConstraint(
                name="map_picture_north_up",
                condition=Q(north__gt=F("south"), south__gte=-85, north__lte=85),
            ),
            models.CheckConstraint(
                name="map_picture_west_to_east",
                condition=Q(east__gt=F("west"), west__gte=-180, east__lte=180),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def file(self) -> str:
        """Where its JPEG is kept, below the media root."""
        return f"maps/{self.pk}.jpg"
