"""Words for verdicts: every one has a sentence, and where there is something to do, a page that does it."""

from __future__ import annotations

import pytest
from django.urls import reverse

from analysis.recommendation.types import Verdict
from thumper.pages.health.verdict_words import in_words


def document(verdict: Verdict, **more: int) -> dict[str, object]:
    return {"verdict": verdict.value, "more": {"reviews": 0, "deer": 0, "audits": 0} | more}


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_is_a_sentence_without_terms(verdict: Verdict) -> None:
    words = in_words(document(verdict))
    assert words.title.endswith(".")
    for term in ("FPIR", "FDP", "decoy", "scorer"):
        assert term not in words.title + words.text
    if words.page:
        assert reverse(words.page)
        assert words.step


def test_what_is_missing_is_said_as_what_to_do() -> None:
    words = in_words(document(Verdict.INSUFFICIENT_EVIDENCE, reviews=20, deer=3))
    assert words.text.startswith(
        "Say of about 20 more sightings which deer it is. Among them must be 3 deer"
    )
    assert words.page == "review"


def test_one_is_counted_as_one() -> None:
    words = in_words(document(Verdict.INSUFFICIENT_EVIDENCE, reviews=1, deer=1))
    assert "1 more sighting which" in words.text
    assert "1 deer that has no" in words.text
