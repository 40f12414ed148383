"""Page of decisions, and the review page of a sighting that was decided on another day."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from reid import reviewing
from reid.models import Detection, Operation
from reid.suggesting.past_decisions import PAGE
from reid.tests import make
from reid.tests.reviewing import reviewer, seen, sighting
from thumper.models import Preference

if TYPE_CHECKING:
    from uuid import UUID

    from django.test import Client

pytestmark = pytest.mark.django_db


def named(name: str) -> tuple[Operation, UUID]:
    of = sighting()
    done = reviewing.new_deer(sighting=of.pk, name=name, versions=seen(of), actor=reviewer())
    return done, of.pk


def test_a_decision_is_shown_and_leads_to_its_sighting(client: Client) -> None:
    _done, key = named("Ada")
    text = client.get("/review/decisions").content.decode()
    assert "Ada" in text
    assert f'href="/review/?sighting={key}"' in text


def test_a_decision_is_taken_back_and_that_is_said(client: Client) -> None:
    done, key = named("Ada")
    answer = client.post(f"/review/decisions/{done.pk}/undo", follow=True)
    assert "Taken back" in answer.content.decode()
    assert Detection.objects.get(sighting=key).deer is None


def test_what_changed_since_is_not_taken_back_and_the_reason_is_said(client: Client) -> None:
    done, key = named("Ada")
    other = make.deer(name="Bo")
    versions = dict(Detection.objects.filter(sighting=key).values_list("pk", "version"))
    reviewing.assign(sighting=key, deer=other.pk, versions=versions, actor=reviewer())
    text = client.post(f"/review/decisions/{done.pk}/undo", follow=True).content.decode()
    assert 'class="said error"' in text
    assert Detection.objects.get(sighting=key).deer == other


def test_a_decision_that_never_was_is_said(client: Client) -> None:
    unknown = "00000000-0000-4000-8000-000000000000"
    text = client.post(f"/review/decisions/{unknown}/undo", follow=True).content.decode()
    assert "There is no operation" in text


def test_older_ones_are_on_the_next_page(client: Client) -> None:
    for number in range(PAGE + 1):
        named(f"Deer {number}")
    answer = client.get("/review/decisions")
    assert "Deer 0<" not in answer.content.decode()
    older = client.get("/review/decisions?" + urlencode({"before": answer.context["next"]}))
    assert "Deer 0<" in older.content.decode()
    assert older.context["next"] == ""


def test_a_marker_that_is_none_shows_the_newest(client: Client) -> None:
    named("Ada")
    assert "Ada" in client.get("/review/decisions?before=yesterday").content.decode()


def test_the_api_gives_a_decided_sighting_with_its_name(client: Client) -> None:
    _done, key = named("Ada")
    page = client.get(f"/api/review/next?sighting={key}").json()
    assert page["item"]["sighting"] == str(key)
    assert page["item"]["assigned"] == "Ada"
    assert page["item"]["selection"] == "search"


def test_the_review_page_has_the_person_s_own_keys(client: Client) -> None:
    Preference.objects.create(user=reviewer("local"), uses_keys=False, keys={"skip": "k"})
    text = client.get("/review/").content.decode()
    assert 'data-uses-keys="no"' in text
    assert "<kbd>k</kbd> skip" in text
