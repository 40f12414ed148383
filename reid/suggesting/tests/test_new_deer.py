"""Cold start: from "animal" to deer, to groups that a person is offered."""

from __future__ import annotations

import io

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.utils import timezone

from reid import reviewing
from reid.identifying import identify
from reid.management.commands import classify_detections
from reid.models import Deer, Detection, IdentityEvent, Threshold
from reid.reviewing import ReviewRefused, bulk
from reid.suggesting import new_deer
from reid.tests import make
from reid.tests.reviewing import reviewer

pytestmark = pytest.mark.django_db


@pytest.fixture
def scorer():
    return make.scorer(2)


def seen(scorer, *vector: float, **fields) -> Detection:
    detection = make.detection(**{"classification": "unknown_deer"} | fields)
    make.embedding(detection, scorer, *vector)
    return detection


def test_nameless_sightings_that_are_near_are_offered_and_nothing_is_made(scorer) -> None:
    pair = [seen(scorer, 1, 0), seen(scorer, 1, 0.01)]
    seen(scorer, 0, 1)
    seen(scorer, 1, 0, deer=make.deer())
    seen(scorer, 1, 0, classification="cattle")
    make.detection()  # not embedded
    (group,) = new_deer.new_deer(scorer, similarity=0.9)
    assert set(group.sightings) == {item.sighting_id for item in pair}
    assert Deer.objects.count() == 1
    assert not IdentityEvent.objects.exists()


def test_near_is_the_approved_threshold_else_what_the_nearest_pairs_reach(scorer) -> None:
    for vector in ((1, 0), (0.8, 0.6), (0, 1)):
        seen(scorer, *vector)
    assert new_deer.new_deer(scorer)[0].lowest == pytest.approx(0.8, abs=1e-6)
    Threshold.objects.create(
        scorer=scorer,
        value="0.9",
        source="operator",
        approved_by=reviewer(),
        approved_at=timezone.now(),
        is_active=True,
    )
    assert new_deer.new_deer(scorer) == []


def test_a_sighting_is_the_mean_of_its_detections(scorer) -> None:
    first = seen(scorer, 1, 0)
    seen(scorer, 0, 1, sighting=first.sighting)
    other = seen(scorer, 1, -1)
    seen(scorer, -1, 1, sighting=other.sighting)  # cancels out: no direction
    (item,) = new_deer.nameless(scorer.vectors)
    assert item.vector.tolist() == pytest.approx([0.5**0.5, 0.5**0.5])


def test_only_the_latest_sightings_are_compared(scorer, monkeypatch) -> None:
    monkeypatch.setattr(new_deer, "POOL", 1)
    seen(scorer, 1, 0)
    late = seen(scorer, 1, 0, image=make.image(captured_at=make.later(days=1)))
    assert [item.sighting for item in new_deer.nameless(scorer.vectors)] == [late.sighting_id]


def test_its_queries_do_not_grow_with_the_sightings(scorer, django_assert_num_queries) -> None:
    for _ in range(6):
        seen(scorer, 1, 0)
    with django_assert_num_queries(3):
        assert len(new_deer.nameless(scorer.vectors)) == 6


def test_animals_become_deer_in_one_operation_and_are_identified_next(scorer) -> None:
    """Two frames of one encounter: as animals each by itself, as deer one sighting."""
    image = make.image()
    first = make.detection(image=image, classification="animal")
    second = make.detection(
        image=make.image(encounter=image.encounter, captured_at=make.later(seconds=5)),
        classification="animal",
    )
    corrected = make.detection(
        image=make.image(captured_at=make.later(days=1)),
        classification="unknown_deer",
        corrected_classification="animal",
    )
    others = [
        make.detection(classification="animal", is_valid=False),
        make.detection(classification="cattle"),
    ]
    assert first.sighting_id != second.sighting_id
    operation = bulk.classify("unknown_deer", actor=reviewer())
    now = {item.pk: item for item in Detection.objects.all()}
    changed = [now[item.pk] for item in (first, second, corrected)]
    assert {item.effective_class for item in changed} == {"unknown_deer"}
    assert all(item.scores_stale and item.version == 1 for item in changed)
    assert now[corrected.pk].corrected_classification == ""
    assert now[first.pk].sighting_id == now[second.pk].sighting_id
    assert [now[item.pk].version for item in others] == [0, 0]
    assert operation.events.filter(field="corrected_classification").count() == 3
    for item in changed:
        make.embedding(item, scorer, 1, 0)
    run = identify.create_run(scorer, identify.IdentifyScope(stale=True))
    while identify.advance(run.pk):
        pass
    run.refresh_from_db()
    assert run.counts["sightings"] == 2


def test_it_can_be_undone(scorer) -> None:
    animal = make.detection(classification="animal")
    operation = bulk.classify("doe", actor=reviewer())
    reviewing.undo(operation=operation.pk, actor=reviewer())
    animal.refresh_from_db()
    assert animal.effective_class == "animal"


def test_it_can_be_done_among_some(scorer) -> None:
    one, other = (make.detection(classification="animal") for _ in range(2))
    bulk.classify("pig", among=Detection.objects.filter(pk=one.pk), actor=reviewer())
    one.refresh_from_db()
    other.refresh_from_db()
    assert (one.effective_class, one.scores_stale) == ("pig", False)
    assert other.effective_class == "animal"


@pytest.mark.parametrize(
    ("source", "target", "text"),
    [
        ("doe", "buck", bulk.NOT_AT_ONCE.format("doe")),
        ("person", "doe", bulk.NOT_AT_ONCE.format("person")),
        ("animal", "moose", "There is no class moose"),
        ("animal", "animal", "Nothing would change"),
        ("cattle", "pig", "Nothing would change"),
    ],
)
def test_what_is_refused_at_once(source, target, text) -> None:
    make.detection(classification="animal")
    with pytest.raises(ReviewRefused) as refusal:
        bulk.classify(target, source=source, actor=reviewer())
    assert str(refusal.value).startswith(text)
    assert not IdentityEvent.objects.exists()


def test_the_command_says_what_became_of_them_and_what_comes_next() -> None:
    inside = make.detection(image=make.image("herd/1.jpg"), classification="animal")
    outside = make.detection(image=make.image("other/1.jpg"), classification="animal")
    get_user_model()._default_manager.get_or_create(username=settings.LOCAL_USERNAME)
    out = io.StringIO()
    call_command("classify_detections", "doe", "--below", "herd/", stdout=out)
    assert out.getvalue().startswith("1 detection is doe now")
    assert classify_detections.NEXT in out.getvalue()
    inside.refresh_from_db()
    outside.refresh_from_db()
    assert (inside.effective_class, outside.effective_class) == ("doe", "animal")
    with pytest.raises(CommandError, match="Nothing would change"):
        call_command("classify_detections", "doe", "--from", "cattle")
    with pytest.raises(CommandError, match="no active user"):
        call_command("classify_detections", "doe", "--user", "nobody")


def test_the_command_counts_detections_not_what_was_grouped_anew() -> None:
    first = make.detection(classification="animal")
    make.detection(image=make.image(encounter=first.image.encounter), classification="animal")
    get_user_model()._default_manager.get_or_create(username=settings.LOCAL_USERNAME)
    out = io.StringIO()
    call_command("classify_detections", "doe", stdout=out)
    assert out.getvalue().startswith("2 detections are doe now")
