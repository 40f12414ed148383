"""Embedding of photographs into stored vectors, with a small real model."""

from __future__ import annotations

import numpy as np
import pytest
from django.conf import settings

from reid.embedding import spaces
from reid.embedding.embed import embed, forget_curable_skips
from reid.embedding.preprocessing import prepare
from reid.imaging.canonical import CropRequest, crops_of_image
from reid.imaging.frame import Frame
from reid.models import Detection, Embedding, SkippedEmbedding
from reid.networks.model_card import ModelRefused
from reid.tests import make, tiny_models

pytestmark = pytest.mark.django_db


@pytest.fixture
def space(tmp_path, settings, monkeypatch, media_root):
    monkeypatch.setattr(spaces, "_loaded", {})
    settings.MODEL_ROOT = tmp_path
    settings.REID_BATCH_SIZE = 3
    weights = tiny_models.torchscript(tiny_models.Colours())
    return spaces.register(tiny_models.folder(tmp_path, "tiny", weights))


def missing(space):
    return (
        Detection.objects.without_embedding_in(space).select_related("image").order_by("image_id")
    )


def run(space, **options):
    return embed(missing(space), space, spaces.embedder_of(space), **options)


def test_each_detection_gets_the_embedding_of_its_own_crop(space) -> None:
    for _ in range(4):
        image = make.image(with_file=True)
        for x in (0, 60, 120):
            make.detection(image=image, x=x, y=0, width=90, height=120)
    seen: list[int] = []
    counts = run(space, on_progress=seen.append)
    assert (counts.embedded, sum(seen), dict(counts.skipped)) == (12, 12, {})
    embedder = spaces.embedder_of(space)
    for row in Embedding.objects.select_related("detection"):
        image = row.detection.image
        cut = crops_of_image(Frame.of(image), [CropRequest.of(row.detection)])[0].crop
        expected = embedder.embed(prepare(cut, embedder.card)[None])[0]  # type: ignore[arg-type]
        np.testing.assert_allclose(row.vector, expected, atol=1e-6)


def test_what_cannot_be_embedded_is_skipped_with_its_reason_and_costs_nothing_else(space) -> None:
    image = make.image(with_file=True)
    good = make.detection(image=image)
    small = make.detection(image=image, width=10)
    gone = make.detection()
    counts = run(space)
    assert counts.embedded == 1
    assert dict(counts.skipped) == {"too_small": 1, "missing": 1}
    assert Embedding.objects.get().detection == good
    reasons = dict(SkippedEmbedding.objects.values_list("detection", "reason"))
    assert reasons == {small.pk: "too_small", gone.pk: "missing"}
    assert not missing(space).exists()


def test_what_has_come_back_or_is_allowed_by_now_is_tried_again(space, settings) -> None:
    lost = make.detection()
    small = make.detection(image=make.image(with_file=True), width=40)
    smaller = make.detection(image=make.image(with_file=True), width=10)
    overwritten = make.detection(image=make.image(with_file=True))
    photograph = (settings.MEDIA_ROOT / overwritten.image.path).read_bytes()
    make.photograph(overwritten.image.path, seed=99)
    run(space)
    assert overwritten.skips.get().reason == "changed"
    (settings.MEDIA_ROOT / overwritten.image.path).write_bytes(photograph)
    checksum = make.photograph(lost.image.path)
    type(lost.image).objects.filter(pk=lost.image_id).update(sha256=checksum)
    settings.REID_MIN_CROP = 40
    assert forget_curable_skips(space) == 3
    assert run(space).embedded == 3
    embedded = set(Embedding.objects.values_list("detection", flat=True))
    assert embedded == {lost.pk, small.pk, overwritten.pk}
    assert SkippedEmbedding.objects.get().detection == smaller


def test_repeating_it_changes_nothing(space) -> None:
    everything = [make.detection(image=make.image(with_file=True))]
    for _ in range(2):
        embed(everything, space, spaces.embedder_of(space))
    assert Embedding.objects.count() == 1


def test_nothing_to_embed(space) -> None:
    assert run(space).embedded == 0


def test_writes_go_on_while_the_model_works(space) -> None:
    detections = 3 * settings.REID_BATCH_SIZE * 8 + 1
    image = make.image(with_file=True)
    for x in range(detections):
        make.detection(image=image, x=x)
    seen: list[int] = []
    run(space, on_progress=seen.append)
    assert seen == [24, 24, 24, 1]


def test_a_model_that_fails_half_way_ends_the_pass_and_keeps_what_was_written(space) -> None:
    image = make.image(with_file=True)
    for x in range(30):
        make.detection(image=image, x=x)

    class Failing:
        card = spaces.embedder_of(space).card
        batches = 0

        def embed(self, pixels):
            self.batches += 1
            if self.batches > 9:
                raise ModelRefused("NaN")
            return spaces.embedder_of(space).embed(pixels)

    with pytest.raises(ModelRefused):
        embed(missing(space), space, Failing())  # type: ignore[arg-type]
    assert Embedding.objects.count() == 24


@pytest.mark.parametrize("change", ["deleted", "hidden", "moved"])
def test_what_is_gone_or_moved_while_the_model_works_gets_no_vector(space, change) -> None:
    """An import that brought it, or its box, was undone meanwhile; its crop would be of another place."""
    image = make.image(with_file=True)
    stays, goes = (make.detection(image=image, x=x) for x in (0, 120))
    skipped = make.detection(image=image, width=10)

    class Slow:
        card = spaces.embedder_of(space).card

        def embed(self, pixels):
            rows = Detection.objects.filter(pk__in=[goes.pk, skipped.pk])
            if change == "deleted":
                rows.delete()
            elif change == "hidden":
                rows.update(hidden_at=make.NOON)
            else:
                rows.update(y=30)
            return spaces.embedder_of(space).embed(pixels)

    counts = embed(missing(space), space, Slow())  # type: ignore[arg-type]
    assert (counts.embedded, dict(counts.skipped)) == (1, {})
    assert Embedding.objects.get().detection == stays
    assert not SkippedEmbedding.objects.exists()
    crops = {path.stem for path in (settings.MEDIA_ROOT / "crops").rglob("*.jpg")}
    assert crops == {str(stays.pk)}
    if change == "moved":
        assert run(space).embedded == 1
        assert not missing(space).exists()
