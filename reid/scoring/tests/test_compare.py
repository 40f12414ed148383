"""Comparison: a scorer whose matcher is not there fails the run, and nothing is logged under its name."""

from __future__ import annotations

import pytest

from reid.identifying import identify
from reid.models import Decision, ReidRun, Scorer, SimilarityScore
from reid.tests.herds import herd

pytestmark = pytest.mark.django_db


def test_a_run_of_a_pattern_scorer_without_its_matcher_fails_and_logs_nothing() -> None:
    herd(3)
    pattern = Scorer.objects.create(kind="pattern", name="sift", fingerprint="5" * 64)
    run = identify.create_run(pattern)
    with pytest.raises(KeyError, match="background"):
        while identify.advance(run.pk):
            pass
    run.refresh_from_db()
    assert run.state == ReidRun.State.FAILED
    assert not SimilarityScore.objects.exists()
    assert not Decision.objects.exists()
