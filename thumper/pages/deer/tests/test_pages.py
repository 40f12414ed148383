"""Pages of deer as the server makes them: what they show, what they refuse, and how much they ask of the store."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reid import reviewing
from reid.models import Deer, DeerSeason, Operation, Tag, WatchedDeer
from reid.tests import make
from reid.tests.reviewing import reviewer, seen, sighting

if TYPE_CHECKING:
    from django.test import Client

    from reid.models import Detection

pytestmark = pytest.mark.django_db


def seen_deer(name: str, days: float = 0, **fields: Any) -> Deer:
    """A deer with one sighting so many days after the first of October 2025."""
    deer = make.deer(name, **fields)
    make.detection(deer=deer, image=make.image(captured_at=make.later(days=days)))
    return deer


def at(deer: Deer, name: str = "deer-profile") -> str:
    return reverse(name, args=[deer.pk])


def test_cards_are_listed_the_last_seen_first_without_merged_ones(client: Client) -> None:
    oak = seen_deer("Oak", 1)
    seen_deer("Elm", 2)
    make.deer("Old Oak", merged_into=oak)
    make.deer("Ash")
    text = client.get("/deer/").content.decode()
    assert text.index("Elm") < text.index("Oak") < text.index("Ash")
    assert "Old Oak" not in text
    assert "never seen at a known time" in text


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("sex=buck", {"Oak"}),
        ("tag=North", {"Elm"}),
        ("age_class=3.5", {"Oak"}),
        ("age_class=2.5", set()),  # that was the year before
        ("seen_since=2025-10-03", {"Elm"}),
        ("search=limps", {"Elm"}),
        ("search=gus", {"Oak"}),  # its former name
        ("sex=stag", {"Oak", "Elm"}),  # no sex
    ],
)
def test_filters_narrow_the_cards(client: Client, query: str, shown: set[str]) -> None:
    oak = seen_deer("Gus", 1, sex="buck")
    oak.name = "Oak"
    oak.save()
    elm = seen_deer("Elm", 2, sex="doe", notes="limps")
    elm.tags.set(Tag.objects.named(["North"]))
    for year, age in ((2024, "2.5"), (2025, "3.5")):
        DeerSeason.objects.create(deer=oak, year=year, age_class=age)
    text = client.get(f"/deer/?{query}").content.decode()
    assert {name for name in ("Oak", "Elm") if f">{name}</strong>" in text} == shown


@pytest.mark.parametrize("order", ["seen", "name", "sightings"])
def test_pages_of_cards_hold_every_deer_once(client: Client, order: str) -> None:
    for number in range(30):
        seen_deer(f"deer {number:02}", number % 3)
    names: list[str] = []
    address = f"/deer/more?order={order}"
    for _ in range(2):
        answer = client.get(address)
        names += [card.deer.name for card in answer.context["found"].cards]
        address = answer.context["more"]
    assert len(names) == 30
    assert set(names) == {f"deer {number:02}" for number in range(30)}
    assert answer.context["found"].after == ""


@pytest.mark.parametrize("address", ["/deer/", "profile"])
def test_no_query_a_row(client: Client, address: str) -> None:
    counts = []
    deer = seen_deer("Oak")
    for number in (2, 18):
        for index in range(number):
            other = seen_deer(f"deer {number} {index}")
            other.tags.set(Tag.objects.named([f"tag {index}"]))
            detection: Detection = make.detection(
                deer=deer, image=make.image(camera=make.camera()), is_reference=True
            )
            assert detection.is_reference
            DeerSeason.objects.create(deer=deer, year=1990 + number + index, points=2)
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(at(deer) if address == "profile" else address)
        assert answer.status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1], counts


def test_one_deer_shows_what_is_known_of_it(client: Client) -> None:
    oak = seen_deer("Oak <b>", 0, sex="buck", born_on=date(2021, 1, 1), notes="limps")
    DeerSeason.objects.create(deer=oak, year=2025, points=8, age_class="3.5")
    text = client.get(at(oak)).content.decode()
    for part in ("Oak &lt;b&gt;", "<dd>2021</dd>", "limps", "3.5 years", "1 Oct 2025, 12:00"):
        assert part in text, part
    assert "The best of its pictures stands for it." in text
    for name in ("deer-pictures", "deer-calendar", "deer-look-alikes", "deer-history"):
        for headers in ({}, {"HX-Request": "true"}):
            answer = client.get(at(oak, name), headers=headers)
            assert answer.status_code == 200
            assert ("<html" in answer.content.decode()) is not bool(headers)


def test_the_map_of_a_deer_has_the_cameras_that_saw_it_as_large_as_its_sightings(
    client: Client,
) -> None:
    oak = seen_deer("Oak")
    for name, count, place in (("Gate", 2, "30.1"), ("Pond", 1, "30.2"), ("Nowhere", 1, None)):
        camera = make.camera(name, latitude=place, longitude="-98.2" if place else None)
        for _ in range(count):
            make.detection(deer=oak, image=make.image(camera=camera))
    make.camera("Other", latitude="30.3", longitude="-98.2")
    rows = client.get(at(oak, "deer-places")).json()["cameras"]
    assert [(row["name"], row["words"], row["share"]) for row in rows] == [
        ("Gate", "2 sightings", 1),
        ("Pond", "1 sighting", 0.5),
    ]


def test_facts_are_edited_in_place_told_and_undone(client: Client) -> None:
    oak = seen_deer("Oak")
    form = client.get(at(oak, "deer-edit"), headers={"HX-Request": "true"})
    body = {
        "before": form.context["before"],
        **{"sex": "buck", "status": "alive", "born_on": "2021", "died_on": ""},
        **{"tags": "north,  big ", "notes": "limps"},
    }
    answer = client.post(at(oak, "deer-edit"), body, headers={"HX-Request": "true"})
    text = answer.content.decode()
    assert "Profile edited" in text
    assert "<html" not in text
    oak.refresh_from_db()
    assert (oak.sex, oak.born_on, oak.notes) == ("buck", date(2021, 1, 1), "limps")
    assert [tag.name for tag in oak.tags.all()] == ["big", "north"]
    stale = client.post(at(oak, "deer-edit"), body | {"notes": "mine"})
    assert "This deer has changed since you saw it" in stale.content.decode()
    done = client.post(at(oak, "deer-undo"), {"operation": Operation.objects.get().pk}, follow=True)
    assert "Undone: Profile edited" in done.content.decode()
    oak.refresh_from_db()
    assert (oak.sex, oak.notes, oak.tags.count()) == ("unknown", "", 0)


@pytest.mark.parametrize(
    ("born", "died", "sentence"),
    [
        ("some day", "", "Write a year such as 2021"),
        ("2030-01-01", "", "has not come yet"),
        ("2021", "2025-09-01", "was photographed on 2025-10-01"),
    ],
)
def test_facts_that_make_no_sense_say_so_at_their_field(
    client: Client, born: str, died: str, sentence: str
) -> None:
    oak = seen_deer("Oak")
    body = {"sex": "buck", "status": "alive", "born_on": born, "died_on": died, "notes": ""}
    assert sentence in client.post(at(oak, "deer-edit"), body).content.decode()
    oak.refresh_from_db()
    assert oak.sex == "unknown"


def test_a_near_name_is_asked_about_and_the_answer_counts(client: Client) -> None:
    oak = seen_deer("Oak")
    seen_deer("Hickory")
    asked = client.post(at(oak, "deer-rename"), {"name": "hickori"})
    assert asked.status_code == 409
    assert "hickori is nearly the name of a deer that you know" in asked.content.decode()
    body = {"name": "hickori", "confirm_new": "1"}
    text = client.post(at(oak, "deer-rename"), body, follow=True).content.decode()
    assert "<h1>hickori</h1>" in text
    assert "Called before:" in text


def test_a_season_is_noted_and_taken_away(client: Client) -> None:
    oak = seen_deer("Oak")
    client.post(at(oak, "deer-season"), {"year": "2025", "points": "8", "age_class": "3.5"})
    season = oak.seasons.get()
    assert (season.points, season.age_class, season.noted_by) == (8, "3.5", reviewer("local"))
    client.post(at(oak, "deer-season"), {"year": "2025"})
    assert not oak.seasons.exists()
    refused = client.post(at(oak, "deer-season"), {"year": "2025", "points": "99"})
    assert refused.status_code == 409


def test_a_portrait_and_references_are_chosen(client: Client) -> None:
    oak = seen_deer("Oak")
    detection = oak.detections.get()
    client.post(at(oak, "deer-portrait"), {"detection": detection.pk})
    oak.refresh_from_db()
    assert oak.portrait == detection
    assert "Chosen as its portrait." in client.get(at(oak)).content.decode()
    body = {"detection": detection.pk, "version": 0, "act": "add"}
    client.post(at(oak, "deer-reference"), body)
    assert oak.detections.get().is_reference
    body |= {"version": oak.detections.get().version, "act": "drop"}
    client.post(at(oak, "deer-reference"), body)
    assert not oak.detections.get().is_reference


def test_two_deer_are_looked_at_merged_and_parted_again(client: Client) -> None:
    oak, elm = seen_deer("Oak"), seen_deer("Elm", 2)
    page = client.get(at(oak, "deer-merge"), {"with": "elm"}).content.decode()
    assert "Are Oak and Elm one deer?" in page
    body = {"other": elm.pk, "stays": oak.pk}
    text = client.post(at(oak, "deer-merge"), body, follow=True).content.decode()
    assert "Two profiles merged" in text
    assert oak.detections.count() == 2
    assert "This profile was merged into" in client.get(at(elm)).content.decode()
    history = client.get(at(oak, "deer-history")).content.decode()
    assert "1 photograph got its name" in history
    assert "merged into Oak" in client.get(at(elm, "deer-history")).content.decode()
    client.post(at(oak, "deer-undo"), {"operation": Operation.objects.get(kind="merge").pk})
    assert elm.detections.count() == 1
    nobody = client.get(at(oak, "deer-merge"), {"with": "Nobody"})
    assert "No deer is called Nobody." in nobody.content.decode()


def test_two_deer_are_kept_apart(client: Client) -> None:
    oak, elm = seen_deer("Oak"), seen_deer("Elm")
    client.post(at(oak, "deer-merge"), {"other": elm.pk, "apart": "1"})
    assert Operation.objects.get().kind == "keep_apart"
    first, second = sorted((oak, elm), key=lambda one: one.pk)
    text = client.get(at(first, "deer-history")).content.decode()
    assert f"kept apart from {second.name}" in text


def test_sightings_are_split_off_under_a_name_that_asks(client: Client) -> None:
    oak = seen_deer("Hickory")
    of = sighting(deer=oak)
    versions = [f"{of.pk}:{key}:{version}" for key, version in seen(of).items()]
    body: dict[str, Any] = {"sighting": [of.pk], "version": versions, "name": "Hickori"}
    asked = client.post(at(oak, "deer-split"), body)
    assert "Hickori is a new deer" in asked.content.decode()
    client.post(at(oak, "deer-split"), body | {"confirm_new": "1"})
    assert Deer.objects.get(name="Hickori").detections.count() == 1
    assert oak.detections.count() == 1
    nothing = client.post(at(oak, "deer-split"), {"name": "Elm"})
    assert "Choose the sightings" in nothing.content.decode()


def test_an_undone_new_deer_leads_back_to_the_list(client: Client) -> None:
    of = sighting()
    done = reviewing.new_deer(sighting=of.pk, name="Oak", versions=seen(of), actor=reviewer())
    oak = Deer.objects.get()
    text = client.post(at(oak, "deer-undo"), {"operation": done.pk}, follow=True).content.decode()
    assert "The profile of Oak is gone with it." in text
    assert client.get(at(oak)).status_code == 404


def test_a_deer_is_watched_and_no_longer(client: Client) -> None:
    oak = seen_deer("Oak")
    text = client.post(at(oak, "deer-watch"), follow=True).content.decode()
    assert "You are told on the home page when Oak is seen." in text
    assert WatchedDeer.objects.get().deer == oak
    client.post(at(oak, "deer-watch"), {"stop": "1"})
    assert not WatchedDeer.objects.exists()


def test_look_alikes_are_named_with_their_scores(client: Client) -> None:
    oak, elm = seen_deer("Oak"), seen_deer("Elm")
    scorer = make.scorer()
    run = make.run(scorer)
    make.score(elm.detections.get(), oak, 8_712, run)
    make.score(oak.detections.get(), oak, 9_900, run)
    text = client.get(at(oak, "deer-look-alikes")).content.decode()
    assert "Elm" in text
    assert "score 0.87" in text
    assert "0.99" not in text
