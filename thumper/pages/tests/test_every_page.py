"""Every page, in a real browser: quiet, accessible, narrow enough for a telephone, and listed with its permission."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import PIL.Image
import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from reid.imaging import canonical, crops
from reid.models import Detection
from reid.repeats import places
from reid.storage.photo_store import photo_store
from reid.tests import make
from reid.tests.reviewing import sighting
from reid.tests.stumps import stump
from thumper.pages.permissions import PAGES, PROGRAMS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thumper.pages.tests.looking import Looker

OTHER_CHECKS = ("api/", "admin/", "healthz", "readyz")
"""Beginnings of addresses that are no pages of ours, and check for themselves."""
STORED = (
    "/",
    "/search/?q=a",
    "/cameras/",
    "/cameras/map",
    "/photographs/repeats",
    "/review/",
    "/review/audit",
    "/review/labels",
    "/exports/",
    "/thresholds/",
    "/trends/",
    "/imports/",
    "/imports/new",
    "/health/",
    "/account/",
    "/account/tokens",
)


def fill() -> None:
    """A deer with a sighting, another sighting that waits, and a threshold; each picture with its crop."""
    make.detection(deer=make.deer(name="Ada"))
    sighting(frames=3)
    make.threshold(make.scorer(), "0.8123")
    stump(make.camera("Stump Ridge"), with_files=True)
    places.look()
    for number, detection in enumerate(Detection.objects.all()):
        shade = PIL.Image.new("RGB", (64, 48), (60 + 20 * number, 90, 60))
        photo_store.replace(canonical.crop_name(detection.pk), crops.encode_jpeg(shade))


def page_names(patterns: list[Any], prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if route.startswith(OTHER_CHECKS):
            continue
        if isinstance(pattern, URLResolver):
            yield from page_names(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield pattern.name or route


def test_every_page_and_act_has_a_permission() -> None:
    assert set(page_names(get_resolver().url_patterns)) == set(PAGES) | set(PROGRAMS)


def names_of(patterns: list[Any]) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            if not pattern.namespace:  # which keeps its names apart
                yield from names_of(pattern.url_patterns)
        elif pattern.name:
            yield pattern.name


def test_no_page_shares_its_name_with_another_address() -> None:
    """A link goes to whichever of them stands last."""
    counts = Counter(names_of(get_resolver().url_patterns))
    assert [name for name in PAGES if counts[name] != 1] == []


@pytest.mark.service
@pytest.mark.django_db(transaction=True)
def test_every_page_of_an_empty_store_is_in_order(looker: Looker) -> None:
    for address in (
        "/",
        "/cameras/",
        "/review/",
        "/exports/",
        "/thresholds/",
        "/trends/",
        "/health/",
        "/search/",
        "/nothing",
    ):
        faults = looker.at(address, f"empty{address.replace('/', '-')}")
        if address == "/nothing":
            faults = [fault for fault in faults if "404" not in fault]
        assert not faults, (address, faults)


@pytest.mark.service
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("address", STORED)
def test_every_page_of_a_filled_store_is_in_order(looker: Looker, address: str) -> None:
    fill()
    faults = looker.at(address, f"filled{address.partition('?')[0].replace('/', '-')}")
    assert not faults, faults
