"""Links that show one report or one deer to people without an account. Only the SHA-256 of a key is stored."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from reid.models import Deer

if TYPE_CHECKING:
    from datetime import datetime


class SharedLinkQuerySet(models.QuerySet["SharedLink"]):
    def of(self, owner_id: int) -> SharedLinkQuerySet:
        return self.filter(owner_id=owner_id).order_by("-created_at", "-pk")

    def open(self) -> SharedLinkQuerySet:
        """Those that still show something: not over, not revoked, of an active user, and of no hidden deer."""
        return self.filter(
            expires_at__gt=timezone.now(),
            revoked_at__isnull=True,
            owner__is_active=True,
            deer__hidden_at__isnull=True,
        )


class SharedLink(models.Model):
    """A read-only link to a report (`spec`) or to a deer, until `expires_at`, unless it was revoked."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="shared_links"
    )
    title = models.CharField(max_length=200)
    key_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    spec = models.JSONField(null=True, blank=True)
    deer = models.ForeignKey(
        Deer, on_delete=models.CASCADE, null=True, blank=True, related_name="shared_links"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    uses = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=200, blank=True)

    objects = SharedLinkQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)
        constraints = [
            models.CheckConstraint(
                name="shared_link_shows_one_thing",
                condition=Q(spec__isnull=True, deer__isnull=False)
                | Q(spec__isnull=False, deer__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return self.title

    @staticmethod
    def digest(key: str) -> str:
        return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()

    def new_key(self) -> str:
        """Give the link a key, which nothing can show again once this is saved."""
        key = secrets.token_urlsafe(32)
        self.key_sha256 = self.digest(key)
        return key

    def is_open(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at


class FrozenReport(models.Model):
    """A shared report as it was when its link was made: the parts of its page as HTML, and its PDF."""

    link = models.OneToOneField(
        SharedLink, on_delete=models.CASCADE, primary_key=True, related_name="frozen"
    )
    page = models.TextField()
    pdf = models.BinaryField()
    made_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.link}, as of {self.made_at}"
