"""Sex by sightings: told where three or more agree, and by what a person or an import named alone."""

from __future__ import annotations

import pytest

from reid.profiles.sexes import ToldSex, told_sex
from reid.tests import make
from reid.tests.reviewing import sighting

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("classes", "told"),
    [
        (("doe", "doe", "doe", "fawn"), ToldSex("doe", 3)),
        (("doe", "doe"), None),
        (("doe", "doe", "doe", "buck"), None),
        (("fawn", "fawn", "fawn"), None),
    ],
)
def test_a_sex_is_told_where_three_sightings_or_more_agree(
    classes: tuple[str, ...], told: ToldSex | None
) -> None:
    oak = make.deer("Oak")
    for name in classes:
        sighting(deer=oak, classification=name)
    assert told_sex(oak) == told


def test_guesses_and_deer_whose_sex_is_known_tell_nothing() -> None:
    guessed, known = make.deer("Oak"), make.deer("Elm", sex="fawn")
    for _ in range(3):
        sighting(deer=guessed, classification="doe", identity_source="auto")
        sighting(deer=known, classification="doe")
    assert (told_sex(guessed), told_sex(known)) == (None, None)
