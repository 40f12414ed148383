"""Names: what is stored, what is the same, what is much alike."""

from __future__ import annotations

import pytest

from reid.naming import alike_key, are_near, clean_name, is_no_deer, is_no_name, name_key


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


@pytest.mark.parametrize(
    "name",
    [
        "NA", "#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "?", "--", "unknown", "Unknown_1",
        "unknown doe 3", "Unidentified 8pt", "Unknown 10-pointer", "?? buck", "buck ?", "New deer",
        "new buck", "no match", "not available", "can't tell", "Un-ID'd", "unknown/NA", "N/K",
    ],
)  # fmt: skip
def test_a_text_that_says_that_nobody_knew_is_no_name(name: str) -> None:
    assert is_no_deer(name)


@pytest.mark.parametrize(
    "name",
    [
        "buck", "Bucks", "doe", "deer", "Adult doe", "deer?", "fawns", "male", "individual",
        "0.94", ".5", "0,94", "94%", "yes", "TRUE", "multiple", "see notes", "no deer", "nothing",
        "to be identified", "needs ID", "DCIM", "100RECNX", "101EK113", "2025-10-03", "2025_10_03",
    ],
)  # fmt: skip
def test_a_class_a_score_and_a_folder_of_a_card_are_no_deer(name: str) -> None:
    assert is_no_deer(name)


@pytest.mark.parametrize(
    "name",
    [
        "7", "07", "2025", "Buck 7", "Doe 2", "Buck A", "Old Gus", "Big 8", "Tall 10", "Noah", "Nadia",
        "B4", "X", "8-pointer", "Unknown Soldier", "A-1", "100", "Newton", "Empty Horn", "unnamed 3", "New buck 2",
    ],
)  # fmt: skip
def test_names_of_deer_are_names(name: str) -> None:
    assert not is_no_deer(name)


@pytest.mark.parametrize("name", ["Buck", "Deer", "1.2", "Test", "2025-10-03"])
def test_what_is_no_deer_may_be_a_camera(name: str) -> None:
    assert is_no_deer(name) or name == "Test"
    assert not is_no_name(name)


@pytest.mark.parametrize("name", ["Gus?", "(Gus)", "maybe Gus", "probably gus", "poss. Gus"])
def test_a_name_of_which_somebody_was_not_sure_is_much_alike(name: str) -> None:
    assert alike_key(name) == alike_key("Gus")


@pytest.mark.parametrize("sign", ["\u200b", "\u00ad", "\ufeff", "\u2060", "\u200e"])
def test_a_sign_that_nobody_sees_is_no_part_of_a_name(sign: str) -> None:
    assert clean_name(f"{sign}Old{sign} Gus") == "Old Gus"
    assert name_key(f"Old Gus{sign}") == name_key("old gus")


@pytest.mark.parametrize(
    ("one", "other", "is_near"),
    [
        ("Hickory", "hickori", True),
        ("Hickory", "Hikcory", True),  # two neighbours that changed places
        ("Hickory", "Hiccorie", False),  # three steps
        ("Elma", "Alma", True),
        ("Elma", "Alba", False),  # two steps of four letters
        ("Gus", "Gas", False),  # of three letters none may differ
        ("Jos\u00e9", "Jose", True),
        ("maybe Gus", "gus", True),
        ("Buck 7", "Buck 8", False),
        ("Buck 07", "buck-7", True),
        ("Buck 7", "Bukc 7", True),
        ("?", "!", False),
    ],
)
def test_names_a_letter_or_two_apart_are_near(one: str, other: str, is_near: bool) -> None:
    assert are_near(one, other) is are_near(other, one) is is_near
