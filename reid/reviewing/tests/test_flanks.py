"""Flanks set by a person: what changes, what does not, and that it can be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from reid import reviewing
from reid.admin import review as admin_review
from reid.models import Deer, Detection, Encounter, Operation
from reid.reviewing import ReviewRefused, StaleReview, ledger
from reid.tests import make
from reid.tests.reviewing import events, everything, reviewer, seen, sighting
from reid.wording import Number

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


def reference(deer: Deer, encounter: Encounter, flank: str) -> Detection:
    return make.detection(
        image=make.image(encounter=encounter), deer=deer, is_reference=True, flank=flank
    )


def again(row: Detection) -> tuple[str, str, bool, bool]:
    row.refresh_from_db()
    return row.flank, row.flank_source, row.is_reference, row.scores_stale


def say(row: Detection, flank: str) -> Operation:
    row.refresh_from_db()
    return reviewing.set_flank(
        versions={row.pk: row.version}, flanks={row.pk: flank}, actor=reviewer()
    )


def test_a_flank_is_kept_with_its_source_and_nothing_is_said_of_identity() -> None:
    of = sighting(frames=2)
    first, second = of.detections.order_by("pk")
    done = say(first, "left")
    assert done.kind == "set_flank"
    assert again(first) == ("left", "reviewed", False, True)
    # What is decided of one frame is decided of its sighting: all of it is scored again.
    assert again(second) == ("unknown", "none", False, True)
    assert (first.reviewed_at, first.deer) == (None, None)
    assert events(done) == [("flank", "unknown", "left"), ("flank_source", "none", "reviewed")]


def test_it_can_be_undone_and_redone() -> None:
    rows = list(sighting(frames=2, flank="left").detections.all())
    before = everything()
    done = reviewing.set_flank(
        versions={row.pk: 0 for row in rows},
        flanks={row.pk: "right" for row in rows},
        actor=reviewer(),
    )
    after = everything()
    undone = reviewing.undo(operation=done.pk, actor=reviewer())
    assert everything() == before
    assert {row.flank_source for row in Detection.objects.all()} == {"imported"}
    reviewing.undo(operation=undone.pk, actor=reviewer())
    assert everything() == after


def test_who_saw_an_older_state_is_told_what_changed() -> None:
    row = sighting().detections.get()
    say(row, "left")
    with pytest.raises(StaleReview, match="flank of detection"):
        reviewing.set_flank(versions={row.pk: 0}, flanks={row.pk: "right"}, actor=reviewer("bo"))
    with pytest.raises(StaleReview):  # a version for every flank
        reviewing.set_flank(versions={}, flanks={row.pk: "right"}, actor=reviewer())
    assert again(row)[0] == "left"


def test_what_is_so_already_is_no_operation() -> None:
    row = sighting().detections.get()
    say(row, "left")
    with pytest.raises(ReviewRefused, match=ledger.NOTHING_CHANGES):
        say(row, "left")


def test_confirming_a_guess_changes_its_source_and_no_score() -> None:
    row = sighting(flank="left", flank_source="guessed").detections.get()
    say(row, "left")
    assert again(row) == ("left", "reviewed", False, False)


def test_that_it_cannot_be_told_is_an_answer_too() -> None:
    row = sighting(flank="left", flank_source="guessed").detections.get()
    say(row, "unknown")
    assert again(row) == ("unknown", "reviewed", False, True)


def test_a_reference_moves_to_the_place_of_its_flank_where_that_is_free() -> None:
    oak, encounter = make.deer("Oak"), make.sighting().encounter
    left, right = reference(oak, encounter, "left"), reference(oak, encounter, "right")
    say(left, "front")
    assert again(left)[:3] == ("front", "reviewed", True)
    done = say(left, "right")  # taken
    assert again(left)[:3] == ("right", "reviewed", False)
    assert again(right)[:3] == ("right", "imported", True)
    reviewing.undo(operation=done.pk, actor=reviewer())
    assert again(left)[:3] == ("front", "reviewed", True)


def test_a_review_that_says_nothing_of_a_flank_leaves_its_source_alone() -> None:
    of, oak = sighting(flank="left", flank_source="guessed"), make.deer("Oak")
    reviewing.assign(sighting=of.pk, deer=oak.pk, versions=seen(of), actor=reviewer())
    assert of.detections.get().flank_source == "guessed"
    (key,) = seen(of)
    reviewing.correct_class(versions=seen(of), flanks={key: "left"}, actor=reviewer())
    assert of.detections.get().flank_source == "reviewed"


def post(client: Client, **body: Any) -> Any:
    return client.post("/api/review/set-flank", body, content_type="application/json")


def test_over_http_it_answers_with_the_versions_to_go_on_with(client: Client) -> None:
    of = sighting()
    (key,) = seen(of)
    answer = post(client, versions={str(key): 0}, flanks={str(key): "right"})
    assert answer.status_code == 201, answer.content
    done = Operation.objects.get()
    assert answer["Location"] == reverse("operation-detail", args=[done.pk])
    assert answer.json()["kind"] == "set_flank"
    assert answer.json()["versions"] == {str(key): 1} == {str(k): v for k, v in seen(of).items()}
    assert post(client, versions={str(key): 0}, flanks={str(key): "left"}).status_code == 409
    assert post(client, versions={str(key): 1}).status_code == 400
    assert post(client, versions={str(key): 1}, flanks={str(key): "top"}).status_code == 400


def test_in_the_admin_it_is_asked_and_then_one_operation(client: Client) -> None:
    rows = [sighting().detections.get() for _ in range(2)]
    selected = {"action": "set_flank", "_selected_action": [str(row.pk) for row in rows]}
    address = reverse("admin:reid_detection_changelist")
    page = client.post(address, selected).content.decode()
    lines = [f"{row.pk}:0" for row in rows]
    assert all(f'name="shown" value="{line}" checked' in page for line in lines)
    assert not Operation.objects.exists()
    chosen = selected | {"flank": "left", "shown": lines}
    page = client.post(address, chosen, follow=True).content.decode()
    assert admin_review.FLANK_SET.format(count=Number(2)) in page
    assert {row.flank for row in Detection.objects.all()} == {"left"}
    assert Operation.objects.get().kind == "set_flank"
    # The same page sent again is of versions that are gone.
    page = client.post(address, chosen, follow=True).content.decode()
    assert "changed" in page
    assert Operation.objects.count() == 1
