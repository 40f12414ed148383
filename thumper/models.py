"""API tokens. Only their SHA-256 is stored: whoever reads the database cannot use them."""

from __future__ import annotations

import hashlib
import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class ApiToken(models.Model):
    """A user's key to the API, for reading only or for writing too."""

    class Scope(models.TextChoices):
        READ = "read"
        WRITE = "write"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens"
    )
    name = models.CharField(max_length=100, help_text="What it is used for.")
    key_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    scope = models.CharField(max_length=8, choices=Scope, default=Scope.READ)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("user", "name")

    def __str__(self) -> str:
        return f"{self.name} ({self.scope})"

    @staticmethod
    def digest(key: str) -> str:
        return hashlib.sha256(key.encode()).hexdigest()

    def new_key(self) -> str:
        """Give the token another key, which nothing can show again once this is saved."""
        key = secrets.token_urlsafe(32)
        self.key_sha256 = self.digest(key)
        return key

    @classmethod
    def for_key(cls, key: str) -> ApiToken | None:
        """The live token of an active user that this key opens."""
        return (
            cls.objects.select_related("user")
            .filter(
                Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now()),
                key_sha256=cls.digest(key),
                user__is_active=True,
            )
            .first()
        )
