"""Crops of detections over HTTP, to those who may see them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from PIL import Image

from reid.api.pictures.crops import NOT_SHOWN
from reid.imaging.canonical import crop_name
from reid.imaging.derived_files import thumbnail_name
from reid.showing.crops import SIDE
from reid.tests import make

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client

    from reid.models import Detection

pytestmark = pytest.mark.django_db


def stored(detection: Detection, media_root: Path) -> bytes:
    make.photograph(crop_name(detection.pk), 256, 256)
    return (media_root / crop_name(detection.pk)).read_bytes()


def get(client: Client, detection, kind: str = "crop", **headers: str):
    key = getattr(detection, "pk", detection)
    return client.get(f"/api/detections/{key}/{kind}", headers=headers)


def test_a_crop_is_the_stored_file(client: Client, media_root: Path) -> None:
    detection = make.detection()
    content = stored(detection, media_root)
    for accept in ("image/jpeg", "image/avif,image/webp,*/*;q=0.8"):
        answer = get(client, detection, Accept=accept)
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
        assert b"".join(answer.streaming_content) == content
    assert "private" in answer["Cache-Control"]


def test_what_describes_an_address_is_no_picture(client: Client) -> None:
    answer = client.options(f"/api/detections/{uuid4()}/crop?format=jpg")
    assert answer.status_code == 405


def test_where_no_run_has_made_one_it_is_cut_out_of_the_photograph(
    client: Client, media_root: Path
) -> None:
    detection = make.detection(image=make.image(with_file=True), x=10, y=20, width=100, height=80)
    for kind in ("thumbnail", "crop"):
        answer = get(client, detection, kind)
        assert answer.status_code == 200
        with Image.open(io.BytesIO(b"".join(answer.streaming_content))) as picture:
            assert picture.size == (110, 88)  # 5 % more on each side
    assert (media_root / crop_name(detection.pk)).is_file()


def test_what_networks_cannot_compare_is_shown_to_people(
    client: Client, media_root: Path, settings: Any
) -> None:
    settings.REID_MIN_CROP = 64
    detection = make.detection(image=make.image(with_file=True), x=10, y=20, width=20, height=20)
    assert get(client, detection).status_code == 200


def test_of_a_photograph_that_cannot_be_read_a_sentence_says_so(
    client: Client, media_root: Path
) -> None:
    answer = get(client, make.detection())
    missing = "The file of this photograph is not there: is its disk mounted?"
    assert (answer.status_code, answer.json()["detail"]) == (404, missing)
    assert get(client, uuid4()).json()["detail"] == NOT_SHOWN


@pytest.mark.parametrize("name", ["person", "vehicle"])
def test_nobody_s_face_is_shown_even_where_a_crop_is_left_from_before(
    client: Client, media_root: Path, name: str
) -> None:
    detection = make.detection(classification="doe", corrected_classification=name)
    stored(detection, media_root)
    answer = get(client, detection)
    assert (answer.status_code, answer.json()["detail"]) == (404, NOT_SHOWN)


def test_a_stranger_sees_nothing(client: Client, media_root: Path, settings) -> None:
    detection = make.detection()
    stored(detection, media_root)
    settings.EMBEDDED = False
    settings.SECURE_SSL_REDIRECT = False
    assert get(client, detection).status_code == 401


def test_a_thumbnail_is_made_once_of_the_crop(client: Client, media_root: Path) -> None:
    detection = make.detection()
    stored(detection, media_root)

    def fetch() -> bytes:
        answer = get(client, detection, "thumbnail")
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
        return b"".join(answer.streaming_content)

    content = fetch()
    with Image.open(io.BytesIO(content)) as picture:
        assert picture.size == (SIDE, SIDE)
    (media_root / crop_name(detection.pk)).unlink()
    assert fetch() == content
    assert (media_root / thumbnail_name(detection.pk)).read_bytes() == content


def test_a_damaged_crop_is_made_anew(client: Client, media_root: Path) -> None:
    detection = make.detection(image=make.image(with_file=True))
    stored(detection, media_root)
    (media_root / crop_name(detection.pk)).write_bytes(b"no picture")
    assert get(client, detection, "thumbnail").status_code == 200
    with Image.open(media_root / crop_name(detection.pk)) as picture:
        picture.load()
