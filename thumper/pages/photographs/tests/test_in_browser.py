"""The gallery and a photograph as a person uses them: a real browser, a real server, mouse and keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from conftest import wait_until
from reid import reviewing
from reid.imaging.crops import Box
from reid.models import Deer, Detection, Image, Tag, Video
from reid.tests import make
from reid.tests.reviewing import reviewer
from thumper.conftest import START_SECONDS
from thumper.pages.tests.looking import NARROW, WIDE

if TYPE_CHECKING:
    from collections.abc import Callable

    from selenium.webdriver import Chrome
    from selenium.webdriver.remote.webelement import WebElement

    from thumper.pages.tests.looking import Looker

pytestmark = [pytest.mark.service, pytest.mark.django_db(transaction=True)]


def soon(condition: Callable[[], object], what: str) -> None:
    wait_until(condition, START_SECONDS, what)


def one(browser: Chrome, selector: str) -> WebElement:
    return browser.find_element(By.CSS_SELECTOR, selector)


def said(browser: Chrome, words: str) -> None:
    """Wait until the page says so."""
    script = "return document.querySelector('.said')?.innerText ?? ''"
    soon(lambda: words in browser.execute_script(script), f"it says: {words}")


def photograph(**given: Any) -> Image:
    return make.image(with_file=True, **given)


def boxes() -> list[Box]:
    rows = Detection.objects.order_by("x").values_list("x", "y", "width", "height")
    return [Box(*row) for row in rows]


def pixels(browser: Chrome, x: float, y: float) -> tuple[int, int]:
    """A place of the photograph, in pixels from the middle of its picture on the screen."""
    size = one(browser, "#picture").size
    image = Image.objects.get()
    across = (x / image.width - 0.5) * size["width"]
    return round(across), round((y / image.height - 0.5) * size["height"])


def drag(browser: Chrome, start: tuple[int, int], end: tuple[int, int]) -> None:
    picture = one(browser, "#picture")
    act = ActionChains(browser).move_to_element_with_offset(picture, *pixels(browser, *start))
    act.click_and_hold().move_to_element_with_offset(picture, *pixels(browser, *end)).release()
    act.perform()


def near(found: Box, wanted: Box, by: int = 3) -> bool:
    return all(
        abs(getattr(found, name) - getattr(wanted, name)) <= by
        for name in ("x", "y", "width", "height")
    )


def test_a_box_is_drawn_with_the_mouse_moved_by_its_middle_and_corner_and_undone(
    browser: Chrome, looker: Looker
) -> None:
    image = photograph(looked=Image.Looked.NO)
    looker.open(f"/photographs/{image.pk}", WIDE)
    one(browser, "#draw").click()
    drag(browser, (40, 60), (160, 150))
    drag(browser, (100, 100), (120, 110))  # by its middle
    drag(browser, (180, 160), (200, 180))  # by its lower right corner
    one(browser, "#keep-new").click()
    said(browser, "The box is kept.")
    assert near(boxes()[0], Box(60, 70, 140, 110))
    item = Detection.objects.get()
    one(browser, f"#box-{item.pk} [data-change]").click()
    drag(browser, (130, 120), (100, 100))
    ActionChains(browser).send_keys(Keys.ENTER).perform()
    said(browser, "The box is changed.")
    assert near(boxes()[0], Box(30, 50, 140, 110))
    one(browser, "#undo-last").click()
    said(browser, "Undone.")
    assert near(boxes()[0], Box(60, 70, 140, 110))
    one(browser, "#undo-last").click()
    soon(lambda: not Detection.objects.exists(), "the box is gone")
    assert not list(looker.faults())


def test_a_box_is_drawn_named_corrected_and_deleted_with_the_keyboard_alone(
    browser: Chrome, looker: Looker
) -> None:
    image = photograph()
    make.deer("Hickory")
    looker.open(f"/photographs/{image.pk}", WIDE)
    browser.execute_script("document.getElementById('draw').focus()")
    keys = ActionChains(browser).send_keys(Keys.ENTER)
    keys.send_keys(Keys.ARROW_LEFT * 5, Keys.ARROW_UP * 2)
    keys.key_down(Keys.SHIFT).send_keys(Keys.ARROW_RIGHT * 4).key_up(Keys.SHIFT)
    keys.send_keys(Keys.ENTER).perform()
    said(browser, "The box is kept.")
    # It began in the middle third of 320 x 240 pixels; a press is a two hundredth of the width.
    assert near(boxes()[0], Box(99, 77, 113, 80), by=6)
    browser.execute_script("document.getElementById('name-1').focus()")
    ActionChains(browser).send_keys("hickery", Keys.ENTER).perform()
    said(browser, "nearly this name")
    assert Deer.objects.count() == 1
    one(browser, ".said button.main").send_keys(Keys.ENTER)
    said(browser, "This is Hickory.")
    assert Detection.objects.get().deer == Deer.objects.get()
    focus = "return document.activeElement.id"
    soon(lambda: browser.execute_script(focus) == "said-text", "the focus is on what was said")
    one(browser, "#delete-1").send_keys(Keys.ENTER)
    said(browser, "The box is deleted.")
    one(browser, "#undo-last").send_keys(Keys.ENTER)
    said(browser, "Undone.")
    assert Detection.objects.get().deer == Deer.objects.get()
    assert not list(looker.faults())


def test_a_photograph_is_made_larger_and_lighter_and_its_neighbour_shown(
    browser: Chrome, looker: Looker
) -> None:
    newer = photograph(captured_at=make.later(minutes=1))
    image = photograph()
    looker.open(f"/photographs/{image.pk}", WIDE)
    style = "return document.getElementById('sheet').style.transform"
    one(browser, "#viewer").send_keys("+")
    assert "scale(1.4)" in browser.execute_script(style)
    one(browser, "#viewer").send_keys("0")
    assert "scale(1)" in browser.execute_script(style)
    one(browser, "#brightness").send_keys(Keys.ARROW_RIGHT)
    assert "brightness(101%)" in browser.execute_script(
        "return document.getElementById('picture').style.filter"
    )
    one(browser, "#viewer").send_keys(Keys.ARROW_LEFT)
    soon(lambda: str(newer.pk) in browser.current_url, "the newer one is shown")


def test_the_gallery_goes_on_by_itself_and_marks_are_changed_by_keyboard_and_undone(
    browser: Chrome, looker: Looker
) -> None:
    for number in range(70):
        make.image(captured_at=make.later(minutes=number))
    Tag.objects.named(["north"])
    looker.open("/photographs/", WIDE)
    assert len(browser.find_elements(By.CSS_SELECTOR, ".photo")) >= 60
    browser.execute_script("window.scrollTo(0, document.body.scrollHeight)")
    soon(lambda: len(browser.find_elements(By.CSS_SELECTOR, ".photo")) == 70, "all are there")
    assert len(browser.find_elements(By.CSS_SELECTOR, ".gallery h2")) == 1
    assert not one(browser, "#bulk").is_displayed()
    browser.execute_script("document.querySelector('.photo a').focus()")
    ActionChains(browser).send_keys("x", Keys.ARROW_RIGHT, "x").perform()
    marked = "2 photographs marked."
    assert one(browser, "#count").text == marked
    one(browser, "#bulk summary").click()
    one(browser, "#bulk-tags").send_keys("north")
    one(browser, "#bulk button[value=tag]").click()
    said(browser, "Done for 2 photographs.")
    assert Image.objects.filter(tags__name="north").count() == 2
    assert len(browser.find_elements(By.CSS_SELECTOR, ".photo .tag")) == 2
    ActionChains(browser).send_keys(Keys.ENTER).perform()  # the focus is on the undo
    said(browser, "Undone.")
    assert not Image.objects.filter(tags__name="north").exists()
    assert not browser.find_elements(By.CSS_SELECTOR, ".photo .tag")


def test_a_filter_is_chosen_and_taken_away_on_a_telephone(browser: Chrome, looker: Looker) -> None:
    make.detection(image=photograph(), deer=make.deer("Oak"))
    photograph()
    looker.open("/photographs/", NARROW)
    one(browser, ".filters summary").click()
    one(browser, "#filter-deer").send_keys("oak", Keys.ENTER)
    soon(lambda: "deer=oak" in browser.current_url, "the filter is on")
    looker.wait()
    assert len(browser.find_elements(By.CSS_SELECTOR, ".photo")) == 1
    assert not list(looker.faults())
    one(browser, ".chosen a").click()
    soon(lambda: len(browser.find_elements(By.CSS_SELECTOR, ".photo")) == 2, "all are shown")


def test_a_box_is_drawn_on_a_telephone(browser: Chrome, looker: Looker) -> None:
    image = photograph()
    looker.open(f"/photographs/{image.pk}", NARROW)
    browser.execute_script("document.getElementById('draw').click()")
    drag(browser, (40, 60), (160, 150))
    one(browser, "#keep-drawn").click()
    said(browser, "The box is kept.")
    assert near(boxes()[0], Box(40, 60, 120, 90), by=4)
    assert not list(looker.faults())


def test_the_pages_are_in_order_in_all_ways_of_looking(looker: Looker) -> None:
    image = photograph(camera=make.camera("north"), captured_at=make.later(days=1))
    image.tags.set(Tag.objects.named(["to print"]))
    item = make.detection(image=image, deer=make.deer("Oak"), is_reference=True)
    make.detection(image=image, x=150, is_valid=False)
    make.score(item, make.deer("Elm"), 7_000, make.run(make.scorer()))
    photograph()
    creek = make.camera("creek")
    reviewing.annotate(versions={image.pk: 0}, note="by the creek", actor=reviewer("alma"))
    moved = reviewing.set_camera(versions={image.pk: 1}, camera=creek.pk, actor=reviewer("alma"))
    reviewing.undo(operation=moved.pk, actor=reviewer("ben"))
    for address, name in (
        ("/photographs/", "photographs"),
        ("/photographs/?deer=Nobody&shows=animals", "photographs-filtered"),
        (f"/photographs/{image.pk}?box={item.pk}", "photograph"),
        (f"/photographs/{image.pk}/history", "photograph-history"),
    ):
        assert not looker.at(address, name), address


def test_the_page_of_a_videos_frame_is_in_order(looker: Looker) -> None:
    video = Video.objects.create(
        path="card/CLIP.MP4", sha256="0" * 64, size=1, rate=1.0, is_damaged=True
    )
    frames = [
        photograph(
            video=video,
            frame_number=number * 10,
            frame_seconds=float(number),
            time_source=Image.TimeSource.VIDEO,
        )
        for number in range(4)
    ]
    faults = looker.at(f"/photographs/{frames[1].pk}", "photograph-of-a-video")
    assert not faults, faults
    one(looker.browser, ".strip a").click()
    soon(lambda: str(frames[0].pk) in looker.browser.current_url, "the frame before it")
