"""The gallery that identification loads."""

from __future__ import annotations

import pytest

from reid.embedding.vectors import vectors_of
from reid.matching.stored_gallery import load_gallery
from reid.tests import make

pytestmark = pytest.mark.django_db


def reference(space, deer, *vector: float, **fields):
    detection = make.detection(deer=deer, is_reference=True, **fields)
    make.embedding(detection, space, *vector)
    return detection


def test_it_holds_embedded_references_of_living_profiles() -> None:
    space, deer = make.space(2), make.deer()
    enrolled = reference(space, deer, 1, 0)
    reference(space, make.deer(merged_into=deer), 1, 0)
    reference(space, deer, 1, 0, is_valid=False)
    reference(space, deer, 1, 0, classification="cattle")
    make.detection(deer=deer, is_reference=True)  # not embedded
    make.embedding(make.detection(deer=deer), space, 1, 0)  # not enrolled
    gallery = load_gallery(space)
    assert gallery.deer == (deer.pk,)
    assert gallery.encounter_codes == {enrolled.sighting.encounter_id: 0}
    assert gallery.references.tolist() == [[1.0, 0.0]]


def test_it_follows_the_database_and_the_rule(settings) -> None:
    space, deer = make.space(2), make.deer()
    assert load_gallery(space).deer == ()
    reference(space, deer, 1, 0)
    first = load_gallery(space)
    assert load_gallery(space) is first
    settings.REID_PROFILE_SCORE = "max"
    other_rule = load_gallery(space)
    assert (other_rule.rule, other_rule.fingerprint == first.fingerprint) == ("max", False)
    reference(space, deer, 0, 1)
    assert len(load_gallery(space).references) == 2


def test_vectors_are_of_one_space() -> None:
    space, other, detection = make.space(2), make.space(2, is_active=False), make.detection()
    make.embedding(detection, space, 1, 0)
    make.embedding(detection, other, 0, 1)
    assert vectors_of([detection], space)[detection.pk].tolist() == [1.0, 0.0]
    assert vectors_of([make.detection()], space) == {}
