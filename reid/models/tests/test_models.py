"""Database constraints that the rest of the code leans on, on whichever database the suite runs."""

from __future__ import annotations

import numpy as np
import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from reid.models import Detection, Embedding, EmbeddingSpace, Scorer
from reid.tests import make

pytestmark = pytest.mark.django_db


def refused(action) -> bool:
    try:
        with transaction.atomic():
            action()
    except IntegrityError:
        return True
    return False


def test_a_vector_comes_back_as_it_was_written() -> None:
    vector = make.unit(3, 4, 0, 0)
    row = Embedding.objects.create(detection=make.detection(), space=make.space(), vector=vector)
    row.refresh_from_db()
    assert row.vector.dtype == np.float32
    np.testing.assert_array_equal(row.vector, vector)


@pytest.mark.parametrize("values", [(1.0, 1.0), (0.0, 0.0), (float("nan"), 1.0)])
def test_an_embedding_that_is_no_unit_vector_is_refused(values) -> None:
    with pytest.raises(ValidationError):
        Embedding.objects.create(
            detection=make.detection(), space=make.space(2), vector=np.array(values)
        )


def test_one_space_is_active() -> None:
    make.space()
    assert refused(make.space)
    make.space(is_active=False)
    assert EmbeddingSpace.objects.count() == 2


def test_the_corrected_class_wins() -> None:
    row = make.detection(classification="buck")
    row.refresh_from_db()
    assert row.effective_class == "buck"
    Detection.objects.filter(pk=row.pk).update(corrected_classification="doe")
    assert Detection.objects.get(effective_class="doe") == row


def test_a_box_needs_an_area() -> None:
    assert refused(lambda: make.detection(width=0))


def test_an_identity_needs_a_deer_and_the_reverse() -> None:
    assert refused(lambda: make.detection(identity_source="auto"))
    assert refused(lambda: make.detection(deer=make.deer(), identity_source="none"))


def test_an_automatic_match_is_no_reference() -> None:
    assert refused(
        lambda: make.detection(deer=make.deer(), identity_source="auto", is_reference=True)
    )
    make.detection(deer=make.deer(), is_reference=True)


def test_a_score_stays_in_its_range_and_is_one_a_pair() -> None:
    run, detection, deer = make.run(make.scorer()), make.detection(), make.deer()
    assert refused(lambda: make.score(detection, deer, 10_001, run))
    assert make.score(detection, deer, 10_000, run).similarity_score == 1.0
    assert refused(lambda: make.score(detection, deer, 1, run))


def test_people_and_vehicles_are_not_public() -> None:
    make.detection(classification="person")
    make.detection(classification="doe", corrected_classification="vehicle")
    public = make.detection(classification="vehicle", corrected_classification="doe")
    assert list(Detection.objects.public()) == [public]


def test_a_scorer_has_the_parts_of_its_kind() -> None:
    scorer = make.scorer()

    def of(kind: str, **fields: object) -> None:
        Scorer.objects.create(kind=kind, name=kind, fingerprint=kind[0] * 64, **fields)

    parts = {"embedding": scorer, "pattern": scorer}
    assert refused(lambda: of("embedding"))
    assert refused(lambda: of("embedding", space=scorer.space))  # the space has one
    assert refused(lambda: of("pattern", space=scorer.space))
    assert refused(lambda: of("pattern", embedding=scorer))
    assert refused(lambda: of("fused", **parts))
    assert refused(lambda: of("fused", space=scorer.space, embedding=scorer))
    of("pattern")
    of("fused", space=scorer.space, **parts)
    assert refused(lambda: Scorer.objects.filter(kind="fused").update(is_active=True))
