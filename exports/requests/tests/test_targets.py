"""Rows that a request names: empty photographs, found by time and never through the index of doubles."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exports.requests import targets
from reid.tests import make

pytestmark = pytest.mark.django_db
OCTOBER = (date(2025, 10, 1), date(2025, 10, 31))


def test_a_double_of_an_empty_photograph_is_left_out() -> None:
    gate = make.camera()
    first = make.image(camera=gate, captured_at=make.later(hours=1))
    make.image(camera=gate, captured_at=make.later(hours=1), double_of=first)
    assert targets.empty_images((), *OCTOBER, limit=9) == (first.pk,)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="it asks how SQLite goes about a query")
@pytest.mark.parametrize("days", [OCTOBER, (None, None)], ids=["a month", "any time"])
def test_empty_photographs_are_found_in_order_of_time(
    days: tuple[date | None, date | None],
) -> None:
    """Without statistics SQLite took the index of doubles, which holds every photograph, and sorted."""
    with CaptureQueriesContext(connection) as asked:
        targets.empty_images((), *days, limit=9)
    (query,) = asked.captured_queries
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
        plan = " ".join(step for *_, step in cursor.fetchall())
    assert "image_by_time" in plan
    assert "TEMP B-TREE" not in plan
