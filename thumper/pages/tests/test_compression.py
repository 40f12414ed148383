"""Pages and scripts go compressed to whoever takes that; files, ranges and the API's answers as they are."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import pytest

from reid.models import Deer
from thumper.pages.tests.looking import MOST_BYTES

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db
TAKES = {"Accept-Encoding": "gzip"}
SWAGGER = "/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js"


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def test_a_page_goes_compressed_to_whoever_takes_that(client: Client) -> None:
    plain = client.get("/deer/")
    answer = client.get("/deer/", headers=TAKES)
    assert "Content-Encoding" not in plain
    assert answer["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.content)[:15] == plain.content[:15]


def test_a_part_of_a_file_stays_that_part(client: Client) -> None:
    answer = client.get(SWAGGER, headers=TAKES | {"Range": "bytes=0-9"})
    assert (answer.status_code, "Content-Encoding" in answer) == (206, False)
    assert len(body(answer)) == 10


@pytest.mark.usefixtures("redis_client")
def test_an_answer_of_the_api_stays_as_it_is(client: Client) -> None:
    answer = client.get("/api/exports/", headers=TAKES)
    assert answer.status_code == 200
    assert "Content-Encoding" not in answer


def test_the_script_of_the_api_s_pages_is_a_third_of_what_it_was(client: Client) -> None:
    plain = body(client.get(SWAGGER))
    sent = body(client.get(SWAGGER, headers=TAKES))
    assert gzip.decompress(sent) == plain
    assert len(sent) * 3 < len(plain)


@pytest.mark.usefixtures("redis_client")
def test_a_form_with_thousands_of_deer_stays_light(client: Client) -> None:
    Deer.objects.bulk_create(Deer(name=f"Deer number {number}") for number in range(2_000))
    answer = client.get("/exports/", headers=TAKES)
    assert len(answer.content) < MOST_BYTES
