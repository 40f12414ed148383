"""Facts of deer on their pages: what a merge takes over is said before, and a sex that sightings tell is set by one button."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from reid.models import Tag
from reid.tests import make
from reid.tests.reviewing import sighting

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


def test_a_half_name_offers_the_deer_that_may_be_meant_with_their_pictures(client: Client) -> None:
    oak, acacia = make.deer("Oak"), make.deer("Acacia")
    face = make.detection(deer=acacia)
    page = client.get(reverse("deer-merge", args=[oak.pk]), {"with": "Aca"})
    text = page.content.decode()
    assert "No deer is called Aca." in text
    assert f"?with={acacia.pk}" in text
    assert reverse("detection-crop", args=[face.pk]) in text


def test_what_the_one_that_stays_takes_over_is_said_before(client: Client) -> None:
    oak, elm = make.deer("Oak"), make.deer("Elm", sex="doe", status="alive")
    elm.tags.set(Tag.objects.named(["North"]))
    page = client.get(reverse("deer-merge", args=[oak.pk]), {"with": "Elm"}).content.decode()
    assert (
        "It takes over from Elm what is not known of it: sex: doe, alive or dead: alive, tags: North."
        in page
    )
    assert "It takes over from Oak" not in page


def test_a_sex_that_all_sightings_tell_is_set_by_one_button(client: Client) -> None:
    oak = make.deer("Oak")
    for _ in range(3):
        sighting(deer=oak, classification="doe")
    page = reverse("deer-profile", args=[oak.pk])
    assert "3 sightings are of a doe:" in client.get(page).content.decode()
    told = client.post(reverse("deer-sex", args=[oak.pk]), {"sex": "doe"}, follow=True)
    oak.refresh_from_db()
    assert oak.sex == "doe"
    assert "sightings are of a doe" not in told.content.decode()
