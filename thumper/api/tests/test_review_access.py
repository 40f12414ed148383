"""Access to reviews in production: people who are signed in, and tokens that may write."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reid.models import Operation
from reid.tests.reviewing import reviewer, seen, sighting
from thumper.api.tests.tokens import issue

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


def test_a_token_that_may_only_read_reviews_nothing(client: Client, settings) -> None:
    settings.EMBEDDED = False
    settings.SECURE_SSL_REDIRECT = False
    of = sighting()
    body = {"versions": {str(key): version for key, version in seen(of).items()}}

    def invalidate(**headers: str) -> int:
        return client.post(
            "/api/review/invalidate", body, content_type="application/json", headers=headers
        ).status_code

    for scope, status in (("read", 403), ("write", 201)):
        key = issue(user=reviewer(), name="t", scope=scope)
        assert invalidate(Authorization=f"Bearer {key}") == status
    assert Operation.objects.get().actor == reviewer()
    assert invalidate() == 401
    assert client.get("/api/review/next").status_code == 401


def test_a_signed_in_page_s_posts_carry_their_csrf_token(settings) -> None:
    from django.test import Client

    settings.EMBEDDED = False
    settings.SECURE_SSL_REDIRECT = False
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(reviewer())
    of = sighting()
    body = {"versions": {str(key): version for key, version in seen(of).items()}}
    browser.get("/review/")
    token = browser.cookies["csrftoken"].value
    for headers, status in (({}, 403), ({"X-CSRFToken": token}, 201)):
        answer = browser.post(
            "/api/review/invalidate", body, content_type="application/json", headers=headers
        )
        assert answer.status_code == status, answer.content
