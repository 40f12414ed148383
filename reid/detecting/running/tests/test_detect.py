"""Runs of detection: boxes found and written once, blanks and failures said, what people did left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reid.detecting.running import detect, looking
from reid.detecting.running.tests.photographed import (
    detected,
    finish,
    in_use,
    photograph,
    ranger,
)
from reid.detecting.tests import detectors, networks
from reid.identifying import run_lifecycle, run_workers
from reid.import_undo import undo
from reid.models import Detection, Encounter, Image, Import, ReidRun
from reid.networks.model_card import ModelRefused
from reid.reviewing.photographs.boxes import delete_boxes
from reid.storage.photo_store import StoreAway, photo_store, read_file
from reid.tests import make

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media_root")]
ANIMAL, PERSON = (30, 30, 60, 30), (120, 0, 60, 90)


@pytest.fixture(autouse=True)
def _models(tmp_path: Path, settings: Any) -> None:
    settings.MODEL_ROOT = tmp_path / "models"


def boxes(image: Image) -> list[tuple[str, tuple[int, ...]]]:
    rows = Detection.objects.filter(image=image).order_by("x")
    return [(row.classification, (row.x, row.y, row.width, row.height)) for row in rows]


def test_boxes_blanks_and_failures_are_written_with_who_looked() -> None:
    detector = in_use()
    both = photograph(1, animal=ANIMAL, person=PERSON)
    blank = photograph(2, 10)
    gone = photograph(3, 20)
    photo_store.delete(gone.path)
    run = detected()
    assert run.state == "completed"
    wanted = {"photographs": 3, "boxes": 2, "animals": 1, "people": 1, "blank": 1, "failed": 1}
    assert run.counts.items() >= wanted.items()
    assert boxes(both) == [("animal", ANIMAL), ("person", PERSON)]
    row = Detection.objects.get(classification="animal")
    assert (row.confidence, row.detector, row.source_label) == (0.9, "squares 1", "animal")
    assert (row.detected_by, row.made_by_import) == (detector, run.record)
    looked = {image.pk: image for image in Image.objects.all()}
    assert [looked[image.pk].looked for image in (both, blank, gone)] == ["yes", "yes", "failed"]
    assert looked[blank.pk].looked_by == detector
    assert looked[gone.pk].look_failure == f"missing: {gone.path}"


def test_the_record_of_the_import_says_what_came_of_it() -> None:
    detector = in_use()
    photograph(1, animal=ANIMAL)
    photograph(2, 10)
    record = detected().record
    assert record
    assert (record.kind, record.state, record.source) == (
        Import.Kind.DETECTOR,
        Import.State.COMPLETED,
        "detection by squares 1",
    )
    assert record.counts == {"detections": 1, "empty": 1}
    assert record.options["fingerprint"] == detector.fingerprint
    assert record.actor == ranger()


def test_boxes_are_grouped_into_encounters_and_sightings() -> None:
    in_use()
    camera = make.camera()
    images = [photograph(number, number * 2.0, animal=ANIMAL) for number in (1, 2, 30)]
    Image.objects.update(camera=camera)
    detected()
    rows = [
        Detection.objects.select_related("image", "sighting").get(image=image) for image in images
    ]
    encounters = [row.image.encounter_id for row in rows]
    assert encounters[0] == encounters[1] != encounters[2]
    assert [row.sighting and row.sighting.encounter_id for row in rows] == encounters
    assert Encounter.objects.count() == 2


def test_a_second_run_finds_nothing_to_do_and_failures_are_tried_again() -> None:
    in_use()
    photograph(1, animal=ANIMAL)
    gone = photograph(2, 10, animal=ANIMAL)
    content = read_file(gone.path)
    photo_store.delete(gone.path)
    detected()
    photo_store.replace(gone.path, content)
    again = detected()
    assert (again.counts["photographs"], again.counts["boxes"]) == (1, 1)
    gone.refresh_from_db()
    assert (gone.looked, gone.look_failure) == ("yes", "")
    assert "photographs" not in detected().counts


def test_photographs_are_taken_by_camera_folder_and_limit_in_order_of_time() -> None:
    in_use()
    here, there = make.camera(name="North gate"), make.camera(name="South")
    first = photograph(1, 30, animal=ANIMAL)
    second = photograph(2, 20, animal=ANIMAL, path="south/2.png")
    third = photograph(3, 10, animal=ANIMAL)
    untimed = photograph(4, animal=ANIMAL)
    Image.objects.filter(pk=untimed.pk).update(captured_at=None)
    Image.objects.filter(pk__in=[first.pk, third.pk]).update(camera=here)
    Image.objects.filter(pk=second.pk).update(camera=there)

    def looked() -> set[str]:
        return set(Image.objects.filter(looked="yes").values_list("path", flat=True))

    detected(cameras=["north GATE"], limit=1)
    assert looked() == {third.path}
    detected(folder="south")
    assert looked() == {third.path, second.path}
    detected()
    assert looked() == {third.path, second.path, first.path, untimed.path}


def test_a_camera_or_folder_that_is_not_there_is_named() -> None:
    with pytest.raises(LookupError, match="There is no camera named West"):
        detect.scope_of(cameras=["West"])
    with pytest.raises(LookupError, match="No photograph lies below west"):
        detect.scope_of(folder="/west/")


def test_another_detector_looks_again_and_the_same_animal_stays_one() -> None:
    first = in_use()
    image = photograph(1, animal=ANIMAL)
    detected()
    box = Detection.objects.get()
    second = in_use(name="other", version="2", threshold=0.3, layout="yolov8")
    assert "photographs" not in detected().counts
    run = detected(again=True)
    assert (run.counts["known"], run.counts.get("boxes", 0)) == (1, 0)
    box.refresh_from_db()
    image.refresh_from_db()
    assert (box.detected_by, box.detector, image.looked_by) == (second, "other 2", second)
    assert box.made_by_import == first.runs.get().record
    assert "photographs" not in detected(again=True).counts


def test_a_box_that_another_detector_does_not_find_says_which_one_drew_it() -> None:
    first = in_use()
    image = photograph(1, animal=ANIMAL)
    both = photograph(2, 10, animal=ANIMAL, person=PERSON)
    detected()
    Detection.objects.filter(classification="person").delete()
    blind = [{"name": "animal", "classification": None}, *detectors.CLASSES[1:]]
    second = in_use(name="other", classes=blind)
    detected(again=True)
    drawn = {(row.image_id, row.classification): row for row in Detection.objects.all()}
    wanted = {
        (image.pk, "animal"): (first, "squares 1"),
        (both.pk, "animal"): (first, "squares 1"),
        (both.pk, "person"): (second, "other 1"),
    }
    assert {key: (row.detected_by, row.detector) for key, row in drawn.items()} == wanted
    assert set(Image.objects.values_list("looked_by", flat=True)) == {second.pk}


def test_what_a_person_deleted_corrected_or_rejected_stays() -> None:
    in_use()
    deleted = photograph(1, animal=ANIMAL)
    corrected = photograph(2, 10, animal=ANIMAL)
    detected()
    delete_boxes(versions={Detection.objects.get(image=deleted).pk: 0}, actor=ranger())
    Detection.objects.filter(image=corrected).update(
        corrected_classification="doe", is_valid=False, version=3
    )
    in_use(name="other", threshold=0.3)
    detected(again=True)
    assert boxes(deleted) == []
    kept = Detection.objects.get(image=corrected)
    assert (kept.corrected_classification, kept.is_valid, kept.version) == ("doe", False, 3)


def test_without_a_detector_the_run_fails_in_one_sentence() -> None:
    photograph(1)
    run = detect.create_run(ranger())
    with pytest.raises(ModelRefused, match="No detector is in use: add one"):
        finish(run)
    run.refresh_from_db()
    assert run.state == "failed"


def test_weights_that_are_swapped_in_the_middle_refuse_the_next_chunk(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    in_use()
    for number in range(3):
        photograph(number, number * 10.0, animal=ANIMAL)
    monkeypatch.setattr(detect, "CHUNK", 1)
    run = detect.create_run(ranger())
    assert detect.advance(run.pk)
    file = settings.MODEL_ROOT / "squares" / "weights.bin"
    right = file.read_bytes()
    file.write_bytes(networks.weights("detr", "torchscript"))
    with pytest.raises(ModelRefused, match="are not the ones that were registered"):
        detect.advance(run.pk)
    run.refresh_from_db()
    record = Import.objects.get()
    assert (run.state, run.counts["boxes"], record.state) == ("failed", 1, "failed")
    assert "sha256 differs" in record.error
    file.write_bytes(right)
    finish(run_lifecycle.reopen(run))
    assert (Detection.objects.count(), Import.objects.count()) == (3, 2)


def test_a_run_that_is_cancelled_keeps_whole_chunks_and_goes_on_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    in_use()
    for number in range(3):
        photograph(number, number * 10.0, animal=ANIMAL)
    monkeypatch.setattr(detect, "CHUNK", 1)
    run = detect.create_run(ranger())
    detect.advance(run.pk)
    run_workers.request_cancel(ReidRun.objects.all())
    assert not detect.advance(run.pk)
    record = Import.objects.get()
    assert (record.state, record.error) == ("failed", detect.CANCELLED)
    assert Detection.objects.count() == 1
    finish(run_lifecycle.reopen(run))
    assert Detection.objects.count() == 3


def test_a_store_that_is_away_leaves_the_run_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    in_use()
    photograph(1, animal=ANIMAL)
    run = detect.create_run(ranger())

    def away(*_: Any) -> None:
        raise StoreAway("The bucket does not answer.")

    with monkeypatch.context() as patch:
        patch.setattr(looking, "read_frame", away)
        with pytest.raises(StoreAway):
            detect.advance(run.pk)
    run.refresh_from_db()
    assert (run.state, run.cursor) == ("running", "")
    finish(run)
    assert Detection.objects.count() == 1


def test_a_chunk_that_another_worker_did_is_not_done_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    in_use()
    for number in range(2):
        photograph(number, number * 10.0, animal=ANIMAL)
    monkeypatch.setattr(detect, "CHUNK", 1)
    run = detect.create_run(ranger())
    looked = looking.look

    def meanwhile(*given: Any) -> Any:
        found = list(looked(*given))
        monkeypatch.setattr(detect, "look", looked)
        detect.advance(run.pk)
        return found

    monkeypatch.setattr(detect, "look", meanwhile)
    finish(run)
    assert (run.counts["photographs"], run.counts["boxes"]) == (2, 2)
    assert Detection.objects.count() == 2


def test_undoing_the_detection_gives_the_photographs_back_unlooked() -> None:
    in_use()
    image = photograph(1, animal=ANIMAL)
    blank = photograph(2, 10)
    record = detected().record
    assert record
    report = undo.undo(record.pk, actor=ranger())
    assert (report.detections, report.conflicts) == (1, ())
    assert not Detection.objects.exists()
    rows = Image.objects.filter(pk__in=[image.pk, blank.pk])
    assert [(row.looked, row.looked_by) for row in rows] == [("no", None)] * 2


def test_undoing_the_import_takes_what_detectors_found_with_it_unless_a_person_reviewed_it() -> (
    None
):
    in_use()
    record = Import.objects.create(kind="detections", source="card", state="completed")
    for number in (1, 2):
        photograph(number, number * 10.0, animal=ANIMAL)
    Image.objects.update(made_by_import=record)
    detected()
    assert undo.undo(record.pk, actor=ranger(), dry_run=True).conflicts == ()
    report = undo.undo(record.pk, actor=ranger())
    assert (report.detections, report.images) == (2, 2)
    assert not Image.objects.exists()
