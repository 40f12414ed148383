"""REID_AUTO_ENROL: when a run makes a profile, and that it stays a guess."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import timezone

from reid import reviewing
from reid.identifying import identify
from reid.identifying.auto_enrol import AT_LEAST
from reid.models import CREATED, Deer, Detection, IdentityEvent, Operation, ReidRun, Threshold
from reid.tests import make
from reid.tests.reviewing import reviewer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def scorer(settings):
    settings.REID_AUTO_ENROL = True
    scorer = make.scorer(2)
    approve(scorer, "0.9")
    return scorer


def approve(scorer, value: str) -> None:
    Threshold.objects.update(is_active=False)
    Threshold.objects.create(
        scorer=scorer,
        value=Decimal(value),
        source="operator",
        approved_by=reviewer(),
        approved_at=timezone.now(),
        is_active=True,
    )


def seen(scorer, *vector: float, **fields) -> Detection:
    detection = make.detection(**{"classification": "unknown_deer"} | fields)
    make.embedding(detection, scorer, *vector)
    return detection


def run(scorer, **scope) -> ReidRun:
    run = identify.create_run(scorer, identify.IdentifyScope(**scope))
    while identify.advance(run.pk):
        pass
    run.refresh_from_db()
    return run


def herd(scorer, count: int = AT_LEAST) -> list[Detection]:
    """An enrolled deer to the north, and so many nameless sightings to the east."""
    seen(scorer, 0, 1, deer=make.deer("north"), is_reference=True)
    return [seen(scorer, 1, 0.01 * number, classification="doe") for number in range(count)]


def test_near_sightings_that_match_nobody_get_a_profile(scorer) -> None:
    probes = herd(scorer)
    done = run(scorer)
    assert done.counts["enrolled"] == 1
    deer = Deer.objects.exclude(name="north").get()
    assert (deer.name, deer.sex) == ("Unnamed 1", "doe")
    for probe in probes:
        probe.refresh_from_db()
        assert (probe.deer, probe.identity_source, probe.is_reference) == (deer, "auto", False)
    operation = Operation.objects.get()
    assert (operation.kind, operation.run, operation.actor) == ("new_deer", done, None)
    assert IdentityEvent.objects.filter(operation=operation, field=CREATED, deer=deer).exists()


def test_a_later_run_keeps_it_and_makes_no_second_one(scorer) -> None:
    herd(scorer)
    run(scorer)
    again = run(scorer)
    assert "enrolled" not in again.counts
    assert again.counts["withdrawn_detections"] == 0
    assert Deer.objects.count() == 2
    Threshold.objects.update(is_active=False)  # nothing supports automatic identities now
    assert run(scorer).counts["withdrawn_detections"] == AT_LEAST


@pytest.mark.parametrize("off", ["setting", "threshold", "stale run", "too few encounters"])
def test_what_makes_no_profile(scorer, settings, off) -> None:
    herd(scorer, AT_LEAST - 1 if off == "too few encounters" else AT_LEAST)
    settings.REID_AUTO_ENROL = off != "setting"
    if off == "threshold":
        Threshold.objects.update(is_active=False)
    Detection.objects.update(scores_stale=True)
    run(scorer, stale=off == "stale run")
    assert Deer.objects.count() == 1


def test_what_a_person_has_undone_is_not_made_again(scorer) -> None:
    herd(scorer)
    run(scorer)
    reviewing.undo(operation=Operation.objects.get().pk, actor=reviewer())
    assert not Detection.objects.filter(identity_source="auto").exists()
    run(scorer)
    assert not Detection.objects.filter(identity_source="auto").exists()


def test_a_confirmed_one_is_judged_like_any_other(scorer) -> None:
    """With a reference of its own the verdicts count: a sighting that is too far from it is withdrawn."""
    probes = herd(scorer)
    run(scorer)
    known = probes[0]
    known.refresh_from_db()
    assert known.sighting_id is not None
    assert known.deer_id is not None
    reviewing.confirm(
        sighting=known.sighting_id,
        deer=known.deer_id,
        versions={known.pk: known.version},
        actor=reviewer(),
    )
    assert Detection.objects.references().count() == 2
    approve(scorer, "1.0")
    assert run(scorer).counts["withdrawn_detections"] > 0


def test_names_are_not_taken_twice(scorer) -> None:
    make.deer("Unnamed 2")
    herd(scorer)
    run(scorer)
    assert Deer.objects.filter(name="Unnamed 3").exists()
