"""Words for what a photograph shows, as tables write them: a class, nothing, or nobody has looked. Pure."""

from __future__ import annotations

from typing import Final

from reid.importing.tables.table import fold
from reid.taxonomy import Classification, parse_classification

EMPTY: Final = frozenset(
    {
        "blank",
        "empty",
        "none",
        "noanimal",
        "noanimals",
        "nothing",
        "falsetrigger",
        "nodetection",
        "vacant",
        "ghost",
    }
)
"""Words, folded, for a photograph without an animal."""

UNSEEN: Final = frozenset(
    {"", "nocvresult", "unlabelled", "unlabeled", "unclassified", "notclassified", "na"}
)
"""Words, folded, for a photograph at which nobody has looked, or about which nobody has written."""


def is_empty(word: str) -> bool:
    return fold(word) in EMPTY


def is_unseen(word: str) -> bool:
    return fold(word) in UNSEEN


def known_class(word: str) -> Classification:
    """The class of that name; a word that is none is an animal, and stays with its row as it was read."""
    try:
        return parse_classification(word)
    except ValueError:
        return Classification.ANIMAL


def is_yes(cell: str) -> bool:
    """Whether a cell of a yes-or-no column says yes."""
    return cell.strip().lower() in {"true", "1", "yes", "y", "x"}
