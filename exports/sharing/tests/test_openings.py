"""Rate of the public pages: counted by address and by link, and again in the next minute."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from exports.sharing import links, openings
from reid.tests import make

if TYPE_CHECKING:
    from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_client")]
HERE, THERE = "192.0.2.7", "192.0.2.8"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1_000_000.0]  # 40 seconds of its minute are over
    monkeypatch.setattr(openings.time, "time", lambda: now[0])  # type: ignore[attr-defined]
    return now


def test_an_address_waits_once_it_opened_too_many_links(
    monkeypatch: pytest.MonkeyPatch, clock: list[float]
) -> None:
    monkeypatch.setattr(openings, "PER_ADDRESS", 2)
    assert [openings.wait_of(HERE, key) for key in "abc"] == [0, 0, 20]
    assert openings.wait_of(THERE, "a") == 0
    clock[0] += 20
    assert openings.wait_of(HERE, "a") == 0


def test_a_link_waits_once_it_was_opened_too_often_from_anywhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(openings, "PER_LINK", 1)
    assert openings.wait_of(HERE, "a") == 0
    assert openings.wait_of(THERE, "a") == 20
    assert openings.wait_of(THERE, "b") == 0


def test_one_household_of_ipv6_counts_as_one_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openings, "PER_ADDRESS", 1)
    assert openings.wait_of("2001:db8:1:2::1", "a") == 0
    assert openings.wait_of("2001:db8:1:2:ffff::9", "b") == 20
    assert openings.wait_of("2001:db8:1:3::1", "c") == 0


def test_the_page_and_the_pdf_say_when_to_come_again(
    client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch, django_user_model: Any
) -> None:
    monkeypatch.setattr(openings, "PER_LINK", 1)
    new = links.of_deer(make.deer("Gus"), django_user_model.objects.create_user("ann").pk)
    settings.EMBEDDED = False
    assert "Gus" in client.get(f"/shared/{new.key}").content.decode()
    for address in (f"/shared/{new.key}", f"/shared/{new.key}/report.pdf"):
        answer = client.get(address)
        assert (answer.status_code, answer["Retry-After"]) == (429, "20")
        assert "Wait 20 seconds" in answer.content.decode()


def test_behind_a_proxy_each_client_is_counted_by_itself(
    client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openings, "PER_ADDRESS", 1)
    settings.EMBEDDED, settings.BEHIND_PROXY = False, True
    statuses = [
        client.get(f"/shared/{key}", headers={"X-Forwarded-For": address}).status_code
        for key, address in (("a", HERE), ("b", HERE), ("c", THERE))
    ]
    assert statuses == [404, 429, 404]


def test_links_open_while_redis_is_away(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openings, "PER_ADDRESS", 0)
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert openings.wait_of(HERE, "a") == 0
