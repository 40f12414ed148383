"""Torsos in the admin: the list by reason, and what a detection's page shows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from reid.tests import make, torsos

if TYPE_CHECKING:
    from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media_root")]
LIST = "admin:reid_torso_changelist"


def page(client: Client, address: str, *keys: object, **query: str) -> str:
    answer = client.get(reverse(address, args=keys), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_list_is_narrowed_to_a_reason(client: Client) -> None:
    aligned, blurred = make.detection(), make.detection()
    torsos.torso(aligned)
    torsos.torso(blurred, reason="blurred")
    everything = page(client, LIST)
    assert str(aligned.pk) in everything
    assert str(blurred.pk) in everything
    found = page(client, LIST, reason__exact="blurred")
    assert str(blurred.pk) in found
    assert str(aligned.pk) not in found


def test_a_detection_s_page_shows_the_outline_over_its_crop_and_the_upright_crop(
    client: Client,
) -> None:
    detection = make.detection()
    torsos.torso(detection)
    shown = page(client, "admin:reid_detection_change", detection.pk)
    assert 'viewBox="0 0 300 200"' in shown
    assert reverse("detection-crop", args=[detection.pk]) in shown
    assert reverse("detection-torso", args=[detection.pk]) in shown
    (line,) = re.findall(r'<polygon points="([^"]+)"', shown)
    across = [float(point.partition(",")[0]) for point in line.split()]
    # columns 6 to 30 of 36, of a crop of 300 pixels
    assert (min(across), max(across)) == pytest.approx((50, 250), abs=5)


def test_one_that_was_turned_down_is_shown_with_the_reason(client: Client) -> None:
    detection = make.detection()
    torsos.torso(detection, reason="several")
    shown = page(client, "admin:reid_detection_change", detection.pk)
    assert "several animals in the box" in shown
    assert "<polygon" in shown


def test_a_head_that_is_not_in_use_any_more_is_said(client: Client) -> None:
    detection = make.detection()
    torsos.torso(detection, head=torsos.a_head("an old one", is_active=False))
    shown = page(client, "admin:reid_detection_change", detection.pk)
    assert "not in use any more" in shown


def test_where_nobody_has_looked_the_page_says_what_does(client: Client) -> None:
    shown = page(client, "admin:reid_detection_change", make.detection().pk)
    assert "find_torsos" in shown


def test_nobody_s_face_is_shown(client: Client) -> None:
    detection = make.detection(corrected_classification="person")
    torsos.torso(detection)
    shown = page(client, "admin:reid_detection_change", detection.pk)
    assert "<polygon" not in shown
    assert reverse("detection-torso", args=[detection.pk]) not in shown
