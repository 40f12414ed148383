"""Offers: no page shows somebody a link or a button to what his role may not do."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, resolve

from reid.models import Camera, Deer, Image, Import
from reid.reviewing import assign
from reid.tests import make
from reid.tests.reviewing import reviewer, seen, sighting
from thumper.accounts.roles import is_granted
from thumper.accounts.tests.identities import account
from thumper.pages.permissions import PAGES, PROGRAMS

if TYPE_CHECKING:
    from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_client", "export_root")]

NAMES = ("href", "action", "formaction", "hx-get", "hx-post")


class Offered(HTMLParser):
    """Addresses that a page offers."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses |= {value for name, value in attrs if name in NAMES and value}


def offered(body: str) -> set[str]:
    parser = Offered()
    parser.feed(body)
    return parser.addresses


def name_of(address: str, page: str) -> str:
    path = urlsplit(address).path or urlsplit(page).path
    try:
        return resolve(path).view_name if path.startswith("/") else ""
    except Resolver404:
        return ""


def addresses() -> list[str]:
    """Every page of a store in which something of everything was done."""
    ada = make.deer(name="Ada")
    of = sighting()
    assign(sighting=of.pk, deer=ada.pk, versions=seen(of), actor=reviewer())
    sighting(frames=2)
    make.threshold(make.scorer(), "0.8123")
    camera = make.camera()
    camera.deployments.create(started_on="2025-01-01")
    camera.outages.create(started_on="2025-02-01", ended_on="2025-02-02")
    make.detection(image=make.image(camera=camera), deer=ada)
    record = Import.objects.create(kind="detections", source="card.json", state="completed")
    return [
        *("/", "/search/?q=a", "/cameras/", "/photographs/", "/deer/", "/exports/"),
        *("/thresholds/", "/trends/", "/health/", "/imports/", f"/imports/{record.pk}/"),
        *("/account/", "/account/tokens", "/account/sessions"),
        *(f"/cameras/{one.pk}" for one in Camera.objects.all()),
        *(f"/photographs/{one.pk}" for one in Image.objects.all()[:2]),
        *(f"/deer/{one.pk}{part}" for one in Deer.objects.all() for part in ("", "/pictures", "/history", "/look-alikes")),
    ]  # fmt: skip


@pytest.mark.parametrize("identity", ["viewer", "reviewer"])
def test_nobody_is_offered_what_he_may_not_do(client: Client, settings: Any, identity: str) -> None:
    pages = addresses()
    settings.EMBEDDED = False
    settings.SECURE_SSL_REDIRECT = False
    user = account(identity)
    client.force_login(user)
    wrong, count = set(), 0
    for page in pages:
        answer = client.get(page)
        assert answer.status_code == 200, page
        for address in offered(answer.content.decode()):
            asked = (PAGES | PROGRAMS).get(name_of(address, page))
            count += asked is not None
            if asked and not is_granted(user, asked):
                wrong.add((page, address))
    assert count > 100
    assert sorted(wrong) == []
