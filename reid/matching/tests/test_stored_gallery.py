"""The gallery that identification loads."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from reid.embedding.vectors import vectors_of
from reid.matching.stored_gallery import load_gallery
from reid.tests import make

pytestmark = pytest.mark.django_db


def reference(scorer, deer, *vector: float, **fields):
    detection = make.detection(deer=deer, is_reference=True, **fields)
    make.embedding(detection, scorer, *vector)
    return detection


def test_it_holds_embedded_references_of_living_profiles() -> None:
    scorer, deer = make.scorer(2), make.deer()
    enrolled = reference(scorer, deer, 1, 0)
    reference(scorer, make.deer(merged_into=deer), 1, 0)
    reference(scorer, deer, 1, 0, is_valid=False)
    reference(scorer, deer, 1, 0, classification="cattle")
    make.detection(deer=deer, is_reference=True)  # not embedded
    make.embedding(make.detection(deer=deer), scorer, 1, 0)  # not enrolled
    gallery = load_gallery(scorer)
    assert gallery.deer == (deer.pk,)
    assert gallery.encounter_codes == {enrolled.sighting.encounter_id: 0}
    assert gallery.references.tolist() == [[1.0, 0.0]]


def test_it_follows_the_database_and_the_rule(settings) -> None:
    scorer, deer = make.scorer(2), make.deer()
    assert load_gallery(scorer).deer == ()
    reference(scorer, deer, 1, 0)
    first = load_gallery(scorer)
    assert load_gallery(scorer) is first
    settings.REID_PROFILE_SCORE = "max"
    other_rule = load_gallery(scorer)
    assert (other_rule.rule, other_rule.fingerprint == first.fingerprint) == ("max", False)
    reference(scorer, deer, 0, 1)
    assert len(load_gallery(scorer).references) == 2


def test_a_reference_that_was_embedded_anew_is_compared_by_its_new_vector() -> None:
    scorer, other = make.scorer(2), make.scorer(2, is_active=False)
    moved = reference(scorer, make.deer(), 1, 0)
    make.embedding(moved, other, 1, 0)
    assert load_gallery(scorer).references.tolist() == [[1.0, 0.0]]
    moved.embeddings.filter(space=scorer.vectors).delete()
    make.embedding(moved, scorer, 0, 1)
    assert load_gallery(scorer).references.tolist() == [[0.0, 1.0]]


def test_vectors_are_of_one_space() -> None:
    scorer, other, detection = make.scorer(2), make.scorer(2, is_active=False), make.detection()
    make.embedding(detection, scorer, 1, 0)
    make.embedding(detection, other, 0, 1)
    assert vectors_of([detection], scorer.vectors)[detection.pk].tolist() == [1.0, 0.0]
    assert vectors_of([make.detection()], scorer.vectors) == {}


def test_seasons_are_those_of_bucks_and_count_only_when_asked_for(settings) -> None:
    scorer, buck, doe = make.scorer(2), make.deer(sex="buck"), make.deer(sex="doe")
    spring = make.image(captured_at=datetime(2026, 2, 1, tzinfo=UTC))
    reference(scorer, buck, 1, 0)
    reference(scorer, buck, 1, 0, image=spring)
    reference(scorer, buck, 1, 0, image=make.image(captured_at=None))
    reference(scorer, doe, 0, 1)
    everything = load_gallery(scorer)
    assert not everything.seasons.any()
    settings.REID_ANTLER_SEASONS = "same"
    same = load_gallery(scorer)
    of_buck = same.owners == same.deer.index(buck.pk)
    assert sorted(same.seasons[of_buck]) == [0, 202504, 202504]
    assert same.seasons[~of_buck].tolist() == [0]
    changed = (
        dict(zip(same.deer, same.deer_fingerprints, strict=True)).items()
        - dict(zip(everything.deer, everything.deer_fingerprints, strict=True)).items()
    )
    assert [deer for deer, _ in changed] == [buck.pk]
    settings.REID_ANTLER_MONTH = 1
    assert load_gallery(scorer).fingerprint != same.fingerprint
