"""Networks of torsos: what they are shown, and what they refuse to be shown."""

from __future__ import annotations

import numpy as np
import pytest
from django.core.files.storage import default_storage

from reid.embedding import spaces
from reid.embedding.embed import embed
from reid.embedding.preprocessing import as_view, prepare, torso_view
from reid.identifying import self_match
from reid.imaging.canonical import stored_crop
from reid.imaging.derived_files import torso_name
from reid.models import Detection, Embedding, Torso, TorsoHead
from reid.networks.model_card import ModelRefused
from reid.tests import make, tiny_models
from reid.torsos import gate, heads
from reid.torsos.stored import stored_torso
from reid.torsos.tests.heads import middle_head, nowhere_head

pytestmark = pytest.mark.django_db


@pytest.fixture
def space(tmp_path, settings, monkeypatch, media_root):
    """Of a network that sees the mean colours of quarters of torsos, found in the middle of each crop."""
    monkeypatch.setattr(spaces, "_loaded", {})
    monkeypatch.setattr(heads, "_loaded", {})
    monkeypatch.setattr(gate, "LEAST_SHARPNESS", 0.0)  # the test pictures are smooth
    settings.MODEL_ROOT = tmp_path
    head = heads.activate(heads.register(middle_head(), TorsoHead.Origin.OWN))
    card = tiny_models.folder(
        tmp_path,
        "torsos",
        tiny_models.torchscript(tiny_models.Colours()),
        crop="torso",
        torso_head=head.fingerprint,
        dimming=0.25,
    )
    return spaces.register(card)


def run(space):
    missing = Detection.objects.without_embedding_in(space).select_related("image")
    return embed(missing.order_by("image_id", "pk"), space, spaces.embedder_of(space))


def large(**fields):
    of = make.image(with_file=True)
    return make.detection(image=of, x=0, y=0, width=300, height=230, **fields)


def vector(space, picture):
    embedder = spaces.embedder_of(space)
    return embedder.embed(prepare(picture, embedder.card)[None])[0]


def test_a_torso_is_made_and_embedded_and_a_detection_without_one_is_shown_as_its_crop(
    space,
) -> None:
    aligned, small = large(), make.detection(image=make.image(with_file=True), width=50, height=50)
    counts = run(space)
    assert (counts.embedded, dict(counts.skipped)) == (2, {})
    assert [Torso.objects.get(pk=item.pk).is_aligned for item in (aligned, small)] == [True, False]
    torso, crop = stored_torso(aligned.pk), stored_crop(small.pk)
    assert torso is not None
    assert crop is not None
    expected = {aligned: torso_view(torso.crop, torso.mask), small: as_view(crop)}
    for detection, view in expected.items():
        row = Embedding.objects.get(detection=detection)
        np.testing.assert_allclose(row.vector, vector(space, view), atol=1e-6)
    whole = stored_crop(aligned.pk)
    assert whole is not None
    assert Embedding.objects.get(detection=aligned).vector @ vector(space, whole) < 0.9999


def test_a_torso_that_vanished_is_made_again_and_the_crop_does_not_stand_for_it(space) -> None:
    detection = large()
    run(space)
    before = Embedding.objects.get().vector
    Embedding.objects.all().delete()
    default_storage.delete(torso_name(detection.pk))
    run(space)
    np.testing.assert_allclose(Embedding.objects.get().vector, before, atol=1e-6)
    assert stored_torso(detection.pk) is not None


def test_torsos_of_another_mask_head_are_never_embedded(space) -> None:
    large()
    heads.activate(heads.register(nowhere_head(), TorsoHead.Origin.OWN))
    with pytest.raises(ModelRefused, match="torso_heads activate"):
        run(space)
    assert not Embedding.objects.exists()


def test_references_match_themselves_by_their_torsos(space) -> None:
    deer = make.deer()
    for _ in range(2):
        large(deer=deer, is_reference=True)
    run(space)
    assert self_match.check(space) == 2
