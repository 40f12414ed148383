"""Worlds through the real commands: what is proven on a store holds for the names that it then gives."""

from __future__ import annotations

import logging
import os
from itertools import product
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pytest
from django.db import transaction
from scipy.stats import binom

from analysis.recommendation.assess import ALPHA_FPIR
from analysis.recommendation.types import ALPHA_FDP
from analysis.tests.stored_worlds import StoredWorld

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.tests.stored_worlds import Outcome

logger = logging.getLogger(__name__)
pytestmark = pytest.mark.django_db

SEEDS: Final = int(os.environ.get("THUMPER_WORLDS", "20"))
"""Worlds of each kind in the slow campaign; 200 take a night. `--log-cli-level INFO` prints a line a kind."""
BOUNDED_FROM: Final = 30
"""Deer from which strangers are bounded; with fewer the figure is published and pages say that it is approximate."""


@pytest.fixture(autouse=True)
def embeddings_alone(settings: Any) -> None:
    settings.REID_PATTERN = False


def outcomes(count: int, seed: int, **herd: Any) -> Iterator[Outcome]:
    """Of `count` worlds, each taken back before the next one."""
    for number in range(count):
        with transaction.atomic():
            world = StoredWorld(np.random.default_rng([seed, number]), **herd)
            yield world.carried_through()
            transaction.set_rollback(True)


def at_most(count: int, risk: float) -> int:
    """How many of `count` worlds may break a bound that each breaks with `risk`, beyond chance (1 %)."""
    return int(binom.ppf(0.99, count, risk))


def test_what_an_audit_proves_holds_for_the_names_that_are_given() -> None:
    (outcome,) = outcomes(1, 7, quality=1.2, enrolled=30, labelled=60, unreviewed=150)
    assert outcome.assigned > 50
    assert outcome.fdp <= ALPHA_FDP
    assert outcome.fpir <= ALPHA_FPIR


def test_vectors_without_a_signal_give_no_names() -> None:
    (outcome,) = outcomes(1, 7, quality=0.0, enrolled=12, labelled=40, unreviewed=60)
    assert outcome.assigned == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("quality", "enrolled", "known_share", "distinctiveness"),
    [
        *product((0.0, 0.5, 0.7, 0.9, 1.2), (30,), (0.7,), (1.0,)),
        *product((0.9,), (8, 15, 60), (0.7,), (1.0,)),
        *product((0.9,), (30,), (0.3, 1.0), (1.0,)),
        *product((0.9,), (15, 30), (0.5,), (1.3, 1.6)),
    ],
)
def test_campaign_of_worlds(
    quality: float, enrolled: int, known_share: float, distinctiveness: float
) -> None:
    """FDP is bounded in every herd; FPIR from 30 deer on, where strangers look as the enrolled deer do."""
    found = list(
        outcomes(
            SEEDS,
            31,
            quality=quality,
            enrolled=enrolled,
            known_share=known_share,
            distinctiveness=distinctiveness,
        )
    )
    named = [outcome for outcome in found if outcome.assigned]
    broken = sum(outcome.fdp > ALPHA_FDP for outcome in named)
    over = sum(outcome.fpir > ALPHA_FPIR for outcome in named)
    logger.info(
        "quality %s, %d deer, %.0f %% enrolled, %s times as striking: %d of %d named, FDP above its bound in %d, FPIR in %d",
        *(quality, enrolled, 100 * known_share, distinctiveness),
        *(len(named), len(found), broken, over),
    )
    assert broken <= at_most(len(found), 0.05)
    if enrolled >= BOUNDED_FROM and distinctiveness == 1.0:
        assert over <= at_most(len(found), 0.05)
