"""Frame of every page: what waits is counted no further than it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reid.tests.reviewing import sighting
from thumper.pages import frame

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("count", "shown"), [(0, ""), (2, "2"), (3, "2+")])
def test_what_waits_is_counted_up_to_a_limit(
    client: Client, monkeypatch: pytest.MonkeyPatch, count: int, shown: str
) -> None:
    monkeypatch.setattr(frame, "MOST_COUNTED", 2)
    for _ in range(count):
        sighting()
    sections = client.get("/search/").context["sections"]
    assert [one["waiting"] for one in sections if one["address"] == "/review/"] == [shown]
