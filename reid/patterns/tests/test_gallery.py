"""The pattern gallery of a store: who is compared with whom, and what makes a deer's scores stale."""

from __future__ import annotations

import numpy as np
import pytest

from reid.models import Deer, Detection
from reid.patterns import background
from reid.patterns.backgrounds import draw_background
from reid.patterns.card import MatcherCard
from reid.patterns.extract import extract_missing
from reid.patterns.gallery import Listing, PatternGallery, background_of
from reid.patterns.lnbnn import NOBODY, NOT_COMPARABLE, explain, score
from reid.patterns.spreads.kept import load_gallery
from reid.patterns.spreads.measured import of_background
from reid.patterns.stored import stored_keypoints
from reid.patterns.tests.photographs import spotted
from reid.patterns.tests.stores import give_torso, torso_head, with_torso
from reid.tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media_root")]

CARD = MatcherCard(rank=2)


@pytest.fixture(autouse=True)
def small_stores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "FEWEST", 3)


class Store:
    """Ada and Bea with one reference each, strangers, and a frozen background."""

    def __init__(self) -> None:
        self.ada, self.bea = make.deer("Ada"), make.deer("Bea")
        self.of_ada = self.reference(1, self.ada)
        self.of_bea = self.reference(2, self.bea)
        self.strangers = [with_torso(seed, flank="left") for seed in range(10, 16)]
        extract_missing()
        self.background = draw_background()

    def reference(self, seed: int, deer: Deer, flank: str = "left") -> Detection:
        return with_torso(seed, deer=deer, flank=flank, is_reference=True)

    def gallery(self) -> PatternGallery:
        extract_missing()
        base = of_background(background_of(self.background), CARD)
        return load_gallery(Listing.read(self.background, CARD, base))

    def prints(self) -> dict[str, str]:
        gallery = self.gallery()
        names = {deer.pk: deer.name for deer in Deer.objects.all()}
        return {
            names[id_]: text
            for id_, text in zip(gallery.deer, gallery.deer_fingerprints, strict=True)
        }

    def spread(self, deer: Deer) -> float:
        gallery = self.gallery()
        return float(gallery.spreads[gallery.deer.index(deer.pk)])

    def scores(self, probe: Detection) -> dict[str, int]:
        gallery = self.gallery()
        found = stored_keypoints(probe.pk)
        assert found is not None
        assert probe.sighting is not None
        units = score(
            gallery.probe(found, probe.flank, probe.sighting.encounter_id),
            gallery.references,
            gallery.background,
            len(gallery.deer),
            CARD,
            gallery.spreads,
        )
        names = {deer.pk: deer.name for deer in Deer.objects.all()}
        return {names[id_]: int(value) for id_, value in zip(gallery.deer, units, strict=True)}


@pytest.fixture
def store() -> Store:
    return Store()


def test_the_same_coat_is_recognised(store: Store) -> None:
    probe = with_torso(1, flank="left")
    scores = store.scores(probe)
    assert scores["Ada"] > 9000
    assert scores["Bea"] < 1000


def test_another_deers_new_reference_changes_neither_score_nor_fingerprint(store: Store) -> None:
    probe = with_torso(1, flank="left")
    scores, prints = store.scores(probe), store.prints()
    spread = store.spread(store.ada)
    store.reference(1, store.bea)
    assert store.scores(probe)["Ada"] == scores["Ada"]
    assert store.spread(store.ada) == spread
    assert store.scores(probe)["Bea"] > scores["Bea"]
    assert store.prints()["Ada"] == prints["Ada"]
    assert store.prints()["Bea"] != prints["Bea"]


def test_new_photographs_change_nothing_while_the_background_stays(store: Store) -> None:
    probe = with_torso(1, flank="left")
    scores, prints = store.scores(probe), store.prints()
    for seed in range(30, 34):
        with_torso(seed, flank="left")
    assert store.scores(probe) == scores
    assert store.prints() == prints


def test_a_new_background_makes_all_stale(store: Store) -> None:
    prints = store.prints()
    with_torso(40, flank="left")
    extract_missing()
    store.background = draw_background()
    assert not set(prints.values()) & set(store.prints().values())


def test_a_background_photograph_that_gets_a_name_makes_that_deer_stale_alone(store: Store) -> None:
    prints = store.prints()
    Detection.objects.filter(pk=store.strangers[0].pk).update(
        deer=store.ada, identity_source="imported"
    )
    after = store.prints()
    assert after["Ada"] != prints["Ada"]
    assert after["Bea"] == prints["Bea"]
    gallery = store.gallery()
    column = gallery.deer.index(store.ada.pk)
    assert (gallery.background.owners == column).sum() == 2
    assert (gallery.background.owners == NOBODY).sum() == 5


def test_a_background_photograph_that_meets_a_deer_makes_it_stale_alone(store: Store) -> None:
    """It does not count for the spread of a deer that it shares an encounter with."""
    prints = store.prints()
    assert store.of_ada.sighting is not None and store.strangers[0].sighting is not None
    stranger = store.strangers[0].sighting
    stranger.encounter_id = store.of_ada.sighting.encounter_id
    stranger.save()
    after = store.prints()
    assert after["Ada"] != prints["Ada"]
    assert after["Bea"] == prints["Bea"]


def test_a_references_flank_is_part_of_the_fingerprint(store: Store) -> None:
    prints = store.prints()
    Detection.objects.filter(pk=store.of_ada.pk).update(flank="right")
    assert store.prints()["Ada"] != prints["Ada"]
    assert store.scores(with_torso(1, flank="left"))["Ada"] == NOT_COMPARABLE


def test_the_own_encounter_is_left_out(store: Store) -> None:
    scores = store.scores(store.of_ada)
    assert scores["Ada"] == NOT_COMPARABLE
    assert scores["Bea"] != NOT_COMPARABLE


def test_references_without_keypoints_have_no_place(store: Store) -> None:
    cleo = make.deer("Cleo")
    make.detection(deer=cleo, is_reference=True)
    assert cleo.pk not in store.gallery().deer


def test_matched_points_lie_on_the_spots(store: Store) -> None:
    """The same spots, ten pixels to the right: so are the matched points."""
    moved = with_torso(1, flank="left")
    give_torso(moved, *spotted(1, shift=10), torso_head())
    gallery = store.gallery()
    found = stored_keypoints(moved.pk)
    assert found is not None
    matches = explain(
        gallery.probe(found, "left", None),
        gallery.references,
        gallery.ids.index(store.of_ada.pk),
        gallery.background,
        CARD,
    )
    assert len(matches.weights) > 10
    assert (np.diff(matches.weights) <= 0).all()
    steps = (matches.probe - matches.reference) * (432, 288)
    assert np.median(steps, axis=0) == pytest.approx([10, 0], abs=1)
