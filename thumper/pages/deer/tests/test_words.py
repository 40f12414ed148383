"""Words of a deer's history: what was changed, as a person reads it."""

from __future__ import annotations

from typing import Any

import pytest

from reid.profiles.history import FieldChanged
from thumper.pages.deer.words import _change, season_words

NAMES = {"1": "Ada"}


@pytest.mark.parametrize(
    ("field", "before", "after", "said"),
    [
        ("created", None, True, "profile made"),
        ("created", True, None, "profile taken away"),
        ("portrait", None, "9", "portrait chosen"),
        ("portrait", "9", None, "portrait no longer chosen"),
        ("merged_into", None, "1", "merged into Ada"),
        ("merged_into", None, "2", "merged into another deer"),
        ("merged_into", "1", None, "a profile of its own again"),
        ("kept_apart", None, "1", "kept apart from Ada"),
        ("kept_apart", "1", None, "no longer kept apart from Ada"),
        ("season:2025", None, {"points": 8, "age_class": ""}, "2025: 8 points"),
        ("season:2025", {"points": 8, "age_class": ""}, None, "2025: nothing"),
        ("tags", [], ["old", "limps"], "nothing, now old, limps"),
        ("notes", "", "x" * 500, "nothing, now x"),
    ],
)
def test_a_change_is_said_in_words(field: str, before: Any, after: Any, said: str) -> None:
    assert said in _change(FieldChanged(field, before, after), NAMES)


def test_a_long_text_is_cut() -> None:
    assert _change(FieldChanged("notes", "", "x" * 500), NAMES).endswith(" ...")


@pytest.mark.parametrize(
    ("season", "said"),
    [(None, "nothing"), ({"points": 1, "age_class": ""}, "1 point")],
)
def test_a_year_is_said_in_words(season: dict[str, Any] | None, said: str) -> None:
    assert season_words(season) == said
