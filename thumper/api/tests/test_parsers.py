"""Limits of bodies: beyond them nothing is read, and no answer grows with its question."""

from __future__ import annotations

import io
import json

import pytest
from rest_framework.exceptions import ParseError

from thumper.api.parsers import (
    TOO_DEEP,
    TOO_LARGE,
    TOO_MANY_NAMES,
    BodyTooLarge,
    BoundedJSONParser,
)


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


ADDRESSES = [
    "/api/exports/pdf",
    "/api/exports/zip",
    "/api/review/assign",
    "/api/review/merge",
    "/api/review/confirm",
]
MEBIBYTE = 2**20


@pytest.mark.django_db
@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("size", [2.2, 2.7, 8.7])
def test_the_api_answers_413(client, address, size):
    body = json.dumps({"title": "x" * int(size * MEBIBYTE)})
    answer = client.post(address, body, content_type="application/json")
    assert answer.status_code == 413
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"] == TOO_LARGE.format(limit=2 * MEBIBYTE)


@pytest.mark.django_db
def test_a_raised_limit_holds_beyond_what_django_would_read(client, settings, redis_client):
    settings.JSON_MAX_BYTES = settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * MEBIBYTE
    fits, too_large = ('{"title": "%s"}' % ("x" * int(size * MEBIBYTE)) for size in (3.5, 4.5))
    for address in ADDRESSES:
        of_size = [
            client.post(address, body, content_type="application/json").status_code
            for body in (fits, too_large)
        ]
        assert of_size == [400, 413], address


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/sign-in/", "/admin/login/", "/nowhere"])
def test_a_form_is_limited_too(client, address):
    form = "application/x-www-form-urlencoded"
    assert client.post(address, "a=1&" * MEBIBYTE, content_type=form).status_code == 413


@pytest.mark.django_db
def test_what_takes_files_has_limits_of_its_own(client):
    where = "/uploads/11111111-2222-4333-8444-555555555555/"
    assert client.post(where, b"x" * (3 * MEBIBYTE), content_type="a/b").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("[" * 1_000_000, TOO_DEEP.format(limit=32)),
        ('{"a":' * 300_000, TOO_DEEP.format(limit=32)),
        ("[" * 200 + "]" * 200, TOO_DEEP.format(limit=32)),
        (json.dumps(dict.fromkeys(map(str, range(130_000)))), TOO_MANY_NAMES.format(limit=1_000)),
        (
            json.dumps({"filter": dict.fromkeys(map(str, range(1_001)))}),
            TOO_MANY_NAMES.format(limit=1_000),
        ),
    ],
    ids=["array", "object", "closed", "names", "inner names"],
)
def test_what_is_no_request_is_a_small_400(client, address, body, sentence):
    answer = client.post(address, body, content_type="application/json")
    assert (answer.status_code, answer.json()["detail"]) == (400, sentence)
    assert len(answer.content) < 1_000


@pytest.mark.django_db
def test_of_many_faults_the_first_are_listed(client, redis_client):
    body = json.dumps({f"key{number}": "x" * 1_000 for number in range(1_000)})
    answer = client.post("/api/exports/pdf", body, content_type="application/json")
    errors = answer.json()["errors"]
    assert (answer.status_code, len(errors)) == (400, 101)
    assert errors[-1]["message"].endswith("more are not listed.")
    assert len(answer.content) < 100_000


def test_the_largest_request_that_means_anything_fits(settings):
    """Ten thousand ids, as JSON writers put them, are a fifth of it."""
    ids = ["11111111-2222-4333-8444-555555555555"] * 10_000
    assert len(json.dumps({"detection_ids": ids}, indent=2)) < settings.JSON_MAX_BYTES / 4


def test_a_browser_is_shown_a_page_and_whoever_else_asks_a_sentence(client):
    body = {"data": "a=1&" * MEBIBYTE, "content_type": "application/x-www-form-urlencoded"}
    page = client.post("/photographs/marked", **body, headers={"accept": "text/html,*/*;q=0.8"})
    assert (page.status_code, page["Content-Type"]) == (413, "text/html; charset=utf-8")
    assert "That was too large to send." in page.content.decode()
    said = client.post("/photographs/marked", **body, headers={"accept": "*/*"})
    assert (said.status_code, said["Content-Type"]) == (413, "text/plain; charset=utf-8")
    assert said.content.decode().startswith("The body is too large: send at most")
