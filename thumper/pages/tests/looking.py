"""A look at a page as people see it: wide and narrow, light and dark, in a real browser.

`Looker.at` opens an address and holds the page to what every page must keep: nothing in the console, nothing asked
of another server, no serious finding of axe-core, no sideways scroll, no style that leaks into the frame, and a small
weight without its photographs.
"""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from conftest import wait_until
from thumper.pages.stillness import still

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selenium.webdriver import Chrome

AXE: Final = Path(__file__).parent / "vendor" / "axe.min.js"
WIDE, NARROW = 1280, 390
"""Widths in CSS pixels: a computer's window, a telephone."""
HEIGHTS: Final = {WIDE: 900, NARROW: 844}
MOST_BYTES: Final = 150_000
"""Weight of a page without its photographs."""
SECONDS: Final = 60
SCREENSHOTS: Final = os.environ.get("THUMPER_SCREENSHOTS", "")
"""A folder that keeps a picture of every page that was looked at; empty: none is kept."""

_WEIGHT: Final = """
const pictures = new Set([...document.images].map((one) => one.currentSrc));
const entries = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
return entries.map((one) => [one.name, pictures.has(one.name) ? 0 : one.encodedBodySize]);
"""
_AXE: Final = """
const done = arguments[arguments.length - 1];
axe.run(document, {resultTypes: ["violations"]}).then(
  (found) => done(found.violations.map((one) => [one.impact, one.id, one.help, one.nodes.map((node) => node.html + " " + (node.any[0]?.message ?? ""))])),
  (error) => done([["critical", "axe", String(error), []]]));
"""
_LEAKS: Final = """
const KEPT = ["border", "padding", "margin-top", "margin-bottom", "display", "position", "list-style", "font", "color",
  "background-color", "min-height", "opacity"];
const parts = [...document.querySelectorAll("header.bar, header.bar *")];
const read = () => parts.map((part) => KEPT.map((name) => getComputedStyle(part).getPropertyValue(name)).join(";"));
const added = [...document.styleSheets].slice(1);
const worn = read();
for (const sheet of added) sheet.disabled = true;
const own = read();
for (const sheet of added) sheet.disabled = false;
return parts.filter((part, place) => worn[place] !== own[place]).map((part) => part.outerHTML.slice(0, 60));
"""
"""Parts of the frame that look otherwise by the style sheets that a page adds to the frame's own, the first one."""
_UNMARKED: Final = """
const boxes = [...document.querySelectorAll("main table")].map((table) => table.parentElement);
const isCut = (box) => box.scrollWidth > box.clientWidth + 1;
const isMarked = (box) => getComputedStyle(box).backgroundAttachment.includes("local");
return boxes.filter((box) => isCut(box) && !isMarked(box)).map((box) => box.outerHTML.slice(0, 60));
"""
"""Tables that are wider than their place, where nothing shows that there is more."""
_BEHEADED: Final = """
const crops = [...document.images].filter((one) => one.src.includes("/crop"));
return crops.filter((one) => getComputedStyle(one).objectFit === "cover").map((one) => one.outerHTML.slice(0, 60));
"""
"""Pictures of animals of which what does not fit is cut off: that is the head, often."""


@cache
def _axe() -> str:
    return AXE.read_text()


@dataclass(slots=True)
class Looker:
    """Looks at pages of one site."""

    browser: Chrome
    site: str

    def open(self, address: str, width: int = WIDE, *, dark: bool = False) -> None:
        """The page, once it stands still."""
        self.resize(width, dark=dark)
        self.browser.get_log("browser")
        self.browser.get(self.site + address)
        self.wait()

    def wait(self) -> None:
        """Until nothing of the page is under way."""
        wait_until(lambda: self.browser.execute_script(still()), SECONDS, "the page stands still")

    def resize(self, width: int, *, dark: bool) -> None:
        """A window of this width, on a system that is light or dark."""
        self.browser.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": HEIGHTS[width], "deviceScaleFactor": 1, "mobile": False},
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})

    def faults(self) -> Iterator[str]:
        """What is wrong with the page as it stands, one sentence each."""
        for line in self.browser.get_log("browser"):
            yield f"console: {line['message']}"
        entries = self.browser.execute_script(_WEIGHT)
        for name, _size in entries:
            if not name.startswith((self.site, "data:", "blob:")):
                yield f"asked of another server: {name}"
        if (weight := sum(size for _, size in entries)) > MOST_BYTES:
            largest = sorted(entries, key=lambda entry: -entry[1])[:4]
            yield f"weighs {weight} bytes without photographs: {largest}"
        wide = self.browser.execute_script("return document.documentElement.scrollWidth")
        seen = self.browser.execute_script("return document.documentElement.clientWidth")
        if wide > seen:
            yield f"scrolls sideways: {wide} of {seen} px"
        if cut := self.browser.execute_script(_UNMARKED):
            yield f"no sign that a table goes on: {cut[:4]}"
        if beheaded := self.browser.execute_script(_BEHEADED):
            yield f"cuts pictures of animals: {beheaded[:4]}"
        if leaks := self.browser.execute_script(_LEAKS):
            yield f"the page's own style changes the frame: {leaks[:4]}"
        yield from self._of_axe()

    def _of_axe(self) -> Iterator[str]:
        self.browser.execute_script(_axe())
        found: list[Any] = self.browser.execute_async_script(_AXE)
        for impact, rule, text, nodes in found:
            if impact in ("serious", "critical"):
                yield f"axe {impact} {rule}: {text}: {nodes[:4]}"

    def keep(self, name: str) -> None:
        """A picture of the whole page, where pictures are wanted."""
        if not SCREENSHOTS:
            return
        folder = Path(SCREENSHOTS)
        folder.mkdir(parents=True, exist_ok=True)
        height = self.browser.execute_script("return document.documentElement.scrollHeight")
        width = self.browser.execute_script("return document.documentElement.clientWidth")
        clip = {"x": 0, "y": 0, "width": width, "height": min(height, 4000), "scale": 1}
        shot = self.browser.execute_cdp_cmd(
            "Page.captureScreenshot", {"captureBeyondViewport": True, "clip": clip}
        )
        (folder / f"{name}.png").write_bytes(base64.b64decode(shot["data"]))

    def at(self, address: str, name: str) -> list[str]:
        """The faults of a page in all four ways of looking; its pictures are kept under `name`."""
        found = []
        for width in (WIDE, NARROW):
            for dark in (False, True):
                self.open(address, width, dark=dark)
                look = f"{width}-{'dark' if dark else 'light'}"
                found += [f"{look}: {fault}" for fault in self.faults()]
                self.keep(f"{name}-{look}")
        self.resize(WIDE, dark=False)
        return found
