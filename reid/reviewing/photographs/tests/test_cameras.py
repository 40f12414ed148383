"""Another camera for photographs: encounters there and where they were, and undo."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from reid import reviewing
from reid.cameras import merging
from reid.grouping.rebuild import regroup
from reid.grouping.timelines import TouchedTimelines
from reid.models import Camera, Deployment, Detection, Encounter, Image, Operation, Sighting
from reid.reviewing import ReviewRefused, StaleReview, UndoConflict
from reid.tests import make
from reid.tests.reviewing import reviewer

if TYPE_CHECKING:
    from datetime import datetime

pytestmark = pytest.mark.django_db


def photographed(camera: Camera | None, *seconds: int) -> list[Image]:
    """One doe on each of these photographs, so many seconds after noon, grouped as an import does it."""
    images, touched = [], TouchedTimelines()
    for second in seconds:
        image = make.image(camera=camera, captured_at=moment(second))
        Detection.objects.create(
            image=image,
            classification="doe",
            confidence=0.9,
            **{"x": 1, "y": 1, "width": 90, "height": 90},
        )
        touched.add(image.camera_id, image.path, image.captured_at)
        images.append(image)
    regroup(touched, {})
    return images


def moment(seconds: int) -> datetime:
    return make.NOON + timedelta(seconds=seconds)


def moved(camera: Camera, *images: Image) -> Operation:
    versions = dict(
        Image.objects.filter(pk__in=[image.pk for image in images]).values_list("pk", "version")
    )
    return reviewing.set_camera(versions=versions, camera=camera.pk, actor=reviewer())


def encounters() -> dict[str, list[list[int]]]:
    """By camera, the seconds after noon of the photographs of each encounter."""
    found: dict[str, list[list[int]]] = {}
    for encounter in Encounter.objects.order_by("started_at").select_related("camera"):
        times = encounter.images.order_by("captured_at").values_list("captured_at", flat=True)
        seconds = [int((at - make.NOON).total_seconds()) for at in times if at]
        found.setdefault(encounter.camera.name if encounter.camera else "", []).append(seconds)
    return found


def sightings() -> dict[int, object]:
    rows = Detection.objects.values_list("image__captured_at", "sighting")
    return {int((at - make.NOON).total_seconds()): key for at, key in rows if at}


def test_a_photograph_leaves_its_encounter_and_joins_one_of_the_other_camera() -> None:
    gate, creek = make.camera("Gate"), make.camera("Creek")
    first, stray, _last = photographed(gate, 0, 60, 120)
    photographed(creek, 90)
    of = sightings()
    moved(creek, stray)
    assert encounters() == {"Gate": [[0, 120]], "Creek": [[60, 90]]}
    now = sightings()
    assert (now[0], now[120], now[90]) == (of[0], of[120], of[90])
    assert now[60] == of[90]
    stray.refresh_from_db()
    first.refresh_from_db()
    assert (stray.camera, first.camera) == (creek, gate)


def test_what_was_one_encounter_by_the_photograph_alone_becomes_two() -> None:
    gate, creek = make.camera("Gate"), make.camera("Creek")
    _, middle, _ = photographed(gate, 0, 250, 500)
    moved(creek, middle)
    assert encounters() == {"Gate": [[0], [500]], "Creek": [[250]]}


def test_a_whole_encounter_keeps_its_row_and_its_sightings() -> None:
    gate, creek = make.camera("Gate"), make.camera("Creek")
    images = photographed(gate, 0, 60)
    encounter, of = Encounter.objects.get(), sightings()
    moved(creek, *images)
    assert encounters() == {"Creek": [[0, 60]]}
    assert Encounter.objects.get() == encounter
    assert sightings() == of


def test_undo_gives_it_back_with_encounters_and_sightings_as_they_were() -> None:
    gate, creek = make.camera("Gate"), make.camera("Creek")
    _, stray, _ = photographed(gate, 0, 60, 120)
    photographed(creek, 90)
    before, of = encounters(), sightings()
    operation = moved(creek, stray)
    undone = reviewing.undo(operation=operation.pk, actor=reviewer())
    assert encounters() == before
    assert (len(set(sightings().values())), sightings()[90]) == (2, of[90])
    reviewing.undo(operation=undone.pk, actor=reviewer())  # the redo
    assert encounters() == {"Gate": [[0, 120]], "Creek": [[60, 90]]}


def test_a_photograph_of_no_camera_is_given_one_and_names_stay() -> None:
    (image,), creek = photographed(None, 0), make.camera("Creek")
    item = Detection.objects.get()
    oak = make.deer("Oak")
    Detection.objects.update(deer=oak, identity_source="reviewed")
    operation = moved(creek, image)
    item.refresh_from_db()
    assert (item.deer, encounters()) == (oak, {"Creek": [[0]]})
    reviewing.undo(operation=operation.pk, actor=reviewer())
    assert encounters() == {"": [[0]]}


def test_whose_sighting_changed_is_scored_again_and_whose_did_not_is_not() -> None:
    gate, creek = make.camera("Gate"), make.camera("Creek")
    _, stray = photographed(gate, 0, 60)
    photographed(creek, 90)
    photographed(creek, 90_000)
    moved(creek, stray)
    stale = Detection.objects.filter(scores_stale=True).values_list("image__captured_at", flat=True)
    assert list(stale) == [moment(60)]


def test_a_photograph_without_a_box_changes_its_camera_alone() -> None:
    image, creek = make.image(camera=make.camera("Gate")), make.camera("Creek")
    moved(creek, image)
    image.refresh_from_db()
    assert (image.camera, image.encounter) == (creek, None)
    assert not Sighting.objects.exists()


def test_its_clock_is_judged_by_the_deployments_of_the_other_camera() -> None:
    gate, creek = make.camera("Gate"), make.camera("Creek")
    Deployment.objects.create(camera=creek, started_on="2025-11-01")
    image = make.image(camera=gate)
    operation = moved(creek, image)
    image.refresh_from_db()
    assert image.clock_problem == Image.ClockProblem.NOT_DEPLOYED
    reviewing.undo(operation=operation.pk, actor=reviewer())
    image.refresh_from_db()
    assert image.clock_problem == ""


def test_clocks_of_two_zones_are_refused_and_nothing_changes() -> None:
    gate, creek = make.camera("Gate"), make.camera("Creek", time_zone="Asia/Tokyo")
    image = make.image(camera=gate)
    with pytest.raises(ReviewRefused, match="different time zones"):
        moved(creek, image)


def test_who_saw_an_older_state_is_told_and_the_same_camera_is_no_change() -> None:
    gate, creek, oak = make.camera("Gate"), make.camera("Creek"), make.camera("Oak")
    image = make.image(camera=gate)
    moved(creek, image)
    with pytest.raises(StaleReview, match="camera of photograph"):
        reviewing.set_camera(versions={image.pk: 0}, camera=oak.pk, actor=reviewer())
    with pytest.raises(ReviewRefused, match="Nothing would change"):
        moved(creek, image)


def test_undo_gives_it_to_the_camera_into_which_its_own_was_merged() -> None:
    gate, creek, road = make.camera("Gate"), make.camera("Creek"), make.camera("Road")
    image = make.image(camera=gate)
    operation = moved(creek, image)
    merging.merge(gate, road, actor=reviewer())
    reviewing.undo(operation=operation.pk, actor=reviewer())
    image.refresh_from_db()
    assert image.camera == road


def test_what_a_merge_has_moved_since_is_not_taken_back() -> None:
    gate, creek, road = make.camera("Gate"), make.camera("Creek"), make.camera("Road")
    image = make.image(camera=gate)
    operation = moved(creek, image)
    merging.merge(creek, road, actor=reviewer())
    with pytest.raises(UndoConflict):
        reviewing.undo(operation=operation.pk, actor=reviewer())
