"""Backgrounds of a store: frozen, kept by themselves, and refused where they are not what was drawn."""

from __future__ import annotations

import pytest
from django.core.files.storage import default_storage

from reid.models import Detection, PatternBackground, PatternKeypoints
from reid.patterns import background, backgrounds
from reid.patterns.backgrounds import draw_background, is_due, members_of
from reid.patterns.extract import extract_missing
from reid.patterns.keypoints import NoKeypoints
from reid.patterns.stored import background_name, delete_keypoints, stored_keypoints
from reid.patterns.tests.stores import with_torso, without_torso
from reid.tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media_root")]


@pytest.fixture(autouse=True)
def small_stores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "FEWEST", 3)


@pytest.fixture
def store() -> list[Detection]:
    ada = make.deer("Ada")
    found = [with_torso(1, deer=ada, flank="left"), with_torso(2, flank="right"), with_torso(3)]
    without_torso()
    extract_missing()
    return found


def test_named_and_unnamed_photographs_are_drawn(store: list[Detection]) -> None:
    drawn = draw_background()
    assert (drawn.size, drawn.store_size) == (3, 3)
    members = members_of(drawn)
    assert {(id_, side) for id_, side, _ in members} == {
        (store[0].pk, 1),
        (store[1].pk, -1),
        (store[2].pk, 0),
    }
    for id_, _, found in members:
        stored = stored_keypoints(id_)
        assert stored is not None
        assert found.to_bytes() == stored.to_bytes()


def test_names_do_not_decide_who_is_drawn(store: list[Detection]) -> None:
    before = draw_background()
    Detection.objects.filter(pk=store[2].pk).update(
        deer=make.deer("Bea"), identity_source="imported"
    )
    assert draw_background() == before
    assert PatternBackground.objects.count() == 1


def test_a_background_stays_when_its_photographs_go(store: list[Detection]) -> None:
    drawn = draw_background()
    before = [found.to_bytes() for _, _, found in members_of(drawn)]
    for detection in store:
        delete_keypoints(detection.pk)
        detection.delete()
    assert [found.to_bytes() for _, _, found in members_of(drawn)] == before


def test_a_background_is_never_changed(store: list[Detection]) -> None:
    drawn = draw_background()
    drawn.size = 2
    with pytest.raises(RuntimeError, match="never changes"):
        drawn.save()


def test_a_damaged_background_is_refused(store: list[Detection]) -> None:
    drawn = draw_background()
    name = background_name(drawn.fingerprint)
    with default_storage.open(name, "rb+") as file:
        file.seek(600)
        file.write(b"\xff\x00")
    with pytest.raises(NoKeypoints, match="draw a new"):
        members_of(drawn)
    default_storage.delete(name)
    with pytest.raises(NoKeypoints, match="draw a new"):
        members_of(drawn)


def test_lost_keypoints_are_left_out(store: list[Detection]) -> None:
    with_torso(4)
    extract_missing()
    delete_keypoints(store[0].pk)
    drawn = draw_background()
    assert drawn.size == 3
    assert store[0].pk not in {id_ for id_, _, _ in members_of(drawn)}


def test_a_store_with_too_few_has_none(store: list[Detection]) -> None:
    PatternKeypoints.objects.filter(detection=store[0]).delete()
    with pytest.raises(background.NoBackground, match="has 2"):
        draw_background()


def test_a_new_one_is_due_when_the_store_has_doubled(store: list[Detection]) -> None:
    drawn = draw_background()
    for seed in range(2):
        with_torso(seed)
    extract_missing()
    assert not is_due(drawn)
    with_torso(9)
    extract_missing()
    assert is_due(drawn)


def test_a_new_one_is_due_for_another_extractor(
    store: list[Detection], monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = draw_background()
    monkeypatch.setattr(backgrounds, "FINGERPRINT", "0" * 64)
    assert is_due(drawn)
