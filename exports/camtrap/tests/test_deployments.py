"""Photographs find their deployment, and where there is none one is derived from them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from exports.camtrap.deployments import DERIVED, STILL_RUNNING, Outage, Placement, Run, Shot, place

CAMERA = UUID(int=1)


def shot(month: int, day: int, hour: int = 12, camera: UUID = CAMERA) -> Shot:
    return Shot(uuid4(), camera, datetime(2025, month, day, hour, tzinfo=UTC))


def run(start: date, end: date | None) -> Run:
    return Run(uuid4(), start, end)


def test_a_photograph_belongs_to_the_deployment_of_its_day_first_and_last_included() -> None:
    stay = run(date(2025, 9, 1), date(2025, 9, 30))
    shots = [shot(9, 1, 0), shot(9, 30, 23)]
    placements, homes = place(shots, {CAMERA: [stay]}, UTC)
    assert placements == [
        Placement(
            str(stay.id),
            CAMERA,
            datetime(2025, 9, 1, tzinfo=UTC),
            datetime(2025, 9, 30, 23, 59, 59, tzinfo=UTC),
            "",
        )
    ]
    assert homes == {item.image: str(stay.id) for item in shots}


def test_days_are_the_ranchs_own() -> None:
    chicago = ZoneInfo("America/Chicago")
    stay = run(date(2025, 11, 1), date(2025, 11, 2))
    late = Shot(uuid4(), CAMERA, datetime(2025, 11, 2, 23, 30, tzinfo=chicago))  # the 3rd in UTC
    (placement,), _ = place([late], {CAMERA: [stay]}, chicago)
    assert placement.start.isoformat() == "2025-11-01T00:00:00-05:00"
    assert placement.end.isoformat() == "2025-11-02T23:59:59-06:00"  # clocks went back between


def test_a_camera_that_still_runs_ends_with_its_last_photograph() -> None:
    last = shot(10, 5)
    open_end = run(date(2025, 9, 1), None)
    (placement,), _ = place([shot(9, 2), last], {CAMERA: [open_end]}, UTC)
    assert (placement.end, placement.comments) == (last.captured_at, STILL_RUNNING)


def test_without_deployments_one_is_derived_from_first_to_last_photograph() -> None:
    first, last = shot(9, 3), shot(10, 1)
    (placement,), homes = place([last, first], {}, UTC)
    name = f"{CAMERA}-derived-2025-09-03"
    assert placement == Placement(name, CAMERA, first.captured_at, last.captured_at, DERIVED)
    assert set(homes.values()) == {name}


def test_photographs_before_between_and_after_deployments_are_kept_apart() -> None:
    """One derived deployment over all of them would claim the days of the real ones a second time."""
    stays = [
        run(date(2025, 10, 1), date(2025, 10, 31)),
        run(date(2025, 8, 1), date(2025, 8, 31)),
    ]
    before, between, after = shot(7, 1), shot(9, 1), shot(11, 1)
    placements, homes = place([before, between, after], {CAMERA: stays}, UTC)
    assert [item.start for item in placements] == [
        item.captured_at for item in (before, between, after)
    ]
    assert len(set(homes.values())) == 3


def test_of_overlapping_deployments_the_later_one_wins() -> None:
    early, late = run(date(2025, 9, 1), None), run(date(2025, 9, 10), None)
    item = shot(9, 12)
    for order in ([early, late], [late, early]):
        assert place([item], {CAMERA: order}, UTC)[1] == {item.image: str(late.id)}


def test_cameras_do_not_share_deployments_and_come_in_a_fixed_order() -> None:
    other = UUID(int=2)
    stay = run(date(2025, 9, 1), date(2025, 9, 30))
    mine, theirs = shot(9, 5), shot(9, 5, camera=other)
    placements, homes = place([theirs, mine], {CAMERA: [stay]}, UTC)
    assert [item.camera for item in placements] == [CAMERA, other]
    assert homes[theirs.image] != homes[mine.image]


def test_on_the_day_of_a_visit_without_times_the_later_deployment_has_the_photographs() -> None:
    early, late = run(date(2025, 9, 1), date(2025, 9, 10)), run(date(2025, 9, 10), None)
    before, swap = shot(9, 9), shot(9, 10)
    placements, homes = place([before, swap], {CAMERA: [late, early]}, UTC)
    assert homes == {before.image: str(early.id), swap.image: str(late.id)}
    midnight = datetime(2025, 9, 10, tzinfo=UTC)
    assert (placements[0].end, placements[1].start) == (midnight, midnight)  # the day is there once


def test_known_times_of_a_visit_say_whose_a_photograph_is() -> None:
    early = replace(run(date(2025, 9, 1), date(2025, 9, 10)), ended_at=time(9))
    late = run(date(2025, 9, 10), None)
    morning, noon = shot(9, 10, 8), shot(9, 10, 12)
    placements, homes = place([morning, noon], {CAMERA: [late, early]}, UTC)
    assert homes == {morning.image: str(early.id), noon.image: str(late.id)}
    nine = datetime(2025, 9, 10, 9, tzinfo=UTC)
    assert (placements[0].end, placements[1].start) == (nine, nine)


def test_a_photograph_before_the_time_of_the_first_visit_is_still_of_that_deployment() -> None:
    stay = replace(run(date(2025, 9, 1), date(2025, 9, 30)), started_at=time(14, 30))
    early = shot(9, 1, 14)
    (placement,), _ = place([early], {CAMERA: [stay]}, UTC)
    assert (placement.start, placement.comments) == (early.captured_at, "")


def test_days_without_effort_are_named_in_the_comments() -> None:
    outage = Outage(date(2025, 9, 10), date(2025, 9, 12))
    stay = replace(run(date(2025, 9, 1), date(2025, 9, 30)), outages=(outage,))
    (placement,), _ = place([shot(9, 5)], {CAMERA: [stay]}, UTC)
    assert placement.comments == "The camera did not work from 2025-09-10 to 2025-09-12."
