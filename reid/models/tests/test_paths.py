"""Lookup of paths below a folder: the folder as it is written, and what lies in it."""

from __future__ import annotations

import pytest
from django.db import connection

from reid.models import Image
from reid.tests import make

pytestmark = pytest.mark.django_db


def below(folder: str) -> list[str]:
    return sorted(Image.objects.filter(path__below=folder).values_list("path", flat=True))


def test_a_folder_has_its_own_photographs_and_those_of_its_folders() -> None:
    for path in ("card/1.jpg", "card/day/2.jpg", "card2/3.jpg", "Card/4.jpg", "other/card/5.jpg"):
        make.image(path)
    assert below("card") == ["card/1.jpg", "card/day/2.jpg"]


@pytest.mark.parametrize("folder", ["a*b", "a?b", "a[bc]d", "a_b", "a%b", "a\\b", "it's"])
def test_no_letter_of_a_folder_stands_for_another(folder: str) -> None:
    for path in (f"{folder}/1.jpg", "axxb/2.jpg", "axb/3.jpg", "abd/4.jpg"):
        make.image(path)
    assert below(folder) == [f"{folder}/1.jpg"]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="plans of PostgreSQL depend on the rows")
def test_it_is_found_by_the_index_of_the_paths() -> None:
    plan = Image.objects.order_by().filter(path__below="card").explain()
    assert "path>? AND path<?" in plan
