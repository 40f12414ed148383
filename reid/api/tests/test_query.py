"""Query parameters, read strictly: a filter that makes no sense is never no filter."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.http import QueryDict
from rest_framework import serializers

from reid.api import query
from reid.api.query import FlagField, MomentField, OneOfField, Query, SomeOfField


class Asked(Query):
    count = serializers.IntegerField(min_value=1, max_value=9)
    known = FlagField(source="deer__isnull")
    sex = OneOfField([("buck", "Buck"), ("doe", "Doe")])
    classes = SomeOfField(choices=["buck", "doe", "fawn"], source="classes__in")
    ids = serializers.ListField(child=serializers.UUIDField())
    since = MomentField()


def read(query_string: str) -> dict[str, Any]:
    return Asked().read(QueryDict(query_string))


def refused(query_string: str) -> dict[str, list[str]]:
    with pytest.raises(serializers.ValidationError) as caught:
        read(query_string)
    detail: Any = caught.value.detail
    return {name: [str(item) for item in items] for name, items in detail.items()}


def test_nothing_is_required() -> None:
    assert read("") == {}


def test_values_are_read_by_the_lookup_that_they_stand_for() -> None:
    assert read("count=9&known=false&sex=doe&classes=buck&classes=fawn") == {
        "count": 9,
        "deer__isnull": False,
        "sex": "doe",
        "classes__in": {"buck", "fawn"},
    }


def test_a_moment_without_a_zone_is_the_ranch_s(settings) -> None:
    settings.TIME_ZONE = "America/Chicago"
    assert read("since=2025-11-15T12:00")["since"] == datetime(2025, 11, 15, 18, tzinfo=UTC)
    assert read("since=2025-11-15T12:00Z")["since"] == datetime(2025, 11, 15, 12, tzinfo=UTC)


@pytest.mark.parametrize("value", ["True", "1", "yes", "on", "", "null"])
def test_a_flag_is_true_or_false(value: str) -> None:
    assert refused(f"known={value}") == {"known": ["known: Use one of: true, false."]}


@pytest.mark.parametrize(
    ("query_string", "name", "text"),
    [
        ("count=0", "count", "greater than or equal to 1"),
        ("count=10", "count", "less than or equal to 9"),
        ("count=null", "count", "A valid integer is required."),
        ("sex=stag", "sex", query.NO_CHOICE.format(choices="buck, doe")),
        ("sex=", "sex", query.NO_CHOICE.format(choices="buck, doe")),
        ("classes=buck&classes=elk", "classes", query.NO_CHOICE.format(choices="buck, doe, fawn")),
        ("ids=x", "ids", "Must be a valid UUID."),
        ("since=yesterday", "since", "wrong format"),
        ("since=0001-01-01T00:00:00Z", "since", query.FAR_OFF),
        ("since=9999-12-31T23:59:59Z", "since", query.FAR_OFF),
        ("count=1&count=2", "count", query.GIVEN_TWICE),
        ("cuont=1", "cuont", query.UNKNOWN_PARAMETER),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(query_string: str, name: str, text: str) -> None:
    ((field, (message,)),) = refused(query_string).items()
    assert field == name
    assert message.startswith(f"{name}: ")
    assert text in message


def test_everything_that_is_wrong_is_listed() -> None:
    assert set(refused("count=x&sex=x&wrong=1&known=true")) == {"count", "sex", "wrong"}


def test_the_choice_of_a_renderer_is_not_a_filter() -> None:
    assert read("format=json&count=3") == {"count": 3}
