"""Clock corrections: photographs moved and put back, with their encounters; by function, command and API."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from reid import reviewing
from reid.grouping.rebuild import regroup
from reid.grouping.timelines import TouchedTimelines
from reid.importing.clocks import corrections
from reid.importing.clocks.corrections import CorrectionConflict, CorrectionProblem
from reid.models import Camera, ClockCorrection, Deployment, Detection, Encounter, Image, Sighting
from reid.tests import make

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db
RESET = datetime(2000, 1, 1, 6, 0, 31, tzinfo=UTC)  # midnight and 31 seconds at the ranch
RIGHT = datetime(2025, 10, 3, 11, 12, 44, tzinfo=UTC)


@pytest.fixture(autouse=True)
def zone(settings) -> None:
    settings.TIME_ZONE = "America/Chicago"


@pytest.fixture
def user(django_user_model: Any) -> Any:
    return django_user_model.objects.create(username="ranger")


@pytest.fixture
def north() -> Camera:
    """A camera with three photographs of a reset clock, and one of the visit that set it right."""
    camera = Camera.objects.create(name="North Gate")
    Deployment.objects.create(camera=camera, started_on=date(2025, 10, 1))
    touched = TouchedTimelines()
    for minutes in (0, 1, 60):
        picture(camera, RESET + timedelta(minutes=minutes), touched)
    picture(camera, RIGHT + timedelta(minutes=2), touched)
    regroup(touched, {})
    Image.objects.filter(captured_at__lt=RIGHT).update(clock_problem="factory")
    return camera


def picture(camera: Camera, at: datetime, touched: TouchedTimelines) -> None:
    image = make.image(camera=camera, captured_at=at, time_source="exif_original")
    box = {"x": 1, "y": 1, "width": 50, "height": 50, "confidence": 0.9}
    Detection.objects.create(image=image, classification="doe", **box)
    touched.add(camera.pk, image.path, at)


def facts() -> list[tuple[Any, ...]]:
    """Everything of the photographs that a correction may change, and how they are grouped."""
    rows = Image.objects.order_by("pk").values_list(
        "pk", "captured_at", "time_source", "clock_problem", "encounter__started_at"
    )
    return list(rows)


def spans() -> list[tuple[datetime | None, datetime | None]]:
    return list(Encounter.objects.order_by("started_at").values_list("started_at", "ended_at"))


def test_photographs_move_and_their_encounters_with_them(north: Camera, user: Any) -> None:
    shift = corrections.shift_of(north, set_from="2000-01-01 00:00:31", to="2025-10-03 06:12:44")
    correction, count = corrections.correct(north, shift, actor=user, last_day=date(2000, 12, 31))
    assert count == correction.shifts.count() == 3
    assert spans() == [
        (RIGHT, RIGHT + timedelta(minutes=2)),  # joined by the one that was right
        (RIGHT + timedelta(hours=1), RIGHT + timedelta(hours=1)),
    ]
    assert set(Image.objects.values_list("clock_problem", flat=True)) == {""}
    sources = Image.objects.order_by("captured_at").values_list("time_source", flat=True)
    assert list(sources) == ["corrected", "corrected", "exif_original", "corrected"]


def test_an_undo_puts_everything_back(north: Camera, user: Any) -> None:
    before, grouped = facts(), spans()
    sightings = Sighting.objects.count()
    correction, _ = corrections.correct(north, timedelta(hours=-1), actor=user)
    assert facts() != before
    _, count = corrections.undo(correction.pk, actor=user)
    assert (count, facts(), spans(), Sighting.objects.count()) == (4, before, grouped, sightings)
    with pytest.raises(CorrectionConflict, match="was undone by ranger"):
        corrections.undo(correction.pk, actor=user)


def test_a_later_correction_is_undone_first(north: Camera, user: Any) -> None:
    first, _ = corrections.correct(north, timedelta(hours=1), actor=user)
    second, _ = corrections.correct(north, timedelta(hours=1), actor=user)
    times = facts()
    with pytest.raises(CorrectionConflict, match="another time since"):
        corrections.undo(first.pk, actor=user)
    assert facts() == times
    corrections.undo(second.pk, actor=user)
    corrections.undo(first.pk, actor=user)
    assert Image.objects.filter(captured_at=RESET).count() == 1


def test_only_the_days_that_are_named_move(north: Camera, user: Any) -> None:
    _, count = corrections.correct(
        north, timedelta(hours=1), actor=user, first_day=date(2025, 10, 3), last_day=date(2025, 10, 3)
    )  # fmt: skip
    assert count == 1
    for first, last in ((date(2025, 10, 4), None), (None, date(1999, 12, 31))):
        with pytest.raises(CorrectionProblem, match="no photograph"):
            corrections.correct(
                north, timedelta(hours=1), actor=user, first_day=first, last_day=last
            )


def test_a_correction_out_of_the_calendar_changes_nothing(north: Camera, user: Any) -> None:
    before = facts()
    for shift in (timedelta(days=-40_000), timedelta(days=900_000), timedelta(days=99_000_000)):
        with pytest.raises(CorrectionProblem, match="would be moved"):
            corrections.correct(north, shift, actor=user)
    assert (facts(), ClockCorrection.objects.count()) == (before, 0)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("+1h30m", 5400), ("1h", 3600), ("-45s", -45), ("+9131d6h", 9131 * 86_400 + 21_600)],
)
def test_shifts_are_read(text: str, seconds: int) -> None:
    assert corrections.parse_shift(text).total_seconds() == seconds


@pytest.mark.parametrize(
    "text", ["", "+", "1", "1:30", "30m1h", "1.5h", "an hour", "99999999999999999999d"]
)
def test_what_is_no_shift_is_refused(text: str) -> None:
    with pytest.raises(CorrectionProblem, match="is no shift"):
        corrections.parse_shift(text)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"shift": "1h", "to": "2025-10-01 12:00"},
        {"set_from": "2025-10-01 12:00"},
        {"set_from": "2025-10-01 12:00", "to": "noon"},
        {"set_from": "2025-10-01 12:00", "to": "2025-10-01 12:00"},
        {"shift": "0h"},
    ],
)
def test_a_shift_that_says_nothing_or_two_things_is_refused(north: Camera, given: Any) -> None:
    with pytest.raises(CorrectionProblem):
        corrections.shift_of(north, **given)


# --- the command ----------------------------------------------------------------------------------


def typed(*arguments: str) -> str:
    out = io.StringIO()
    call_command("correct_clock", *arguments, stdout=out, no_color=True)
    return out.getvalue()


def test_the_command_corrects_lists_and_undoes(north: Camera, user: Any) -> None:
    before = facts()
    who = ("--user", "ranger")
    wanted = ("north gate", "--shift=-1h", "--from", "2000-01-01", "--until", "2000-12-31", *who)
    assert "3 photographs of North Gate moved by -1 day, 23:00:00" in typed(*wanted, "--dry-run")
    assert (facts(), ClockCorrection.objects.count()) == (before, 0)
    assert "never corrected" in typed("North Gate", "--list")
    text = typed(*wanted, "--reason", "summer time")
    key = str(ClockCorrection.objects.get().pk)
    assert f"--undo {key}" in text
    listed = typed("North Gate", "--list")
    assert key in listed and "-3,600 s" in listed and "summer time" in listed
    assert "3 photographs" in typed("North Gate", "--undo", key, *who)
    assert facts() == before
    assert "undone by ranger" in typed("North Gate", "--list")


def test_the_command_names_what_is_wrong(north: Camera) -> None:
    for arguments, words in (
        (("south", "--shift", "1h"), "There is no camera 'south'"),
        (("North Gate", "--shift", "soon"), "'soon' is no shift"),
        (("North Gate", "--undo", "0b7a3c52-1c5e-4f43-8f6e-b7b7c2a4d9e2"), "no correction"),
        (("North Gate", "--shift", "1h", "--user", "nobody"), "no active user"),
    ):
        with pytest.raises(CommandError, match=words):
            typed(*arguments)


# --- the API --------------------------------------------------------------------------------------


def post(client: Client, address: str, **body: Any) -> Any:
    return client.post(f"/api/{address}", body, content_type="application/json")


def test_the_api_corrects_lists_and_undoes(client: Client, north: Camera) -> None:
    before, address = facts(), f"cameras/{north.pk}/correct-clock"
    tried = post(client, address, shift="+1h", dry_run=True)
    assert (tried.status_code, tried.json()["photographs"], tried.json()["correction"]) == (
        200,
        4,
        None,
    )
    assert facts() == before
    done = post(client, address, set_from="2000-01-01 00:00:31", to="2025-10-03 06:12:44",
                last_day="2000-12-31", reason="battery")  # fmt: skip
    assert (done.status_code, done.json()["photographs"]) == (201, 3)
    key = done.json()["correction"]["id"]
    rows = client.get("/api/clock-corrections").json()["results"]
    assert [(row["id"], row["reason"], row["undone_at"]) for row in rows] == [
        (key, "battery", None)
    ]
    undone = post(client, f"clock-corrections/{key}/undo")
    assert (undone.status_code, undone.json()["photographs"]) == (200, 3)
    assert facts() == before
    assert post(client, f"clock-corrections/{key}/undo").status_code == 409


def test_the_api_refuses_in_words(client: Client, north: Camera) -> None:
    address = f"cameras/{north.pk}/correct-clock"
    for body in (
        {},
        {"shift": "soon"},
        {"shift": "1h", "hours": 3},
        {"shift": "1h", "first_day": "x"},
    ):
        assert post(client, address, **body).status_code == 400
    nobody = "0b7a3c52-1c5e-4f43-8f6e-b7b7c2a4d9e2"
    assert post(client, f"cameras/{nobody}/correct-clock", shift="1h").status_code == 404
    assert post(client, f"clock-corrections/{nobody}/undo").status_code == 404
    assert not ClockCorrection.objects.exists()


def test_a_stranger_corrects_nothing(client: Client, north: Camera, settings) -> None:
    settings.EMBEDDED = False
    response = post(client, f"cameras/{north.pk}/correct-clock", shift="1h")
    assert response.status_code in (401, 403)
    assert not ClockCorrection.objects.exists()


def test_photographs_that_move_into_another_antler_year_are_scored_anew(
    north, user, settings
) -> None:
    def stale() -> int:
        return Detection.objects.filter(scores_stale=True).count()

    settings.REID_ANTLER_SEASONS = "same"
    hour = timedelta(hours=1)
    corrections.correct(north, hour, actor=user, reason="an hour")
    assert stale() == 0  # still the antler year 1999
    years = RIGHT - RESET
    made, _ = corrections.correct(
        north, years, actor=user, reason="reset", last_day=date(2000, 1, 2)
    )
    assert stale() == 3
    Detection.objects.update(scores_stale=False)
    corrections.undo(made.pk, actor=user)
    assert stale() == 3
    Detection.objects.update(scores_stale=False)
    settings.REID_ANTLER_SEASONS = "all"
    corrections.correct(north, years, actor=user, reason="reset", last_day=date(2000, 1, 2))
    assert stale() == 0


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Chicago"])
def test_days_at_the_ends_of_the_calendar_leave_out_nothing(
    north: Camera, user: Any, zone: str, settings: Any
) -> None:
    settings.TIME_ZONE = zone
    hour = timedelta(hours=1)
    _, count = corrections.correct(north, hour, actor=user, first_day=date.min, last_day=date.max)
    assert count == 4
    with pytest.raises(CorrectionProblem, match="no photograph"):
        corrections.correct(north, hour, actor=user, first_day=date.max)


def test_an_undo_judges_the_clocks_of_photographs_that_are_another_cameras_by_now(
    north: Camera, user: Any
) -> None:
    south = make.camera("South")
    Deployment.objects.create(camera=south, started_on=date(2025, 10, 1))
    correction, _ = corrections.correct(north, RIGHT - RESET, actor=user, last_day=RESET.date())
    image = Image.objects.filter(clock_shifts__correction=correction).first()
    assert image and image.clock_problem == ""
    reviewing.set_camera(versions={image.pk: image.version}, camera=south.pk, actor=user)
    corrections.undo(correction.pk, actor=user)
    image.refresh_from_db()
    assert (image.camera, image.clock_problem) == (south, "factory")
