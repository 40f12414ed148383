"""Models of accounts: API tokens, of which only the SHA-256 is stored, and what a person has chosen about the pages."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser

NOTED_EVERY: Final = timedelta(minutes=1)
"""A token's last use is written no more often: a client that polls writes nothing."""


class ApiToken(models.Model):
    """A user's key to the API, for reading only or for writing too; or to the metrics alone."""

    class Scope(models.TextChoices):
        READ = "read"
        WRITE = "write"
        METRICS = "metrics"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens"
    )
    name = models.CharField(max_length=100, help_text="What it is used for.")
    key_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    scope = models.CharField(max_length=8, choices=Scope, default=Scope.READ)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

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

    @property
    def is_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()

    @classmethod
    def for_key(cls, key: str) -> ApiToken | None:
        """The live token of an active user that this key opens; its last use is noted, at most once a minute."""
        now = timezone.now()
        token = (
            cls.objects.select_related("user")
            .filter(
                Q(expires_at__isnull=True) | Q(expires_at__gt=now),
                key_sha256=cls.digest(key),
                user__is_active=True,
            )
            .first()
        )
        if token and (token.last_used_at is None or now - token.last_used_at > NOTED_EVERY):
            cls.objects.filter(pk=token.pk).update(last_used_at=now)
        return token


class Preference(models.Model):
    """What a person has chosen about the pages. Without a row the usual holds."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="preference"
    )
    uses_keys = models.BooleanField(default=True)
    keys = models.JSONField(default=dict, blank=True, help_text="Chosen keys by action.")

    def __str__(self) -> str:
        return f"preferences of {self.user}"

    @classmethod
    def of(cls, user: AbstractBaseUser | AnonymousUser) -> Preference:
        """What this user has chosen, stored or not."""
        if user.pk is None:
            return cls()
        return cls.objects.filter(user=user.pk).first() or cls(user_id=user.pk)
