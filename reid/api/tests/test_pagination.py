"""Pages by key: every row once, at any depth, forth and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from reid.api import pagination
from reid.models import Image, Operation, SimilarityScore
from reid.tests import make

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db
nulls_last = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite's indexes begin with nulls"
)


def get(client: Client, url: str) -> Any:
    answer = client.get(url, headers={"Accept": "application/json"})
    assert answer.status_code == 200, answer.content
    return answer.json()


def walk(client: Client, url: str) -> list[Any]:
    """The ids of all rows; on the way back from the end they are the same, page by page."""
    forth, back = [], []
    while url:
        page = get(client, url)
        forth.append([row["id"] for row in page["results"]])
        last, url = url, page["next"]
    url = last
    while url:
        page = get(client, url)
        back.append([row["id"] for row in page["results"]])
        url = page["previous"]
    assert back == forth[::-1]
    return [key for page in forth for key in page]


def scores(count: int) -> None:
    """Of one run at one moment, three of them a score."""
    run, deer, now = make.run(make.scorer()), make.deer(), timezone.now()
    image = make.image()
    for number in range(count):
        detection = make.detection(image=image, x=number)
        make.score(detection, deer, 9000 - number // 3, run, calculated_at=now)


@pytest.mark.parametrize("order", ["score", "-score", "calculated_at", "-calculated_at"])
def test_rows_of_one_value_are_told_apart(client: Client, order: str) -> None:
    scores(8)
    rows = walk(client, f"/api/scores?page_size=2&ordering={order}")
    sign = "-" if order.startswith("-") else ""
    expected = SimilarityScore.objects.order_by(order, f"{sign}pk").values_list("pk", flat=True)
    assert rows == list(expected)


@pytest.mark.parametrize("order", ["captured_at", "-captured_at"])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_rows_without_a_value_are_the_largest(client: Client, order: str, size: int) -> None:
    for minutes in (0, None, 5, 5, None, 0):
        when = None if minutes is None else make.later(minutes=minutes)
        make.image(captured_at=when)
    rows = walk(client, f"/api/images?page_size={size}&ordering={order}")
    times = dict(Image.objects.values_list("pk", "captured_at"))
    rank = {None: 2, make.later(minutes=0): 0, make.later(minutes=5): 1}
    ranks = {str(key): rank[time] for key, time in times.items()}
    ascending = sorted(ranks, key=lambda key: (ranks[key], key))
    assert rows == (ascending if order == "captured_at" else ascending[::-1])


@pytest.mark.parametrize("name", ["cameras", "deployments", "detections", "deer", "operations"])
def test_every_list_is_walked_in_its_own_order(client: Client, name: str) -> None:
    run = make.run(make.scorer())
    for number in range(5):
        camera = make.camera()
        camera.deployments.create(started_on="2025-10-01")
        detection = make.detection(deer=make.deer(), image=make.image(camera=camera))
        make.score(detection, make.deer(), number, run)
        Operation.objects.create(kind="run", run=run)
    rows = walk(client, f"/api/{name}?page_size=2")
    assert len(set(rows)) == len(rows) >= 5


def test_filters_hold_on_every_page(client: Client) -> None:
    scores(6)
    SimilarityScore.objects.filter(score=8999).update(matched=True)
    rows = walk(client, "/api/scores?page_size=1&matched=true")
    assert len(rows) == 3


def test_a_row_that_comes_meanwhile_moves_no_page(client: Client) -> None:
    for name in "bdf":
        make.camera(name=name)
    first = get(client, "/api/cameras?page_size=1")
    make.camera(name="a")
    make.camera(name="c")
    second = get(client, first["next"])
    assert [row["name"] for row in second["results"]] == ["c"]
    assert [row["name"] for row in get(client, second["previous"])["results"]] == ["b"]


def test_beyond_the_last_row_there_is_nothing(client: Client) -> None:
    camera = make.camera(name="only")
    cursor = pagination.Cursor("only", camera.pk).encoded()
    assert get(client, f"/api/cameras?cursor={cursor}") == {
        "next": None,
        "previous": None,
        "results": [],
    }


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "MQ==",
        "W10=",
        pagination.Cursor("x", "y").encoded(),
        pagination.Cursor([1], "y").encoded(),
        pagination.Cursor(float("inf"), "y").encoded(),
    ],
)
def test_a_cursor_that_no_page_gave_out_is_not_found(client: Client, cursor: str) -> None:
    answer = client.get("/api/scores", {"cursor": cursor})
    assert answer.status_code == 404
    assert answer.json()["detail"] == pagination.NO_SUCH_PAGE


def test_the_longest_path_has_a_cursor_that_can_be_asked_for(client: Client) -> None:
    for letter in "ab":
        # Its digest is given: no file may have this name, so none is looked for.
        make.image("\N{DEER}" * 511 + letter, sha256=letter * 64)
    assert len(walk(client, "/api/images?page_size=1&ordering=path")) == 2


@pytest.mark.parametrize(
    ("address", "index"),
    [
        ("/api/detections", "detection_newest"),
        ("/api/detections?ordering=created_at", "detection_newest"),
        ("/api/images", "image_by_path"),
        ("/api/images?ordering=-path", "image_by_path"),
        pytest.param("/api/images?ordering=captured_at", "image_by_time", marks=nulls_last),
        pytest.param("/api/images?ordering=-captured_at", "image_by_time", marks=nulls_last),
    ],
)
def test_lists_are_read_by_indexes_without_hidden_rows(
    client: Client, address: str, index: str
) -> None:
    """Hidden rows of one import lie side by side: an index that has them was read through all of them."""
    make.detection()
    with CaptureQueriesContext(connection) as asked:
        get(client, address)
    (query,) = (one["sql"] for one in asked.captured_queries if "hidden_at" in one["sql"])
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # of a handful of rows it would not ask an index
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
            cursor.execute(f"EXPLAIN {query}")
        else:
            cursor.execute(f"EXPLAIN QUERY PLAN {query}")
        plan = " ".join(str(column) for row in cursor.fetchall() for column in row)
    assert index in plan
    assert "Sort" not in plan and "TEMP B-TREE" not in plan
