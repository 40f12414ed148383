"""Another threshold on stored scores: its preview, its application, and the same result as a run."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reid import reviewing
from reid.identifying import apply_threshold, approval, identify
from reid.identifying.apply_threshold import EffectKind
from reid.models import (
    Decision,
    Detection,
    Embedding,
    Operation,
    ReidRun,
    SimilarityScore,
    Threshold,
)
from reid.tests import make
from reid.tests.reviewing import everything, reviewer, seen

pytestmark = pytest.mark.django_db


class Herd:
    """Deer east and north with a reference each; sightings by their cosine to east, all logged at no threshold."""

    def __init__(self) -> None:
        self.scorer = make.scorer(2)
        self.east, self.north = make.deer("east"), make.deer("north")
        self.seen(1, 0, deer=self.east, is_reference=True)
        self.seen(0, 1, deer=self.north, is_reference=True)

    def seen(self, *vector: float, **fields: Any) -> Detection:
        detection = make.detection(**{"classification": "unknown_deer"} | fields)
        make.embedding(detection, self.scorer, *vector)
        return detection

    def propose(self, value: str) -> Threshold:
        return Threshold.objects.create(scorer=self.scorer, value=Decimal(value), source="operator")

    def identify(self) -> ReidRun:
        return self._finish(identify.create_run(self.scorer), identify.advance)

    def apply(self, value: str) -> ReidRun:
        run = approval.apply(self.propose(value).pk, ranger())
        return self._finish(run, apply_threshold.advance)

    def foretold(self, threshold: int | None) -> Counter[str]:
        counts = apply_threshold.none_counted()
        for chunk in apply_threshold.what_if(self.scorer, threshold):
            counts.update(chunk.counts)
        return counts

    def _finish(self, run: ReidRun, advance: Any) -> ReidRun:
        while advance(run.pk):
            pass
        run.refresh_from_db()
        assert run.state == ReidRun.State.COMPLETED
        return run


def ranger():
    return get_user_model().objects.get_or_create(username="ranger")[0]


@pytest.fixture
def herd() -> Herd:
    return Herd()


def identity(of: Detection) -> tuple[str, str | None]:
    of.refresh_from_db()
    return of.identity_source, of.deer.name if of.deer else None


def log() -> list[Any]:
    """All that a run leaves, but for when and by which run."""
    scores = SimilarityScore.objects.order_by("detection", "deer")
    decisions = Decision.objects.order_by("sighting", "pk")
    return [
        *everything(),
        *scores.values_list("detection", "deer", "score", "matched", "threshold_used"),
        *decisions.values_list("sighting", "deer", "score", "margin", "threshold", "outcome"),
    ]


def test_what_is_foretold_is_told_by_detection_and_counted(herd):
    herd_sure, herd_unsure = herd.seen(0.96, 0.28), herd.seen(0.6, 0.8)
    herd.seen(0.6, -0.8)
    herd.identify()
    (chunk,) = apply_threshold.what_if(herd.scorer, 9000)
    (effect,) = chunk.effects
    assert (effect.detection, effect.kind) == (herd_sure.pk, EffectKind.ASSIGNED)
    assert (effect.before, effect.after, effect.score) == (None, herd.east.pk, 9600)
    assert chunk.counts == Counter(
        assigned_detections=1, assigned_sightings=1, unchanged_detections=4, unchanged_sightings=4,
        sightings=5,
    )  # fmt: skip
    more = {
        item.detection: (item.after, item.score)
        for one in apply_threshold.what_if(herd.scorer, 8000)
        for item in one.effects
    }
    assert more == {herd_sure.pk: (herd.east.pk, 9600), herd_unsure.pk: (herd.north.pk, 8000)}


def test_foretelling_writes_nothing(herd):
    herd.seen(0.96, 0.28)
    herd.identify()
    before = log()
    with CaptureQueriesContext(connection) as captured:
        herd.foretold(5000)
    assert log() == before
    assert all(query["sql"].startswith("SELECT") for query in captured)


@pytest.mark.parametrize("value", ["0.9000", "0.7000", "0.2000"])
def test_an_application_leaves_what_a_run_would_leave(herd, value):
    """The same store twice: threshold applied to the log, or a run with it from the start."""
    shared = make.image()
    for vector in ((0.96, 0.28), (0.6, 0.8), (0.28, 0.96), (0.6, -0.8)):
        herd.seen(*vector)
    herd.seen(0.98, 0.2, image=shared)
    herd.seen(0.95, 0.31, image=shared, x=200)
    herd.seen(0.99, 0.14, deer=herd.north)  # an imported identity against the machine's opinion
    herd.identify()
    said = herd.foretold(int(Decimal(value) * 10_000))
    applied = herd.apply(value)
    assert {name: count for name, count in applied.counts.items() if name != "scope"} == said
    done = log()
    by_application = applied.decisions.order_by("sighting").values_list(
        "sighting", "deer", "outcome"
    )
    again = herd.identify()
    assert again.threshold == applied.threshold
    assert list(by_application) == list(
        again.decisions.order_by("sighting").values_list("sighting", "deer", "outcome")
    )
    assert (again.counts["assigned_detections"], again.counts["withdrawn_detections"]) == (0, 0)
    again.decisions.all().delete()
    assert log() == done


def test_nothing_is_embedded_or_compared(herd, monkeypatch):
    probe = herd.seen(0.96, 0.28)
    herd.identify()
    Embedding.objects.exclude(detection__is_reference=True).update(vector=make.unit(0, 1))
    herd.apply("0.9")
    assert identity(probe) == ("auto", "east")


def test_a_stricter_threshold_withdraws_and_a_frame_may_reassign(herd):
    """Two animals on one photograph: at 0.5 the second yields east to the first and takes north."""
    shared = make.image()
    first = herd.seen(0.9, 0.44, image=shared)
    second = herd.seen(0.8, 0.6, image=shared, x=200)
    herd.identify()
    herd.apply("0.5")
    assert (identity(first), identity(second)) == (("auto", "east"), ("auto", "north"))
    (chunk,) = apply_threshold.what_if(herd.scorer, 8500)
    assert [(item.detection, item.kind, item.before) for item in chunk.effects] == [
        (second.pk, EffectKind.WITHDRAWN, herd.north.pk)
    ]
    # The frame gives each of them the other deer now.
    Detection.objects.filter(pk=first.pk).update(deer=herd.north)
    Detection.objects.filter(pk=second.pk).update(deer=herd.east)
    assert herd.foretold(5000)["reassigned_sightings"] == 2
    assert herd.foretold(None)["withdrawn_sightings"] == 2


def test_people_and_imports_are_never_touched(herd):
    said = herd.seen(0.96, 0.28, deer=herd.north)
    confirmed = herd.seen(0.96, 0.28)
    herd.identify()
    reviewing.assign(
        sighting=confirmed.sighting_id, deer=herd.north.pk, versions={confirmed.pk: 0},
        actor=reviewer(),
    )  # fmt: skip
    herd.identify()
    herd.apply("0.2")
    assert identity(said) == ("imported", "north")
    assert identity(confirmed) == ("reviewed", "north")


@pytest.mark.parametrize(
    "fault", ["stale", "other references", "new deer", "not embedded", "not compared"]
)
def test_what_the_log_does_not_know_today_waits_for_the_next_run(herd, fault):
    probe = herd.seen(0.96, 0.28)
    other = herd.seen(0.97, 0.24)
    herd.identify()
    if fault == "stale":
        Detection.objects.filter(pk=probe.pk).update(scores_stale=True)
    elif fault == "other references":
        SimilarityScore.objects.filter(detection=probe).update(gallery_fingerprint="0" * 16)
    elif fault == "new deer":
        herd.seen(0.7, 0.7, deer=make.deer("south"), is_reference=True)
    elif fault == "not embedded":
        probe.embeddings.all().delete()
    else:
        SimilarityScore.objects.filter(detection=probe).delete()
        Decision.objects.filter(sighting=probe.sighting_id).delete()
    said = herd.foretold(9000)
    run = herd.apply("0.9")
    assert run.counts["left_sightings"] == said["left_sightings"] >= 1
    assert identity(probe) == ("none", None)
    assert identity(other) == (("none", None) if fault == "new deer" else ("auto", "east"))
    if fault == "not embedded":
        make.embedding(probe, herd.scorer, 0.96, 0.28)
    herd.identify()
    assert identity(probe) == ("auto", "east")


def test_the_number_of_queries_does_not_grow_with_the_sightings(herd):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            herd.foretold(9000)
        return len(captured)

    herd.seen(0.96, 0.28)
    herd.identify()
    before = queries()
    for _ in range(5):
        herd.seen(0.96, 0.28)
    herd.identify()
    assert queries() == before


def test_an_operation_names_who_applied(herd):
    herd.seen(0.96, 0.28)
    herd.identify()
    run = herd.apply("0.9")
    operation = Operation.objects.get(run=run)
    assert (operation.actor, operation.reason) == (ranger(), "The threshold 0.9000 was applied.")


def test_a_threshold_that_is_withdrawn_meanwhile_changes_nothing_more(herd, monkeypatch):
    first, second = herd.seen(0.96, 0.28), herd.seen(0.97, 0.24)
    herd.identify()
    monkeypatch.setattr(identify, "CHUNK", 1)
    threshold = herd.propose("0.9")
    run = approval.apply(threshold.pk, ranger())
    while not {"auto"} & {identity(one)[0] for one in (first, second)}:
        assert apply_threshold.advance(run.pk)
    approval.withdraw(threshold.pk)
    while apply_threshold.advance(run.pk):
        pass
    run.refresh_from_db()
    assert (run.state, run.error) == ("cancelled", apply_threshold.NO_LONGER)
    assert sorted(identity(one)[0] for one in (first, second)) == ["auto", "none"]


def test_a_rejected_deer_is_not_assigned(herd):
    probe = herd.seen(0.96, 0.28)
    herd.identify()
    reviewing.reject(
        sighting=probe.sighting_id, deer=[herd.east.pk], versions=seen(probe.sighting),
        actor=reviewer(),
    )  # fmt: skip
    herd.identify()
    herd.apply("0.2")
    assert identity(probe) == ("auto", "north")


def test_what_was_certified_stays_whatever_runs_decide_and_holds_its_deer_in_the_frame(herd):
    certified = herd.seen(0.6, 0.8, deer=herd.east, identity_source="certified")
    beside = herd.seen(1, 0.1, image=certified.image, x=200)
    alone = herd.seen(1, 0.1)
    make.threshold(herd.scorer, "0.7")
    run = herd.identify()
    assert identity(certified) == ("certified", "east")
    assert identity(beside) == ("none", None)
    assert identity(alone) == ("auto", "east")
    outcomes = dict(Decision.objects.filter(run=run).values_list("sighting", "outcome"))
    assert outcomes[certified.sighting_id] == "certified"
    assert outcomes[beside.sighting_id] == "frame_conflict"
    herd.apply("0.5")
    assert identity(certified) == ("certified", "east")
