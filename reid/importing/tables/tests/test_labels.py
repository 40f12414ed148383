"""Words for photographs without an animal, and for those at which nobody has looked."""

from __future__ import annotations

import pytest

from reid.importing.tables.labels import is_empty, is_unseen, is_yes


@pytest.mark.parametrize(
    "word",
    ["Blank", "EMPTY", "none", "No animal", "no_animals_present", "Nothing here", "NOTHINGHERE",
     "false trigger", "False positive", "misfire", "vegetation", "Vide", "Vac\u00edo", "leer"],
)  # fmt: skip
def test_a_word_for_no_animal_is_empty(word: str) -> None:
    assert is_empty(word)


@pytest.mark.parametrize(
    "word", ["deer", "", "unknown", "animal", "human", "ghost deer", "blanket"]
)
def test_other_words_are_not(word: str) -> None:
    assert not is_empty(word)


@pytest.mark.parametrize("word", ["", "No CV Result", "Unclassified", "NA"])
def test_a_word_for_nobody_looked_is_unseen(word: str) -> None:
    assert is_unseen(word)


@pytest.mark.parametrize(("cell", "expected"), [("True", True), ("x", True), ("no", False)])
def test_a_cell_says_yes_or_not(cell: str, expected: bool) -> None:
    assert is_yes(cell) is expected
