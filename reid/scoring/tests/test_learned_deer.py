"""Deer that a scorer learned from: by its space, the space that it derives from, its calibration, and merges."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from reid.embedding.identities import IDENTITIES, identities_of_folder, identity
from reid.scoring.fused_scorers import SHIPPED_SOURCE
from reid.scoring.learned_deer import learned_deer
from reid.tests import make

if TYPE_CHECKING:
    from reid.models import Deer, Scorer

pytestmark = pytest.mark.django_db


def learning(*deer: Deer, **fields: Any) -> Scorer:
    """A scorer whose space learned from these deer."""
    identities = {IDENTITIES: [identity(item.pk) for item in deer]}
    return make.scorer(specification={"model": {}} | identities, is_active=False, **fields)


def test_a_network_that_was_not_trained_here_learned_no_deer() -> None:
    make.deer("ada")
    assert learned_deer(learning()) == frozenset()


def test_deer_of_the_space_of_its_parent_and_of_the_calibration_are_learned() -> None:
    ada, bea, cleo = (make.deer(name) for name in ("ada", "bea", "cleo"))
    make.deer("dot")
    scorer = learning(ada, parent=learning(bea).vectors)
    scorer.specification = {IDENTITIES: [identity(cleo.pk)]}
    assert learned_deer(scorer) == {ada.pk, bea.pk, cleo.pk}


def test_whom_a_learned_deer_was_merged_into_is_learned() -> None:
    cleo = make.deer("cleo")
    bea = make.deer("bea", merged_into=cleo)
    ada = make.deer("ada", merged_into=bea)
    assert learned_deer(learning(ada)) == {ada.pk, bea.pk, cleo.pk}


def test_a_space_of_an_earlier_version_is_known_by_its_model_json(settings: Any) -> None:
    ada = make.deer("ada")
    make.deer("bea")
    scorer = make.scorer(specification={"model": {"folder": "head-1"}}, is_active=False)
    # Nobody can tell any more whom it learned from.
    assert len(learned_deer(scorer)) == 2
    place = Path(settings.MODEL_ROOT) / "head-1"
    place.mkdir(parents=True)
    card = {"training": {IDENTITIES: [identity(ada.pk)]}}
    (place / "model.json").write_text(json.dumps(card))
    assert learned_deer(scorer) == {ada.pk}
    assert identities_of_folder("") == []


def test_a_calibration_that_names_no_deer_was_learned_from_those_that_are_not_reserved() -> None:
    """deer-060 is reserved by its name, deer-064 is not (`reid.training.folds`)."""
    make.deer("deer-060")
    other = make.deer("deer-064")
    fused = learning()
    fused.specification = {"calibration": {"source": SHIPPED_SOURCE}}
    assert learned_deer(fused) == frozenset()
    fused.specification = {"calibration": {"source": "learned from 48 deer of this store"}}
    assert learned_deer(fused) == {other.pk}
    fused.specification |= {IDENTITIES: []}
    assert learned_deer(fused) == frozenset()
