"""Identification on vectors in the plane: who is assigned, what is logged, what a second run changes."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.contrib.auth import get_user_model
from django.db import DatabaseError
from django.utils import timezone

from reid import reviewing
from reid.embedding import embed as embedding
from reid.identifying import assignments, decide_chunk, identify, run_workers
from reid.matching import similarity
from reid.models import (
    Decision,
    Deer,
    Detection,
    Encounter,
    IdentityEvent,
    Operation,
    ReidRun,
    Sighting,
    SimilarityScore,
    SkippedEmbedding,
    Threshold,
)
from reid.scoring import compare, write_log
from reid.tests import make

pytestmark = pytest.mark.django_db


class Herd:
    """Deer east and north, each with one reference, in a space of two dimensions."""

    def __init__(self) -> None:
        self.scorer = make.scorer(2)
        self.east, self.north = make.deer("east"), make.deer("north")
        self.references = [
            self.seen(1, 0, deer=self.east, is_reference=True),
            self.seen(0, 1, deer=self.north, is_reference=True),
        ]

    def seen(self, *vector: float, **fields) -> Detection:
        fields = {"classification": "unknown_deer"} | fields
        detection = make.detection(**fields)
        if vector:
            make.embedding(detection, self.scorer, *vector)
        return detection

    def approve(self, value: str = "0.7") -> Threshold:
        Threshold.objects.update(is_active=False)
        ranger, _ = get_user_model().objects.get_or_create(username="ranger")
        return Threshold.objects.create(
            scorer=self.scorer,
            value=Decimal(value),
            source=Threshold.Source.OPERATOR,
            approved_by=ranger,
            approved_at=timezone.now(),
            is_active=True,
        )

    def run(self, **scope) -> ReidRun:
        run = identify.create_run(self.scorer, identify.IdentifyScope(**scope))
        while identify.advance(run.pk):
            pass
        run.refresh_from_db()
        assert run.state == ReidRun.State.COMPLETED
        return run


@pytest.fixture
def herd() -> Herd:
    return Herd()


def identity(detection: Detection) -> tuple[str, str | None]:
    detection.refresh_from_db()
    return detection.identity_source, detection.deer.name if detection.deer else None


def decision(detection: Detection, run: ReidRun) -> Decision:
    return Decision.objects.get(run=run, sighting=detection.sighting)


def log(detection: Detection) -> dict[str, int]:
    rows = SimilarityScore.objects.filter(detection=detection)
    return dict(rows.values_list("deer__name", "score"))


def test_without_an_approved_threshold_everything_is_ranked(herd) -> None:
    probe = herd.seen(0.8, 0.6)
    run = herd.run()
    assert identity(probe) == ("none", None)
    said = decision(probe, run)
    assert (said.outcome, said.deer, said.score, said.margin) == ("ranked", herd.east, 8000, 2000)
    assert (said.threshold, run.threshold) == (None, None)
    assert log(probe) == {"east": 8000, "north": 6000}
    assert run.counts["ranked"] == 1
    assert not Operation.objects.exists()


def test_with_one_the_best_deer_at_or_above_it_is_assigned(herd) -> None:
    herd.approve("0.8")
    sure, unsure = herd.seen(0.8, 0.6), herd.seen(0.79, -0.6)
    run = herd.run()
    assert identity(sure) == ("auto", "east")
    assert sure.version == 1
    assert identity(unsure) == ("none", None)
    assert decision(unsure, run).outcome == "below_threshold"
    chosen = SimilarityScore.objects.get(matched=True)
    assert (chosen.detection, chosen.deer, chosen.threshold_used) == (sure, herd.east, 8000)
    assert run.gallery_fingerprint != ""


def test_a_sighting_is_decided_on_the_mean_of_its_detections(herd) -> None:
    herd.approve("0.79")
    first = herd.seen(0.96, 0.28)
    second = herd.seen(0.6, 0.8, sighting=first.sighting)
    unembedded = herd.seen(sighting=first.sighting, width=10)
    SkippedEmbedding.objects.create(
        detection=unembedded, space=herd.scorer.vectors, reason="too_small"
    )
    run = herd.run()
    # (.96 + .6) / 2 against (.28 + .8) / 2
    assert (decision(first, run).score, decision(first, run).margin) == (7800, 2400)
    assert decision(first, run).outcome == "below_threshold"
    herd.approve("0.78")
    herd.run()
    assert {identity(item) for item in (first, second, unembedded)} == {("auto", "east")}


def test_known_identities_are_compared_without_their_own_encounter_and_never_changed(herd) -> None:
    herd.approve("0.1")
    run = herd.run()
    own, other = herd.references
    assert (log(own), log(other)) == ({"north": 0}, {"east": 0})
    assert [identity(item) for item in herd.references] == [
        ("imported", "east"),
        ("imported", "north"),
    ]
    assert decision(own, run).outcome == "reviewed"
    assert run.counts["not_comparable"] == 2


def test_a_sex_that_contradicts_is_logged_and_never_assigned(herd) -> None:
    herd.approve()
    herd.east.sex = "doe"
    herd.east.save()
    probe = herd.seen(1, 0, classification="buck")
    run = herd.run()
    assert decision(probe, run).outcome == "below_threshold"
    logged = SimilarityScore.objects.get(detection=probe, deer=herd.east)
    assert (logged.score, logged.sex_match, logged.matched) == (10_000, False, False)
    assert (logged.deer_sex, logged.detection_classification) == ("doe", "buck")


def test_a_deer_dead_by_then_is_logged_and_never_assigned(herd) -> None:
    herd.approve()
    herd.east.died_on = make.later(days=-1).date()
    herd.east.save()
    probe = herd.seen(1, 0)
    untimed = herd.seen(1, 0, image=make.image(captured_at=None))
    run = herd.run()
    assert decision(probe, run).outcome == "below_threshold"
    assert log(probe)["east"] == 10_000
    assert identity(untimed) == ("auto", "east")


def test_two_animals_of_a_frame_are_two_deer(herd) -> None:
    herd.approve("0.6")
    image = make.image()
    first = herd.seen(0.9, 0.44, image=image)
    second = herd.seen(0.8, 0.6, image=image, x=150)
    herd.run()
    assert {identity(first), identity(second)} == {("auto", "east"), ("auto", "north")}


def test_the_sightings_of_a_frame_are_decided_together_whatever_the_chunk(
    herd, monkeypatch
) -> None:
    monkeypatch.setattr(identify, "CHUNK", 1)
    herd.approve("0.6")
    image = make.image()
    pair = [herd.seen(0.9, 0.44, image=image), herd.seen(0.9, 0.44, image=image, x=150)]
    assert herd.run().counts["sightings"] == 4
    assert {identity(item) for item in pair} == {("auto", "east"), ("none", None)}


def test_a_second_run_changes_nothing_but_its_own_records(herd) -> None:
    herd.approve()
    probe = herd.seen(0.8, 0.6)
    first = herd.run()
    before = list(SimilarityScore.objects.order_by("pk").values())
    second = herd.run()
    assert list(SimilarityScore.objects.order_by("pk").values()) == before
    assert {row["run_id"] for row in before} == {first.pk}
    assert identity(probe) == ("auto", "east")
    assert probe.version == 1
    assert Decision.objects.filter(run=second).count() == Decision.objects.filter(run=first).count()
    assert Operation.objects.get().run == first


def test_an_assignment_that_is_no_longer_supported_is_withdrawn(herd) -> None:
    herd.approve("0.7")
    probe = herd.seen(0.8, 0.6)
    herd.run()
    herd.approve("0.9")
    run = herd.run()
    assert identity(probe) == ("none", None)
    assert run.counts["withdrawn_detections"] == 1
    assert not SimilarityScore.objects.filter(matched=True).exists()


def test_a_detection_that_stops_being_a_deer_loses_its_automatic_identity(herd) -> None:
    herd.approve("0.7")
    probe = herd.seen(0.8, 0.6)
    other = herd.seen(0.8, 0.6, sighting=probe.sighting)
    herd.run()
    Detection.objects.filter(pk=other.pk).update(is_valid=False)
    herd.run()
    assert (identity(probe), identity(other)) == (("auto", "east"), ("none", None))


def test_a_review_wins_over_the_rest_of_its_sighting(herd) -> None:
    herd.approve("0.7")
    first = herd.seen(0.8, 0.6)
    others = [herd.seen(0.8, 0.6, sighting=first.sighting) for _ in range(2)]
    herd.run()
    Detection.objects.filter(pk=first.pk).update(identity_source="reviewed", deer=herd.north)
    herd.run()
    assert identity(first) == ("reviewed", "north")
    assert [identity(item) for item in others] == [("none", None)] * 2


def test_a_confirmed_match_stays_marked_as_the_machines_choice(herd) -> None:
    herd.approve("0.7")
    probe = herd.seen(0.8, 0.6)
    herd.run()
    Detection.objects.filter(pk=probe.pk).update(identity_source="reviewed")
    herd.approve("0.95")
    herd.run()
    chosen = SimilarityScore.objects.get(matched=True)
    assert (chosen.detection, chosen.deer, chosen.threshold_used) == (probe, herd.east, 7000)


def test_assignments_are_one_operation_with_the_state_before(herd) -> None:
    herd.approve()
    probe = herd.seen(0.8, 0.6)
    run = herd.run()
    operation = Operation.objects.get()
    assert (operation.kind, operation.run, operation.actor) == ("run", run, None)
    events = {
        event.field: (event.before, event.after)
        for event in IdentityEvent.objects.filter(operation=operation, detection=probe)
    }
    assert events == {
        "deer": (None, str(herd.east.pk)),
        "identity_source": ("none", "auto"),
    }


def test_what_a_person_undid_meanwhile_is_not_added_to(herd, monkeypatch) -> None:
    monkeypatch.setattr(identify, "CHUNK", 1)
    herd.approve()
    for _ in range(2):
        herd.seen(0.8, 0.6)
    run = identify.create_run(herd.scorer)
    while not Operation.objects.exists():
        identify.advance(run.pk)
    first = Operation.objects.get()
    first.undone_by = Operation.objects.create(kind="undo", run=run)
    first.save()
    while identify.advance(run.pk):
        pass
    assert Operation.objects.filter(kind="run").count() == 2


def test_scores_of_dropped_references_and_merged_deer(herd) -> None:
    probe = herd.seen(0.8, 0.6)
    herd.run()
    Detection.objects.filter(pk=herd.references[1].pk).update(is_reference=False)
    herd.run()
    assert log(probe) == {"east": 8000}


def test_identification_succeeds_while_the_log_fails_and_the_next_run_repairs_it(
    herd, monkeypatch, caplog
) -> None:
    herd.approve()
    probe = herd.seen(0.8, 0.6)
    whole = write_log.write

    def fails_half_way(rows, *given) -> None:
        rows = list(rows)
        whole(rows[:1], *given)
        whole([rows[1]._replace(score=-1)], *given)  # the database refuses it

    monkeypatch.setattr(write_log, "write", fails_half_way)
    monkeypatch.setattr(compare.logger, "propagate", True)
    run = herd.run()
    assert identity(probe) == ("auto", "east")
    assert probe.scores_stale
    assert run.counts["log_failures"] == 1
    assert not SimilarityScore.objects.exists()
    assert "could not be logged" in caplog.text
    monkeypatch.setattr(write_log, "write", whole)
    repaired = herd.run(stale=True)
    assert repaired.counts["sightings"] == 3
    assert log(probe) == {"east": 8000, "north": 6000}
    assert not Detection.objects.filter(scores_stale=True).exists()
    assert "sightings" not in herd.run(stale=True).counts


def test_without_any_reference_there_is_nothing_to_compare_with(herd) -> None:
    Detection.objects.update(is_reference=False)
    probe = herd.seen(0.8, 0.6)
    run = herd.run()
    assert decision(probe, run).outcome == "no_reference"
    assert not SimilarityScore.objects.exists()


def test_a_sighting_without_an_embedding_says_so(herd, media_root) -> None:
    probe = herd.seen(width=10)
    SkippedEmbedding.objects.create(detection=probe, space=herd.scorer.vectors, reason="too_small")
    run = herd.run()
    assert decision(probe, run).outcome == "no_embedding"


def test_a_photograph_that_was_missing_is_looked_for_by_the_next_run(herd, monkeypatch) -> None:
    """A disk that was not mounted once must not cost its photographs for good."""
    probe = herd.seen()
    SkippedEmbedding.objects.create(detection=probe, space=herd.scorer.vectors, reason="missing")
    tried = []

    def embed(found, scorer, _):
        tried.extend(found)
        make.embedding(probe, scorer, 0.8, 0.6)
        return embedding.EmbeddingCounts(embedded=1)

    monkeypatch.setattr("reid.identifying.run_lifecycle.spaces.embedder_of", lambda space: None)
    monkeypatch.setattr("reid.identifying.run_lifecycle.embedding.embed", embed)
    run = herd.run()
    assert tried == [probe]
    assert decision(probe, run).outcome == "ranked"


def test_other_species_and_thrown_out_detections_are_not_looked_at(herd) -> None:
    herd.seen(0.8, 0.6, classification="cattle")
    herd.seen(0.8, 0.6, classification="person")
    herd.seen(0.8, 0.6, is_valid=False)
    assert herd.run().counts["sightings"] == 2
    assert identify.candidates(identify.IdentifyScope()) == 2


def test_a_sighting_that_an_import_moves_on_is_decided_again_in_the_same_run(
    herd, monkeypatch
) -> None:
    """A photograph between two encounters makes them one, whose key may lie behind the run's cursor."""
    monkeypatch.setattr(identify, "CHUNK", 1)
    probe = herd.seen(0.8, 0.6)
    run = identify.create_run(herd.scorer)
    while not Decision.objects.filter(run=run, sighting=probe.sighting).exists():
        assert identify.advance(run.pk)
    Sighting.objects.filter(pk=probe.sighting_id).update(
        encounter=Encounter.objects.create(pk=UUID(int=2**128 - 1))
    )
    make.embedding(
        make.detection(sighting=probe.sighting, classification="buck"), herd.scorer, 0, 1
    )
    while identify.advance(run.pk):
        pass
    run.refresh_from_db()
    assert (run.state, run.error) == (ReidRun.State.COMPLETED, "")
    # The mean of 0.6 and 1 to the north is what the run said last, and what it is remembered by.
    assert decision(probe, run).score == 8000


@pytest.mark.parametrize("how", ["hidden", "merged"])
def test_a_deer_that_goes_while_a_chunk_is_scored_is_given_to_nobody(
    herd, monkeypatch, how
) -> None:
    herd.approve("0.5")
    probe, scored = herd.seen(0.8, 0.6), similarity.score

    def then_it_goes(*arguments):
        if how == "hidden":
            herd.east.hide()
        else:
            Deer.objects.filter(pk=herd.east.pk).update(merged_into=herd.north)
        return scored(*arguments)

    monkeypatch.setattr(compare, "score", then_it_goes)
    herd.run()
    assert identity(probe) == ("auto", "north")
    assert log(probe) == {"north": 6000}


def test_who_asks_for_all_sightings_gets_no_run_over_a_part_of_them(herd, monkeypatch) -> None:
    """What an import brought in waits for its run: one over stale scores passes it by."""
    monkeypatch.setattr(run_workers, "start", lambda _: None)
    whole, stale = identify.IdentifyScope(), identify.IdentifyScope(stale=True)
    part = identify.start(herd.scorer, stale)
    assert identify.start(herd.scorer, stale) == part
    run = identify.start(herd.scorer, whole)
    assert (run == part, run.counts["scope"]["stale"]) == (False, False)
    # One over everything is what the others ask for too.
    ReidRun.objects.filter(pk=part.pk).update(state="completed")
    assert identify.start(herd.scorer, stale) == run == identify.start(herd.scorer, whole)
    limited = identify.IdentifyScope(limit=5)
    assert identify.start(herd.scorer, limited) == run


def test_a_silent_run_over_a_part_is_not_gone_on_with_by_who_wants_all(herd) -> None:
    part = identify.create_run(herd.scorer, identify.IdentifyScope(stale=True))
    ReidRun.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=10))
    assert identify.silent_run(herd.scorer, identify.IdentifyScope()) is None
    assert identify.silent_run(herd.scorer, identify.IdentifyScope(stale=True)) == part


def test_what_came_in_behind_the_cursor_is_decided_by_the_same_run(herd, monkeypatch) -> None:
    """A run that crashed is gone on with after an import too, and then it is done with everything."""
    monkeypatch.setattr(identify, "CHUNK", 1)
    run = identify.create_run(herd.scorer)
    assert identify.advance(run.pk)
    first = Encounter.objects.create(pk=UUID(int=1), started_at=make.NOON, ended_at=make.NOON)
    behind = herd.seen(0.8, 0.6, sighting=make.sighting(first))
    while identify.advance(run.pk):
        pass
    assert decision(behind, run).outcome == "ranked"
    assert log(behind) == {"east": 8000, "north": 6000}
    run.refresh_from_db()
    assert (run.state, run.counts["sightings"]) == ("completed", 3)


def test_an_encounter_that_is_thrown_out_while_a_chunk_is_chosen_ends_no_run(
    herd, monkeypatch
) -> None:
    gone = herd.seen(0.8, 0.6, is_valid=False)
    listed_before = Detection.objects.filter(sighting__isnull=False)
    monkeypatch.setattr(identify, "_wanted", lambda _: listed_before)
    chosen = identify.next_encounters(identify.IdentifyScope(), "")
    assert gone.sighting.encounter_id in chosen


def test_a_limit_is_about_sightings(herd, monkeypatch) -> None:
    monkeypatch.setattr(identify, "CHUNK", 1)
    for _ in range(5):
        herd.seen(0.8, 0.6)
    assert herd.run(limit=3).counts["sightings"] == 3
    assert identify.candidates(identify.IdentifyScope(limit=3)) == 3
    assert identify.candidates(identify.IdentifyScope()) == 7


def test_a_cancelled_run_stops_between_chunks(herd, monkeypatch) -> None:
    monkeypatch.setattr(identify, "CHUNK", 1)
    run = identify.create_run(herd.scorer)
    assert identify.advance(run.pk)
    ReidRun.objects.filter(pk=run.pk).update(cancel_requested=True)
    assert not identify.advance(run.pk)
    run.refresh_from_db()
    assert (run.state, run.counts["sightings"]) == ("cancelled", 1)
    assert run.finished_at is not None
    assert not identify.advance(run.pk)


def test_a_failure_is_recorded_and_raised_again(herd, monkeypatch) -> None:
    herd.approve()
    probe = herd.seen(0.8, 0.6)

    def broken(*_: object) -> None:
        raise DatabaseError("disk full")

    monkeypatch.setattr(assignments, "record", broken)
    run = identify.create_run(herd.scorer)
    with pytest.raises(DatabaseError):
        identify.advance(run.pk)
    run.refresh_from_db()
    assert (run.state, run.error) == ("failed", "DatabaseError: disk full")
    assert identity(probe) == ("none", None)
    assert not SimilarityScore.objects.exists()


def test_a_chunk_that_another_worker_did_is_not_done_twice(herd, monkeypatch) -> None:
    """The other worker commits between this one's look at the cursor and its transaction."""
    run = identify.create_run(herd.scorer)
    real = identify.next_encounters
    interfered: list[bool] = []

    def meanwhile(*given):
        found = real(*given)
        if not interfered:
            interfered.append(True)
            assert identify.advance(run.pk)
        return found

    monkeypatch.setattr(identify, "next_encounters", meanwhile)
    while identify.advance(run.pk):
        pass
    run.refresh_from_db()
    assert (run.counts["sightings"], Decision.objects.count()) == (2, 2)


def test_a_chunk_wants_a_transaction_and_a_space(herd) -> None:
    with pytest.raises(RuntimeError):
        decide_chunk.identify([], ReidRun(kind="identify"))


def test_the_number_of_queries_does_not_grow_with_the_sightings(
    herd, django_assert_max_num_queries
) -> None:
    herd.approve()
    for number in range(40):
        herd.seen(0.8, 0.6, image=make.image(captured_at=make.later(hours=number)))
    run = identify.create_run(herd.scorer)
    with django_assert_max_num_queries(60):
        while identify.advance(run.pk):
            pass


def test_a_deer_that_a_person_rejected_is_not_said_again(herd) -> None:
    """Not assigned and not suggested; its score is logged all the same."""
    herd.approve("0.7")
    herd.seen(0.8, 0.6, deer=make.deer("between"), is_reference=True)
    probe = herd.seen(1, 0)
    herd.run()
    assert identity(probe) == ("auto", "east")
    user = get_user_model().objects.create(username="alma")
    probe.refresh_from_db()
    reviewing.reject(
        sighting=probe.sighting.pk,
        deer=[herd.east.pk],
        versions={probe.pk: probe.version},
        actor=user,
    )
    run = herd.run()
    assert identity(probe) == ("auto", "between")
    assert decision(probe, run).score == 8000
    assert log(probe)["east"] == 10_000
