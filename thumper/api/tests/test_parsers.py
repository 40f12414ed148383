"""Size limit of JSON bodies: beyond it nothing is read."""

from __future__ import annotations

import io
import json

import pytest
from rest_framework.exceptions import ParseError

from thumper.api.parsers import TOO_LARGE, BodyTooLarge, BoundedJSONParser


def test_a_body_of_exactly_the_limit_is_read(settings):
    settings.JSON_MAX_BYTES = 8
    assert BoundedJSONParser().parse(io.BytesIO(b'{"a": 1}')) == {"a": 1}


def test_beyond_the_limit_one_byte_is_read_and_no_more(settings):
    settings.JSON_MAX_BYTES = 8
    stream = io.BytesIO(b'{"a": 12}' + b" " * 100)
    with pytest.raises(BodyTooLarge):
        BoundedJSONParser().parse(stream)
    assert stream.tell() == 9


def test_a_malformed_body_is_still_told_as_such():
    with pytest.raises(ParseError):
        BoundedJSONParser().parse(io.BytesIO(b"{"))


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/api/exports/pdf", "/api/exports/zip"])
def test_the_api_answers_413(client, settings, address):
    body = json.dumps({"title": "x" * settings.JSON_MAX_BYTES})
    answer = client.post(address, body, content_type="application/json")
    assert answer.status_code == 413
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"] == TOO_LARGE.format(limit=2 * 2**20)


def test_the_largest_request_that_means_anything_fits(settings):
    """Ten thousand ids, as JSON writers put them, are a fifth of it."""
    ids = ["11111111-2222-4333-8444-555555555555"] * 10_000
    assert len(json.dumps({"detection_ids": ids}, indent=2)) < settings.JSON_MAX_BYTES / 4
