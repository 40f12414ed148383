"""How detections become sightings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from exports.report.counting.sightings import sightings
from exports.tests import build
from reid.taxonomy import class_rank


@pytest.mark.parametrize(
    ("classes", "expected"),
    [
        (("buck", "doe", "doe"), "doe"),
        (("unknown_deer", "unknown_deer", "buck"), "buck"),  # a vague word does not outvote
        (("buck", "doe"), "buck"),  # a tie: the fixed order
        (("animal", "unknown_deer"), "unknown_deer"),
        (("pig", "coyote"), "coyote"),  # other classes by name
    ],
)
def test_the_class_of_a_sighting(classes, expected) -> None:
    assert [item.classification for item in sightings(build.seen(build.at(10, 1), *classes))] == [
        expected
    ]


def test_the_larger_confidence_wins_over_the_larger_number() -> None:
    rows = build.seen(build.at(10, 1), "doe", "doe", confidence=0.3)
    (buck,) = build.seen(build.at(10, 1), "buck", confidence=0.7)
    together = [replace(buck, sighting=rows[0].sighting), *rows]
    assert [item.classification for item in sightings(together)] == ["buck"]


def test_the_order_of_rows_decides_nothing() -> None:
    rows = [*build.seen(build.at(10, 2), "doe", "buck"), *build.seen(build.at(10, 1), "buck")]
    assert sightings(rows) == sightings(reversed(rows))
    assert [item.began_at for item in sightings(rows)] == [build.at(10, 1), build.at(10, 2)]


def test_a_sighting_has_the_deer_of_all_its_detections() -> None:
    first, second = build.seen(build.at(10, 1), "buck", "buck")
    (item,) = sightings([replace(first, deer=build.GUS), second])
    assert item.deer == {build.GUS}


def test_deer_classes_come_first_in_their_order() -> None:
    names = ["turkey", "unknown_deer", "cattle", "fawn", "doe", "buck"]
    expected = ["buck", "doe", "fawn", "unknown_deer", "cattle", "turkey"]
    assert sorted(names, key=class_rank) == expected
