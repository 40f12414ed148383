"""Matrix of the API: every operation of the OpenAPI document for every role, by real requests."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import pytest
from drf_spectacular.generators import SchemaGenerator

from thumper.accounts.roles import GRANTED, Permission, Role
from thumper.accounts.tests.identities import IDENTITIES, account, may
from thumper.api.permissions import OPERATIONS
from thumper.api.tests.tokens import issue
from thumper.models import ApiToken

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db

UUID: Final = "00000000-0000-4000-8000-000000000000"
ABOUT_THE_API: Final = {"GET /api/", "GET /api/docs/", "GET /api/schema/"}
NUMBERED: Final = ("/api/exports/schedules/", "/api/exports/links/")
TO_CHANGE_AS_A_VIEWER: Final = ("/api/exports", "/api/deer/{deer}/watch")


@pytest.fixture(autouse=True)
def production(settings: Any, redis_client: object) -> None:
    settings.EMBEDDED = False
    settings.SECURE_SSL_REDIRECT = False


@cache
def operations() -> frozenset[str]:
    document = SchemaGenerator().get_schema(request=None, public=True)
    return frozenset(
        f"{method.upper()} {path}"
        for path, methods in document["paths"].items()
        for method in methods
    )


def asked(client: Client, operation: str, **headers: str) -> int:
    method, path = operation.split()
    key = "999999" if path.startswith(NUMBERED) else UUID
    address = path.replace("{filename}", f"{UUID}.pdf")
    address = re.sub(r"{\w+}", key, address)
    answer = client.generic(method, address, "{}", "application/json", headers=headers)
    return answer.status_code


def test_every_operation_has_a_row_and_every_row_an_operation() -> None:
    assert operations() | ABOUT_THE_API == set(OPERATIONS)


def test_viewers_change_nothing_but_what_is_their_own() -> None:
    of_viewers = GRANTED[Role.VIEWER]
    changes = {
        operation.split()[1]
        for operation, permission in OPERATIONS.items()
        if permission in of_viewers and not operation.startswith("GET")
    }
    assert [path for path in changes if not path.startswith(TO_CHANGE_AS_A_VIEWER)] == []


@pytest.mark.parametrize("identity", IDENTITIES)
def test_an_operation_is_for_whom_the_table_says(client: Client, identity: str) -> None:
    client.force_login(account(identity))
    wrong = []
    for operation, permission in OPERATIONS.items():
        if operation == "GET /api/schema/":
            continue  # it takes seconds, and has a test of its own
        is_refused = asked(client, operation) == 403
        if is_refused is may(identity, permission):
            wrong.append((operation, is_refused))
    assert wrong == []


def test_nobody_is_let_in_without_signing_in(client: Client) -> None:
    assert {asked(client, operation) for operation in OPERATIONS} == {401}


def test_a_token_may_what_its_owner_may_and_no_more_than_its_scope(client: Client) -> None:
    owner = account("reviewer")
    wrong = []
    for scope in (ApiToken.Scope.READ, ApiToken.Scope.WRITE):
        key = issue(user=owner, name="t", scope=scope)
        for operation, permission in OPERATIONS.items():
            if operation == "GET /api/schema/":
                continue
            is_in_scope = operation.startswith("GET") or scope == ApiToken.Scope.WRITE
            is_refused = asked(client, operation, Authorization=f"Bearer {key}") == 403
            if is_refused is (is_in_scope and may("reviewer", permission)):
                wrong.append((scope, operation, is_refused))
    assert wrong == []


def test_a_token_is_worth_less_as_soon_as_its_owner_is(client: Client) -> None:
    owner = account("manager")
    headers = {"Authorization": f"Bearer {issue(user=owner, name='t', scope='write')}"}
    operation = "POST /api/thresholds/propose"
    assert asked(client, operation, **headers) != 403
    owner.groups.clear()
    assert asked(client, operation, **headers) == 403


@pytest.mark.parametrize(("identity", "status"), [(None, 401), ("no role", 200)])
def test_the_document_is_for_people_who_are_signed_in(
    client: Client, identity: str | None, status: int
) -> None:
    if identity:
        client.force_login(account(identity))
    assert client.get("/api/schema/").status_code == status
    assert client.get("/api/docs/").status_code == status


def test_an_operation_without_a_row_is_refused(client: Client, monkeypatch: Any) -> None:
    client.force_login(account("superuser"))
    monkeypatch.delitem(OPERATIONS, "GET /api/deer")
    assert asked(client, "GET /api/deer") == 403


def test_a_method_that_there_is_not_is_said(client: Client) -> None:
    client.force_login(account("viewer"))
    assert asked(client, "PATCH /api/deer") == 405


def test_looks_are_permitted_by_the_row_of_reading() -> None:
    assert OPERATIONS["GET /api/deer"] is Permission.VIEW
