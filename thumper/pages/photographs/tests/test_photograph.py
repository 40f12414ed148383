"""Page of one photograph: every act by its form, what is said of it, and its undo."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reid.models import Deer, Detection, Image, Video
from reid.tests import make
from reid.tests.reviewing import sighting

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def versions(*detections: Detection) -> str:
    rows = Detection.objects.filter(pk__in=[item.pk for item in detections])
    return " ".join(f"{key}:{version}" for key, version in rows.values_list("pk", "version"))


def act(client: Client, image: Image, verb: str, headers: Any = HTMX, **body: Any) -> str:
    answer = client.post(
        f"/photographs/{image.pk}/act", {"act": verb, **body}, headers=headers, follow=True
    )
    assert answer.status_code == 200
    return answer.content.decode()


def about(item: Detection, **more: Any) -> dict[str, Any]:
    """What the form of a box sends."""
    item.refresh_from_db()
    members = Detection.objects.filter(sighting=item.sighting_id)
    return {
        "box": str(item.pk),
        "version": versions(item),
        "sighting": str(item.sighting_id or ""),
        "versions": versions(*members),
        **more,
    }


def undo_last(client: Client, image: Image) -> str:
    text = client.get(f"/photographs/{image.pk}").content.decode()
    found = re.search(r'name="operation" value="([^"]+)"', text)
    assert found
    return act(client, image, "undo", operation=found[1])


def test_a_photograph_is_shown_with_its_boxes_facts_and_scores(client: Client) -> None:
    image = make.image(camera=make.camera("north"), time_source="exif_original")
    item = make.detection(image=image, classification="buck")
    make.score(item, make.deer("Oak"), 8_321, make.run(make.scorer()))
    text = client.get(f"/photographs/{image.pk}").content.decode()
    for part in (
        "north",
        "1 Oct 2025, 12:00",
        "by the camera&#x27;s clock",
        image.sha256,
        "0.8321",
    ):
        assert part in text
    assert '<rect x="10" y="10" width="100" height="100"/>' in text


def test_the_neighbours_are_those_of_the_gallerys_filter(client: Client) -> None:
    images = [make.image(captured_at=make.later(minutes=number)) for number in range(3)]
    images[1].is_favourite = False
    for image in (images[0], images[2]):
        image.is_favourite = True
        image.save()
    text = client.get(f"/photographs/{images[0].pk}?favourite=on").content.decode()
    assert f"/photographs/{images[2].pk}?favourite=on" in text
    assert str(images[1].pk) not in text


def test_there_is_no_page_of_a_photograph_that_is_not_there(client: Client) -> None:
    assert client.get(f"/photographs/{uuid4()}").status_code == 404


def test_a_box_is_drawn_changed_and_deleted_and_each_is_undone(client: Client) -> None:
    image = make.image(looked=Image.Looked.NO)
    place = {"x": "20", "y": "30", "width": "120", "height": "90"}
    text = act(client, image, "draw", classification="doe", **place)
    assert "The box is kept." in text
    assert 'id="boxes"' in text
    item = Detection.objects.get()
    assert "The box is changed." in act(
        client, image, "move", **about(item), **(place | {"x": "60.4"})
    )
    item.refresh_from_db()
    assert item.x == 60
    assert "The box is deleted." in act(client, image, "delete", **about(item))
    for left in (1, 1, 0):
        assert "Undone." in undo_last(client, image)
        assert Detection.objects.count() == left


def test_a_deer_is_named_asked_about_and_taken_away(client: Client) -> None:
    item = make.detection()
    make.deer("Hickory")
    assert "This is Hickory." in act(client, item.image, "name", **about(item, name=" hickory"))
    assert "The name is taken away." in act(client, item.image, "take-away", **about(item))
    item.refresh_from_db()
    assert item.deer is None
    asked = act(client, item.image, "name", **about(item, name="Hickery"))
    assert "It is Hickory" in asked
    assert Deer.objects.count() == 1
    made = act(client, item.image, "name", **about(item, new="Hickery"))
    assert "This is a new deer, Hickery." in made
    assert "Undone." in undo_last(client, item.image)


def test_a_box_is_split_from_its_sighting(client: Client) -> None:
    of = sighting(frames=2)
    item = Detection.objects.filter(sighting=of).order_by("pk").first()
    assert item is not None
    act(client, item.image, "split", **about(item))
    assert Detection.objects.values("sighting").distinct().count() == 2


@pytest.mark.parametrize(
    ("name", "more", "field", "value"),
    [
        ("classify", {"classification": "buck"}, "corrected_classification", "buck"),
        ("flank", {"flank": "left"}, "flank", "left"),
        ("invalidate", {}, "is_valid", False),
        ("reference", {}, "is_reference", True),
    ],
)
def test_what_a_box_is_can_be_corrected_and_that_undone(
    client: Client, name: str, more: dict[str, str], field: str, value: object
) -> None:
    item = make.detection(deer=make.deer("Oak"))
    before = getattr(item, field)
    act(client, item.image, name, **about(item, **more))
    item.refresh_from_db()
    assert getattr(item, field) == value
    undo_last(client, item.image)
    item.refresh_from_db()
    assert getattr(item, field) == before


def test_note_tags_and_favourite_are_kept_and_said_in_the_history(client: Client) -> None:
    image = make.image()
    for number, body in enumerate(
        [{"note": "by the creek"}, {"tags": "to print, north"}, {"favourite": "yes"}]
    ):
        act(client, image, "annotate", version=f"{image.pk}:{number}", **body)
    text = act(client, image, "annotate", version=f"{image.pk}:3", untag="north")
    image.refresh_from_db()
    assert (image.note, image.is_favourite) == ("by the creek", True)
    assert [tag.name for tag in image.tags.all()] == ["to print"]
    for words in ("note written", "tag put on: north, to print", "tag taken off: north"):
        assert words in text


@pytest.mark.parametrize(
    ("name", "body", "sentence"),
    [
        ("dance", {}, "load the page again"),
        ("draw", {"classification": "doe"}, "Draw the box"),
        ("draw", {"x": 1, "y": 1, "width": 50, "height": 50}, "Choose a class first."),
        ("delete", {"version": "x"}, "load the page again"),
        ("name", {"name": "Oak"}, "load the page again"),
        ("undo", {"operation": str(uuid4())}, "There is no operation"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(
    client: Client, name: str, body: dict[str, Any], sentence: str
) -> None:
    assert sentence in act(client, make.image(), name, **body)


def test_who_was_slower_is_told_who_was_faster(client: Client) -> None:
    item = make.detection()
    stale = about(item, classification="buck")
    act(client, item.image, "classify", **about(item, classification="fawn"))
    text = act(client, item.image, "classify", **stale)
    assert "was changed by local" in text
    assert 'role="alert"' in text


def test_without_script_the_page_comes_again_within_the_filter(client: Client) -> None:
    item = make.detection()
    text = act(client, item.image, "invalidate", headers={}, query="?favourite=on", **about(item))
    assert "counts no more" in text
    assert "<html" in text
    elsewhere = act(client, item.image, "invalidate", headers={}, query="//evil.example")
    assert "<html" in elsewhere


def test_the_page_costs_as_many_queries_with_twenty_boxes_as_with_two(client: Client) -> None:
    def queries(count: int) -> int:
        image = make.image()
        for number in range(count):
            make.detection(image=image, x=number, deer=make.deer())
        with CaptureQueriesContext(connection) as captured:
            client.get(f"/photographs/{image.pk}")
        return len(captured)

    for hours in (-1, 1):  # a photograph before and one after
        make.image(captured_at=make.later(hours=hours))
    queries(1)
    assert queries(2) == queries(20)


def test_a_frame_names_its_video_and_leads_to_the_frames_beside_it(client: Client) -> None:
    video = Video.objects.create(path="card/CLIP.MP4", sha256="0" * 64, size=1, rate=1.0)
    frames = [
        make.image(
            video=video,
            frame_number=number * 10,
            frame_seconds=number * 35.5,
            time_source=Image.TimeSource.FILE,
        )
        for number in range(20)
    ]
    text = client.get(f"/photographs/{frames[2].pk}").content.decode()
    assert "Frame 20 of CLIP.MP4 at 1:11" in text
    assert "when it was last written" in text
    strip = text[text.index("Of the same video") :]
    for near in (0, 1, 3, 8):
        assert f"/photographs/{frames[near].pk}" in strip
    assert f"/photographs/{frames[9].pk}" not in strip
    assert "The video is damaged" not in text
    Video.objects.update(is_damaged=True)
    again = client.get(f"/photographs/{frames[2].pk}").content.decode()
    assert "The video is damaged" in again


def test_a_frame_leads_to_all_frames_of_its_video_in_the_gallery(client: Client) -> None:
    video = Video.objects.create(path="card/CLIP.MP4", sha256="0" * 64, size=1, rate=1.0)
    frame, other = make.image(video=video, frame_number=0, frame_seconds=0.0), make.image()
    assert (
        f"/photographs/?video={video.pk}" in client.get(f"/photographs/{frame.pk}").content.decode()
    )
    text = client.get(f"/photographs/?video={video.pk}").content.decode()
    assert f"/photographs/{frame.pk}?" in text
    assert f"/photographs/{other.pk}" not in text
    assert "Video: card/CLIP.MP4" in text


def test_a_photograph_that_is_no_frame_names_no_video(client: Client) -> None:
    text = client.get(f"/photographs/{make.image().pk}").content.decode()
    assert "Frame " not in text and "Of the same video" not in text


def test_a_photograph_gets_another_camera_and_that_is_said_and_undone(client: Client) -> None:
    creek, image = make.camera("Creek"), make.image(camera=make.camera("Gate"))
    text = act(client, image, "camera", version=f"{image.pk}:0", camera=str(creek.pk))
    assert "from Gate to Creek" in text
    image.refresh_from_db()
    assert image.camera == creek
    undo_last(client, image)
    image.refresh_from_db()
    assert image.camera is not None
    assert image.camera.name == "Gate"
