"""Photographs of people: deleted when they are due, and nothing else with them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from reid.imaging.canonical import crop_name
from reid.models import Detection, Image
from reid.retention import people
from reid.showing.photographs import copy_name, small_name
from reid.tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media_root")]


@pytest.fixture(autouse=True)
def thirty_days(settings: Any) -> None:
    settings.PEOPLE_KEEP_DAYS = 30


def photograph(days: int | None, *classes: str) -> Image:
    """A photograph so many days old with these on it, and the files of both."""
    taken = None if days is None else timezone.now() - timedelta(days=days)
    image = make.image(captured_at=taken)
    default_storage.save(image.path, ContentFile(b"bytes"))
    for number, name in enumerate(classes):
        of = make.detection(image=image, classification=name, x=20 * number)
        default_storage.save(crop_name(of.pk), ContentFile(b"crop"))
    return image


def is_there(image: Image) -> bool:
    return default_storage.exists(image.path)


def test_a_photograph_of_a_person_is_deleted_when_it_is_due() -> None:
    due, young, deer = (
        photograph(31, "person"),
        photograph(29, "person"),
        photograph(31, "doe"),
    )
    assert people.delete_old() == 1
    assert [is_there(image) for image in (due, young, deer)] == [False, True, True]
    due.refresh_from_db()
    assert due.file_deleted_at is not None
    assert people.count_deleted() == 1


def test_it_is_off_unless_somebody_says_how_long(settings: Any) -> None:
    settings.PEOPLE_KEEP_DAYS = 0
    image = photograph(1000, "person")
    assert people.delete_old() == 0
    assert is_there(image)


def test_a_deer_on_it_keeps_its_picture_and_the_person_does_not() -> None:
    image = photograph(31, "person", "doe")
    people.delete_old()
    left = {
        of.classification: default_storage.exists(crop_name(of.pk))
        for of in Detection.objects.filter(image=image)
    }
    assert left == {"person": False, "doe": True}


def test_a_deer_on_it_that_nobody_has_looked_at_yet_keeps_its_picture_too() -> None:
    """A card with old photographs may be due in the hour in which it comes in."""
    old = timezone.now() - timedelta(days=31)
    image = make.image(with_file=True, captured_at=old)
    person, doe = (
        make.detection(image=image, classification=name, x=x)
        for name, x in (("person", 10), ("doe", 150))
    )
    assert people.delete_old() == 1
    left = [default_storage.exists(crop_name(of.pk)) for of in (person, doe)]
    assert left == [False, True]


def test_small_photographs_and_copies_for_browsers_go_with_the_file() -> None:
    image = photograph(31, "person")
    names = [small_name(image.pk), copy_name(image.pk)]
    for name in names:
        default_storage.save(name, ContentFile(b"small"))
    people.delete_old()
    assert [default_storage.exists(name) for name in names] == [False, False]


def test_what_was_corrected_to_a_deer_stays() -> None:
    image = photograph(31, "person")
    Detection.objects.filter(image=image).update(corrected_classification="doe")
    assert people.delete_old() == 0
    assert is_there(image)


def test_one_without_a_time_is_as_old_as_what_was_found_on_it() -> None:
    image = photograph(None, "person")
    assert people.delete_old() == 0
    old = timezone.now() - timedelta(days=31)
    Detection.objects.filter(image=image).update(created_at=old)
    assert people.delete_old() == 1
    assert not is_there(image)


def test_one_that_came_back_goes_again() -> None:
    image = photograph(31, "person")
    people.delete_old()
    default_storage.save(image.path, ContentFile(b"bytes"))
    assert people.delete_old() == 1
    assert people.delete_old() == 0
    assert not is_there(image)
