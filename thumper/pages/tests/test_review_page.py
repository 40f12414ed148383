"""A wrong link split on the review page: a real browser, a real server, and keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.by import By

from conftest import wait_until
from reid import reviewing
from reid.embedding import scorers
from reid.matching.calibration import SHIPPED, Calibration, ImpostorScores
from reid.models import Detection, Operation, Sighting
from reid.scoring import fused_scorers
from reid.scoring.explain import explain
from reid.scoring.tests.coats import Coats
from reid.tests import make
from reid.tests.reviewing import reviewer, seen, sighting
from thumper.conftest import START_SECONDS
from thumper.models import Preference

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

pytestmark = [pytest.mark.service, pytest.mark.django_db(transaction=True)]


def test_pictures_of_another_animal_are_marked_and_parted_by_two_keys(
    browser: Chrome, site: str
) -> None:
    both = sighting(frames=3)
    browser.get(f"{site}/review/")

    def text(selector: str) -> str:
        return browser.find_element(By.CSS_SELECTOR, selector).text

    def soon(progress: str) -> None:
        wait_until(lambda: progress in text("#progress"), START_SECONDS, progress)

    soon("0 reviewed, 1 to go")
    body = browser.find_element(By.CSS_SELECTOR, "body")
    body.send_keys("p")
    assert "Mark the pictures" in text("#message")
    browser.find_elements(By.CSS_SELECTOR, "#frames button")[2].click()
    body.send_keys("m")
    marked = browser.find_elements(By.CSS_SELECTOR, "#frames .marked")
    assert [one.get_attribute("aria-label") for one in marked] == [
        "picture 3, marked as another animal"
    ]
    body.send_keys("p")
    soon("0 reviewed, 2 to go")
    done = Operation.objects.get()
    assert (done.kind, Sighting.objects.count()) == ("split", 2)
    assert both.detections.count() == 2
    body.send_keys("u")
    soon("1 to go")
    assert Sighting.objects.get() == both


def test_one_key_shows_where_two_coats_agree_and_closes_it_again(
    browser: Chrome, site: str
) -> None:
    coats = Coats()
    scorer = make.scorer(2)
    calibration = Calibration(ImpostorScores(5000.0, 1000.0, 1.0), SHIPPED, "of a test")
    fused = fused_scorers.create(scorer, coats.matcher, calibration)
    scorers.activate(fused)
    make.embedding(coats.probe, scorer, 1, 0)
    make.embedding(coats.reference, scorer, 1, 0)
    make.score(coats.probe, coats.ada, 9000, make.run(fused))
    Detection.objects.filter(deer=None).exclude(pk=coats.probe.pk).update(is_valid=False)
    browser.get(f"{site}/review/")

    def soon(what: str, selector: str) -> None:
        wait_until(
            lambda: what in browser.find_element(By.CSS_SELECTOR, selector).text,
            START_SECONDS,
            what,
        )

    soon("0 reviewed, 1 to go", "#progress")
    body = browser.find_element(By.CSS_SELECTOR, "body")
    body.send_keys("w")
    soon("Why Ada?", "#why")
    found = explain(coats.probe, coats.ada, fused)
    lines = browser.find_elements(By.CSS_SELECTOR, "#why .match")
    assert len(lines) == min(20, len(found.points)) > 10
    assert f"{len(found.points)} places of the two coats agree." in browser.page_source
    # The strongest is on top, and its line ends where the crop has it.
    strongest = browser.find_elements(By.CSS_SELECTOR, "#why .match:last-child line")[0]
    width, height = 400 * 864 / 576, 400
    assert float(strongest.get_attribute("x1") or 0) == pytest.approx(found.points[0].x * width)
    assert float(strongest.get_attribute("y1") or 0) == pytest.approx(found.points[0].y * height)
    body.send_keys("w")
    wait_until(
        lambda: not browser.find_element(By.ID, "why").is_displayed(), START_SECONDS, "closed"
    )
    assert [line["message"] for line in browser.get_log("browser")] == []


def test_a_bucks_picture_with_other_antlers_stands_apart_and_says_so(
    browser: Chrome, site: str
) -> None:
    scorer, hook = make.scorer(), make.deer("Hook", sex="buck")
    of = sighting(classification="buck")
    detection = of.detections.get()
    make.embedding(detection, scorer, 1, 0, 0, 0)
    make.score(detection, hook, 8123, make.run(scorer))
    before = make.image(captured_at=make.later(days=-365))
    reference = make.detection(deer=hook, is_reference=True, classification="buck", image=before)
    make.embedding(reference, scorer, 1, 0, 0, 0)
    browser.get(f"{site}/review/")

    def text(selector: str) -> str:
        found = browser.find_elements(By.CSS_SELECTOR, selector)
        return found[0].text if found else ""

    wait_until(lambda: "Hook" in text("#candidates"), START_SECONDS, "the candidate")
    assert "antlers of 2025" in text("#where")
    assert "No picture with the antlers of that year." in text("#candidates button > .picture")
    assert text("#candidates .apart figcaption") == "Antlers of 2024: compare the rest of it."


def test_undo_says_what_it_took_back_and_shows_that_sighting_again(
    browser: Chrome, site: str
) -> None:
    first, second = sighting(), sighting()
    browser.get(f"{site}/review/")

    def text(selector: str) -> str:
        return browser.find_element(By.CSS_SELECTOR, selector).text

    def soon(what: str, selector: str) -> None:
        wait_until(lambda: what in text(selector), START_SECONDS, what)

    soon("0 reviewed, 2 to go", "#progress")
    body = browser.find_element(By.CSS_SELECTOR, "body")
    body.send_keys("i")
    soon("Invalid: no usable picture of a deer.", "#said")
    soon("1 to go", "#progress")
    # The keyboard is where the new sighting is, and not at the beginning of the page.
    assert browser.switch_to.active_element.get_attribute("id") == "where"
    done = Operation.objects.get()
    about = done.events.filter(detection__isnull=False).values_list(
        "detection__sighting", flat=True
    )
    body.send_keys("u")
    soon("Taken back: Invalid: no usable picture of a deer.", "#said")
    soon("2 to go", "#progress")
    shown = browser.execute_script("return state.item.sighting")
    assert shown in {str(key) for key in about} <= {str(first.pk), str(second.pk)}


def test_a_wrong_name_of_another_day_is_found_and_changed(browser: Chrome, site: str) -> None:
    one = sighting()
    wrong, right = make.deer(name="Ada"), make.deer(name="Bo")
    reviewing.assign(sighting=one.pk, deer=wrong.pk, versions=seen(one), actor=reviewer())
    browser.get(f"{site}/review/decisions")
    browser.find_element(By.LINK_TEXT, "Look again").click()

    def soon(what: str, selector: str) -> None:
        element = (By.CSS_SELECTOR, selector)
        wait_until(lambda: what in browser.find_element(*element).text, START_SECONDS, what)

    soon("It has the name Ada", "#question")
    browser.find_element(By.CSS_SELECTOR, "body").send_keys("n")
    browser.find_element(By.ID, "name").send_keys("Bo")
    soon("It is Bo", "#naming-do")
    browser.find_element(By.ID, "naming-do").click()
    soon("It is Bo.", "#said")
    assert one.detections.get().deer == right


def test_letters_decide_nothing_where_a_person_has_switched_them_off(
    browser: Chrome, site: str
) -> None:
    sighting()
    Preference.objects.create(user=reviewer("local"), uses_keys=False)
    browser.get(f"{site}/review/")
    progress = (By.ID, "progress")
    wait_until(lambda: "1 to go" in browser.find_element(*progress).text, START_SECONDS, "loaded")
    browser.find_element(By.CSS_SELECTOR, "body").send_keys("i")
    browser.find_element(By.CSS_SELECTOR, "[data-act=invalidate]").click()
    wait_until(lambda: Operation.objects.exists(), START_SECONDS, "the button decides")
    assert Operation.objects.count() == 1
