"""Extraction: a file and a row a detection, reasons kept, nothing done twice, stale ones done again."""

from __future__ import annotations

import numpy as np
import pytest
from django.core.files.storage import default_storage

from reid.imaging.derived_files import keypoints_name
from reid.models import Detection, PatternKeypoints, PatternSpread, Torso
from reid.patterns import keypoints, sentinel
from reid.patterns.extract import extract, extract_missing, without_keypoints
from reid.patterns.keypoints import find
from reid.patterns.stored import stored_keypoints
from reid.patterns.tests.photographs import spotted
from reid.patterns.tests.stores import give_torso, torso_head, with_torso, without_torso
from reid.torsos.stored import delete_torso, stored_torso

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media_root")]


def test_each_torso_gets_its_keypoints() -> None:
    detections = [with_torso(seed) for seed in range(3)]
    seen: list[int] = []
    counts = extract_missing(on_progress=seen.append)
    assert (counts.found, counts.lost, sum(seen)) == (3, 0, 3)
    for detection in detections:
        torso, found = stored_torso(detection.pk), stored_keypoints(detection.pk)
        assert torso is not None
        assert found is not None
        assert found.to_bytes() == find(torso.crop, torso.mask).to_bytes()
        row = PatternKeypoints.objects.get(detection=detection)
        assert (row.count, row.reason, row.extractor) == (len(found), "", keypoints.FINGERPRINT)


def test_a_second_pass_has_nothing_to_do_and_a_repeated_one_changes_nothing() -> None:
    detection = with_torso(1)
    extract_missing()
    before = PatternKeypoints.objects.values().get()
    assert extract_missing().total == 0
    extract(Detection.objects.select_related("torso__head"))
    assert PatternKeypoints.objects.values().get() == before
    assert stored_keypoints(detection.pk) is not None


def test_what_has_no_torso_keeps_the_reason() -> None:
    without_torso()
    assert extract_missing().refused == {"no_torso": 1}
    assert not without_keypoints().exists()


def test_a_plain_torso_has_too_few() -> None:
    plain = with_torso(1)
    mask = np.full((288, 432), 255, np.uint8)
    give_torso(plain, np.full((288, 432, 3), 90, np.uint8), mask, torso_head())
    assert extract_missing().refused == {"too_few": 1}
    assert PatternKeypoints.objects.get().reason == PatternKeypoints.Reason.TOO_FEW
    assert stored_keypoints(plain.pk) is None


def test_a_detection_without_a_torso_row_waits() -> None:
    detection = with_torso(1)
    Torso.objects.all().delete()
    assert extract_missing().total == 0
    assert not default_storage.exists(keypoints_name(detection.pk))


def test_a_torso_of_another_head_is_looked_at_again() -> None:
    detection = with_torso(1)
    extract_missing()
    other = torso_head("b" * 64)
    give_torso(detection, *spotted(2), other)
    assert extract_missing().found == 1
    assert PatternKeypoints.objects.get().torso_head == other
    assert not without_keypoints().exists()


def test_a_torso_that_is_found_at_last_is_looked_at() -> None:
    detection = without_torso()
    extract_missing()
    give_torso(detection, *spotted(2), torso_head())
    assert extract_missing().found == 1


def test_a_torso_that_is_no_more_takes_its_keypoints_along() -> None:
    detection = with_torso(1)
    extract_missing()
    Torso.objects.update(is_aligned=False, reason="several")
    assert extract_missing().refused == {"no_torso": 1}
    assert stored_keypoints(detection.pk) is None


def test_keypoints_of_another_extractor_are_found_anew() -> None:
    with_torso(1)
    extract_missing()
    PatternKeypoints.objects.update(extractor="0" * 64)
    assert extract_missing().found == 1


def test_a_torso_whose_file_is_gone_waits_and_stops_nobody() -> None:
    lost, whole = with_torso(1), with_torso(2)
    delete_torso(lost.pk)
    counts = extract_missing()
    assert (counts.found, counts.lost) == (1, 1)
    assert PatternKeypoints.objects.get().detection == whole
    assert without_keypoints().get() == lost


@pytest.mark.parametrize("change", ["deleted", "moved"])
def test_what_is_gone_or_moved_meanwhile_gets_no_keypoints(
    monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    goes, stays = with_torso(1), with_torso(2)

    def meanwhile() -> None:
        rows = Detection.objects.filter(pk=goes.pk)
        if change == "deleted":
            rows.delete()
        else:
            rows.update(x=50)

    with monkeypatch.context() as patched:
        patched.setattr(sentinel, "check", meanwhile)
        counts = extract_missing()
    assert (counts.found, counts.lost) == (1, 0)
    assert PatternKeypoints.objects.get().detection == stays
    assert not default_storage.exists(keypoints_name(goes.pk))


def test_other_keypoints_under_another_head_outdate_scores_and_spreads() -> None:
    detection = with_torso(1)
    extract_missing()
    PatternSpread.objects.create(fingerprint="a" * 16, spread=1.0)
    outdated = Detection.objects.filter(scores_stale=True)
    assert not outdated.exists()
    give_torso(detection, *spotted(2), torso_head("b" * 64))
    extract_missing()
    assert list(outdated) == [detection]
    assert not PatternSpread.objects.exists()


def test_a_limit_is_kept() -> None:
    for seed in range(3):
        with_torso(seed)
    assert extract_missing(2).found == 2
    assert without_keypoints().count() == 1


def test_what_is_no_deer_is_left_alone() -> None:
    with_torso(1, classification="cattle")
    assert extract_missing().total == 0


def test_nothing_is_stored_by_an_opencv_that_finds_others(monkeypatch: pytest.MonkeyPatch) -> None:
    with_torso(1)
    monkeypatch.setattr(keypoints, "_ENLARGED", 1.6)
    with pytest.raises(sentinel.Drifted):
        extract_missing()
    assert not PatternKeypoints.objects.exists()
