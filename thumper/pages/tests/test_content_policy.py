"""The content security policy on every page: no script and no style inside, but those of other packages' own templates."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import axes
import django.contrib.admin
import django_rq
import drf_spectacular
import pytest
import rest_framework
from django.template import engines
from django.template.loader import get_template

from conftest import wait_until
from thumper.pages.foreign_templates import FOREIGN, with_nonces

if TYPE_CHECKING:
    from django.test import Client

    from thumper.pages.tests.looking import Looker

PACKAGES = (django.contrib.admin, django_rq, rest_framework, drf_spectacular, axes)
INLINE = re.compile(r"<(?:script|style)[^>]*>", re.IGNORECASE)
ATTRIBUTES = re.compile(r"<[^>]*\s(?:style|on[a-z]+)=", re.IGNORECASE)
OPENED = (
    "/admin/",
    "/admin/reid/detection/",
    "/admin/reid/camera/add/",
    "/admin/django_rq/dashboard/",
    "/admin/django_rq/dashboard/queues/0/",
    "/admin/django_rq/dashboard/queues/0/finished/",
    "/api/",
    "/api/cameras",
    "/api/docs/",
)


def foreign_templates() -> list[str]:
    return sorted(
        str(path.relative_to(folder))
        for package in PACKAGES
        for folder in [Path(str(package.__file__)).parent / "templates"]
        for path in folder.rglob("*.html")
    )


def test_templates_of_other_packages_have_no_code_inside_without_a_nonce() -> None:
    loaders = engines["django"].engine.template_loaders[0].loaders  # type: ignore[attr-defined]
    wrong = []
    names = foreign_templates()
    assert len(names) > 100
    for name in names:
        for loader in loaders[1:]:
            for origin in loader.get_template_sources(name):
                if not Path(str(origin)).exists():
                    continue
                source = loader.get_contents(origin)
                inside = [
                    tag
                    for tag in INLINE.findall(source)
                    if "src=" not in tag and "nonce=" not in tag and "json" not in tag
                ]
                if inside or ATTRIBUTES.search(source):
                    wrong.append((name, inside))
    assert wrong == []
    assert {name.partition("/")[0] + "/" for name in names} >= set(FOREIGN) - {"registration/"}


def test_what_data_brings_gets_no_nonce() -> None:
    source = "<script>one</script>{{ name|safe }}"
    template = engines["django"].from_string(with_nonces(source))
    request = type("Request", (), {"csp_nonce": "abc"})()
    shown = template.render({"name": "<script>two</script>", "request": request})
    assert shown == '<script nonce="abc">one</script><script>two</script>'


@pytest.mark.django_db
def test_every_answer_has_the_policy_without_unsafe_inline(
    client: Client, redis_client: object
) -> None:
    for address in ("/", "/shared/nothing", "/nothing", *OPENED):
        answer = client.get(address, headers={"Accept": "text/html"})
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy, address
        assert "unsafe" not in policy, address


@pytest.mark.django_db
def test_pages_of_ours_use_no_nonce(client: Client) -> None:
    assert "nonce" not in client.get("/").headers["Content-Security-Policy"]


def test_our_own_templates_are_not_touched() -> None:
    assert "csp_nonce" not in get_template("pages/home.html").template.source  # type: ignore[attr-defined]


@pytest.mark.service
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("address", OPENED)
def test_a_browser_refuses_nothing_of_the_admin_and_the_api(looker: Looker, address: str) -> None:
    looker.open(address)
    said: list[Any] = [row["message"] for row in looker.browser.get_log("browser")]
    assert [line for line in said if "Content Security Policy" in line] == []


@pytest.mark.service
@pytest.mark.django_db(transaction=True)
def test_the_documentation_of_the_api_works(looker: Looker) -> None:
    looker.open("/api/docs/")
    # The first ones: it draws no more than is in sight.
    wait_until(
        lambda: "/api/audits/plan" in looker.browser.page_source, 60, "the operations are listed"
    )
