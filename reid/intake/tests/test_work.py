"""Work on a request: looked at, imported, identified, cancelled, killed, undone."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import django_rq
import pytest
from django.db import OperationalError
from django.utils import timezone

from reid import jobs
from reid.db import outage
from reid.importing import batches
from reid.importing.rows import SourceProblem
from reid.intake import requests, storage
from reid.intake.answers import Answers
from reid.intake.refusals import IntakeRefused, NotNow
from reid.intake.tests.uploaded import card, jpeg, megadetector, put
from reid.intake.working import claims, removal, waiting, work
from reid.models import Camera, Deer, Detection, Image, Import, ImportRequest, ReidRun
from reid.tests.films import film

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_client")]
State = ImportRequest.State


def looked_at(request: ImportRequest, source: str = "", **answers: Any) -> ImportRequest:
    requests.give_answers(request, source, Answers(**answers))
    requests.look(request)
    work.work(request.pk)
    request.refresh_from_db()
    return request


def imported(request: ImportRequest, source: str = "", **answers: Any) -> ImportRequest:
    looked_at(request, source, **answers)
    assert request.error == ""
    requests.start(request, clock_is_right=True)
    work.work(request.pk)
    request.refresh_from_db()
    return request


def test_a_look_says_what_would_be_made_and_makes_nothing(upload: ImportRequest) -> None:
    card(upload)
    looked_at(upload, camera="North gate", folders="none")
    preview = upload.preview
    assert upload.state == State.OPEN
    assert preview
    assert preview["understood"]["source"] == upload.title
    assert (preview["images"], preview["empty"], preview["cameras"], preview["deer"]) == (
        3,
        3,
        1,
        0,
    )
    (camera,) = preview["understood"]["cameras"]
    assert (camera["name"], camera["status"], camera["photographs"]) == ("North gate", "new", 3)
    assert camera["first"] == "2025-10-01T18:00:00+00:00"
    assert preview["understood"]["first_file"] == "2025-10-09T08:53:20+00:00"
    assert not (Image.objects.exists() or Camera.objects.exists() or Import.objects.exists())


def test_a_request_that_is_gone_is_no_work() -> None:
    work.work(uuid4())


def state_after_work(request: ImportRequest, *, is_raised: bool) -> str:
    with pytest.raises(RuntimeError) if is_raised else nullcontext():
        work.work(request.pk)
    request.refresh_from_db()
    return request.state


def raising(error: Exception) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "state", "is_raised"),
    [
        (SourceProblem("No such file."), State.OPEN, False),
        (claims.Stopped("stopped"), State.OPEN, False),
        (claims.TakenOver(), State.CHECKING, False),
        (RuntimeError("nobody expects it"), State.OPEN, True),
    ],
)
def test_a_look_that_fails_says_so(
    upload: ImportRequest,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    state: str,
    is_raised: bool,
) -> None:
    card(upload)
    monkeypatch.setattr(work, "_preview", raising(error))
    requests.give_answers(upload, "", Answers(camera="North gate", folders="none"))
    requests.look(upload)
    assert state_after_work(upload, is_raised=is_raised) == state
    assert bool(upload.error) is (is_raised or type(error) is SourceProblem)


@pytest.mark.parametrize(
    ("error", "state", "is_raised"),
    [
        (SourceProblem("No such file."), State.FAILED, False),
        (claims.TakenOver(), State.IMPORTING, False),
        (RuntimeError("nobody expects it"), State.FAILED, True),
    ],
)
def test_an_import_that_fails_says_so(
    upload: ImportRequest,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    state: str,
    is_raised: bool,
) -> None:
    card(upload)
    looked_at(upload, camera="North gate", folders="none")
    requests.start(upload, clock_is_right=True)
    monkeypatch.setattr(work, "import_detections", raising(error))
    assert state_after_work(upload, is_raised=is_raised) == state
    assert bool(upload.error) is not isinstance(error, claims.TakenOver)


def test_photographs_alone_come_in_without_detections_and_without_deer(
    upload: ImportRequest, media_root: Path
) -> None:
    card(upload)
    imported(upload, camera="North gate", folders="none")
    assert upload.state == State.DONE
    assert sorted(Image.objects.values_list("path", "camera__name")) == [
        (f"North gate/100RECNX/RCNX000{number}.JPG", "North gate") for number in (1, 2, 3)
    ]
    assert not (Detection.objects.exists() or Deer.objects.exists())
    stored = media_root / "North gate/100RECNX/RCNX0001.JPG"
    assert stored.samefile(storage.folder_of(upload.pk) / "100RECNX/RCNX0001.JPG")


def test_a_video_that_is_uploaded_gives_photographs(
    upload: ImportRequest, tmp_path: Path, media_root: Path
) -> None:
    path = film(tmp_path / "CLIP.MP4", metadata={"creation_time": "2025-10-01T14:30:00Z"})
    put(upload, "100RECNX/CLIP.MP4", path.read_bytes())
    imported(upload, camera="North gate", folders="none")
    assert upload.state == State.DONE
    assert upload.preview and upload.preview["images"] == 1
    assert Image.objects.filter(video__path="100RECNX/CLIP.MP4").count() == 3
    assert len(list((media_root / "North gate" / "100RECNX").glob("CLIP-*/*.jpg"))) == 3


def test_an_upload_in_the_volume_of_the_photographs_becomes_photographs_of_its_own(
    upload: ImportRequest, media_root: Path, settings: Any
) -> None:
    settings.UPLOAD_ROOT = media_root / ".uploads"
    card(upload, 1)
    imported(upload, camera="North gate")
    assert Image.objects.get().path == "North gate/100RECNX/RCNX0001.JPG"
    record = Import.objects.get()
    removal.undo_whole(record, actor=upload.actor)
    assert (storage.folder_of(upload.pk) / "100RECNX/RCNX0001.JPG").exists()


def test_folders_are_cameras_where_somebody_says_so(upload: ImportRequest) -> None:
    put(upload, "north/1.jpg", jpeg(1))
    put(upload, "south/DCIM/1.jpg", jpeg(2))
    put(upload, "top.jpg", jpeg(3))
    imported(upload, folders="cameras", camera="gate")
    found = dict(Image.objects.values_list("path", "camera__name"))
    assert sorted(str(name) for name in found.values()) == ["gate", "north", "south"]


def test_a_folder_of_cameras_may_be_uploaded_as_a_whole(upload: ImportRequest) -> None:
    put(upload, "cards/north/100RECNX/1.jpg", jpeg(1))
    put(upload, "cards/south/100RECNX/1.jpg", jpeg(2))
    imported(upload, folders="cameras")
    assert set(Image.objects.values_list("camera__name", flat=True)) == {"north", "south"}


def test_the_folders_of_a_card_are_no_cameras(upload: ImportRequest) -> None:
    put(upload, "north/100RECNX/1.jpg", jpeg(1))
    put(upload, "north/101RECNX/1.jpg", jpeg(2))
    imported(upload, folders="cameras")
    assert set(Image.objects.values_list("camera__name", flat=True)) == {"north"}


def test_what_a_detector_calls_an_animal_is_one_until_somebody_says_that_all_are_deer(
    upload: ImportRequest,
) -> None:
    put(upload, "boxes.json", megadetector(card(upload, 1)))
    imported(upload, "boxes.json", camera="North gate")
    assert (upload.state, Detection.objects.get().classification) == (State.DONE, "animal")


def test_a_detectors_file_brings_boxes_and_folders_their_cameras(upload: ImportRequest) -> None:
    paths = card(upload, 2, "north/100RECNX") + card(upload, 1, "south")
    put(upload, "boxes.json", megadetector(paths))
    imported(upload, "boxes.json", folders="cameras")
    assert Detection.objects.count() == 2  # the third photograph is a copy of the first
    assert set(Camera.objects.values_list("name", flat=True)) == {"north"}


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("boxes.json", "card/100RECNX/1.jpg"),
        ("boxes.json", "100RECNX/1.jpg"),
        ("boxes.json", "D:\\trail\\card\\100RECNX\\1.jpg"),
        ("card/boxes.json", "100RECNX/1.jpg"),
        ("card/boxes.json", "card/100RECNX/1.jpg"),
        ("card/100RECNX/boxes.json", "1.jpg"),
    ],
)
def test_a_detectors_file_finds_its_photographs_wherever_it_was_written(
    upload: ImportRequest, source: str, written: str
) -> None:
    put(upload, "card/100RECNX/1.jpg", jpeg(1))
    put(upload, source, megadetector([written]))
    imported(upload, source, camera="North gate", folders="cameras")
    assert Detection.objects.get().image.camera is not None
    assert Camera.objects.get().name in ("North gate", "card")


def test_one_camera_is_of_all_photographs_of_a_detectors_file(upload: ImportRequest) -> None:
    paths = card(upload, 2)
    put(upload, "boxes.json", megadetector(paths))
    imported(upload, "boxes.json", camera="North gate")
    assert Detection.objects.filter(image__camera__name="North gate").count() == 2


def test_columns_of_a_table_are_named_by_a_person(upload: ImportRequest) -> None:
    card(upload, 1)
    put(upload, "table.csv", b"Where,Who,Species\n100RECNX/RCNX0001.JPG,Old Gus,buck\n")
    looked_at(upload, "table.csv")
    assert "path" in upload.error
    imported(upload, "table.csv", columns={"path": "Where", "deer": "Who", "classification": ""})
    assert Deer.objects.get().name == "Old Gus"
    assert Detection.objects.get().classification != "buck"


def test_a_clock_that_was_wrong_is_corrected_by_camera(upload: ImportRequest) -> None:
    card(upload, 1)
    imported(upload, camera="North gate", clocks={"North gate": 3600.0})
    image = Image.objects.get()
    assert image.captured_at is not None
    assert image.captured_at.isoformat() == "2025-10-01T19:00:00+00:00"


def test_nothing_starts_before_a_person_has_looked_and_said_that_the_times_are_right(
    upload: ImportRequest,
) -> None:
    with pytest.raises(IntakeRefused, match="choose photographs"):
        requests.look(upload)
    card(upload, 1)
    with pytest.raises(IntakeRefused, match="Look at"):
        requests.start(upload, clock_is_right=True)
    looked_at(upload)
    with pytest.raises(IntakeRefused, match="times are right"):
        requests.start(upload, clock_is_right=False)
    requests.give_answers(upload, "", Answers(camera="other"))
    with pytest.raises(IntakeRefused, match="Look at"):
        requests.start(upload, clock_is_right=True)


def test_two_windows_start_it_once(upload: ImportRequest) -> None:
    card(upload, 1)
    looked_at(upload)
    other = ImportRequest.objects.get(pk=upload.pk)
    requests.start(upload, clock_is_right=True)
    with pytest.raises(NotNow):
        requests.start(other, clock_is_right=True)
    work.work(upload.pk)
    work.work(upload.pk)  # a second entry of the queue finds nothing to do
    assert Import.objects.count() == 1


def test_a_cancelled_import_keeps_whole_batches_and_is_finished_by_starting_it_again(
    upload: ImportRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    card(upload, 3)
    looked_at(upload, camera="North gate")
    monkeypatch.setattr(batches, "BATCH", 1)
    requests.start(upload, clock_is_right=True)
    at_work = claims.beats

    def beats(request: ImportRequest) -> Any:
        beat = at_work(request)

        def cancelled(done: int, total: int | None) -> None:
            requests.cancel(upload)
            beat(done, total)

        return cancelled

    monkeypatch.setattr(claims, "beats", beats)
    work.work(upload.pk)
    upload.refresh_from_db()
    assert (upload.state, upload.error) == (State.CANCELLED, claims.CANCELLED)
    assert Image.objects.count() == 1
    assert Import.objects.get().state == Import.State.FAILED

    monkeypatch.setattr(claims, "beats", at_work)
    imported(upload, camera="North gate")
    assert Image.objects.count() == 3
    assert upload.state == State.DONE


def test_what_waits_is_cancelled_at_once(upload: ImportRequest) -> None:
    card(upload, 1)
    requests.look(upload)
    requests.cancel(upload)
    assert upload.state == State.CANCELLED
    work.work(upload.pk)
    upload.refresh_from_db()
    assert upload.preview is None


def half_done(upload: ImportRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """An import whose worker died after its first photograph."""
    card(upload, 3)
    looked_at(upload, camera="North gate")
    requests.start(upload, clock_is_right=True)

    class Died(BaseException):
        pass

    def beats(_: ImportRequest) -> Any:
        def beat(done: int, total: int | None) -> None:
            raise Died

        return beat

    with monkeypatch.context() as patch:
        patch.setattr(batches, "BATCH", 1)
        patch.setattr(claims, "beats", beats)
        with pytest.raises(Died):
            work.work(upload.pk)
    # a killed process writes no end
    Import.objects.update(state=Import.State.RUNNING, finished_at=None, error="")
    upload.refresh_from_db()
    assert (upload.state, upload.at_work, Image.objects.count()) == (State.IMPORTING, True, 1)


def test_a_killed_import_is_taken_up_again_and_undone_as_a_whole(
    upload: ImportRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    half_done(upload, monkeypatch)
    django_rq.get_queue(requests.QUEUE).empty()
    assert jobs.resume_silent() == []  # for all that is known, its worker is alive
    jobs.on_import_killed(str(upload.pk))
    assert jobs.resume_silent() == [str(upload.pk)]
    assert jobs.resume_silent() == []
    (job,) = django_rq.get_queue(requests.QUEUE).jobs
    assert (job.func_name, job.args) == (requests.JOB, [str(upload.pk)])
    work.work(upload.pk)
    upload.refresh_from_db()
    assert (upload.state, Image.objects.count()) == (State.DONE, 3)
    states = sorted(upload.records.values_list("state", flat=True))
    assert states == [Import.State.COMPLETED, Import.State.FAILED]

    newest = upload.records.first()
    assert newest
    would = removal.undo_whole(newest, actor=upload.actor, dry_run=True)
    assert sum(report.images for report in would) == 3
    assert Image.objects.count() == 3
    removal.undo_whole(newest, actor=upload.actor)
    assert not Image.objects.exists()
    assert not upload.records.filter(undone_at__isnull=True).exists()
    upload.refresh_from_db()
    assert (upload.state, upload.preview) == (State.OPEN, None)
    imported(upload, camera="South gate")
    assert set(Image.objects.values_list("camera__name", flat=True)) == {"South gate"}


def test_a_silent_worker_is_taken_for_dead(
    upload: ImportRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    half_done(upload, monkeypatch)
    ImportRequest.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=11))
    assert jobs.resume_silent() == [str(upload.pk)]


def test_an_import_that_kills_its_worker_again_and_again_is_given_up(
    upload: ImportRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    half_done(upload, monkeypatch)
    ImportRequest.objects.update(attempts=claims.MOST_ATTEMPTS, at_work=False)
    work.work(upload.pk)
    upload.refresh_from_db()
    assert upload.state == State.FAILED
    assert "3 times" in upload.error


def test_the_last_try_of_an_import_is_not_given_up_while_its_worker_lives(
    upload: ImportRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is queued twice where it waited for long, and a second worker comes to it."""
    half_done(upload, monkeypatch)
    now = timezone.now()
    ImportRequest.objects.update(attempts=claims.MOST_ATTEMPTS, at_work=True, heartbeat_at=now)
    work.work(upload.pk)
    upload.refresh_from_db()
    assert (upload.state, upload.at_work, upload.error) == (State.IMPORTING, True, "")


def with_boxes(upload: ImportRequest) -> ReidRun:
    put(upload, "boxes.json", megadetector(card(upload, 2)))
    imported(upload, "boxes.json", camera="North gate", animals="unknown_deer")
    assert Detection.objects.identifiable().count() == 2
    assert upload.run is not None
    return upload.run


def test_deer_that_came_in_are_identified_and_then_it_is_done(upload: ImportRequest) -> None:
    run = with_boxes(upload)
    assert (upload.state, run.kind) == (State.IDENTIFYING, ReidRun.Kind.IDENTIFY)
    run.state, run.started_at = ReidRun.State.COMPLETED, timezone.now()
    run.save()
    waiting.on_run_done(run)
    upload.refresh_from_db()
    assert upload.state == State.DONE
    assert upload.finished_at is not None


def test_a_run_that_had_begun_before_is_followed_by_another(upload: ImportRequest) -> None:
    run = with_boxes(upload)
    run.state, run.started_at = ReidRun.State.COMPLETED, timezone.now() - timedelta(hours=1)
    run.save()
    waiting.on_run_done(run)
    upload.refresh_from_db()
    assert upload.state == State.IDENTIFYING
    assert upload.run_id != run.pk


def test_a_run_that_failed_ends_it_with_a_sentence(upload: ImportRequest) -> None:
    run = with_boxes(upload)
    run.state = ReidRun.State.FAILED
    run.save()
    jobs.resume_silent()
    upload.refresh_from_db()
    assert upload.state == State.DONE
    assert "Identification" in upload.error


def test_an_identification_that_is_stopped_can_go_on(upload: ImportRequest) -> None:
    run = with_boxes(upload)
    waiting.stop(upload)
    assert (upload.state, upload.is_unfinished) == (State.IDENTIFYING, False)
    jobs.identify(str(run.pk))
    upload.refresh_from_db()
    assert (upload.state, upload.error) == (State.DONE, waiting.STOPPED[State.IDENTIFYING])
    waiting.go_on(upload)
    upload.refresh_from_db()
    assert (upload.state, upload.error) == (State.IDENTIFYING, "")
    assert upload.run_id not in (None, run.pk)


def test_an_identification_that_another_import_waits_for_goes_on_for_it(
    upload: ImportRequest, ranger: Any
) -> None:
    run = with_boxes(upload)
    other = requests.create_upload(ranger, "South gate")
    ImportRequest.objects.filter(pk=other.pk).update(state=State.IDENTIFYING, run=run)
    waiting.stop(upload)
    run.refresh_from_db()
    upload.refresh_from_db()
    assert not run.cancel_requested
    assert (upload.state, upload.is_unfinished) == (State.DONE, True)


def test_what_waits_for_nothing_is_neither_stopped_nor_gone_on_with(upload: ImportRequest) -> None:
    for act in (waiting.stop, waiting.go_on):
        with pytest.raises(NotNow):
            act(upload)


def test_uploads_that_nobody_touches_go_after_their_days(
    upload: ImportRequest, settings: Any, ranger: Any
) -> None:
    card(upload, 1)
    imported(upload, camera="North gate")
    fresh = requests.create_upload(ranger, "South gate")
    put(fresh, "1.jpg", jpeg(9))
    long_ago = timezone.now() - timedelta(days=settings.UPLOAD_KEEP_DAYS + 1)
    ImportRequest.objects.filter(pk=upload.pk).update(touched_at=long_ago, finished_at=long_ago)
    upload.files.update(created_at=long_ago)
    assert jobs.sweep_uploads() == 1
    upload.refresh_from_db()
    assert upload.files_gone_at is not None
    assert not storage.folder_of(upload.pk).exists()
    assert (storage.folder_of(fresh.pk) / "1.jpg").exists()
    image = Image.objects.get()
    assert (settings.MEDIA_ROOT / image.path).exists()


def test_an_upload_is_removed_by_a_person_and_photographs_of_the_store_stay(
    upload: ImportRequest, ranger: Any
) -> None:
    card(upload, 1)
    imported(upload)
    requests.remove(upload)
    assert Image.objects.count() == 1
    assert ImportRequest.objects.filter(pk=upload.pk).exists()
    other = requests.create_upload(ranger, "South gate")
    put(other, "1.jpg", jpeg(9))
    requests.remove(other)
    assert not ImportRequest.objects.filter(pk=other.pk).exists()


def test_an_import_that_meets_an_outage_is_taken_up_again(
    upload: ImportRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outage, "is_away", lambda error: isinstance(error, OperationalError))
    card(upload)
    looked_at(upload, camera="North gate", folders="none")
    requests.start(upload, clock_is_right=True)
    with monkeypatch.context() as away:

        def lost(*_: object, **__: object) -> None:
            raise OperationalError("the connection is lost")

        away.setattr(work, "import_detections", lost)
        work.work(upload.pk)
    upload.refresh_from_db()
    assert (upload.state, upload.error) == (State.IMPORTING, "")
    assert work.resume_silent() == [str(upload.pk)]
    work.work(upload.pk)
    assert Image.objects.count() == 3
