"""Words for what a photograph shows, as tables write them: nothing, or that nobody has looked. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reid.importing.tables.table import fold
from reid.taxonomy import DEER, PRIVATE
from reid.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

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

_WORDS: Final = Vocabulary()


def is_empty(word: str) -> bool:
    return fold(word) in EMPTY


def is_unseen(word: str) -> bool:
    return fold(word) in UNSEEN


def weightiest(words: Sequence[str]) -> int:
    """Place of the word that stands for a photograph without boxes which shows all of these.

    People and vehicles first, so that it is never exported as an animal's; then deer, which are not passed over.

    Examples
    --------
    >>> weightiest(["Cow", "White-tailed deer"]), weightiest(["doe", "Human"]), weightiest(["Cow", "Coyote"])
    (1, 1, 0)
    """
    classes = [_WORDS.meaning(word).classification for word in words]
    return min(
        range(len(words)),
        key=lambda place: (classes[place] not in PRIVATE, classes[place] not in DEER, place),
    )


def is_yes(cell: str) -> bool:
    """Whether a cell of a yes-or-no column says yes."""
    return cell.strip().lower() in {"true", "1", "yes", "y", "x"}
