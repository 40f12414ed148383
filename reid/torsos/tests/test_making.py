"""Torsos of photographs, made by a mask head that always finds one in the middle."""

from __future__ import annotations

import numpy as np
import pytest
from django.core.files.storage import default_storage

from reid.imaging.canonical import crop_name
from reid.imaging.derived_files import torso_name
from reid.imaging.frames import read_stored
from reid.models import Detection, Torso
from reid.networks.model_card import ModelRefused
from reid.storage.folder import FolderStorage
from reid.tests import make
from reid.torsos import gate, heads, making
from reid.torsos.making import forget_curable, make_missing, make_torsos
from reid.torsos.stored import stored_torso
from reid.torsos.tests.heads import middle_head, nowhere_head

pytestmark = pytest.mark.django_db


@pytest.fixture
def head(monkeypatch, media_root):
    monkeypatch.setattr(heads, "_loaded", {})
    monkeypatch.setattr(gate, "LEAST_SHARPNESS", 0.0)  # the test pictures are smooth
    return heads.activate(heads.register(middle_head(), "own"))


def missing(head):
    found = Detection.objects.without_torso_of(head).select_related("image")
    return found.order_by("image_id", "pk")


def large(**fields):
    """A detection that is large enough to be compared."""
    image = fields.pop("image", None) or make.image(with_file=True)
    return make.detection(**{"image": image, "x": 0, "y": 0, "width": 300, "height": 230} | fields)


def test_each_detection_gets_a_row_and_an_upright_torso(head) -> None:
    detections = [large() for _ in range(3)]
    seen: list[int] = []
    counts = make_torsos(missing(head), head, seen.append)
    assert (counts.aligned, dict(counts.refused), sum(seen)) == (3, {}, 3)
    assert not missing(head).exists()
    for detection in detections:
        row = detection.torso
        assert (row.head, row.is_aligned, row.reason) == (head, True, "")
        # an ellipse of 0.7 x 0.4 of the crop: its area, and the ratio of its axes in pixels
        assert row.coverage == pytest.approx(np.pi * 0.35 * 0.2, abs=0.02)
        assert row.elongation == pytest.approx(0.7 / 0.4 * 315 / 240, rel=0.06)
        assert np.shape(row.to_crop) == (2, 3)
        torso = stored_torso(detection.pk)
        assert torso is not None
        assert torso.head == head.fingerprint
        assert torso.mask[144, 216] > 250
        assert torso.mask[2, 2] < 5


def test_a_second_pass_has_nothing_to_do_and_a_repeated_one_changes_nothing(head) -> None:
    detection = large()
    make_torsos(missing(head), head)
    before = Torso.objects.values().get()
    content = read_stored(torso_name(detection.pk))
    assert make_torsos(missing(head), head).aligned == 0
    make_torsos(Detection.objects.select_related("image"), head)
    after = Torso.objects.values().get()
    assert {**before, "made_at": None} == {**after, "made_at": None}
    assert read_stored(torso_name(detection.pk)) == content


def test_another_head_makes_them_stale_and_replaces_them(head) -> None:
    detection = large()
    make_torsos(missing(head), head)
    other = heads.activate(heads.register(nowhere_head(), "own"))
    assert list(missing(other)) == [detection]
    counts = make_torsos(missing(other), other)
    assert dict(counts.refused) == {"no_torso": 1}
    row = Torso.objects.get()
    assert (row.head, row.is_aligned, row.reason, row.angle) == (other, False, "no_torso", None)
    assert stored_torso(detection.pk) is None
    assert not default_storage.exists(torso_name(detection.pk))


def test_what_cannot_be_read_has_a_reason_and_costs_nothing_else(head) -> None:
    good = large()
    small = make.detection(image=good.image, width=10)
    gone = make.detection()
    counts = make_torsos(missing(head), head)
    assert counts.aligned == 1
    assert dict(counts.refused) == {"too_small": 1, "missing": 1}
    reasons = dict(Torso.objects.values_list("detection", "reason"))
    assert reasons == {good.pk: "", small.pk: "too_small", gone.pk: "missing"}


def test_what_may_be_there_by_now_is_tried_again(head, settings) -> None:
    gone = make.detection()
    narrow = large(width=60, height=60)  # its torso is too small for the gate, and stays so
    tiny = make.detection(image=make.image(with_file=True), width=10)
    make_torsos(missing(head), head)
    assert narrow.torso.reason == tiny.torso.reason == "too_small"
    settings.REID_MIN_CROP = 8
    assert forget_curable() == 2
    assert set(missing(head)) == {gone, tiny}


def test_a_torso_that_the_gate_turns_down_is_kept_for_people_alone(head) -> None:
    image = make.image(with_file=True)
    one, other = large(image=image), large(image=image, x=20, width=280)
    make_torsos(missing(head), head)
    for detection in (one, other):
        assert (detection.torso.is_aligned, detection.torso.reason) == (False, "several")
        assert detection.torso.overlap == pytest.approx(280 / 300 if detection == one else 1.0)
        assert stored_torso(detection.pk) is None
        assert stored_torso(detection.pk, is_aligned=False) is not None


def test_boxes_that_were_thrown_out_cover_nothing(head) -> None:
    image = make.image(with_file=True)
    one = large(image=image)
    large(image=image, x=20, width=280, is_valid=False)
    make_torsos(missing(head), head)
    assert (one.torso.is_aligned, one.torso.overlap) == (True, 0.0)


@pytest.mark.parametrize("change", ["deleted", "hidden", "moved"])
def test_what_is_gone_or_moved_meanwhile_gets_no_torso(head, monkeypatch, change) -> None:
    """Its crop and its torso would be of another place."""
    stays, goes = large(), large()
    covered = making._covered

    def meanwhile(chunk):
        rows = Detection.objects.filter(pk=goes.pk)
        if change == "deleted":
            rows.delete()
        elif change == "hidden":
            rows.update(hidden_at=make.NOON)
        else:
            rows.update(x=10)
        return covered(chunk)

    with monkeypatch.context() as patched:
        patched.setattr(making, "_covered", meanwhile)
        counts = make_torsos(missing(head), head)
    assert (counts.aligned, dict(counts.refused)) == (1, {})
    assert Torso.objects.get().detection == stays
    assert not default_storage.exists(torso_name(goes.pk))
    assert not default_storage.exists(crop_name(goes.pk))
    if change == "moved":
        assert make_torsos(missing(head), head).aligned == 1


def test_a_pass_goes_on_with_the_head_that_is_taken_into_use_meanwhile(head, monkeypatch) -> None:
    monkeypatch.setattr(making, "_READ", 1)
    for _ in range(3):
        large()
    other = heads.register(nowhere_head(), "own")

    def meanwhile(_done: int) -> None:
        heads.activate(other)

    make_missing(on_progress=meanwhile)
    assert set(Torso.objects.values_list("head", flat=True)) == {other.pk}


def test_a_full_disk_leaves_no_row(head, monkeypatch) -> None:
    large()

    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(FolderStorage, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        make_torsos(missing(head), head)
    assert not Torso.objects.exists()


def test_a_head_that_masks_otherwise_than_it_did_writes_nothing(head) -> None:
    large()
    type(head).objects.update(sentinels=head.sentinels + 0.05)
    head.refresh_from_db()
    heads._loaded.clear()
    with pytest.raises(ModelRefused, match="no longer masks as it did"):
        make_torsos(missing(head), head)
    assert not Torso.objects.exists()
