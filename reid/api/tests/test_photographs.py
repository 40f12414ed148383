"""Whole photographs over HTTP: the very file or a copy that browsers show, in ranges, and small ones made once."""

from __future__ import annotations

import io
import threading
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from PIL import Image as Picture

from reid.api.pictures.photographs import NO_IMAGE
from reid.showing import photographs
from reid.showing.photographs import Showable
from reid.tests import make

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client

    from reid.models import Image

pytestmark = pytest.mark.django_db


def photograph(media_root: Path, kind: str = "JPEG", turn: int = 1) -> Image:
    """A stored photograph of 64 x 48 pixels of that format, before it is turned."""
    exif = Picture.Exif()
    exif[0x0112] = turn
    path = media_root / f"one.{kind.lower()}"
    Picture.new("RGB", (64, 48), "olive").save(path, kind, exif=exif)
    size = (48, 64) if turn in (6, 8) else (64, 48)
    stored = make.image(path.name, width=size[0], height=size[1])
    stored.size = path.stat().st_size
    stored.save()
    return stored


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_a_jpeg_is_its_own_file_and_is_kept_by_browsers(client: Client, media_root: Path) -> None:
    image = photograph(media_root)
    answer = client.get(f"/api/images/{image.pk}/file")
    content = (media_root / image.path).read_bytes()
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    assert (body(answer), answer["Content-Length"]) == (content, str(len(content)))
    assert answer["Cache-Control"] == "private, no-cache"
    again = client.get(f"/api/images/{image.pk}/file", headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304


def test_a_range_of_bytes_is_served_and_one_outside_refused(
    client: Client, media_root: Path
) -> None:
    image = photograph(media_root)
    content = (media_root / image.path).read_bytes()
    part = client.get(f"/api/images/{image.pk}/file", headers={"Range": "bytes=2-5"})
    assert (part.status_code, body(part)) == (206, content[2:6])
    assert part["Content-Range"] == f"bytes 2-5/{len(content)}"
    outside = client.get(f"/api/images/{image.pk}/file", headers={"Range": "bytes=999999-"})
    assert outside.status_code == 416


@pytest.mark.parametrize(("kind", "turn"), [("TIFF", 1), ("HEIF", 1), ("PNG", 6)])
def test_what_browsers_do_not_show_upright_becomes_a_jpeg_once(
    client: Client, media_root: Path, kind: str, turn: int
) -> None:
    image = photograph(media_root, kind, turn)
    answer = client.get(f"/api/images/{image.pk}/file")
    assert answer["Content-Type"] == "image/jpeg"
    with Picture.open(io.BytesIO(body(answer))) as shown:
        assert (shown.format, shown.size) == ("JPEG", (image.width, image.height))
    assert (media_root / photographs.copy_name(image.pk)).is_file()


def test_a_thumbnail_is_made_once_by_whoever_asks_first(
    media_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = photograph(media_root)
    made: list[str] = []
    make_one = Showable._made

    def counted(one: Showable, at_least: int | None) -> bytes:
        made.append(one.frame.path)
        return make_one(one, at_least)

    monkeypatch.setattr(Showable, "_made", counted)
    showable = Showable.of(image)
    start = threading.Barrier(4)

    def ask() -> None:
        start.wait()
        showable.small().close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert made == [image.path]
    assert (media_root / photographs.small_name(image.pk)).is_file()


def test_a_range_of_another_version_gets_the_whole_photograph(
    client: Client, media_root: Path
) -> None:
    image = photograph(media_root)
    address = f"/api/images/{image.pk}/file"
    whole = client.get(address)
    content, wanted = body(whole), {"Range": "bytes=2-5", "If-Range": whole["ETag"]}
    assert body(client.get(address, headers=wanted)) == content[2:6]
    make.detection(image=image, classification="person", x=1, y=1, width=9, height=9)
    blurred: Any = client.get(address, headers=wanted)
    assert (blurred.status_code, body(blurred)[:2]) == (200, b"\xff\xd8")


def test_a_thumbnail_is_small(client: Client, media_root: Path) -> None:
    image = make.image("large.jpg", with_file=True, width=1600, height=1200)
    answer = client.get(f"/api/images/{image.pk}/thumbnail")
    with Picture.open(io.BytesIO(body(answer))) as shown:
        assert shown.size == (320, 240)


def test_what_is_wrong_with_a_file_is_said(client: Client, media_root: Path) -> None:
    image = photograph(media_root)
    path = media_root / image.path
    path.write_bytes(path.read_bytes() + b"x")
    assert "overwritten" in client.get(f"/api/images/{image.pk}/file").json()["detail"]
    assert "overwritten" in client.get(f"/api/images/{image.pk}/thumbnail").json()["detail"]
    path.unlink()
    assert "not there" in client.get(f"/api/images/{image.pk}/file").json()["detail"]
    answer = client.get(f"/api/images/{uuid4()}/file")
    assert (answer.status_code, answer.json()["detail"]) == (404, NO_IMAGE)
