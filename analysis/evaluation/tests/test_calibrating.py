"""Calibration learned from a store: from named deer that the network never learned, or with the training that did."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from analysis.evaluation import calibrating
from analysis.evaluation.calibrating import CalibrationRefused, learn_from_store
from reid.embedding.identities import IDENTITIES, identity
from reid.identifying import identify
from reid.matching.calibration import POOLED
from reid.models import Deer, Detection, Scorer
from reid.patterns import background
from reid.patterns.tests.stores import with_torso
from reid.scoring import fused_scorers
from reid.scoring.learned_deer import learned_deer
from reid.tests import make
from reid.torsos import making
from reid.training import folds
from reid.training import material as materials

if TYPE_CHECKING:
    from reid.models import EmbeddingSpace
    from reid.training.material import Material

pytestmark = pytest.mark.django_db

DEER = 7
"""Of whom deer 6 and deer 7 are reserved, by the hash of their names."""


@pytest.fixture
def scorer(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Scorer:
    """Seven deer in two sightings of one photograph each; their coats differ, their embeddings hardly do."""
    settings.REID_PATTERN = True
    monkeypatch.setattr(fused_scorers, "ENOUGH", 2 * DEER)
    for module in (fused_scorers, background):
        monkeypatch.setattr(module, "FEWEST", 2 * DEER)
    monkeypatch.setattr(making, "make_missing", lambda *_: making.TorsoCounts())
    monkeypatch.setattr(folds, "RESERVE_FROM", DEER)
    monkeypatch.setattr(calibrating, "FOLDS", 2)
    monkeypatch.setattr(calibrating, "DEALS", 1)
    monkeypatch.setattr(calibrating, "DRAWS", 20)
    scorer = make.scorer(2)
    draw = np.random.default_rng(1)
    for number in range(1, DEER + 1):
        deer = make.deer(f"deer {number}")
        for _ in range(2):
            detection = with_torso(
                number, deer=deer, is_reference=True, identity_source="imported",
                flank="left", classification="buck",
            )  # fmt: skip
            make.embedding(detection, scorer, 1.0, *draw.normal(0, 0.2, 1).tolist())
    return scorer


@pytest.fixture
def identified(scorer: Scorer) -> Scorer:
    run = identify.create_run(None)
    while identify.advance(run.pk):
        pass
    return scorer


def test_weights_are_learned_from_deer_that_are_not_reserved(identified: Scorer) -> None:
    seen: list[tuple[int, int]] = []
    found = learn_from_store(identified.vectors, lambda done, total: seen.append((done, total)))
    assert found["source"] == "learned from 5 deer of this store"
    assert found["of_class"][POOLED]["alone"] >= 0
    assert seen[-1] == (10, 10)


def test_a_photograph_that_is_deleted_meanwhile_costs_no_training(
    identified: Scorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hours pass between what a training reads and the calibration at its end."""
    load = materials.load

    def then_one_is_deleted(parent: EmbeddingSpace) -> Material:
        material = load(parent)
        Detection.objects.filter(pk=material.ids[0]).update(hidden_at=timezone.now(), sighting=None)
        return material

    monkeypatch.setattr(materials, "load", then_one_is_deleted)
    found = learn_from_store(identified.vectors)
    assert found["source"] == "learned from 5 deer of this store"


def test_below_forty_named_deer_the_shipped_weights_serve(
    identified: Scorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folds, "RESERVE_FROM", 40)
    with pytest.raises(CalibrationRefused, match=r"7 named deer .* from 40 on"):
        learn_from_store(identified.vectors)


def test_without_a_pattern_matcher_it_says_what_to_run(scorer: Scorer) -> None:
    with pytest.raises(CalibrationRefused, match="identify_detections"):
        learn_from_store(scorer.vectors)


def test_a_space_that_learned_deer_of_the_store_is_refused(identified: Scorer) -> None:
    space = identified.vectors
    space.specification |= {IDENTITIES: [identity(Deer.objects.earliest("pk").pk)]}
    space.save()
    with pytest.raises(CalibrationRefused, match=r"has learned deer .* train_embedding"):
        learn_from_store(space)


def test_the_command_changes_nothing_unless_asked(identified: Scorer) -> None:
    active = Scorer.objects.active()
    out = io.StringIO()
    call_command("learn_calibration", stdout=out)
    assert "all classes:" in out.getvalue() and "Nothing is changed." in out.getvalue()
    assert max(map(len, out.getvalue().splitlines())) <= 80
    assert Scorer.objects.active() == active


def test_applied_it_is_a_new_scorer_in_use(identified: Scorer) -> None:
    before = Scorer.objects.active()
    out = io.StringIO()
    call_command("learn_calibration", "--apply", "--format", "json", stdout=out)
    after = Scorer.objects.active()
    assert after is not None and after != before and after.kind == Scorer.Kind.FUSED
    document = json.loads(out.getvalue())
    assert document["scorer"] == after.to_json()
    assert after.specification["calibration"]["of_class"][POOLED] == document["of_class"][POOLED]
    assert len(after.specification[IDENTITIES]) == 5
    names = Deer.objects.filter(pk__in=learned_deer(after)).values_list("name", flat=True)
    assert set(names) == {"deer 1", "deer 2", "deer 3", "deer 4", "deer 5"}


def test_the_command_passes_a_refusal_on(scorer: Scorer) -> None:
    with pytest.raises(CommandError, match="no pattern matcher yet"):
        call_command("learn_calibration", stdout=io.StringIO())
