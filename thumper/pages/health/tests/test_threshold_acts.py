"""Acts on thresholds as pages: shown first, done once confirmed, and refused in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analysis.tests.herds import herd
from analysis.thresholds.acts import LOOK_FIRST
from reid.models import ReidRun, Scorer, Threshold
from reid.tests import make
from reid.tests.reviewing import reviewer
from thumper.pages.health.tests.test_thresholds import work
from thumper.pages.health.threshold_acts import NO_SCORER

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def proposal(redis_client: object, client: Client) -> Threshold:
    reviewer("local")
    herd()
    client.post("/thresholds/propose", {"threshold": "0.82"})
    return Threshold.objects.get()


def test_a_number_of_one_s_own_is_proposed_and_names_nothing(proposal: Threshold) -> None:
    assert (str(proposal.value), proposal.is_active) == ("0.8200", False)
    assert proposal.scorer == Scorer.objects.active()


@pytest.mark.parametrize("typed", ["", "many", "1.5", "-1"])
def test_what_is_no_number_is_refused_in_words(client: Client, typed: str) -> None:
    make.scorer()
    text = client.post("/thresholds/propose", {"threshold": typed}, follow=True).content.decode()
    assert "is no threshold" in text
    assert not Threshold.objects.exists()


def test_without_anything_identified_nothing_is_proposed(client: Client) -> None:
    text = client.post("/thresholds/propose", {"threshold": "0.8"}, follow=True).content.decode()
    assert str(NO_SCORER) in text


def test_what_it_would_change_is_shown_before_it_is_approved(
    client: Client, proposal: Threshold
) -> None:
    address = f"/thresholds/{proposal.pk}/approve"
    asked = client.get(address).content.decode()
    assert "A worker is counting" in asked
    early = client.post(address, follow=True).content.decode()
    assert str(LOOK_FIRST) in early
    assert not Threshold.objects.filter(is_active=True).exists()
    work()
    assert '<button class="main">Approve</button>' in client.get(address).content.decode()
    done = client.post(address, follow=True).content.decode()
    assert "0.8200 is in force from the next run on." in done
    assert Threshold.objects.get(is_active=True) == proposal
    assert not ReidRun.objects.filter(kind=ReidRun.Kind.APPLY).exists()


def test_an_act_that_is_none_is_not_found(client: Client, proposal: Threshold) -> None:
    assert client.get(f"/thresholds/{proposal.pk}/explode").status_code == 404
