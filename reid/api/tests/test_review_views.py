"""Review endpoints: each of them, what it refuses, and the error that it returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.urls import get_resolver, reverse

from reid.api import query, review_requests
from reid.models import Deer, Operation, Sighting
from reid.reviewing import identity, ledger
from reid.reviewing.profiles import beginning
from reid.tests import make
from reid.tests.reviewing import seen, sighting, state

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


def post(client: Client, verb: str, **body: Any) -> Any:
    return client.post(f"/api/review/{verb}", body, content_type="application/json")


def versions(*of: Sighting) -> dict[str, int]:
    return {str(key): version for key, version in seen(*of).items()}


def test_a_review_answers_with_the_operation_that_it_made(client: Client) -> None:
    of, oak = sighting(), make.deer("Oak")
    (key,) = versions(of)
    answer = post(
        client,
        "assign",
        sighting=str(of.pk),
        deer=str(oak.pk),
        versions=versions(of),
        flanks={key: "left"},
        selection="random",
        shown_rank=2,
        seconds=3.5,
        reason="the notch",
    )
    assert answer.status_code == 201, answer.content
    done = Operation.objects.get()
    assert answer["Location"] == f"/api/operations/{done.pk}"
    assert answer.json()["kind"] == "assign"
    assert answer.json()["actor"] == "local"
    assert (done.selection, done.shown_rank, done.seconds) == ("random", 2, 3.5)
    assert state(of) == [("Oak", "reviewed", True)]
    assert of.detections.get().flank == "left"


def test_every_verb_has_a_door_that_works(client: Client) -> None:
    run, oak = make.run(make.scorer()), make.deer("Oak")
    of = sighting(classification="animal")
    steps: list[tuple[str, dict[str, Any]]] = [
        ("correct-class", {"classification": "doe"}),
        ("reject", {"sighting": str(of.pk), "deer": [str(oak.pk)]}),
        ("confirm", {"sighting": str(of.pk), "deer": str(oak.pk)}),
        ("drop-reference", {}),
        ("enrol", {}),
        ("invalidate", {}),
        ("make-valid", {}),
        ("split", {"sightings": [str(of.pk)], "name": "Elm"}),
        ("name-group", {"sightings": [str(of.pk)], "name": "Fir"}),
        ("new-deer", {"sighting": str(of.pk), "name": "Ash"}),
        ("assign", {"sighting": str(of.pk), "deer": str(oak.pk)}),
        ("keep-label", {"sighting": str(of.pk)}),
    ]
    make.score(of.detections.get(), oak, 9000, run)
    for verb, body in steps:
        answer = post(client, verb, versions=versions(of), **body)
        assert answer.status_code == 201, (verb, answer.content)
    other = make.deer("Birch")
    assert post(client, "keep-apart", deer=str(oak.pk), other=str(other.pk)).status_code == 201
    assert post(client, "merge", deer=str(oak.pk), into=str(other.pk)).status_code == 201
    merged = Operation.objects.get(kind="merge")
    assert post(client, "undo", operation=str(merged.pk)).status_code == 201
    assert state(of) == [("Oak", "reviewed", True)]
    endpoints = {name for name in get_resolver().reverse_dict if str(name).startswith("review-")}
    assert {f"review-{verb}" for verb, _ in steps} | {
        "review-merge",
        "review-keep-apart",
        "review-undo",
        "review-next",
        "review-groups",
        "review-set-flank",  # test_review_flanks
        "review-split-sighting",  # test_review_splitting
        "review-assign-group",  # reid/api/photographs/tests/test_views
        "review-draw-box",
        "review-move-box",
        "review-delete-boxes",
        "review-annotate",
        "review-set-camera",
        "review-edit-deer",  # profiles/tests
        "review-note-season",
    } == endpoints


def test_the_second_reviewer_gets_a_409_with_what_changed(client: Client) -> None:
    of, oak, elm = sighting(), make.deer("Oak"), make.deer("Elm")
    body = {"sighting": str(of.pk), "versions": versions(of)}
    post(client, "assign", deer=str(oak.pk), **body)
    answer = post(client, "assign", deer=str(elm.pk), **body)
    assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")
    assert answer.json()["detail"].startswith("This sighting has changed since you saw it: deer of")
    first = answer.json()["errors"][0]
    assert first["code"] == "stale"
    assert first["field"] == f"detection.{of.detections.get().pk}.deer"
    assert (first["before"], first["after"], first["by"]) == (None, str(oak.pk), "local")
    assert first["operation"] == str(Operation.objects.get().pk)


def test_what_cannot_be_undone_is_a_409_that_names_the_conflict(client: Client) -> None:
    of = sighting()
    for deer in (make.deer("Oak"), make.deer("Elm")):
        post(client, "assign", sighting=str(of.pk), deer=str(deer.pk), versions=versions(of))
    first, second = Operation.objects.order_by("created_at")
    answer = post(client, "undo", operation=str(first.pk))
    assert answer.status_code == 409
    assert {error["operation"] for error in answer.json()["errors"]} == {str(second.pk)}
    assert post(client, "undo", operation=str(uuid4())).status_code == 404


@pytest.mark.parametrize(
    ("verb", "body", "status", "field", "message"),
    [
        ("assign", {}, 400, "sighting", "This field is required."),
        ("assign", {"versions": {}}, 400, "versions", "This dictionary may not be empty."),
        (
            "assign",
            {"versions": {"x": 1}},
            400,
            "versions",
            review_requests.NOT_A_DETECTION.format(key="x"),
        ),
        ("assign", {"verison": 1}, 400, "verison", query.UNKNOWN_FIELD),
        ("correct-class", {}, 400, "", review_requests.NOTHING_GIVEN),
        ("correct-class", {"classification": "unicorn"}, 400, "classification", "unicorn"),
        ("correct-class", {"flanks": {str(uuid4()): "top"}}, 400, "flanks", "top"),
        ("new-deer", {"name": " "}, 400, "name", "may not be blank"),
        ("new-deer", {"name": "Oak"}, 409, "name", beginning.NAME_TAKEN.format(name="Oak")),
        ("assign", {"deer": str(uuid4())}, 400, "deer", "There is no deer"),
        ("reject", {}, 400, "deer", identity.NOTHING_TO_REJECT),
        ("drop-reference", {}, 409, "", ledger.NOTHING_CHANGES),
        ("assign", {"seconds": -1}, 400, "seconds", "0"),
        ("assign", {"selection": "whim"}, 400, "selection", "whim"),
        ("assign", {"selection": "audit"}, 400, "selection", "audit"),
        ("assign", {"selection": "import"}, 400, "selection", "import"),
    ],
)
def test_a_refusal_names_the_field_and_changes_nothing(
    client: Client, verb: str, body: dict[str, Any], status: int, field: str, message: str
) -> None:
    of = sighting()
    make.detection(deer=make.deer("Oak"))
    whole: dict[str, Any] = {"versions": versions(of)}
    if verb in ("assign", "new-deer", "reject") and message != "This field is required.":
        whole |= {"sighting": str(of.pk)}
    if verb == "assign":
        whole |= {"deer": str(Deer.objects.get().pk)}
    answer = post(client, verb, **whole | body)
    assert answer.status_code == status, answer.content
    errors = answer.json()["errors"]
    errors_of_field = [error for error in errors if error["field"].split(".")[0] == field]
    assert errors_of_field, errors
    assert message in errors_of_field[0]["message"]
    assert not Operation.objects.exists()


def test_next_shows_the_item_its_candidates_and_how_it_was_chosen(client: Client) -> None:
    scorer, oak = make.scorer(), make.deer("Oak", sex="doe")
    camera = make.camera("Creek")
    image = make.image(camera=camera)
    image.encounter = make.sighting().encounter
    image.encounter.camera = camera
    image.encounter.save()
    of = sighting(image=image, deer=oak, identity_source="auto")
    detection = of.detections.get()
    make.embedding(detection, scorer, 1, 0, 0, 0)
    make.score(detection, oak, 8123, make.run(scorer))
    reference = make.detection(deer=oak, is_reference=True, flank="left")
    make.embedding(reference, scorer, 1, 0, 0, 0)
    page = client.get("/api/review/next").json()
    assert (page["remaining"], page["reviewed"], page["ranking_only"]) == (1, 0, True)
    assert (page["threshold"], page["space"]) == (None, str(scorer.space))
    assert page["scorer"] == {"id": str(scorer.pk), "kind": "embedding", "name": scorer.name}
    item = page["item"]
    assert (item["sighting"], item["selection"], item["camera"]) == (str(of.pk), "queue", "Creek")
    assert (item["assigned"], item["margin"]) == ("Oak", None)
    assert item["detections"] == [
        {
            "id": str(detection.pk),
            "version": 0,
            "captured_at": "2025-10-01T12:00:00Z",
            "effective_class": "doe",
            "flank": "unknown",
            "flank_source": "none",
            "antler_year": None,
            "is_identifiable": True,
            "crop": reverse("detection-crop", args=[detection.pk]),
        }
    ]
    (candidate,) = item["candidates"]
    assert (candidate["rank"], candidate["score"]) == (1, 0.8123)
    assert candidate["deer"] == {"id": str(oak.pk), "name": "Oak", "sex": "doe"}
    assert candidate["references"] == [
        {
            "detection": str(reference.pk),
            "flank": "left",
            "similarity": 1.0,
            "antler_year": None,
            "is_other_antler_year": False,
            "crop": reverse("detection-crop", args=[reference.pk]),
        }
    ]
    skipped = client.get("/api/review/next", {"skip": str(of.pk)})
    assert (skipped.json()["item"], skipped["Cache-Control"]) == (None, "no-store")
    assert client.get("/api/review/next", {"skip": "x"}).status_code == 400


def test_a_buck_is_shown_with_the_year_of_its_antlers(client: Client) -> None:
    scorer, hook = make.scorer(), make.deer("Hook", sex="buck")
    of = sighting(classification="buck")
    detection = of.detections.get()
    make.embedding(detection, scorer, 1, 0, 0, 0)
    make.score(detection, hook, 8123, make.run(scorer))
    before = make.image(captured_at=make.later(days=-365))
    reference = make.detection(deer=hook, is_reference=True, classification="buck", image=before)
    make.embedding(reference, scorer, 1, 0, 0, 0)
    item = client.get("/api/review/next").json()["item"]
    assert [one["antler_year"] for one in item["detections"]] == [2025]
    ((shown,),) = (candidate["references"] for candidate in item["candidates"])
    assert (shown["antler_year"], shown["is_other_antler_year"]) == (2024, True)
    listed = client.get(f"/api/detections/{reference.pk}").json()
    assert listed["antler_year"] == 2024


def test_the_local_user_is_who_reviews(client: Client) -> None:
    of = sighting()
    post(client, "invalidate", versions=versions(of))
    assert of.detections.get().reviewed_by == User.objects.get(username="local")


def test_the_api_s_document_has_no_gaps() -> None:
    from io import StringIO

    from django.core.management import call_command

    out = StringIO()
    call_command("spectacular", "--fail-on-warn", "--validate", stdout=out)
    assert "operationId: review_confirm" in out.getvalue()
