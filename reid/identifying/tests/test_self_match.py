"""Self-match check: references that do not match themselves stop a run before it writes anything."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from django.conf import settings

from reid.embedding import spaces
from reid.identifying import backfill, identify, self_match
from reid.imaging.canonical import crop_name
from reid.models import Decision, Detection, Embedding, ReidRun, Scorer, SimilarityScore
from reid.networks.model_card import ModelRefused
from reid.tests import make, tiny_models

pytestmark = pytest.mark.django_db


@pytest.fixture
def space(tmp_path, settings, monkeypatch, media_root):
    """A small real model; four references and two probes, embedded from their photographs."""
    monkeypatch.setattr(spaces, "_loaded", {})
    settings.MODEL_ROOT = tmp_path
    weights = tiny_models.torchscript(tiny_models.Colours())
    space = spaces.activate(spaces.register(tiny_models.folder(tmp_path, "tiny", weights)))
    for number in range(6):
        is_known = number < 4
        make.detection(
            image=make.image(with_file=True),
            deer=make.deer() if is_known else None,
            is_reference=is_known,
        )
    run_to_end(identify.create_run(Scorer.objects.of(space)))
    return space


def run_to_end(run: ReidRun) -> None:
    kind = backfill if run.kind == ReidRun.Kind.BACKFILL else identify
    while kind.advance(run.pk):
        pass
    run.refresh_from_db()


def tamper(space) -> Detection:
    """Give one reference the vector of something else, as a restored backup would."""
    row = Embedding.objects.filter(space=space, detection__is_reference=True)[0]
    row.vector = np.roll(row.vector, 1)
    row.save()
    return row.detection


def test_sound_references_score_one_against_themselves(space) -> None:
    assert self_match.check(space) == 4
    again = identify.create_run(Scorer.objects.of(space))
    run_to_end(again)
    assert again.state == "completed"


def test_own_scores_are_exact_units() -> None:
    stored = np.array([[1, 0], [1, 0], [0.6, 0.8]], np.float32)
    anew = np.array([[1, 0], [0.6, 0.8], [0.6, 0.8]], np.float32)
    assert self_match.own_scores(list(stored), anew).tolist() == [10_000, 6000, 10_000]


@pytest.mark.parametrize("kind", [identify, backfill])
def test_a_reference_that_is_another_vector_now_stops_a_run_before_it_writes(space, kind) -> None:
    tamper(space)
    SimilarityScore.objects.all().delete()
    Decision.objects.all().delete()
    probe = make.detection(image=make.image(with_file=True))
    part = backfill.Part() if kind is backfill else identify.IdentifyScope()
    failed = kind.create_run(Scorer.objects.of(space), part)
    with pytest.raises(ModelRefused) as refusal:
        kind.advance(failed.pk)
    assert "1 of 4 references do not match themselves" in str(refusal.value)
    failed.refresh_from_db()
    assert (failed.state, failed.error) == ("failed", f"ModelRefused: {refusal.value}")
    assert not SimilarityScore.objects.exists()
    assert not Decision.objects.exists()
    assert not Embedding.objects.filter(detection=probe).exists()


def test_a_crop_of_another_animal_stops_a_run_too(space) -> None:
    keys = Detection.objects.references().values_list("pk", flat=True)[:2]
    one, other = (settings.MEDIA_ROOT / crop_name(key) for key in keys)
    one.write_bytes(other.read_bytes())
    with pytest.raises(ModelRefused, match="1 of 4"):
        self_match.check(space)


def test_references_without_a_crop_or_vector_are_not_judged(space) -> None:
    one, two, *_ = Detection.objects.references()
    (settings.MEDIA_ROOT / crop_name(one.pk)).unlink()
    Embedding.objects.filter(detection=two).delete()
    assert self_match.check(space) == 2
    assert self_match.check(make.space(is_active=False)) == 0


def test_a_large_gallery_is_sampled_evenly(monkeypatch) -> None:
    space, deer = make.space(2), make.deer()
    keys = sorted(
        make.embedding(make.detection(deer=deer, is_reference=True), space, 1, 0).detection_id
        for _ in range(7)
    )
    monkeypatch.setattr(self_match, "SAMPLE", 3)
    assert self_match._sample(space) == [keys[0], keys[3], keys[6]]


def test_activating_another_space_keeps_the_old_one_whole_and_marked(space, tmp_path) -> None:
    """Nothing of one space enters the other; a backfill fills the new one with its own."""

    def rows_of(space) -> tuple[list[bytes], list[Any]]:
        vectors = Embedding.objects.filter(space=space).order_by("pk")
        scores = SimilarityScore.objects.filter(scorer__space=space).order_by("pk")
        return [row.vector.tobytes() for row in vectors], list(scores.values_list())

    before = rows_of(space)
    weights = tiny_models.torchscript(tiny_models.FeatureMap())
    card = tiny_models.folder(tmp_path, "map", weights, pooling="avg", dimension=3)
    second = spaces.activate(spaces.register(card))
    filled = backfill.create_run(None, backfill.Part())
    run_to_end(filled)
    assert (filled.scorer, filled.counts["embedded"]) == (Scorer.objects.of(second), 6)
    assert rows_of(space) == before
    vectors, scores = rows_of(second)
    assert ({len(row) for row in vectors}, len(vectors)) == ({3 * 4}, 6)
    assert len(scores) == len(before[1])
