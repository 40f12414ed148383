"""Merge of two cameras: what changes over, what is refused by name, and that undo gives everything back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth import get_user_model

from reid.cameras import merging, overlaps
from reid.cameras.merging import merge, undo
from reid.cameras.problems import MergeProblem
from reid.grouping.rebuild import regroup
from reid.grouping.timelines import TouchedTimelines
from reid.importing.clocks import corrections
from reid.importing.clocks.marks import mark_clock_problems
from reid.models import (
    Camera,
    CameraMerge,
    CameraMove,
    ClockCorrection,
    Deployment,
    Detection,
    Encounter,
    Image,
    Outage,
    Sighting,
)
from reid.tests import make

if TYPE_CHECKING:
    from django.contrib.auth.models import User

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2025, 10, 1, 12, tzinfo=UTC)
RANCH = {"latitude": Decimal("30.1"), "longitude": Decimal("-98.2")}


@pytest.fixture
def ann() -> User:
    return get_user_model().objects.create(username="ann")


def camera(name: str, *minutes: int, **fields: Any) -> Camera:
    """One with photographs of one doe each, so many minutes after noon, grouped as an import does."""
    row = make.camera(name, **fields)
    touched = TouchedTimelines()
    for minute in minutes:
        image = make.image(camera=row, captured_at=NOON + timedelta(minutes=minute))
        make.detection(image=image, sighting=None)
        touched.add(row.pk, image.path, image.captured_at)
    regroup(touched, {})
    return row


def deployed(row: Camera, start: str, end: str | None = None, **fields: Any) -> Deployment:
    return Deployment.objects.create(
        camera=row,
        started_on=date.fromisoformat(start),
        ended_on=date.fromisoformat(end) if end else None,
        **fields,
    )


def dump() -> dict[str, Any]:
    """All that a merge may touch; encounters and sightings by their members."""
    return {
        "cameras": list(Camera.everything.order_by("pk").values()),
        "images": list(Image.objects.order_by("pk").values("pk", "camera", "clock_problem")),
        "deployments": list(Deployment.objects.order_by("pk").values()),
        "outages": list(Outage.objects.order_by("pk").values()),
        "corrections": list(ClockCorrection.objects.order_by("pk").values("pk", "camera")),
        "encounters": sorted(
            (str(row.camera_id), sorted(map(str, row.images.values_list("pk", flat=True))))
            for row in Encounter.objects.all()
        ),
        "sightings": sorted(
            sorted(map(str, row.detections.values_list("pk", flat=True)))
            for row in Sighting.objects.all()
        ),
        "detections": list(Detection.objects.order_by("pk").values("pk", "deer", "image")),
    }


def test_photographs_of_both_form_encounters_of_one_camera(ann: User) -> None:
    """At noon and three minutes later: two encounters of two cameras, one of one."""
    gate, other = camera("north gate", 0, 60), camera("NorthGate", 3)
    report = merge(other, gate, actor=ann, reason="one box on one tree")
    assert (report.photographs, report.deployments, report.outages) == (1, 0, 0)
    assert set(Image.objects.values_list("camera", flat=True)) == {gate.pk}
    assert sorted(row.images.count() for row in Encounter.objects.all()) == [1, 2]
    assert set(Encounter.objects.values_list("camera", flat=True)) == {gate.pk}
    assert list(Camera.objects.all()) == [gate]
    assert Camera.everything.get(pk=other.pk).survivor == gate
    assert (report.merge.actor, report.merge.reason) == (ann, "one box on one tree")


def test_undo_gives_everything_back(ann: User) -> None:
    gate, other = camera("gate", 0, 60), camera("other", 3, 120, **RANCH)
    deployed(gate, "2025-10-02", "2025-10-05", latitude=Decimal(1), longitude=Decimal(2))
    deployed(other, "2025-09-01", "2025-10-01")
    Outage.objects.create(camera=other, started_on="2025-09-03", ended_on="2025-09-04")
    corrections.correct(other, timedelta(seconds=5), actor=ann)
    mark_clock_problems([gate, other])
    before = dump()
    report = merge(other, gate, actor=ann)
    assert (report.photographs, report.deployments, report.outages) == (2, 1, 1)
    gate.refresh_from_db()
    assert gate.latitude == RANCH["latitude"]  # it had none
    assert not Image.objects.exclude(
        clock_problem=""
    ).exists()  # one camera stood there all the time
    assert set(Deployment.objects.values_list("camera", flat=True)) == {gate.pk}
    assert Outage.objects.get().camera == gate
    assert ClockCorrection.objects.get().camera == gate
    undone = undo(report.merge.pk, actor=ann)
    assert (undone.photographs, undone.deployments, undone.outages) == (2, 1, 1)
    assert dump() == before
    assert CameraMerge.objects.get().undone_by == ann


def test_deployments_stay_where_they_were(ann: User) -> None:
    """A place of a camera holds for its deployments without one; the other camera stands elsewhere."""
    gate = make.camera("gate", latitude=Decimal(29), longitude=Decimal(-98))
    other = make.camera("other", **RANCH)
    row = deployed(other, "2025-09-01", "2025-10-01")
    before = dump()
    record = merge(other, gate, actor=ann).merge
    row.refresh_from_db()
    assert (row.latitude, row.longitude) == (RANCH["latitude"], RANCH["longitude"])
    assert Camera.objects.get().latitude == 29
    undo(record.pk, actor=ann)
    assert dump() == before


def test_what_came_since_stays_with_the_other_camera(ann: User) -> None:
    gate, other = camera("gate"), camera("other", 0)
    record = merge(other, gate, actor=ann).merge
    image = make.image(camera=gate)
    given = deployed(gate, "2026-01-01")
    Image.objects.filter(detections__isnull=False).delete()  # an import was undone
    assert undo(record.pk, actor=ann).photographs == 0
    assert (Image.objects.get(pk=image.pk).camera, Deployment.objects.get()) == (gate, given)


def test_deployments_of_the_same_time_are_named_and_refused(ann: User) -> None:
    gate, other = camera("gate", 0), camera("other", 1)
    deployed(gate, "2025-09-01", "2025-10-15")
    deployed(other, "2025-10-15", "2025-11-01")  # the day of a visit is no overlap
    deployed(other, "2025-09-10", "2025-09-12")
    before = dump()
    with pytest.raises(MergeProblem) as problem:
        merge(other, gate, actor=ann)
    pair = overlaps.PAIR.format(one="2025-09-10 to 2025-09-12", other="2025-09-01 to 2025-10-15")
    assert str(problem.value) == overlaps.DEPLOYED_TWICE.format(
        camera="other", into="gate", pairs=pair
    )
    assert dump() == before
    assert not CameraMerge.objects.exists()


def test_many_overlaps_are_counted(ann: User) -> None:
    gate, other = make.camera("gate"), make.camera("other")
    deployed(gate, "2025-01-01")
    for month in range(1, 8):
        deployed(other, f"2025-{month:02}-02", f"2025-{month:02}-03")
    with pytest.raises(MergeProblem, match=r"2025-05-02 to 2025-05-03 and .* to now; and 2 more\."):
        merge(other, gate, actor=ann)


def test_outages_that_overlap_are_refused(ann: User) -> None:
    gate, other = make.camera("gate"), make.camera("other")
    Outage.objects.create(camera=gate, started_on="2025-09-03", ended_on="2025-09-05")
    Outage.objects.create(camera=other, started_on="2025-09-05", ended_on="2025-09-06")
    with pytest.raises(MergeProblem) as problem:
        merge(other, gate, actor=ann)
    pair = overlaps.PAIR.format(one="2025-09-05 to 2025-09-06", other="2025-09-03 to 2025-09-05")
    assert str(problem.value) == overlaps.OUT_TWICE.format(camera="other", into="gate", pairs=pair)


def test_clocks_of_other_zones_are_refused(ann: User) -> None:
    gate, other = make.camera("gate"), make.camera("other", time_zone="America/Chicago")
    with pytest.raises(MergeProblem) as problem:
        merge(other, gate, actor=ann)
    zones = {"zone": "America/Chicago", "other": "the ranch's"}
    assert str(problem.value) == merging.OTHER_ZONE.format(camera="other", into="gate", **zones)


def test_a_camera_is_merged_once_and_not_into_itself(ann: User) -> None:
    gate, other = make.camera("gate"), make.camera("other")
    with pytest.raises(MergeProblem, match="into itself"):
        merge(gate, gate, actor=ann)
    merge(other, gate, actor=ann)
    with pytest.raises(MergeProblem) as problem:
        merge(other, gate, actor=ann)
    assert str(problem.value) == merging.GONE


def test_merges_are_undone_in_turn(ann: User) -> None:
    first, second, third = camera("a", 0), camera("b", 60), camera("c", 120)
    before = dump()
    one = merge(first, second, actor=ann).merge
    two = merge(second, third, actor=ann).merge
    assert Camera.by_keys(["a", "b", "c"]) == dict.fromkeys("abc", third)
    with pytest.raises(MergeProblem) as problem:
        undo(one.pk, actor=ann)
    assert str(problem.value) == merging.MERGED_SINCE.format(into="b")
    undo(two.pk, actor=ann)
    with pytest.raises(MergeProblem, match="was undone by ann"):
        undo(two.pk, actor=ann)
    undo(one.pk, actor=ann)
    assert dump() == before


def test_a_photograph_that_moved_on_since_is_named(ann: User) -> None:
    gate, other, far = camera("gate"), camera("other", 0), camera("far")
    record = merge(other, gate, actor=ann).merge
    image = Image.objects.get()
    Image.objects.update(camera=far)
    with pytest.raises(MergeProblem) as problem:
        undo(record.pk, actor=ann)
    assert str(problem.value) == merging.MOVED_SINCE.format(path=image.path, into="gate")
    with pytest.raises(MergeProblem, match="There is no merge"):
        undo(far.pk, actor=ann)


def test_a_dry_run_changes_nothing(ann: User) -> None:
    gate, other = camera("gate", 0), camera("other", 3)
    before = dump()
    assert merge(other, gate, actor=ann, dry_run=True).photographs == 1
    assert dump() == before
    assert not CameraMove.objects.exists()
