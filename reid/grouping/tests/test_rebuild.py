"""Encounters and sightings as rows: right at midnight, whatever the order, and with ids that last."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction

from conftest import wait_until
from reid.grouping import locks
from reid.grouping import rebuild as module
from reid.grouping.rebuild import regroup
from reid.grouping.timelines import TouchedTimelines
from reid.models import (
    AuditItem,
    AuditPlan,
    Camera,
    Decision,
    Detection,
    Encounter,
    Image,
    Sighting,
    Video,
)
from reid.tests import make

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

pytestmark = pytest.mark.django_db

MIDNIGHT = datetime(2025, 10, 2, tzinfo=UTC)


@pytest.fixture
def oak() -> Camera:
    return make.camera("oak")


def shot(camera: Camera | None, minutes: float | None, path: str = "", **fields: Any) -> Detection:
    """A detection on a photograph of its own, that many minutes after midnight, in no sighting yet."""
    time = None if minutes is None else MIDNIGHT + timedelta(minutes=minutes)
    image = make.image(path, camera=camera, captured_at=time)
    return make.detection(image=image, sighting=None, **fields)


def again(*detections: Detection, labels: dict[UUID, str] | None = None) -> None:
    """Regroup as an import that touched these would."""
    touched = TouchedTimelines()
    for row in detections:
        touched.add(row.image.camera_id, row.image.path, row.image.captured_at)
    regroup(touched, labels or {})


def grouping() -> set[frozenset[str]]:
    """The paths of each encounter."""
    return {
        frozenset(encounter.images.values_list("path", flat=True))
        for encounter in Encounter.objects.all()
    }


def sightings_of(*detections: Detection) -> list[UUID | None]:
    sighting_of = dict(Detection.objects.values_list("pk", "sighting"))
    return [sighting_of[row.pk] for row in detections]


def test_an_encounter_has_its_camera_and_its_times(oak: Camera) -> None:
    rows = [shot(oak, minutes) for minutes in (0, 5, 10)]
    again(*rows)
    encounter = Encounter.objects.get()
    assert encounter.camera == oak
    assert (encounter.started_at, encounter.ended_at) == (
        MIDNIGHT,
        MIDNIGHT + timedelta(minutes=10),
    )
    assert len(set(sightings_of(*rows))) == 1
    assert Sighting.objects.get().encounter == encounter


def test_midnight_cuts_nothing(oak: Camera) -> None:
    before, after = shot(oak, -2, "before.jpg"), shot(oak, 2, "after.jpg")
    again(before)
    assert grouping() == {frozenset({"before.jpg", "after.jpg"})}
    again(after)
    assert grouping() == {frozenset({"before.jpg", "after.jpg"})}


def test_a_day_after_that_arrives_later_joins_and_keeps_the_encounter(oak: Camera) -> None:
    before = shot(oak, -2, "before.jpg")
    again(before)
    encounter, sighting = Encounter.objects.get().pk, Sighting.objects.get().pk
    again(shot(oak, 2, "after.jpg"))
    assert grouping() == {frozenset({"before.jpg", "after.jpg"})}
    assert (Encounter.objects.get().pk, Sighting.objects.get().pk) == (encounter, sighting)


def test_two_days_cut_by_the_longest_span_are_cut_from_the_chains_own_start(oak: Camera) -> None:
    rows = [shot(oak, minutes, f"{minutes}.jpg") for minutes in range(-20, 21, 5)]
    again(rows[-1])  # only the second day is touched, but the chain began on the first
    assert grouping() == {
        frozenset(f"{minutes}.jpg" for minutes in range(-20, 11, 5)),
        frozenset({"15.jpg", "20.jpg"}),
    }


def filmed(camera: Camera | None, minutes: float | None, path: str, video: Video) -> Detection:
    """A detection on a frame of a video."""
    row = shot(camera, minutes, path)
    Image.objects.filter(pk=row.image_id).update(video=video)
    return row


@pytest.mark.parametrize("touched", [0, 1, 2])
def test_a_video_is_one_encounter_however_long_nothing_moved_in_it(
    oak: Camera, touched: int
) -> None:
    """Ten minutes lie between its frames, and midnight; whichever of them an import touches."""
    video = Video.objects.create(path="a.mp4", sha256="0" * 64, size=1, rate=1.0)
    rows = [
        filmed(oak, -6, "1.jpg", video),
        filmed(oak, 4, "2.jpg", video),
        shot(oak, 8, "3.jpg"),
        shot(oak, 14, "4.jpg"),
    ]
    again(rows[touched])
    assert grouping() >= {frozenset({"1.jpg", "2.jpg", "3.jpg"})}
    again(*rows)
    assert grouping() == {frozenset({"1.jpg", "2.jpg", "3.jpg"}), frozenset({"4.jpg"})}


def test_a_video_without_a_time_is_one_encounter_with_whatever_shares_a_name_with_a_part_of_it() -> (
    None
):
    video = Video.objects.create(path="a.mp4", sha256="0" * 64, size=1, rate=1.0)
    named = filmed(None, None, "card/a/1.jpg", video)
    rows = [filmed(None, None, "card/a/2.jpg", video), shot(None, None, "card/b.jpg"), named]
    again(*rows, labels={named.pk: "Gus"})
    assert grouping() == {frozenset({"card/a/1.jpg", "card/a/2.jpg"}), frozenset({"card/b.jpg"})}


def test_cameras_are_apart_and_so_are_folders_without_a_camera(oak: Camera) -> None:
    rows = [
        shot(oak, 0, "a/1.jpg"),
        shot(make.camera("elm"), 0, "a/2.jpg"),
        shot(None, 0, "a/3.jpg"),
        shot(None, 1, "a/4.jpg"),
        shot(None, 0, "A/5.jpg"),
        shot(None, 0, "a/b/6.jpg"),
        shot(None, 0, "7.jpg"),
    ]
    again(*rows)
    assert grouping() == {
        frozenset(paths)
        for paths in (
            {"a/1.jpg"}, {"a/2.jpg"}, {"a/3.jpg", "a/4.jpg"}, {"A/5.jpg"}, {"a/b/6.jpg"}, {"7.jpg"},
        )
    }  # fmt: skip


def test_a_photograph_without_a_detection_joins_nothing(oak: Camera) -> None:
    empty = make.image("empty.jpg", camera=oak, captured_at=MIDNIGHT + timedelta(minutes=4))
    again(shot(oak, 0, "a.jpg"), shot(oak, 8, "b.jpg"))
    assert grouping() == {frozenset({"a.jpg"}), frozenset({"b.jpg"})}
    empty.refresh_from_db()
    assert empty.encounter is None


@pytest.mark.parametrize("page", [1, 3, 500])
def test_the_same_rows_give_the_same_grouping_in_any_order_and_page(
    oak: Camera, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(module, "BLOCK", page)
    monkeypatch.setattr("reid.grouping.timelines.PAGE", page)
    minutes = [0, 1, 1, 7, 8, 20, 24, 40, 45, 49]
    rows = [shot(oak, minute, f"{number}.jpg") for number, minute in enumerate(minutes)]
    again(*rows)
    expected = grouping()
    random.Random(page).shuffle(rows)
    Image.objects.update(encounter=None)
    Detection.objects.update(sighting=None)
    Encounter.objects.all().delete()
    for row in rows:
        again(row)
    assert grouping() == expected
    assert Sighting.objects.count() == Encounter.objects.count() == 4


def test_untimed_images_are_grouped_by_named_sighting_else_by_folder(oak: Camera) -> None:
    one, two, three = (shot(oak, None, f"c/{name}/x.jpg") for name in ("left", "right", "far"))
    loose = [shot(oak, None, "c/left/1.jpg"), shot(oak, None, "c/left/2.jpg")]
    elsewhere = shot(oak, None, "d/x.jpg")
    labels = {one.pk: "7", two.pk: "7", three.pk: "8", elsewhere.pk: "7"}
    again(one, elsewhere, labels=labels)
    assert grouping() == {
        frozenset(paths)
        for paths in (
            {"c/left/x.jpg", "c/right/x.jpg"}, {"c/far/x.jpg"}, {"c/left/1.jpg", "c/left/2.jpg"},
            {"d/x.jpg"},
        )
    }  # fmt: skip
    assert len(set(sightings_of(one, two))) == len(set(sightings_of(*loose))) == 1
    assert Sighting.objects.filter(label="7").count() == 2
    assert set(Encounter.objects.values_list("started_at", flat=True)) == {None}


def test_labels_that_are_stored_are_remembered(oak: Camera) -> None:
    first = shot(oak, None, "c/a.jpg")
    again(first, labels={first.pk: "7"})
    second = shot(oak, None, "c/b.jpg")
    again(second, labels={second.pk: "7"})
    assert sightings_of(first) == sightings_of(second)
    assert Sighting.objects.get().label == "7"


def test_a_second_deer_in_a_frame_parts_the_sighting_and_one_part_keeps_its_row(
    oak: Camera,
) -> None:
    first, second = shot(oak, 0), shot(oak, 1)
    again(first)
    (remaining,) = Sighting.objects.values_list("pk", flat=True)
    third = make.detection(image=second.image, sighting=None, x=200)
    again(third)
    now = sightings_of(first, second, third)
    assert len(set(now)) == 3
    assert remaining in now[:2]


def audit(sighting: Sighting) -> AuditItem:
    scorer = make.scorer(is_active=False)
    plan = AuditPlan.objects.create(
        scorer=scorer, gallery_fingerprint="g", population_sha256="p", n_population=1, alpha_fdp=0.05,
        candidates=[], salt="s",
    )  # fmt: skip
    return AuditItem.objects.create(
        plan=plan, sighting=sighting, deer=make.deer(), score=1, u=str(sighting.pk)
    )


def test_two_visits_that_become_one_keep_the_audited_sighting(oak: Camera) -> None:
    first, last = shot(oak, 0), shot(oak, 8)
    again(first, last)
    audited = Detection.objects.select_related("sighting").get(pk=last.pk).sighting
    assert audited is not None
    audit(audited)
    run = make.run(make.scorer())
    gone = Detection.objects.get(pk=first.pk).sighting
    Decision.objects.create(run=run, sighting=gone, outcome="ranked")
    again(shot(oak, 4))
    assert sightings_of(first, last) == [audited.pk, audited.pk]
    assert Sighting.objects.count() == Encounter.objects.count() == 1
    assert Decision.objects.get().sighting is None


def test_an_audited_sighting_that_is_left_empty_stays(oak: Camera) -> None:
    first, last = shot(oak, 0), shot(oak, 8)
    again(first, last, labels={first.pk: "7", last.pk: "7"})
    for sighting in Sighting.objects.all():
        audit(sighting)
    again(shot(oak, 4))
    assert sightings_of(first)[0] == sightings_of(last)[0]
    empty = Sighting.objects.get(detections__isnull=True)
    assert (empty.label, empty.audit_items.count()) == ("", 1)


def test_a_label_moves_to_the_encounter_of_its_detections(oak: Camera) -> None:
    rows = [shot(oak, minute) for minute in (0, 4, 8, 12)]
    again(*rows, labels={row.pk: "7" for row in rows})
    (remaining,) = Sighting.objects.values_list("pk", flat=True)
    Image.objects.filter(pk=rows[1].image_id).update(captured_at=MIDNIGHT - timedelta(days=1))
    rows[1].image.refresh_from_db()
    again(*rows)
    assert list(Sighting.objects.values_list("label", flat=True)) == ["7", "7", "7"]
    assert sightings_of(rows[2])[0] == sightings_of(rows[3])[0] == remaining


def test_other_classes_and_known_deer_are_told_apart(oak: Camera) -> None:
    ada, bob = make.deer("Ada"), make.deer("Bob")
    rows = [
        shot(oak, 0, deer=ada),
        shot(oak, 1, deer=bob),
        shot(oak, 2, deer=ada, identity_source="reviewed"),
        shot(oak, 3, classification="cattle"),
        shot(oak, 4, is_valid=False),
        shot(oak, 4.5, deer=bob, identity_source="auto"),
    ]
    again(*rows)
    now = sightings_of(*rows)
    assert now[0] == now[2]
    assert len(set(now)) == 5


def test_touching_a_day_that_has_nothing_left_is_harmless(oak: Camera) -> None:
    row = shot(oak, 0)
    touched = TouchedTimelines()
    touched.add(oak.pk, row.image.path, MIDNIGHT + timedelta(days=9))
    regroup(touched, {})
    assert sightings_of(row) == [None]


def test_its_queries_do_not_grow_with_the_rows(oak: Camera, django_assert_max_num_queries) -> None:
    get_user_model()  # the app registry is warm
    rows = [shot(oak, minutes * 10) for minutes in range(40)]
    with django_assert_max_num_queries(25):
        again(*rows)
    assert Encounter.objects.count() == 40


@pytest.mark.django_db(transaction=True)
def test_a_regrouping_waits_for_those_who_hold_off_and_they_not_for_each_other() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite's transactions wait for one another anyway")

    def in_another(lock: Callable[[], None]) -> None:
        try:
            with transaction.atomic():
                lock()
        finally:
            connection.close()

    def waiting() -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            )
            return int(cursor.fetchone()[0])

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            locks.hold_off()
            pool.submit(in_another, locks.hold_off).result()
            regrouping = pool.submit(in_another, locks.wait_for_others)
            wait_until(waiting, what="the regrouping waits")
            assert not regrouping.done()
        regrouping.result()
