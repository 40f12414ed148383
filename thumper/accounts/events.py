"""Events of accounts: who signed in, failed to, was given a role, made a token. The audit log that administrators read.

They are noticed where the change is stored, so that a page, the admin, a command and a shell are logged alike.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from axes.signals import user_locked_out
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_save
from django.dispatch import receiver
from django.utils import timezone

from thumper import logs
from thumper.accounts.access_log import answered_request
from thumper.accounts.addresses import client_address
from thumper.accounts.roles import Role
from thumper.models import AccountEvent, ApiToken
from thumper.sessions import SIGNED_IN_AT, SIGNED_IN_FROM, SIGNED_IN_WITH

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest

logger = logging.getLogger(__name__)
Kind = AccountEvent.Kind
NO_SUCH_ACCOUNT: Final = "a name that no account has"
_WATCHED: Final = ("password", "is_active", "is_staff", "is_superuser")


def record(
    kind: AccountEvent.Kind, about: User | None = None, detail: str = "", actor: User | None = None
) -> None:
    """Store an event, and log it. Who did it is who sent the request, unless said."""
    request = answered_request()
    if actor is None and request is not None:
        user = getattr(request, "user", None)
        # By its class: what is lazy is looked up by this.
        actor = user if user is not None and user.is_authenticated else None
    event = AccountEvent(
        kind=kind,
        actor_id=actor.pk if actor else None,
        actor_name=actor.get_username() if actor else "",
        about_id=about.pk if about else None,
        about_name=about.get_username() if about else "",
        detail=detail[:300],
        address=client_address(request) if request else "",
        request_id=logs.request_id(),
    )
    event.save()
    logger.info(
        "account event: %s, about %r, by %r, %r, from %s",
        *(kind.value, event.about_name, event.actor_name, event.detail, event.address or "-"),
    )


@receiver(user_logged_in)
def _signed_in(sender: Any, request: HttpRequest | None, user: User, **_: Any) -> None:
    if request is not None:
        request.session[SIGNED_IN_AT] = timezone.now().isoformat()
        request.session[SIGNED_IN_FROM] = client_address(request)
        request.session[SIGNED_IN_WITH] = request.headers.get("User-Agent", "")[:200]
    record(Kind.SIGNED_IN, user, actor=user)


@receiver(user_logged_out)
def _signed_out(sender: Any, user: User | None, **_: Any) -> None:
    if user is not None:
        record(Kind.SIGNED_OUT, user, actor=user)


@receiver(user_login_failed)
def _failed(
    sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any
) -> None:
    name = str(credentials.get("username", ""))[:150]
    address = client_address(request) if request else ""
    logger.warning("sign-in failed: %r from %s", name, address or "-")
    if getattr(request, "axes_locked_out", False):
        return  # that this address waits is an event of its own
    known = User.objects.filter(username=name).first()
    if known is not None:
        record(Kind.SIGN_IN_FAILED, known)
    else:
        _record_once(Kind.SIGN_IN_FAILED, None, request)


@receiver(user_locked_out)
def _locked_out(sender: Any, request: HttpRequest, username: str | None = None, **_: Any) -> None:
    known = User.objects.filter(username=username or "").first()
    logger.warning("sign-in paused: %r from %s", username, client_address(request) or "-")
    _record_once(Kind.LOCKED_OUT, known, request)


def _record_once(kind: AccountEvent.Kind, known: User | None, request: HttpRequest | None) -> None:
    """Store it but once in the time of a pause, for the account and address: no stranger fills the table.

    What no account is called is not stored: it may be a password, typed into the wrong field.
    """
    stored = AccountEvent.objects.filter(
        kind=kind,
        about=known,
        address=client_address(request) if request else "",
        at__gt=timezone.now() - settings.AXES_COOLOFF_TIME,
    )
    if not stored.exists():
        record(kind, known, "" if known else NO_SUCH_ACCOUNT)


@receiver(pre_save, sender=User)
def _before(
    sender: Any, instance: User, raw: bool, update_fields: Iterable[str] | None, **_: Any
) -> None:
    is_watched = update_fields is None or set(update_fields) & set(_WATCHED)
    stored = None
    if is_watched and instance.pk and not raw:
        stored = User.objects.filter(pk=instance.pk).values(*_WATCHED).first()
    instance._stored = stored  # type: ignore[attr-defined]  # read by `_after` alone


@receiver(post_save, sender=User)
def _after(sender: Any, instance: User, created: bool, raw: bool, **_: Any) -> None:
    if raw:
        return
    if created:
        viewers = Group.objects.filter(name=Role.VIEWER).first()  # none: a migration is under way
        if viewers is not None and not instance.is_superuser:
            instance.groups.add(viewers)
        record(Kind.ACCOUNT_MADE, instance)
        return
    stored = instance._stored  # type: ignore[attr-defined]
    if stored is None:
        return
    if stored["password"] != instance.password:
        record(Kind.PASSWORD_CHANGED, instance)
    if stored["is_active"] != instance.is_active:
        record(Kind.ACTIVATED if instance.is_active else Kind.DEACTIVATED, instance)
    for name in ("is_staff", "is_superuser"):
        if stored[name] != getattr(instance, name):
            record(Kind.RIGHTS_CHANGED, instance, f"{name}: {getattr(instance, name)}")


@receiver(post_delete, sender=User)
def _deleted(sender: Any, instance: User, **_: Any) -> None:
    gone = User(username=instance.get_username())
    record(Kind.ACCOUNT_DELETED, gone)


@receiver(m2m_changed, sender=User.groups.through)
@receiver(m2m_changed, sender=User.user_permissions.through)
def _granted(
    sender: Any, instance: Any, action: str, pk_set: Any, model: Any, reverse: bool, **_: Any
) -> None:
    kind = Kind.ROLES_CHANGED if sender is User.groups.through else Kind.RIGHTS_CHANGED
    rows = model.objects.filter(pk__in=pk_set or ())
    _changed(kind, instance, action, rows, f"{instance}: " if reverse else "")


@receiver(m2m_changed, sender=Group.permissions.through)
def _group_changed(
    sender: Any, instance: Any, action: str, pk_set: Any, model: Any, **_: Any
) -> None:
    if answered_request() is not None:  # a migration gives roles what they may
        rows = model.objects.filter(pk__in=pk_set or ())
        _changed(Kind.RIGHTS_CHANGED, None, action, rows, f"group {instance}: ")


def _changed(kind: Any, about: Any, action: str, rows: Any, of: str = "") -> None:
    verb = {"post_add": "+", "post_remove": "-", "pre_clear": "all taken"}.get(action)
    if verb is None:
        return
    named = ", ".join(f"{verb}{row}" for row in rows) or verb
    record(kind, about if isinstance(about, User) else None, of + named)


@receiver(post_save, sender=ApiToken)
def _token_made(sender: Any, instance: ApiToken, created: bool, raw: bool, **_: Any) -> None:
    if created and not raw:
        record(Kind.TOKEN_MADE, instance.user, str(instance))


@receiver(post_delete, sender=ApiToken)
def _token_revoked(sender: Any, instance: ApiToken, origin: Any = None, **_: Any) -> None:
    if not isinstance(origin, User):  # deleted with its owner, which is said once
        record(Kind.TOKEN_REVOKED, User.objects.filter(pk=instance.user_id).first(), str(instance))
