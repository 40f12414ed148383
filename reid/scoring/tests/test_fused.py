"""Fused scorers: made by a run of a store with photographs enough, logged beside their parts, and stale deer by deer."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from reid.embedding import scorers
from reid.embedding.identities import IDENTITIES
from reid.identifying import apply_threshold, backfill, identify, run_workers, stale_scores
from reid.matching.calibration import POOLED, SHIPPED, Calibration, Weights
from reid.models import (
    Detection,
    PatternBackground,
    PatternKeypoints,
    PatternSpread,
    ReidRun,
    Scorer,
    SimilarityScore,
    Training,
)
from reid.patterns import background, extract
from reid.patterns.backgrounds import draw_background
from reid.patterns.card import MatcherCard
from reid.patterns.tests.photographs import spotted
from reid.patterns.tests.stores import give_torso, torso_head, with_torso, without_torso
from reid.scoring import fused_scorers, matchers, read_log, write_log
from reid.tests import make
from reid.torsos import making

pytestmark = pytest.mark.django_db

FEWEST = 9
"""Photographs of a background, here: one more than the normaliser's rank, and the two deer's own."""

EMBEDDING, PATTERN, FUSED = Scorer.Kind.EMBEDDING, Scorer.Kind.PATTERN, Scorer.Kind.FUSED


class Store:
    """Ada and Bea, alike to the network; photographs of both; strangers enough for a background."""

    def __init__(self) -> None:
        self.scorer = make.scorer(2)
        self.ada, self.bea = make.deer("Ada"), make.deer("Bea")
        for seed, deer in ((1, self.ada), (2, self.bea)):
            self.seen(seed, deer=deer, is_reference=True, identity_source="imported")
        self.of_ada, self.of_bea = self.seen(1), self.seen(2)
        self.plain = without_torso(classification="unknown_deer")
        make.embedding(self.plain, self.scorer, 1.0, 0.2)
        self.strangers = [self.seen(seed) for seed in range(10, 10 + FEWEST)]

    def seen(self, seed: int, **fields: Any) -> Detection:
        fields = {"flank": "left", "classification": "unknown_deer"} | fields
        detection = with_torso(seed, **fields)
        make.embedding(detection, self.scorer, 1.0, 0.1)
        return detection

    def scores(self, kind: Scorer.Kind, probe: Detection) -> dict[str, int]:
        rows = SimilarityScore.objects.filter(scorer__kind=kind, detection=probe)
        return dict(rows.values_list("deer__name", "score"))


@pytest.fixture
def store(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Store:
    settings.REID_PATTERN = True
    monkeypatch.setattr(fused_scorers, "ENOUGH", FEWEST)
    monkeypatch.setattr(fused_scorers, "FEWEST", FEWEST)
    monkeypatch.setattr(background, "FEWEST", FEWEST)
    # Torsos of tests are drawn; there are no photographs to find them on.
    monkeypatch.setattr(making, "make_missing", lambda *_: making.TorsoCounts())
    return Store()


def run(scorer: Scorer | None = None) -> ReidRun:
    started = identify.create_run(scorer)
    while identify.advance(started.pk):
        pass
    started.refresh_from_db()
    assert started.state == ReidRun.State.COMPLETED, started.error
    return started


def test_a_run_makes_the_fused_scorer_and_logs_its_parts_beside_it(store: Store) -> None:
    used = run().scorer
    assert used is not None and used.kind == FUSED and used == Scorer.objects.active()
    assert (
        store.scores(EMBEDDING, store.of_ada)["Ada"] == store.scores(EMBEDDING, store.of_ada)["Bea"]
    )
    assert store.scores(PATTERN, store.of_ada)["Ada"] > store.scores(PATTERN, store.of_ada)["Bea"]
    assert store.scores(FUSED, store.of_ada)["Ada"] > store.scores(FUSED, store.of_ada)["Bea"]
    assert store.scores(FUSED, store.of_bea)["Bea"] > store.scores(FUSED, store.of_bea)["Ada"]


def test_a_run_that_makes_its_scorer_lives_and_can_be_cancelled(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With many deer that takes minutes: a silent run would be taken for dead, and begun by another worker too."""
    monkeypatch.setattr(run_workers, "BEAT", timedelta(0))
    started = identify.create_run()
    made = fused_scorers.ensure

    def asked_to_stop(*arguments: Any) -> Scorer | None:
        ReidRun.objects.update(cancel_requested=True)
        return made(*arguments)

    monkeypatch.setattr(fused_scorers, "ensure", asked_to_stop)
    while identify.advance(started.pk):
        pass
    started.refresh_from_db()
    assert started.state == ReidRun.State.CANCELLED
    assert not Scorer.objects.filter(kind=FUSED).exists()


def test_without_keypoints_the_calibrated_embedding_stands_alone(store: Store) -> None:
    used = run().scorer
    assert used is not None
    calibration = Calibration.from_json(used.specification["calibration"])
    assert store.scores(PATTERN, store.plain) == {}
    embedding = store.scores(EMBEDDING, store.plain)["Ada"]
    z = (embedding - calibration.impostors.centre) / calibration.impostors.scale
    weights = calibration.weights_of("unknown_deer")
    log_odds = weights.alone * z + weights.alone_intercept
    expected = 10_000 * (0.5 + 0.5 * log_odds / (4 + abs(log_odds)))
    assert store.scores(FUSED, store.plain)["Ada"] == round(expected)


def test_switched_off_or_small_a_store_is_scored_by_embeddings_alone(
    store: Store, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REID_PATTERN = False
    assert run().scorer == store.scorer
    settings.REID_PATTERN = True
    monkeypatch.setattr(fused_scorers, "ENOUGH", 1000)
    assert run().scorer == store.scorer
    assert set(Scorer.objects.values_list("kind", flat=True)) == {EMBEDDING}


def test_a_scorer_that_a_person_chose_stays(store: Store) -> None:
    scorers.choose(store.scorer)
    assert run().scorer == store.scorer
    assert Scorer.objects.filter(kind=FUSED).exists()
    scorers.choose(Scorer.objects.get(kind=FUSED))
    run()
    assert Scorer.objects.active() == Scorer.objects.get(kind=FUSED)


def test_another_deers_new_reference_makes_no_score_stale(store: Store) -> None:
    used = run().scorer
    assert used is not None
    prints = dict(
        SimilarityScore.objects.filter(detection=store.of_ada).values_list(
            "pk", "gallery_fingerprint"
        )
    )
    store.seen(2, deer=store.bea, is_reference=True, identity_source="imported")
    run()
    rows = SimilarityScore.objects.filter(detection=store.of_ada)
    for pk, deer, fingerprint in rows.values_list("pk", "deer__name", "gallery_fingerprint"):
        assert (prints[pk] == fingerprint) == (deer == "Ada")


def test_scores_of_a_changed_gallery_are_found_stale(store: Store) -> None:
    used = run().scorer
    assert used is not None
    assert stale_scores.mark_outdated(used) == 0
    store.seen(1, deer=store.ada, is_reference=True, identity_source="imported")
    assert stale_scores.mark_outdated(used) > 0


def test_what_a_pattern_scorer_compares_is_what_has_keypoints(store: Store) -> None:
    run()
    pattern = Scorer.objects.get(kind=PATTERN)
    comparable = Detection.objects.comparable_in(pattern)
    assert store.of_ada in comparable and store.plain not in comparable
    logged = SimilarityScore.objects.of_eligible(pattern).filter(detection=store.of_ada)
    assert logged.count() == 2


def test_a_second_run_writes_nothing(store: Store) -> None:
    first = run()
    assert {row.run_id for row in SimilarityScore.objects.all()} == {first.pk}
    run()
    assert {row.run_id for row in SimilarityScore.objects.all()} == {first.pk}


def made_anew(of: Detection, seed: int) -> None:
    """Its box was moved: another torso was found there, and its keypoints wait."""
    PatternKeypoints.objects.filter(detection=of).delete()
    give_torso(of, *spotted(seed), torso_head())


def test_a_photograph_whose_box_was_moved_is_scored_by_its_new_torso(store: Store) -> None:
    run()
    assert store.scores(PATTERN, store.of_ada)["Ada"] > store.scores(PATTERN, store.of_ada)["Bea"]
    made_anew(store.of_ada, 2)
    run()
    assert store.scores(PATTERN, store.of_ada)["Ada"] < store.scores(PATTERN, store.of_ada)["Bea"]


def test_a_reference_whose_box_was_moved_is_compared_by_its_new_torso(store: Store) -> None:
    run()
    before = store.scores(PATTERN, store.of_bea)["Ada"]
    made_anew(Detection.objects.get(deer=store.ada, is_reference=True), 2)
    run()
    assert store.scores(PATTERN, store.of_bea)["Ada"] > before + 1000


def test_what_comes_in_while_a_run_goes_on_is_compared_by_its_pattern_too(store: Store) -> None:
    run()
    started = identify.create_run()
    assert identify.advance(started.pk)
    late = store.seen(1)
    while identify.advance(started.pk):
        pass
    assert store.scores(PATTERN, late)["Ada"] > store.scores(PATTERN, late)["Bea"]


def test_a_renewed_background_makes_another_scorer(store: Store) -> None:
    first = run().scorer
    assert first is not None and not matchers.is_outgrown(first)
    for seed in range(200, 200 + 2 * FEWEST):
        store.seen(seed)
    assert run().scorer == first
    assert matchers.is_outgrown(first)
    call_command("backfill_similarity_scores", "--renew-background", stdout=StringIO())
    active = Scorer.objects.active()
    assert active is not None and active != first and active.kind == FUSED
    assert not matchers.is_outgrown(active)
    assert SimilarityScore.objects.filter(scorer=active).exists()


def earlier_matcher() -> Scorer:
    """The store's matcher as the first version made it."""
    extract.extract_missing()
    drawn = draw_background().fingerprint
    card = MatcherCard(softness=1.0, probes=0, version="1")
    return Scorer.objects.create(
        kind=PATTERN,
        name=card.name,
        fingerprint=card.fingerprint(drawn),
        specification={"card": card.to_json(), "background": drawn},
    )


def test_a_matcher_of_an_earlier_version_scores_on_until_it_is_renewed(store: Store) -> None:
    first = earlier_matcher()
    used = run().scorer
    assert used is not None and used.pattern == first and matchers.is_earlier(used)
    assert not PatternSpread.objects.exists(), "nothing is measured for it"
    before = store.scores(PATTERN, store.of_ada)
    out = StringIO()
    call_command("scorers", "list", stdout=out)
    assert "of an earlier version" in out.getvalue()
    call_command("backfill_similarity_scores", "--renew-background", stdout=StringIO())
    renewed = Scorer.objects.active()
    assert renewed is not None and renewed != used and not matchers.is_earlier(renewed)
    assert PatternSpread.objects.count() == 2
    pattern = SimilarityScore.objects.filter(scorer=first, detection=store.of_ada)
    assert dict(pattern.values_list("deer__name", "score")) == before, "it keeps what it logged"


def test_weights_that_shipped_earlier_give_way_to_those_that_ship(store: Store) -> None:
    first = earlier_matcher()
    run()
    impostors = Calibration.from_json(
        Scorer.objects.get(kind=FUSED).specification["calibration"]
    ).impostors
    shipped = Calibration(impostors, {POOLED: LEARNED}, fused_scorers.SHIPPED_SOURCE)
    fused_scorers.create(store.scorer, first, shipped)
    assert weights_of(fused_scorers.renew(store.scorer.vectors)) == SHIPPED[POOLED]


def test_a_store_of_strangers_alone_has_nothing_to_compare_patterns_with(
    settings: Any,
) -> None:
    scorer = make.scorer(2)
    assert fused_scorers.ensure(scorer.vectors) is None


def test_a_backfill_scores_by_both_parts_too(store: Store) -> None:
    used = run().scorer
    before = list(SimilarityScore.objects.order_by("pk").values_list("score", flat=True))
    SimilarityScore.objects.update(score=1)
    filled = backfill.create_run(used, backfill.Part())
    while backfill.advance(filled.pk):
        pass
    assert list(SimilarityScore.objects.order_by("pk").values_list("score", flat=True)) == before


def test_a_run_goes_on_while_another_space_is_taken_into_use(store: Store) -> None:
    """The parts are logged with the references that they were compared with, whatever the space in use has."""
    used = run().scorer
    assert used is not None
    logged = SimilarityScore.objects.order_by("pk").values_list("pk", "gallery_fingerprint")
    before = dict(logged)
    scorers.activate(make.scorer(2, is_active=False))
    filled = backfill.create_run(used, backfill.Part())
    while backfill.advance(filled.pk):
        pass
    assert dict(logged) == before


def test_a_reference_that_goes_while_scores_are_written_changes_no_other_deers_fingerprint(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    used = run().scorer
    assert used is not None
    before = dict(SimilarityScore.objects.values_list("pk", "gallery_fingerprint"))
    first = min((store.ada, store.bea), key=lambda deer: str(deer.pk))
    wrote = write_log.write

    def write_and_drop(*arguments: Any) -> None:
        wrote(*arguments)
        Detection.objects.filter(deer=first).update(is_reference=False)

    monkeypatch.setattr(write_log, "write", write_and_drop)
    filled = backfill.create_run(used, backfill.Part())
    assert backfill.advance(filled.pk)
    assert dict(SimilarityScore.objects.values_list("pk", "gallery_fingerprint")) == before


def test_the_names_that_a_run_gives_make_no_score_stale(store: Store) -> None:
    """Strangers of the background are taken for deer, at a threshold far too low."""
    scorer = run().scorer
    assert scorer is not None
    make.threshold(scorer, "0.0100")
    run()
    members = PatternBackground.objects.get().members
    given = Detection.objects.filter(pk__in=[key for key, _ in members], identity_source="auto")
    assert given.exists()
    assert stale_scores.mark_outdated(scorer) == 0


def outcomes(used: ReidRun, store: Store) -> dict[str, str]:
    rows = dict(used.decisions.values_list("sighting", "outcome"))
    return {name: rows[getattr(store, name).sighting_id] for name in ("of_ada", "plain")}


def test_a_threshold_for_sightings_with_a_pattern_leaves_the_others_for_review(
    store: Store,
) -> None:
    """A run that computes scores and an application that reads them say the same."""
    scorer = run().scorer
    assert scorer is not None
    threshold = make.threshold(scorer, "0.0100", stratum="with_pattern")
    expected = {"of_ada": "assigned", "plain": "unbounded"}
    assert outcomes(run(), store) == expected
    Detection.objects.filter(identity_source="auto").update(identity_source="none", deer=None)
    applied = apply_threshold.create_run(threshold)
    while apply_threshold.advance(applied.pk):
        pass
    assert outcomes(applied, store) == expected
    patterned = read_log.with_pattern(Detection.objects.all(), scorer)
    assert store.of_ada in patterned and store.plain not in patterned


def test_a_threshold_for_all_sightings_assigns_those_without_a_pattern_too(store: Store) -> None:
    scorer = run().scorer
    assert scorer is not None
    make.threshold(scorer, "0.0100")
    assert outcomes(run(), store) == {"of_ada": "assigned", "plain": "assigned"}


NAMED = ["0123456789abcdef"]
LEARNED = Weights(0.5, 3.0, -1.0, 1.0, -0.5)


def weights_of(scorer: Scorer | None) -> Weights:
    assert scorer is not None
    return Calibration.from_json(scorer.specification["calibration"]).weights_of(POOLED)


def test_weights_that_a_training_taught_serve_the_space_that_it_made(store: Store) -> None:
    taught = fused_scorers.weights_document({POOLED: LEARNED}, "learned from 50 deer", NAMED)
    Training.objects.create(
        run=ReidRun.objects.create(kind=ReidRun.Kind.TRAIN, scorer=store.scorer),
        method=Training.Method.FINETUNE,
        parent=store.scorer.vectors,
        space=store.scorer.vectors,
        options={},
        judgement={"calibration": taught},
    )
    used = run().scorer
    assert used is not None and weights_of(used) == LEARNED
    assert used.specification[IDENTITIES] == NAMED


def test_a_calibration_makes_a_new_scorer_which_a_renewed_background_keeps(store: Store) -> None:
    first = run().scorer
    assert weights_of(first) == SHIPPED[POOLED]
    taught = fused_scorers.weights_document({POOLED: LEARNED}, "learned from 50 deer", NAMED)
    second = fused_scorers.recalibrate(store.scorer.vectors, taught)
    assert second == Scorer.objects.active() != first
    assert run().scorer == second, "a run goes on with the calibration that is in use"
    store.seen(300)
    run()
    third = fused_scorers.renew(store.scorer.vectors)
    assert third not in (first, second)
    assert third is not None and weights_of(third) == LEARNED
    assert third.specification[IDENTITIES] == NAMED


def test_weights_that_were_learned_once_before_are_in_use_again(store: Store) -> None:
    run()
    space = store.scorer.vectors
    learned = fused_scorers.weights_document({POOLED: LEARNED}, "learned from 50 deer", NAMED)
    first = fused_scorers.recalibrate(space, learned)
    other = fused_scorers.weights_document({POOLED: SHIPPED[POOLED]}, "learned from 51 deer", NAMED)
    assert fused_scorers.recalibrate(space, other) != first
    assert fused_scorers.recalibrate(space, learned) == first == run().scorer


def test_without_a_pattern_matcher_there_is_nothing_to_calibrate(db: None) -> None:
    taught = fused_scorers.weights_document({POOLED: LEARNED}, "", NAMED)
    with pytest.raises(LookupError, match="no pattern matcher"):
        fused_scorers.recalibrate(make.scorer(2).vectors, taught)
