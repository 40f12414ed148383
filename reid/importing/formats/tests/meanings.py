"""Meanings of rows for the tests of formats, which give words alone: their classes, and why some are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reid.importing.reading.words import Words
from reid.importing.report import ReportBuilder
from reid.vocabulary import Vocabulary

if TYPE_CHECKING:
    from reid.importing.rows import Row
    from reid.taxonomy import Classification


def classes_of(*rows: Row) -> list[Classification]:
    """The class of each row, none of which is refused."""
    tally = ReportBuilder()
    understood = Words(Vocabulary(), tally).understood(rows)
    assert tally.refusals == []
    return [row.classification for row in understood]


def refusals_of(*rows: Row) -> list[str]:
    """Why rows are refused that contradict themselves."""
    tally = ReportBuilder()
    Words(Vocabulary(), tally).understood(rows)
    return [refusal.text for refusal in tally.refusals]
