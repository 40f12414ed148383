"""Choice of cameras and deer on the forms of reports: tick boxes for few, a search field for many, with and without script."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from conftest import wait_until
from exports.models import ExportRequest
from reid.models import Deer
from reid.tests import make
from thumper.pages.reports import choosing
from thumper.pages.tests.looking import NARROW, WIDE

if TYPE_CHECKING:
    from django.test import Client
    from selenium.webdriver import Chrome

    from thumper.pages.tests.looking import Looker

FORM = {
    "kind": "custom",
    "title": "Rut",
    "start_date": "2025-10-01",
    "end_date": "2025-10-31",
    "group_by": "week",
    "include_tables": "on",
}


@pytest.fixture
def two_ticked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "MOST_TICKED", 2)


def herd(*names: str) -> list[Deer]:
    return [make.deer(name) for name in names]


def offered(answer: Any) -> dict[str, list[str]]:
    """Of each kind the names that stand on the form."""
    return {
        one["kind"].field: [name for _, name in one["rows"]] for one in answer.context["offers"]
    }


@pytest.mark.django_db
@pytest.mark.usefixtures("redis_client", "two_ticked")
class TestWithoutScript:
    def test_few_are_all_ticked_and_many_are_searched(self, client: Client) -> None:
        herd("Ada", "Bea", "Cleo")
        make.camera("North")
        answer = client.get("/exports/")
        assert offered(answer) == {"cameras": ["North"], "deer": []}
        text = answer.content.decode()
        assert "Cleo" not in text
        assert 'name="deer_named"' in text
        assert 'name="cameras_named"' not in text

    @pytest.mark.parametrize("address", ["/exports/", "/exports/schedules/"])
    def test_a_chosen_one_stays_and_the_form_is_as_it_was(
        self, client: Client, address: str
    ) -> None:
        ada, *_ = herd("Ada", "Bea", "Cleo")
        sent = FORM | {"do": "choose", "deer": str(ada.pk), "deer_named": " bea "}
        answer = client.post(address, sent)
        assert offered(answer)["deer"] == ["Ada", "Bea"]
        assert answer.context["form"]["title"] == "Rut"
        assert answer.context["form"]["deer_named"] == ""
        assert not ExportRequest.objects.exists()

    def test_a_camera_is_found_by_a_name_that_it_had(self, client: Client) -> None:
        for name in ("East", "South", "West"):
            make.camera(name)
        old = make.camera("North")
        old.name = "North gate"
        old.save()
        answer = client.post("/exports/", FORM | {"do": "choose", "cameras_named": "north"})
        assert offered(answer)["cameras"] == ["North gate"]

    def test_what_is_typed_counts_without_the_button(self, client: Client) -> None:
        bea = herd("Ada", "Bea", "Cleo")[1]
        assert client.post("/exports/", FORM | {"deer_named": "Bea"}).status_code == 302
        assert ExportRequest.objects.get().spec["selection"]["deer"] == [str(bea.pk)]

    def test_an_unknown_name_is_said_and_stays_to_be_corrected(self, client: Client) -> None:
        herd("Ada", "Bea", "Cleo")
        answer = client.post("/exports/", FORM | {"deer_named": "Zed"})
        said = "There is no deer named Zed: choose one of the list."
        assert answer.context["wrong"] == answer.context["not_found"] == [said]
        assert answer.context["form"]["deer_named"] == "Zed"
        assert not ExportRequest.objects.exists()

    def test_what_is_no_id_is_nothing_that_was_chosen(self, client: Client) -> None:
        herd("Ada", "Bea", "Cleo")
        answer = client.post("/exports/", FORM | {"do": "choose", "deer": "nobody"})
        assert offered(answer)["deer"] == []


@pytest.mark.service
@pytest.mark.usefixtures("export_root", "redis_client")
@pytest.mark.django_db(transaction=True)
class TestInABrowser:
    def test_enter_adds_a_deer_in_place_and_a_tick_takes_it_away(
        self, browser: Chrome, site: str
    ) -> None:
        from selenium.webdriver.common.keys import Keys

        herd(*(f"Deer {number}" for number in range(choosing.MOST_TICKED + 1)))
        browser.get(f"{site}/exports/")

        def one(selector: str) -> Any:
            return browser.find_element("css selector", selector)

        title = one("#form [name=title]")
        title.send_keys("Rut")
        one("#choices summary").click()
        assert not browser.find_elements("css selector", "#choices [name=deer]")
        for name in ("Deer 7", "Deer 3"):
            one("#choose-deer").send_keys(name.lower(), Keys.ENTER)
            wait_until(partial(self.is_chosen, browser, name), what=f"{name} is added")
            assert browser.switch_to.active_element.get_attribute("id") == "choose-deer"
            assert one("#choose-deer").get_attribute("value") == ""
        assert title.get_attribute("value") == "Rut"  # the same page
        assert self.chips(browser).split() == ["Deer", "3", "Deer", "7"]
        one("#choices [name=deer]").click()
        title.send_keys(Keys.ENTER)
        wait_until(ExportRequest.objects.exists, what="Enter elsewhere starts the report")
        seven = Deer.objects.get(name="Deer 7")
        assert ExportRequest.objects.get().spec["selection"]["deer"] == [str(seven.pk)]

    def test_the_form_looks_well_with_many_deer_and_cameras(self, looker: Looker) -> None:
        herd(*(f"Deer {number}" for number in range(300)))
        for number in range(30):
            make.camera(f"Stand {number}")
        for width in (WIDE, NARROW):
            for dark in (False, True):
                looker.open("/exports/", width, dark=dark)
                looker.browser.find_element("css selector", "#choices summary").click()
                for number in (7, 31, 299):
                    field = looker.browser.find_element("css selector", "#choose-deer")
                    field.send_keys(f"Deer {number}")
                    looker.browser.find_element("css selector", "#add-deer").click()
                    chosen = partial(self.is_chosen, looker.browser, f"Deer {number}")
                    wait_until(chosen, what="it is added")
                assert not list(looker.faults())
                looker.keep(f"exports-many-{width}-{'dark' if dark else 'light'}")

    def is_chosen(self, browser: Chrome, name: str) -> bool:
        return name in self.chips(browser)

    def chips(self, browser: Chrome) -> str:
        """What is chosen, read at one moment: the part is replaced while it is looked at."""
        script = "return document.querySelector('#choices .chips')?.textContent ?? ''"
        return str(browser.execute_script(script))
