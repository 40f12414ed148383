"""Material of a survey: days on which a camera ran, and the deer that count as captured."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from analysis.surveys.collect import SurveyProblem, collect
from analysis.surveys.material import Basis, Material
from reid.models import Camera, Deployment, Detection, Outage
from reid.tests import make

pytestmark = pytest.mark.django_db

START, END = date(2025, 10, 1), date(2025, 10, 31)


def seen(camera: Camera, day: int, hour: int = 17, **fields: Any) -> Detection:
    """A photograph of October 2025 (17:00 UTC is noon or so on any ranch of America) with a detection."""
    at = datetime(2025, 10, day, hour, tzinfo=UTC)
    return make.detection(image=make.image(camera=camera, captured_at=at), **fields)


def captured(material: Material) -> list[tuple[str, int]]:
    return [(item.deer, item.day.day) for item in material.captures]


def deployed(name: str, first: int, last: int) -> Camera:
    camera = make.camera(name)
    Deployment.objects.create(
        camera=camera, started_on=date(2025, 10, first), ended_on=date(2025, 10, last)
    )
    return camera


def test_effort_is_the_deployment_without_outages_and_gaps() -> None:
    """1 to 20 October: 3 days of an outage, and 8 to 20 without a photograph are 13 more: 4 days are left."""
    oak = deployed("oak", 1, 20)
    Outage.objects.create(
        camera=oak, started_on=date(2025, 10, 3), ended_on=date(2025, 10, 5), reason="card full"
    )
    for day in (1, 2, 6, 7):
        seen(oak, day)
    (effort,) = collect(START, END).cameras
    assert [day.day for day in effort.days] == [1, 2, 6, 7]
    assert [
        (item.first.day, item.last.day, item.reason, item.is_outage) for item in effort.left_out
    ] == [
        (3, 5, "card full", True),
        (8, 20, "no photograph for 13 days, and no outage is known", False),
    ]
    assert not effort.is_estimated


def test_days_between_two_deployments_are_not_lost_to_an_outage_over_both() -> None:
    """Broken from the 4th to the 12th, away from the 6th to the 9th: five camera-days are lost, and not nine."""
    oak = deployed("oak", 1, 5)
    Deployment.objects.create(
        camera=oak, started_on=date(2025, 10, 10), ended_on=date(2025, 10, 14)
    )
    Outage.objects.create(camera=oak, started_on=date(2025, 10, 4), ended_on=date(2025, 10, 12))
    (effort,) = collect(START, END).cameras
    assert [day.day for day in effort.days] == [1, 2, 3, 13, 14]
    assert sorted(day.day for day in effort.lost()) == [4, 5, 10, 11, 12]


def test_a_gap_that_reaches_out_of_the_survey_says_how_much_of_it_does() -> None:
    oak = deployed("oak", 1, 20)
    for day in (1, 2):
        seen(oak, day)
    (effort,) = collect(date(2025, 10, 15), date(2025, 10, 18)).cameras
    (gap,) = effort.left_out
    assert (gap.first.day, gap.last.day) == (15, 18)
    assert (
        gap.reason
        == "no photograph for 18 days, 14 of them outside the survey, and no outage is known"
    )


def test_without_a_deployment_effort_is_estimated_from_the_photographs() -> None:
    elm = make.camera("elm")
    seen(elm, 4)
    seen(elm, 8)
    (effort,) = collect(START, END).cameras
    assert [day.day for day in effort.days] == [4, 5, 6, 7, 8]
    assert effort.is_estimated


def test_captures_are_of_the_identities_that_count() -> None:
    oak = deployed("oak", 1, 5)
    person, machine = make.deer("Person"), make.deer("Machine")
    seen(oak, 2, deer=person, identity_source=Detection.IdentitySource.REVIEWED)
    seen(oak, 3, deer=machine, identity_source=Detection.IdentitySource.AUTO)
    seen(oak, 4, deer=machine, is_valid=False)
    assert captured(collect(START, END, Basis.REVIEWED)) == [("Person", 2)]
    assert captured(collect(START, END, Basis.ASSIGNED)) == [("Machine", 3)]
    assert captured(collect(START, END)) == [("Machine", 3), ("Person", 2)]


def test_a_capture_keeps_its_best_photographs_and_the_sides_that_they_show() -> None:
    """Four photographs of one day, two of them of one encounter: the three largest boxes are kept, the largest first."""
    oak, deer = deployed("oak", 1, 5), make.deer("Person")
    found = [
        seen(oak, 2, 12 + number, deer=deer, width=width, flank=flank)
        for number, (width, flank) in enumerate(
            [(100, "right"), (300, "left"), (200, "front"), (50, "right")]
        )
    ]
    Detection.objects.filter(pk=found[1].pk).update(sighting=found[0].sighting)
    (capture,) = collect(START, END).captures
    assert capture.detections == tuple(str(found[place].pk) for place in (1, 2, 0))
    assert (capture.photographs, capture.sightings) == (4, 3)
    assert capture.flanks == ("left", "right")
    assert capture.deer_id == str(deer.pk)


def test_where_one_side_counts_its_photographs_are_shown() -> None:
    """The left flank has more captures; a better photograph of the right one says nothing of the name that counts."""
    oak, animal = make.camera("oak"), make.deer("Atlas")
    left = [seen(oak, day, deer=animal, flank="left", width=50) for day in (1, 2)]
    seen(oak, 1, deer=animal, flank="right", width=300)
    captures = collect(START, END, one_side=True).captures
    assert [item.flanks for item in captures] == [("left", "right"), ("left",)]
    assert [item.detections for item in captures] == [(str(item.pk),) for item in left]


def test_animals_without_a_name_and_with_one_that_does_not_count() -> None:
    oak, deer = deployed("oak", 1, 5), make.deer("Person")
    seen(oak, 2, deer=deer, classification="buck")
    seen(oak, 2, 18, deer=deer, classification="buck", identity_source="auto")
    seen(oak, 2, 19, classification="buck")
    (day,) = collect(START, END, Basis.REVIEWED).classes["buck"]
    assert (day.animals, day.otherwise, day.unnamed) == (3, 1, 1)


def test_a_day_is_the_cameras_own() -> None:
    """03:00 UTC of the 2nd is the evening of the 1st in Chicago, and the 2nd in Berlin."""
    for name, zone in (("oak", "America/Chicago"), ("elm", "Europe/Berlin")):
        camera = deployed(name, 1, 5)
        Camera.objects.filter(pk=camera.pk).update(time_zone=zone)
        seen(camera, 2, 3, deer=make.deer(f"of {name}"))
    days = {item.camera: item.day.day for item in collect(START, END).captures}
    assert days == {"oak": 1, "elm": 2}


def test_a_visit_over_midnight_is_one_capture_on_the_day_on_which_it_began() -> None:
    oak, deer = deployed("oak", 1, 5), make.deer("Person")
    Camera.objects.filter(pk=oak.pk).update(time_zone="UTC")
    first = seen(oak, 2, 23, deer=deer, classification="doe")
    seen(oak, 3, 0, deer=deer, classification="doe", sighting=first.sighting)
    material = collect(START, END)
    assert captured(material) == [("Person", 2)]
    assert [(item.day.day, item.animals) for item in material.classes["doe"]] == [(2, 1)]


def test_a_photograph_with_an_impossible_time_is_no_capture() -> None:
    oak = deployed("oak", 1, 5)
    image = make.image(
        camera=oak, captured_at=datetime(2025, 10, 2, 17, tzinfo=UTC), clock_problem="factory"
    )
    make.detection(image=image, deer=make.deer())
    material = collect(START, END)
    assert not material.captures
    assert not material.classes["doe"]


def test_animals_of_a_day_are_its_sightings() -> None:
    oak = deployed("oak", 1, 5)
    first = seen(oak, 2, classification="fawn")
    seen(oak, 2, 18, classification="fawn", sighting=first.sighting)  # the same animal once more
    seen(oak, 2, 19, classification="fawn")
    (day,) = collect(START, END).classes["fawn"]
    assert (day.animals, day.photographs) == (2, 3)


def test_an_animal_whose_photographs_bear_several_classes_is_one_animal() -> None:
    """One sighting of a buck that one photograph shows as a deer of unknown class, and one as a doe."""
    oak, deer = deployed("oak", 1, 5), make.deer("Person")
    first = seen(oak, 2, classification="buck")
    for hour, name in ((18, "unknown_deer"), (19, "buck"), (20, "doe")):
        seen(oak, 2, hour, classification=name, sighting=first.sighting)
    seen(oak, 3, classification="unknown_deer", deer=deer)
    classes = collect(START, END).classes
    assert [(item.animals, item.photographs, item.unnamed) for item in classes["buck"]] == [
        (1, 4, 1)
    ]
    assert not classes["doe"]
    assert [(item.day.day, item.unnamed) for item in classes["unknown_deer"]] == [(3, 0)]


def test_a_photograph_of_three_does_is_three_photographs_of_a_doe() -> None:
    oak = deployed("oak", 1, 5)
    one = seen(oak, 2, classification="doe")
    for place in (200, 400):
        make.detection(image=one.image, classification="doe", x=place)
    (day,) = collect(START, END).classes["doe"]
    assert (day.animals, day.photographs) == (3, 3)


def test_unknown_cameras_and_periods_the_wrong_way_are_refused() -> None:
    with pytest.raises(SurveyProblem, match="no camera ash"):
        collect(START, END, cameras=["ash"])
    with pytest.raises(SurveyProblem, match="ends before it begins"):
        collect(END, START + timedelta(days=3))
