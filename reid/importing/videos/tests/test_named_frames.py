"""MegaDetector's results for videos: boxes come onto the frames that they name, stored ones or such as are taken for them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from reid.import_undo.undo import undo
from reid.importing.rows import RefusalReason
from reid.importing.videos import unfold
from reid.importing.videos.named_frames import BLANK, NOT_IN_IT, NOT_STORED, NOT_THERE, SEVERAL
from reid.importing.videos.said import READ
from reid.models import Detection, Image, Import, Video
from reid.tests.films import HEIGHT, SIDE, WIDTH, film

if TYPE_CHECKING:
    from pathlib import Path

    from reid.importing.videos.tests.conftest import Bring

pytestmark = pytest.mark.django_db
START = datetime(2025, 10, 1, 14, 30, tzinfo=UTC)
TIME = {"creation_time": "2025-10-01T14:30:00.000000Z"}


def box(number: int, **fields: Any) -> dict[str, Any]:
    """The box of the square on a frame of `films.film`: it moves by 10 pixels a frame."""
    shares = [10 * number / WIDTH, 100 / HEIGHT, SIDE / WIDTH, SIDE / HEIGHT]
    return {"category": "1", "conf": 0.9, "bbox": shares, "frame_number": number} | fields


def results(path: Path, *boxes: dict[str, Any], looked: tuple[int, ...] = (), **more: Any) -> Path:
    """MegaDetector's file about the video north/CLIP.MP4; frames 0, 5 and 10 were looked at."""
    entry = {
        "file": "north/CLIP.MP4",
        "frame_rate": 10.0,
        "frames_processed": looked or (0, 5, 10),
        "detections": boxes,
    }
    document = {
        "info": {"format_version": "1.5", "detector": "md_v5a.0.1.pt"},
        "detection_categories": {"1": "animal", "2": "person"},
        "images": [entry | more],
    }
    path.write_text(json.dumps(document))
    return path


def boxes_of(number: int) -> list[tuple[int, int, int, int]]:
    rows = Detection.objects.filter(image__frame_number=number).order_by("x")
    return list(rows.values_list("x", "y", "width", "height"))


def numbers() -> list[int | None]:
    frames = Image.objects.filter(video__isnull=False).order_by("frame_number")
    return list(frames.values_list("frame_number", flat=True))


@pytest.fixture
def card(tmp_path: Path) -> Path:
    film(tmp_path / "card" / "north" / "CLIP.MP4", metadata=TIME)
    return tmp_path / "card"


def test_frames_that_are_stored_get_their_boxes_though_the_video_is_gone(
    bring: Bring, card: Path
) -> None:
    """Frames 0, 10 and 20 are stored; of 0 the file says that nothing is on it, of 20 nothing."""
    bring(card)
    (card / "north/CLIP.MP4").unlink()
    path = results(card / "md.json", box(10), box(10, category="2"), box(5))
    report = bring(path, folders="")
    assert boxes_of(10) == [(100, 100, SIDE, SIDE)]
    assert numbers() == [0, 10, 20]
    looked = Image.objects.order_by("frame_number").values_list("looked", flat=True)
    assert list(looked) == ["yes", "yes", "no"]
    assert [str(refusal.text) for refusal in report.refusals] == [NOT_STORED.format(number=5)]
    assert report.refused == {RefusalReason.VIDEO.value: 1}


def test_frames_that_are_not_stored_are_taken_of_the_video(bring: Bring, card: Path) -> None:
    path = results(card / "md.json", box(5), box(10), box(10, conf=0.1))
    report = bring(path, folders="", one_camera="north")
    assert numbers() == [5, 10]
    assert (boxes_of(5), boxes_of(10)) == ([(50, 100, SIDE, SIDE)], [(100, 100, SIDE, SIDE)])
    image = Image.objects.get(frame_number=5)
    assert image.captured_at == START + timedelta(seconds=0.5)
    assert image.camera and image.camera.name == "north"
    assert image.source_path == "north/CLIP.MP4#5"
    assert Detection.objects.get(image=image).detector == "md_v5a.0.1.pt"
    assert report.skipped[BLANK] == 1
    assert report.notes[READ] == 1
    assert "gave 2 photographs: the frames that its file names" in " ".join(report.warnings)


def test_the_other_frames_of_such_a_video_come_in_later_and_the_file_can_be_repeated(
    bring: Bring, card: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = results(card / "md.json", box(5), box(10))
    bring(path, folders="")
    assert Video.objects.get().finished_at is None
    assert bring(card).images == 2
    assert numbers() == [0, 5, 10, 20]
    assert Video.objects.get().finished_at

    def never(*_: object) -> None:
        raise AssertionError("it was opened again")

    monkeypatch.setattr(unfold, "extract", never)
    report = bring(path, folders="")
    assert (report.images, report.detections, report.refused) == (0, 0, {})
    assert Detection.objects.count() == 2


def test_of_a_video_on_which_nothing_was_found_one_frame_comes_in_as_blank(
    bring: Bring, card: Path
) -> None:
    report = bring(results(card / "md.json"), folders="")
    assert numbers() == [0]
    assert (report.images, report.empty, report.skipped[BLANK]) == (1, 1, 2)
    assert Image.objects.get().looked == Image.Looked.YES


def test_a_frame_that_the_video_does_not_have_is_refused_and_the_others_come_in(
    bring: Bring, card: Path
) -> None:
    report = bring(results(card / "md.json", box(5), box(30)), folders="")
    assert numbers() == [5]
    assert [refusal.text for refusal in report.refusals] == [NOT_IN_IT.format(number=30)]


def test_a_video_that_is_neither_there_nor_stored_is_refused_with_what_to_do(
    bring: Bring, card: Path
) -> None:
    (card / "north/CLIP.MP4").unlink()
    report = bring(results(card / "md.json", box(5)), folders="")
    assert report.refused == {RefusalReason.MISSING.value: 1}
    assert report.refusals[0].text == NOT_THERE.format(text="there is no such file")


def test_of_two_stored_videos_of_one_name_neither_is_guessed(bring: Bring, card: Path) -> None:
    bring(card)
    film(card / "north" / "CLIP.MP4", frames=20, metadata=TIME)
    bring(card)
    (card / "north/CLIP.MP4").unlink()
    report = bring(results(card / "md.json", box(10)), folders="")
    assert report.refusals[0].text == SEVERAL.format(text="there is no such file")
    assert not Detection.objects.exists()


def test_a_video_at_which_the_detector_failed_comes_in_as_not_looked_at(
    bring: Bring, card: Path
) -> None:
    path = results(card / "md.json", failure="Failure video access", frame_rate=-1, detections=None)
    bring(path, folders="")
    assert numbers() == [0, 10, 20]
    assert set(Image.objects.values_list("looked", flat=True)) == {Image.Looked.FAILED}


def test_a_video_that_cannot_be_opened_is_refused_with_all_that_its_file_says(
    bring: Bring, card: Path
) -> None:
    (card / "north/CLIP.MP4").write_bytes(bytes(4_000))
    report = bring(results(card / "md.json", box(5), box(10)), folders="")
    assert report.refused == {RefusalReason.UNREADABLE.value: 3}  # two boxes and a blank frame


def test_a_dry_run_takes_one_frame_and_keeps_nothing(bring: Bring, card: Path) -> None:
    report = bring(results(card / "md.json", box(5), box(10)), folders="", dry_run=True)
    assert (report.images, report.refused) == (1, {})
    assert not (Image.objects.exists() or Video.objects.exists() or Import.objects.exists())


def test_an_undo_takes_the_boxes_away_and_leaves_the_frames(
    bring: Bring, card: Path, django_user_model: Any
) -> None:
    bring(card)
    bring(results(card / "md.json", box(10)), folders="")
    last = Import.objects.order_by("-started_at")[0]
    undo(last.pk, actor=django_user_model.objects.get(username="ranger"))
    assert not Detection.objects.exists()
    assert numbers() == [0, 10, 20]
