"""Vocabulary of classes: common and scientific names, ranks above the species, labels of seven parts, the ranch's own."""

from __future__ import annotations

import pytest

from reid.taxonomy import DEER, Classification
from reid.vocabulary import BUILT_IN, SYNONYMS, Vocabulary, fold_word

BUILT = Vocabulary()


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        # common names, in any spelling
        ("White-tailed Deer", "unknown_deer"), ("white_tailed_deer", "unknown_deer"), ("mule deer", "unknown_deer"),
        ("deer", "unknown_deer"), ("Deers", "unknown_deer"), ("Roe Deer", "unknown_deer"), ("Reh", "unknown_deer"),
        ("venado cola blanca", "unknown_deer"), ("bucks", "buck"), ("adult buck", "buck"), ("Mature", "buck"),
        ("deer, buck", "buck"), ("mule deer doe", "doe"), ("does", "doe"), ("white-tailed deer fawn", "fawn"),
        ("wild boar", "pig"), ("feral hogs", "pig"), ("Jabal\u00ed", "pig"), ("domestic cow", "cattle"),
        ("wild turkeys", "turkey"), ("coyote", "coyote"), ("human", "person"), ("People", "person"), ("UTV", "vehicle"),
        ("red fox", "other"), ("foxes", "other"), ("turkey vulture", "other"),
        # scientific names, and ranks above the species
        ("Odocoileus virginianus", "unknown_deer"), ("odocoileus virginianus texanus", "unknown_deer"),
        ("odocoileus species", "unknown_deer"), ("Odocoileus sp.", "unknown_deer"), ("cervidae family", "unknown_deer"),
        ("even-toed ungulate", "animal"), ("Artiodactyla order", "animal"), ("mammal", "animal"), ("animal", "animal"),
        ("Sus scrofa", "pig"), ("canis latrans", "coyote"), ("canis lupus baileyi", "other"), ("canis species", "other"),
        # what has a deer in its name and is none
        ("deer mouse", "other"), ("blackbuck", "other"), ("pronghorn", "other"),
    ],
)  # fmt: skip
def test_a_word_names_its_class(word: str, expected: str) -> None:
    meaning = BUILT.meaning(word)
    assert (meaning.classification, meaning.is_known) == (expected, True)


@pytest.mark.parametrize("word", ["unicorn", "", "tom", "\u9e7f", "deerfly larva"])
def test_what_no_entry_names_is_an_animal_and_not_known(word: str) -> None:
    meaning = BUILT.meaning(word)
    assert (meaning.classification, meaning.is_known) == (Classification.ANIMAL, False)


@pytest.mark.parametrize(
    "word", ["dead deer", "deer stand", "water deer", "red deer calf", "no deer", "deer cow"]
)
def test_a_word_that_may_mean_a_deer_is_one(word: str) -> None:
    assert BUILT.meaning(word).classification in DEER


@pytest.mark.parametrize(
    "word",
    ["deer and hog", "deer; hog", "Deer, turkey", "hog/deer", "deer & cattle", "buck or coyote"],
)
def test_a_deer_beside_another_animal_is_an_animal_and_told(word: str) -> None:
    meaning = BUILT.meaning(word)
    assert (meaning.classification, meaning.is_known) == (Classification.ANIMAL, False)


@pytest.mark.parametrize(
    "word",
    ["deer and person", "hunter, buck", "people/deer", "Vehicles/Humans/Livestock", "human & dog"],
)
def test_an_animal_beside_a_person_is_a_person_and_told(word: str) -> None:
    meaning = BUILT.meaning(word)
    assert (meaning.classification, meaning.is_known) == (Classification.PERSON, False)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("unknown mammal", "animal"), ("unknown bird", "other"), ("unknown species", "animal"),
        ("unknown buck", "buck"), ("unidentified cervid", "unknown_deer"), ("WTD", "unknown_deer"),
        ("adult male deer", "buck"), ("mule_deer_female", "doe"), ("male", "animal"),
        ("doe with fawn", "unknown_deer"), ("doe, fawn", "unknown_deer"), ("capreolinae subfamily", "unknown_deer"),
        ("animalia kingdom", "animal"), ("deer (fawn)", "fawn"), ("deer/unknown", "unknown_deer"),
    ],
)  # fmt: skip
def test_what_stands_beside_a_word_says_more_of_it(word: str, expected: str) -> None:
    assert BUILT.meaning(word).classification == expected


@pytest.mark.parametrize("word", ["elk", "Moose", "bull moose", "moose calf", "Cervus canadensis"])
def test_deer_of_other_kinds_are_other_and_marked(word: str) -> None:
    meaning = BUILT.meaning(word)
    assert (meaning.classification, meaning.is_other_deer) == (Classification.OTHER, True)


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        (
            "a1;mammalia;cetartiodactyla;cervidae;odocoileus;virginianus;white-tailed deer",
            "unknown_deer",
        ),
        ("a1;mammalia;cetartiodactyla;cervidae;;;cervidae family", "unknown_deer"),
        ("a1;mammalia;cetartiodactyla;cervidae;strange;strangest;strange thing", "unknown_deer"),
        ("a1;mammalia;cetartiodactyla;;;;even-toed ungulate", "animal"),
        ("a1;mammalia;cetartiodactyla;suidae;sus;scrofa;wild boar", "pig"),
        ("a1;mammalia;rodentia;muridae;strange;strangest;strange mouse", "other"),
        ("a1;mammalia;primates;hominidae;homo;sapiens;human", "person"),
        ("a1;;;;;;vehicle", "vehicle"),
        ("a1;;;;;;blank", "animal"),
        ("a1;;;;;;", "animal"),
    ],
)
def test_a_label_of_seven_parts_is_read_from_its_most_exact_part(label: str, expected: str) -> None:
    assert BUILT.meaning(label).classification == expected


def test_unknown_is_a_deer_in_a_table_and_an_animal_of_a_detector() -> None:
    assert BUILT.meaning("Unknown").classification == Classification.UNKNOWN_DEER
    assert BUILT.meaning("Unknown", of_detector=True).classification == Classification.ANIMAL


def test_the_ranchs_own_words_come_first() -> None:
    own = {
        "elk": Classification.UNKNOWN_DEER,
        "guapo": Classification.BUCK,
        "unknown": Classification.OTHER,
    }
    ranch = Vocabulary(own)
    assert ranch.meaning("Elks").classification == Classification.UNKNOWN_DEER
    assert not ranch.meaning("elk").is_other_deer
    assert ranch.meaning("el Guapo").classification == Classification.BUCK
    assert ranch.meaning("unknown", of_detector=True).classification == Classification.OTHER
    label = "a1;mammalia;cetartiodactyla;cervidae;odocoileus;virginianus;white-tailed deer"
    exact = Vocabulary({fold_word(label): Classification.OTHER})
    assert exact.meaning(label).classification == Classification.OTHER


def test_the_table_is_folded_and_names_no_word_twice() -> None:
    words = [word for text in SYNONYMS.values() for word in text.split(", ")]
    assert [word for word in words if fold_word(word) != word] == []
    assert len(words) == len(set(words))
    assert {item for item in Classification if item.value not in BUILT_IN} <= {
        Classification.UNKNOWN_DEER
    }
