"""Scores in exports: those by the scorer by which a detection was given its deer."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.utils import timezone

from exports.archive.metadata import read_detections, table
from exports.camtrap.sources import read_sources
from reid import reviewing
from reid.embedding import scorers
from reid.identifying import identify
from reid.models import Detection, Scorer
from reid.tests import make
from reid.tests.herds import herd
from reid.tests.reviewing import reviewer

pytestmark = pytest.mark.django_db


@pytest.fixture
def given() -> Detection:
    """A detection that a run has given its deer."""
    scorer = herd(10)
    make.threshold(scorer, "0.3")
    run = identify.create_run(scorer)
    while identify.advance(run.pk):
        pass
    detection = Detection.objects.filter(identity_source="auto").order_by("pk").first()
    assert detection is not None
    return detection


def score_by_another_scorer(of: Detection) -> Scorer:
    """Another scorer is activated, and scores the detection against every deer a day later."""
    scorer = make.scorer(is_active=False)
    scorers.activate(scorer)
    run = make.run(scorer, kind="backfill")
    for old in of.scores.all():
        later = timezone.now() + timedelta(days=1)
        make.score(of, old.deer, 9999, run, threshold_used=9000, calculated_at=later)
    return scorer


def row_of(detection: Detection) -> dict[str, str]:
    rows = table([list(read_detections([detection.pk]).values())])
    (row,) = csv.DictReader(io.StringIO("".join(rows), newline=""))
    return row


def scored(detection: Detection) -> tuple[str, str, str]:
    """Similarity, threshold and fingerprint as the table has them."""
    row = row_of(detection)
    return row["similarity_score"], row["threshold_used"], row["embedding_space"]


def test_the_score_stays_that_of_the_run_that_gave_the_deer(given):
    before = scored(given)
    old = given.scores.get(deer=given.deer)
    assert before == (f"{old.similarity_score:.4f}", "0.3000", old.scorer.fingerprint)
    score_by_another_scorer(given)
    assert scored(given) == before


def test_a_persons_confirmation_leaves_the_score_as_it_was(given):
    before = scored(given)
    score_by_another_scorer(given)
    assert given.sighting_id is not None
    assert given.deer_id is not None
    reviewing.confirm(
        sighting=given.sighting_id, deer=given.deer_id, versions={given.pk: given.version},
        actor=reviewer("ben"),
    )  # fmt: skip
    assert scored(given) == before


def test_of_a_deer_that_a_person_gave_it_is_the_score_that_the_person_had(given):
    other = given.scores.exclude(deer=given.deer).select_related("deer", "scorer").first()
    assert other is not None
    assert given.sighting_id is not None
    reviewing.assign(
        sighting=given.sighting_id, deer=other.deer_id, versions={given.pk: given.version},
        actor=reviewer("ben"),
    )  # fmt: skip
    expected = (f"{other.similarity_score:.4f}", "0.3000", other.scorer.fingerprint)
    assert scored(given) == expected
    score_by_another_scorer(given)
    assert scored(given) == expected


def test_an_undone_review_gives_the_run_s_score_back(given):
    before = scored(given)
    other = given.scores.exclude(deer=given.deer).first()
    assert other is not None
    assert given.sighting_id is not None
    done = reviewing.assign(
        sighting=given.sighting_id, deer=other.deer_id, versions={given.pk: given.version},
        actor=reviewer("ben"),
    )  # fmt: skip
    score_by_another_scorer(given)
    reviewing.undo(operation=done.pk, actor=reviewer("ben"), reason="")
    assert scored(given) == before


def test_of_an_imported_deer_it_is_the_latest_score():
    deer = make.deer()
    of = make.detection(deer=deer)
    make.score(of, deer, 6000, make.run(make.scorer()), calculated_at=make.NOON)
    scorer = score_by_another_scorer(of)
    assert scored(of) == ("0.9999", "0.9000", scorer.fingerprint)


def test_where_the_giving_space_has_no_score_left_none_is_named(given):
    given.scores.all().delete()
    other = make.scorer(is_active=False)
    scorers.activate(other)
    run = make.run(other, kind="backfill")
    make.score(given, given.deer, 9999, run, threshold_used=9000)
    assert scored(given) == ("", "", "")


def test_a_certified_name_is_said_to_be_certified_for_its_batch():
    detection = make.detection(deer=make.deer(), identity_source="certified")
    assert row_of(detection)["identity_source"] == "certified for this batch"


def test_camtrap_tags_name_the_same_score(given):
    camera = make.camera("Gate", latitude="30.5", longitude="-98.5")
    given.image.camera, given.image.captured_at = camera, make.NOON
    given.image.save()
    similarity, threshold, space = scored(given)
    score_by_another_scorer(given)
    tags = read_sources((given.pk,), lambda: None).observed[given.pk].tags
    assert f"similarityScore:{similarity} | threshold:{threshold} | embeddingSpace:{space}" in tags


def test_a_score_that_no_space_made_names_its_scorer_alone() -> None:
    pattern = Scorer.objects.create(kind="pattern", name="sift", fingerprint="5" * 64)
    camera = make.camera("Gate", latitude="30.5", longitude="-98.5")
    detection = make.detection(image=make.image(camera=camera), deer=(deer := make.deer()))
    make.score(detection, deer, 9000, make.run(pattern))
    row = row_of(detection)
    named = (row["embedding_space"], row["scorer"], row["scorer_fingerprint"])
    assert named == ("", "pattern", "5" * 64)
    tags = read_sources((detection.pk,), lambda: None).observed[detection.pk].tags
    assert tags.endswith(f"similarityScore:0.9000 | scorer:pattern | scorerFingerprint:{'5' * 64}")
