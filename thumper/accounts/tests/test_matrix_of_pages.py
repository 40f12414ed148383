"""Matrix of the pages and of the admin: every page, every model and every act of the admin, for every role."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

from thumper.accounts.roles import Permission
from thumper.accounts.tests.identities import BARE_STAFF, IDENTITIES, account, may
from thumper.models import AccountEvent
from thumper.pages.permissions import IN_ADMIN, PAGES, PROGRAMS, PagePermissionMiddleware

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.contrib.admin import ModelAdmin
    from django.test import Client

pytestmark = pytest.mark.django_db

LOOK, CHANGE, SERVER = "look", "change", "server"
"""What a model of the admin is for: managers look, managers change too, administrators alone."""
ADMIN_MODELS: Final = {
    "auth.Group": SERVER,
    "auth.User": SERVER,
    "axes.AccessAttempt": SERVER,
    "axes.AccessFailureLog": SERVER,
    "axes.AccessLog": SERVER,
    "django_rq.Dashboard": SERVER,
    "thumper.AccountEvent": SERVER,
    "thumper.ApiToken": SERVER,
    "reid.AuditItem": LOOK,
    "reid.AuditPlan": LOOK,
    "reid.Camera": CHANGE,
    "reid.CameraMerge": LOOK,
    "reid.ClassLabel": CHANGE,
    "reid.ClockCorrection": LOOK,
    "reid.Decision": LOOK,
    "reid.Deer": CHANGE,
    "reid.Deployment": CHANGE,
    "reid.Detection": LOOK,
    "reid.Embedding": LOOK,
    "reid.EmbeddingSpace": LOOK,
    "reid.Encounter": LOOK,
    "reid.IdentityEvent": LOOK,
    "reid.FormerName": LOOK,
    "reid.Image": LOOK,
    "reid.Import": LOOK,
    "reid.Operation": LOOK,
    "reid.Outage": CHANGE,
    "reid.PerformanceSnapshot": LOOK,
    "reid.ReidRun": LOOK,
    "reid.Scorer": LOOK,
    "reid.Sighting": LOOK,
    "reid.SimilarityScore": LOOK,
    "reid.SkippedEmbedding": LOOK,
    "reid.Survey": LOOK,
    "reid.SurveyAudit": LOOK,
    "reid.Threshold": CHANGE,
    "reid.Torso": LOOK,
    "reid.TorsoHead": LOOK,
    "reid.TorsoTraining": LOOK,
    "reid.Training": LOOK,
    "reid.Video": LOOK,
}


def routes(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route, pattern


def answer_to(user: User | AnonymousUser, name: str, route: str) -> str:
    """What the middleware says to this user about the page with this name: passed, refused, or to the sign-in."""
    request = RequestFactory().get("/")
    request.user = user
    request.resolver_match = type("Match", (), {"view_name": name, "route": route})()
    try:
        response = PagePermissionMiddleware(lambda _: HttpResponse()).process_view(
            request, None, (), {}
        )
    except PermissionDenied:
        return "refused"
    return "sign-in" if response is not None else "passed"


@pytest.mark.parametrize("identity", IDENTITIES)
def test_a_page_is_for_whom_the_table_says(identity: str) -> None:
    user = account(identity)
    expected = {
        name: "passed" if may(identity, permission) else "refused"
        for name, permission in PAGES.items()
    }
    assert {name: answer_to(user, name, "") for name in PAGES} == expected


def test_strangers_see_public_pages_alone() -> None:
    public = {name for name in PAGES if answer_to(AnonymousUser(), name, "") == "passed"}
    assert public == {"sign-in", "sign-out", "shared", "shared-pdf"}


@pytest.mark.parametrize("identity", IDENTITIES)
def test_queues_and_everybody_s_exports_are_for_administrators(identity: str) -> None:
    user = account(identity)
    guarded = [
        route
        for route, _ in routes(get_resolver().url_patterns)
        if route.startswith(tuple(IN_ADMIN))
    ]
    assert len(guarded) > 20
    wanted = "passed" if may(identity, Permission.ADMINISTER) else "refused"
    assert {answer_to(user, "", route) for route in guarded} == {wanted}


@pytest.mark.parametrize(
    ("identity", "status"),
    [(BARE_STAFF, 403), ("manager", 403), ("administrator", 200)],
)
def test_the_queues_pages_answer_so(
    client: Client, settings: Any, redis_client: object, identity: str, status: int
) -> None:
    settings.EMBEDDED = False
    settings.SECURE_SSL_REDIRECT = False
    client.force_login(account(identity))
    for address in (
        "/admin/django_rq/dashboard/",
        "/admin/live-exports/",
        "/admin/django_rq/dashboard/stats.json",
    ):
        assert client.get(address).status_code == status, address
    emptied = client.post("/admin/django_rq/dashboard/queues/0/empty/")
    assert (emptied.status_code == 403) is (status == 403)
    assert AccountEvent.objects.filter(kind="queue_changed").exists() is (status == 200)
    cancelled = client.post("/admin/live-exports/00000000-0000-4000-8000-000000000000/cancel")
    assert cancelled.status_code == (302 if status == 200 else 403)


@pytest.mark.parametrize("identity", IDENTITIES)
def test_uploads_are_for_whom_the_table_says(client: Client, settings: Any, identity: str) -> None:
    settings.EMBEDDED = False
    settings.SECURE_SSL_REDIRECT = False
    client.force_login(account(identity))
    assert PROGRAMS["upload-files"] is PROGRAMS["upload-file"] is Permission.MANAGE
    nothing = "00000000-0000-4000-8000-000000000000"
    status = 404 if may(identity, Permission.MANAGE) else 403
    assert client.get(f"/uploads/{nothing}/").status_code == status
    one = client.head(f"/uploads/{nothing}/{nothing}/", headers={"Tus-Resumable": "1.0.0"})
    assert one.status_code == status


@pytest.mark.parametrize("identity", IDENTITIES)
def test_metrics_are_for_whom_the_table_says(
    client: Client, settings: Any, redis_client: Any, identity: str
) -> None:
    settings.EMBEDDED = False
    settings.SECURE_SSL_REDIRECT = False
    client.force_login(account(identity))
    assert set(PROGRAMS) == {"upload-files", "upload-file", "metrics"}
    status = 200 if may(identity, PROGRAMS["metrics"]) else 403
    assert client.get("/metrics").status_code == status


def registered() -> dict[str, ModelAdmin[Any]]:
    admin.autodiscover()
    return {model._meta.label: row for model, row in admin.site._registry.items()}


def asking(user: User) -> Any:
    request = RequestFactory().get("/")
    request.user = user
    return request


def test_every_model_of_the_admin_has_a_row() -> None:
    assert set(registered()) == set(ADMIN_MODELS)


@pytest.mark.parametrize("identity", IDENTITIES)
def test_a_model_of_the_admin_is_shown_to_whom_it_is_for(identity: str) -> None:
    request = asking(account(identity))
    is_manager = identity in ("manager", "administrator", "superuser")
    is_administrator = identity in ("administrator", "superuser")
    for label, row in registered().items():
        if label == "django_rq.Dashboard":
            continue  # its addresses are in the table of pages
        wanted = is_administrator if ADMIN_MODELS[label] is SERVER else is_manager
        assert row.has_view_permission(request) is wanted, label
        if ADMIN_MODELS[label] is CHANGE and label != "reid.Threshold":
            assert row.has_change_permission(request) is wanted, label


def acts_of(identity: str) -> set[tuple[str, str]]:
    """Acts that the lists of the admin offer, but for the deletion of rows."""
    request = asking(account(identity))
    return {
        (label, name)
        for label, row in registered().items()
        if row.has_view_permission(request)
        for name in row.get_actions(request)
        if name != "delete_selected"
    }


OF_THE_SERVER: Final = {("axes.AccessAttempt", "cleanup_expired_attempts")}


def test_acts_of_the_admin_are_for_managers() -> None:
    of_managers = acts_of("manager")
    assert (
        of_managers
        == acts_of("superuser") - OF_THE_SERVER
        == {
            ("reid.Camera", "merge_cameras"),
            ("reid.CameraMerge", "undo_merge"),
            ("reid.Deer", "merge"),
            ("reid.Detection", "confirm"),
            ("reid.Detection", "set_flank"),
            ("reid.Import", "undo_import"),
            ("reid.Threshold", "approve"),
            ("reid.Threshold", "apply"),
            ("reid.Threshold", "withdraw"),
            ("reid.Threshold", "undo"),
            ("reid.Training", "activate"),
            ("reid.Training", "again"),
            ("reid.Training", "cancel"),
            ("reid.Training", "go_back"),
        }
    )
    for identity in (BARE_STAFF, "viewer", "reviewer"):
        assert acts_of(identity) == set(), identity
