"""Spreads of a store: measured once, alike for everybody, and of other references anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from reid.models import PatternSpread
from reid.patterns import background
from reid.patterns.backgrounds import draw_background
from reid.patterns.card import MatcherCard
from reid.patterns.extract import extract_missing
from reid.patterns.gallery import Listing, PatternGallery, read_gallery
from reid.patterns.spreads import kept, measured
from reid.patterns.stored import delete_keypoints, store_keypoints, stored_keypoints
from reid.patterns.tests.stores import with_torso
from reid.tests import make

if TYPE_CHECKING:
    from reid.patterns.lnbnn import Photographs

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media_root")]

CARD = MatcherCard(rank=2)
BASE = 0.05


class Store:
    """Ada and Bea with a reference each, and strangers, all of them in the background."""

    def __init__(self) -> None:
        self.ada, self.bea = make.deer("Ada"), make.deer("Bea")
        self.of_ada, self.of_bea = (
            with_torso(seed, deer=deer, flank="left", is_reference=True)
            for seed, deer in ((1, self.ada), (2, self.bea))
        )
        for seed in range(10, 14):
            with_torso(seed, flank="left")
        extract_missing()
        self.background = draw_background()

    def gallery(self, card: MatcherCard = CARD) -> PatternGallery:
        extract_missing()
        return read_gallery(Listing.read(self.background, card, BASE))

    def kept(self) -> dict[str, float]:
        return dict(PatternSpread.objects.values_list("fingerprint", "spread"))


class Measuring:
    """`of_deer`, which notes whose references it got."""

    def __init__(self) -> None:
        self.owners: list[list[int]] = []

    def __call__(self, references: Photographs, *rest: Any) -> Any:
        self.owners.append(sorted(set(references.owners.tolist())))
        return measured.of_deer(references, *rest)


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setattr(background, "FEWEST", 3)
    monkeypatch.setattr(measured, "FEWEST", 3)
    return Store()


@pytest.fixture
def measuring(monkeypatch: pytest.MonkeyPatch) -> Measuring:
    noted = Measuring()
    monkeypatch.setattr(kept, "of_deer", noted)
    return noted


def test_spreads_are_measured_once(store: Store, measuring: Measuring) -> None:
    first = kept.spreads_of(store.gallery(), BASE)
    assert (first > 0).all()
    assert kept.spreads_of(store.gallery(), BASE).tolist() == first.tolist()
    assert measuring.owners == [[0, 1]]
    assert store.kept() == dict(zip(store.gallery().deer_fingerprints, first.tolist(), strict=True))


def test_a_new_reference_measures_its_own_deer_alone(store: Store, measuring: Measuring) -> None:
    before = store.gallery()
    first = kept.spreads_of(before, BASE)
    with_torso(3, deer=store.bea, flank="left", is_reference=True)
    after = store.gallery()
    second = kept.spreads_of(after, BASE)
    ada, bea = after.deer.index(store.ada.pk), after.deer.index(store.bea.pk)
    assert measuring.owners[1:] == [[bea]]
    assert second[ada] == first[ada]
    assert len(store.kept()) == 3


def test_of_two_workers_the_first_to_write_is_right(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one writes while this one measures."""
    gallery = store.gallery()

    def overtaken(*args: Any) -> Any:
        PatternSpread.objects.create(fingerprint=gallery.deer_fingerprints[0], spread=0.5)
        return measured.of_deer(*args)

    monkeypatch.setattr(kept, "of_deer", overtaken)
    found = kept.spreads_of(gallery, BASE)
    assert found[0] == 0.5 == store.kept()[gallery.deer_fingerprints[0]]
    assert found[1] == store.kept()[gallery.deer_fingerprints[1]]


def test_what_was_stopped_is_measured_by_the_next_one(store: Store) -> None:
    def stop(_done: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        kept.spreads_of(store.gallery(), BASE, stop)
    assert store.kept() == {}
    assert len(kept.spreads_of(store.gallery(), BASE)) == len(store.kept()) == 2


def test_a_deer_with_a_lost_reference_is_measured_and_not_kept(store: Store) -> None:
    second = with_torso(3, deer=store.bea, flank="left", is_reference=True)
    extract_missing()
    lost = stored_keypoints(second.pk)
    assert lost is not None
    delete_keypoints(second.pk)
    gallery = store.gallery()
    assert len(kept.spreads_of(gallery, BASE)) == 2
    assert set(store.kept()) == {gallery.deer_fingerprints[gallery.deer.index(store.ada.pk)]}
    store_keypoints(second.pk, lost)
    kept.spreads_of(store.gallery(), BASE)
    assert set(store.kept()) == set(store.gallery().deer_fingerprints)


def test_a_matcher_of_the_first_version_divides_by_nothing(store: Store) -> None:
    first = MatcherCard(rank=2, softness=1.0, probes=0, version="1")
    found = kept.load_gallery(Listing.read(store.background, first, measured.NOTHING))
    assert found.spreads.tolist() == [1.0, 1.0]
    assert store.kept() == {}


def test_a_loaded_gallery_has_its_spreads(store: Store) -> None:
    listing = Listing.read(store.background, CARD, BASE)
    found = kept.load_gallery(listing)
    assert np.array_equal(found.spreads, [store.kept()[name] for name in found.deer_fingerprints])
