"""Answers of classifiers rolled up: worked by hand."""

from __future__ import annotations

import numpy as np

from reid.detecting.species.rollup import Activation, Answer, probabilities, roll_up
from reid.taxonomy import Classification

C = Classification
NAMES = (
    "antlered deer",
    "antlerless deer",
    "fawn",
    "cow",
    "coyote",
    "dog",
    "fox",
    "human",
    "blank",
)
CLASSES = (C.BUCK, C.DOE, C.FAWN, C.CATTLE, C.COYOTE, C.OTHER, C.OTHER, C.PERSON, None)


def told(found: Answer | None) -> tuple[Classification, float, str] | None:
    if found is None:
        return None
    return found.classification, round(found.probability, 6), found.word


def answer(*likely: float, threshold: float = 0.6, exclusive: bool = True) -> Answer | None:
    return roll_up(likely, NAMES, CLASSES, threshold, exclusive=exclusive)


def test_a_class_that_is_sure_by_itself_is_the_answer() -> None:
    assert answer(0.6, 0.2, 0, 0.2, 0, 0, 0, 0, 0) == Answer(C.BUCK, 0.6, "antlered deer")


def test_two_classes_of_the_network_that_are_one_here_are_taken_together() -> None:
    found = answer(0, 0, 0, 0.3, 0, 0.3, 0.4, 0, 0)
    assert told(found) == (C.OTHER, 0.7, "fox")


def test_a_deer_of_whichever_sex_is_a_deer() -> None:
    found = answer(0.3, 0.25, 0.1, 0.35, 0, 0, 0, 0, 0)
    assert told(found) == (C.UNKNOWN_DEER, 0.65, "antlered deer")


def test_whatever_it_is_it_is_an_animal() -> None:
    found = answer(0.2, 0.2, 0, 0.3, 0.1, 0.1, 0, 0.1, 0)
    assert told(found) == (C.ANIMAL, 0.9, "cow")


def test_a_person_is_part_of_nothing_and_a_blank_speaks_for_nothing() -> None:
    assert answer(0, 0, 0, 0, 0, 0, 0, 0.7, 0.3) == Answer(C.PERSON, 0.7, "human")
    assert answer(0.1, 0, 0, 0.1, 0, 0, 0, 0.3, 0.5) is None


def test_the_likelier_wins_where_several_pass_a_low_threshold() -> None:
    found = answer(0.35, 0, 0, 0.6, 0, 0, 0, 0, 0.05, threshold=0.3)
    assert found == Answer(C.CATTLE, 0.6, "cow")


def test_classes_that_do_not_exclude_each_other_count_as_any_of_them() -> None:
    found = answer(0.5, 0.5, 0, 0, 0, 0, 0, 0, 0, exclusive=False)
    assert told(found) == (C.UNKNOWN_DEER, 0.75, "antlered deer")  # 1 - 0.5 * 0.5


def test_numbers_of_a_network_become_probabilities() -> None:
    numbers = np.log(np.array([[1, 3], [1, 1]], np.float32))
    softmax = probabilities(numbers, Activation.SOFTMAX)
    np.testing.assert_allclose(softmax, [[0.25, 0.75], [0.5, 0.5]], atol=1e-6)
    sigmoid = probabilities(numbers, Activation.SIGMOID)
    np.testing.assert_allclose(sigmoid, [[0.5, 0.75], [0.5, 0.5]], atol=1e-6)
    np.testing.assert_array_equal(probabilities(numbers, Activation.NONE), numbers)
    huge = probabilities(np.array([[1e4, -1e4]], np.float32), Activation.SIGMOID)
    np.testing.assert_array_equal(huge, [[1, 0]])
