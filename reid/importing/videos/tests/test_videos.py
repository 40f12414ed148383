"""Videos of imports: their frames are photographs with a time, a place in the video and a camera."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings

from reid.grouping.rebuild import regroup
from reid.grouping.timelines import TouchedTimelines
from reid.imaging.capture_time import file_time
from reid.import_undo.undo import undo
from reid.importing import report as import_report
from reid.importing.detections import import_detections
from reid.importing.options import BAD_VIDEO_FPS, MOST_VIDEO_FPS, ImportOptions
from reid.importing.reading import endings
from reid.importing.reading.files import CHANGED
from reid.importing.rows import RefusalReason, SourceProblem
from reid.importing.videos import frames as frames_of_videos
from reid.importing.videos import unfold
from reid.importing.videos.said import BY_FILE, DAMAGED, READ
from reid.importing.videos.unfold import BOX_OF_VIDEO, FRAMES
from reid.models import Detection, Encounter, Image, Import, Video
from reid.tests import make
from reid.tests.films import film, with_avi_time
from reid.video import extract as extracting
from reid.video.opening import EMPTY

if TYPE_CHECKING:
    from pathlib import Path

    from reid.importing.videos.tests.conftest import Bring

pytestmark = pytest.mark.django_db
START = datetime(2025, 10, 1, 14, 30, tzinfo=UTC)
TIME = {"creation_time": "2025-10-01T14:30:00.000000Z"}
OLD = 1_700_000_000.0


def old(path: Path, modified: float = OLD) -> Path:
    os.utime(path, (modified, modified))
    return path


def frames() -> list[tuple[int | None, datetime | None]]:
    rows = Image.objects.filter(video__isnull=False).order_by("captured_at", "frame_number")
    return list(rows.values_list("frame_number", "captured_at"))


def test_the_frames_of_a_video_are_photographs_with_their_times(
    bring: Bring, tmp_path: Path, media_root: Path
) -> None:
    card = tmp_path / "card"
    film(card / "north" / "CLIP.MP4", metadata=TIME)
    report = bring(card, folders="cameras")
    assert (report.images, report.empty, report.unlooked) == (3, 3, 3)
    assert frames() == [(n * 10, START + timedelta(seconds=n)) for n in range(3)]
    video = Video.objects.get()
    assert (video.path, video.duration, video.fps) == ("north/CLIP.MP4", 3.0, 10.0)
    assert video.finished_at and not video.is_damaged
    for image in Image.objects.all():
        assert image.camera and image.camera.name == "north"
        assert image.time_source == Image.TimeSource.VIDEO
        assert image.source_path == f"north/CLIP.MP4#{image.frame_number}"
        folder = f"card/north/CLIP-{video.sha256[:12]}"
        assert image.path == f"{folder}/{image.frame_number:06}.jpg"
        assert (media_root / image.path).stat().st_size == image.size
        assert image.looked == Image.Looked.NO
    assert report.notes[READ] == 1
    assert "1 video was read, and gave 3 photographs" in " ".join(report.warnings)
    assert list((settings.UPLOAD_ROOT / FRAMES).iterdir()) == []


def test_only_moving_frames_come_in_unless_all_are_asked_for(bring: Bring, tmp_path: Path) -> None:
    film(tmp_path / "card" / "a.mp4", lambda _: None, metadata=TIME)
    assert bring(tmp_path / "card").images == 1
    report = bring(tmp_path / "card", video_frames="all", video_fps=2.0)
    assert report.images == 5
    assert [number for number, _ in frames()] == [0, 5, 10, 15, 20, 25]
    assert Video.objects.get().taken == Video.Taken.ALL


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan"), MOST_VIDEO_FPS + 1])
def test_a_rate_that_cannot_be_is_refused(bring: Bring, tmp_path: Path, rate: float) -> None:
    film(tmp_path / "card" / "a.mp4")
    text = BAD_VIDEO_FPS.format(rate=rate, most=MOST_VIDEO_FPS)
    with pytest.raises(SourceProblem) as refused:
        bring(tmp_path / "card", video_fps=rate)
    assert str(refused.value) == text


def test_an_avi_of_a_camera_has_its_time_in_the_cameras_zone(bring: Bring, tmp_path: Path) -> None:
    with_avi_time(film(tmp_path / "card" / "a.AVI"), "Wed Oct 01 14:30:00 2025")
    bring(tmp_path / "card", time_zone="America/Chicago", one_camera="north")
    assert frames()[0] == (0, START + timedelta(hours=5))


def test_a_clock_that_is_wrong_is_corrected_as_for_photographs(
    bring: Bring, tmp_path: Path
) -> None:
    film(tmp_path / "card" / "a.mp4", metadata=TIME)
    bring(tmp_path / "card", one_camera="north", clock_offsets={"north": -3600.0})
    assert frames()[1] == (10, START - timedelta(seconds=3599))


def test_without_a_time_of_its_own_a_pattern_over_names_gives_it(
    bring: Bring, tmp_path: Path
) -> None:
    film(tmp_path / "card" / "20251001_143000.avi")
    bring(tmp_path / "card", finders={"captured_at": r"(?P<captured_at>\d{8}_\d{6})"})
    assert frames() == [(n * 10, START + timedelta(seconds=n)) for n in range(3)]
    assert set(Image.objects.values_list("time_source", flat=True)) == {Image.TimeSource.PATTERN}


def test_else_the_file_says_when_it_ended_and_that_is_said(bring: Bring, tmp_path: Path) -> None:
    """The file was last written at OLD, when its three seconds were over."""
    old(film(tmp_path / "card" / "a.avi"))
    report = bring(tmp_path / "card")
    assert frames()[0] == (0, datetime.fromtimestamp(OLD - 3, UTC))
    assert Image.objects.all()[0].time_source == Image.TimeSource.FILE
    assert report.notes[BY_FILE] == 1


@pytest.mark.parametrize("said", ["9999-12-31T23:59:59Z", ""])
def test_a_time_at_the_end_of_the_calendar_costs_no_video(
    bring: Bring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    film(tmp_path / "card" / "a.mp4", metadata={"creation_time": said} if said else {})
    if not said:  # few file systems take such a time
        monkeypatch.setattr(frames_of_videos, "file_time", lambda _: file_time(10**21))
    bring(tmp_path / "card")
    assert {at for _, at in frames()} == {None}


def test_the_same_video_is_known_by_its_file_and_by_its_bytes(
    bring: Bring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = old(film(tmp_path / "card" / "a.mp4", metadata=TIME))
    bring(tmp_path / "card")

    def never(*_: object) -> None:
        raise AssertionError("it was opened again")

    monkeypatch.setattr(unfold, "extract", never)
    with monkeypatch.context() as patch:
        patch.setattr(frames_of_videos, "look", never)
        assert bring(tmp_path / "card").skipped == {import_report.ALREADY: 1}
    shutil.copy(path, tmp_path / "card" / "b.mp4")
    old(tmp_path / "card" / "b.mp4", OLD + 60)
    assert bring(tmp_path / "card").skipped == {import_report.ALREADY: 2}
    assert (Image.objects.count(), Video.objects.count()) == (3, 1)


def test_two_videos_of_one_name_lie_side_by_side(bring: Bring, tmp_path: Path) -> None:
    film(tmp_path / "1" / "card" / "a.mp4", metadata=TIME)
    film(tmp_path / "2" / "card" / "a.mp4", frames=20, metadata=TIME)
    bring(tmp_path / "1" / "card")
    bring(tmp_path / "2" / "card")
    assert Video.objects.count() == 2
    folders = {image.path.rpartition("/")[0] for image in Image.objects.all()}
    assert len(folders) == 2


@pytest.mark.parametrize("name", ["a.mp4", "a.avi"])
def test_half_a_video_gives_what_can_be_decoded_and_a_warning(
    bring: Bring, tmp_path: Path, name: str
) -> None:
    path = film(tmp_path / "card" / name, rate=5)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 7 // 10])
    report = bring(tmp_path / "card")
    assert 1 <= report.images < 6
    assert report.notes[DAMAGED] == 1
    assert "of 0:06" in " ".join(report.warnings)
    assert Video.objects.get().is_damaged


def test_a_broken_video_is_refused_by_name_and_the_rest_comes_in(
    bring: Bring, tmp_path: Path
) -> None:
    card = tmp_path / "card"
    film(card / "good.mp4", metadata=TIME)
    (card / "empty.mp4").touch()
    (card / "zeros.avi").write_bytes(bytes(4_000))
    (card / "small.LRV").write_bytes(b"x")
    report = bring(card)
    assert report.images == 3
    assert report.refused == {RefusalReason.UNREADABLE.value: 2}
    texts = {refusal.path: refusal.text for refusal in report.refusals}
    assert texts["empty.mp4"] == EMPTY
    assert "copy it from the card again" in texts["zeros.avi"]
    assert report.notes[endings.OTHER] == 1


def test_videos_in_folders_of_deer_are_left_out_and_counted(bring: Bring, tmp_path: Path) -> None:
    film(tmp_path / "card" / "Gus" / "a.mp4")
    report = bring(tmp_path / "card", folders="deer")
    assert report.images == 0
    assert report.notes[endings.VIDEO] == 1


def test_a_table_says_when_a_video_began(bring: Bring, tmp_path: Path) -> None:
    """Somebody has looked at it and found nothing; each frame is later by its seconds."""
    film(tmp_path / "a.mp4", metadata=TIME)
    path = tmp_path / "t.csv"
    path.write_text("path,captured_at,classification\na.mp4,2025-10-02 08:00:00,empty\n")
    bring(path, folders="")
    assert frames()[2][1] == datetime(2025, 10, 2, 8, 0, 2, tzinfo=UTC)


def test_a_box_or_an_animal_that_a_table_has_of_a_video_is_refused(
    bring: Bring, tmp_path: Path
) -> None:
    film(tmp_path / "a.mp4", metadata=TIME)
    path = tmp_path / "t.csv"
    path.write_text("path,classification\na.mp4,doe\n")
    report = bring(path, folders="")
    assert [refusal.text for refusal in report.refusals] == [BOX_OF_VIDEO]
    assert report.refused == {RefusalReason.VIDEO.value: 1}


def test_an_import_that_broke_off_within_a_video_goes_on_with_the_frames_that_it_lacks(
    bring: Bring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, django_user_model: Any
) -> None:
    monkeypatch.setattr(extracting, "STRETCH", 2)
    film(tmp_path / "card" / "a.mp4", metadata=TIME)

    def stop(done: int, total: int | None) -> None:
        raise SourceProblem("stopped")

    with pytest.raises(SourceProblem):
        import_detections(
            tmp_path / "card",
            actor=django_user_model.objects.get(username="ranger"),
            options=ImportOptions(folders="none", time_zone="UTC", video_fps=2.0),
            progress=stop,
        )
    assert [number for number, _ in frames()] == [0, 5]
    assert Video.objects.get().finished_at is None
    report = bring(tmp_path / "card", video_fps=2.0)
    assert report.images == 4
    assert [number for number, _ in frames()] == [0, 5, 10, 15, 20, 25]
    assert Video.objects.get().finished_at
    assert list((settings.UPLOAD_ROOT / FRAMES).iterdir()) == []


def test_what_a_killed_import_left_is_deleted_by_the_next_one(bring: Bring, tmp_path: Path) -> None:
    left = settings.UPLOAD_ROOT / FRAMES / "left"
    left.mkdir(parents=True)
    (left / "000001.jpg").write_bytes(b"x")
    old(left)
    film(tmp_path / "card" / "a.mp4")
    bring(tmp_path / "card")
    assert not left.exists()


def test_a_video_that_changes_while_it_is_read_is_refused(
    bring: Bring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = film(tmp_path / "card" / "a.mp4")
    looked = extracting.look

    def grow(*given: Any) -> Any:
        info = looked(*given)
        with path.open("ab") as file:
            file.write(b"more")
        return info

    monkeypatch.setattr(frames_of_videos, "look", grow)
    report = bring(tmp_path / "card")
    assert [refusal.text for refusal in report.refusals] == [CHANGED]
    assert not Video.objects.exists()


def test_a_dry_run_looks_at_the_first_frame_of_each_and_keeps_nothing(
    bring: Bring, tmp_path: Path, media_root: Path
) -> None:
    film(tmp_path / "card" / "a.mp4", metadata=TIME)
    film(tmp_path / "card" / "b.avi", metadata=TIME)
    report = bring(tmp_path / "card", dry_run=True)
    assert (report.images, report.notes[READ]) == (2, 2)
    assert "the first frame of each" in " ".join(report.warnings)
    assert not (Video.objects.exists() or Image.objects.exists() or Import.objects.exists())
    assert not list(media_root.rglob("*.jpg"))


def test_the_frames_of_a_video_without_a_time_are_one_encounter(
    bring: Bring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two videos lie in one folder; boxes come later, as by a detector."""
    film(tmp_path / "card" / "a.mp4")
    film(tmp_path / "card" / "b.mp4", frames=20)
    bring(tmp_path / "card")
    Image.objects.update(captured_at=None)
    touched = TouchedTimelines()
    for image in Image.objects.all():
        box = {"x": 1, "y": 1, "width": 50, "height": 50, "confidence": 0.9}
        Detection.objects.create(image=image, classification="doe", **box)
        touched.add(None, image.path, None)
    regroup(touched, {})
    assert sorted(one.images.count() for one in Encounter.objects.all()) == [2, 3]


def test_an_undo_removes_frames_and_video_and_the_import_can_be_repeated(
    bring: Bring,
    tmp_path: Path,
    media_root: Path,
    django_user_model: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:
    old(film(tmp_path / "card" / "a.mp4", metadata=TIME))
    bring(tmp_path / "card")
    with django_capture_on_commit_callbacks(execute=True):
        undo(Import.objects.get().pk, actor=django_user_model.objects.get(username="ranger"))
    assert not (Video.objects.exists() or Image.objects.exists())
    assert not list(media_root.rglob("*.jpg"))
    assert bring(tmp_path / "card").images == 3


def test_an_undo_keeps_the_video_of_frames_that_stay_and_lets_the_others_come_again(
    bring: Bring, tmp_path: Path, django_user_model: Any
) -> None:
    """The second import brought the frames between those of the first one."""
    old(film(tmp_path / "card" / "a.mp4", metadata=TIME))
    bring(tmp_path / "card")
    bring(tmp_path / "card", video_fps=2.0)
    first = Import.objects.order_by("started_at")[0]
    undo(first.pk, actor=django_user_model.objects.get(username="ranger"))
    assert [number for number, _ in frames()] == [5, 15, 25]
    assert Video.objects.get().finished_at is None
    assert bring(tmp_path / "card", video_fps=2.0).images == 3


def test_a_camera_is_given_to_the_frames_of_a_known_video_where_it_is_read_again(
    bring: Bring, tmp_path: Path
) -> None:
    old(film(tmp_path / "card" / "a.mp4", metadata=TIME))
    bring(tmp_path / "card")
    make.camera("north")
    bring(tmp_path / "card", one_camera="north", verify=True)
    assert set(Image.objects.values_list("camera__name", flat=True)) == {"north"}
    assert Image.objects.count() == 3
