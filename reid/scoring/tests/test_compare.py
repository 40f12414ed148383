"""Comparison: cosines are never logged under the name of a scorer that makes other scores."""

from __future__ import annotations

import pytest

from reid.identifying import identify
from reid.models import Decision, ReidRun, Scorer, SimilarityScore
from reid.scoring.compare import NO_COSINES
from reid.tests.herds import herd

pytestmark = pytest.mark.django_db


def test_a_run_of_a_scorer_that_compares_no_embeddings_fails_and_logs_nothing() -> None:
    herd(3)
    pattern = Scorer.objects.create(kind="pattern", name="sift", fingerprint="5" * 64)
    run = identify.create_run(pattern)
    with pytest.raises(ValueError, match="sift"):
        while identify.advance(run.pk):
            pass
    run.refresh_from_db()
    assert (run.state, run.error) == (
        ReidRun.State.FAILED,
        f"ValueError: {NO_COSINES.format(scorer=pattern)}",
    )
    assert not SimilarityScore.objects.exists()
    assert not Decision.objects.exists()
