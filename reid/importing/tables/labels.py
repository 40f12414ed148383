"""Words for what a photograph shows, as tables write them: nothing, or that nobody has looked. Pure."""

from __future__ import annotations

from typing import Final

from reid.importing.tables.table import fold

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
        "blanks",
        "blanknonanimal",
        "nothinghere",
        "noanimalspresent",
        "noanimalpresent",
        "noobject",
        "noobjects",
        "falsepositive",
        "falsealarm",
        "misfire",
        "misfires",
        "vegetation",
        "background",
        "leer",
        "vide",
        "vacio",
        "vac\u00edo",
        "vazio",
        "keintier",
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


def is_yes(cell: str) -> bool:
    """Whether a cell of a yes-or-no column says yes."""
    return cell.strip().lower() in {"true", "1", "yes", "y", "x"}
