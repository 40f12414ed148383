"""Models of accounts: what roles may do, API tokens (only their SHA-256 is stored), what people chose, what was done."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from thumper.sessions import Session

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser

__all__ = ["AccountEvent", "ApiToken", "Preference", "Session"]

NOTED_EVERY: Final = timedelta(minutes=1)
"""A token's last use is written no more often: a client that polls writes nothing."""


def usual_end() -> datetime:
    """When a token ends that is made now and of which nobody says otherwise."""
    return timezone.now() + timedelta(days=settings.TOKEN_DAYS)


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
    expires_at = models.DateTimeField(null=True, blank=True, default=usual_end)
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


class AccountEvent(models.Model):
    """What happened to an account: a line of the audit log. What people did to the store is in its operations."""

    class Kind(models.TextChoices):
        SIGNED_IN = "signed_in"
        SIGNED_OUT = "signed_out"
        SIGN_IN_FAILED = "sign_in_failed"
        LOCKED_OUT = "locked_out"
        ACCOUNT_MADE = "account_made"
        ACCOUNT_DELETED = "account_deleted"
        ROLES_CHANGED = "roles_changed"
        RIGHTS_CHANGED = "rights_changed"
        PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a name, no password
        ACTIVATED = "activated"
        DEACTIVATED = "deactivated"
        SESSIONS_ENDED = "sessions_ended"
        TOKEN_MADE = "token_made"  # noqa: S105
        TOKEN_REVOKED = "token_revoked"  # noqa: S105
        EXPORT_CANCELLED = "export_cancelled"
        QUEUE_CHANGED = "queue_changed"
        PEOPLE_DELETED = "people_deleted"

    kind = models.CharField(max_length=20, choices=Kind)
    at = models.DateTimeField(auto_now_add=True, db_index=True)
    # Names beside the keys: the log outlives the accounts that it tells of.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    actor_name = models.CharField(max_length=150, blank=True)
    about = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="events"
    )
    about_name = models.CharField(max_length=150, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    address = models.CharField(max_length=64, blank=True)
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ("-at", "-pk")
        # What roles may do (thumper/accounts/roles.py). Django keeps permissions by model; these are of the server.
        permissions = (
            ("view_store", "May look at the store"),
            ("request_exports", "May have reports, archives, links and mails made"),
            ("review_store", "May say which deer it is, and correct photographs"),
            ("manage_store", "May bring in and take away photographs, cameras, thresholds"),
            ("administer_server", "May look after accounts, queues and everybody's exports"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.about_name} by {self.actor_name}"
