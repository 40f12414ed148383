"""Frames of little videos that are made here: which ones, when, how turned, and what of a broken video."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import ExifTags
from PIL import Image as PILImage

from reid.tests.films import HEIGHT, SIDE, WIDTH, crossing, film, with_avi_time
from reid.video import extract as extracting
from reid.video.extract import Stretch, Wanted, extract, look
from reid.video.opening import BROKEN, EMPTY, NO_PICTURES, VideoProblem

if TYPE_CHECKING:
    from pathlib import Path

MOST = 100_000_000
SUM = "ab" * 32


def stretches(path: Path, **wanted: object) -> list[Stretch]:
    folder = path.with_suffix("")
    folder.mkdir()
    return list(extract(path, SUM, Wanted(**wanted), folder, MOST))  # type: ignore[arg-type]


def times(path: Path, **wanted: object) -> list[tuple[int, float]]:
    """Number and seconds of each frame, to the hundredth."""
    return [
        (frame.number, round(frame.seconds, 2))
        for part in stretches(path, **wanted)
        for frame in part.frames
    ]


@pytest.mark.parametrize("name", ["a.mp4", "a.MOV", "a.avi"])
def test_frames_come_at_the_rate_from_the_first_one_on(tmp_path: Path, name: str) -> None:
    path = film(tmp_path / name)
    assert times(path) == [(0, 0.0), (10, 1.0), (20, 2.0)]


def test_a_rate_that_the_video_does_not_divide_takes_the_next_frame(tmp_path: Path) -> None:
    """Ten frames a second, and three wanted: the first at or after each third of a second."""
    path = film(tmp_path / "a.mp4", frames=11)
    assert times(path, rate=3.0) == [(0, 0.0), (4, 0.4), (7, 0.7), (10, 1.0)]


@pytest.mark.parametrize("name", ["a.mp4", "a.avi"])
def test_only_frames_in_which_something_moves_are_taken(tmp_path: Path, name: str) -> None:
    """The square is there on frames 10 to 19 alone."""
    path = film(tmp_path / name, lambda number: crossing(number) if 10 <= number < 20 else None)
    assert times(path, rate=5.0) == [
        *[(0, 0.0), (10, 1.0), (12, 1.2), (14, 1.4), (16, 1.6), (18, 1.8)],
        (20, 2.0),
    ]


def test_all_frames_are_taken_where_they_are_asked_for(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", lambda _: None)
    assert times(path, rate=5.0, moving=False) == [(n, n / 10) for n in range(0, 30, 2)]


def test_a_still_video_gives_its_first_frame(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", lambda _: None)
    (part,) = stretches(path, rate=5.0)
    assert [frame.number for frame in part.frames] == [0]
    assert [file.name for file in (tmp_path / "a").iterdir()] == ["000000.jpg"]


def test_known_frames_are_not_written_again(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4")
    assert times(path, known=frozenset({0, 20})) == [(10, 1.0)]


def test_a_frame_is_the_picture_at_its_place(tmp_path: Path) -> None:
    """The square of frame 10 begins at 100 pixels and ends at 140."""
    (part,) = stretches(film(tmp_path / "a.mp4"))
    with PILImage.open(part.frames[1].path) as image:
        assert image.size == (WIDTH, HEIGHT)
        row = np.asarray(image)[120, :, 0]
    bright = [column for column, level in enumerate(row) if level > 180]
    assert bright[0] == pytest.approx(100, abs=2) and bright[-1] == pytest.approx(139, abs=2)
    assert len(bright) == pytest.approx(SIDE, abs=3)


def test_a_frame_names_its_video_and_number_and_is_always_the_same_bytes(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", lambda _: None)
    contents = []
    for name in ("1", "2"):
        (tmp_path / name).mkdir()
        parts = list(extract(path, SUM, Wanted(moving=False), tmp_path / name, MOST))
        contents.append([file.path.read_bytes() for part in parts for file in part.frames])
    first, again = contents
    assert first == again
    assert len({hashlib.sha256(content).digest() for content in first}) == 3
    with PILImage.open(tmp_path / "1" / "000010.jpg") as image:
        exif = image.getexif().get_ifd(ExifTags.IFD.Exif)
    assert exif[ExifTags.Base.ImageUniqueID] == f"{SUM[:24]}0000000a"


@pytest.mark.parametrize(
    ("turned", "brighter", "darker"),
    [(90, "bottom", "top"), (180, "right", "left"), (270, "top", "bottom")],
)
def test_frames_are_turned_upright(tmp_path: Path, turned: int, brighter: str, darker: str) -> None:
    """The scene's left half is the brighter one: turned by 90 degrees to the left it is the lower one."""
    (part,) = stretches(film(tmp_path / "a.mp4", lambda _: None, turned=turned))
    with PILImage.open(part.frames[0].path) as image:
        wanted = (HEIGHT, WIDTH) if turned % 180 else (WIDTH, HEIGHT)
        assert image.size == wanted
        level = {
            name: image.getpixel(place)[0]  # type: ignore[index]
            for name, place in {
                "left": (5, image.height // 2),
                "right": (image.width - 5, image.height // 2),
                "top": (image.width // 2, 5),
                "bottom": (image.width // 2, image.height - 5),
            }.items()
        }
    assert level[brighter] > level[darker] + 10


@pytest.mark.parametrize(
    ("metadata", "started_at"),
    [
        ({}, None),
        (
            {"creation_time": "2025-10-01T14:30:00.000000Z"},
            datetime.fromisoformat("2025-10-01T14:30:00"),
        ),
        (
            {
                "creation_time": "2025-10-01T14:30:00.000000Z",
                "com.apple.quicktime.creationdate": "2025-10-01T09:30:00-0500",
            },
            datetime(2025, 10, 1, 9, 30, tzinfo=timezone(timedelta(hours=-5))),
        ),
    ],
)
def test_the_time_is_the_containers(
    tmp_path: Path, metadata: dict[str, str], started_at: datetime | None
) -> None:
    info = look(film(tmp_path / "a.mov", metadata=metadata), MOST)
    assert (info.started_at, info.duration, info.fps) == (started_at, 3.0, 10.0)


def test_the_time_of_an_avi_is_the_one_that_cameras_write(tmp_path: Path) -> None:
    path = with_avi_time(film(tmp_path / "a.avi"), "Wed Oct 01 14:30:00 2025")
    assert look(path, MOST).started_at == datetime.fromisoformat("2025-10-01T14:30:00")


@pytest.mark.parametrize("name", ["a.mp4", "a.avi"])
def test_half_a_video_gives_what_can_be_decoded_and_says_so(tmp_path: Path, name: str) -> None:
    path = film(tmp_path / name, rate=5)  # 6 seconds
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 7 // 10])
    (part,) = stretches(path)
    assert part.is_last and part.is_damaged
    assert 1 <= len(part.frames) < 6
    assert part.seconds < 5.0


def test_a_whole_video_is_not_called_damaged(tmp_path: Path) -> None:
    assert not any(part.is_damaged for part in stretches(film(tmp_path / "a.mp4")))


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", EMPTY),
        (bytes(5_000), BROKEN.partition("{")[0]),
        (b"RIFF\0\0\0\0AVI LIST", BROKEN.partition("{")[0]),
        (
            b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n",
            BROKEN.partition("{")[0],
        ),
    ],
    ids=["empty", "zeros", "no frames", "list of addresses"],
)
def test_what_is_no_video_is_refused_in_a_sentence(
    tmp_path: Path, content: bytes, text: str
) -> None:
    path = tmp_path / "a.avi"
    path.write_bytes(content)
    with pytest.raises(VideoProblem) as refused:
        stretches(path)
    assert str(refused.value).startswith(text)
    assert str(tmp_path) not in str(refused.value)


def test_a_video_without_one_whole_frame_is_refused(tmp_path: Path) -> None:
    """An MP4 of which the index alone is there."""
    path = film(tmp_path / "a.mp4")
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"mdat") + 4])
    with pytest.raises(VideoProblem, match=NO_PICTURES):
        stretches(path)


def test_frames_of_too_many_pixels_are_refused_before_one_is_decoded(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4")
    with pytest.raises(VideoProblem, match="76,800 pixels, 76,799 are allowed") as refused:
        look(path, WIDTH * HEIGHT - 1)
    assert refused.value.is_large


def test_a_long_video_lies_on_the_disk_a_stretch_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extracting, "STRETCH", 4)
    path = film(tmp_path / "a.mp4")
    folder = tmp_path / "a"
    folder.mkdir()
    most, numbers = 0, []
    for part in extract(path, SUM, Wanted(5.0, moving=False), folder, MOST):
        most = max(most, len(list(folder.iterdir())))
        for frame in part.frames:
            numbers.append(frame.number)
            frame.path.unlink()
    assert numbers == list(range(0, 30, 2))
    assert most <= 5


def test_whoever_waits_hears_of_a_still_video_before_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extracting, "LONGEST_STRETCH", 1.0)
    heard = stretches(film(tmp_path / "a.mp4", lambda _: None), rate=10.0)
    assert [round(part.seconds, 1) for part in heard] == [1.0, 2.0, 2.9]
    assert [part.is_last for part in heard] == [False, False, True]
