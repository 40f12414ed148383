"""Pages of surveys over HTTP: what they say, what they refuse, and how many queries they take."""

from __future__ import annotations

import html
import json
import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import django_rq
import pytest
import redis
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from analysis.surveys.comparison import Pair, Side
from reid.models import Camera, Deployment, Image, Survey, SurveyAudit
from reid.tests import make
from thumper.pages.surveys import listing, words
from thumper.pages.surveys.tests.documents import REFUSED, stored

if TYPE_CHECKING:
    from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_client")]

FORM = {
    "name": "Autumn 2025",
    "start": "2025-10-01",
    "end": "2025-10-14",
    "occasion_days": "7",
    "basis": "both",
}


def text_of(client: Client, address: str, **sent: str) -> str:
    answer = client.post(address, sent) if sent else client.get(address)
    assert answer.status_code == 200, answer
    return " ".join(html.unescape(answer.content.decode()).split())


@pytest.fixture
def oak() -> Camera:
    """A camera that ran for two weeks and saw one deer in both, with a photograph of a wrong clock."""
    camera = make.camera("oak", latitude="30.1", longitude="-98.2")
    first, last = date(2025, 10, 1), date(2025, 10, 14)
    Deployment.objects.create(camera=camera, started_on=first, ended_on=last)
    ada = make.deer("Ada")
    for day in range(1, 15, 3):
        at = datetime(2025, 10, day, 17, tzinfo=UTC)
        make.detection(image=make.image(camera=camera, captured_at=at), deer=ada)
    wrong = datetime(2001, 1, 1, tzinfo=UTC)
    make.image(camera=camera, captured_at=wrong, clock_problem=Image.ClockProblem.FACTORY)
    return camera


def test_effort_is_shown_before_a_survey_is_made(client: Client, oak: Camera) -> None:
    make.camera("elm")
    said = text_of(client, "/surveys/new", **FORM, do="look")
    assert "<strong>14</strong> camera-days" in said
    assert "<strong>1 / 2</strong> cameras that ran" in said
    assert "<strong>1</strong> photographs with a doubtful time" in said
    assert "<strong>2</strong> captures in 2 occasions (one deer on one occasion is one)" in said
    assert "<strong>5</strong> days on which a deer with a name was at a camera" in said
    assert "elm did not run on any of these days." in said
    assert "oak ran on 14 of 14 days" in said
    assert "Make this survey" in said
    assert not Survey.objects.exists()


def test_sightings_without_a_name_are_said_before_a_survey_is_made(
    client: Client, oak: Camera
) -> None:
    assert "no name" not in text_of(client, "/surveys/new", **FORM, do="look")
    at = datetime(2025, 10, 2, 18, tzinfo=UTC)
    make.detection(image=make.image(camera=oak, captured_at=at))
    said = text_of(client, "/surveys/new", **FORM, do="look")
    assert "1 of 6 sightings of these days has no name." in said


@pytest.mark.parametrize(("unit", "km2"), [("acres", 4.0), ("km2", 988.42)])
def test_an_area_is_typed_in_acres_or_square_kilometres(
    client: Client, oak: Camera, unit: str, km2: float
) -> None:
    client.post("/surveys/new", FORM | {"do": "make", "area": "988.42", "area_unit": unit})
    survey = Survey.objects.get()
    assert survey.habitat_km2 == pytest.approx(km2, rel=1e-5)
    assert "acres)" in text_of(client, f"/surveys/{survey.pk}")


def test_numbers_stand_before_the_days_of_the_cameras(client: Client) -> None:
    said = text_of(client, f"/surveys/{stored(is_checked=True).pk}")
    assert said.index("How many deer") < said.index("What the cameras did")


def test_a_survey_is_made_of_the_ticked_cameras(client: Client, oak: Camera) -> None:
    make.camera("elm")
    answer = client.post("/surveys/new", FORM | {"do": "make", "cameras": ["oak"], "note": "dry"})
    survey = Survey.objects.get()
    assert answer["Location"] == f"/surveys/{survey.pk}"
    assert (survey.cameras, survey.note, survey.occasion_days) == (["oak"], "dry", 7)
    said = text_of(client, f"/surveys/{survey.pk}")
    assert "Nothing is estimated yet." in said
    assert "elm" not in said


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"start": "2025-10-20"}, "ends before it begins"),
        ({"occasion_days": "30"}, "fewer than one occasion"),
        ({"name": ""}, "This field is required."),
        ({"end": "9999-12-31"}, ""),
    ],
)
def test_what_cannot_be_is_said_and_what_was_typed_stays(
    client: Client, oak: Camera, wrong: dict[str, str], sentence: str
) -> None:
    said = text_of(client, "/surveys/new", **FORM | {"note": "dry year", "do": "make"} | wrong)
    assert sentence in said
    assert "dry year" in said
    assert not Survey.objects.exists()


def test_a_name_is_taken_once(client: Client, oak: Camera) -> None:
    client.post("/surveys/new", FORM | {"do": "make"})
    assert "already" in text_of(client, "/surveys/new", **FORM, do="make")
    assert Survey.objects.count() == 1


def test_names_that_were_checked_since_are_counted_by_another_estimate(client: Client) -> None:
    survey = stored()
    address = f"/surveys/{survey.pk}"
    assert "Nobody has checked them." in text_of(client, address)
    closed = {"status": SurveyAudit.Status.CLOSED, "closed_at": timezone.now()}
    SurveyAudit.objects.create(survey=survey, salt="s", **closed)
    said = text_of(client, address)
    assert "Nobody has checked them." not in said
    assert "Estimate again, and the numbers count what was found." in said
    Survey.objects.update(estimated_at=timezone.now())
    assert "Estimate again, and" not in text_of(client, address)


def test_a_refusal_says_what_to_do_and_no_range_is_called_known(client: Client) -> None:
    said = text_of(client, f"/surveys/{stored().pk}")
    assert "There is no number to rely on yet." in said
    assert said.count(REFUSED) == 1
    assert "have some of its captures checked" in said
    assert 'data-label="Range">not known' in said


def test_numbers_come_with_honest_ranges_once_names_were_checked(client: Client) -> None:
    said = text_of(client, f"/surveys/{stored(is_checked=True).pk}")
    assert "<strong>About 41 deer: between 35 and 58" in said
    assert 'data-label="Range">12 to 24' in said  # 15.6 deer: 80 % of it, and 120 % of 130 %
    assert 'data-label="If every name were right">14 to 20' in said
    assert 'data-label="Range">12 or more' in said
    assert "100 captures were judged" in said
    assert "5.0 %" in said


def test_an_estimate_is_under_way_until_its_job_is_gone(client: Client, oak: Camera) -> None:
    client.post("/surveys/new", FORM | {"do": "make"})
    address = f"/surveys/{Survey.objects.get().pk}"
    client.post(f"{address}/estimate")
    client.post(f"{address}/estimate")
    assert len(django_rq.get_queue("maintenance")) == 1
    said = text_of(client, address)
    assert "It is being estimated" in said
    assert f'action="{address}/estimate"' not in said
    assert f'hx-get="{address}/progress"' in text_of(client, f"{address}/progress")
    django_rq.get_queue("maintenance").empty()
    answer = client.get(f"{address}/progress")
    assert (answer.status_code, answer["HX-Refresh"]) == (204, "true")


def test_a_problem_of_the_last_estimate_is_said(client: Client) -> None:
    survey = stored()
    Survey.objects.filter(pk=survey.pk).update(problem="The disk is full.")
    said = text_of(client, f"/surveys/{survey.pk}")
    assert "The last estimate came to no end: The disk is full." in said


def test_a_queue_that_is_away_is_said_and_the_numbers_stand(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(name: str) -> Any:
        raise redis.ConnectionError

    monkeypatch.setattr("django_rq.get_queue", away)
    survey = stored(is_checked=True)
    said = text_of(client, f"/surveys/{survey.pk}")
    assert "The job queue does not answer just now." in said
    assert "About 41 deer" in said


def test_without_a_deer_seen_again_the_page_says_what_would_help(client: Client) -> None:
    said = text_of(client, f"/surveys/{stored(again=False).pk}")
    assert "no deer was captured a second time" in said.lower()
    assert "What to do: make a survey of more weeks" in said
    assert "What to do: have some" not in said
    assert "the cameras have seen most" not in said


def test_effort_left_out_stands_with_its_reason(client: Client) -> None:
    said = text_of(client, f"/surveys/{stored().pk}")
    assert "4 Oct 2025 to 6 Oct 2025: flat batteries" in said
    assert "15 Oct 2025 to 24 Oct 2025: no photograph for 10 days" in said


def test_a_camera_on_the_map_is_as_large_as_its_effort_and_leads_to_its_page(
    client: Client,
) -> None:
    survey, camera = stored(cameras=2), make.camera("Stand 01")
    found = json.loads(client.get(f"/surveys/{survey.pk}/places.json").content)["cameras"]
    assert [(one["words"], one["address"]) for one in found] == [
        ("28 of 28 days", ""),
        ("25 of 28 days", f"/cameras/{camera.pk}"),
    ]
    assert [round(one["share"], 3) for one in found] == [1.0, 0.893]


def test_an_occasion_without_effort_says_nothing_of_new_deer(client: Client) -> None:
    """All cameras were taken home before the last week, and the week before brought a new deer; or they ran in one week alone."""
    survey = stored()
    assert survey.result is not None
    several = [(84.0, 8), (168.0, 9), (252.0, 12), (252.0, 12)]
    one = [(84.0, 12), (84.0, 12), (84.0, 12), (84.0, 12)]
    for of in (several, one):
        survey.result["accumulation"] = [{"camera_days": days, "deer": deer} for days, deer in of]
        survey.save()
        assert "The last occasion still brought deer" in text_of(client, f"/surveys/{survey.pk}")


def test_a_copy_that_was_changed_is_not_shown(client: Client) -> None:
    survey = stored()
    Survey.objects.filter(pk=survey.pk).update(frozen_sha256="0" * 64)
    answer = client.get(f"/surveys/{survey.pk}", follow=True)
    assert "make the survey anew" in answer.content.decode()
    assert client.get(f"/surveys/{survey.pk}/places.json").status_code == 404


def test_two_years_are_compared_the_earlier_one_first(client: Client) -> None:
    new = stored("Autumn 2026", years=1, deer=60, is_checked=True)
    old = stored("Autumn 2025", is_checked=True)
    said = text_of(client, f"/surveys/compare?a={new.pk}&b={old.pk}")
    assert "More than before, by about 61 deer: the ranges do not meet." in said
    assert said.index('id="side-1"') < said.index(f'href="/surveys/{old.pk}"')
    assert said.index(f'href="/surveys/{old.pk}"') < said.index('id="side-2"')
    selected = [f'value="{one.pk}" selected' for one in (old, new)]
    assert said.index(selected[0]) < said.index(selected[1])
    assert "were not checked" not in said
    assert "They were not done alike" not in said
    assert "in both surveys" not in said


def test_an_audited_survey_keeps_its_own_range_beside_one_that_was_not(client: Client) -> None:
    old = stored("Autumn 2025", is_checked=True)
    new = stored("Late autumn", deer=60)
    said = text_of(client, f"/surveys/compare?a={old.pk}&b={new.pk}")
    own = re.search(
        r"<strong>(\d+)</strong></td> .*?Range\">([^<]+)<", text_of(client, f"/surveys/{old.pk}")
    )
    assert own is not None
    assert f'<strong>{own[1]}</strong> <span class="range quiet">{own[2]}</span></td>' in said
    assert "The names of Late autumn were not checked" in said
    assert "The names of Autumn 2025 were not checked" not in said
    assert "63 more deer, but names were not checked: it may be wrong names." in said
    assert "28 days lie in both surveys" in said


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (32.4, 29.6, "2 fewer deer, but"),
        (16.4, 15.6, "As many."),
    ],
)
def test_a_difference_is_that_of_the_numbers_as_they_are_shown(
    before: float, after: float, said: str
) -> None:
    sides = (Side(n, 10, 50, is_honest=True) for n in (before, after))
    assert words.difference(Pair("M0", "all", "deer", *sides)).startswith(said)


def test_ranges_that_meet_are_called_chance(client: Client) -> None:
    old, new = stored("Autumn 2025"), stored("Autumn 2026", years=1, deer=13, cameras=4)
    said = text_of(client, f"/surveys/compare?a={old.pk}&b={new.pk}")
    assert "1 more deer, but the ranges meet: it may as well be chance." in said
    assert "takes every name for right" in said
    assert "Not the same cameras ran" in said


def test_comparing_needs_two_different_surveys(client: Client) -> None:
    assert "Two surveys with estimates are needed." in text_of(client, "/surveys/compare")
    one = stored("Autumn 2025")
    stored("Autumn 2026", years=1)
    same = text_of(client, f"/surveys/compare?a={one.pk}&b={one.pk}")
    assert "Choose two different surveys." in same
    for address in (
        "/surveys/compare",
        "/surveys/compare?a=x&b=%00",
        f"/surveys/compare?a={one.pk}",
    ):
        said = text_of(client, address)
        assert said.index('id="side-1"') < said.index(f'href="/surveys/{one.pk}"')


def test_a_survey_is_deleted_after_a_question(client: Client) -> None:
    survey = stored()
    assert "Delete “Autumn 2025”?" in text_of(client, f"/surveys/{survey.pk}/delete")
    assert Survey.objects.exists()
    answer = client.post(f"/surveys/{survey.pk}/delete", follow=True)
    assert "The survey Autumn 2025 is deleted." in answer.content.decode()
    assert not Survey.objects.exists()


def test_the_list_goes_on_survey_after_survey(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PER_PAGE", 2)
    for name, years in (("e", 0), ("a", 2), ("c", 1), ("b", 1), ("d", 0)):
        stored(name, years=years)
    seen: list[str] = []
    sent: Any = {}
    while sent is not None:
        answer: Any = client.get("/surveys/", sent)
        seen += [row.name for row, _when in answer.context["rows"]]
        sent = answer.context["next"]
    assert seen == ["a", "b", "c", "d", "e"]
    assert client.get("/surveys/", {"before": "2025-02-31", "after": "x"}).status_code == 200


def test_the_list_says_how_far_each_is(client: Client) -> None:
    assert 'href="/surveys/"' in text_of(client, "/deer/")
    stored("a", is_checked=True)
    stored("b", years=1)
    Survey.objects.filter(pk=stored("c").pk).update(result=None, estimated_at=None)
    said = text_of(client, "/surveys/")
    assert "About 41 deer: between 35 and 58" in said
    assert "There is no number to rely on yet." in said
    assert "Not estimated yet." in said


def test_more_surveys_and_cameras_take_no_more_queries(client: Client) -> None:
    def queries(address: str) -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address).status_code == 200
        return len(asked)

    small = stored("small", cameras=2)
    few = queries("/surveys/"), queries(f"/surveys/{small.pk}")
    large = stored("large", cameras=30, deer=40)
    for number in range(30):
        make.camera(f"Stand {number:02}")
    assert (queries("/surveys/"), queries(f"/surveys/{large.pk}")) == few
