"""Problems (application/problem+json) for every kind of exception."""

from __future__ import annotations

import json

import pytest
import redis
from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.request import Request

from thumper.api import problems


def answer(rf, exc: Exception):
    response = problems.exception_handler(exc, {"request": Request(rf.get("/api/x"))})
    assert response["Content-Type"] == "application/problem+json"
    return response, json.loads(response.content)


@pytest.mark.parametrize(
    ("exc", "status", "detail"),
    [
        (Http404(), 404, problems.NO_SUCH_ADDRESS),
        (Http404("No such deer."), 404, "No such deer."),
        (PermissionDenied(), 403, problems.NOT_ALLOWED),
        (redis.ConnectionError("away"), 503, problems.REDIS_AWAY),
        (redis.TimeoutError("slow"), 503, problems.REDIS_AWAY),
        (exceptions.MethodNotAllowed("PUT"), 405, 'Method "PUT" not allowed.'),
        (exceptions.ParseError("no JSON"), 400, "no JSON"),
        (ZeroDivisionError("secret"), 500, problems.INTERNAL_ERROR),
    ],
)
def test_status_and_detail(rf, exc, status, detail):
    response, body = answer(rf, exc)
    assert response.status_code == status
    assert body["detail"] == detail
    assert (body["status"], body["instance"], body["type"]) == (status, "/api/x", "about:blank")


def test_nested_validation_errors_are_laid_flat(rf):
    nested = exceptions.ValidationError(
        {"name": ["too long"], "boxes": [{}, {"x": ["negative"]}], "non_field_errors": ["odd"]}
    )
    _, body = answer(rf, nested)
    assert body["errors"] == [
        {"code": "invalid", "field": "name", "message": "too long"},
        {"code": "invalid", "field": "boxes.1.x", "message": "negative"},
        {"code": "invalid", "field": "", "message": "odd"},
    ]
    assert body["detail"] == "too long"


def test_a_malformed_body_is_listed(rf):
    _, body = answer(rf, exceptions.ParseError("no JSON"))
    assert body["errors"] == [{"code": "invalid", "field": "", "message": "no JSON"}]


def test_headers_of_the_exception_are_sent(rf):
    challenge = exceptions.NotAuthenticated()
    setattr(challenge, "auth_header", "Bearer")  # noqa: B010 - DRF sets it so, untyped
    assert answer(rf, challenge)[0]["WWW-Authenticate"] == "Bearer"
    assert answer(rf, exceptions.Throttled(wait=1.2))[0]["Retry-After"] == "2"
    assert answer(rf, redis.ConnectionError())[0]["Retry-After"] == "5"


def test_what_was_not_foreseen_is_logged_and_not_told(rf, caplog):
    _, body = answer(rf, ZeroDivisionError("secret"))
    assert "secret" not in json.dumps(body)
    assert "secret" in caplog.text


def test_pages_keep_their_own_not_found(client, db):
    assert client.get("/nowhere")["Content-Type"].startswith("text/html")
    assert client.get("/api/nowhere")["Content-Type"] == problems.CONTENT_TYPE
