"""Gallery page: what it shows, where it goes on, and what is done to the marked photographs and undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reid.browsing import pages
from reid.browsing.marked import stamp
from reid.models import Deer, Detection, Image, Operation
from reid.tests import make

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def mark(client: Client, act: str, *images: Image, headers: Any = HTMX, **more: str) -> str:
    body = {"act": act, "mark": [stamp(image) for image in images], **more}
    answer = client.post("/photographs/marked", body, headers=headers, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_photographs_are_shown_by_day_the_newest_first(client: Client) -> None:
    make.detection(image=make.image(captured_at=make.later(days=1)), deer=make.deer("Oak"))
    make.image(captured_at=None, looked=Image.Looked.NO)
    text = client.get("/photographs/").content.decode()
    assert text.index("2 Oct 2025") < text.index("time unknown")
    assert "<strong>Oak</strong>" in text
    assert "nobody has looked yet" in text


def test_a_page_leads_to_the_next_one_which_begins_no_day_twice(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages.page, "__defaults__", (None, 2))
    for number in range(3):
        make.image(captured_at=make.later(minutes=number))
    first = client.get("/photographs/?shows=blank")
    more = first.context["more"]
    assert first.content.decode().count('class="photo"') == 2
    part = client.get(f"/photographs/{more}", headers=HTMX).content.decode()
    assert part.count('class="photo"') == 1
    assert "<h2>" not in part
    assert "<html" not in part
    whole = client.get(f"/photographs/{more}").content.decode()
    assert "Back to the newest" in whole


def test_filters_are_kept_in_every_link_and_can_be_taken_away_one_by_one(client: Client) -> None:
    oak = make.deer("Oak")
    item = make.detection(deer=oak, classification="buck")
    make.detection()
    text = client.get("/photographs/?deer=oak&classification=buck").content.decode()
    assert text.count('class="photo"') == 1
    assert f"/photographs/{item.image_id}?deer=oak&amp;classification=buck" in text
    assert 'href="/photographs/?classification=buck"' in text
    by_key = client.get(f"/photographs/?deer={oak.pk}").content.decode()
    assert by_key.count('class="photo"') == 1
    assert 'value="Oak"' in by_key


@pytest.mark.parametrize(
    "query", ["deer=Nobody", "first=yesterday", "camera=7", "confidence=200", "made_by=x", "tag=x"]
)
def test_a_filter_that_cannot_be_understood_is_said_and_filters_nothing(
    client: Client, query: str
) -> None:
    make.image()
    answer = client.get(f"/photographs/?{query}")
    assert answer.status_code == 200
    assert 'class="wrong"' in answer.content.decode()
    assert answer.content.decode().count('class="photo"') == 1


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_days_at_the_ends_of_the_calendar_filter_as_any_other(
    client: Client, day: str, settings: Any
) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    for address in (f"/photographs/?first={day}&last={day}", f"/deer/?seen_since={day}"):
        assert client.get(address).status_code == 200


def test_what_is_no_place_in_the_gallery_is_not_found(client: Client) -> None:
    assert client.get("/photographs/?after=x").status_code == 404


def test_marked_photographs_are_changed_and_that_is_undone(client: Client) -> None:
    one, other = make.image(), make.image()
    text = mark(client, "favourite", one, other)
    assert "Done for 2 photographs." in text
    assert text.count('hx-swap-oob="true"') == 2
    assert Image.objects.filter(is_favourite=True).count() == 2
    done = Operation.objects.get()
    answer = client.post(
        "/photographs/undo",
        {"operation": str(done.pk), "image": [str(one.pk), str(other.pk)]},
        headers=HTMX,
    )
    assert "Undone." in answer.content.decode()
    assert not Image.objects.filter(is_favourite=True).exists()


def test_without_script_the_gallery_comes_again_and_says_what_was_done(client: Client) -> None:
    text = mark(client, "tag", make.image(), headers={}, tags="to print, north", query="?tag=north")
    assert "Done for 1 photograph." in text
    assert text.count('class="photo"') == 1
    assert {tag.name for tag in Image.objects.get().tags.all()} == {"to print", "north"}


def test_marked_photographs_get_another_camera_and_none_chosen_is_asked_for(client: Client) -> None:
    creek, image = make.camera("Creek"), make.image(camera=make.camera("Gate"))
    assert "Choose a camera first." in mark(client, "camera", image, camera="")
    assert "Done for 1 photograph." in mark(client, "camera", image, camera=str(creek.pk))
    image.refresh_from_db()
    assert image.camera == creek


def test_marked_boxes_get_a_class_are_thrown_out_and_taken_back(client: Client) -> None:
    item = make.detection(classification="animal")
    mark(client, "classify", item.image, classification="buck")
    item.refresh_from_db()
    assert item.effective_class == "buck"
    mark(client, "invalidate", item.image)
    item.refresh_from_db()
    assert not item.is_valid
    mark(client, "make-valid", item.image)
    assert Detection.objects.get().is_valid
    assert "Choose a class first." in mark(client, "classify", item.image)
    assert "load the page again" in mark(client, "dance", item.image)
    assert "Mark at least one" in mark(client, "favourite")


def test_a_name_that_is_nearly_anothers_is_asked_about_before_a_deer_is_made(
    client: Client,
) -> None:
    make.deer("Hickory")
    item = make.detection()
    text = mark(client, "assign", item.image, name="Hickery")
    assert "It is Hickory" in text
    assert Deer.objects.count() == 1
    mark(client, "assign", item.image, new="Hickery")
    assert set(Deer.objects.values_list("name", flat=True)) == {"Hickory", "Hickery"}
    item.refresh_from_db()
    mark(client, "assign", item.image, name="hickory")
    assert Detection.objects.get().deer == Deer.objects.get(name="Hickory")


def test_names_are_suggested_that_begin_with_or_contain_what_was_typed(client: Client) -> None:
    for name in ("Big Oak", "Oakley", "Elm"):
        make.deer(name)
    text = client.get("/deer/names?name=oak").content.decode()
    assert text.index("Oakley") < text.index("Big Oak")
    assert "Elm" not in text


def test_the_page_costs_as_many_queries_with_twenty_photographs_as_with_two(
    client: Client,
) -> None:
    def queries(count: int) -> int:
        for _ in range(count):
            make.detection(deer=make.deer(), image=make.image(camera=make.camera()))
        with CaptureQueriesContext(connection) as captured:
            client.get("/photographs/?shows=animals")
        return len(captured)

    queries(1)
    assert queries(1) == queries(18)


def test_animals_that_nobody_has_sorted_are_shown_cut_out_and_the_class_stands_in_sight(
    client: Client,
) -> None:
    animal = make.detection(classification="animal")
    text = client.get("/photographs/", {"classification": "animal"}).content.decode()
    assert f"/detections/{animal.pk}/crop" in text
    assert "/thumbnail" not in text
    form, _, folded = text.partition('id="marked"')[2].partition("<details>")
    assert "Set what they are" in form
    assert "Give this name" in folded
