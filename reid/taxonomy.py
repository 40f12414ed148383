"""Registry of classes: what a detection can show, and what may be done with it. Pure."""

from __future__ import annotations

from collections import defaultdict
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable


class Classification(StrEnum):
    BUCK = "buck"
    DOE = "doe"
    FAWN = "fawn"
    UNKNOWN_DEER = "unknown_deer"
    ANIMAL = "animal"  # a detector's word for what nobody has told apart yet
    CATTLE = "cattle"
    COYOTE = "coyote"
    PIG = "pig"
    RACCOON = "raccoon"
    TURKEY = "turkey"
    OTHER = "other"
    PERSON = "person"
    VEHICLE = "vehicle"

    @property
    def label(self) -> str:
        return self.value.replace("_", " ")


DEER: Final = frozenset(
    {
        Classification.BUCK,
        Classification.DOE,
        Classification.FAWN,
        Classification.UNKNOWN_DEER,
    }
)
PRIVATE: Final = frozenset({Classification.PERSON, Classification.VEHICLE})
"""Never identified and never exported."""

_DEER_BY_SEX_OR_AGE: Final = DEER - {Classification.UNKNOWN_DEER}
PARENT: Final = {
    item: Classification.UNKNOWN_DEER if item in _DEER_BY_SEX_OR_AGE else Classification.ANIMAL
    for item in Classification
    if item not in PRIVATE | {Classification.ANIMAL}
}
"""Of each class the one that it is a part of; animal, person and vehicle are parts of none."""

CHOICES: Final = [(item.value, item.label) for item in Classification]

ALIASES: Final = {
    "mature": Classification.BUCK,
    "mid": Classification.BUCK,
    "young": Classification.BUCK,
    "unknown": Classification.UNKNOWN_DEER,
    "deer": Classification.UNKNOWN_DEER,
    "cow": Classification.CATTLE,
    "human": Classification.PERSON,
    "people": Classification.PERSON,
    "utv": Classification.VEHICLE,
}


class Sex(StrEnum):
    BUCK = "buck"
    DOE = "doe"
    FAWN = "fawn"
    UNKNOWN = "unknown"


SEX_CHOICES: Final = [(item.value, item.value) for item in Sex]


CLASS_ORDER: Final = ("buck", "doe", "fawn", "unknown_deer")
_VAGUE: Final = frozenset({Classification.UNKNOWN_DEER.value, Classification.ANIMAL.value})


def class_rank(name: str) -> tuple[int, str]:
    """Sorts classes: buck, doe, fawn, unknown deer, then others by name."""
    return (CLASS_ORDER.index(name) if name in CLASS_ORDER else len(CLASS_ORDER), name)


def class_of_animal(detections: Iterable[tuple[str, float]]) -> str:
    """The class of one animal whose detections may differ, from the class and the confidence of each.

    A class that tells something wins over a vague one; then the larger sum of confidences, then the order of classes.

    >>> class_of_animal([("unknown_deer", 0.9), ("doe", 0.5), ("buck", 0.4), ("buck", 0.3)])
    'buck'
    """
    weight: defaultdict[str, float] = defaultdict(float)
    for name, confidence in detections:
        weight[name] += confidence
    return min(weight, key=lambda name: (name in _VAGUE, -weight[name], class_rank(name)))


def parse_classification(text: str) -> Classification:
    """The class that `text` names, older names included.

    Raises ValueError, naming the known classes, for anything else.
    """
    name = text.strip().lower().replace(" ", "_").replace("-", "_")
    if name in ALIASES:
        return ALIASES[name]
    try:
        return Classification(name)
    except ValueError:
        known = ", ".join(item.value for item in Classification)
        raise ValueError(f"unknown class {text!r}: use one of {known}") from None


def contradicts(classification: str, sex: str) -> bool:
    """Whether a detection's class rules a deer's sex out: buck against doe, and nothing else.

    A fawn grows up and an unknown may be anything, so neither contradicts anybody.
    """
    return {classification, sex} == {Sex.BUCK.value, Sex.DOE.value}


def carries_antlers(sex: str, classification: str) -> bool:
    """Whether a photograph of this class, of a deer of this sex, is of a buck: by the deer's sex, else by the class.

    A deer whose sex nobody has said, or which was entered as a fawn, is one where the photograph is classed so. `sex` is
    empty where the deer is not known.
    """
    return sex == Sex.BUCK or (classification == Classification.BUCK and sex != Sex.DOE)


SIDE_OF_FLANK: Final = {"left": 1, "right": -1}
"""Flanks as numbers, so that their product says whether two are the same; whatever is missing here is 0."""
