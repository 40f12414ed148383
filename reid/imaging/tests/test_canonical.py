"""Canonical crops: made once, whole, each problem with its own reason."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from django.core.files.storage import default_storage

from reid.imaging.canonical import CropRequest, crop_name, crops_of_image
from reid.imaging.crops import Box, ImageProblem
from reid.imaging.frame import Frame
from reid.tests import make

pytestmark = pytest.mark.django_db


def crops(image, *detections):
    results = crops_of_image(Frame.of(image), list(map(CropRequest.of, detections)))
    assert [item.id for item in results] == [item.pk for item in detections]
    return [
        item.crop.reason if isinstance(item.crop, ImageProblem) else item.crop.size
        for item in results
    ]


def stored(detection) -> Path:
    return Path(default_storage.path(crop_name(detection.pk)))


def test_a_crop_is_stored_once_and_read_ever_after(media_root) -> None:
    image = make.image(with_file=True)
    detection = make.detection(image=image, x=10, y=10, width=100, height=80)
    assert crops(image, detection) == [(110, 88)]  # padded by 5 % on each side
    (media_root / image.path).unlink()
    assert crops(image, detection) == [(110, 88)]
    assert [path.suffix for path in stored(detection).parent.iterdir()] == [".jpg"]


def test_the_first_pass_sees_the_pixels_of_every_later_pass(media_root) -> None:
    image = make.image(with_file=True)
    wanted = [CropRequest.of(make.detection(image=image))]
    first, second = (
        crops_of_image(Frame.of(image), wanted)[0].crop.tobytes()  # type: ignore[union-attr]
        for _ in range(2)
    )
    assert first == second


def test_each_problem_is_its_own(media_root) -> None:
    image = make.image(with_file=True)
    good = make.detection(image=image)
    small = make.detection(image=image, width=49, height=100)
    outside = make.detection(image=image, x=400)
    # 100 px wide on paper, 20 on the image
    clipped = make.detection(image=image, x=300)
    results = crops(image, small, good, outside, clipped)
    assert results == ["too_small", (110, 110), "outside", "too_small"]


def test_a_file_that_is_gone_or_broken_is_a_problem_of_its_detections(media_root) -> None:
    content = b"\xff\xd8 no photograph"
    gone, broken = make.image(), make.image(sha256=hashlib.sha256(content).hexdigest())
    (media_root / broken.path).parent.mkdir(parents=True)
    (media_root / broken.path).write_bytes(content)
    assert crops(gone, make.detection(image=gone)) == ["missing"]
    assert crops(broken, make.detection(image=broken)) == ["unreadable"]


def test_another_photograph_under_the_name_is_never_cut(media_root) -> None:
    image = make.image(with_file=True)
    make.photograph(image.path, seed=99)
    assert crops(image, make.detection(image=image)) == ["changed"]
    assert not list(media_root.glob("crops/*/*"))


def test_a_path_out_of_the_media_root_is_not_followed(media_root) -> None:
    (media_root.parent / "secret.jpg").write_bytes(b"x")
    image = make.image("../secret.jpg")
    assert crops(image, make.detection(image=image)) == ["missing"]


def test_a_file_above_the_byte_limit_is_not_read(media_root, settings) -> None:
    settings.IMAGE_MAX_BYTES = 100
    image = make.image(with_file=True)
    assert crops(image, make.detection(image=image)) == ["too_large"]


def test_a_damaged_crop_is_made_anew(media_root) -> None:
    image = make.image(with_file=True)
    detection = make.detection(image=image)
    crops(image, detection)
    stored(detection).write_bytes(b"half a jp")
    assert crops(image, detection) == [(110, 110)]
    assert stored(detection).stat().st_size > 100


def test_nothing_is_left_where_the_disk_refuses(media_root, monkeypatch) -> None:
    image = make.image(with_file=True)
    detection = make.detection(image=image)

    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="space"):
        crops(image, detection)
    assert list(stored(detection).parent.iterdir()) == []


def test_crops_are_spread_over_folders() -> None:
    detection = make.detection()
    assert crop_name(detection.pk) == f"crops/{str(detection.pk)[:2]}/{detection.pk}.jpg"
    assert CropRequest.of(detection).box == Box(10, 10, 100, 100)
