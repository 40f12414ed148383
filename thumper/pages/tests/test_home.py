"""Front page: the state of the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reid.tests import make

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


def page(client: Client) -> str:
    answer = client.get("/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_empty_store_says_what_to_do(client: Client) -> None:
    assert "import_detections --help" in page(client)


def test_without_an_approved_threshold_it_says_that_it_only_ranks(client: Client) -> None:
    make.scorer()
    assert "<strong>ranked</strong>, none is assigned" in page(client)


def test_a_threshold_without_an_audit_is_called_unproven(client: Client) -> None:
    make.threshold(make.scorer(), "0.8123")
    text = page(client)
    assert "0.8123" in text
    assert "not proven by an audit" in text


def test_an_override_is_shown_beside_what_is_approved(client: Client, settings) -> None:
    scorer = make.scorer()
    settings.REID_THRESHOLD = 0.65
    text = page(client)
    assert "No threshold is approved" in text
    assert "runs use 0.6500, unproven (REID_THRESHOLD)" in text
    assert "none is assigned" not in text
    make.threshold(scorer, "0.8123")
    text = page(client)
    assert "0.8123" in text
    assert "runs use 0.6500, unproven (REID_THRESHOLD)" in text


def test_a_deer_s_name_is_text(client: Client) -> None:
    make.detection(deer=make.deer(name="<script>alert(1)</script>"))
    text = page(client)
    assert "<script>" not in text
    assert "&lt;script&gt;" in text


@pytest.mark.parametrize("address", ["/", "/review/"])
def test_production_asks_who_is_there(client: Client, settings, address: str) -> None:
    settings.EMBEDDED = False
    assert client.get(address).status_code == 302


def test_the_review_page_knows_its_doors_and_its_keys(client: Client) -> None:
    answer = client.get("/review/")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert 'data-next="/api/review/next" data-deer="/api/deer"' in text
    assert 'id="flank"' in text
    assert "csrfmiddlewaretoken" in text
    for key in "nrisug":
        assert f'data-key="{key}"' in text


def test_the_front_page_says_how_much_waits_for_review(client: Client) -> None:
    make.detection()
    assert 'title="waiting">1<' in page(client)
