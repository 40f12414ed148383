"""The gallery: what each filter leaves, pages that meet without gap or double, and queries that do not grow."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reid.browsing.filters import Shows, Wanted
from reid.browsing.pages import NO_SUCH_PAGE, Place, neighbours, page
from reid.models import Image, Tag
from reid.tests import make
from reid.tests.reviewing import reviewer

if TYPE_CHECKING:
    from uuid import UUID

pytestmark = pytest.mark.django_db


def paths(wanted: Wanted) -> list[str]:
    return [image.path for image in page(wanted).images]


@pytest.fixture
def store() -> dict[str, Any]:
    """Three photographs, a (newest) to c, and d without a time."""
    oak, north = make.deer("Oak"), make.camera("north")
    a = make.image("a.jpg", captured_at=make.later(days=2), camera=north)
    b = make.image("b.jpg", captured_at=make.later(days=1), is_favourite=True)
    c = make.image("c.jpg", captured_at=make.NOON)
    d = make.image("d.jpg", captured_at=None, looked=Image.Looked.NO)
    make.detection(image=a, deer=oak, classification="buck", confidence=0.9)
    make.detection(image=b, confidence=0.4, reviewed_by=reviewer(), reviewed_at=make.NOON)
    make.detection(image=c, is_valid=False, deer=oak)
    b.tags.set(Tag.objects.named(["To print"]))
    return {"oak": oak, "north": north, "images": [a, b, c, d]}


def test_the_newest_photographs_come_first_and_those_without_a_time_last(
    store: dict[str, Any],
) -> None:
    assert paths(Wanted()) == ["a.jpg", "b.jpg", "c.jpg", "d.jpg"]


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ({"first": date(2025, 10, 2)}, "ab"),
        ({"last": date(2025, 10, 2)}, "bc"),
        ({"first": date(2025, 10, 2), "last": date(2025, 10, 2)}, "b"),
        ({"is_unnamed": True}, "b"),
        ({"classification": "buck"}, "a"),
        ({"classification": "buck", "confidence": 0.95}, ""),
        ({"confidence": 0.5}, "a"),
        ({"is_reviewed": True}, "b"),
        ({"is_reviewed": False}, "a"),
        ({"shows": Shows.ANIMALS}, "ab"),
        ({"shows": Shows.BLANK}, "c"),
        ({"shows": Shows.UNLOOKED}, "d"),
        ({"is_favourite": True}, "b"),
        ({"tag": "to PRINT"}, "b"),
        ({"tag": "no such tag"}, ""),
    ],
)
def test_a_filter_leaves_what_was_asked_for(
    store: dict[str, Any], given: dict[str, Any], left: str
) -> None:
    assert paths(Wanted(**given)) == [f"{name}.jpg" for name in left]


def test_a_camera_and_a_deer_are_filters_too(store: dict[str, Any]) -> None:
    assert paths(Wanted(camera=store["north"].pk)) == ["a.jpg"]
    assert paths(Wanted(deer=store["oak"].pk)) == ["a.jpg"]


def test_pages_meet_without_gap_or_double_where_times_are_equal_or_missing() -> None:
    for number in range(9):
        make.image(captured_at=make.NOON if number < 5 else None)
    seen: list[UUID] = []
    after: Place | None = None
    while True:
        part = page(Wanted(), after, size=2)
        seen += [image.pk for image in part.images]
        if part.after is None:
            break
        after = Place.parsed(str(part.after))
    assert len(seen) == len(set(seen)) == 9
    for newer, image, older in zip([None, *seen], seen, [*seen[1:], None], strict=False):
        assert neighbours(Wanted(), Image.objects.get(pk=image)) == (newer, older)


@pytest.mark.parametrize("text", ["", "~", "x~y", "2025-10-01T12:00:00~" + "0" * 32, "now"])
def test_what_is_no_place_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=NO_SUCH_PAGE):
        Place.parsed(text)


def test_a_page_costs_as_many_queries_with_twenty_photographs_as_with_two() -> None:
    def queries(count: int) -> int:
        for _ in range(count):
            make.detection(deer=make.deer(), image=make.image(camera=make.camera()))
        with CaptureQueriesContext(connection) as captured:
            for image in page(Wanted(shows=Shows.ANIMALS)).images:
                assert [item.deer for item in image.detections.all()]
                assert not list(image.tags.all())
                assert image.camera
        return len(captured)

    assert queries(2) == queries(18)
