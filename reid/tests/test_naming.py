"""Names: what is stored, what is the same, what is much alike."""

from __future__ import annotations

import pytest

from reid.naming import alike_key, clean_name, name_key


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("  Old   Gus ", "Old Gus"),
        ("Pen\u0303a", "Pe\u00f1a"),
        ("North\u00a0Gate", "North Gate"),
        ("07", "07"),
    ],
)
def test_a_name_is_stored_composed_and_with_single_blanks(name: str, stored: str) -> None:
    assert clean_name(name) == stored


@pytest.mark.parametrize(
    ("one", "other"),
    [("Gus", "gus"), ("Gus", " GUS "), ("Pen\u0303a", "PE\u00d1A"), ("Stra\u00dfe", "STRASSE")],
)
def test_case_blanks_and_unicode_form_make_no_other_name(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Gus", "G\u00fcs"), ("7", "07"), ("Gus", "Gus Jr"), ("A-1", "A 1")]
)
def test_accents_digits_and_separators_make_another_name(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Gus", "G\u00fcs"), ("7", "07"), ("A-1", "a_1"), ("North Gate", "northgate")],
)
def test_what_a_person_may_have_meant_as_one_is_much_alike(one: str, other: str) -> None:
    assert alike_key(one) == alike_key(other)


def test_zeros_inside_a_number_count() -> None:
    assert alike_key("100") != alike_key("1")
