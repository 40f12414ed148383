"""A small stored season, counted by hand."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.utils import timezone

from exports.report import collect
from exports.report.collect import summarise
from exports.requests.specs import DetectionSelection, GroupBy, ReportPeriod, ReportSpec, ReportType
from reid.models import Deployment, Encounter, Outage
from reid.tests import make

if TYPE_CHECKING:
    from exports.report.counting.summary import PeriodSummary
    from reid.models import Camera, Deer, Detection

pytestmark = pytest.mark.django_db

AUTUMN = ReportPeriod("Autumn", date(2025, 10, 1), date(2025, 11, 30))


def spec(*periods: ReportPeriod, **given: Any) -> ReportSpec:
    fields: dict[str, Any] = {
        "report_type": ReportType.SEASONAL_ACTIVITY,
        "periods": periods or (AUTUMN,),
        "group_by": GroupBy.MONTH,
        "selection": DetectionSelection(),
        "include_charts": True,
        "include_tables": True,
        "include_insights": True,
        "title": "Autumn",
        "notify": False,
    }
    return ReportSpec(**fields | given)


def sighted(
    at: datetime, *classes: str, camera: Camera | None = None, deer: Deer | None = None, **more: Any
) -> list[Detection]:
    """One sighting: a detection for each of `classes`, a minute apart."""
    encounter = Encounter.objects.create(camera=camera, started_at=at, ended_at=at)
    sighting = make.sighting(encounter)
    return [
        make.detection(
            image=make.image(
                camera=camera, encounter=encounter, captured_at=at + timedelta(minutes=number)
            ),
            sighting=sighting,
            classification=name,
            deer=deer,
            **more,
        )
        for number, name in enumerate(classes)
    ]


def one(*periods: ReportPeriod, **given: Any) -> PeriodSummary:
    return summarise(spec(*periods, **given)).periods[0]


def day(month: int, number: int, hour: int = 12) -> datetime:
    return datetime(2025, month, number, hour, tzinfo=UTC)


def test_sightings_are_counted_not_photographs() -> None:
    sighted(day(10, 5), "buck", "buck", "buck")
    sighted(day(10, 6), "doe")
    tally = one().tally
    assert (tally.sightings, tally.detections, tally.encounters) == (2, 4, 2)
    assert (tally.of("buck").sightings, tally.of("buck").detections) == (1, 3)
    assert tally.bucks_per_doe == 1.0
    assert tally.of("fawn").sightings == 0


def test_confidence_is_the_mean_over_detections() -> None:
    sighted(day(10, 5), "buck", confidence=0.5)
    sighted(day(10, 6), "buck", "buck", confidence=0.8)
    sighted(day(10, 6), "doe", confidence=0.9)
    tally = one().tally
    assert tally.of("buck").mean_confidence == pytest.approx(0.7)
    assert tally.mean_confidence == pytest.approx(0.75)


def test_a_correction_wins_and_people_invalid_and_other_animals_do_not_count() -> None:
    sighted(day(10, 5), "buck", corrected_classification="doe")
    sighted(day(10, 6), "doe", corrected_classification="person")
    sighted(day(10, 7), "vehicle")
    sighted(day(10, 8), "cattle")
    sighted(day(10, 9), "doe", is_valid=False)
    period = one()
    assert [(item.classification, item.sightings) for item in period.tally.by_class] == [("doe", 1)]
    assert period.quality.invalid_left_out == 1


def test_a_person_does_not_count_even_when_asked_for() -> None:
    sighted(day(10, 5), "person")
    assert one(selection=DetectionSelection(classifications=("person",))).tally.detections == 0


def test_both_days_of_a_period_belong_to_it_in_local_time(settings) -> None:
    settings.TIME_ZONE = "America/Chicago"
    sighted(datetime(2025, 10, 1, 4, 59, tzinfo=UTC), "doe")  # still 30 September at the ranch
    sighted(datetime(2025, 10, 1, 5, 0, tzinfo=UTC), "doe")
    sighted(datetime(2025, 12, 1, 5, 59, tzinfo=UTC), "doe")  # 23:59 on 30 November
    sighted(datetime(2025, 12, 1, 6, 0, tzinfo=UTC), "doe")
    period = one()
    assert period.tally.sightings == 2
    assert [bucket.tally.sightings for bucket in period.buckets] == [1, 1]
    assert [hour for hour, number in enumerate(period.hours) if number] == [0, 23]


def test_a_day_of_25_hours_is_one_day(settings) -> None:
    settings.TIME_ZONE = "America/Chicago"  # clocks go back on 2 November 2025
    night = ReportPeriod("", date(2025, 11, 1), date(2025, 11, 3))
    sighted(datetime(2025, 11, 3, 5, 30, tzinfo=UTC), "doe")  # 23:30 on the long day
    sighted(datetime(2025, 11, 3, 6, 30, tzinfo=UTC), "doe")  # 00:30 on the next
    buckets = one(night, group_by=GroupBy.DAY).buckets
    assert [bucket.tally.sightings for bucket in buckets] == [0, 1, 1]


def test_an_encounter_over_midnight_belongs_to_the_day_it_began() -> None:
    before = ReportPeriod("", date(2025, 10, 4), date(2025, 10, 5))
    after = ReportPeriod("", date(2025, 10, 6), date(2025, 10, 7))
    start = datetime(2025, 10, 5, 23, 59, tzinfo=UTC)
    sighted(start, "doe", "doe", "doe")
    assert one(before).tally.detections == 3
    assert one(after).tally.detections == 0


def test_camera_days_come_from_deployments_clipped_to_the_period() -> None:
    north = make.camera("north")
    Deployment.objects.create(
        camera=north, started_on=date(2025, 9, 1), ended_on=date(2025, 10, 10)
    )
    Deployment.objects.create(
        camera=north, started_on=date(2025, 11, 21), ended_on=date(2026, 1, 1)
    )
    sighted(day(10, 5), "doe", camera=north)
    sighted(day(10, 20), "doe", camera=north)  # between its deployments
    period = one()
    assert (period.effort.camera_days, period.effort.estimated) == (20, False)
    assert period.rate == pytest.approx(100 * 1 / 20)
    assert period.quality.sightings_outside_effort == 1
    assert [bucket.effort.camera_days for bucket in period.buckets] == [10, 10]


def test_an_open_deployment_lasts_until_today() -> None:
    today = timezone.localdate()
    Deployment.objects.create(camera=make.camera(), started_on=today - timedelta(days=2))
    week = ReportPeriod("", today - timedelta(days=6), today + timedelta(days=6))
    assert one(week).effort.camera_days == 3


def test_overlapping_deployments_count_a_day_once() -> None:
    north = make.camera()
    for first, last in ((1, 6), (4, 10)):
        Deployment.objects.create(
            camera=north, started_on=date(2025, 10, first), ended_on=date(2025, 10, last)
        )
    assert one().effort.camera_days == 10


def test_outages_leave_effort_and_the_day_of_a_visit_counts_once() -> None:
    north = make.camera()
    for first, last in ((1, 10), (10, 20)):
        Deployment.objects.create(
            camera=north, started_on=date(2025, 10, first), ended_on=date(2025, 10, last)
        )
    Outage.objects.create(
        camera=north, started_on=date(2025, 10, 5), ended_on=date(2025, 10, 7), reason="battery"
    )
    Outage.objects.create(
        camera=make.camera(), started_on=date(2025, 10, 1), ended_on=date(2025, 10, 30)
    )
    assert one().effort.camera_days == 17


def test_without_deployments_effort_is_first_to_last_image_and_called_estimated() -> None:
    camera = make.camera()
    make.image(camera=camera, captured_at=day(10, 3))
    sighted(day(10, 8), "doe", camera=camera)
    period = one()
    assert (period.effort.camera_days, period.effort.estimated) == (6, True)
    assert (period.quality.estimated_cameras, period.quality.cameras) == (1, 1)


def test_a_camera_that_ran_and_saw_nothing_is_shown_with_zero() -> None:
    Deployment.objects.create(
        camera=make.camera("quiet"), started_on=date(2025, 10, 1), ended_on=date(2025, 10, 10)
    )
    (camera,) = one().cameras
    assert (camera.name, camera.tally.sightings, camera.rate) == ("quiet", 0, 0.0)


def test_sightings_without_a_camera_have_no_rate() -> None:
    sighted(day(10, 5), "doe")
    (camera,) = one().cameras
    assert (camera.name, camera.tally.sightings, camera.rate) == ("", 1, None)


def test_deer_seen_have_first_and_last_sighting_and_their_best_picture() -> None:
    north, south = make.camera("north"), make.camera("south")
    gus = make.deer("Gus", sex="buck")
    sighted(day(10, 5), "buck", camera=north, deer=gus, confidence=0.7)
    (best,) = sighted(day(10, 20), "buck", camera=north, deer=gus, confidence=0.9)
    sighted(day(11, 2), "buck", "buck", camera=south, deer=gus, confidence=0.8)
    period = one()
    (seen,) = period.deer
    assert (seen.name, seen.sex, seen.sightings) == ("Gus", "buck", 3)
    assert (seen.first.at, seen.first.camera) == (day(10, 5), "north")
    assert (seen.last.at, seen.last.camera) == (day(11, 2) + timedelta(minutes=1), "south")
    assert seen.portrait == best.pk
    assert (period.tally.deer, period.deer_of_sex("buck"), period.deer_of_sex("doe")) == (1, 1, 0)


def test_nobody_is_new_where_nothing_is_known_from_before() -> None:
    sighted(day(10, 5), "doe", deer=make.deer())
    assert one().deer[0].is_new is None


def test_a_deer_first_sighted_in_the_period_is_new() -> None:
    old, new = make.deer("Old"), make.deer("New")
    sighted(day(9, 1), "doe", deer=old)
    sighted(day(10, 5), "doe", deer=old)
    sighted(day(10, 6), "doe", deer=new)
    assert {deer.name: deer.is_new for deer in one().deer} == {"Old": False, "New": True}


def test_the_selection_restricts_classes_cameras_and_deer() -> None:
    north, gus = make.camera("north"), make.deer("Gus")
    sighted(day(10, 5), "buck", camera=north, deer=gus)
    sighted(day(10, 6), "doe", camera=north)
    sighted(day(10, 7), "buck")
    for selection in (
        DetectionSelection(classifications=("doe",)),
        DetectionSelection(classifications=("buck",), cameras=(north.pk,)),
        DetectionSelection(deer=(gus.pk,)),
    ):
        assert one(selection=selection).tally.sightings == 1
    filters = summarise(
        spec(selection=DetectionSelection(cameras=(north.pk,), deer=(gus.pk,)))
    ).filters
    assert (filters.cameras, filters.deer) == (("north",), ("Gus",))


def test_what_was_merged_away_is_counted_as_what_stands_for_it() -> None:
    north, gus = make.camera("north"), make.deer("Gus")
    sighted(day(10, 5), "buck", camera=north, deer=gus)
    older = make.camera("older", merged_into=north), make.deer("Old Gus", merged_into=gus)
    selection = DetectionSelection(cameras=(older[0].pk, north.pk), deer=(older[1].pk,))
    summary = summarise(spec(selection=selection))
    assert summary.periods[0].tally.sightings == 1
    assert (summary.filters.cameras, summary.filters.deer) == (("north",), ("Gus",))
    assert collect.photographs(spec(selection=selection)) == 1


def test_what_is_gone_since_it_was_asked_for_does_not_stand_for_all() -> None:
    camera, gus = make.camera("north"), make.deer("Gus")
    selection = DetectionSelection(cameras=(camera.pk,), deer=(gus.pk,))
    camera.delete()
    gus.hide()
    filters = summarise(spec(selection=selection)).filters
    assert (filters.cameras, filters.deer) == (("1 that is gone",), ("1 that is gone",))


def test_a_report_on_bucks_counts_the_bucks_of_the_report_on_all_deer() -> None:
    sighted(day(10, 5), "doe", "doe", "buck")
    sighted(day(10, 6), "buck", "buck", "doe", "unknown_deer")
    bucks = one(selection=DetectionSelection(classifications=("buck",))).tally
    assert bucks.sightings == one().tally.of("buck").sightings == 1
    assert bucks.detections == 2


def test_a_detection_whose_sighting_is_being_rebuilt_stands_for_itself() -> None:
    (row,) = sighted(day(10, 5), "doe")
    row.sighting = None
    row.save()
    assert one().tally.sightings == 1


def test_quality_counts_reviews_machine_identities_and_untimed_images() -> None:
    gus = make.deer()
    sighted(day(10, 5), "doe")
    sighted(day(10, 6), "doe", deer=gus)  # an imported identity
    sighted(day(10, 7), "doe", deer=gus, identity_source="auto")
    sighted(day(10, 8), "doe", reviewed_at=day(10, 9))
    sighted(day(10, 9), "doe", deer=gus, identity_source="certified")
    make.detection(image=make.image(captured_at=None))
    quality = one().quality
    assert (quality.counted, quality.unreviewed) == (5, 3)
    assert (quality.identified_by_machine, quality.certified) == (2, 1)
    assert quality.untimed_images == 1


def test_periods_of_a_comparison_are_counted_each_by_itself() -> None:
    sighted(day(10, 5), "doe")
    sighted(day(11, 5), "doe")
    sighted(day(11, 6), "doe")
    october = ReportPeriod("October", date(2025, 10, 1), date(2025, 10, 31))
    overlapping = ReportPeriod("Both", date(2025, 10, 1), date(2025, 11, 30))
    summary = summarise(spec(october, overlapping, report_type=ReportType.COMPARISON))
    assert [period.tally.sightings for period in summary.periods] == [1, 3]


@pytest.mark.django_db(transaction=True)
def test_a_report_is_of_one_moment_whatever_is_imported_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sighted(day(10, 5), "doe")

    def import_more() -> None:
        try:
            sighted(day(10, 6), "buck", camera=make.camera(), deer=make.deer())
        finally:
            connection.close()

    def period(*arguments: Any) -> PeriodSummary:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(import_more).result()
        return count_period(*arguments)

    count_period = collect._period
    monkeypatch.setattr(collect, "_period", period)
    assert one().tally.sightings == 1
    monkeypatch.undo()
    assert one().tally.sightings == 2


def test_queries_do_not_grow_with_rows_buckets_or_deer(django_assert_num_queries) -> None:
    def store(count: int) -> None:
        for number in range(1, count + 1):
            camera = make.camera()
            Deployment.objects.create(camera=camera, started_on=date(2025, 10, 1))
            sighted(day(10, number), "doe", "buck", camera=camera, deer=make.deer())

    store(1)
    with django_assert_num_queries(10):
        summarise(spec())
    store(12)
    with django_assert_num_queries(10):
        summarise(spec(group_by=GroupBy.DAY))


def test_the_stratum_of_the_threshold_in_force_is_told() -> None:
    threshold = make.threshold(make.scorer())
    assert summarise(spec()).left_for_review == ""
    type(threshold).objects.update(stratum="with_pattern")
    assert summarise(spec()).left_for_review.startswith("Sightings without a pattern are left")
