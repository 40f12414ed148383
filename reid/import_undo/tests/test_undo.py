"""Undo of imports: the store is what it was, or nothing has changed and the conflict is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.utils import timezone

from reid import reviewing
from reid.import_undo.undo import UndoRefused, UnknownImport, undo
from reid.importing.deployments import import_deployments
from reid.models import (
    AuditPlan,
    Camera,
    Deer,
    Deployment,
    Detection,
    Embedding,
    IdentityEvent,
    Image,
    Import,
    Operation,
    PlacedFile,
    Sighting,
    SimilarityScore,
)
from reid.tests import make, torsos

if TYPE_CHECKING:
    from pathlib import Path

    from reid.import_undo.tests.stores import Store

pytestmark = pytest.mark.django_db(transaction=True)

COLUMNS = "path,captured_at,camera,x,y,width,height,classification,deer,sighting,flank"
OAK = "2025-10-01 12:0{}:00,oak"


def named(store: Store, deer: str = "Ada", name: str = "names.csv") -> Import:
    """Two photographs of the camera oak, of two visits, one deer named on the first."""
    return store.table(
        name,
        COLUMNS,
        f"oak/1.jpg,{OAK.format(1)},10,10,100,100,buck,{deer},,left",
        "oak/2.jpg,2025-10-01 15:00:00,oak,10,10,100,100,doe,,,",
    )


def test_boxes_without_names_leave_nothing_behind(store: Store) -> None:
    empty = store.dump()
    record = store.boxes("a.json", {"1.jpg": [(0.1, 0.1, 0.4, 0.4)], "2.jpg": []})
    report = store.undo(record)
    assert (report.detections, report.images, report.files) == (1, 2, 2)
    assert store.dump() == empty
    assert not Detection.everything.exists()
    assert not Image.everything.exists()
    assert not PlacedFile.objects.exists()
    record.refresh_from_db()
    assert (record.state, record.undone_by) == ("undone", store.user)


def test_names_go_and_the_log_can_still_be_read(store: Store) -> None:
    empty = store.dump()
    record = named(store)
    report = store.undo(record)
    assert (report.detections, report.images, report.deer, report.cameras) == (2, 2, 1, 1)
    assert store.dump() == empty
    given, taken = Operation.objects.order_by("created_at")
    assert (given.kind, taken.kind, given.undone_by) == ("import", "undo", taken)
    event = IdentityEvent.objects.filter(operation=given, field="deer").get()
    assert event.detection
    assert event.detection.hidden_at
    assert event.after
    assert Deer.everything.get(pk=event.after).name.startswith("Ada (undone ")


def test_what_was_stored_before_is_as_it_was(store: Store) -> None:
    store.table(
        "first.csv",
        COLUMNS,
        f"oak/1.jpg,{OAK.format(1)},10,10,100,100,animal,,,",
        "lost.jpg,,,10,10,100,100,doe,,,",
        f"oak/9.jpg,{OAK.format(9)},10,10,100,100,doe,Berta,,left",
    )
    before = store.dump()
    record = store.table(
        "second.csv",
        COLUMNS,
        f"oak/1.jpg,{OAK.format(1)},10,10,100,100,buck,Ada,7,right",  # class, name, label, flank
        "lost.jpg,2025-10-01 12:08:00,elm,10,10,100,100,doe,,,",  # time and camera
        f"oak/5.jpg,{OAK.format(5)},10,10,100,100,doe,,,",  # joins two visits
        f"oak/9.jpg,{OAK.format(9)},10,10,100,100,doe,Clara,,left",  # another name
        f"oak/9.jpg,{OAK.format(9)},150,10,100,100,doe,,,",  # another box
    )
    assert store.dump() != before
    report = store.undo(record)
    assert store.dump() == before
    assert (report.detections, report.images, report.deer, report.cameras) == (2, 1, 2, 1)
    # class and its word, flank and its source, label, time and where it came from, camera
    assert report.restored == 8


def test_it_can_be_imported_again(store: Store) -> None:
    first = named(store)
    before = {name: len(rows) for name, rows in store.dump().items()}
    store.undo(first)
    second = named(store)
    assert {name: len(rows) for name, rows in store.dump().items()} == before
    assert Deer.objects.get().name == "Ada"
    assert second.counts["detections"] == 2
    store.undo(second)
    assert not Detection.objects.exists()


def test_what_machines_derived_goes(store: Store, media_root: Path) -> None:
    scorer = make.scorer()
    other = make.detection()
    make.embedding(other, scorer, 1, 0, 0, 0)
    before = store.dump()
    record = named(store)
    ada = Deer.objects.get(name="Ada")
    detection = Detection.objects.get(deer=ada)
    make.embedding(detection, scorer, 0, 1, 0, 0)
    run = make.run(scorer)
    make.score(other, ada, 9000, run)
    Detection.objects.filter(pk=other.pk).update(deer=ada, identity_source="auto")
    crop = media_root / "crops" / detection.pk.hex[:2] / f"{detection.pk}.jpg"
    crop.parent.mkdir(parents=True)
    crop.write_bytes(b"a crop")
    torsos.torso(detection)
    store.undo(record)
    assert store.dump() == before
    assert not list((media_root / "torsos").rglob("*.jpg"))
    assert Embedding.objects.get().detection == other
    assert not SimilarityScore.objects.exists()


def test_a_file_of_the_users_own_below_the_media_root_stays(store: Store, media_root: Path) -> None:
    make.photograph("mine/1.jpg")
    table = media_root / "mine" / "table.csv"
    table.write_text("path\n1.jpg\n")
    record = store.bring(table)
    assert store.undo(record).images == 1
    assert (media_root / "mine/1.jpg").exists()


def test_a_later_import_over_it_is_named(store: Store) -> None:
    first = store.boxes("a.json", {"1.jpg": [(0.1, 0.1, 0.4, 0.4)]})
    second = store.boxes("b.json", {"1.jpg": [(0.5, 0.5, 0.4, 0.4)]})
    before = store.dump()
    with pytest.raises(UndoRefused, match=r"import of b\.json by ranger"):
        store.undo(first)
    assert store.dump() == before
    store.undo(second)
    store.undo(first)
    assert not Image.objects.exists()


def test_a_later_name_is_a_conflict_and_so_is_a_later_class(store: Store) -> None:
    line = f"oak/1.jpg,{OAK.format(1)},10,10,100,100"
    first = store.table("a.csv", COLUMNS, f"{line},animal,,,")
    store.table("b.csv", COLUMNS, f"{line},doe,,,")
    with pytest.raises(UndoRefused, match=r"classification was changed by the import of b\.csv"):
        store.undo(first)
    store.table("c.csv", COLUMNS, f"{line},doe,Ada,,")
    with pytest.raises(UndoRefused) as refused:
        store.undo(first)
    assert any("named by the import of c.csv" in str(one) for one in refused.value.conflicts)


def test_a_review_is_named_and_kept(store: Store) -> None:
    record = named(store)
    detection = Detection.objects.get(deer__isnull=False)
    assert detection.deer_id
    assert detection.sighting_id
    reviewing.confirm(
        sighting=detection.sighting_id,
        deer=detection.deer_id,
        versions=dict(
            Detection.objects.filter(sighting=detection.sighting_id).values_list("pk", "version")
        ),
        actor=store.user,
    )
    before = store.dump()
    with pytest.raises(UndoRefused, match=f"{detection.effective_class} on cards/oak/1.jpg"):
        store.undo(record)
    assert store.dump() == before
    report = store.undo(record, keep_used=True)
    assert Detection.objects.get() == detection
    assert Detection.objects.get().identity_source == "reviewed"
    assert (Image.objects.get().path, Camera.objects.get().name) == ("cards/oak/1.jpg", "oak")
    assert Deer.objects.get().name == "Ada"
    assert report.kept == 2


def test_a_review_that_was_undone_is_no_conflict(store: Store) -> None:
    record = named(store)
    detection = Detection.objects.get(deer__isnull=False)
    versions = {detection.pk: detection.version}
    operation = reviewing.invalidate(versions=versions, actor=store.user)
    with pytest.raises(UndoRefused):
        store.undo(record)
    reviewing.undo(operation=operation.pk, actor=store.user)
    assert store.undo(record).detections == 2


def test_an_answer_of_an_audit_is_a_conflict(store: Store) -> None:
    record = named(store)
    detection = Detection.objects.get(deer__isnull=False)
    assert detection.sighting
    assert detection.deer
    plan = AuditPlan.objects.create(
        scorer=make.scorer(),
        gallery_fingerprint="",
        population_sha256="",
        n_population=1,
        alpha_fdp=0.05,
        candidates=[],
        salt="",
    )
    plan.items.create(
        sighting=detection.sighting,
        deer=detection.deer,
        score=9000,
        u="0",
        outcome="right",
        reviewer=store.user,
        judged_at=timezone.now(),
    )
    with pytest.raises(UndoRefused, match="was judged in an audit by ranger"):
        store.undo(record)


def test_notes_on_a_deer_and_edits_of_a_camera_are_conflicts(store: Store) -> None:
    record = named(store)
    Deer.objects.update(notes="limps")
    camera = Camera.objects.get()
    LogEntry.objects.log_actions(store.user.pk, [camera], CHANGE, single_object=True)
    with pytest.raises(UndoRefused) as refused:
        store.undo(record)
    texts = [str(one) for one in refused.value.conflicts]
    assert texts[0] == "deer Ada has notes, dates or other names that a person gave it"
    assert texts[1].startswith("camera oak was edited in the admin by ranger on ")
    store.undo(record, keep_used=True)
    assert (Deer.objects.get().notes, Camera.objects.get()) == ("limps", camera)
    assert not Detection.objects.exists()


def test_a_deer_and_a_camera_that_another_import_uses_stay_until_that_goes(store: Store) -> None:
    first = named(store)
    second = store.table(
        "b.csv", COLUMNS, "oak/7.jpg,2025-11-01 12:00:00,oak,10,10,100,100,buck,Ada,,"
    )
    store.undo(first)
    assert (Deer.objects.get().name, Camera.objects.get().name) == ("Ada", "oak")
    store.undo(second)
    assert not Deer.objects.exists()
    assert not Camera.objects.exists()


def test_a_name_that_was_given_back_already_is_no_obstacle(store: Store) -> None:
    record = named(store)
    assert record.operation
    reviewing.undo(operation=record.operation.pk, actor=store.user)
    assert store.undo(record).detections == 2
    assert not Deer.objects.exists()


def test_deployments_go_and_ends_go_back(store: Store) -> None:
    file = store.folder / "days.csv"
    make.camera("elm", latitude=1, longitude=2)
    Deployment.objects.create(camera=Camera.objects.get(), started_on="2025-10-01")
    before = store.dump()
    file.write_text(
        "camera,started_on,ended_on,latitude,longitude\n"
        "elm,2025-10-01,2025-10-05,3,4\noak,2025-10-01,,,\n"
    )
    import_deployments(file, actor=store.user)
    record = Import.objects.get()
    assert (record.kind, record.state, record.counts["created"]) == ("deployments", "completed", 1)
    report = store.undo(record)
    assert store.dump() == before
    assert (report.deployments, report.cameras, report.restored) == (1, 1, 5)  # an end, two places


def test_a_dry_run_changes_nothing_and_says_all(store: Store) -> None:
    record = named(store)
    before = store.dump()
    report = store.undo(record, dry_run=True)
    assert (report.detections, report.images, report.deer, report.conflicts) == (2, 2, 1, ())
    assert store.dump() == before
    record.refresh_from_db()
    assert record.state == "completed"


def test_twice_and_while_it_runs_are_refused(store: Store) -> None:
    record = named(store)
    Import.objects.update(state="running", heartbeat_at=timezone.now())
    with pytest.raises(UndoRefused, match="is still running"):
        store.undo(record)
    Import.objects.update(state="completed")
    store.undo(record)
    with pytest.raises(UndoRefused, match="was undone by ranger on "):
        store.undo(record)
    with pytest.raises(UnknownImport):
        undo(make.camera().pk, actor=store.user)


def test_a_changed_field_that_a_person_changed_again_is_left(store: Store) -> None:
    store.table("a.csv", COLUMNS, f"oak/1.jpg,{OAK.format(1)},10,10,100,100,animal,,,")
    record = store.table("b.csv", COLUMNS, f"oak/1.jpg,{OAK.format(1)},10,10,100,100,doe,,,left")
    Detection.objects.update(classification="buck")
    with pytest.raises(UndoRefused, match="classification was changed since"):
        store.undo(record)
    store.undo(record, keep_used=True)
    detection: Any = Detection.objects.get()
    assert (detection.classification, detection.flank) == ("buck", "unknown")


def test_hidden_rows_are_seen_by_nobody_but_foreign_keys(store: Store) -> None:
    store.undo(named(store))
    hidden = Detection.everything.get()
    assert hidden.image.hidden_at
    assert not hidden.image.detections.exists()
    assert not Sighting.objects.exists()
    assert list(Deer.objects.with_history()) == []


def test_a_note_on_a_photograph_stands_against_the_undo_until_it_is_undone(store: Store) -> None:
    record = store.boxes("a.json", {"1.jpg": [], "2.jpg": []})
    image = Image.objects.order_by("path").first()
    assert image is not None
    note = reviewing.annotate(versions={image.pk: 0}, note="by the creek", actor=store.user)
    with pytest.raises(UndoRefused, match="was reviewed by ranger"):
        store.undo(record)
    reviewing.undo(operation=note.pk, actor=store.user)
    store.undo(record)
    assert not Image.objects.exists()
    assert Image.everything.get().pk == image.pk  # the log names it


def test_a_box_that_a_person_deleted_does_not_come_back_with_its_source(store: Store) -> None:
    boxes: dict[str, list[tuple[float, ...]]] = {
        "1.jpg": [(0.1, 0.1, 0.4, 0.4), (0.6, 0.1, 0.2, 0.4)]
    }
    store.boxes("a.json", boxes)
    first = Detection.objects.order_by("x").first()
    assert first is not None
    deletion = reviewing.delete_boxes(versions={first.pk: first.version}, actor=store.user)
    store.boxes("again.json", boxes)
    assert Detection.objects.count() == 1
    reviewing.undo(operation=deletion.pk, actor=store.user)
    store.boxes("once more.json", boxes)
    assert Detection.objects.count() == 2
