"""Page of places that are boxed again and again: each is one question, with pictures, answered by click or key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.action_chains import ActionChains

from reid import jobs
from reid.models import Detection, Repeat, RepeatAnswer
from reid.repeats import places
from reid.tests import make
from reid.tests.stumps import stump
from thumper.pages.photographs.tests.test_in_browser import said, soon

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client

    from thumper.pages.tests.looking import Looker

HTMX = {"HX-Request": "true"}


@pytest.mark.django_db
def test_a_place_is_shown_with_its_days_its_class_and_pictures(
    client: Client, media_root: Path
) -> None:
    stump(make.camera("Ridge"), with_files=True)
    assert jobs.look_for_repeats() == 1
    text = client.get("/photographs/repeats").content.decode()
    assert "Ridge" in text
    assert "10 photographs have a box in this place, from 1 Oct 2025 to 3 Oct 2025" in " ".join(
        text.split()
    )
    assert "The machine said: animal." in text
    assert text.count("/thumbnail") == 1 + places.EXAMPLES
    assert '<rect x="100" y="120" width="60" height="54"/>' in text


@pytest.mark.django_db
def test_a_person_is_not_cut_out_and_a_crop_that_is_not_there_is_left_out(client: Client) -> None:
    stump(make.camera(), classification="person")
    places.look()
    text = client.get("/photographs/repeats").content.decode()
    assert "/api/detections/" not in text
    assert text.count("/api/images/") == 1


@pytest.mark.django_db
def test_it_is_removed_and_undone_with_and_without_a_script(client: Client) -> None:
    stump(make.camera())
    (row,) = places.look()
    address = f"/photographs/repeats/{row.pk}"
    part = client.post(address, {"act": "remove"}, headers=HTMX).content.decode()
    assert "Removed from 10 photographs." in part
    assert "No place waits for an answer" in part
    assert not Detection.objects.valid().exists()
    assert "Taken back" in client.post(address, {"act": "take-back"}, headers=HTMX).content.decode()
    whole = client.post(address, {"act": "keep"}, follow=True).content.decode()
    assert "not asked about again" in whole
    again = client.post(address, {"act": "remove"}, headers=HTMX).content.decode()
    assert 'role="alert"' in again
    assert "answered already: it is kept" in again
    assert (
        "nothing that can be done"
        in client.post(address, {"act": "x"}, headers=HTMX).content.decode()
    )


@pytest.mark.service
@pytest.mark.django_db(transaction=True)
def test_keys_answer_the_first_one_and_take_the_answer_back(looker: Looker) -> None:
    stump(make.camera("Creek"), with_files=True)
    stump(make.camera("Ridge"), with_files=True)
    jobs.look_for_repeats()
    assert not looker.at("/photographs/repeats", "repeats")
    browser = looker.browser

    def press(key: str, words: str) -> None:
        ActionChains(browser).send_keys(key).perform()
        said(browser, words)
        # Until then the buttons that came are no more than those of a page without a script.
        script = "return document.querySelectorAll('.htmx-added, .htmx-settling').length"
        soon(lambda: browser.execute_script(script) == 0, "what came is settled")

    press("r", "Removed from 10 photographs.")
    assert Detection.objects.valid().count() == 10
    press("u", "Taken back")
    assert Detection.objects.valid().count() == 20
    press("k", "not asked about again")
    answers = {row.camera.name: row.answer for row in Repeat.objects.all()}
    assert answers == {"Creek": RepeatAnswer.KEPT, "Ridge": RepeatAnswer.OPEN}
    soon(lambda: "Creek" not in browser.page_source, "the first one is gone")
