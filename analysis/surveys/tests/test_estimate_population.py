"""`estimate_population` finds the number of a herd that is known, and says what it does not know."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from analysis.surveys.tests.herds import herd
from reid.models import Deer, Survey

pytestmark = pytest.mark.django_db
HERD, DAYS = 18, 21


@pytest.fixture
def ranch() -> None:
    """18 deer, a third of them bucks, 3 cameras of which the deer visit all alike, 21 days; each day a deer is seen with 0.05 at each."""
    herd(deer=HERD, days=DAYS, chance=0.05, seed=16)


def estimated(*arguments: str) -> Any:
    out = StringIO()
    period = ["--start", "2025-10-01", "--end", "2025-10-21"]
    call_command("estimate_population", *period, *arguments, stdout=out)
    return out.getvalue()


def found(document: Any, estimator: str, of: str) -> Any:
    return next(
        row for row in document["estimates"] if (row["estimator"], row["class"]) == (estimator, of)
    )


def test_the_number_of_a_known_herd(ranch: None) -> None:
    document = json.loads(estimated("--format", "json", "--occasion-days", "3"))
    low, high = found(document, "M0", "all")["naive_interval"]
    assert low <= HERD <= high
    assert (document["occasions"]["count"], document["occasions"]["days"]) == (7, 3)
    assert document["occasions"]["starts"][1] == "2025-10-04"
    assert document["captures"] > document["deer"]
    bucks = found(document, "M0", "buck")
    assert bucks["n"] <= 8


def test_without_an_audit_no_interval_is_called_honest(ranch: None) -> None:
    document = json.loads(estimated("--format", "json"))
    assert document["refused"].startswith("No number of deer")
    of_names = [row for row in document["estimates"] if row["unit"] != "ratio"]
    assert all(row["interval"] is None for row in of_names)


def test_the_table_says_what_it_rests_on_in_80_columns(ranch: None) -> None:
    text = estimated()
    assert "No number of deer" in " ".join(text.split())
    assert "is a lower bound" in text
    assert text.isascii()
    assert max(map(len, text.splitlines())) <= 80


def test_a_store_without_captures_says_so_of_each_class() -> None:
    text = estimated()
    assert "no deer of this class was captured" in " ".join(text.split())


def test_a_survey_is_saved_and_estimated_again_by_its_name(ranch: None) -> None:
    """Deer are renamed between: the document is the same, and stored."""
    saved = json.loads(estimated("--format", "json", "--occasion-days", "7", "--save", "autumn"))
    Deer.objects.filter(name="deer 00").update(name="Old Tom")
    out = StringIO()
    call_command("estimate_population", "--survey", "autumn", "--format", "json", stdout=out)
    again = json.loads(out.getvalue())
    assert again == saved
    survey = Survey.objects.get()
    assert survey.result == saved
    assert saved["survey"] == {"id": str(survey.pk), "name": "autumn"}


def test_a_survey_has_its_own_period() -> None:
    with pytest.raises(CommandError, match="leave out --start, --end"):
        estimated("--survey", "autumn")
    with pytest.raises(CommandError, match="no survey autumn"):
        call_command("estimate_population", "--survey", "autumn")
    with pytest.raises(CommandError, match="Give --start and --end"):
        call_command("estimate_population")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--camera", "ash"], "no camera ash"),
        (["--occasion-days", "30"], "fewer than one occasion"),
        (["--occasion-days", "0"], "at least one day"),
        (["--start", "spring"], "no day"),
        (["--habitat-km2", "-5"], "above 0"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(arguments: list[str], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        estimated(*arguments)
