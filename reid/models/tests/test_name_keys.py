"""Keys of names: kept by every way of writing, unique, and filled in by the migration without loss."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, transaction

from reid.models import Camera, Deer
from reid.tests.earlier_schema import filled_at, migrate, taken_back

if TYPE_CHECKING:
    from collections.abc import Iterator

BEFORE, AFTER = "0012_threshold_constraints", "0015_unique_names_and_bytes"


@pytest.fixture(scope="module")
def earlier(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with taken_back(BEFORE, django_db_blocker):
        yield


@pytest.fixture
def old(earlier: None, transactional_db: None) -> Iterator[Any]:
    with filled_at(BEFORE) as apps:
        yield apps


@pytest.mark.django_db
def test_save_and_bulk_create_keep_the_key() -> None:
    Deer.objects.bulk_create([Deer(name="Old  Gus")])
    oak = Deer.objects.create(name="Oak")
    oak.name = "Oak II"
    oak.save()
    assert set(Deer.objects.values_list("name_key", flat=True)) == {"old gus", "oak ii"}


@pytest.mark.django_db
@pytest.mark.parametrize("model", [Camera, Deer])
def test_two_spellings_of_one_name_are_one_name(model: type[Camera | Deer]) -> None:
    model.objects.create(name="North Gate")
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.create(name="north  gate")


@pytest.mark.django_db(transaction=True)
class TestMigration:
    def test_names_that_fold_alike_are_kept_and_numbered(self, old: Any) -> None:
        for name in ("Gus", "gus", "GUS (2)", "Oak"):
            old.get_model("reid", "Deer").objects.create(name=name)
        new = migrate(AFTER).get_model("reid", "Deer").objects
        assert set(new.values_list("name", "name_key")) == {
            ("GUS (2)", "gus (2)"),
            ("Gus", "gus"),
            ("gus (3)", "gus (3)"),
            ("Oak", "oak"),
        }

    def test_photographs_that_are_stored_twice_are_kept_and_marked(self, old: Any) -> None:
        images = old.get_model("reid", "Image").objects
        for path, sha256 in (("a.jpg", "0" * 64), ("b.jpg", "0" * 64), ("c.jpg", "1" * 64)):
            images.create(path=path, sha256=sha256, width=10, height=10)
        new = migrate(AFTER).get_model("reid", "Image").objects
        assert set(new.values_list("path", "double_of__path")) == {
            ("a.jpg", None),
            ("b.jpg", "a.jpg"),
            ("c.jpg", None),
        }
