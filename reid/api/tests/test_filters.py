"""The lists of the store narrow to what is asked, and refuse what cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reid.api import query
from reid.models import Operation, Scorer
from reid.tests import make

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db
LISTS = ("cameras", "deployments", "images", "detections", "deer", "scores", "runs", "operations")


def ids(client: Client, address: str, **params: Any) -> list[Any]:
    answer = client.get(f"/api/{address}", params, headers={"Accept": "application/json"})
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


@pytest.mark.parametrize("name", [*LISTS, "watch"])
@pytest.mark.parametrize(
    "params", ["page_size=null", "page_size=0", "page_size=1001", "ordering=secret", "camra=x"]
)
def test_what_no_list_can_be_asked_is_a_problem_that_names_it(
    client: Client, name: str, params: str
) -> None:
    answer = client.get(f"/api/{name}?{params}")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    parameter = params.split("=")[0]
    (error,) = answer.json()["errors"]
    assert error["field"] == parameter
    assert answer.json()["detail"] == error["message"]
    assert error["message"].startswith(f"{parameter}: ")


@pytest.mark.parametrize(
    "address", ["detections/{}/scores?page_size=x", "detections/{}/scores?matched=true"]
)
def test_lists_of_one_object_can_be_asked_for_pages_alone(client: Client, address: str) -> None:
    detection = make.detection()
    assert client.get(f"/api/detections/{detection.pk}/scores?page_size=1").status_code == 200
    assert client.get("/api/" + address.format(detection.pk)).status_code == 400


def test_detections_by_deer_camera_time_class_and_flank(client: Client) -> None:
    camera, deer = make.camera(), make.deer(name="Juniper")
    image = make.image(camera=camera, captured_at=make.later(days=1))
    one = make.detection(image=image, deer=deer, classification="buck", flank="left")
    make.detection(classification="doe", image=make.image(captured_at=None))
    params: list[dict[str, Any]] = [
        {"deer": deer.pk},
        {"deer__isnull": "false"},
        {"image__camera": camera.pk},
        {"image__captured_at__isnull": "false"},
        {"image__captured_at__gte": make.later(days=1).isoformat()},
        {"effective_class": ["buck", "fawn"]},
        {"flank": "left"},
        {"search": "juni"},
        {"deer": deer.pk, "is_valid": "true", "is_reference": "false", "page_size": 1},
    ]
    for question in params:
        assert ids(client, "detections", **question) == [str(one.pk)], question
    assert ids(client, "detections", image__captured_at__lt=make.later(days=1).isoformat()) == []


def test_a_search_wants_all_of_its_words_and_keeps_phrases(client: Client) -> None:
    first = make.deer(name="Old Oak", notes="a notch in the left ear")
    make.deer(name="Young Oak", notes="left alone")
    assert ids(client, "deer", search="oak notch") == [str(first.pk)]
    assert ids(client, "deer", search='"left ear"') == [str(first.pk)]
    assert ids(client, "deer", search="") == ids(client, "deer")
    assert len(ids(client, "deer", search="100%")) == 0


def test_scores_by_their_range_and_runs_by_their_state(client: Client) -> None:
    run, detection = make.run(make.scorer()), make.detection()
    for value in (1000, 5000, 9000):
        make.score(detection, make.deer(), value, run)
    assert len(ids(client, "scores", score__gte=1000, score__lte=5000, run=run.pk)) == 2
    assert client.get("/api/scores", {"score__gte": 10_001}).status_code == 400
    assert ids(client, "runs", kind=run.kind, state=run.state) == [str(run.pk)]
    assert ids(client, "runs", state="failed") == []


def test_scores_and_runs_by_their_scorer_and_by_its_space(client: Client) -> None:
    first, second = make.scorer(), make.scorer(is_active=False)
    detection, deer = make.detection(), make.deer()
    of_first, of_second = (
        make.score(detection, deer, 5000, make.run(scorer)) for scorer in (first, second)
    )
    for of, scorer in ((of_first, first), (of_second, second)):
        for parameter in ({"scorer": scorer.pk}, {"space": scorer.space_id}):
            assert ids(client, "scores", **parameter) == [of.pk]
            assert ids(client, "runs", **parameter) == [str(of.run_id)]
    assert ids(client, "scores", space=first.pk) == []  # another id


def test_what_no_space_made_has_none(client: Client) -> None:
    pattern = Scorer.objects.create(kind="pattern", name="sift", fingerprint="5" * 64)
    make.score(make.detection(), make.deer(), 5000, make.run(pattern))
    named = {"id": str(pattern.pk), "kind": "pattern", "name": "sift"}
    for name in ("scores", "runs"):
        (row,) = client.get(f"/api/{name}").json()["results"]
        assert (row["space"], row["scorer"]) == (None, named)


def test_an_id_that_is_nobody_s_finds_nothing(client: Client) -> None:
    operation = Operation.objects.create(kind="run", run=make.run(make.scorer()))
    assert ids(client, "operations", run=operation.run_id) == [str(operation.pk)]
    assert ids(client, "operations", run=operation.pk) == []


def test_the_browsable_form_leaves_out_what_was_left_empty(client: Client) -> None:
    buck, _ = make.deer(sex="buck"), make.deer(sex="doe")
    page = client.get(
        "/api/deer?sex=buck&status=&search=&merged_into__isnull=", headers={"Accept": "text/html"}
    )
    assert page.status_code == 200
    text = page.content.decode()
    assert str(buck.pk) in text
    assert '<option value="buck" selected' in text
    assert '<select class="form-control" name="merged_into__isnull">' in text


def test_a_form_s_refusal_is_a_problem_too(client: Client) -> None:
    answer = client.get("/api/deer?sex=stag", headers={"Accept": "text/html"})
    assert answer.status_code == 400
    assert query.NO_CHOICE.split(":")[0] in answer.json()["detail"]


@pytest.mark.parametrize(
    "address", ["review/next?skip=x", "review/groups?count=x", "audits/next?spaec=x"]
)
def test_other_addresses_are_read_as_strictly(client: Client, address: str) -> None:
    assert client.get(f"/api/{address}").status_code == 400
