"""Page on which two deer are merged: the other one is found by a part of its name, and what the survivor takes over is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from reid.models import Tag
from reid.tests import make

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
        "It takes over from Elm, as it is not known of it: sex: doe, alive or dead: alive, tags: North."
        in page
    )
    assert "It takes over from Oak" not in page
