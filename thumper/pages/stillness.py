"""Stillness of a page, for whoever drives a browser: tests, and the pictures of the tour."""

from __future__ import annotations

import json
from typing import Final

_STILL: Final = """
const words = document.body.innerText;
return document.readyState === "complete" && !document.querySelector("[aria-busy=true], .htmx-request")
  && !WAITING.some((one) => words.includes(one))
  && [...document.images].every((one) => one.complete || one.loading === "lazy");
"""


def still(*waiting: str) -> str:
    """A script that says whether nothing of a page is under way: no request, no picture, and none of these words."""
    return _STILL.replace("WAITING", json.dumps(["Loading ...", *waiting]))
