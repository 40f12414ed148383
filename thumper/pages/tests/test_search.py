"""Search of a deer, a camera or a day."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from reid.tests import make
from thumper.pages.search import day_of

if TYPE_CHECKING:
    from django.test import Client


@pytest.mark.parametrize(
    "typed",
    ["2026-10-03", "3 Oct 2026", "3.10.2026", "October 3, 2026", "10/3/2026", " 3  oct 2026 "],
)
def test_a_day_is_read_as_people_write_it(typed: str) -> None:
    assert day_of(typed) == date(2026, 10, 3)


@pytest.mark.parametrize("typed", ["Acorn", "2026", "31.2.2026", ""])
def test_what_is_no_day_is_none(typed: str) -> None:
    assert day_of(typed) is None


@pytest.mark.django_db
def test_deer_and_cameras_are_found_by_a_part_of_their_name(client: Client) -> None:
    make.deer(name="Big Oak")
    make.camera(name="Oak Ridge")
    make.deer(name="Acorn")
    text = client.get("/search/?q=oak").content.decode()
    assert "Big Oak" in text
    assert "Oak Ridge" in text
    assert "Acorn" not in text


@pytest.mark.django_db
def test_a_deer_is_found_by_a_name_that_it_had(client: Client) -> None:
    deer = make.deer(name="Hickori")
    deer.name = "Hickory"
    deer.save()
    assert "Hickory" in client.get("/search/?q=hickori").content.decode()


@pytest.mark.django_db
def test_what_is_found_nowhere_is_said_with_how_to_write_a_day(client: Client) -> None:
    assert "A day is written like" in client.get("/search/?q=zzz").content.decode()
