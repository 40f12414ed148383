"""Sessions with their owner, so that people see where they are signed in, and end what is not theirs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac

SIGNED_IN_AT, SIGNED_IN_FROM = "signed_in_at", "signed_in_from"
SIGNED_IN_WITH = "signed_in_with"
"""Names in a session's data, as every save writes its whole row: when somebody signed in, from which address, with which browser."""


class Session(AbstractBaseSession):
    """One browser that somebody signed in with. Deleted, it is signed out."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="sessions"
    )
    created_at = models.DateTimeField(default=timezone.now)
    address = models.CharField(max_length=64, blank=True)
    browser = models.CharField(max_length=200, blank=True)

    class Meta(AbstractBaseSession.Meta):
        abstract = False

    @property
    def handle(self) -> str:
        """A name for it on pages, which opens nothing: the key itself is what a browser signs in with."""
        return salted_hmac("thumper.sessions.handle", self.session_key).hexdigest()

    @classmethod
    def get_session_store_class(cls) -> type[SessionStore]:
        return SessionStore


class SessionStore(DatabaseStore):
    """The store of sessions that Django uses (SESSION_ENGINE names this module)."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row: Session = super().create_model_instance(data)  # type: ignore[assignment]
        if (owner := data.get(SESSION_KEY)) is not None:
            row.user_id = int(owner)
        row.address = data.get(SIGNED_IN_FROM, "")
        row.browser = data.get(SIGNED_IN_WITH, "")
        if at := data.get(SIGNED_IN_AT):
            row.created_at = datetime.fromisoformat(at)
        return row
