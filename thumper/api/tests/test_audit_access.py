"""Access to audits in production: people who are signed in, and tokens that may write."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analysis.tests.herds import herd
from reid.models import AuditItem
from reid.tests.reviewing import reviewer
from thumper.api.tests.tokens import issue

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


def test_a_token_that_may_only_read_sees_the_audit_and_judges_nothing(
    client: Client, settings
) -> None:
    herd()
    assert client.post("/api/audits/plan", content_type="application/json").status_code == 201
    settings.EMBEDDED = False
    settings.SECURE_SSL_REDIRECT = False
    item = AuditItem.objects.filter(is_planted=False).first()
    assert item is not None
    for verb in ("next", "status"):
        assert client.get(f"/api/audits/{verb}").status_code == 401
    for scope, may_write in (("read", False), ("write", True)):
        key = issue(user=reviewer(), name="t", scope=scope)
        headers = {"Authorization": f"Bearer {key}"}
        shown = client.get("/api/audits/next", headers=headers).json()["item"]
        body = {"item": shown["item"], "version": shown["version"], "answer": "cannot_tell"}
        answer = client.post(
            "/api/audits/record", body, content_type="application/json", headers=headers
        )
        assert answer.status_code == (201 if may_write else 403)
    judged = AuditItem.objects.exclude(outcome="").get()
    assert judged.reviewer == reviewer()
