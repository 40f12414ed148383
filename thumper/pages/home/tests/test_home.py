"""Front page: the state of the store."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from reid.models import Import
from reid.tests import make, reviewing
from thumper.herd import COLLECTION, loading, removing
from thumper.pages.home import in_words, views

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


def page(client: Client) -> str:
    answer = client.get("/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_empty_store_says_what_to_do_first(client: Client) -> None:
    text = page(client)
    assert "Bring in your first photographs" in text
    assert "What waits" not in text


def test_without_an_approved_threshold_a_person_decides(client: Client) -> None:
    make.scorer()
    make.detection()
    assert "you decide every one" in page(client)


def test_a_threshold_without_an_audit_is_called_unchecked(client: Client) -> None:
    make.threshold(make.scorer(), "0.8123")
    make.detection()
    assert "by itself, unchecked" in page(client)


def test_an_expired_proof_is_said_with_its_reason() -> None:
    scorer = make.scorer()
    herd = {"deer": 0, "references": 0, "sightings": 40}
    make.threshold(scorer, "0.8123", source="analysis", evidence={"herd": herd})
    standing = in_words.standing(scorer)
    assert "no longer holds" in standing.title
    assert "sightings 40 -> 0" in standing.text


def test_an_override_is_said_before_what_is_approved(client: Client, settings) -> None:
    make.threshold(make.scorer(), "0.8123")
    make.detection()
    settings.REID_THRESHOLD = 0.65
    assert "a limit that nobody has approved" in page(client)


def test_the_newest_sightings_come_first_each_with_its_clearest_picture(client: Client) -> None:
    older = reviewing.sighting(image=make.image(captured_at=make.later(hours=-2)))
    newer = reviewing.sighting(image=make.image())
    clear = make.detection(sighting=newer, image=newer.detections.get().image, confidence=0.99, x=5)
    shown = [row.pk for row in views._newest_sightings()]
    assert shown == [clear.pk, older.detections.get().pk]


def test_what_went_wrong_in_an_import_is_counted(client: Client) -> None:
    record = Import.objects.create(kind="detections", source="card.json", state="completed")
    for severity in ("refused", "refused", "warning"):
        record.problems.create(severity=severity, reason="x", text="x")
    text = " ".join(page(client).split())
    assert "2 problems, 1 warning" in text


def test_the_front_page_asks_as_often_for_many_rows_as_for_few(
    client: Client, django_assert_max_num_queries
) -> None:
    for _ in range(12):
        reviewing.sighting(frames=2)
    with django_assert_max_num_queries(30) as few:
        page(client)
    for _ in range(12):
        reviewing.sighting(frames=2)
    with django_assert_max_num_queries(len(few)):
        page(client)


def test_a_deer_s_name_is_text(client: Client) -> None:
    make.detection(deer=make.deer(name="<script>alert(1)</script>"))
    text = page(client)
    assert "<script>" not in text
    assert "&lt;script&gt;" in text


@pytest.mark.parametrize("address", ["/", "/review/"])
def test_production_asks_who_is_there(client: Client, settings, address: str) -> None:
    settings.EMBEDDED = False
    assert client.get(address).status_code == 302


def test_the_review_page_knows_its_doors_and_its_keys(client: Client) -> None:
    answer = client.get("/review/")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert 'data-next="/api/review/next" data-deer="/api/deer"' in text
    assert 'id="flank"' in text
    assert "csrfmiddlewaretoken" in text
    for action in ("name", "reject", "invalidate", "skip", "undo", "groups"):
        assert f'data-act="{action}"' in text


def test_the_front_page_says_how_much_waits_for_review(client: Client) -> None:
    make.detection()
    assert re.search(r'title="waiting"><span id="review-waiting"[^>]*>1<', page(client))


def test_while_the_sample_herd_is_made_the_page_says_so_and_keeps_it(client: Client) -> None:
    """Half-made, its removal took rows from under the command that made it, and `up` ended with that."""
    make.detection(image=make.image(f"{COLLECTION}/oak/1.jpg"))
    with loading.making():
        text = page(client)
        assert "The sample herd is being made" in text
        assert "Remove the sample herd" not in text
        refused = client.post("/sample-herd/remove", follow=True).content.decode()
        assert "is still being made" in refused
    assert removing.is_stored()
    assert "Remove the sample herd" in page(client)


def test_what_was_undone_did_not_come_in(client: Client) -> None:
    make.detection()
    for name, state in (("kept.csv", "completed"), ("gone.csv", "undone")):
        Import.objects.create(kind=Import.Kind.DETECTIONS, source=name, state=state)
    text = page(client)
    assert "kept.csv" in text
    assert "gone.csv" not in text
