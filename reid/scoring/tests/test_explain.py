"""Matched points of a photograph and a deer, or the sentence that says why there are none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from reid.models import Torso
from reid.patterns import extract
from reid.patterns.stored import store_keypoints, stored_keypoints
from reid.patterns.tests.stores import without_torso
from reid.scoring import explain
from reid.scoring.tests.coats import Coats
from reid.tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def store(media_root: object) -> Coats:
    return Coats()


def test_the_points_are_places_on_both_crops(store: Coats) -> None:
    found = explain.explain(store.probe, store.ada, store.matcher)
    assert (found.reference, found.size, found.reference_size) == (
        store.reference.pk,
        (864, 576),
        (864, 576),
    )
    assert len(found.points) > 10
    assert found.says == f"{len(found.points)} places of the two coats agree."
    weights = [point.weight for point in found.points]
    assert weights == sorted(weights, reverse=True)
    step = np.median([(one.x - one.reference_x) * 864 for one in found.points])
    assert step == pytest.approx(10, abs=1)
    assert all(0.25 <= one.x <= 0.75 and 0.25 <= one.y <= 0.75 for one in found.points)


def test_a_scorer_of_embeddings_is_not_explained() -> None:
    probe, ada = make.detection(), make.deer("Ada")
    assert explain.explain(probe, ada, make.scorer()).says == explain.NO_PATTERNS
    assert explain.explain(probe, ada, None).says == explain.NO_PATTERNS


def test_why_there_is_nothing_to_show_is_said(store: Coats) -> None:
    turned = without_torso()
    extract.extract_missing()
    reasons = {make.detection(): explain.NOT_LOOKED, turned: "not seen from the side"}
    for item, reason in reasons.items():
        found = explain.explain(item, store.ada, store.matcher)
        assert found.says == explain.NO_KEYPOINTS.format(reason=reason)
    found = explain.explain(store.probe, make.deer("Bea"), store.matcher)
    assert found.says == explain.NO_REFERENCE.format(deer="Bea")
    store.probe.flank = "right"
    assert explain.explain(store.probe, store.ada, store.matcher).reference is None
    store.probe.flank = "left"
    Torso.objects.filter(pk=store.reference.pk).update(to_crop=None)
    assert explain.explain(store.probe, store.ada, store.matcher).says == explain.NO_PICTURE
    store.crop(store.reference)
    # The same spots, twenty times as large: no animal's.
    keypoints = stored_keypoints(store.probe.pk)
    assert keypoints is not None
    store_keypoints(store.probe.pk, replace(keypoints, scales=20 * keypoints.scales))
    found = explain.explain(store.probe, store.ada, store.matcher)
    assert (found.says, found.points) == (explain.NOTHING_AGREES, [])
    assert found.reference == store.reference.pk  # shown beside it all the same
